"""Which held-out pairs are answered, word for word, by a pair in train.

Knows likeness of wording and overlap of word runs. It must not know how the split was made nor what is done about a
leak: the split takes such pairs out, the gate proves that none is left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuneproof.curate.likeness.guards import difference
from tuneproof.curate.likeness.links import similar_wording
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import ngrams, normal_form, words

NEAR = 0.85  # the true Jaccard that question and answer must both reach


@dataclass(frozen=True, slots=True)
class Leak:
    """Held-out pair ``pair_id`` is known from train pair ``train_id``; ``score`` is how much of it, 0..1."""

    pair_id: str
    train_id: str
    score: float
    reason: str


def repeated_pairs(train: Sequence[PairRow], heldout: Sequence[PairRow]) -> dict[str, Leak]:
    """Return, by pair id, each held-out pair whose question and answer both stand nearly so in train.

    Two that a number, a name, a negation or an opposite tells apart do not repeat each other.
    """
    known: dict[tuple[str, str], PairRow] = {}
    for pair in sorted(train, key=lambda one: one.pair_id):
        known.setdefault(_form(pair), pair)
    asked: dict[tuple[str, str], list[PairRow]] = defaultdict(list)
    for pair in heldout:
        asked[_form(pair)].append(pair)
    source = {
        form: Leak("", known[form].pair_id, 1.0, "question and answer stand in train")
        for form in asked
        if form in known
    }
    heads = {group[0].pair_id: form for form, group in asked.items() if form not in known}
    seen = {pair.pair_id: pair for pair in known.values()}
    for alike in similar_wording([*seen.values(), *(asked[form][0] for form in heads.values())], NEAR):
        if (alike.left in seen) == (alike.right in seen):
            continue
        left, right = (alike.left, alike.right) if alike.left in seen else (alike.right, alike.left)
        pair = asked[heads[right]][0]
        if difference(seen[left].question, pair.question) or difference(seen[left].answer, pair.answer):
            continue
        reason = f"question and answer stand in train, {alike.wording or 0.0:.0%} alike in wording"
        leak = Leak("", left, alike.wording or 0.0, reason)
        best = source.setdefault(heads[right], leak)
        if (-leak.score, left) < (-best.score, best.train_id):
            source[heads[right]] = leak
    return {pair.pair_id: replace(leak, pair_id=pair.pair_id) for form, leak in source.items() for pair in asked[form]}


def _form(pair: PairRow) -> tuple[str, str]:
    return normal_form(pair.question), normal_form(pair.answer)


def known_answers(train: Sequence[PairRow], heldout: Sequence[PairRow], ngram: int, limit: float) -> dict[str, Leak]:
    """Return, by pair id, each held-out pair of whose answer's ``ngram``-word runs at least ``limit`` stand in train.

    Shorter answers hold no such run and never match: two answers "None" are no leak.
    """
    owner: dict[tuple[str, ...], str] = {}
    for pair in sorted(train, key=lambda one: one.pair_id):
        for gram in ngrams(words(pair.answer), ngram):
            owner.setdefault(gram, pair.pair_id)
    leaks = {}
    for pair in heldout:
        grams = set(ngrams(words(pair.answer), ngram))
        known = Counter(owner[gram] for gram in grams if gram in owner)
        share = known.total() / len(grams) if grams else 0.0
        if known and share >= limit:
            train_id = min(known, key=lambda one: (-known[one], one))
            reason = f"{share:.0%} of the answer's runs of {ngram} words stand in train"
            leaks[pair.pair_id] = Leak(pair.pair_id, train_id, share, reason)
    return leaks
