"""Pairs from signatures: how a thing is called, what it accepts, which defaults it has, and what it does not have.

Knows what a signature states. Everything said here can be checked against the ``def`` line of the chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tuneproof.curate.pairing.python_subjects import Subject
from tuneproof.curate.pairing.questions import Draft, draft, number
from tuneproof.curate.pairing.signatures import Parameter

_PLAIN_DEFAULT = re.compile(
    r"-?\d[\w.]*|(?:b|r)?'[^'\\]*'|(?:b|r)?\"[^\"\\]*\"|True|False|None|\(\)|\[\]|\{\}|[A-Za-z][\w.]*"
)
_CALL = (
    "How do I call {name}?",
    "How is {name} called?",
    "What is the signature of {name}?",
    "Show me the signature of {name}.",
    "What does a call of {name} look like?",
    "Which call do I write for {name}?",
    "With which arguments do I call {name}?",
    "How should {name} be called?",
    "Give me the full call of {name}.",
    "I want to use {name}. How do I call it?",
)
_ACCEPTS = (
    "Which arguments does {name} accept?",
    "What parameters does {name} have?",
    "List the parameters of {name}.",
    "What can I pass to {name}?",
    "Which parameters are there for {name}?",
    "Name the arguments of {name}.",
    "What arguments are accepted by {name}?",
)
_DEFAULT = (
    "What is the default value of `{parameter}` in {name}?",
    "Which default does `{parameter}` have in {name}?",
    "What does `{parameter}` default to in {name}?",
    "If I leave out `{parameter}`, which value does {name} use?",
    "In {name}, what is the default of `{parameter}`?",
    "When `{parameter}` is not given, what value does {name} take for it?",
    "{name}: what is the default value of `{parameter}`?",
)
_REQUIRED = (
    "Must I pass `{parameter}` to {name}?",
    "Is `{parameter}` a required argument of {name}?",
    "Can I leave out `{parameter}` when I call {name}?",
    "Does {name} work without `{parameter}`?",
    "Do I have to give `{parameter}` to {name}?",
)
_ABSENT = (
    "What does the parameter `{parameter}` of {name} do?",
    "How do I set `{parameter}` in {name}?",
    "Which values can `{parameter}` take in {name}?",
    "What is the default of the argument `{parameter}` of {name}?",
    "Why would I pass `{parameter}` to {name}?",
)
_BASES = (
    "Which class does {name} derive from?",
    "What is the base class of {name}?",
    "From what does {name} inherit?",
    "What does {name} inherit from?",
)


def call_drafts(subject: Subject, everything: Sequence[Subject]) -> Iterator[Draft]:
    """Yield what the signature of ``subject`` states; ``everything`` is the document, for names it does not have."""
    if subject.noun in ("class", "exception"):
        yield from _bases(subject)
    if not subject.is_called:
        return
    if subject.definition.parameters or number("bare", subject.chunk.chunk_id) % 4 == 0:
        yield _call(subject)
    if len(subject.definition.parameters) >= 2:
        answer = f"{subject.called} accepts {_listed(subject)}."
        yield draft((subject.chunk,), "python.arguments", "parameter", _ACCEPTS, answer, name=subject.called)
    yield from _defaults(subject)
    if number("absent", subject.chunk.chunk_id) % 5 == 0:
        yield from _absent(subject, everything)


def _call(subject: Subject) -> Draft:
    path = subject.chunk.heading_path
    decorators = {decorator.split("(")[0].split(".")[-1] for decorator in subject.definition.decorators}
    if subject.short in ("__init__", "__new__"):
        shown, verb = subject.definition.call(path[-2]), "Create one with"
    elif subject.short == "__call__":
        shown, verb = subject.definition.call(path[-2].lower()), "Call the object itself:"
    elif subject.chunk.kind == "function":
        shown, verb = subject.definition.call(".".join(path)), "Call it as"
    elif decorators & {"classmethod", "staticmethod"}:
        shown, verb = subject.definition.call(".".join(path[-2:])), "Call it on the class:"
    else:
        shown, verb = subject.definition.call(subject.short), f"On an object of `{path[-2]}`, call"
    if subject.definition.is_async:
        verb = verb.replace("Call it", "Await it").replace(", call", ", await")
    stop = "" if subject.definition.parameters else ", without arguments"
    return draft((subject.chunk,), "python.signature", "how_to", _CALL, f"{verb} `{shown}`{stop}.", name=subject.called)


def _listed(subject: Subject) -> str:
    parts: list[str] = []
    for each in subject.definition.parameters:
        if each.kind == "variadic":
            parts.append(f"any further positional arguments (`{each.shown()}`)")
        elif each.kind == "keywords":
            parts.append(f"any further keyword arguments (`{each.shown()}`)")
        else:
            default = f" (default `{each.default}`)" if _is_plain(each) else ""
            parts.append(f"`{each.name}`{default}")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _is_plain(parameter: Parameter) -> bool:
    text = parameter.default
    return text is not None and len(text) <= 30 and bool(_PLAIN_DEFAULT.fullmatch(text))


def _defaults(subject: Subject) -> Iterator[Draft]:
    """Yield at most two defaults, telling ones before ``None``, and whether one argument can be left out."""
    named = [each for each in subject.definition.parameters if each.kind in ("ordinary", "keyword")]
    plain = [each for each in named if _is_plain(each)]
    telling = [each for each in plain if each.default != "None"] or plain[:1]
    for each in telling[:2]:
        answer = f"The default value of `{each.name}` in {subject.called} is `{each.default}`."
        yield draft(
            (subject.chunk,), "python.default", "default", _DEFAULT, answer, each.name,
            name=subject.called, parameter=each.name,
        )  # fmt: skip
    if not named or number("required", subject.chunk.chunk_id) % 3:
        return
    each = named[number("which", subject.chunk.chunk_id) % len(named)]
    wordings = _REQUIRED
    if each.default is None:
        needed = f"{subject.called} needs `{each.name}`: it has no default."
        answers = {"Must": "Yes", "Is": "Yes", "Can": "No", "Does": "No", "Do": "Yes"}
    elif _is_plain(each):
        needed = f"`{each.name}` can be left out: its default is `{each.default}`."
        answers = {"Must": "No", "Is": "No", "Can": "Yes", "Does": "Yes", "Do": "No"}
    else:
        return
    made = draft(
        (subject.chunk,), "python.required", "negation", wordings, needed, each.name,
        name=subject.called, parameter=each.name,
    )  # fmt: skip
    yield replace(made, answer=f"{answers[made.question.split()[0]]}. {needed}")


def _absent(subject: Subject, everything: Sequence[Subject]) -> Iterator[Draft]:
    """Yield a question that takes for granted a parameter which only another definition here has."""
    definition = subject.definition
    if definition.is_open() or not definition.parameters:
        return
    own = {each.name for each in definition.parameters}
    others = [
        (each.name, other.chunk)
        for other in everything
        if other.chunk is not subject.chunk and other.is_called
        for each in other.definition.parameters
        if len(each.name) > 2 and each.kind in ("ordinary", "keyword")
        if not any(each.name.startswith(name) or name.startswith(each.name) for name in own)
        if not re.search(rf"\b{re.escape(each.name)}\b", subject.chunk.text)
    ]
    if not others:
        return
    name, chunk = others[number("other", subject.chunk.chunk_id) % len(others)]
    answer = f"{subject.called} has no parameter `{name}`. It accepts {_listed(subject)}."
    yield draft(
        (subject.chunk, chunk), "python.no_such_parameter", "false_premise", _ABSENT, answer, "",
        name=subject.called, parameter=name,
    )  # fmt: skip


def _bases(subject: Subject) -> Iterator[Draft]:
    bases = [base for base in subject.definition.bases if re.fullmatch(r"[A-Za-z][\w.]*", base)]
    if not bases or len(bases) != len(subject.definition.bases) or bases == ["object"]:
        return
    listed = " and ".join(f"`{base}`" for base in bases)
    answer = f"{subject.name} derives from {listed}."
    yield draft((subject.chunk,), "python.base", "what_is", _BASES, answer, name=subject.called)
