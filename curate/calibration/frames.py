"""Other ways to ask the same: frames by what a question wants to know, none of them a wording of the templates.

Knows the forms in which questions about documentation are put. A frame keeps the subject of the question word for
word; it must not know answers.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.prose import pick

_X = r"(?P<x>`[^`]+`|[\w.]+)"
_P = r"`(?P<p>[^`]+)`"
_C = r"(?P<c>(?:if|when|unless) .+?)"
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        rf"(?:What does the parameter {_P} of {_X} do\?|What is {_P} in {_X}\?|Explain the argument {_P} of {_X}\."
        rf"|How does {_P} affect {_X}\?|What should I pass as {_P} to {_X}\?|In {_X}, what is {_P} for\?"
        rf"|What role does {_P} play in {_X}\?|Which meaning does {_P} have for {_X}\?|Tell me about {_P} in {_X}\."
        rf"|{_X} has a parameter {_P}\. What is it for\?)",
        (
            "When using {x}, how should I think about its `{p}` option?",
            "Within {x}, what is the job of `{p}`?",
            "Could someone clarify what `{p}` controls when {x} runs?",
            "{x} lets me supply `{p}`; to what end?",
        ),
    ),
    (
        rf"(?:What is the default value of {_P} in {_X}\?|Which default does {_P} have in {_X}\?"
        rf"|What does {_P} default to in {_X}\?|If I leave out {_P}, which value does {_X} use\?"
        rf"|In {_X}, what is the default of {_P}\?|When {_P} is not given, what value does {_X} take for it\?"
        rf"|{_X}: what is the default value of {_P}\?)",
        (
            "Suppose nobody specifies `{p}` for {x}: what gets assumed?",
            "Which setting kicks in for `{p}` of {x} once it is omitted?",
            "What will {x} fall back on for `{p}`?",
            "Omitting `{p}` while invoking {x} amounts to passing what?",
        ),
    ),
    (
        rf"(?:Must I pass {_P} to {_X}\?|Is {_P} a required argument of {_X}\?|Do I have to give {_P} to {_X}\?)",
        ("Is it mandatory to supply `{p}` when invoking {x}?", "Am I obliged to provide `{p}` for {x}?"),
    ),
    (
        rf"(?:Can I leave out {_P} when I call {_X}\?|Does {_X} work without {_P}\?)",
        ("May `{p}` be omitted from an invocation of {x}?", "Is it fine to skip `{p}` with {x}?"),
    ),
    (
        rf"(?:What does {_X} return\?|What do I get back from {_X}\?|Which value does {_X} return\?"
        rf"|What is the return value of {_X}\?|Calling {_X} gives me what\?|What kind of result does {_X} produce\?"
        rf"|Tell me what {_X} returns\.|What comes back when I call {_X}\?)",
        (
            "What output should I expect out of {x}?",
            "Which object is handed to me once {x} has finished?",
            "If I assign a call to {x} to a variable, what ends up in it?",
        ),
    ),
    (
        rf"(?:How do I call {_X}\?|How is {_X} called\?|What is the signature of {_X}\?|Show me the signature of {_X}\."
        rf"|What does a call of {_X} look like\?|Which call do I write for {_X}\?|With which arguments do I call {_X}\?"
        rf"|How should {_X} be called\?|Give me the full call of {_X}\.|I want to use {_X}\. How do I call it\?)",
        (
            "What would be the correct way to invoke {x}?",
            "Could you spell out the invocation syntax for {x}?",
            "I need to invoke {x}; what goes between the parentheses?",
            "Write out an invocation of {x} with everything it takes.",
        ),
    ),
    (
        rf"(?:Which arguments does {_X} accept\?|What parameters does {_X} have\?|List the parameters of {_X}\."
        rf"|What can I pass to {_X}\?|Which parameters are there for {_X}\?|Name the arguments of {_X}\."
        rf"|What arguments are accepted by {_X}\?)",
        (
            "What inputs may be supplied to {x}?",
            "Could you enumerate everything {x} takes?",
            "Which knobs can be turned on {x}?",
        ),
    ),
    (
        rf"(?:Which class does {_X} derive from\?|What is the base class of {_X}\?|From what does {_X} inherit\?"
        rf"|What does {_X} inherit from\?)",
        (
            "Who is the parent of {x} in the type hierarchy?",
            "Which superclass stands behind {x}?",
            "{x} extends which type?",
        ),
    ),
    (
        rf"(?:What is the difference between {_X} and (?P<p>`[^`]+`)\?|How do {_X} and (?P<p>`[^`]+`) differ\?"
        rf"|Compare {_X} with (?P<p>`[^`]+`)\.|When do I use {_X} and when (?P<p>`[^`]+`)\?)",
        (
            "How would you contrast {x} and {p}?",
            "{x} versus {p}: where do they diverge?",
            "Please set {x} against {p} for me.",
        ),
    ),
    (
        rf"(?:What does {_X} do {_C}\?|What happens with {_X} {_C}\?|How does {_X} behave {_C}\?"
        rf"|How does {_X} react {_C}\?"
        rf"|What is the effect of {_X} {_C}\?)",
        (
            "Which outcome can be expected from {x} {c}?",
            "Please clarify how {x} handles things {c}.",
            "{x}, {c}: what follows?",
        ),
    ),
    (
        rf"(?:What should I do|What applies|What happens|Is there something to know) {_C}\?",
        ("Any advice {c}?", "How are things handled {c}?", "Which consequences are there {c}?"),
    ),
    (
        rf"(?:What does {_X} do\?|What is {_X} for\?|Can you summarise {_X}\?|Briefly explain {_X}\."
        rf"|Describe the (?:function|method) {_X}\.|Tell me what {_X} does\.|What is the purpose of {_X}\?"
        rf"|How would you describe {_X}\?|Could you explain {_X}\?|I found {_X} in some code\. What does it do\?"
        rf"|In short, what does {_X} do\?|Which task does {_X} perform\?)",
        (
            "Why would anybody reach for {x}?",
            "What problem is {x} meant to solve?",
            "Sum up in a line or two why {x} exists.",
            "I keep running into {x}; remind me what it accomplishes.",
            "Which job is {x} there to take care of?",
        ),
    ),
    (
        r"(?:What are the steps to|Which steps do I take to|Walk me through how to|Step by step, how do I)"
        r" (?P<x>.+?)[?.]",
        ("Lay out, in order, everything needed to {x}.", "Which actions, one after the other, let me {x}?"),
    ),
    (
        r"(?:(?:How do I|How can I|What do I do to|What is the way to|Explain how to|Please tell me how to)"
        r" (?P<x>.+?)[?.]"
        r"|I want to (?P<x>.+?)\. What should I do\?)",
        (
            "What's the procedure if my goal is to {x}?",
            "Any guidance for somebody trying to {x}?",
            "I'd like some help: my task is to {x}.",
            "Which approach lets me {x}?",
        ),
    ),
    (
        r"(?:(?:What should I know about|Tell me about|Can you describe|What is there to know about"
        r"|Give me the key facts about|How would you explain) (?P<x>.+?)[?.]|Explain (?P<x>[^.]+)\.)",
        (
            "Could you fill me in on {x}?",
            "Brief me on {x}, please.",
            "I need a short overview of {x}.",
            "What's worth remembering when it comes to {x}?",
        ),
    ),
    (
        r"(?:Give me an introduction to|Can you introduce|Please introduce me to|In short, what is|Define"
        r"|How would you define|What is meant by) (?P<x>.+?)[?.]",
        ("For a newcomer, how would one sum up {x}?", "Could I get the elevator pitch for {x}?"),
    ),
    (
        r"(?:What does (?P<x>.+?) mean in (?P<c>.+?)\?|What is (?P<x>`[^`]+`) in (?P<c>.+?)\?"
        r"|Which meaning does (?P<x>.+?) have in (?P<c>.+?)\?|Tell me the meaning of (?P<x>.+?) in (?P<c>.+?)\."
        r"|Describe (?P<x>.+?) in (?P<c>.+?)\.|What role does (?P<x>.+?) play in (?P<c>.+?)\?)",
        ("In the context of {c}, how should {x} be understood?", "Could you decode {x} for me as it appears in {c}?"),
    ),
    (
        r"(?:Which requirements or limits apply to|What must I observe for|What are the limits of"
        r"|Which restrictions apply to|Is there a restriction on) (?P<x>.+?)\?",
        ("What constraints come with {x}?", "Which rules have to be respected as far as {x} is concerned?"),
    ),
    (
        r"(?:What is the default for|What happens by default with|Which defaults apply to"
        r"|What is the default behaviour of) (?P<x>.+?)\?",
        ("Absent any configuration, how is {x} treated?", "Out of the box, what can one expect of {x}?"),
    ),
    (
        r"(?:Which errors should I expect with|What can go wrong with|What makes) (?P<x>.+?)(?: fail)?\?",
        ("In which situations does {x} break?", "What sort of failure might {x} run into?"),
    ),
)


def _alternatives(pattern: str) -> list[re.Pattern[str]]:
    """Return one pattern for each alternative, since a group's name may stand in each once."""
    inner = pattern[3:-1] if pattern.startswith("(?:") and pattern.endswith(")") and _spans(pattern) else pattern
    return [re.compile(part) for part in _split(inner)]


def _spans(pattern: str) -> bool:
    """Say whether the first bracket closes with the last character."""
    depth = 0
    for at, char in enumerate(pattern):
        depth += (char == "(" and pattern[at - 1] != "\\") - (char == ")" and pattern[at - 1] != "\\")
        if depth == 0:
            return at == len(pattern) - 1
    return False


def _split(pattern: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, char in enumerate(pattern):
        depth += (char in "([" and pattern[at - 1] != "\\") - (char in ")]" and pattern[at - 1] != "\\")
        if char == "|" and depth == 0:
            parts.append(pattern[start:at])
            start = at + 1
    return [*parts, pattern[start:]]


_COMPILED = tuple((form, frames) for pattern, frames in _FORMS for form in _alternatives(pattern))


def rephrased(question: str, rng: Random) -> str | None:
    """Return the same question in other words, or None where no frame fits it."""
    for form, frames in _COMPILED:
        match = form.fullmatch(question)
        if match is not None:
            return _filled(pick(frames, rng), match.groupdict())
    return None


def _filled(frame: str, slots: dict[str, str | None]) -> str:
    made = frame.format(**{name: value or "" for name, value in slots.items()})
    return made[0].upper() + made[1:] if not made.startswith("`") else made
