"""Answers that stop before they end: in a word, in a sentence, or before what they announce.

Knows an answer, what its chunk says next, and how answers of the set usually end. What ends in code, a table or a
list is whole unless its last words show otherwise. It must not know how long an answer may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from tuneproof.curate.checking.endings import Continuations, Vocabulary, tokens
from tuneproof.curate.checking.facts import plain
from tuneproof.curate.checking.fences import open_fence, without_blocks
from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.datasets.workspace.records import Finding

HABIT = 0.8  # share of the set's prose answers with a final stop, from which on one without it stands out
LONG = 6  # words from which on a line without a stop is a sentence rather than a label
_DANGLING_LIST = """
    and or but nor the a an of to for with from by in on at as that which because if when while than then is are was
    were be been can could will would may might should must its their your our my this these those not into onto using
    such including like between through during before after about under over without within upon whether where who
    whose so also only very more most both either each every any some no has have had do does did via per how what
"""
_DANGLING = frozenset(_DANGLING_LIST.split())
# What labels end with often enough: "Log in", "Turn it on", "What it is for".
_PARTICLES = frozenset(("in", "on", "to", "for", "over", "like", "so", "under", "before", "after", "about", "does"))
_STOPPED = re.compile(r"(?:[.!?…。！？؟।]|\.\.\.)[\s\"'”’»)\]}*_`>\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]{0,12}$")
_LIST = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
# What opens an item of a list; alone on the last line nothing follows it.
_MARKER = re.compile(
    r"(?:[-*+•]|\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)]|\*\*(?:\d{1,2}|Step \d{1,2})[.):]?\*\*:?|\[[ xX]\]|>)"
)
_CODE_END = re.compile(r"(?:`[^`\n]{1,400}`|\bhttps?://\S{1,400}|\[[^\]\n]{1,200}\]\([^)\n]{0,400}\))[*_)\]]{0,6}$")
# "In Python: table.search()", "CLI reference: sqlite-utils vacuum": a label and a few words are a whole.
_LABELLED = re.compile(r"[A-Z][\w ]{0,30}: \S+(?: \S+){0,9}$")
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+(?:['’-][^\W\d_]+)*)$")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]{0,3}\s+(?=[\"'(\[`]{0,3}[A-Z0-9`])")
_WORDS = re.compile(r"[\w'’-]+")
_TARGET = re.compile(r"\]\([^()\s]{0,400}\)|\{ ?[:#.][^{}\n]{0,80}\}")
_GAP = r"[^\w\s]{0,6}\s{0,80}[^\w\s]{0,6}"
# How a source goes on after a whole sentence or line, and after a part of one.
_ENDS = re.compile(
    r"[`*_\"')\]}]{0,6}[ \t]*(?:[.!?:;](?!\w)|\n[ \t]*\n|\n[ \t]*(?:[-*+#|>:@]|\d+[.)] |```)"
    r"|\n?[ \t]*(?:\"{3}|'{3}|</|\Z))"
)
_GOES_ON = re.compile(r"[`*_\"')\]}]{0,6}(?:,|[ \t]*\n?[ \t]*[a-z\d`(\"'\[*_-])")


@dataclass(frozen=True, slots=True)
class _End:
    """The last line of an answer and the last sentence on it; ``kind`` says what that line is.

    ``earlier`` says whether another sentence before it has its end.
    """

    kind: str
    line: str
    sentence: str
    earlier: bool


def find_truncated(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``truncated_answer`` for each answer that stops short."""
    ends = {row.pair_id: end for row in inputs.rows if (end := _end(row.answer)) is not None}
    habit = _habit(list(ends.values()))
    doubted = {pair_id: end for pair_id, end in ends.items() if not _STOPPED.search(end.line[-20:])}
    if doubted:
        # Their own last words prove nothing.
        answers = [row.answer for row in inputs.rows if row.pair_id not in doubted]
        begun = [row.answer.rstrip().rpartition(" ")[0] for row in inputs.rows if row.pair_id in doubted]
        others = chain((row.question for row in inputs.rows), (chunk.text for chunk in inputs.chunks.values()))
        vocabulary = Vocabulary(chain(answers, begun, others))
        continuations = Continuations([_run(end) for end in doubted.values()], answers)
    for row in inputs.rows:
        end = ends.get(row.pair_id)
        why = _open(end) if end else ""
        if end and not why and row.pair_id in doubted:
            known, why = _in_source(end, inputs.chunks_of(row))
            if not known:
                why = _elsewhere(end, continuations, vocabulary, habit)
        if end and why:
            message = f"The answer stops short: {why}."
            yield on_pair(row, "truncated_answer", "warn", message, {"end": end.line[-80:], "why": why})


def _run(end: _End) -> tuple[str, ...]:
    return tuple(tokens(end.sentence.rstrip("*_ "))[-4:])


