"""Whether a piece of code in one of five languages can be read by its parser, with the leeway that documentation takes.

Knows Python, JSON, YAML, TOML and shell: each function takes the text of one block and returns None, or what the
parser says. Documentation shows parts of programs, so a part that some frame completes is whole; placeholders such as
`<name>` and `...` stand for values. Nothing is run. It must not know pairs.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping

MAX_CHARS = 200_000  # a longer block is data, not an example
_ANGLE = re.compile(r"<[A-Za-z_][\w .:/|-]{0,60}>")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.|In \[\d+\]:|\.{3,}:)(?: |$)")
_MAGIC = re.compile(r"^[ \t]*[%!?][\w!?%].*$|^[ \t]*[\w.]+\?{1,2}[ \t]*$", re.MULTILINE)
# Syntax younger than the oldest Python that runs this: type parameters and type statements.
_YOUNG = re.compile(r"^\s*type \w+(?:\[.*\])? *=|^\s*(?:async )?(?:def|class) \w+\[|\bt['\"]", re.MULTILINE)
_ELISION = re.compile(r"(?:,\s*)?(?:\.\.\.|…)(?=\s*[,\]}\n]|$)")
_JSON_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"")
_HELM = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^\n%]*%\}")

Checker = Callable[[str], "str | None"]


def read_python(code: str) -> str | None:
    """Return None if ``code`` is Python, whole or as a part that an enclosing block or call completes."""
    code = _unprompted(code.expandtabs(4))
    code = _MAGIC.sub("", code)
    code = textwrap.dedent(code).strip("\n")
    if not code.strip():
        return None
    first: str | None = None
    for frame in _python_frames(code):
        error = _parse_python(frame)
        if error is None:
            return None
        first = first or error
    return None if _YOUNG.search(code) else first


def _unprompted(code: str) -> str:
    """Return the statements of an interactive session, or ``code`` if it is none."""
    lines = code.split("\n")
    if not any(re.match(r"[ \t]*(?:>>>|In \[\d+\]:)", line) for line in lines):
        return code
    # The prompts of one session stand in one column; what has none is output.
    return "\n".join(_PROMPT.sub("", line) for line in lines if _PROMPT.match(line))


def _python_frames(code: str) -> Iterator[str]:
    """Yield ``code`` and what it may be a part of, the likeliest first."""
    yield code
    lines = code.split("\n")
    last = lines[-1].rstrip()
    indent = " " * (len(last) - len(last.lstrip()))
    if last.endswith(":"):
        yield f"{code}\n{indent}    pass"
    if last.lstrip().startswith("@"):
        yield f"{code}\n{indent}def _(): pass"
    start = lines[0]
    if re.match(r"(?:async )?(?:def|class) ", start) and not last.endswith(":"):
        yield f"{code}: pass"
    if re.match(r"(?:except|finally)\b", start):
        yield f"try:\n    pass\n{code}"
    if re.match(r"(?:elif|else)\b", start):
        yield f"if _:\n    pass\n{code}"
    if re.match(r"case\b", start):
        yield f"match _:\n{textwrap.indent(code, '    ')}"
    if re.match(r"[\w.]+\(.*", start):
        yield f"def {re.sub(r'[.]', '_', code, count=code.split('(', maxsplit=1)[0].count('.'))}: pass"
    yield f"_(\n{code}\n)"
    yield f"_{{\n{code}\n}}"[1:]
    yield f"_[\n{code}\n]"
    if lines[0] != lines[0].lstrip() or any(line and not line[0].isspace() for line in lines[1:]):
        yield "if _:\n" + textwrap.indent(code, "    ")
        yield "\n".join(line.strip() if at == 0 else line for at, line in enumerate(lines))
    if "#" in code:
        # A comment stands for the body: "def main():" and "# Some code here".
        yield re.sub(r"(?m)^([ ]+)#", r"\1pass  #", code)
    if _ANGLE.search(code):
        yield _ANGLE.sub("_", code)
    if "..." in code or "…" in code:
        # "f(a, ...)" is Python; "a, ... = b" and an elided line with words are not.
        yield re.sub(r"(?m)^([ ]*)(?:\.\.\.|…)\s?.*$", r"\1...", code).replace("…", "...")


def _parse_python(code: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A dubious escape is no syntax error.
            ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno or 1}: {error.msg}"
    except ValueError as error:
        return str(error)
    except (RecursionError, MemoryError):
        return None  # Too deep to be judged here.
    return None


def read_json(code: str) -> str | None:
    """Return None if ``code`` is JSON, JSON lines, or members of an object; elided values are allowed."""
    if not code.strip():
        return None
    first = _parse_json(code)
    if first is None:
        return None
    plain = _JSON_STRING.sub(lambda found: found.group() if "\n" not in found.group() else '""', code)
    elided = _outside_strings(plain, lambda text: _ANGLE.sub("null", _ELISION.sub("", text)))
    # What was left out may leave a comma behind, or none between its neighbours.
    tidy = _outside_strings(elided, lambda text: re.sub(r",(\s*[}\]])", r"\1", text)) if elided != plain else elided
    for attempt in (elided, tidy, f"{{{tidy.strip().rstrip(',')}}}", f"[{tidy.strip().rstrip(',')}]"):
        if _parse_json(attempt) is None:
            return None
    if _several(tidy):
        return None
    return first


def read_loose_json(code: str) -> str | None:
    """Return None if ``code`` is JSON with comments and trailing commas (jsonc, json5)."""
    bare = _outside_strings(code, lambda text: re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL))
    bare = _outside_strings(bare, lambda text: re.sub(r",(\s*[}\]])", r"\1", text))
    bare = _outside_strings(bare, lambda text: re.sub(r"([{,]\s*)([A-Za-z_$][\w$]*)(\s*:)", r'\1"\2"\3', text))
    return read_json(bare)


def _several(code: str) -> bool:
    """Return whether ``code`` is nothing but JSON values after another, as in lines or a stream."""
    decoder, at, count = json.JSONDecoder(), 0, 0
    try:
        while True:
            while at < len(code) and code[at].isspace():
                at += 1
            if at == len(code):
                return count > 1
            _, at = decoder.raw_decode(code, at)
            count += 1
    except (json.JSONDecodeError, RecursionError):
        return False


def _outside_strings(code: str, change: Callable[[str], str]) -> str:
    """Return ``code`` with ``change`` made wherever no string stands."""
    parts, at = [], 0
    for match in _JSON_STRING.finditer(code):
        parts += [change(code[at : match.start()]), match.group()]
        at = match.end()
    return "".join([*parts, change(code[at:])])


def _parse_json(code: str) -> str | None:
    try:
        json.loads(code)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    except RecursionError:
        return None
    return None


def read_yaml(code: str) -> str | None:
    """Return None if ``code`` is a stream of YAML documents; nothing is built, so aliases can't blow up."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    first: str | None = None
    for attempt in (code, _HELM.sub("x", code), textwrap.dedent(re.sub(r"(?m)^[ \t]*(?:\.\.\.|…)[ \t]*$", "", code))):
        try:
            for _ in yaml.parse(attempt, Loader=loader):
                pass
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark else ""
            first = first or f"{where}{getattr(error, 'problem', None) or error}"
        except RecursionError:
            return None
        else:
            return None
    return first


