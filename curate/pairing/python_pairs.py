"""Pairs from one Python document: what each definition is, how it behaves, an example, and its neighbours.

Knows the order in which kinds are tried: the narrow ones first, so that a broad one that would repeat the same answer
is left out. It must not know formats other than Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from tuneproof.curate.pairing.python_calls import call_drafts
from tuneproof.curate.pairing.python_facts import fact_drafts, return_wordings, returns_something
from tuneproof.curate.pairing.python_subjects import Subject, subjects
from tuneproof.curate.pairing.questions import Draft, draft, number
from tuneproof.curate.pairing.sentences import finish, fit, points_away, split_sentences, stands_alone
from tuneproof.datasets.workspace.records import Chunk

DETAIL_LIMIT = 640
EXAMPLE_LINES = 14
_SUMMARY: dict[str, tuple[str, ...]] = {
    "function": (
        "What does {name} do?",
        "What is {name} for?",
        "Can you summarise {name}?",
        "Briefly explain {name}.",
        "Describe the function {name}.",
        "Tell me what {name} does.",
        "What is the purpose of {name}?",
        "How would you describe {name}?",
        "Could you explain {name}?",
        "I found {name} in some code. What does it do?",
        "In short, what does {name} do?",
        "Which task does {name} perform?",
    ),
    "class": (
        "What is {name}?",
        "What is the class {name} for?",
        "Describe the class {name}.",
        "What does {name} represent?",
        "Explain {name}.",
        "Can you tell me what {name} is?",
        "What kind of object is {name}?",
        "What is the purpose of {name}?",
    ),
    "exception": (
        "What does the exception {name} mean?",
        "When is {name} raised?",
        "What is {name}?",
        "Explain the exception {name}.",
        "Why would I see {name}?",
    ),
    "module": (
        "What is the module {name} for?",
        "What does the {name} module provide?",
        "Describe the module {name}.",
        "When is the {name} module useful?",
    ),
    "property": (
        "What is the property {name}?",
        "What does {name} hold?",
        "Explain the attribute {name}.",
        "What does the property {name} tell me?",
    ),
}
_SUMMARY["method"] = tuple(wording.replace("function", "method") for wording in _SUMMARY["function"])
_DETAIL = (
    "How does {name} work in detail?",
    "What else should I know about {name}?",
    "Explain {name} in more detail.",
    "What are the details of {name}?",
    "Give me more background on {name}.",
    "How exactly does {name} behave?",
    "What should I keep in mind about {name}?",
)
_EXAMPLE = (
    "Show me an example of {name}.",
    "How do I use {name}? Please give an example.",
    "Can you give an example of {name}?",
    "What does {name} look like in practice?",
    "Demonstrate {name} in the interactive interpreter.",
    "Is there an example of {name}?",
)
_COMPARE = (
    "What is the difference between {name} and {other}?",
    "How do {name} and {other} differ?",
    "Compare {name} with {other}.",
    "When do I use {name} and when {other}?",
    "{name} or {other}: what does each of them do?",
)
_MEMBERS = (
    "Which documented {members} does {name} have?",
    "List the documented {members} of {name}.",
    "What {members} are documented for {name}?",
    "Name the {members} that {name} documents.",
)
_SILENT: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    (
        "whether it is safe to use from several threads",
        re.compile(r"thread|lock|concurren|atomic|async", re.IGNORECASE),
        ("Is {name} thread-safe?", "Can I call {name} from several threads at once?"),
    ),
    (
        "how its running time grows with its input",
        re.compile(r"complexity|\bO\(|linear|quadratic|logarithm|\bfast|\bslow|\btime\b|efficien", re.IGNORECASE),
        ("What is the time complexity of {name}?", "How does the running time of {name} grow with its input?"),
    ),
    (
        "in which Python version it was added",
        re.compile(r"version|\badded\b|\bnew in\b|python ?\d|\bsince\b", re.IGNORECASE),
        ("Since which Python version does {name} exist?", "In which version of Python was {name} added?"),
    ),
    (
        "how much memory it needs",
        re.compile(r"memory|\bbytes?\b|\bsizes?\b|buffer", re.IGNORECASE),
        ("How much memory does {name} need?", "What is the memory use of {name}?"),
    ),
)
# Says something of a call, where what the thing is was in a signature above it or not said at all.
_OF_ARGUMENTS = re.compile(r"^(?:The|All|Both|Optional|Arguments?|Parameters?)\b[^.]*\b(?:arguments?|parameters?)\b")


def python_drafts(chunks: Sequence[Chunk], limit: int) -> Iterator[Draft]:
    """Yield pairs from the chunks of one Python document, answers of at most ``limit`` characters."""
    everything = list(subjects(chunks))
    for subject in everything:
        yield from fact_drafts(subject)
        yield from _summary(subject, limit)
        yield from call_drafts(subject, everything)
        yield from _detail(subject, min(limit, DETAIL_LIMIT))
        yield from _example(subject, limit)
        yield from _members(subject, everything)
        yield from _not_stated(subject)
    yield from _comparisons(everything, limit)


def _summary(subject: Subject, limit: int) -> Iterator[Draft]:
    sentences = split_sentences(subject.doc.summary)
    while sentences and sentences[-1].endswith(":"):
        sentences.pop()
    answer = fit(sentences, limit)
    if answer is None or points_away(answer) or len(answer.split()) < 3 or _OF_ARGUMENTS.match(answer):
        return
    chunks = (subject.chunk,)
    if subject.is_called and returns_something(answer):
        yield draft(chunks, "python.returns", "what_is", return_wordings(), answer, "summary", name=subject.name)
    else:
        yield draft(chunks, "python.summary", "what_is", _SUMMARY[subject.noun], answer, name=subject.name)


def _detail(subject: Subject, limit: int) -> Iterator[Draft]:
    """Yield the prose after the summary, as far as it runs without leaning on a list or an example."""
    kept: list[str] = []
    for block in subject.doc.blocks:
        if block.kind != "prose":
            break
        sentences = split_sentences(block.text)
        readable = [not points_away(each) and finish(each) is not None for each in sentences]
        stop = readable.index(False) if False in readable else len(sentences)
        kept.extend(sentences[:stop])
        if stop < len(sentences):
            break
    if not kept or not stands_alone(kept[0]):
        return
    answer = fit(kept, limit)
    if answer is not None and len(answer) >= 60:
        yield draft((subject.chunk,), "python.detail", "what_is", _DETAIL, answer, name=subject.name)


def _example(subject: Subject, limit: int) -> Iterator[Draft]:
    """Yield the first interactive example, with the sentence that announces it."""
    for index, block in enumerate(subject.doc.blocks):
        if block.kind != "example":
            continue
        lines = block.text.split("\n")
        before = subject.doc.blocks[index - 1] if index else None
        lead = split_sentences(before.text)[-1] if before is not None and before.kind == "prose" else ""
        telling = lead.endswith(":") and len(lead.split()) > 2 and stands_alone(lead) and not points_away(lead)
        lead = f"{lead}\n\n" if telling else ""
        answer = f"{lead}```python\n{block.text}\n```"
        if len(lines) <= EXAMPLE_LINES and len(answer) <= limit and "doctest:" not in block.text:
            yield draft((subject.chunk,), "python.example", "how_to", _EXAMPLE, answer, name=subject.name)
            return


def _members(subject: Subject, everything: Sequence[Subject]) -> Iterator[Draft]:
    if subject.noun not in ("module", "class"):
        return
    path = subject.chunk.heading_path
    wanted = "function" if subject.noun == "module" else "method"
    inside = [each for each in everything if each.chunk.heading_path[:-1] == path and each.chunk.kind == wanted]
    inside = [each for each in inside if each.noun == wanted and not each.short.startswith("_")]
    names = list(dict.fromkeys(f"`{each.short}`" for each in inside))
    if not 2 <= len(names) <= 12:
        return
    answer = f"{subject.name} documents the {wanted}s {', '.join(names[:-1])} and {names[-1]}."
    chunks = (subject.chunk, *(each.chunk for each in inside))
    yield draft(chunks, "python.members", "what_is", _MEMBERS, answer, name=subject.name, members=f"{wanted}s")


def _not_stated(subject: Subject) -> Iterator[Draft]:
    """Yield a question that the docstring leaves open, with an answer that says so."""
    if not subject.is_called or number("silent", subject.chunk.chunk_id) % 6:
        return
    topic, spoken_of, wordings = _SILENT[number("topic", subject.chunk.chunk_id) % len(_SILENT)]
    if not spoken_of.search(subject.chunk.text):
        answer = f"The documentation of {subject.name} does not say {topic}."
        yield draft((subject.chunk,), "python.not_stated", "unanswerable", wordings, answer, name=subject.name)


def _comparisons(everything: Sequence[Subject], limit: int) -> Iterator[Draft]:
    """Yield what tells two neighbours with similar names apart, each in at most one comparison."""
    used: set[str] = set()
    for index, one in enumerate(everything):
        if not one.is_called or one.short.startswith("_") or one.chunk.chunk_id in used:
            continue
        for other in everything[index + 1 :]:
            if other.chunk.chunk_id in used or not _are_neighbours(one, other):
                continue
            first, second = _first_sentence(one), _first_sentence(other)
            if first is None or second is None or first == second:
                continue
            answer = f"{one.name}: {first}\n{other.name}: {second}"
            if len(answer) > limit:
                continue
            chunks = (one.chunk, other.chunk)
            names = {"name": one.name, "other": other.name}
            yield draft(chunks, "python.comparison", "comparison", _COMPARE, answer, other.short, **names)
            used.update((one.chunk.chunk_id, other.chunk.chunk_id))
            break


def _are_neighbours(one: Subject, other: Subject) -> bool:
    if not other.is_called or other.short.startswith("_") or other.short == one.short:
        return False
    if one.chunk.heading_path[:-1] != other.chunk.heading_path[:-1]:
        return False
    short, long = sorted((one.short, other.short), key=len)
    if len(short) >= 4 and (long.startswith(short) or long.endswith(short)):
        return True
    return SequenceMatcher(None, short, long).ratio() >= 0.72


def _first_sentence(subject: Subject) -> str | None:
    sentences = split_sentences(subject.doc.summary)
    first = finish(sentences[0]) if sentences and stands_alone(sentences[0]) else None
    return first if first is not None and len(first) <= 220 and not points_away(first) else None
