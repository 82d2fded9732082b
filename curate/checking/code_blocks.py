"""Code blocks whose tag names a language that they can't be read as.

Knows pairs and tags. How a language is read is the business of `snippets` and `shells`. A pair with a fence left open
is `broken_fence`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tuneproof.curate.checking.fences import code_blocks, open_fence
from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.shells import commands_of, payload_error, read_shell
from tuneproof.curate.checking.snippets import MAX_CHARS, READERS, SESSION_TAGS, SHELL_TAGS
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Finding


@dataclass(frozen=True, slots=True)
class _Block:
    row: PairRow
    side: str
    tag: str
    line: int
    code: str


def find_unparsable_code(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``unparsable_code`` for each pair with a block in Python, JSON, YAML, TOML or shell that is none."""
    blocks = [block for row in inputs.rows for block in _tagged(row)]
    shells = {at: commands for at, block in enumerate(blocks) if (commands := _commands(block)) is not None}
    reader, bad = read_shell(list(shells.values())) if shells else ("", {})
    said: dict[str, str | None] = {}
    found: dict[str, list[tuple[_Block, str, str]]] = {}
    for at, block in enumerate(blocks):
        if block.tag in READERS:
            key = f"{block.tag}\0{block.code}"
            if key not in said:
                said[key] = READERS[block.tag](block.code)
            error, by = said[key], "parser"
        else:
            error, by = _shell_error(shells.get(at, ""), bad, reader)
        if error is not None:
            found.setdefault(block.row.pair_id, []).append((block, error, by))
    for faults in found.values():
        block, error, _ = faults[0]
        message = f"The {block.tag} block in line {block.line} of the {block.side} can't be read: {error[:120]}."
        listed = [
            {"side": each.side, "tag": each.tag, "line": each.line, "error": why[:200], "read_by": by}
            for each, why, by in faults
        ]
        yield on_pair(block.row, "unparsable_code", "warn", message, {"blocks": listed})


def _shell_error(commands: str, bad: Mapping[str, str], reader: str) -> tuple[str | None, str]:
    error = bad.get(commands)
    return (error, reader) if error is not None else (payload_error(commands), "parser")


def _tagged(row: PairRow) -> Iterator[_Block]:
    for side, text in (("question", row.question), ("answer", row.answer)):
        if open_fence(text) is not None:
            continue
        for block in code_blocks(text):
            if (block.tag in READERS or block.tag in SHELL_TAGS) and len(block.body) <= MAX_CHARS:
                yield _Block(row, side, block.tag, block.first, block.body)


def _commands(block: _Block) -> str | None:
    return commands_of(block.code, block.tag in SESSION_TAGS) if block.tag in SHELL_TAGS else None
