"""Where a tuned model is wrong: its stored answers grouped by kind of fault, case type, topic, document and role.

Knows answers and how they are grouped. It loads no model and changes no verdict: what it finds is shown, not gated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tuneproof.datasets.verdict.intervals import cluster_mean, wilson
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.evaluate.examined import Examined
from tuneproof.evaluate.faults import FAULTS, Fault, faults_of

By = Literal["fault", "case_type", "topic", "document", "role"]
#: Answers, and scored items, under which a slice is too small to be ranked or shown alone.
LEAST = 5
EXAMPLES = 5
OTHERS = "all others"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with both answers and what is wrong with each; None: nothing."""

    item: Examined
    base: Fault | None
    tuned: Fault | None


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """One slice of the answers: how many are wrong before and after tuning, and in which way.

    ``by`` says what the slice is cut by and ``name`` is the slice; for ``fault`` it is a kind of ``FAULTS``, and then
    ``wrong`` counts the answers of that kind among all ``answered`` held-out ones. Intervals are Wilson's at 95%, over
    answers taken as independent. ``fixed`` turned from wrong to right, ``broken`` from right to wrong (for a fault:
    lost or got it). ``faults`` counts kinds among the tuned model's answers. ``gain`` in nats a token is over all
    ``scored`` items of the slice, answered or not, its interval by groups of the split; by items where they are all of
    one group, and then about that group alone.

    ``small`` slices (under five answers) are no ground for a conclusion; those with under five scored items are put
    together in one that is named "all others", and ``pooled`` lists them.
    """

    by: By
    name: str
    answered: int
    wrong: int
    interval: Interval | None
    base_wrong: int
    base_interval: Interval | None
    fixed: int
    broken: int
    faults: Mapping[Fault, int] = field(default_factory=dict)
    scored: int = 0
    gain: float | None = None
    gain_interval: Interval | None = None
    small: bool = False
    pooled: tuple[str, ...] = ()
    examples: tuple[Judged, ...] = ()

    @property
    def share(self) -> float | None:
        """Share of the tuned model's answers that are wrong, None where none was written."""
        return self.wrong / self.answered if self.answered else None

    @property
    def base_share(self) -> float | None:
        """Share of the base's answers that are wrong."""
        return self.base_wrong / self.answered if self.answered else None

    @property
    def title(self) -> str:
        """The slice as a reader is told it."""
        if self.by == "fault":
            return FAULTS[self.name]  # type: ignore[index]
        return self.name.replace("_", " ") if self.by == "case_type" else self.name


def judge_answers(examined: Sequence[Examined]) -> list[Judged]:
    """Return the items that both models answered, each with what is wrong with either answer."""
    both = [one for one in examined if one.base is not None and one.tuned is not None]
    asked = [one.asked for one in both]
    base = faults_of(asked, [one.base or "" for one in both])
    tuned = faults_of(asked, [one.tuned or "" for one in both])
    return [Judged(*row) for row in zip(both, base, tuned, strict=True)]


def find_errors(examined: Sequence[Examined]) -> tuple[ErrorGroup, ...]:
    """Group the answers of a finished evaluation, the worst slice first; no model is loaded.

    ``examined`` is what ``read_examined(con, run_id)`` gives::

        groups = find_errors(read_examined(con, run_id))
        worst = [group for group in groups if group.by == "case_type"][0]

    Groups come by ``fault``, ``case_type``, ``topic``, ``document`` and ``role``, in this order. Only held-out
    questions count, but for ``role``. Within one cut the slices with enough answers come first, by the lower bound of
    their share of wrong ones, then the small ones by gain, the smallest first, and "all others" last. Without any
    answer the slices still tell gains; without any question there is no group.
    """
    judged = judge_answers(examined)
    held = [one for one in examined if one.role == "heldout"]
    of_held = [one for one in judged if one.item.role == "heldout"]
    cuts: tuple[tuple[By, Callable[[Examined], str]], ...] = (
        ("case_type", lambda one: one.case_type),
        ("topic", lambda one: one.topic),
        ("document", lambda one: one.document),
    )
    groups = [*_by_fault(of_held)]
    for by, key in cuts:
        groups += _slices(by, held, of_held, key)
    return (*groups, *_slices("role", examined, judged, lambda one: one.role))


