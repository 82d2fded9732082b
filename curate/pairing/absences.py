"""Pairs about what documentation does not say: unanswerable questions, false premises, and names with several meanings.

Knows the whole workspace at once, as an index from names to the passages that use them. An unanswerable question is
asked only if no passage that names its subject, and none above it, has a word that could answer it; a false premise
only if what it takes for granted stands nowhere in the passage. It must not know how many pairs are wanted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.curate.pairing.alterations import altered, other_value, states
from tuneproof.curate.pairing.edge_cases import HISTORY, Place, subject_of
from tuneproof.curate.pairing.headings import GENERIC, phrase_of, to_first_person
from tuneproof.curate.pairing.opportunities import telling_sentences
from tuneproof.curate.pairing.python_subjects import Subject, subjects
from tuneproof.curate.pairing.questions import Draft, draft, number
from tuneproof.curate.pairing.sentences import finish, points_away, split_sentences
from tuneproof.datasets.workspace.records import Chunk

MAX_PASSAGES = 12  # a name that more passages use is too general to search for what they all leave out
MAX_NAMING = 40  # the same for the topic of a section
MAX_MEANINGS = 4
_ENTRY = re.compile(
    r"^[ \t]*(?:[-*+] +|\| *)(?:\*\*)?`(-{0,2}[A-Za-z_][\w.-]*)`(?:\*\*)?(?: \([^)\n]*\))?[ \t]*(?::|\||–|—| - )[ \t]*"
    r"([A-Z][^|\n]{15,240})",
    re.MULTILINE,
)
_NAME = re.compile(r"-{0,2}[A-Za-z_][\w-]*(?:\.\w+)*")
_CODE = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Something that may be asked of a thing: how it is called, words that could answer it, and the questions."""

    said: str
    answered_by: re.Pattern[str]
    wordings: tuple[str, ...]
    of_calls: bool = False
    of_settings: bool = False
    of_topics: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ATTRIBUTES = (
    _Attribute(
        "in which version it was added",
        _words(r"version|\badded\b|\bnew in\b|\bsince\b|\bv?\d+\.\d+|\bintroduced\b|release"),
        ("In which version was {name} added{tail}?", "Since which version is there {name}{tail}?"),
        of_calls=True, of_settings=True,
    ),
    _Attribute(
        "what its largest value is",
        _words(r"maxim|\bmax\b|limit|at most|up to|no more than|between|range|\bfrom \d|largest|highest|greater|≤|<="),
        ("What is the largest value that {name} can take{tail}?", "Which maximum does {name} have{tail}?"),
        of_settings=True,
    ),
    _Attribute(
        "what its default is",
        _words(r"default|unless|if not|omitted|otherwise|not set|unset|empty|\bnone\b|fall"),
        ("What is the default of {name}{tail}?", "If I leave out {name}, which value applies{tail}?"), of_settings=True,
    ),
    _Attribute(
        "whether it works on Windows",
        _words(r"windows|platform|linux|mac ?os|operating system|posix|unix|\bOS\b|win32|\bnt\b|powershell"),
        ("Does {name} work on Windows{tail}?", "Can I use {name} on Windows{tail}?"),
        of_calls=True, of_settings=True, of_topics=True,
    ),
    _Attribute(
        "how much memory it needs",
        _words(r"memory|\bv?ram\b|\b[kmgt]i?b\b|bytes?|footprint|buffer|size|hardware|requirement"),
        ("How much memory does {name} need{tail}?", "What is the memory use of {name}{tail}?"),
        of_calls=True, of_topics=True,
    ),
    _Attribute(
        "whether it is safe to use from several threads",
        _words(r"thread|lock|concurren|atomic|async|parallel|race|await|safe|worker|greenlet"),
        ("Is {name} thread-safe{tail}?", "Can I use {name} from several threads at once{tail}?"), of_calls=True,
    ),
    _Attribute(
        "when it will be removed", _words(r"deprecat|obsolete|legacy|remov|no longer|replaced|\bold\b|sunset|retire"),
        ("When will {name} be removed{tail}?", "Is there a date on which {name} goes away{tail}?"),
        of_calls=True, of_settings=True,
    ),
    _Attribute(
        "what it costs",
        _words(r"cost|pric|\bfree\b|paid|pay|\$\d|subscription|billing|plan\b|charge|account|licen[cs]e"),
        ("What does {name} cost{tail}?", "Do I have to pay for {name}{tail}?"), of_topics=True,
    ),
    _Attribute(
        "how long it takes",
        _words(r"second|minute|hour|\btime\b|fast|slow|quick|duration|latency|\bms\b|speed|perform|long"),
        ("How long does {name} take{tail}?", "How much time should I plan for {name}{tail}?"), of_topics=True,
    ),
    _Attribute(
        "whether it works without a network",
        _words(r"network|offline|internet|online|cloud|download|http|url|connect|server|remote|local|api\b|host"),
        ("Does {name} work without a network{tail}?", "Can I use {name} offline{tail}?"), of_topics=True,
    ),
)  # fmt: skip
_OF_PRODUCTS = frozenset(("what it costs",))
_IS_IT = (
    "Is it true that {said}?",
    "Am I right that {said}?",
    "I read that {said}. Is that so?",
    "Is it correct that {said}?",
)
_DOES_IT = (
    "Does `{parameter}` of {name} default to `{value}`?",
    "Is `{value}` the default of `{parameter}` in {name}?",
    "Why is `{value}` the default of `{parameter}` in {name}?",
    "{name} takes `{value}` for `{parameter}` if I leave it out, right?",
)
_WHICH = (
    "What does {name} do?",
    "How do I use {name}?",
    "Explain {name}.",
    "Tell me about {name}.",
    "What is {name} for?",
)
_HOW = ("How do I {h}?", "Explain how to {h}.", "What do I do to {h}?", "Tell me how to {h}.")
_ABOUT = ("What should I know about {h}?", "Tell me about {h}.", "Explain {h}.", "Can you describe {h}?")


