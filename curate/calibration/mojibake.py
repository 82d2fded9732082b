"""Text in the wrong bytes: UTF-8 read as something else, or letters lost; controls have accents where they belong.

Knows encodings and what comes of mixing them up. It must not know how a check sees it.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.cases import control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, outside_code, pick
from tuneproof.curate.rows import PairRow

_ACCENTED = (
    "The author’s name is spelt Søren Ærøskøbing.",
    "A Señor field may hold “ñ” and “¿”.",
    "An über-long line is wrapped at 80 columns…",
    "Angles are given as 45° ± 0.5°, lengths in μm.",
    "The files ÄÖÜ.txt and ßharp.txt are found too.",
    "The string «déjà vu» has nine characters.",
    "Ελληνικά and עברית are shown in their own direction.",
    "한국어 text is split into syllables.",
    "The keys ⌘, ⌥ and ⇧ are drawn as symbols.",
    "© 2024, ® and ™ are allowed in a title.",
    "The amount is printed as ¥500 or ₹500.",
    "Čeština and Türkçe have rules of their own for capitals.",
    "The formula is α² + β² ≤ γ².",
    "A half is written ½, a quarter ¼.",
    "Use an en dash – such as in 10–20 – for a range.",
    "The letters Ã, Â and â are used in Portuguese and Romanian.",
    "São Paulo, Málaga and Besançon are in the list.",
    "Box-drawing signs such as ├── and └── show the tree.",
    "A smiling 🙂 takes four bytes.",
    "Ahoj světe and Привет, мир are both valid.",
    "The section sign § and the pilcrow ¶ are kept.",
    "Việt Nam is sorted under V.",
)
_ACCENTED_SHOWN = (
    "If `’` shows up as `â€™`, the file was decoded as cp1252.",
    "The sign `\ufffd` stands for a byte that could not be decoded.",
    "A file that begins with `ï»¿` has a byte order mark.",
)
_MANGLED = (
    "The user Zoë can’t log in.",
    "Pass “fast” or “slow” – nothing else.",
    "The résumé is stored as a PDF…",
    "Crème brûlée is the sample entry.",
    "Über-users may skip the check.",
    "Don’t edit the file while it’s open.",
    "It costs 20 € a month.",
    "The range is 1–5, the step is ½.",
    "São Paulo is in the zone −03:00.",
    "Press the • button twice.",
    "Señor Ibáñez wrote the first version.",
    "A 90° turn takes ±2 ms.",
    "The Øresund line isn’t drawn.",
    "© the authors, all rights reserved.",
    "François’s patch was merged.",
)
_LATIN = "àáâãäåçèéêëìíîïñòóôõöùúûüýßøæœÀÁÄÅÇÈÉÖÜØ’“”–…•°½±©€"


def mangled(text: str, rng: Random) -> str | None:
    """Return ``text`` as UTF-8 read in a one-byte encoding, once or twice, or None where it holds ASCII alone.

    Central European files are read as cp1250, those from old Macs as Mac Roman.
    """
    if text.isascii():
        return None
    encoding = pick(("cp1252", "cp1252", "latin-1", "cp1250", "mac_roman"), rng)
    times = 2 if encoding in ("cp1252", "latin-1") and rng.random() < 0.25 else 1
    for _ in range(times):
        text = text.encode().decode(encoding, errors="replace")
    return text


def _mojibake_own(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    """Give the answer's own quotes and dashes the curly form, then read them in the wrong encoding."""
    curly = outside_code(
        row.answer,
        lambda part: re.sub(r"(?<=\w)'(?=\w)", "’", re.sub(r"\"([^\"\n]+)\"", "“\\1”", part)).replace(" - ", " – "),
    )
    answer = mangled(curly, rng)
    return None if answer is None else (row.question, answer)


def _mojibake_added(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    sentence = mangled(pick(_MANGLED, rng), rng)
    return None if sentence is None else (row.question, add_sentence(row.answer, sentence, rng))


def _lost_letters(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    sentence = pick([each for each in _MANGLED if any(sign in _LATIN for sign in each)], rng)
    # One sign for each letter, or one for each of its bytes.
    lost = sentence.encode().decode("ascii", errors="replace")
    return row.question, add_sentence(row.answer, pick((re.sub("\ufffd+", "\ufffd", lost), lost), rng), rng)


def _accented(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, add_sentence(row.answer, pick((*_ACCENTED, *_ACCENTED_SHOWN), rng), rng)


RECIPES = (
    *fault("mojibake", {"own text": _mojibake_own, "a sentence": _mojibake_added, "lost letters": _lost_letters}),
    *control("mojibake", {"accents in place": _accented}),
)
