"""A set's own style: what is usual in its answers, how far one answer stands from it, and how that is kept as JSON.

Knows centres, spreads and what a workspace declares. It must not know pairs, findings, nor what a person should do.
Centre and spread are a median and robust spreads, so that a minority of up to a fifth can't move what is usual.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tuneproof.curate.checking.style_features import WORD, Features, prose_of, read_features, verbatim
from tuneproof.datasets.workspace.config import Style
from tuneproof.datasets.workspace.errors import DataError

MIN_GROUP = 30  # answers from which on a kind of case has a profile of its own
OUTLIER = 3.5  # robust z of Iglewicz and Hoaglin (1993)
CLIP = 6.0
# The least spread of each feature, as one standard deviation: what a reader would hardly notice.
VOICE: Mapping[str, float] = {
    "second_person": 4.0, "first_person": 1.3, "contractions": 0.55, "opinions": 0.5, "hedges": 1.45,
    "intensifiers": 1.6, "informal": 1.45, "formal": 1.5, "politeness": 1.5, "exclamations": 0.25, "emoji": 0.25,
    "filler_opener": 0.25, "filler_closer": 0.25, "ai_self": 0.25, "shouting": 0.12, "small_start": 0.4,
    "no_stop": 0.25, "questions": 0.6, "headings": 0.28, "bold": 0.6, "emphasis": 0.15, "listed": 0.2,
}  # fmt: skip
SHAPE: Mapping[str, float] = {
    "words": 0.70, "sentence_words": 8.0, "sentence_p90": 10.0, "passive": 0.4, "lists": 4.0, "fences": 1.5,
    "dashes": 1.0,
}  # fmt: skip
# Without a source nobody can say whether a list is the writer's own or the matter's.
_PLAIN: Mapping[str, float] = {**VOICE, **SHAPE, "listed": 1.0}
_OF_THE_WHOLE = frozenset((*SHAPE, "shouting"))
USUAL = 0.7  # share of fences with a language from which on one without stands out
# Words of one kind count once when weak signs are added up.
FAMILIES: Mapping[str, str] = {
    "hedges": "hedging", "opinions": "hedging", "first_person": "person", "second_person": "person",
    "contractions": "contraction", "intensifiers": "emphasis", "informal": "register", "formal": "register",
    "politeness": "politeness", "sentence_words": "length", "sentence_p90": "length", "words": "length",
    "passive": "voice", "questions": "emphasis", "exclamations": "emphasis", "no_stop": "punctuation",
    "small_start": "punctuation", "dashes": "punctuation", "lists": "layout", "headings": "layout", "bold": "layout",
    "emphasis": "layout", "listed": "layout",
    "fences": "layout",
}  # fmt: skip
TOGETHER = 4.0  # root of the sum of squares of at least two families that stand out together


@dataclass(frozen=True, slots=True)
class Spread:
    """The centre of a feature and one robust standard deviation of it."""

    centre: float
    scale: float

    @property
    def range(self) -> tuple[float, float]:
        """What is usual: the centre and 3.5 standard deviations on either side, never below zero."""
        reach = OUTLIER * self.scale
        return max(self.centre - reach, 0.0), self.centre + reach


@dataclass(frozen=True, slots=True)
class Deviation:
    """One feature of one answer that is not as usual: its value, the usual range, and how far off (signed)."""

    feature: str
    value: float
    low: float
    high: float
    z: float


@dataclass(frozen=True, slots=True)
class StyleProfile:
    """What is usual in a set.

    ``overall`` is learnt from answers as they stand, ``own`` from what they do not share with the text they rest on;
    ``groups`` maps a kind of case to its own spreads of length and layout; ``terms`` maps a casefolded word to the
    spelling of at least four in five; ``tagged`` is the share of fences that name their language; ``declared`` is what
    the configuration asks for and overrules what was learnt.
    """

    n: int
    basis: str
    overall: Mapping[str, Spread]
    own: Mapping[str, Spread] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Spread]] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    tagged: float = 0.0
    declared: Mapping[str, Any] = field(default_factory=dict)

    def deviations(self, answer: str, group: str = "", source: str = "") -> list[Deviation]:
        """Return what is not usual in ``answer``, furthest off first, by at least one standard deviation.

        With ``source``, the text that it rests on, words count only where that does not use them too, and length and
        layout only where the answer is not that text itself. What is declared holds for every word.
        """
        features = read_features(answer, source)
        learnt = list(self._learnt(features, group, self.own if source else self.overall))
        if source and any(one.feature in _OF_THE_WHOLE for one in learnt) and verbatim(answer, source):
            learnt = [one for one in learnt if one.feature not in _OF_THE_WHOLE]
        if self.tagged >= USUAL and self.declared.get("fence_language") is None:
            learnt.extend(_at_most("bare_fences", features.values, 0.0))
        found = [*self._declared(read_features(answer)), *learnt, *self._spelling(answer)]
        best: dict[str, Deviation] = {}
        for one in found:
            if one.feature not in best or abs(one.z) > abs(best[one.feature].z):
                best[one.feature] = one
        return sorted(best.values(), key=lambda one: (-abs(one.z), one.feature))

    def distance(self, text: str, group: str = "", source: str = "") -> float:
        """Return how far ``text`` stands from the set's style: 0 as usual, from 3.5 an outlier.

        The larger of the largest robust z and the root of the sum of squares over families of features of which at
        least two stand out by 1.5 or more.
        """
        return score_of(self.deviations(text, group, source))

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StyleProfile:
        """Return the profile that ``to_json`` wrote.

        Raises:
            DataError: it was learnt from other features than are read now.
            KeyError: a field is missing.
            TypeError: a spread is not one.
        """
        if values["overall"] and values["overall"].keys() != {*VOICE, *SHAPE}:
            raise DataError(
                "The stored style profile was learnt by another version of tuneproof, from other features.",
                "Run: tuneproof build && tuneproof gate",
            )
        return cls(
            n=values["n"],
            basis=values["basis"],
            overall={name: Spread(**spread) for name, spread in values["overall"].items()},
            own={name: Spread(**spread) for name, spread in values["own"].items()},
            groups={
                group: {name: Spread(**spread) for name, spread in spreads.items()}
                for group, spreads in values["groups"].items()
            },
            terms=values["terms"],
            tagged=values["tagged"],
            declared=values["declared"],
        )

    def _learnt(self, features: Features, group: str, voices: Mapping[str, Spread]) -> Iterable[Deviation]:
        shapes = self.groups.get(group, self.overall)
        settled = _SETTLED_BY_DECLARATION
        skipped = {name for key, names in settled.items() if self.declared.get(key) is not None for name in names}
        for name in (*VOICE, *SHAPE):
            if name in skipped or not self.overall:
                continue
            spread = shapes[name] if name in SHAPE else voices[name]
            value = features.values[name]
            z = (value - spread.centre) / spread.scale
            # Too little of a thing is no fault of style; only sentences may be too short and answers too brief.
            if z >= 1 or (z <= -1 and name in ("sentence_words", "words")):
                yield Deviation(name, value, *spread.range, z)

    def _declared(self, features: Features) -> Iterable[Deviation]:
        values, asked = features.values, self.declared
        if asked.get("person") == "second":
            yield from _at_most("first_person", values, 0.0)
        if asked.get("person") == "first":
            yield from _at_most("second_person", values, 0.0)
        if asked.get("person") == "impersonal":
            yield from _at_most("first_person", values, 0.0)
            yield from _at_most("second_person", values, 0.0)
        if asked.get("voice") == "active":
            yield from _at_most("passive", values, 0.0)
        if asked.get("contractions") is False:
            yield from _at_most("contractions", values, 0.0)
        if asked.get("contractions") is True:
            yield from _at_most("expansions", values, 0.0)
        if asked.get("terminal_punctuation") is True:
            yield from _at_most("no_stop", values, 0.0)
        if asked.get("fence_language") is True:
            yield from _at_most("bare_fences", values, 0.0)
        if (longest := asked.get("max_sentence_words")) is not None:
            yield from _at_most("sentence_p90", values, float(longest))

    def _spelling(self, answer: str) -> Iterable[Deviation]:
        wrong = wrong_terms(answer, self)
        if wrong:
            yield Deviation("terms", float(len(wrong)), 0.0, 0.0, OUTLIER + len(wrong))


_SETTLED_BY_DECLARATION: Mapping[str, tuple[str, ...]] = {
    "person": ("first_person", "second_person"), "voice": ("passive",), "contractions": ("contractions",),
    "max_sentence_words": ("sentence_p90",), "terminal_punctuation": ("no_stop",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer to learn from, its kind of case, and the text that it rests on ("" for an import)."""

    answer: str
    group: str = ""
    source: str = ""


