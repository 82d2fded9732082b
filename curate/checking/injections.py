"""Text that talks to the model that reads it: orders, marks of a chat's turns, hidden comments and characters.

Knows marks and characters; which sentences are orders is the business of `orders`. Documentation about such attacks
quotes them; what stands in code or quotation marks, or in a pair that is plainly about the subject, is told from an
order by where it stands. It must not know any model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs, texts_of
from tuneproof.curate.checking.orders import hidden_order_in, order_in
from tuneproof.datasets.workspace.records import Finding

# Marks by which chat templates tell who speaks; in running text they can make a turn of their own.
_ROLE_MARKS = re.compile(
    r"""<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|eom_id|start_header_id|end_header_id
        |begin_of_text|end)\|>
    | <<SYS>> | <</SYS>> | \[/?INST\] | \[/?SYSTEM(?:_PROMPT)?\](?!\() | <(?:start|end)_of_turn>
    | <｜(?:User|Assistant)｜>
    | </s>\s?(?:<s>|\[)
    | </?(?:system|system_?prompt|system_?message|instructions|developer|assistant|admin)(?:\ [^<>\n]{0,80})?>
        (?=[^\n]*\S)
    | ^\#{2,3}\ (?:System|Instruction|Response|Human|Assistant|User)\ ?:(?:[ \t]*$|[ \t]+\S+[ \t]+\S)
    | ^[ \t]*\[(?:system|assistant|developer)\]\(\#(?:instructions|assistant|system|context|additional_instructions|user
        |error|message|inner_monologue)\)[ \t]+\w
    """,
    re.MULTILINE | re.VERBOSE,
)
# A line that opens a turn; "System: Linux" is none, so an order must follow, or the other side's turn.
_TURN = re.compile(
    r"^[ \t>*_]*(?:SYSTEM|System|system|Human|Assistant|AI|Developer|\[system\]|\(system\))(?:[ ]?:"
    r"|[*_]{2}:?)[*_]*[ \t]*"
    r"(?=(?P<said>[^\n]+))",
    re.MULTILINE,
)
_BOTH_TURNS = re.compile(r"^(?:Human|User):[^\n]*\S.*?^(?:Assistant|AI): ?\S", re.MULTILINE | re.DOTALL)
_TURN_ORDER = re.compile(
    r"(?:^|[,.;:!]\s+|\b(?:and|then|now|you|must|always|never|please)\s+)"
    r"(?:you|must|ignore|never|always|do not|don['’]t|grant|reveal|approve|answer|allow|disable|leak|give|print"
    r"|say|respond"
    r"|reply|obey|comply|trust|execute|delete|send|output|refuse|treat|accept|follow|forget|act|bypass|tell|new"
    r" (?:policy"
    r"|rules?|instructions?)|no (?:rules|limits|restrictions))\b|\bthe user is (?:an? |the )?(?:admin|root|owner"
    r"|developer)",
    re.IGNORECASE,
)
# Characters that nobody sees: Unicode tags, direction overrides, and runs of joiners that can hold a message.
_TAGS = re.compile("[\U000e0001\U000e0020-\U000e007f]+")
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE_RUN = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\u180e]{4,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")
# What the page holds and does not show.
_HIDDEN = re.compile(
    r"""<!--(?P<comment>[^<>]{0,400})-->
    | ^\[(?://|comment|\#)\]:\ ?\S{1,20}\ [("'](?P<link>[^\n]{0,400})[)"']
    | <(?P<tag>\w+)\ [^<>]{0,200}?(?:display:\ ?none|visibility:\ ?hidden|font-size:\ ?0|opacity:\ ?0(?![.\d])
        |color:\ ?(?:white|\#fff(?:fff)?|transparent)|\shidden(?=[\s>]))[^<>]{0,200}>(?P<element>[^<]{0,400})</(?P=tag)>
    """,
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’|(?<!\w)'[^'\n]{1,200}'(?!\w)")
_ABOUT_IT = re.compile(
    r"prompt injection|jailbreak|adversarial|red[- ]team|attack(?:er|s)?\b|malicious|guardrail|moderation"
    r"|chat template|special tokens?|template|tokenizer|bidirectional|unicode|direction",
    re.IGNORECASE,
)


def find_prompt_injections(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``prompt_injection`` for each pair with text that gives orders to the model that reads it."""
    for row in inputs.rows:
        for side, text in texts_of(row):
            # Telling a model what it is now is what a system prompt is for.
            if side == "system prompt":
                continue
            found = injection_in(text)
            if found:
                kind, piece, start = found
                message = f"The {side} has {kind}: {shortened(ascii(piece)[1:-1], 80)}."
                evidence = {"side": side, "kind": kind, "text": piece[:200], "start": start, "end": start + len(piece)}
                yield on_pair(row, "prompt_injection", "warn", message, evidence)
                break


def injection_in(text: str) -> tuple[str, str, int] | None:
    """Return what kind of injection ``text`` has, its words, and where they begin, or None."""
    if not text.isascii():
        if (hidden := _unseen(text)) is not None:
            return hidden
        if _UNSEEN.search(text):
            text = _UNSEEN.sub("", text)  # what splits a word hides it from a pattern, not from a model
    about = _ABOUT_IT.search(text) is not None
    said = _blanked(text, _CODE)
    spoken = _blanked(said, _QUOTED)
    # A quoted order is an example of one where the text is about such orders.
    order = order_in(spoken if about else said)
    # In code, the marks are what documentation of a model's template shows, unless an order comes with them.
    marked = text if not about and order_in(text) else said
    mark = _mark(marked)
    if mark is not None and not (about and (_QUOTED.search(said) or _within_a_line(mark))):
        return "a mark of a chat's turns", mark.group().strip(), mark.start()
    for match in _HIDDEN.finditer(text):
        unseen = match["comment"] or match["link"] or match["element"] or ""
        if hidden_order_in(unseen) is not None:
            return "orders where no reader sees them", match.group(), match.start()
    return order


def _unseen(text: str) -> tuple[str, str, int] | None:
    flags = [match.span() for match in _FLAG_TAGS.finditer(text)]
    for tags in _TAGS.finditer(text):
        if not any(start <= tags.start() < end for start, end in flags):
            return "hidden tag characters", tags.group(), tags.start()
    if match := _INVISIBLE_RUN.search(text):
        return "a run of invisible characters", match.group(), match.start()
    if (match := _BIDI.search(text)) and not re.search("[\u0590-\u08ff]", text):
        return "a hidden change of direction", match.group(), match.start()
    return None


def _mark(text: str) -> re.Match[str] | None:
    """Return what opens a turn of a chat in ``text``, running text, or None."""
    for turn in _TURN.finditer(text):
        if _TURN_ORDER.search(turn["said"]):
            return turn
    return _ROLE_MARKS.search(text) or _BOTH_TURNS.search(text)


def _within_a_line(mark: re.Match[str]) -> bool:
    """Return whether words stand before the mark in its line: a sentence names it, no turn begins."""
    before = mark.string[mark.string.rfind("\n", 0, mark.start()) + 1 : mark.start()]
    return re.search(r"\w", before) is not None


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: " " * len(match.group()), text)
