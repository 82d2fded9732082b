"""Mends of style that need no judgement: fillers out, contractions spelt out, stops, spellings, fence languages.

Knows text. Each mend leaves code as it is, byte for byte; none is ever applied unseen: a finding offers the text.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Mapping

from tuneproof.curate.checking.style_features import FENCE
from tuneproof.curate.checking.style_words import EMOJI, EXCLAIMED, FILLER_CLOSER, FILLER_OPENER
from tuneproof.curate.wording import CODE

_WHOLE = {
    "can't": "cannot", "won't": "will not", "shan't": "shall not", "let's": "let us", "ain't": "is not", "i'm": "I am",
    "what's": "what is", "where's": "where is", "who's": "who is", "here's": "here is", "there's": "there is",
    "that's": "that is", "it's": "it is", "he's": "he is", "she's": "she is", "how's": "how is",
}  # fmt: skip
_ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am"}
_CONTRACTED = re.compile(r"\b[A-Za-z]+(?:n['’]t|['’](?:re|ve|ll|m|s))\b(?!\w)")
_PARTICIPLE = re.compile(r"\s+(?:been|had|got|become|\w+ed)\b")
_SHELL = re.compile(
    r"^\s*(?:\$ |(?:sudo|pip|pipx|npm|npx|uv|git|curl|wget|cd|ls|mkdir|export|docker|ollama|brew|apt|apt-get|echo"
    r"|cat|chmod) )"
)
_PYTHON = re.compile(
    r"^\s*(?:>>> |import \w|from \w+.* import |def \w+\(|class \w+|print\(|@\w|with \w|for \w+ in )", re.M
)


def mended(answer: str, features: Collection[str], spelling: Mapping[str, str]) -> str | None:
    """Return ``answer`` with what a machine can mend of ``features``, or None if that leaves it as it was.

    ``spelling`` maps wrong spellings to right ones.
    """
    text = answer
    for name, mend in _MENDS.items():
        if name in features:
            text = mend(text)
    if spelling:
        wrong = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, spelling))})(?![\w/-])")
        text = _in_prose(text, lambda part: wrong.sub(lambda match: spelling[match.group()], part))
    text = text.strip() if text != answer else answer
    return text if text and text != answer else None


def without_fillers(answer: str) -> str:
    """Return ``answer`` without the chat that opens or closes it; what follows an opener begins with a capital."""
    text = answer
    if match := FILLER_OPENER.match(text):
        rest = text[match.end() :]
        plain = re.match(r"[a-z][a-z]*(?=[\s,])", rest)
        text = rest[:1].upper() + rest[1:] if plain else rest
    return _closed(text)


def _closed(text: str) -> str:
    for _ in range(3):
        start = max(len(text) - 240, 0)
        match = FILLER_CLOSER.search(text, start)
        if match is None or not match.group().strip():
            break
        text = text[: match.start()].rstrip()
    return text


def expanded(answer: str) -> str:
    """Return ``answer`` with contractions spelt out; 's is left alone after a noun, and where it may be "has"."""
    return _in_prose(answer, lambda part: _CONTRACTED.sub(lambda match: _spell_out(match, part), part))


def _spell_out(match: re.Match[str], text: str) -> str:
    word = match.group().replace("’", "'")
    small = word.lower()
    if small in _WHOLE:
        if small.endswith("'s") and small != "let's" and _PARTICIPLE.match(text, match.end()):
            return match.group()
        whole = _WHOLE[small]
        return whole[0].upper() + whole[1:] if word[0].isupper() else whole
    for ending, spelt in _ENDINGS.items():
        if small.endswith(ending):
            return word[: -len(ending)] + spelt
    return match.group()


def stopped(answer: str) -> str:
    """Return ``answer`` with a stop at its end."""
    text = answer.rstrip()
    return re.sub(r"[ ,;—–-]+$", "", text) + "."


def calmed(answer: str) -> str:
    """Return ``answer`` with a stop in the place of every exclamation mark of its prose."""
    return _in_prose(answer, lambda part: EXCLAIMED.sub(lambda match: match.group().rstrip("!") + ".", part))


def without_emoji(answer: str) -> str:
    """Return ``answer`` without emoji, nor the space before one."""
    return _in_prose(answer, lambda part: re.sub(rf"[ \t]*(?:{EMOJI.pattern})\ufe0f?", "", part))


def tagged(answer: str) -> str:
    """Return ``answer`` with a language on each fence whose code tells it: python, json or a shell."""

    def tag(match: re.Match[str]) -> str:
        if match.group(2).strip():
            return match.group()
        language = language_of(match.group().split("\n", 1)[1].rsplit("\n", 1)[0])
        marks = match.start(1) - match.start() + len(match.group(1))
        return match.group()[:marks] + language + match.group()[marks:]

    return FENCE.sub(tag, answer)


def language_of(code: str) -> str:
    """Return the language of ``code`` where it is plain to see, else ""."""
    try:
        if isinstance(json.loads(code), dict | list):
            return "json"
    except ValueError:
        pass
    if _SHELL.match(code):
        return "bash"
    if _PYTHON.search(code):
        try:
            ast.parse(code)
        except (SyntaxError, ValueError):
            return "python" if ">>> " in code else ""
        return "python"
    return ""


def _in_prose(text: str, change: Callable[[str], str]) -> str:
    """Return ``text`` with ``change`` done to what stands outside fences and inline code."""
    return "".join(part if at % 2 else change(part) for at, part in enumerate(CODE.split(text)))


_MENDS: Mapping[str, Callable[[str], str]] = {
    "filler_opener": without_fillers,
    "filler_closer": _closed,
    "emoji": without_emoji,
    "contractions": expanded,
    "exclamations": calmed,
    "no_stop": stopped,
    "bare_fences": tagged,
}
