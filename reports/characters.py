"""Characters that no reader should have to trust: control characters, and those that turn or hide text.

Knows Unicode only. A report shows other people's documents, so what could reorder a line, hide a word or ring a
bell is replaced by a mark that can be seen; everything else passes unchanged.
"""

from __future__ import annotations

import re

_PICTURES = 0x2400
_DELETE = "\x7f"
# Marks, embeddings, overrides and isolates of the bidirectional algorithm; joiners, spaces and tags of no width.
_HIDDEN = re.compile(
    "[\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(text: str) -> str:
    """Return ``text`` with every control, bidirectional and invisible character shown as a mark.

    Line ends become ``\\n`` and tabs stay. ESC becomes ``␛``, U+202E becomes ``⟨U+202E⟩``.
    """
    plain = text.replace("\r\n", "\n")
    plain = _CONTROL.sub(lambda found: _picture(found.group()), plain)
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", plain)


def one_line(text: str, limit: int | None = None) -> str:
    """Return ``text`` visible and on one line, cut after ``limit`` characters with an ellipsis."""
    flat = " ".join(visible(text).split())
    if limit is None or len(flat) <= limit:
        return flat
    return flat[: limit - 1].rstrip() + "…"


def _picture(character: str) -> str:
    if character == _DELETE:
        return "␡"
    code = ord(character)
    return chr(_PICTURES + code) if code < 0x20 else f"⟨U+{code:04X}⟩"
