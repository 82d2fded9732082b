"""Headings as questions: what kind of phrase a heading is, and how it is asked about by name.

Knows English headings: questions, orders (``Set the context length``), gerunds, nouns, and those that mean nothing
without the heading above them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Phrase = Literal["question", "order", "gerund", "noun", "empty"]
_QUESTION = re.compile(
    r"^(?:(?:how|what|why|when|where|who|which(?: \w+)?|what \w+) )?"
    r"(?:can|could|does|do|did|is|are|should|will|would|may|must|has|have)\b (?!not )",
    re.IGNORECASE,
)
_HOW_TO = re.compile(r"^how to ", re.IGNORECASE)
_COMPOUNDS = frozenset(
    ("use case", "use cases", "run time", "list item", "list items", "build system", "build process", "build options")
)
_VERB_WORDS = (
    "add adjust allow apply assign attach avoid backup bring bypass call change check choose clean clear clone close"
    " collect combine compare compile configure connect convert copy create customise customize debug declare define"
    " delete deploy describe detect determine develop disable discover download edit embed enable ensure enter evaluate"
    " execute expand explore expose extend extract fetch filter find fix force generate get give handle hide host"
    " build identify ignore implement improve include increase inspect install integrate invoke join keep launch learn"
    " limit list run use"
    " load locate make manage merge migrate modify monitor mount move obtain offload open optimise optimize organise"
    " organize override parse pass perform pick prepare prevent provide publish pull push put quantize query read"
    " rebuild receive reduce register remove rename replace rerun reset resolve restart restore resume retrieve return"
    " revert review rotate save schedule secure see select send serve set share show skip sort specify split start stop"
    " store submit summarise summarize switch sync tell transform translate troubleshoot tune turn uninstall unload"
    " upgrade upload validate verify view visit wait watch wrap write"
)
_VERBS = frozenset(_VERB_WORDS.split())
# Nouns as often as verbs: an order only where an article, a preposition or a name follows.
_EITHER_WORDS = (
    "access control cut design display document export focus force format group import link log model name"
    " order plan process profile release report request scale search sign support target test trace train update"
    " work"
)
_EITHER = frozenset(_EITHER_WORDS.split())
_AFTER_VERB = re.compile(
    r"^(?:a|an|the|your|my|it|all|any|each|multiple|new|this|from|with|to|in|on|as|up|out|for|without|local|[A-Z`].*)$"
)
_EMPTY_WORDS = (
    "table of contents|contents|see also|further reading|next steps|next step|related|related links|links|references"
    "|resources|community|contributing|license|licence|acknowledgements|more|learn more|more information|credits"
    "|changelog|additional resources|support"
)
_EMPTY = frozenset(_EMPTY_WORDS.split("|"))
_GENERIC: dict[str, tuple[str, ...]] = {
    "overview|introduction|about|description|summary|background|basics|general|what it does|concepts": (
        "What is {of}?", "Give me an overview of {of}.", "What is {of} about?", "Can you introduce {of}?",
    ),
    "example|examples|sample|samples|example usage|usage example|usage examples|basic example|basic usage|usage|demo": (
        "Show me an example of {of}.", "How is {of} used?", "What does {of} look like in use?",
        "Can you give an example of {of}?",
    ),
    "parameters|arguments|options|flags|settings|fields|attributes|properties|configuration|query parameters"
    "|valid parameters and values|environment variables": (
        "Which {h} does {of} have?", "What {h} are there for {of}?", "List the {h} of {of}.", "Name the {h} for {of}.",
    ),
    "request|example request|examples request": (
        "What does a request look like for {of}?", "Which request do I send for {of}?", "Show me the request for {of}.",
    ),
    "response|output|result|results|example response|returns": (
        "What is the response of {of}?", "What comes back from {of}?", "Show me the response of {of}.",
    ),
    "requirements|prerequisites|system requirements|before you begin|requirement|dependencies": (
        "What are the {h} of {of}?", "What do I need for {of}?", "Which {h} does {of} have?",
    ),
    "limitations|known issues|caveats|restrictions|limits": (
        "What are the {h} of {of}?", "Which {h} does {of} have?", "Tell me the {h} of {of}.",
    ),
    "install|installation|installing|setup|set up|manual setup|getting started|get started|quickstart|quick start"
    "|quick setup|first steps|recommended setup": (
        "How do I set up {of}?", "How do I get started with {of}?", "What are the first steps with {of}?",
        "How is {of} installed or set up?",
    ),
    "notes|note|important|tips|remarks|details|tip|warning|good to know": (
        "What should I note about {of}?", "Are there notes on {of}?", "What should I keep in mind for {of}?",
    ),
}  # fmt: skip
GENERIC = {name: wordings for names, wordings in _GENERIC.items() for name in names.split("|")}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as asked about: ``text`` fits into the middle of a sentence, ``about`` names page and topic."""

    phrase: Phrase
    text: str
    about: str
    generic: tuple[str, ...] = ()

    @property
    def tail(self) -> str:
        """Return the page in brackets, or "" if the heading names it already."""
        return f" ({self.about})" if self.about else ""