def learn(samples: Sequence[Sample], basis: str, declared: Style) -> StyleProfile:
    """Return the profile of ``samples``; a group of under thirty has none of its own."""
    plain = [read_features(one.answer) for one in samples]
    own = [read_features(one.answer, one.source) for one in samples]
    by_group: dict[str, list[Features]] = defaultdict(list)
    for one, features in zip(samples, plain, strict=True):
        by_group[one.group].append(features)
    groups = {
        group: {name: _spread(found, name, floor) for name, floor in SHAPE.items()}
        for group, found in sorted(by_group.items())
        if len(found) >= MIN_GROUP
    }
    asked = declared.model_dump(exclude_none=True, mode="json")
    return StyleProfile(
        n=len(samples),
        basis=basis,
        overall={name: _spread(plain, name, floor) for name, floor in _PLAIN.items()} if samples else {},
        own={name: _spread(own, name, floor) for name, floor in VOICE.items()} if samples else {},
        groups=groups,
        terms=_usual_spellings(one.answer for one in samples),
        tagged=_tagged(plain),
        declared=asked,
    )


def score_of(deviations: Sequence[Deviation]) -> float:
    """Return how far an answer stands out, by its worst feature or by several families together."""
    if not deviations:
        return 0.0
    families: dict[str, float] = {}
    for one in deviations:
        family = FAMILIES.get(one.feature, one.feature)
        families[family] = max(families.get(family, 0.0), min(abs(one.z), CLIP))
    strong = [z for z in families.values() if z >= 1.5]
    joint = math.hypot(*strong) * OUTLIER / TOGETHER if len(strong) >= 2 else 0.0
    return max(*(abs(one.z) for one in deviations), joint)


