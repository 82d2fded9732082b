"""Cut Python source into its documented definitions, by the syntax tree, without importing it.

Knows where a definition begins and where its docstring ends, in bytes. It must not clean a docstring: that is the
business of pairs.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache

from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.datasets.workspace.records import Document

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
LOCALS = "<locals>"


@lru_cache(maxsize=4)
def parse_python(content: str) -> ast.Module:
    """Return the syntax tree of ``content``; a byte order mark is left out of it, columns are those after the mark.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the parser refuses it.
    """
    with warnings.catch_warnings():
        # A stray backslash in somebody's string is theirs to mend, and no reason to talk on stderr.
        warnings.simplefilter("ignore")
        return ast.parse(content.removeprefix("\ufeff"))


def python_spans(document: Document) -> Iterator[Span]:
    """Yield the module docstring and every definition that has one, in the order of the file, never overlapping.

    A span runs from the start of the line of the first decorator, or of ``def`` or ``class``, through the end of the
    docstring literal: raw bytes. ``heading_path`` is (module, class, name); what is defined inside a function has
    ``<locals>`` in its path, as in Python's own qualified names.
    """
    lines = Lines(document.content.encode())
    tree = parse_python(document.content)
    end = _docstring_end(tree, lines)
    if end is not None:
        yield Span("module", (document.title,), lines.offset(tree.body[0].lineno - 1), end)
    yield from sorted(_definitions(tree, document.title, lines), key=lambda span: span.start)


def _definitions(tree: ast.Module, module: str, lines: Lines) -> Iterator[Span]:
    # A stack, not recursion: each elif of a chain is one level deeper, and chains of a thousand exist.
    waiting: list[tuple[ast.AST, tuple[str, ...], bool]] = [(tree, (module,), False)]
    while waiting:
        parent, path, in_class = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.expr):
                continue
            if not isinstance(node, Definition):
                # A definition may stand in an if, a try or a with of the module or class.
                waiting.append((node, path, in_class))
                continue
            own = (*path, node.name)
            is_class = isinstance(node, ast.ClassDef)
            end = _docstring_end(node, lines)
            if end is not None:
                kind = "class" if is_class else "method" if in_class else "function"
                yield Span(kind, own, _start(node, lines), end)
            waiting.append((node, own if is_class else (*own, LOCALS), is_class))


def _docstring_end(node: ast.Module | Definition, lines: Lines) -> int | None:
    first = node.body[0] if node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return None
    if not isinstance(first.value.value, str) or not first.value.value.strip():
        return None
    # The statement's end, not the literal's: it closes the brackets of a docstring written in them.
    return lines.offset((first.end_lineno or first.lineno) - 1, first.end_col_offset or 0)


def _start(node: Definition, lines: Lines) -> int:
    if not node.decorator_list:
        return lines.offset(node.lineno - 1)
    decorator = node.decorator_list[0]
    at = lines.data.rfind(b"@", 0, lines.offset(decorator.lineno - 1, decorator.col_offset))
    return lines.offset(lines.line_of(at))
