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
            "Quick question about {x}: why would I ever set `{p}`?",
            "My script hands `{p}` over to {x}, and I have no idea what changes because of it.",
            "What difference does `{p}` make to {x}?",
            "Somebody wrote {x} with `{p}` filled in. What were they after?",
            "`{p}` keeps turning up in uses of {x}. What's that about?",
            "What's `{p}` supposed to mean on {x}?",
            "How does {x} make use of `{p}`?",
            "I'd like to understand `{p}`, the one {x} takes.",
            "Need help with `{p}` on {x}, the name tells me nothing.",
        ),
    ),
    (
        rf"(?:What is the default value of {_P} in {_X}\?|Which default does {_P} have in {_X}\?"
        rf"|What does {_P} default to in {_X}\?|If I leave out {_P}, which value does {_X} use\?"
        rf"|In {_X}, what is the default of {_P}\?|When {_P} is not given, what value does {_X} take for it\?"
        rf"|{_X}: what is the default value of {_P}\?)",
        (
            "I never touch `{p}` in {x}. Which value am I getting?",
            "What's the stock value of `{p}` for {x}?",
            "Without a word about `{p}`, what will {x} go with?",
            "{x} with no `{p}`: what is it then?",
            "What is `{p}` preset to in {x}?",
            "Which `{p}` does {x} choose on its own?",
            "Where nothing is said about `{p}`, {x} picks what?",
            "Initial value of `{p}` for {x}?",
            "What do I get as `{p}` from {x} if I do nothing about it?",
        ),
    ),
    (
        rf"(?:Must I pass {_P} to {_X}\?|Is {_P} a required argument of {_X}\?|Do I have to give {_P} to {_X}\?)",
        (
            "Will {x} complain that `{p}` is missing?",
            "Does {x} insist on `{p}`?",
            "Is leaving `{p}` away an error with {x}?",
            "Has {x} got to have `{p}`?",
            "Is `{p}` something {x} can't do without?",
        ),
    ),
    (
        rf"(?:Can I leave out {_P} when I call {_X}\?|Does {_X} work without {_P}\?)",
        (
            "Can {x} get by without being told `{p}`?",
            "Would {x} be happy if I never mentioned `{p}`?",
            "Am I free to leave `{p}` away with {x}?",
            "Is a bare {x}, with no `{p}`, allowed?",
            "Could I just not give {x} any `{p}`?",
        ),
    ),
    (
        rf"(?:What does {_X} return\?|What do I get back from {_X}\?|Which value does {_X} return\?"
        rf"|What is the return value of {_X}\?|Calling {_X} gives me what\?|What kind of result does {_X} produce\?"
        rf"|Tell me what {_X} returns\.|What comes back when I call {_X}\?)",
        (
            "What's the type and meaning of whatever {x} gives me?",
            "I ran {x}. What am I looking at?",
            "What sort of thing does a call to {x} end with?",
            "After {x} is through, what do I hold in my hands?",
            "What does {x} evaluate to?",
            "What can I do with what {x} hands out, that is, what is it?",
            "{x} yields what exactly?",
            "Which answer does {x} give its caller?",
        ),
    ),
    (
        rf"(?:How do I call {_X}\?|How is {_X} called\?|What is the signature of {_X}\?|Show me the signature of {_X}\."
        rf"|What does a call of {_X} look like\?|Which call do I write for {_X}\?|With which arguments do I call {_X}\?"
        rf"|How should {_X} be called\?|Give me the full call of {_X}\.|I want to use {_X}\. How do I call it\?)",
        (
            "Can I see {x} written out with its arguments?",
            "Syntax of {x}, please.",
            "How does one write a line with {x} in it?",
            "What is the order of the arguments to {x}?",
            "I keep getting {x} wrong; what is the proper form?",
            "I forgot how to type {x}.",
            "How is {x} spelt out in code, brackets and all?",
            "What must a line that runs {x} look like?",
            "An example of how {x} is written would be nice.",
        ),
    ),
    (
        rf"(?:Which arguments does {_X} accept\?|What parameters does {_X} have\?|List the parameters of {_X}\."
        rf"|What can I pass to {_X}\?|Which parameters are there for {_X}\?|Name the arguments of {_X}\."
        rf"|What arguments are accepted by {_X}\?)",
        (
            "Does {x} take anything, and if so what?",
            "How can {x} be tuned?",
            "What goes into {x}?",
            "Which options are on offer with {x}?",
            "What all can be handed over to {x}?",
            "Everything that {x} lets me set, please.",
            "I need an overview of the options of {x}.",
        ),
    ),
    (
        rf"(?:Which class does {_X} derive from\?|What is the base class of {_X}\?|From what does {_X} inherit\?"
        rf"|What does {_X} inherit from\?)",
        (
            "What did {x} grow out of?",
            "Whose methods does {x} have besides its own?",
            "Which class sits right above {x}?",
            "What is {x} a subclass of?",
            "{x} is a special kind of what?",
            "What stands in brackets after the name where {x} is defined?",
        ),
    ),
    (
        rf"(?:What is the difference between {_X} and (?P<p>`[^`]+`)\?|How do {_X} and (?P<p>`[^`]+`) differ\?"
        rf"|Compare {_X} with (?P<p>`[^`]+`)\.|When do I use {_X} and when (?P<p>`[^`]+`)\?)",
        (
            "Should I go for {x} or for {p}?",
            "Why are there both {x} and {p}?",
            "Aren't {x} and {p} the same thing?",
            "I can't tell {x} from {p}.",
            "What sets {x} apart from {p}?",
            "{x} or {p}, and why?",
            "What can {x} do that {p} can't?",
        ),
    ),
    (
        rf"(?:What does {_X} do {_C}\?|What happens with {_X} {_C}\?|How does {_X} behave {_C}\?"
        rf"|How does {_X} react {_C}\?"
        rf"|What is the effect of {_X} {_C}\?)",
        (
            "Say I'm using {x}. What will I see {c}?",
            "What's up with {x} {c}?",
            "{C}, what does that mean for {x}?",
            "Do I have to watch out with {x} {c}?",
            "How will {x} turn out {c}?",
            "What becomes of {x} {c}?",
            "I wonder about {x} {c}.",
        ),
    ),
    (
        rf"(?:What should I do|What applies|What happens|Is there something to know) {_C}\?",
        (
            "Then what, {c}?",
            "What's the rule {c}?",
            "{C}, what follows?",
            "What's to be done {c}?",
            "What would you tell somebody {c}?",
            "Which way do things go {c}?",
        ),
    ),
    (
        rf"(?:What does {_X} do\?|What is {_X} for\?|Can you summarise {_X}\?|Briefly explain {_X}\."
        rf"|Describe the (?:function|method) {_X}\.|Tell me what {_X} does\.|What is the purpose of {_X}\?"
        rf"|How would you describe {_X}\?|Could you explain {_X}\?|I found {_X} in some code\. What does it do\?"
        rf"|In short, what does {_X} do\?|Which task does {_X} perform\?)",
        (
            "What's the deal with {x}?",
            "A colleague swears by {x}. What's it good at?",
            "When would {x} come in handy?",
            "Give me the gist of {x}.",
            "How does {x} help me?",
            "{x} in one sentence?",
            "What's behind the name {x}?",
            "Never heard of {x}. What's it about?",
            "What am I in for if I run {x}?",
            "What gets done by {x}?",
        ),
    ),
    (
        r"(?:What are the steps to|Which steps do I take to|Walk me through how to|Step by step, how do I)"
        r" (?P<x>.+?)[?.]",
        (
            "I have to {x}. What comes first, what next?",
            "What's the full recipe if I want to {x}?",
            "Guide me from start to finish, I need to {x}.",
            "To {x}, what has to be done and in what order?",
        ),
    ),
    (
        r"(?:(?:How do I|How can I|What do I do to|What is the way to|Explain how to|Please tell me how to)"
        r" (?P<x>.+?)[?.]"
        r"|I want to (?P<x>.+?)\. What should I do\?)",
        (
            "Is there a trick to {x}?",
            "What's needed to {x}?",
            "To {x}, where do I begin?",
            "My boss wants me to {x}. Ideas?",
            "I can't figure out how one would {x}.",
            "What would you do to {x}?",
            "Looking for a way to {x}.",
            "Got a hint on how to {x}?",
        ),
    ),
    (
        r"(?:(?:What should I know about|Tell me about|Can you describe|What is there to know about"
        r"|Give me the key facts about|How would you explain) (?P<x>.+?)[?.]|Explain (?P<x>[^.]+)\.)",
        (
            "Got any facts on {x}?",
            "What can you tell me about {x}?",
            "I don't understand {x}.",
            "{x}: what do I need to be aware of?",
            "I'm stuck on {x}, enlighten me.",
            "How does the matter of {x} work?",
            "A few words on {x}, please.",
            "Teach me about {x}.",
        ),
    ),
    (
        r"(?:Give me an introduction to|Can you introduce|Please introduce me to|In short, what is|Define"
        r"|How would you define|What is meant by) (?P<x>.+?)[?.]",
        (
            "I'm new here: {x}, what's that?",
            "Put {x} in plain words.",
            "What would a beginner have to hear about {x}?",
            "How'd you explain {x} to a child?",
        ),
    ),
    (
        r"(?:What does (?P<x>.+?) mean in (?P<c>.+?)\?|What is (?P<x>`[^`]+`) in (?P<c>.+?)\?"
        r"|Which meaning does (?P<x>.+?) have in (?P<c>.+?)\?|Tell me the meaning of (?P<x>.+?) in (?P<c>.+?)\."
        r"|Describe (?P<x>.+?) in (?P<c>.+?)\.|What role does (?P<x>.+?) play in (?P<c>.+?)\?)",
        (
            "While reading about {c} I stumbled over {x}. What's that?",
            "What's {x} when we talk about {c}?",
            "{x} shows up in {c}; what does it stand for?",
            "As far as {c} goes, what's {x}?",
            "With {c} in mind, how do you read {x}?",
        ),
    ),
    (
        r"(?:Which requirements or limits apply to|What must I observe for|What are the limits of"
        r"|Which restrictions apply to|Is there a restriction on) (?P<x>.+?)\?",
        (
            "What isn't allowed when it comes to {x}?",
            "Where are the boundaries of {x}?",
            "Do I have to heed anything with {x}?",
            "How far can I go with {x}?",
        ),
    ),
    (
        r"(?:What is the default for|What happens by default with|Which defaults apply to"
        r"|What is the default behaviour of) (?P<x>.+?)\?",
        (
            "I left everything as it was: how does {x} behave?",
            "If I configure nothing, what do I get for {x}?",
            "What's the stock behaviour of {x}?",
            "How does {x} come preconfigured?",
        ),
    ),
    (
        r"(?:Which errors should I expect with|What can go wrong with|What makes) (?P<x>.+?)(?: fail)?\?",
        (
            "What trouble might {x} give me?",
            "Why might {x} blow up?",
            "When does {x} not work?",
            "What are the usual mishaps with {x}?",
        ),
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
    filled = {name: value or "" for name, value in slots.items()}
    condition = filled.get("c", "")
    made = frame.format(**filled, C=condition[:1].upper() + condition[1:])
    return made[0].upper() + made[1:] if not made.startswith("`") else made