def wrong_terms(answer: str, profile: StyleProfile) -> dict[str, str]:
    """Return the words of the prose that are spelt otherwise than usual or declared, with the right spelling."""
    declared = profile.declared.get("terms", {})
    wanted = {wrong: right for right, wrongs in declared.items() for wrong in wrongs}
    found: dict[str, str] = {}
    if not wanted and not profile.terms:
        return found
    prose = prose_of(answer)
    for wrong, right in wanted.items():
        if re.search(rf"(?<![\w./-]){re.escape(wrong)}(?![\w/-])", prose):
            found[wrong] = right
    for word in _mixed_case(prose):
        right = profile.terms.get(word.casefold())
        if right is not None and word != right and not word.isupper() and right not in declared:
            found[word] = right
    return found


def _at_most(name: str, values: Mapping[str, float], limit: float) -> Iterable[Deviation]:
    if values[name] > limit:
        yield Deviation(name, values[name], 0.0, limit, OUTLIER + min(values[name] - limit, 10.0))


def _spread(found: Sequence[Features], name: str, floor: float) -> Spread:
    """Return median and robust standard deviation.

    The spread is the larger of 1.4826 MAD and (70% quantile - median) / 0.524, both one standard deviation of a normal:
    the second sees a habit of three answers in ten, which a MAD of mostly zeros does not. Neither moves for a fifth.
    """
    import numpy as np

    values = np.sort(np.fromiter((features.values[name] for features in found), dtype=np.float64, count=len(found)))
    centre = float(values[len(values) // 2])
    off = np.sort(np.abs(values - centre))
    habit = (float(values[int(0.7 * (len(values) - 1))]) - centre) / 0.524
    return Spread(centre, max(1.4826 * float(off[len(off) // 2]), habit, floor))


def _tagged(found: Sequence[Features]) -> float:
    fences = sum(features.values["fences"] for features in found)
    return 1 - sum(features.values["bare_fences"] for features in found) / fences if fences else 0.0


def _mixed_case(prose: str) -> list[str]:
    """Return the words that have a capital letter: only those can be a misspelt name."""
    return [word for word in WORD.findall(prose) if not word.islower() and len(word) > 2 and word[-1] not in "'’"]


def _usual_spellings(texts: Iterable[str]) -> dict[str, str]:
    """Return how names with inner capitals are spelt where four in five of at least five texts agree."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for word in set(WORD.findall(prose_of(text))):
            spelt[word.casefold()][word] += 1
    usual = {}
    for key, forms in spelt.items():
        best, count = min(forms.items(), key=lambda form: (-form[1], form[0]))
        inner = any(letter.isupper() for letter in best[1:]) and len(best) > 2
        if inner and sum(forms.values()) >= 5 and count >= 0.8 * sum(forms.values()):
            usual[key] = best
    return usual
