"""Read a Jupyter notebook: its Markdown as it is, code and text outputs as fences, each with its cell's number.

Knows nbformat. It must not run, nor trust, anything in a notebook: output is text or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from markdown_it import MarkdownIt

from tuneproof.curate.reading import derived
from tuneproof.curate.reading.derived import Derived, Writer
from tuneproof.curate.reading.unreadable import Unreadable, refusing

MAX_OUTPUT = 4000
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_END = "end-of-cell"


def read_notebook(raw: bytes, path: str) -> Derived:
    """Return the notebook as Markdown; each place names the cell, counted from 0 as Jupyter's own tools do.

    Raises:
        Unreadable: it is no notebook, or no cell of it holds text.
    """
    with refusing(path, "notebook"):
        notebook = _upgraded(raw.decode("utf-8-sig"))
        writer = Writer()
        language = _language(notebook)
        cells = notebook.get("cells")
        for number, cell in enumerate(cells if isinstance(cells, list) else []):
            if isinstance(cell, Mapping):
                for block in _blocks(cell, language):
                    writer.add(block, {"cell": number})
    found = writer.derived()
    if not found.content:
        raise Unreadable(path, "no cell of it holds text")
    return found


def _upgraded(text: str) -> Any:
    """Return the notebook in format 4. Nothing validates it: a cell that is odd is one cell less, not one file."""
    found = json.loads(text)
    version = found.get("nbformat") if isinstance(found, dict) else None
    if not isinstance(version, int) or not 1 <= version <= 4:
        raise ValueError("no nbformat from 1 to 4 in it")
    if version == 4:
        return found
    import nbformat

    try:
        return nbformat.convert(nbformat.reader.reads(text), 4)
    except nbformat.ValidationError as error:
        raise ValueError(str(error)) from error


def _language(notebook: Any) -> str:
    metadata = notebook.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, Mapping) else None
        value = part.get(name) if isinstance(part, Mapping) else None
        if isinstance(value, str) and value:
            return value.lower()
    return "python"


def _blocks(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source"))
    kind = cell.get("cell_type")
    if kind == "markdown":
        yield _closed(derived.clean(source))
    elif kind == "code":
        yield derived.fence(source, language)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            text = _output(output) if isinstance(output, Mapping) else ""
            if text.strip():
                yield derived.fence(text, "text")
    elif kind == "raw":
        yield derived.fence(source)


def _joined(source: object) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _output(output: Mapping[str, Any]) -> str:
    """Return an output's text, at most `MAX_OUTPUT` characters of whole lines; pictures and HTML are none."""
    kind = output.get("output_type")
    data = output.get("data")
    if kind == "stream":
        text = _joined(output.get("text"))
    elif kind == "error":
        text = f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
    else:
        text = _joined(data.get("text/plain")) if isinstance(data, Mapping) else ""
        if re.fullmatch(r"<[\w.]+(?: [^<>]*)?>|Figure\(.*\)", text.strip()):
            return ""
    text = _ANSI.sub("", text)
    if len(text) <= MAX_OUTPUT:
        return text
    return text[:MAX_OUTPUT].rpartition("\n")[0] + "\n..."


def _closed(source: str) -> str:
    """Return the Markdown of a cell so that what it leaves open, a fence or a comment, ends with the cell."""
    if not source.strip() or _ends(source):
        return source
    for end in ("```", "~~~", "````", "-->", "</script>", "?>", "]]>"):
        if _ends(f"{source}\n{end}"):
            return f"{source}\n{end}"
    return derived.fence(source, "markdown")


def _ends(source: str) -> bool:
    tokens = MarkdownIt("commonmark").parse(f"{source}\n\n{_END}\n")
    return len(tokens) >= 3 and tokens[-1].type == "paragraph_close" and tokens[-2].content == _END
