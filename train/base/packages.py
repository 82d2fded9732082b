"""The installed packages whose documentation may be read, and how it is read from source without importing it.

Knows the list of distributions, their licences and where docstrings stand. Must not know what is kept of it.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tuneproof.datasets.workspace.errors import DataError, SourceError

#: Every distribution that may be read: dependencies of tuneproof[offline,test] under permissive licences.
#: Left out on purpose: copyleft (chardet, certifi, hypothesis, pathspec, tqdm), copies of the standard
#: library (multiprocess, setuptools, six, typing_extensions), and what users commonly document (typer, click).
DISTRIBUTIONS: tuple[str, ...] = (
    "absl-py", "accelerate", "aiohappyeyeballs", "aiohttp", "aiosignal", "annotated-doc", "annotated-types",
    "anyio", "attrs", "bitsandbytes", "charset-normalizer", "cloudpickle", "colorama", "DataProperty",
    "datasets", "datasketch", "defusedxml", "dill", "duckdb", "evaluate", "filelock", "frozenlist", "fsspec",
    "h11", "huggingface_hub", "idna", "iniconfig", "Jinja2", "joblib", "linkify-it-py", "lm_eval", "lxml",
    "markdown-it-py", "MarkupSafe", "mbstrdecoder", "mdit-py-plugins", "mdurl", "more-itertools", "mpmath",
    "multidict", "mypy", "narwhals", "networkx", "nltk", "numpy", "packaging", "pandas", "pathvalidate",
    "peft", "pillow", "platformdirs", "pluggy", "portalocker", "propcache", "psutil", "pyarrow", "pydantic",
    "pydantic_core", "Pygments", "pytablewriter", "pytest", "python-dateutil", "pytz", "PyYAML", "regex",
    "requests", "rich", "rouge_score", "sacrebleu", "safetensors", "scikit-learn", "scipy",
    "sentence-transformers", "shellingham", "sortedcontainers", "sqlitedict", "sympy", "tabledata", "tabulate",
    "tcolorpy", "textual", "threadpoolctl", "tokenizers", "torch", "transformers", "trl", "truststore",
    "typepy", "typing-inspection", "urllib3", "word2number", "xxhash", "yarl",
)  # fmt: skip

#: Words of which one must stand in a licence's name, and words that rule it out.
_PERMISSIVE = ("MIT", "BSD", "APACHE", "PSF", "PYTHON SOFTWARE", "ISC", "ZLIB", "HPND", "CNRI", "0BSD")
_COPYLEFT = ("GPL", "MPL", "MOZILLA", "EPL", "CDDL", "EUPL")

_SKIPPED_PARTS = {
    "tests", "test", "_vendor", "vendor", "vendored", "_vendored", "extern", "externals", "third_party",
    "_distutils", "typeshed", "backports", "site-packages",
}  # fmt: skip
_SKIPPED_FILES = {"six.py", "conftest.py", "argparse.py"}
_DOC_CALLS = {"add_docstr", "add_newdoc", "_add_docstr", "add_docstr_all", "addmodulesdoc", "add_newdocs"}
_MIN_CHARS, _MIN_WORDS, _MAX_CHARS = 30, 5, 24_000


@dataclass(frozen=True, slots=True)
class Document:
    """One docstring or read-me: which distribution, the dotted name it describes, and its text."""

    distribution: str
    name: str
    kind: str
    text: str


def require_installed(names: Sequence[str]) -> None:
    """Raise where one of the distributions is not installed."""
    missing = [n for n in names if not _is_installed(n)]
    if missing:
        raise SourceError(
            f"{len(missing)} of the corpus's packages are not installed: {', '.join(missing[:5])}",
            hint="Install tuneproof[offline,test] with constraints.txt, then try again.",
        )


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence as the distribution's metadata states it; raises where it is not a permissive one."""
    fields = distribution.metadata
    if "License-Expression" in fields:
        named = fields["License-Expression"]
    else:
        listed = [c.rsplit("::", 1)[-1].strip() for c in fields.get_all("Classifier") or [] if "License ::" in c]
        named = ", ".join(listed) or fields["License"].split("\n")[0].strip()
    upper = named.upper()
    if not any(w in upper for w in _PERMISSIVE) or any(w in upper for w in _COPYLEFT):
        raise DataError(
            f"{fields['Name']} is under {named or 'no stated licence'}, which is not a permissive licence",
            hint="Take it off the list in tuneproof.train.base.packages.",
        )
    return named


def read_distribution(name: str) -> list[Document]:
    """Every docstring and the read-me of an installed distribution, in order of path and line."""
    found = metadata.distribution(name)
    documents = []
    if "Description" in found.metadata:
        readme = found.metadata["Description"]
        if _worth_reading(readme):
            documents.append(Document(name, name, "readme", readme.strip()[:_MAX_CHARS]))
    paths = sorted(str(f) for f in found.files or () if _wanted(Path(str(f))))
    for relative in paths:
        path = Path(str(found.locate_file(relative)))
        if path.is_file():
            module = ".".join(Path(relative).with_suffix("").parts).removesuffix(".__init__")
            documents.extend(_documents_of(path, name, module))
    return documents


def source_docstrings(path: Path, module: str) -> Iterator[tuple[str, str, str]]:
    """Yield (dotted name, kind, cleaned docstring) of a Python file by `ast`; nothing for a file it rejects."""
    source = path.read_bytes()
    if b'"""' not in source and b"'''" not in source:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's files are not our news
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    yield from _walk(tree, module)


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _wanted(path: Path) -> bool:
    parts = {p.lower() for p in path.parts}
    if path.suffix not in {".py", ".pyi"} or parts & _SKIPPED_PARTS or path.name in _SKIPPED_FILES:
        return False
    return ".." not in parts and not any("ollama" in p for p in parts) and not path.name.startswith("test_")


def _documents_of(path: Path, distribution: str, module: str) -> Iterator[Document]:
    for name, kind, text in source_docstrings(path, module):
        if _worth_reading(text):
            yield Document(distribution, name, kind, text[:_MAX_CHARS])


def _walk(node: ast.AST, name: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        text = ast.get_docstring(node, clean=True)
        if text:
            yield name, type(node).__name__.removesuffix("Def").lower(), text.strip()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _walk(child, f"{name}.{child.name}")
        elif isinstance(child, (ast.If, ast.Try)):
            yield from _walk(child, name)
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            yield from _attached(child.value, name)


def _attached(call: ast.Call, module: str) -> Iterator[tuple[str, str, str]]:
    """Docstrings that are attached to compiled functions by a call such as `add_docstr(torch.abs, ...)`."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called not in _DOC_CALLS or not call.args:
        return
    texts = [
        c.value for a in call.args for c in ast.walk(a) if isinstance(c, ast.Constant) and isinstance(c.value, str)
    ]
    longest = max(texts, key=len, default="")
    target = ast.unparse(call.args[0])
    if target.startswith(("'", '"')):
        target = ".".join(t for t in texts if (t is not longest and t.isidentifier()) or ("." in t and len(t) < 40))
    yield target or module, "function", inspect.cleandoc(longest).strip()


def _worth_reading(text: str) -> bool:
    """Prose of some length in the Latin alphabet: tables of numbers and other scripts teach this model nothing."""
    if len(text) < _MIN_CHARS or len(text.split()) < _MIN_WORDS:
        return False
    sample = text[:4000]
    letters = sum(c.isascii() and c.isalpha() for c in sample)
    foreign = sum(not c.isascii() for c in sample)
    return letters >= 0.45 * len(sample) and foreign <= 0.04 * len(sample)
