"""Words that turn a statement round: opposites by list and by prefix, over crude stems.

Knows single words of English and of interfaces. It must not know sentences.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

OPPOSITE_LIST = """
    enable/disable before/after minimum/maximum min/max minimal/maximal add/remove add/delete client/server start/stop
    start/end open/close read/write reader/writer input/output encode/decode encoder/decoder encrypt/decrypt
    compress/decompress first/last left/right upper/lower uppercase/lowercase top/bottom increase/decrease
    increment/decrement ascending/descending ascend/descend allow/deny allow/forbid allow/prevent permit/forbid
    allow/block allow/prohibit allowed/forbidden permitted/prohibited include/exclude import/export upload/download
    install/uninstall lock/unlock acquire/release push/pop append/prepend insert/delete create/delete create/destroy
    get/set load/dump load/save load/unload attach/detach bind/unbind connect/disconnect mount/unmount
    register/unregister show/hide true/false yes/no on/off up/down in/out more/less more/fewer most/least most/fewest
    greater/less greater/smaller larger/smaller bigger/smaller longer/shorter long/short higher/lower high/low
    faster/slower fast/slow above/below over/under always/never always/sometimes all/none all/some any/no with/without
    valid/invalid success/failure succeed/fail pass/fail public/private local/remote local/global
    synchronous/asynchronous sync/async blocking/nonblocking mutable/immutable signed/unsigned little/big
    parent/child source/target source/destination sender/receiver send/receive request/response forward/backward
    forwards/backwards next/previous old/new older/newer oldest/newest begin/end required/optional mandatory/optional
    positive/negative inclusive/exclusive strong/weak strict/lenient shallow/deep static/dynamic internal/external
    horizontal/vertical row/column rows/columns key/value even/odd earlier/later early/late earliest/latest
    present/absent empty/full accept/reject grow/shrink expand/collapse merge/split online/offline primary/secondary
    must/may must/optional explicit/implicit eager/lazy eagerly/lazily prefix/suffix leading/trailing head/tail
    numerator/denominator absolute/relative temporary/permanent stable/unstable safe/unsafe both/neither either/neither
    keep/discard keep/drop preserve/discard fixed/variable inside/outside inner/outer within/outside since/until
    serial/parallel plural/singular stdin/stdout stdout/stderr text/binary visible/hidden simple/complex same/different
    equal/different subscribe/unsubscribe publish/unpublish pause/resume raise/suppress raise/ignore follow/precede
    succeed/precede plus/minus multiply/divide addition/subtraction horizontally/vertically
"""
NEGATING = ("un", "non", "dis", "in", "im", "ir", "de")
_ENDINGS = re.compile(r"(?:ies|ing|ed|es|s|ly|e)$")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return ``word`` without its usual endings: "enables", "enabling" and "enabled" are one. Short words stay."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            # "stopped", "running": the doubled letter goes as well.
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            return word.removesuffix("e")
    if word.endswith("es") and word[-3] in "sxz":
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def _table() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in OPPOSITE_LIST.split():
        left, right = (stem(word) for word in pair.split("/"))
        if left != right:
            found.setdefault(left, set()).add(right)
            found.setdefault(right, set()).add(left)
    return {word: frozenset(others) for word, others in found.items()}


def _classes() -> dict[str, str]:
    """Map every listed stem to the first, by the alphabet, of all that opposites lead to from it."""
    found: dict[str, str] = {}
    for word in sorted(OPPOSITES):
        waiting = [word] if word not in found else []
        while waiting:
            one = waiting.pop()
            found[one] = word
            waiting += [other for other in OPPOSITES[one] if other not in found]
    return found


OPPOSITES = _table()
# Where it does not matter on which side of an opposition a word stands, its class stands for it.
CLASS_OF = _classes()


def opposed(left: Collection[str], right: Collection[str]) -> tuple[str, str] | None:
    """Return the first stem of ``left``, by the alphabet, and one of ``right`` that are opposites, or None."""
    others = frozenset(right)
    for word in sorted(left):
        if found := OPPOSITES.get(word, frozenset()) & others:
            return word, min(found)
    for word in sorted(left):
        for other in sorted(others):
            if _prefixed(word, other) or _prefixed(other, word):
                return word, other
    return None


def _prefixed(word: str, other: str) -> bool:
    """Return whether ``other`` is ``word`` with a negating prefix; the short ones need a long word."""
    if len(other) <= len(word) or not other.endswith(word):
        return False
    prefix = other[: -len(word)].rstrip("-")
    return prefix in NEGATING and len(word) >= (3 if prefix in ("un", "non") else 5)
