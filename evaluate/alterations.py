"""A fact of an answer changed by rule, in the answer and in its passage: what a second version of the page would say.

Knows values and names. It must not know any model. Only a value that stands word for word in the passage and that the
question does not bring up is changed, so that one answer is right by the first passage and the other by the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.datasets.workspace.records import Item

_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])(?!\.\d)")
_NAME = re.compile(r"[A-Za-z_]\w{2,}$")
_SWAPPED = {"True": "False", "False": "True", "None": "True", "true": "false", "false": "true", "null": "true"}


@dataclass(frozen=True, slots=True)
class Altered:
    """An item with its passage, and both as a second version has them: ``value`` became ``other``."""

    item: Item
    passage: str
    reference: str
    new_passage: str
    value: str
    other: str


def alter(items: Sequence[Item], passages: Sequence[str]) -> list[Altered]:
    """Return each item that has a fact to change, with the change; ``passages`` are of the items, in order.

    True and False change places, numbers grow by half and one, and names are replaced by one of another item's.
    """
    names = sorted({span for item in items for span in _SPAN.findall(item.reference) if _NAME.fullmatch(span)})
    found = []
    for item, passage in zip(items, passages, strict=True):
        for value in _values(item):
            other = _other(value, item, passage, names)
            if other is None or not _stands(value, passage):
                continue
            reference = _replaced(item.reference, value, other)
            found.append(Altered(item, passage, reference, _replaced(passage, value, other), value, other))
            break
    return found


def _values(item: Item) -> list[str]:
    """Return the values of the answer that the question does not have: those in backticks, then numbers."""
    spans = [span for span in _SPAN.findall(item.reference) if _NAME.fullmatch(span) or _NUMBER.fullmatch(span)]
    found = dict.fromkeys([*spans, *_NUMBER.findall(item.reference)])
    return [value for value in found if not _stands(value, item.prompt)]


def _other(value: str, item: Item, passage: str, names: Sequence[str]) -> str | None:
    if value in _SWAPPED:
        return _SWAPPED[value]
    if _NUMBER.fullmatch(value):
        return f"{float(value) * 1.5 + 1:g}" if "." in value else str(int(value) + int(value) // 2 + 1)
    known = f"{item.prompt}\n{item.reference}\n{passage}"
    fitting = [name for name in names if name not in _SWAPPED and not _stands(name, known)]
    # The one of like length that comes next: longer names would be less likely for their length alone.
    return min(fitting, key=lambda name: (abs(len(name) - len(value)), name < value, name), default=None)


def _stands(value: str, text: str) -> bool:
    return _pattern(value).search(text) is not None


def _replaced(text: str, value: str, other: str) -> str:
    return _pattern(value).sub(lambda _: other, text)


def _pattern(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(value)}(?!\w)(?!\.\d)")
