"""Which format a file has, by its name and, where a name says too little, by its first bytes.

Knows suffixes, the package each format needs, and what tells an OpenAPI description from other YAML and a command's
help from other text. It must not parse a file.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from tuneproof.curate.reading.help_chunks import looks_like_help

FORMATS = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "mdx", ".txt": "text", ".help": "help", ".py": "python",
    ".rst": "rst", ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "docx",
    ".ipynb": "notebook", ".yaml": "openapi", ".yml": "openapi", ".json": "openapi",
    ".jsonl": "jsonl",
}  # fmt: skip
EXTRA = "tuneproof[documents]"
EXTRA_HINT = f"Run: pip install '{EXTRA}'"
FORMAT_HINT = (
    "tuneproof reads Markdown, MDX, reStructuredText, text, HTML, PDF, DOCX, notebooks, OpenAPI 3, saved --help"
    " output, Python, and JSON lines of existing pairs: files, folders and patterns of them, addresses on the web,"
    " python:NAME and command:NAME."
)
_NEEDS = {
    "rst": "docutils", "html": "lxml", "pdf": "pypdfium2", "docx": "docx", "notebook": "nbformat", "openapi": "yaml",
}  # fmt: skip
_BINARY = frozenset({"pdf", "docx"})
SNIFFED_BYTES = 8192
# A key may stand anywhere in a mapping, so all of a description is looked through, up to this.
_DESCRIPTION_BYTES = 16_000_000
_OPENAPI = re.compile(
    rb"""^(?:\xef\xbb\xbf)?\s*\{?\s*["']?openapi["']?\s*:\s*["']?3\.|[{,]\s*"openapi"\s*:\s*"3\.""", re.MULTILINE
)
_SWAGGER = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*\{?\s*["']?swagger["']?\s*:\s*["']?2\.""", re.MULTILINE)


def identify(path: Path) -> tuple[str, str | None]:
    """Return the format of the file at ``path`` and why it is not read, or None. May raise OSError."""
    suffix = path.suffix.lower()
    name = FORMATS.get(suffix, "unknown")
    if not path.is_file():
        return name, "a broken link" if path.is_symlink() and not path.exists() else "not a regular file"
    if name == "unknown":
        return name, f"no reader for {path.suffix or 'a name without suffix'}"
    with path.open("rb") as file:
        start = file.read(SNIFFED_BYTES)
        if name not in _BINARY and b"\0" in start:
            return name, "binary file"
        if name == "openapi":
            reason = _why_no_description(start + file.read(_DESCRIPTION_BYTES), suffix)
            if reason is not None:
                return "unknown", reason
    if name == "text" and looks_like_help(start.decode(errors="replace")):
        name = "help"
    if name in _NEEDS and importlib.util.find_spec(_NEEDS[name]) is None:
        return name, f"its format needs an optional package, which {EXTRA} brings"
    return name, None


def hint_for(reason: str) -> str:
    """Return what to do about a file that is named and not read for ``reason``."""
    return EXTRA_HINT if EXTRA in reason else FORMAT_HINT


def _why_no_description(data: bytes, suffix: str) -> str | None:
    if _OPENAPI.search(data):
        return None
    if _SWAGGER.search(data):
        return "Swagger 2, and only OpenAPI 3 is read"
    return f"{'JSON' if suffix == '.json' else 'YAML'}, but no OpenAPI 3 description"