def phrase_of(heading: str) -> Phrase:
    """Return what kind of phrase ``heading`` is."""
    words = heading.split()
    if not words or heading.strip("?:. ").lower() in _EMPTY:
        return "empty"
    if (_QUESTION.match(heading) and len(words) > 2) or heading.endswith("?"):
        return "question"
    if _HOW_TO.match(heading):
        return "order"
    if len(words) > 1 and is_order(heading):
        return "empty" if words[1].lower() in ("it", "this", "that", "them") else "order"
    if len(words) > 1 and re.fullmatch(r"[A-Za-z]{3,}ing", words[0]) and words[0].lower() not in _NOT_GERUNDS:
        return "gerund"
    return "noun"


_NOT_GERUND_WORDS = "string thing nothing something during following missing existing embedding training"
_NOT_GERUNDS = frozenset(_NOT_GERUND_WORDS.split())


def is_order(text: str) -> bool:
    """Say whether ``text`` begins with a verb that tells the reader to do something."""
    words = text.split()
    if len(words) < 2:
        return False
    first = words[0].lower()
    if " ".join(words[:2]).lower() in _COMPOUNDS or not words[0].isalpha():
        return False
    return first in _VERBS or (first in _EITHER and bool(_AFTER_VERB.match(words[1])))


def lowered(text: str, known: frozenset[str]) -> str:
    """Return ``text`` for mid-sentence: its first word small if the page (``known``) writes it small too."""
    text = _HOW_TO.sub("", text)
    first, _, rest = text.partition(" ")
    ordinary = first.lower() in known and (not rest or not rest[0].isupper())
    if first.istitle() and (ordinary or is_order(text) or phrase_of(text) == "gerund"):
        return f"{first.lower()} {rest}".strip()
    return text


def to_first_person(text: str) -> str:
    """Return what is said to "you" as the reader would say it of himself."""
    for pattern, word in _PERSON:
        text = pattern.sub(word, text)
    return text


# What "you" follows as an object: prepositions (but those that open a clause), and verbs that do something to somebody.
_BEFORE_OBJECT = (
    "about|against|around|behind|beside|between|by|for|from|in front of|of|on|over|to|toward|towards|upon|with|without"
    "|(?:advise|alert|allow|ask|assist|cause|charge|direct|email|enable|encourage|forbid|force|give|guide|help|identify"
    "|inform|lead|leave|make|notify|offer|permit|prevent|prompt|redirect|remind|require|save|send|show|sign|take|teach"
    "|tell|walk|warn)(?:s|es|d|ed|ing)?|lets?|letting|gave|gives|giving|left|led|made|making|sent|shown|taught|told|took"
)
_PERSON = tuple(
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (rf"\b({_BEFORE_OBJECT}) you\b(?!['’])", r"\1 me"), (r"\byou(?=[.,;:!?)]|$)", "me"),
        (r"\byou are\b", "I am"), (r"\bare you\b", "am I"), (r"\byou were\b", "I was"), (r"\bwere you\b", "was I"),
        (r"\byou(['’])re\b", r"I\1m"), (r"\byou\b", "I"), (r"\byour\b", "my"), (r"\byours\b", "mine"),
        (r"\byourself\b", "myself"),
    )
)  # fmt: skip