def _by_fault(judged: Sequence[Judged]) -> list[ErrorGroup]:
    """Return one group a kind of fault that either model has, the tuned model's commonest first."""
    before, after = (Counter(fault for fault in kinds if fault) for kinds in
                     ([one.base for one in judged], [one.tuned for one in judged]))  # fmt: skip
    names = sorted(before.keys() | after.keys(), key=lambda kind: (-after[kind], -before[kind], kind))
    n = len(judged)
    return [
        ErrorGroup(
            by="fault",
            name=kind,
            answered=n,
            wrong=after[kind],
            interval=wilson(after[kind], n),
            base_wrong=before[kind],
            base_interval=wilson(before[kind], n),
            fixed=sum(one.base == kind != one.tuned for one in judged),
            broken=sum(one.tuned == kind != one.base for one in judged),
            faults={kind: after[kind]} if after[kind] else {},
            small=n < LEAST,
            examples=_examples([one for one in judged if one.tuned == kind]),
        )
        for kind in names
    ]


def _slices(
    by: By, examined: Sequence[Examined], judged: Sequence[Judged], key: Callable[[Examined], str]
) -> list[ErrorGroup]:
    items: dict[str, list[Examined]] = defaultdict(list)
    for one in examined:
        items[key(one)].append(one)
    answers: dict[str, list[Judged]] = defaultdict(list)
    for answer in judged:
        answers[key(answer.item)].append(answer)
    tiny = sorted(name for name, found in items.items() if len(found) < LEAST)
    alone = [name for name in items if name not in tiny]
    groups = [_group(by, name, items[name], answers[name]) for name in alone]
    groups.sort(key=_badness)
    if tiny:
        found = [one for name in tiny for one in items[name]]
        said = [one for name in tiny for one in answers[name]]
        groups.append(_group(by, OTHERS, found, said, tuple(tiny)))
    return groups


def _badness(group: ErrorGroup) -> tuple[bool, float, float, str]:
    low = group.interval.low if group.interval is not None and not group.small else None
    gain = group.gain if group.gain is not None else 0.0
    return group.small, -(low or 0.0), gain, group.name


def _group(
    by: By, name: str, items: Sequence[Examined], answers: Sequence[Judged], pooled: tuple[str, ...] = ()
) -> ErrorGroup:
    n = len(answers)
    wrong, before = sum(one.tuned is not None for one in answers), sum(one.base is not None for one in answers)
    gain, around = _gain(items)
    return ErrorGroup(
        by=by,
        name=name,
        answered=n,
        wrong=wrong,
        interval=wilson(wrong, n) if n else None,
        base_wrong=before,
        base_interval=wilson(before, n) if n else None,
        fixed=sum(one.base is not None and one.tuned is None for one in answers),
        broken=sum(one.base is None and one.tuned is not None for one in answers),
        faults=dict(Counter(_found(answers)).most_common()),
        scored=len(items),
        gain=gain,
        gain_interval=around,
        small=n < LEAST,
        pooled=pooled,
        examples=_examples([one for one in answers if one.tuned is not None]),
    )


def _found(answers: Sequence[Judged]) -> Iterator[Fault]:
    return (one.tuned for one in answers if one.tuned is not None)


def _gain(items: Sequence[Examined]) -> tuple[float | None, Interval | None]:
    if not items:
        return None, None
    gains = [one.gain for one in items]
    groups = [one.group for one in items]
    # Within one group there is no telling how groups differ: the interval is then about that group alone.
    units = groups if len(set(groups)) > 1 else [one.item_id for one in items]
    if len(items) < 2:
        return gains[0], None
    found = cluster_mean(gains, units)
    return found.mean, found.interval()


def _examples(wrong: Sequence[Judged]) -> tuple[Judged, ...]:
    """Take what tuning broke first, then what gained least."""
    ranked = sorted(wrong, key=lambda one: (one.base is not None, one.item.gain, one.item.item_id))
    return tuple(ranked[:EXAMPLES])