class Absences:
    """The passages of a workspace, indexed by the names that they use."""

    def __init__(self, chunks: Sequence[Chunk], places: Mapping[str, Place]) -> None:
        """Index ``chunks``; ``places`` maps their documents to where they stand."""
        self._chunks, self._places = chunks, places
        self._subjects = [one for each in self._by_document("python") for one in subjects(each)]
        self._using: dict[str, list[int]] = defaultdict(list)
        for at, chunk in enumerate(chunks):
            for key in {_key(name) for name in _NAME.findall(chunk.text)}:
                self._using[key].append(at)
        self._above: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        for at, chunk in enumerate(chunks):
            self._above[chunk.document_id, chunk.heading_path].append(at)

    def _by_document(self, form: str) -> list[list[Chunk]]:
        found: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in self._chunks:
            if self._places[chunk.document_id].format == form:
                found[chunk.document_id].append(chunk)
        return list(found.values())

    def drafts(self) -> Iterator[Draft]:
        """Yield every pair that the workspace gives rise to, in a fixed order."""
        yield from self._unanswerable()
        yield from self._false_premises()
        yield from self._false_defaults()
        yield from self._ambiguous_names()
        yield from self._ambiguous_headings()

    def _unanswerable(self) -> Iterator[Draft]:
        for at, chunk in enumerate(self._chunks):
            place = self._places[chunk.document_id]
            if place.format in ("markdown", "mdx", "text", "rst") and not _is_history(chunk, place):
                for match in _ENTRY.finditer(chunk.text):
                    said = finish(split_sentences(match.group(2))[0])
                    if said is not None and not points_away(said):
                        yield from self._unstated(at, match.group(1), said, f" ({place.name})", called=False)
        yield from self._unstated_topics()
        at_of = {chunk.chunk_id: at for at, chunk in enumerate(self._chunks)}
        for one in self._subjects:
            sentences = split_sentences(one.doc.summary)
            said = finish(sentences[0]) if sentences else None
            if one.is_called and not one.short.startswith("_") and said is not None and not points_away(said):
                yield from self._unstated(at_of[one.chunk.chunk_id], one.called.strip("`"), said, "", called=True)

    def _unstated(self, at: int, name: str, said: str, tail: str, *, called: bool) -> Iterator[Draft]:
        """Yield at most one question on ``name`` that no passage could answer: the first of its attributes by hash."""
        key = _key(name.rsplit(".", 1)[-1] if called else name)
        using = self._using.get(key, [])
        if not using or len(using) > MAX_PASSAGES or len(key) < 3:
            return
        chunk = self._chunks[at]
        passages = {*using, at, *self._over(chunk)}
        text = "\n".join(
            " ".join((*self._chunks[one].heading_path, self._chunks[one].text)) for one in sorted(passages)
        )
        fitting = [one for one in _ATTRIBUTES if (one.of_calls if called else one.of_settings)]
        start = number("unanswerable", chunk.chunk_id, name)
        for turn in range(len(fitting)):
            attribute = fitting[(start + turn) % len(fitting)]
            if attribute.answered_by.search(text):
                continue
            answer = f"The documentation does not say {attribute.said}. It says of `{name}`: {said}"
            yield draft(
                (chunk,), "edge.unanswerable", "unanswerable", attribute.wordings, answer, name,
                name=f"`{name}`", tail=tail,
            )  # fmt: skip
            return

    def _unstated_topics(self) -> Iterator[Draft]:
        """Yield at most one question on a section's topic that neither its page nor any that names it could answer."""
        pages: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in self._chunks:
            pages[chunk.document_id].append(chunk)
        fitting = [one for one in _ATTRIBUTES if one.of_topics]
        for document, page in pages.items():
            if self._places[document].format not in ("markdown", "mdx", "rst"):
                continue
            text = "\n".join(chunk.text for chunk in page)
            silent = [one for one in fitting if not one.answered_by.search(text)]
            for chunk in page if silent else ():
                yield from self._unstated_topic(chunk, silent)

    def _unstated_topic(self, chunk: Chunk, silent: Sequence[_Attribute]) -> Iterator[Draft]:
        place = self._places[chunk.document_id]
        subject = subject_of(chunk, place)
        if subject is None or subject[0] != "noun" or _is_history(chunk, place) or chunk.kind == "heading":
            return
        spoken = subject[1].casefold()
        # Only what the passage itself speaks of by that name is a thing that can be asked about.
        said = next((each for each in telling_sentences(chunk, place.format) if spoken in each.casefold()), None)
        words = [word for word in _NAME.findall(subject[1]) if len(word) > 3]
        if said is None or not words or len(said) > 260 or len(subject[1].split()) > 4:
            return
        rarest = min((self._using.get(_key(word), []) for word in words), key=len)
        if len(rarest) > MAX_NAMING:
            return
        others = "\n".join(self._chunks[at].text for at in rarest if spoken in self._chunks[at].text.casefold())
        proper = all(word[0].isupper() or not word[0].isalpha() for word in subject[1].split())
        fitting = [one for one in silent if proper or one.said not in _OF_PRODUCTS]
        attribute = fitting[number("topic", chunk.chunk_id) % len(fitting)] if fitting else None
        if attribute is not None and not attribute.answered_by.search(others):
            _, name, tail = subject
            answer = f"The documentation does not say {attribute.said}. It says of {name}: {said}"
            yield draft(
                (chunk,), "edge.unstated", "unanswerable", attribute.wordings, answer, name=name, tail=tail
            )  # fmt: skip

    def _over(self, chunk: Chunk) -> Iterator[int]:
        """Yield the passages under the headings above ``chunk``: what they say may hold for it too."""
        for depth in range(len(chunk.heading_path)):
            yield from self._above.get((chunk.document_id, chunk.heading_path[:depth]), ())

    def _false_premises(self) -> Iterator[Draft]:
        """Yield questions that take a documented figure, value or possibility for another one."""
        for chunk in self._chunks:
            place = self._places[chunk.document_id]
            if place.format == "python" or _is_history(chunk, place):
                continue
            for sentence in telling_sentences(chunk, place.format):
                said = altered(sentence, chunk) if states(sentence) else None
                if said is not None:
                    asked = to_first_person(_lowered(said).rstrip("."))
                    tail = "" if place.name.casefold() in asked.casefold() else f" ({place.name})"
                    yield draft(
                        (chunk,), "edge.false_premise", "false_premise", _IS_IT, f"No. {sentence}", sentence,
                        said=asked + tail,
                    )  # fmt: skip

    def _false_defaults(self) -> Iterator[Draft]:
        """Yield questions that take the default in a signature for another one."""
        for one in self._subjects:
            if not one.is_called or one.short.startswith("_"):
                continue
            for each in one.definition.parameters:
                value = None if each.default is None else other_value(each.default, one.chunk)
                if value is None or each.kind not in ("ordinary", "keyword"):
                    continue
                answer = f"No. The default value of `{each.name}` in {one.called} is `{each.default}`, not `{value}`."
                made = draft(
                    (one.chunk,), "edge.false_default", "false_premise", _DOES_IT, answer, each.name,
                    name=one.called, parameter=each.name, value=value,
                )  # fmt: skip
                if made.question.startswith("Why"):
                    made = Draft(made.chunks, made.generator, made.slot, made.case_type, made.question,
                                 answer.replace("No. The", "It is not. The", 1))  # fmt: skip
                yield made
                break

    def _ambiguous_names(self) -> Iterator[Draft]:
        """Yield questions by a short name that definitions in several modules bear."""
        bearing: dict[str, list[Subject]] = defaultdict(list)
        for one in self._subjects:
            if one.chunk.kind in ("function", "class", "method") and not one.short.startswith("_"):
                bearing[one.short].append(one)
        for short, found in sorted(bearing.items()):
            documents = {one.chunk.document_id for one in found}
            if not 2 <= len(found) <= MAX_MEANINGS or len(documents) < 2:
                continue
            listed = _listed([one.name for one in found])
            answer = f"`{short}` can mean {listed}. Which one do you mean?"
            chunks = tuple(one.chunk for one in found)
            yield draft(chunks, "edge.ambiguous", "ambiguous", _WHICH, answer, short, name=f"`{short}`")

    def _ambiguous_headings(self) -> Iterator[Draft]:
        """Yield questions by a heading that stands on several pages of one source."""
        under: dict[tuple[str, str], dict[str, Chunk]] = defaultdict(dict)
        for chunk in self._chunks:
            place = self._places[chunk.document_id]
            if place.format in ("markdown", "mdx", "rst", "text") and chunk.heading_path and chunk.kind != "heading":
                heading = re.sub(r"\s*\{\s*#[^{}]*\}\s*$", "", chunk.heading_path[-1]).strip(" :.")
                if (
                    phrase_of(heading) in ("order", "noun")
                    and 1 < len(heading.split()) < 7
                    and not _is_history(chunk, place)
                ):
                    under[place.source, heading].setdefault(chunk.document_id, chunk)
        for (_, heading), found in sorted(under.items()):
            names = list(dict.fromkeys(self._places[document].name for document in found))
            if not 2 <= len(names) == len(found) <= MAX_MEANINGS or heading.casefold() in GENERIC or heading in names:
                continue
            order = phrase_of(heading) == "order"
            asked = to_first_person(heading[0].lower() + heading[1:]) if order else heading
            quoted = _listed([f'"{name}"' for name in names])
            answer = f'The documentation has "{heading}" in {quoted}. Which one do you mean?'
            yield draft(
                tuple(found.values()), "edge.ambiguous_heading", "ambiguous", _HOW if order else _ABOUT, answer,
                heading, h=asked,
            )  # fmt: skip


def _key(name: str) -> str:
    return name.strip("-").rsplit(".", 1)[-1].casefold().replace("-", "_")


def _is_history(chunk: Chunk, place: Place) -> bool:
    return bool(HISTORY.search(" ".join((place.name, *chunk.heading_path))))


def _lowered(sentence: str) -> str:
    """Return ``sentence`` for the middle of another: its first letter small where the first word is no name."""
    first = re.match(r"(?:The|An?|All|Each|Every|No|By|It|If|When|You|Your|This|There|Only|At|For|In|On)\b", sentence)
    return sentence[0].lower() + sentence[1:] if first else sentence


def _listed(names: Sequence[str]) -> str:
    ordered = list(dict.fromkeys(names))
    return f"{', '.join(ordered[:-1])} or {ordered[-1]}" if len(ordered) > 1 else ordered[0]
