"""The things that a Python document defines and a reader may ask about.

Knows names, and which definitions are for readers: what is private, local to a function, or a special method that
nobody calls by name is left out. It must not know questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuneproof.curate.pairing.docstrings import Docstring, parse_docstring
from tuneproof.curate.pairing.signatures import Definition, read_definition
from tuneproof.curate.reading.python_chunks import LOCALS
from tuneproof.datasets.workspace.records import Chunk

ASKED_SPECIAL_METHODS = frozenset({"__init__", "__new__", "__call__"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One definition: ``name`` is its full dotted name in backticks, ``noun`` what it is."""

    chunk: Chunk
    name: str
    short: str
    noun: str
    definition: Definition
    doc: Docstring

    @property
    def called(self) -> str:
        """Return the name that a caller writes: the class for its constructor, the object's for ``__call__``."""
        if self.short in ASKED_SPECIAL_METHODS:
            return f"`{'.'.join(self.chunk.heading_path[:-1])}`"
        return self.name

    @property
    def is_called(self) -> bool:
        """Say whether it is called with arguments."""
        return self.chunk.kind in ("function", "method") and self.noun != "property"


def subjects(chunks: Sequence[Chunk]) -> Iterator[Subject]:
    """Yield the public definitions among ``chunks``."""
    for chunk in chunks:
        inside = chunk.heading_path[1:]
        if LOCALS in inside or any(part.startswith("_") and part not in ASKED_SPECIAL_METHODS for part in inside):
            continue
        if any(part.startswith("test") for part in chunk.heading_path[-1:]) and chunk.kind == "method":
            continue
        definition = read_definition(chunk)
        doc = parse_docstring(definition.docstring, frozenset(each.name for each in definition.parameters))
        name = ".".join(chunk.heading_path)
        yield Subject(chunk, f"`{name}`", chunk.heading_path[-1], _noun(chunk, definition), definition, doc)


def _noun(chunk: Chunk, definition: Definition) -> str:
    if chunk.kind == "class":
        endings = ("Error", "Exception", "Warning")
        raised = chunk.heading_path[-1].endswith(endings) or any(base.endswith(endings) for base in definition.bases)
        return "exception" if raised else "class"
    if chunk.kind == "method":
        names = {decorator.split("(")[0].split(".")[-1] for decorator in definition.decorators}
        return "property" if names & {"property", "cached_property", "abstractproperty"} else "method"
    return chunk.kind
