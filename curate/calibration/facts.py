"""Ungrounded facts: a number, flag, identifier, address, path or quotation that the source does not hold.

Faults replace what an answer took from its chunk by something of the same shape, or add an invented fact. Controls
write the same fact in another form, or add a sentence of the chunk. Knows shapes of facts; it must not know how a
check compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, has_fence, is_prose, masked, pick, sentences
from tuneproof.curate.calibration.variants import is_mark
from tuneproof.curate.rows import PairRow

NUMBER = re.compile(r"(?<![\w.,/:-])\d{1,6}(?:\.\d+)?(?![\w/:]|[.,]\d)")
# A version is no measure: 4.0 and 4 may be two.
_MEASURE = re.compile(
    r"(?<![\w.,-])\d{1,4}\.\d{1,3}(?=\s?(?:seconds?|ms|minutes?|[KMGT]i?B|%|times|degrees)\b)|(?<=efault: )\d\.\d"
)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9]+(?:-[a-z0-9]+)*\b")
IDENTIFIER = re.compile(r"`([A-Za-z]\w*(?:\.\w+)*)(\(\))?`")
URL = re.compile(r"https?://[^\s)\"'`<>\]]+[\w/]")
PATH = re.compile(
    r"(?<![\w/:.])(?:~|\.{0,2})/[\w.@-]+(?:/[\w.@-]+)+|(?<![\w/.])\w+\.(?:toml|json|py|txt|cfg|yaml|ini|db|md)\b"
)
QUOTATION = re.compile(r"\"([A-Za-z][^\"\n]{5,60}[\w.!])\"|“([^”\n]{6,60})”")
_SPELLED = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b")
_NAMES = (
    "retry",
    "limit",
    "cache",
    "mode",
    "policy",
    "buffer",
    "window",
    "depth",
    "strict",
    "target",
    "index",
    "handler",
    "offset",
    "session",
    "profile",
    "channel",
    "budget",
    "origin",
    "scope",
    "layout",
)
_HOSTS = ("docs.acmesuite.io", "guide.northwind.dev", "support.fabrikam.net", "wiki.initech.org")
_CLAIMS = ("at most {n} entries", "{n} retries", "a timeout of {n} seconds", "no more than {n} characters")


def _absent(text: str, source: str) -> bool:
    return text.strip('`"“”').casefold() not in source.casefold()


def _swap(
    pattern: re.Pattern[str],
    make: Callable[[re.Match[str], Random], str],
    within: Callable[[str], str] = lambda answer: answer,
) -> Edit:
    """Return an edit that replaces one fact that stands in the source by one that does not."""

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        source = material.source_text(row)
        found = [match for match in pattern.finditer(within(row.answer)) if not _absent(match.group(0), source)]
        # A fact that the question names is given, not taken from the source.
        found = [match for match in found if _absent(match.group(0), row.question)]
        rng.shuffle(found)
        for match in found:
            for _ in range(8):
                new = make(match, rng)
                if _absent(new, source) and _absent(new, row.answer):
                    return row.question, row.answer[: match.start()] + new + row.answer[match.end() :]
        return None

    return edit


def _other_number(match: re.Match[str], rng: Random) -> str:
    whole, _, part = match.group(0).partition(".")
    digits = max(2, len(whole))
    new = str(rng.randrange(10 ** (digits - 1), 10**digits))
    return f"{new}.{rng.randrange(1, 10 ** len(part)):0{len(part)}d}" if part else new


def _other_flag(match: re.Match[str], rng: Random) -> str:
    parts = match.group(0)[2:].split("-")
    parts[rng.randrange(len(parts))] = pick(_NAMES, rng)
    return "--" + "-".join(parts if len(parts) > 1 else [*parts, pick(_NAMES, rng)])


def _other_identifier(match: re.Match[str], rng: Random) -> str:
    *above, last = match.group(1).split(".")
    word = pick(_NAMES, rng)
    if "_" in last:
        parts = last.split("_")
        parts[-1] = word
        last = "_".join(parts)
    elif last[:1].isupper():
        last = last + word.title()
    else:
        last = f"{last}_{word}"
    return f"`{'.'.join([*above, last])}{match.group(2) or ''}`"


def _other_url(match: re.Match[str], rng: Random) -> str:
    scheme, _, rest = match.group(0).partition("://")
    host, *path = rest.split("/")
    if path and path[-1] and rng.random() < 0.5:
        return f"{scheme}://{'/'.join([host, *path[:-1], pick(_NAMES, rng)])}"
    return f"{scheme}://{'/'.join([pick(_HOSTS, rng), *path])}"


def _other_path(match: re.Match[str], rng: Random) -> str:
    *above, last = match.group(0).split("/")
    stem, dot, suffix = last.partition(".")
    return "/".join([*above, f"{pick(_NAMES, rng)}_{stem}{dot}{suffix}" if stem else f".{pick(_NAMES, rng)}rc"])


def _other_quotation(match: re.Match[str], rng: Random) -> str:
    words = match.group(0)[1:-1].split()
    for at in rng.sample(range(len(words)), max(1, len(words) // 2)):
        words[at] = pick(("never", "always", "quickly", "permission", "window", "denied", "complete", "remote"), rng)
    return match.group(0)[0] + " ".join(words) + match.group(0)[-1]


def _invented(make: Callable[[Random], str]) -> Edit:
    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        made = make(rng)
        token = re.search(r"\d{3,}|--[\w-]+|https?://\S+\w", made)
        if token is None or not _absent(token.group(0), material.source_text(row)):
            return None
        return row.question, add_sentence(row.answer, made, rng)

    return edit


def _claim(rng: Random) -> str:
    return f"It allows {pick(_CLAIMS, rng).format(n=rng.randrange(101, 989))}."


def _claimed_flag(rng: Random) -> str:
    return f"Pass `--{pick(_NAMES, rng)}-{pick(_NAMES, rng)}` to change that."


def _claimed_url(rng: Random) -> str:
    return f"The schema is published at https://{pick(_HOSTS, rng)}/{pick(_NAMES, rng)}/{rng.randrange(10, 99)}."


FAULTS = fault(
    "ungrounded",
    {
        "number": _swap(NUMBER, _other_number),
        "flag": _swap(FLAG, _other_flag),
        "identifier": _swap(IDENTIFIER, _other_identifier),
        "url": _swap(URL, _other_url),
        "path": _swap(PATH, _other_path),
        "quotation": _swap(QUOTATION, _other_quotation, masked),
        "added number": _invented(_claim),
        "added flag": _invented(_claimed_flag),
        "added url": _invented(_claimed_url),
    },
)


def _rewrite(
    pattern: re.Pattern[str],
    make: Callable[[re.Match[str], Random], str | None],
    within: Callable[[str], str] = lambda answer: answer,
) -> Edit:
    """Return an edit that writes one fact of the source in another form."""

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        found = list(pattern.finditer(within(row.answer)))
        rng.shuffle(found)
        for match in found:
            new = make(match, rng)
            if new is not None and new != match.group(0) and not _absent(match.group(0), material.source_text(row)):
                return row.question, row.answer[: match.start()] + new + row.answer[match.end() :]
        return None

    return edit


def _thousands(match: re.Match[str], rng: Random) -> str | None:
    return f"{int(match.group(0)):,}" if match.group(0).isdigit() and int(match.group(0)) >= 1000 else None


def _spelled(match: re.Match[str], rng: Random) -> str | None:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    value = match.group(0)
    if is_mark(match) or re.match(r"\.\w", match.string[match.end() :]):
        return None
    return names[int(value)] if value.isdigit() and int(value) < len(names) else None


def _figure(match: re.Match[str], rng: Random) -> str:
    return str(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten").index(match.group(0)) + 2)


def _trailing_zero(match: re.Match[str], rng: Random) -> str | None:
    value = match.group(0)
    return value.removesuffix(".0") if value.endswith(".0") else f"{value}0" if "." in value else None


def _bare(match: re.Match[str], rng: Random) -> str | None:
    return match.group(1) + (match.group(2) or "") if "_" in match.group(1) or "." in match.group(1) else None


def _bold(match: re.Match[str], rng: Random) -> str:
    return f"**{match.group(0)}**"


def _requoted(match: re.Match[str], rng: Random) -> str:
    inner = match.group(0)[1:-1]
    return pick((f"“{inner}”", f"'{inner}'", f"«{inner}»", f'"{inner}"'), rng)


def _linked(match: re.Match[str], rng: Random) -> str:
    return pick((f"<{match.group(0)}>", f"[{match.group(0)}]({match.group(0)})"), rng)


def _in_ticks(match: re.Match[str], rng: Random) -> str | None:
    start, end = match.span()
    ticked = (start and match.string[start - 1] in "`'\"") or match.string[end : end + 1] in ("`", "'", '"')
    return None if ticked else f"`{match.group(0)}`"


def _unless_fenced(edit: Edit) -> Edit:
    def guarded(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        return None if has_fence(row.answer) else edit(row, material, rng)

    return guarded


def _reordered(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    if not is_prose(row.answer) or len(parts) < 2:
        return None
    return row.question, " ".join([*parts[1:], parts[0]])


def _rewrapped(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer) or len(row.answer) < 90:
        return None
    cut = row.answer.find(" ", len(row.answer) // 2)
    return None if cut < 0 else (row.question, row.answer[:cut] + "\n" + row.answer[cut + 1 :])


def _more_of_the_chunk(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    texts = [material.chunks[key].text for key in row.chunk_ids if key in material.chunks]
    found = [
        each.strip(" \"'")
        for text in texts
        for block in re.split(r"\n\s*\n", text)
        if not re.search(r"^\s*(?:[-*#|>`+]|\d+\.|def |class |@|:)", block, re.MULTILINE)
        for each in sentences(" ".join(block.split()))
        if 20 < len(each) < 160 and each[0].isupper() and each.endswith(".") and each not in row.answer
    ]
    return (row.question, add_sentence(row.answer, pick(found, rng), rng)) if found else None


CONTROLS = control(
    "ungrounded",
    {
        "thousands separator": _rewrite(NUMBER, _thousands, masked),
        "number in words": _rewrite(NUMBER, _spelled, masked),
        "number in figures": _rewrite(
            re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b"), _figure, masked
        ),
        "trailing zero": _rewrite(_MEASURE, _trailing_zero, masked),
        "backticks off": _unless_fenced(_rewrite(IDENTIFIER, _bare)),
        "bold": _unless_fenced(_rewrite(IDENTIFIER, _bold)),
        "flag in backticks": _unless_fenced(_rewrite(FLAG, _in_ticks)),
        "other quotes": _unless_fenced(_rewrite(QUOTATION, _requoted)),
        "linked address": _unless_fenced(_rewrite(URL, _linked)),
        "path in backticks": _unless_fenced(_rewrite(PATH, _in_ticks)),
        "sentences reordered": _reordered,
        "line broken elsewhere": _rewrapped,
        "sentence of the chunk added": _more_of_the_chunk,
    },
)
RECIPES = FAULTS + CONTROLS
