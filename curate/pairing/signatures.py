"""What a definition's chunk says of how it is called: its parameters, their defaults, and its docstring.

Knows Python syntax. The chunk alone is parsed, so that a pair rests on nothing but its chunk.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tuneproof.curate.reading.python_chunks import parse_python
from tuneproof.datasets.workspace.records import Chunk

ParameterKind = Literal["positional", "ordinary", "variadic", "keyword", "keywords"]
_STARS = {"variadic": "*", "keywords": "**"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``default`` is its source text in one line, or None if the caller must give it."""

    name: str
    kind: ParameterKind
    default: str | None

    def shown(self) -> str:
        """Return the name with its stars."""
        return _STARS.get(self.kind, "") + self.name


@dataclass(frozen=True, slots=True)
class Definition:
    """What one chunk defines. ``parameters`` leaves out ``self`` and ``cls``; ``bases`` are a class's."""

    docstring: str
    parameters: tuple[Parameter, ...] = ()
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    is_async: bool = False

    def is_open(self) -> bool:
        """Say whether any further argument is accepted."""
        return any(parameter.kind in _STARS for parameter in self.parameters)

    def call(self, name: str) -> str:
        """Return how it is called, in one line: ``name(first, /, second=1, *, third=None)``."""
        parts: list[str] = []
        for index, parameter in enumerate(self.parameters):
            before = self.parameters[index - 1].kind if index else ""
            if parameter.kind != "positional" and before == "positional":
                parts.append("/")
            if parameter.kind == "keyword" and before not in ("keyword", "variadic"):
                parts.append("*")
            default = "" if parameter.default is None else f"={parameter.default}"
            parts.append(parameter.shown() + default)
        if self.parameters and self.parameters[-1].kind == "positional":
            parts.append("/")
        return f"{name}({', '.join(parts)})"


def read_definition(chunk: Chunk) -> Definition:
    """Return what ``chunk`` defines. Its text is a whole definition with only a docstring for a body."""
    return _read(chunk.kind, chunk.text)


@lru_cache(maxsize=512)
def _read(kind: str, text: str) -> Definition:
    source = "if 1:\n" + text if text[:1] in " \t" else text
    tree = parse_python(source)
    node = tree.body[0]
    if isinstance(node, ast.If):
        node = node.body[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
        parameters = _parameters(node.args, source)
        if kind == "method" and "staticmethod" not in decorators and parameters:
            parameters = parameters[1:] if parameters[0].kind in ("positional", "ordinary") else parameters
        doc = ast.get_docstring(node, clean=False) or ""
        return Definition(doc, tuple(parameters), (), decorators, isinstance(node, ast.AsyncFunctionDef))
    if isinstance(node, ast.ClassDef):
        bases = tuple(ast.unparse(base) for base in node.bases)
        decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
        return Definition(ast.get_docstring(node, clean=False) or "", (), bases, decorators)
    return Definition(ast.get_docstring(tree, clean=False) or "")


def _parameters(arguments: ast.arguments, source: str) -> list[Parameter]:
    def default_of(node: ast.expr | None) -> str | None:
        text = None if node is None else ast.get_source_segment(source, node) or ast.unparse(node)
        return None if text is None else re.sub(r"\s+", " ", text)

    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    defaults.extend(arguments.defaults)
    found: list[Parameter] = []
    for index, (argument, default) in enumerate(zip(plain, defaults, strict=True)):
        kind: ParameterKind = "positional" if index < len(arguments.posonlyargs) else "ordinary"
        found.append(Parameter(argument.arg, kind, default_of(default)))
    if arguments.vararg:
        found.append(Parameter(arguments.vararg.arg, "variadic", None))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(Parameter(argument.arg, "keyword", default_of(default)))
    if arguments.kwarg:
        found.append(Parameter(arguments.kwarg.arg, "keywords", None))
    return found
