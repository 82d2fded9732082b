"""Pairs from what a command prints for ``--help``: how it is called, what each option does, its default and choices.

Knows the notes that argparse, click, clap and hand-written programs put into a description. It must not know where
an entry begins: its chunk says that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tuneproof.curate.pairing.markdown_text import Block
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.sentences import SENTENCE_LIMIT, capitalised, fit, points_away, split_sentences
from tuneproof.curate.reading.help_chunks import help_spans, looks_like_help, program_of
from tuneproof.datasets.workspace.records import CaseType, Chunk, Document

_OPTION = (
    "What does `{name}` do in `{program}`?",
    "What is the option `{name}` of `{program}` for?",
    "Explain the option `{name}` of `{program}`.",
    "What happens if I give `{program}` the option `{name}`?",
    "When do I use `{name}` with `{program}`?",
)
_ARGUMENT = (
    "What is the argument `{name}` of `{program}`?",
    "What do I pass as `{name}` to `{program}`?",
    "Explain the argument `{name}` of `{program}`.",
)
_DEFAULT = (
    "What is the default of `{name}` in `{program}`?",
    "What does `{name}` of `{program}` default to?",
    "Which value does `{program}` take if I leave out `{name}`?",
)
_CHOICES = (
    "Which values does `{name}` of `{program}` take?",
    "What may I pass to `{name}` of `{program}`?",
    "What are the choices for `{name}` in `{program}`?",
)
_RANGE = (
    "Which range does `{name}` of `{program}` allow?",
    "What are the limits of `{name}` in `{program}`?",
)
_REQUIRED = ("Is `{name}` required by `{program}`?", "May I leave out `{name}` with `{program}`?")
_VARIABLE = (
    "Which environment variable sets `{name}` of `{program}`?",
    "How do I set `{name}` of `{program}` without giving it on the command line?",
)
# Options that every command has say nothing about this one.
_EVERYWHERE = frozenset({"--help", "-h", "--version"})
_GONE = ("Is `{name}` of `{program}` deprecated?", "Should I still use `{name}` with `{program}`?")
_USAGE = (
    "How do I call `{program}`?",
    "What is the usage of `{program}`?",
    "How is `{program}` used on the command line?",
    "Show me the syntax of `{program}`.",
)
_ABOUT = ("What does `{program}` do?", "What is `{program}` for?", "Describe the command `{program}`.")
_COMMAND = (
    "What does `{program} {name}` do?",
    "What is `{program} {name}` for?",
    "Describe the subcommand `{name}` of `{program}`.",
)
_ALL = ("Which options does `{program}` have?", "List the options of `{program}`.", "Name the options of `{program}`.")
_COMMANDS = ("Which subcommands does `{program}` have?", "List the subcommands of `{program}`.")
_DEFAULT_NOTE = re.compile(r"[\[(](?:defaults? ?(?:value ?)?(?:is|to)?[:= ]\s*)([^\])]{1,120})[\])]", re.IGNORECASE)
_DEFAULT_WORDS = re.compile(r"\bdefaults? (?:is|to) [`'\"]?([^\s`'\",;]+)", re.IGNORECASE)
_CHOICE_NOTE = re.compile(r"[\[(](?:possible values|choices|one of|values)[:=]?\s*([^\])]+)[\])]", re.IGNORECASE)
_CHOICE_MARK = re.compile(
    r"\{([\w.+-]+(?:,\s*[\w.+-]+)+)\}|\[([\w.+-]+(?:\|[\w.+-]+)+)\]|(?<=[ =<])([\w.-]+(?:\|[\w.-]+)+)(?=>|$)"
)
_RANGE_NOTE = re.compile(r"\[([^\]]*x[^\]]*[<>]=?[^\]]*|[^\]]*[<>]=?[^\]]*x[^\]]*)\]")
_VARIABLE_NOTE = re.compile(r"[\[(]env(?: var)?[:=]\s*([A-Z][A-Z0-9_]+)[^\])]*[\])]", re.IGNORECASE)
_REQUIRED_NOTE = re.compile(r"[\[(]required[\])]", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*[\[(](?:(?:defaults?|env|possible values|choices|one of|values|aliases)\b[^\])]*"
    r"|required|[^\])]*x[<>]=?[^\])]*)[\])]",
    re.IGNORECASE,
)

# click writes several notes into one pair of brackets: [default: 5; 0<=x<=10].
_JOINED_NOTES = re.compile(r"\[([^\][]*;[^\][]*)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An option, argument or subcommand: ``form`` is its first column, ``text`` its description without notes."""

    name: str
    form: str
    text: str
    notes: str


