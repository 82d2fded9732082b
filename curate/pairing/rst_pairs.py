"""Pairs from the directives of reStructuredText: objects with their fields, options, and what changed in which version.

Knows the fields that Sphinx gives a meaning (``:param x:``, ``:raises X:``, ``:returns:``). Sections are asked about as
other prose is; this module must not repeat that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docutils import nodes

from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.rst_text import inline_text, rendered, version_note
from tuneproof.curate.pairing.sentences import SENTENCE_LIMIT, capitalised, finish, fit, points_away, split_sentences
from tuneproof.curate.reading.rst_chunks import DEFINITION, described, flow, object_name
from tuneproof.curate.reading.rst_tree import Kept, parse_rst
from tuneproof.curate.reading.spans import Lines
from tuneproof.datasets.workspace.records import CaseType, Chunk, Document

_IS = (
    "What is {name}{tail}?",
    "What does {name} do{tail}?",
    "What is {name} for{tail}?",
    "Explain {name}{tail}.",
    "Describe {name}{tail}.",
    "Tell me what {name} does{tail}.",
    "What should I know about {name}{tail}?",
    "In short, what is the purpose of {name}{tail}?",
)
_PARAMETER = (
    "What does the parameter `{parameter}` of {name} mean{tail}?",
    "What is `{parameter}` in {name} for{tail}?",
    "What do I pass as `{parameter}` to {name}{tail}?",
    "Explain the argument `{parameter}` of {name}{tail}.",
)
_DEFAULT = (
    "What is the default of {name}{tail}?",
    "What does {name} default to{tail}?",
    "Which value does {name} have unless I set it{tail}?",
    "Tell me the default value of {name}{tail}.",
)
_RAISES = (
    "When does {name} raise `{error}`{tail}?",
    "Why would {name} raise `{error}`{tail}?",
    "In which case do I get `{error}` from {name}{tail}?",
    "What makes {name} fail with `{error}`{tail}?",
)
_RETURNS = (
    "What does {name} return{tail}?",
    "What do I get back from {name}{tail}?",
    "What is the result of {name}{tail}?",
)
_DEPRECATED = (
    "Is {name} deprecated{tail}?",
    "Since which version is {name} deprecated{tail}?",
    "Should I still use {name}{tail}?",
    "What is deprecated about {name}{tail}?",
)
_CHANGED = (
    "What changed in {name} in version {version}{tail}?",
    "How did version {version} change {name}{tail}?",
    "Which change did version {version} bring to {name}{tail}?",
    "What is different about {name} since version {version}{tail}?",
)
_ADDED = (
    "Since which version does {name} exist{tail}?",
    "In which version was {name} added{tail}?",
    "When was {name} introduced{tail}?",
    "Which version brought {name}{tail}?",
)
_FIELD = re.compile(
    r"^(param|parameter|arg|argument|key|keyword|raises?|except|exception|returns?|return|rtype|type)\b\s*(.*)$"
)
_DEFAULT_LINE = re.compile(r"^Default(?:s)?(?: value)?(?:: | is | to )(.+?)\.?$", re.IGNORECASE)
_EARLY = frozenset({"versionadded"})


@dataclass(frozen=True, slots=True)
class _Subject:
    """One described object: its chunk, its name in backticks, the nodes of its content that are its own.

    ``tail`` is the page in brackets, where the name alone would not say whose it is.
    """

    chunk: Chunk
    name: str
    body: tuple[Any, ...]
    tail: str = ""


def rst_drafts(document: Document, chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield pairs from the directives of one document, answers of at most ``limit`` characters."""
    tree = parse_rst(document.content)
    lines = Lines(document.content.encode())
    at = {lines.line_of(chunk.start_byte): chunk for chunk in chunks if chunk.kind == DEFINITION}
    modules = _modules(tree.root)
    for kept, names in described(tree.root):
        chunk = at.get(int(kept.line or 1) - 1)
        if chunk is None:
            continue
        body = tuple(node for node in kept if not (isinstance(node, Kept) and node["is_object"]))
        name = _full_name(kept, names, modules)
        # A name without a dot or a command before it could be anybody's: the page says whose.
        tail = "" if "." in name or " " in name else f" ({document.title})"
        subject = _Subject(chunk, f"`{name}`", body, tail)
        yield from _fields(subject, limit)
        yield from _versions(subject.chunk, subject.name, subject.tail, subject.body, limit)
        yield from _meaning(subject, limit)
    yield from _section_versions(tree.root, lines, chunks, limit)


def _modules(root: Any) -> list[tuple[int, str, str]]:
    """Return the (line, name, directive) of every directive that says what is spoken of from there on."""
    wanted = ("module", "currentmodule", "py:module", "py:currentmodule", "automodule", "program")
    return [
        (
            int(kept.line or 0),
            kept["argument"] if kept["name"] == "program" else object_name(kept["argument"]),
            kept["name"],
        )
        for kept in root.findall(Kept)
        if kept["name"] in wanted and kept["argument"]
    ]