def read_toml(code: str) -> str | None:
    """Return None if ``code`` is TOML; lines of dots and placeholders in angles are allowed."""
    first: str | None = None
    plain = re.sub(r"(?m)^[ \t]*(?:\.\.\.|…)[ \t]*$", "", code)
    for attempt in (code, _ANGLE.sub("0", plain), re.sub(r"(?<=[=\[,]) *(?:\.\.\.|…)", " 0", plain)):
        try:
            tomllib.loads(attempt.replace("\r\n", "\n"))
        except tomllib.TOMLDecodeError as error:
            first = first or str(error)
        except RecursionError:
            return None
        else:
            return None
    return first


PYTHON_TAGS = ("python", "py", "python3", "py3", "pycon", "python-repl", "pyi", "doctest", "ipython", "python-console")
READERS: Mapping[str, Checker] = {
    **dict.fromkeys(PYTHON_TAGS, read_python),
    "json": read_json,
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines"), read_json),
    **dict.fromkeys(("jsonc", "json5", "hjson"), read_loose_json),
    **dict.fromkeys(("yaml", "yml"), read_yaml),
    "toml": read_toml,
}
SHELL_TAGS = frozenset(("bash", "sh", "shell", "zsh", "console", "shell-session", "bash-session", "sh-session"))
SESSION_TAGS = frozenset(("console", "shell-session", "bash-session", "sh-session"))