def help_drafts(chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield pairs from the chunks of one help text, answers of at most ``limit`` characters."""
    usage = next((chunk for chunk in chunks if chunk.kind == "usage"), None)
    about = next((chunk for chunk in chunks if chunk.kind == "text" and len(chunk.heading_path) == 1), None)
    program = chunks[0].heading_path[0] if chunks and chunks[0].heading_path else ""
    # The name of the command stands in its usage: what is said of it rests on both.
    also = (usage,) if usage is not None else ()
    if usage is not None:
        yield from _usage(usage, program, limit)
    if about is not None:
        yield from _about(about, also, program)
    for chunk in chunks:
        if chunk.kind not in ("option", "command") or chunk.heading_path[-1] in _EVERYWHERE:
            continue
        entry = read_entry(chunk.text, chunk.heading_path[-1])
        if entry.name.startswith("-"):
            yield from _option((chunk, *also), entry, program)
        elif re.search(r"command", " ".join(chunk.heading_path[1:-1]), re.IGNORECASE):
            yield from _described((chunk, *also), "help.command", entry, program, _COMMAND)
        else:
            yield from _option((chunk, *also), entry, program)
    yield from _listed(chunks, also, program)


def quoted_help_drafts(document: Document, chunk: Chunk, blocks: Sequence[Block], limit: int) -> Iterator[Draft]:
    """Yield pairs from the help texts that a page of prose quotes as code; all of them rest on the page's chunk."""
    for block in blocks:
        if block.kind != "fence":
            continue
        body = "\n".join(block.text.split("\n")[1:-1])
        if not looks_like_help(body) or not program_of(body):
            continue
        quoted = replace(document, content=body, format="help", places=())
        data = body.encode()
        pieces = [
            replace(chunk, kind=span.kind, heading_path=span.heading_path, text=data[span.start : span.end].decode())
            for span in help_spans(quoted)
        ]
        for made in help_drafts(pieces, limit):
            yield replace(made, chunks=(chunk,), slot=f"{program_of(body)} {made.slot}")


def read_entry(text: str, name: str) -> Entry:
    """Return an entry's parts. Its description begins after two blanks, or on the line below."""
    first, *more = text.strip("\n").split("\n")
    parts = re.split(r" {2,}|\t+", first.strip(), maxsplit=1)
    said = " ".join([*parts[1:], *(line.strip() for line in more)])
    said = re.sub(r"(?<=[a-z])- (?=[a-z])", "-", said)
    notes = _JOINED_NOTES.sub(_each_note, " ".join(said.split()))
    plain = re.sub(r"\s+([.,;])(?=\s|$)", r"\1", _NOTE.sub("", notes)).strip()
    return Entry(name, parts[0], plain, notes)


def _each_note(match: re.Match[str]) -> str:
    return " ".join(f"[{part.strip()}]" for part in match.group(1).split(";"))


def _usage(chunk: Chunk, program: str, limit: int) -> Iterator[Draft]:
    body = re.sub(r"^\s*usage:\s*", "", chunk.text, flags=re.IGNORECASE).strip("\n")
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    answer = f"Call `{program}` like this:\n\n```text\n" + "\n".join(lines) + "\n```"
    if lines and program and len(answer) <= limit:
        yield draft((chunk,), "help.usage", "how_to", _USAGE, answer, program=program)


def _about(chunk: Chunk, also: tuple[Chunk, ...], program: str) -> Iterator[Draft]:
    paragraph = re.split(r"\n\s*\n", chunk.text.strip())[0]
    if re.search(r"\n\s*[-*$] ", paragraph):
        return
    answer = fit(split_sentences(capitalised(" ".join(paragraph.split()))), SENTENCE_LIMIT)
    if answer is not None and len(answer.split()) >= 3 and not points_away(answer):
        yield draft((chunk, *also), "help.about", "what_is", _ABOUT, answer, program=program)


def _described(
    chunks: tuple[Chunk, ...], generator: str, entry: Entry, program: str, wordings: Sequence[str]
) -> Iterator[Draft]:
    answer = fit(split_sentences(capitalised(entry.text)), SENTENCE_LIMIT)
    if answer is not None and len(answer.split()) >= 2 and not points_away(answer):
        case: CaseType = "what_is" if generator == "help.command" else "parameter"
        yield draft(chunks, generator, case, wordings, answer, entry.name, name=entry.name, program=program)


def _option(chunks: tuple[Chunk, ...], entry: Entry, program: str) -> Iterator[Draft]:
    is_option = entry.name.startswith("-")
    yield from _described(chunks, "help.option", entry, program, _OPTION if is_option else _ARGUMENT)
    names = {"name": entry.name, "program": program}
    default = _DEFAULT_NOTE.search(entry.notes) or _DEFAULT_WORDS.search(entry.notes)
    if default is not None and (value := default.group(1).strip(" '\"`.")):
        answer = f"`{entry.name}` defaults to `{value}`."
        yield draft(chunks, "help.default", "default", _DEFAULT, answer, entry.name, **names)
    choices = choices_of(entry)
    if len(choices) > 1:
        shown = ", ".join(f"`{each}`" for each in choices[:-1]) + f" or `{choices[-1]}`"
        answer = f"`{entry.name}` takes one of {shown}."
        yield draft(chunks, "help.choices", "limit", _CHOICES, answer, entry.name, **names)
    allowed = _RANGE_NOTE.search(entry.notes)
    if allowed is not None:
        answer = f"`{entry.name}` takes a value x with `{' '.join(allowed.group(1).split())}`."
        yield draft(chunks, "help.range", "limit", _RANGE, answer, entry.name, **names)
    if _REQUIRED_NOTE.search(entry.notes):
        answer = f"`{entry.name}` is required: `{program}` needs it."
        yield draft(chunks, "help.required", "limit", _REQUIRED, answer, entry.name, **names)
    variable = _VARIABLE_NOTE.search(entry.notes)
    if variable is not None:
        answer = f"The environment variable `{variable.group(1)}` sets `{entry.name}`."
        yield draft(chunks, "help.variable", "how_to", _VARIABLE, answer, entry.name, **names)
    if re.search(r"\bdeprecated\b", entry.notes, re.IGNORECASE):
        rest = re.sub(r"^[\[(]?deprecated[\])]?[:;,.]?\s*", "", entry.text, flags=re.IGNORECASE)
        said = fit(split_sentences(rest[:1].upper() + rest[1:]), SENTENCE_LIMIT) or ""
        answer = f"Yes, `{entry.name}` is deprecated. {said}".strip()
        yield draft(chunks, "help.deprecated", "deprecation", _GONE, answer, entry.name, **names)


def choices_of(entry: Entry) -> list[str]:
    """Return the values that an option is limited to, or none."""
    note = _CHOICE_NOTE.search(entry.notes)
    if note is not None:
        return [each.strip(" '\"`") for each in re.split(r"[,|]", note.group(1)) if each.strip(" '\"`")]
    mark = _CHOICE_MARK.search(entry.form)
    found = next((group for group in mark.groups() if group), "") if mark is not None else ""
    return [each.strip() for each in re.split(r"[,|]", found) if each.strip()]


def _listed(chunks: Sequence[Chunk], also: tuple[Chunk, ...], program: str) -> Iterator[Draft]:
    for kind, wordings, noun in (("option", _ALL, "options"), ("command", _COMMANDS, "subcommands")):
        found = [chunk for chunk in chunks if chunk.kind == kind]
        if kind == "command":
            found = [
                chunk for chunk in found if re.search("command", " ".join(chunk.heading_path[1:-1]), re.IGNORECASE)
            ]
        found = [chunk for chunk in found if chunk.heading_path[-1] not in _EVERYWHERE]
        names = list(dict.fromkeys(f"`{chunk.heading_path[-1]}`" for chunk in found))
        if 2 <= len(names) <= 14:
            answer = f"`{program}` has the {noun} {', '.join(names[:-1])} and {names[-1]}."
            yield draft((*found, *also), f"help.{kind}s", "parameter", wordings, answer, program=program)
