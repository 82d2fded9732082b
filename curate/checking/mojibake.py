"""Text that was decoded the wrong way: UTF-8 read as Latin-1 or Windows-1252, replacement and control characters.

Knows bytes and characters. What such text meant is offered, not applied. It must not know languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs, texts_of
from tuneproof.datasets.workspace.records import Finding

_CP1252 = {
    bytes([byte]).decode("cp1252"): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_CONTINUING = "\u0080-\u00bf" + "".join(sorted(_CP1252))
# A lead byte and as many continuing ones as it asks for, read as Latin-1 or Windows-1252 characters.
_MISREAD = re.compile(f"[Â-ß][{_CONTINUING}]|[à-ï][{_CONTINUING}]{{2}}|[ð-ô][{_CONTINUING}]{{3}}")
# Read as Mac Roman or code page 437, where the usual suspects are few: quotes, dashes, dots, accented vowels.
_OTHER = re.compile("‚Äô|‚Äú|‚Äù|‚Äì|‚Äî|‚Ä¶|‚Ä¢|√[©®†°¥∂≠¢±º]|¬†|ΓÇ[ÖÖ£¥ôöª]|├[⌐ñíª┤╝╢ƒ]")
# Marks that a decoder or a font leaves; no text has them on purpose, unless it writes of them.
_REPLACED = re.compile("\ufffd|ï¿½")
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff\ud800-\udfff]")
_ASKED = re.compile(r"(?<=[a-z])\?(?:s|t|re|ve|ll|d|m)\b(?![=&/\w])")
_WRITES_OF_IT = re.compile(
    r"replacement character|fffd|\breplace\b|surrogate|mojibake|encod|decod|\butf-?(?:8|16)\b|\blatin-?1\b|iso-8859"
    r"|\b(?:windows|cp)-?125\d\b|code ?page|charset|character set|garbled|misread|unicode|\bbytes?\b",
    re.IGNORECASE,
)
# A word shown as an example: in code, or between quotation marks of ASCII, which no misreading makes.
_SHOWN = re.compile(r"`[^`\n]{1,40}`|(?<!\w)\"[^\"\n]{1,40}\"(?!\w)|(?<!\w)'[^'\n]{1,40}'(?!\w)")
# After these leads, one continuing character that is also a quote or a dash of good text proves nothing.
_SURE_LEADS = frozenset("ÂÃ")
_TYPOGRAPHY = frozenset("‘’“”–—…«»‹›•™ ")


def find_mojibake(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``mojibake`` for each pair with text that was decoded the wrong way; the score counts the places."""
    for row in inputs.rows:
        faults = [
            {"side": side, "kind": kind, "text": text, "start": start, "meant": meant}
            for side, whole in texts_of(row)
            for kind, text, start, meant in misread(whole)
        ]
        if faults:
            first = faults[0]
            hint = f", meant as {first['meant']!r}" if first["meant"] else ""
            message = f"The {first['side']} has {first['kind']}: {shortened(ascii(first['text']), 40)}{hint}."
            yield on_pair(row, "mojibake", "warn", message, {"places": faults[:20]}, float(len(faults)))


def misread(text: str) -> list[tuple[str, str, int, str]]:
    """Return kind, characters, place and meaning of each piece of ``text`` that was decoded the wrong way."""
    if text.isascii() and not _CONTROL.search(text) and not _ASKED.search(text):
        return []
    found = []
    for match in _MISREAD.finditer(text):
        meant = _meaning(match.group())
        if meant and _plausible(match.group(), meant, text, match.start()):
            found.append(("UTF-8 read as Windows-1252", match.group(), match.start(), meant))
    found += [("UTF-8 read as another code page", match.group(), match.start(), "") for match in _OTHER.finditer(text)]
    about = _WRITES_OF_IT.search(text) is not None
    found += [
        ("a replacement character", match.group(), match.start(), "")
        for match in _REPLACED.finditer(text)
        if not about or _in_word(text, match.start(), match.end())
    ]
    if found and about:
        shown = [match.span() for match in _SHOWN.finditer(text)]
        found = [one for one in found if not any(start < one[2] < end for start, end in shown)]
    taken = {start + at for _, piece, start, _ in found for at in range(len(piece))}
    for match in _CONTROL.finditer(text):
        if match.start() not in taken:
            found.append(("a control character", match.group(), match.start(), ""))
    found += [("a lost apostrophe", match.group(), match.start(), "’") for match in _ASKED.finditer(text)]
    return sorted(found, key=lambda each: each[2])


def _in_word(text: str, start: int, end: int) -> bool:
    """Say whether a letter stands on one side, and on the other a letter too or the next lost one."""
    sides = (text[start - 1 : start], text[end : end + 1])
    return any(side.isalpha() for side in sides) and all(side.isalpha() or side == "\ufffd" for side in sides)


def _meaning(piece: str) -> str:
    """Return what the bytes of ``piece`` are in UTF-8, or nothing if they are none."""
    try:
        return bytes(_CP1252.get(char, ord(char)) for char in piece).decode("utf-8")
    except (UnicodeDecodeError, ValueError):
        return ""


def _plausible(piece: str, meant: str, text: str, start: int) -> bool:
    """Return whether ``piece`` is likelier a misreading than what its writer typed.

    Three and four characters that happen to be valid UTF-8 are no accident. Of two, the meaning must be a letter,
    a sign or a space of everyday use, and the second character none that follows a capital in good text, unless it
    comes again right after.
    """
    if unicodedata.category(meant) in ("Cc", "Cn", "Cs"):
        return False
    if len(piece) > 2:
        return True
    before, after = text[start - 1 : start], text[start + 2 : start + 3]
    if piece[0] in _SURE_LEADS:
        # "IRMÃ”" closes a quotation; within a word or after a small letter it does not.
        closes = piece[1] in _TYPOGRAPHY and meant != "\u00a0" and before.isupper() and not after.isalnum()
        return not closes
    again = _MISREAD.search(text[max(0, start - 2) : start] + text[start + 2 : start + 4]) is not None
    usual = meant.isalpha() and ord(meant) < 0x180
    inside = after.islower() or before.islower()
    return again or (usual and (inside or piece[1] not in _TYPOGRAPHY) and not piece[1].isalpha())