def _full_name(kept: Kept, names: Sequence[str], modules: Sequence[tuple[int, str, str]]) -> str:
    own = names[-1]
    above = [(name, kind) for line, name, kind in modules if line < int(kept.line or 0)]
    program = next((name for name, kind in reversed(above) if kind == "program"), "")
    if own.startswith("-") and program:
        return f"{program} {own}"
    if own.startswith("-") or kept["name"].startswith(
        ("option", "cmdoption", "confval", "envvar", "setting", "describe")
    ):
        return own
    parts = list(names[-2:]) if len(names) > 1 and not own.startswith(f"{names[-2]}.") else [own]
    module = next((name for name, kind in reversed(above) if kind != "program"), "")
    is_python = re.match(r"^(?:py:)?(?:auto)?(?:function|class|exception|decorator|method|attribute)", kept["name"])
    if module and is_python and not parts[0].startswith(f"{module}.") and "." not in parts[0]:
        parts.insert(0, module)
    return ".".join(parts)


def _meaning(subject: _Subject, limit: int) -> Iterator[Draft]:
    said: list[str] = []
    for node in subject.body:
        if not isinstance(node, nodes.paragraph):
            if said:
                break
            continue
        text = inline_text(node)
        default = _DEFAULT_LINE.match(text)
        if default:
            value = default.group(1)
            shown = value if "`" in value or " " in value else f"`{value}`"
            answer = f"{subject.name} defaults to {shown}."
            yield draft(
                (subject.chunk,), "rst.default", "default", _DEFAULT, answer, name=subject.name, tail=subject.tail
            )
            continue
        for sentence in split_sentences(text):
            if points_away(sentence) or finish(sentence) is None:
                break
            said.append(sentence)
    meaning = fit(said, min(limit, SENTENCE_LIMIT))
    if meaning is not None and len(meaning.split()) >= 4:
        yield draft(
            (subject.chunk,), "rst.object", "what_is", _IS, capitalised(meaning), name=subject.name, tail=subject.tail
        )


def _fields(subject: _Subject, limit: int) -> Iterator[Draft]:
    for node in subject.body:
        for item in node if isinstance(node, nodes.field_list) else ():
            match = _FIELD.match(item[0].astext())
            text = " ".join(rendered(item[1]).split())
            answer = fit(split_sentences(capitalised(text)), min(limit, SENTENCE_LIMIT))
            if match is None or answer is None or len(answer.split()) < 3 or points_away(answer):
                continue
            kind, rest = match.group(1), match.group(2).split()
            name = rest[-1].lstrip("*") if rest else ""
            made = _one_field(subject, kind, name, answer)
            if made is not None:
                yield made


def _one_field(subject: _Subject, kind: str, name: str, answer: str) -> Draft | None:
    chunks = (subject.chunk,)
    names: Mapping[str, str] = {"name": subject.name, "tail": subject.tail, "parameter": name, "error": name}
    if kind in ("param", "parameter", "arg", "argument", "key", "keyword") and name:
        return draft(chunks, "rst.parameter", "parameter", _PARAMETER, answer, name, **names)
    if kind in ("raise", "raises", "except", "exception") and name:
        said = answer if re.match(r"(?:If|When|Unless|On|For)\b", answer) else f"`{name}`: {answer}"
        return draft(chunks, "rst.raises", "error", _RAISES, said, name, **names)
    if kind in ("return", "returns"):
        return draft(chunks, "rst.returns", "what_is", _RETURNS, answer, **names)
    return None


def _versions(chunk: Chunk, name: str, tail: str, body: Sequence[Any], limit: int) -> Iterator[Draft]:
    for node in body:
        note = version_note(node)
        if note is None or len(note[2]) > limit or points_away(note[2]):
            continue
        kind, version, sentence = note
        case: CaseType = "version_difference"
        wordings = _CHANGED
        if kind.startswith("deprecated"):
            case, wordings = "deprecation", _DEPRECATED
        elif kind in _EARLY:
            wordings = _ADDED if ":" not in sentence else _CHANGED
        slot = f"{kind} {version}"
        yield draft((chunk,), f"rst.{kind}", case, wordings, sentence, slot, name=name, tail=tail, version=version)


def _section_versions(root: Any, lines: Lines, chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield what a section says of versions, with the section's heading as its subject."""
    starts = [(lines.line_of(chunk.start_byte), chunk) for chunk in chunks]
    for line, node in flow(root):
        if version_note(node) is None:
            continue
        chunk = next((each for start, each in reversed(starts) if start <= line), None)
        if chunk is not None and chunk.heading_path and chunk.kind != DEFINITION:
            title = chunk.heading_path[0]
            own = chunk.heading_path[-1]
            tail = "" if own == title else f" ({title})"
            yield from _versions(chunk, f"“{own}”", tail, (node,), limit)