def _end(answer: str) -> _End | None:
    """Return how ``answer`` ends, or None where it ends in a block of code, a table, or a fence left open."""
    if open_fence(answer) is not None or answer.rstrip().endswith(("```", "~~~")):
        return None
    lines = [line for line in without_blocks(answer).split("\n") if line.strip()]
    if not lines:
        return None
    line = lines[-1].strip()
    if _MARKER.fullmatch(line) and answer.strip() != line:
        return _End("marker", line, line, True)
    if line.startswith("|") or line.endswith("|"):
        return None
    body = _LIST.sub("", lines[-1]).strip()
    kind = "prose"
    if body != line:
        kind = "list"
    elif re.match(r"#{1,6}\s", line):
        kind = "heading"
    elif _is_code(line):
        kind = "code"
    parts = _SENTENCE.split(body)
    return _End(
        kind, body, parts[-1], len(parts) > 1 or any(_STOPPED.search(each.strip()[-20:]) for each in lines[:-1])
    )


def _is_code(line: str) -> bool:
    """Return whether a line is code or a bare value: one span in backticks, or a single word."""
    return bool(re.fullmatch(r"`[^`]+`[.,]?", line)) or (len(line.split()) == 1 and line[-1] not in ",:;([{-")


def _open(end: _End) -> str:
    """Return why the last characters can't be an end, or nothing."""
    if end.kind == "marker":
        return "its last item is empty"
    text = end.line.rstrip("*_ ")
    if end.kind == "heading":
        return "a heading stands at its end"
    if end.kind == "code" or not text:
        return ""
    if text[-1] in ",;:([{" or text.endswith((" -", " –", " —", "—")):
        return f"it ends with {text[-1]!r}"
    if _STOPPED.search(text[-20:]):
        return ""
    if text.count("`") % 2:
        return "code in backticks stays open"
    bare = re.sub(r"`[^`\n]*`", "`", text)
    for left, right in ("()", "[]"):
        if bare.count(left) > bare.count(right):
            return f"a bracket {left!r} stays open"
    if bare.count('"') % 2 and len(bare.split()) > 2 and not re.search(r"\d\"", bare):
        return "a quotation stays open"
    return ""


def _dangling(end: _End) -> str:
    """Return the last word as the reason, if sentences don't end with it."""
    word = _LAST_WORD.search(end.line.rstrip("*_ ")[-80:])
    words = _WORDS.findall(end.sentence)
    if not word or not word.group().islower() or word.group() not in _DANGLING or len(words) < 2:
        return ""
    short = word.group() in _PARTICLES and len(words) < 4 and not end.earlier
    return "" if short else f"it ends with {word.group()!r}"


def _elsewhere(end: _End, continuations: Continuations, vocabulary: Vocabulary, habit: float) -> str:
    """Return why an answer that its source does not have is cut, judged by its words and the set's other answers."""
    if end.kind in ("heading", "code"):
        return ""
    if whole := continuations.whole_word(_run(end)):
        return f"its last word is a part of {whole!r}"
    ended = continuations.share_ended(_run(end))
    if ended is not None and ended >= 0.3:
        return ""
    if ended is not None and ended <= 0.05 and habit >= HABIT:
        return "other answers go on after these words"
    return _dangling(end) or _cut_word(end, vocabulary) or _unstopped(end, habit)


def _in_source(end: _End, chunks: Sequence[ChunkText]) -> tuple[bool, str]:
    """Return whether the source holds the answer's last words, and how it goes on in the same sentence, if it does."""
    words = [word.casefold() for word in _WORDS.findall(plain(end.sentence).replace("`", ""))][-6:]
    said = ""
    for chunk in chunks:
        text = _TARGET.sub("]", plain(chunk.text).casefold())
        for count in range(len(words), 2, -1):
            pattern = _GAP.join(re.escape(word) for word in words[-count:])
            matches = list(islice(re.finditer(rf"(?<!\w){pattern}(?P<rest>[\w'’-]*)", text), 20))
            for match in matches:
                after = text[match.end() : match.end() + 60]
                rest = match["rest"].strip("'’-")
                if not rest and _ENDS.match(after):
                    return True, ""
                if rest:
                    said = said or f"its last word is {words[-1] + match['rest']!r} in the source"
                elif _GOES_ON.match(after):
                    said = said or "its source goes on in the same sentence"
            if matches:
                break
    return bool(said), said


def _cut_word(end: _End, vocabulary: Vocabulary) -> str:
    """Return why the last word is a part of one: no text of the set has it, and some have words that begin with it."""
    word = _LAST_WORD.search(end.line[-80:])
    if word is None or not word.group()[1:].islower():
        return ""
    whole = vocabulary.longer(word.group().casefold())
    return f"{word.group()!r} looks like a part of {whole!r}" if whole else ""


def _unstopped(end: _End, habit: float) -> str:
    """Return why a missing stop shows a cut: a sentence without one where others have it."""
    if end.kind != "prose" or _CODE_END.search(end.line) or _LABELLED.match(end.sentence):
        return ""
    words = _WORDS.findall(end.sentence)
    if words and end.earlier:
        return "its last sentence has no end"
    if len(words) >= LONG and habit >= HABIT:
        return "its sentence has no end, and the set's sentences have one"
    return ""


def _habit(ends: Sequence[_End]) -> float:
    """Return the share of prose answers of some length that end with a stop, drawn towards 0.9 where there are few."""
    prose = [end for end in ends if end.kind == "prose" and len(_WORDS.findall(end.sentence)) >= LONG]
    stopped = sum(_STOPPED.search(end.line[-20:]) is not None for end in prose)
    return (stopped + 18) / (len(prose) + 20)
