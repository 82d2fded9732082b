"""Likeness is measured truly, in arrays and by trees; thresholds move without computing; people have the last word."""

from __future__ import annotations

import random
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuneproof.curate.likeness import neighbours
from tuneproof.curate.likeness.duplicates import Repeats, find_duplicates, repeats, said_again, star
from tuneproof.curate.likeness.guards import difference, hard_difference
from tuneproof.curate.likeness.minhash import candidates, signatures
from tuneproof.curate.likeness.neighbours import close_pairs
from tuneproof.curate.likeness.opposites import opposed, stem
from tuneproof.curate.likeness.preview import preview, remember
from tuneproof.curate.likeness.quantities import quantities
from tuneproof.curate.likeness.shingles import gram_hashes, long_sets, short_sets
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import jaccard, long_shingles, short_shingles
from tuneproof.datasets.workspace.config import Duplicates
from tuneproof.datasets.workspace.records import Duplicate


def row(pair_id: str, question: str, answer: str, **changes: object) -> PairRow:
    made = PairRow(pair_id, question, answer, "what_is", "import", "import")
    return replace(made, **changes)  # type: ignore[arg-type]


def unit(*angles: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return unit vectors in the plane, one an angle in degrees."""
    turned = np.radians(np.array(angles))
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


TEXTS = st.text(st.sampled_from("ab c\n.,`_é5-"), max_size=60)


@settings(max_examples=80, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_hashed_shingles_overlap_exactly_as_the_spelt_ones(texts: list[str]) -> None:
    for hashed, spelt in ((list(short_sets(texts)), short_shingles), (list(long_sets(texts)), long_shingles)):
        for left, one in zip(texts, hashed, strict=True):
            assert len(one) == len(spelt(left))
            for right, other in zip(texts, hashed, strict=True):
                true = jaccard(spelt(left), spelt(right))
                assert len(one & other) / len(one | other) == pytest.approx(true)


def test_signatures_agree_as_often_as_sets_overlap() -> None:
    chance = random.Random(0)
    words = [f"word{at}" for at in range(400)]
    texts = []
    for _ in range(40):
        said = chance.sample(words, 40)
        texts += [" ".join(said), " ".join([*said[:-3], *chance.sample(words, 3)])]
    hashes, starts = gram_hashes(texts)
    signed = signatures(hashes, starts)
    errors = []
    for at in range(0, 80, 2):
        ends = [*starts.tolist(), len(hashes)]
        one, other = (set(hashes[ends[side] : ends[side + 1]].tolist()) for side in (at, at + 1))
        errors.append(float((signed[at] == signed[at + 1]).mean()) - len(one & other) / len(one | other))
    assert abs(float(np.mean(errors))) < 0.02
    assert max(abs(one) for one in errors) < 0.15
    left, right = candidates(signed, 0.6)
    assert {(at, at + 1) for at in range(0, 80, 2)} <= set(zip(left.tolist(), right.tolist(), strict=True))


def test_a_bucket_of_thousands_makes_no_millions_of_candidates() -> None:
    signed = np.ones((3000, 126), dtype=np.uint32)
    left, _ = candidates(signed, 0.5)
    assert 0 < len(left) <= 3000 * 24


def test_trees_find_what_comparing_all_with_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(0)
    alone = chance.standard_normal((700, 64))
    near = alone[:500] + 0.25 * chance.standard_normal((500, 64))
    vectors = np.concatenate([alone, near]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    left, right, scores = close_pairs(vectors, 0.9)
    true = set(zip(left.tolist(), right.tolist(), strict=True))
    brute = np.argwhere(np.triu(vectors @ vectors.T, 1) >= 0.9)
    assert true == {(int(a), int(b)) for a, b in brute}
    assert np.allclose(scores, (vectors[left] * vectors[right]).sum(axis=1), atol=1e-5)
    monkeypatch.setattr(neighbours, "EXACT", 100)
    monkeypatch.setattr(neighbours, "LEAF", 128)
    left, right, _ = close_pairs(vectors, 0.9)
    found = set(zip(left.tolist(), right.tolist(), strict=True))
    assert found <= true
    assert len(found) > 0.95 * len(true) > 300


def test_a_repeat_in_other_words_is_suggested_and_says_how_alike() -> None:
    rows = [
        row("a", "What does the pool do with a task that fails?", "It is logged and tried again by the next worker."),
        row("b", "When a task goes wrong, how is it handled?", "The pool logs it; another worker then retries it."),
    ]
    found = find_duplicates(rows, unit(0, 20))
    assert [(one.kind, one.state, one.score) for one in found] == [("semantic", "suggested", 0.9397)]
    assert "0.94 alike in meaning" in found[0].reason
    assert find_duplicates(rows, unit(0, 27)) == []


def test_a_repeat_of_every_fact_is_suggested_at_a_lower_cosine_unless_it_speaks_of_another_place() -> None:
    first = row("a", "What does `size` mean in `Summary`?", "Total size on disk in bytes. `size` is an integer.")
    again = row("b", "Which number does `Summary` give as `size`?", "How many bytes the file takes on disk.")
    (found,) = find_duplicates([first, again], unit(0, 34))
    assert (found.kind, found.state) == ("semantic", "suggested")
    other = replace(again, answer="How many pages the file takes on screen.")
    assert find_duplicates([first, other], unit(0, 34)) == []
    places = [
        replace(first, question="What is `size` in Files: Pull a Summary?", answer="The size of what to pull."),
        replace(again, question="What is `size` in Files: Show Details?", answer="The size of what to show."),
    ]
    assert find_duplicates(places, unit(0, 34)) == []


def test_another_frame_around_the_same_words_merges_when_the_meaning_is_as_close() -> None:
    answer = "It writes the buffer to the disk and returns nothing."
    rows = [row("a", "What does `flush` do?", answer), row("b", "Explain what `flush` does.", answer)]
    found = find_duplicates(rows, unit(0, 10))
    assert [(one.kind, one.state, one.pair_id, one.kept_id) for one in found] == [("semantic", "merged", "b", "a")]
    assert [one.state for one in find_duplicates(rows, unit(0, 22))] == ["suggested"]


VARIANTS = [
    ("How long does it wait, 5 seconds or more?", "How long does it wait, 50 seconds or more?"),
    ("Is 512 MB of memory enough?", "Is 512 GB of memory enough?"),
    ("What changed in version 3.10?", "What changed in version 3.1?"),
    ("What does `os.remove` do?", "What does `os.rename` do?"),
    ("What does the flag --force do?", "What does the flag --quiet do?"),
    ("Which calls block?", "Which calls do not block?"),
    ("How do I enable the cache?", "How do I disable the cache?"),
    ("How do I start the client?", "How do I start the server?"),
    ("What runs before the build?", "What runs after the build?"),
    ("What is the minimum size?", "What is the maximum size?"),
    ("How do I add a row?", "How do I remove a row?"),
    ("Is a tuple faster than a list?", "Is a list faster than a tuple?"),
    ("How is it installed on Windows?", "How is it installed on Linux?"),
    ("Is the call blocking?", "Is the call nonblocking?"),
]


@pytest.mark.parametrize(("left", "right"), VARIANTS)
def test_what_only_looks_alike_is_never_merged_nor_suggested(left: str, right: str) -> None:
    answer = "It is described in the handbook, on the page of the project's settings."
    for one, other in ((left, right), (right, left)):
        assert hard_difference(one, other) is not None
        found = find_duplicates([row("a", one, answer), row("b", other, answer)], unit(0, 1))
        assert [each.state for each in found] == ["variant"]
        found = find_duplicates(
            [row("a", "What is said of it?", one), row("b", "What is said of it?", other)], unit(0, 1)
        )
        assert {each.state for each in found} <= {"variant", "contradiction"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("What does `ipaddress.v4_int_to_packed` do?", "What does `ipaddress.v6_int_to_packed` do?"),
        ("What is `strict` in `mimetypes.guess_type`?", "What is `strict` in `mimetypes.MimeTypes.guess_type`?"),
    ],
)
def test_names_that_open_like_a_version_or_differ_in_capitals_are_two_names(left: str, right: str) -> None:
    for one, other in ((left, right), (right, left)):
        found = hard_difference(one, other, asked=True)
        assert found is not None
        assert found.cue == "names"


def test_what_is_asked_about_must_be_named_on_both_sides() -> None:
    left, right = "What does `Logger.log` take?", "What does `log` take?"
    assert hard_difference(left, right) is None
    assert hard_difference(left, right, asked=True) is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Wait for 1,000 ms", "Wait for one second"),
        ("Files of up to 5 MB", "Files of up to 5MB"),
        ("It is 50% of the total", "It is 50 percent of the total"),
        ("It retries five times", "It retries 5 times"),
        ("It lasts 5 minutes", "It lasts 300 s"),
        ("It can't be empty", "It cannot be empty"),
        ("Open the file", "Open a file"),
    ],
)
def test_another_spelling_of_the_same_is_no_difference(left: str, right: str) -> None:
    assert difference(left, right) is None


def test_versions_are_no_decimals_and_list_numbers_no_units() -> None:
    assert quantities("since 3.10, not 3.1") == ("3.10", "3.1")
    assert quantities("v1.2.3 at 10:30") == ("1.2.3", "10:30")
    assert quantities("5 in all, 3.0 of 1_000") == ("5", "3", "1000")


def test_stems_and_prefixes_find_opposites() -> None:
    assert stem("enabling") == stem("enabled") == stem("enables")
    assert opposed({stem("starting")}, {stem("stopped")}) is not None
    assert opposed({"signed"}, {"unsigned"}) is not None
    assert opposed({"put"}, {"input"}) is None


WORDS = st.sampled_from(("open", "close", "the", "a", "file", "read", "json.dump", "5", "10", "not", "before", "`x`"))
SAID = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(SAID, SAID, st.sampled_from((0, 5, 10, 15, 20, 25, 30, 90))), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing(texts: list[tuple[str, str, int]], shuffle: random.Random) -> None:
    rows = [row(f"{at:02}", question, answer) for at, (question, answer, _) in enumerate(texts)]
    vectors = unit(*(angle for _, _, angle in texts))
    order = list(range(len(rows)))
    shuffle.shuffle(order)

    def key(one: Duplicate) -> tuple[str, str, str]:
        return one.pair_id, one.kept_id, one.kind

    found = sorted(find_duplicates(rows, vectors), key=key)
    again = find_duplicates([rows[at] for at in order], vectors[order])
    assert sorted(again, key=key) == found
    both = [frozenset((one.pair_id, one.kept_id)) for one in found]
    assert len(both) == len(set(both)), "two rows for two pairs"
    merged = {one.pair_id for one in found if one.state == "merged"}
    assert all(one.kept_id not in merged for one in found), "something was linked to a pair that is gone"
    differ = {row.pair_id: row for row in rows}
    for one in found:
        if one.state == "merged":
            left, right = differ[one.pair_id], differ[one.kept_id]
            assert difference(left.question, right.question) is None
            assert difference(left.answer, right.answer) is None


def test_what_a_person_said_goes_before_the_rule() -> None:
    rows = [
        row("a", "What is JSON?", "A format."),
        row("b", "what is json?", "A format."),
        row("c", "Why?", "Because."),
    ]
    assert [(one.pair_id, one.kind) for one in find_duplicates(rows)] == [("b", "exact")]
    apart = find_duplicates(rows, decided={"b": ""})
    assert all(one.state != "merged" for one in apart)
    by_hand = find_duplicates(rows, decided={"a": "c"})
    assert [(one.pair_id, one.kept_id, one.state) for one in by_hand] == [("a", "c", "merged")]
    assert by_hand[0].reason == "merged by a person"


def table() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA store")
    con.execute(
        "CREATE TABLE store.likeness (pair_id VARCHAR, kept_id VARCHAR, pair_place INTEGER, kept_place INTEGER, "
        "question DOUBLE, answer DOUBLE, meaning DOUBLE, words DOUBLE, closeness DOUBLE, asked BOOLEAN, "
        "state VARCHAR, merges VARCHAR, guard VARCHAR, "
        "conflict JSON)"
    )
    con.execute("CREATE TABLE store.judgements (pair_id VARCHAR, merged_into VARCHAR)")
    con.execute(
        "CREATE TABLE duplicates (pair_id VARCHAR, kept_id VARCHAR, kind VARCHAR, score DOUBLE, state VARCHAR, "
        "reason VARCHAR)"
    )
    return con


def write(con: duckdb.DuckDBPyConnection, found: Repeats) -> None:
    remember(con, found)
    con.execute("DELETE FROM duplicates")
    for one in found.duplicates:
        values = [one.pair_id, one.kept_id, one.kind, one.score, one.state, one.reason]
        con.execute("INSERT INTO duplicates VALUES (?, ?, ?, ?, ?, ?)", values)


def test_thresholds_are_previewed_from_what_a_build_remembers(library_pairs: list[PairRow]) -> None:
    chance = np.random.default_rng(0)
    rows = library_pairs[:300]
    rows = [*rows, *(replace(one, pair_id=f"~{one.pair_id}", question=f"{one.question} So?") for one in rows[:40])]
    rows += [replace(one, pair_id=f"+{one.pair_id}", answer=f"{one.answer} Or 5.") for one in rows[:40]]
    alone = chance.standard_normal((300, 32))
    vectors = np.concatenate([alone, alone[:40] + 0.3 * chance.standard_normal((40, 32)), alone[:40]]).astype(
        np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    con = table()
    write(con, repeats(rows, vectors))

    def key(one: Duplicate) -> tuple[str, str]:
        return one.pair_id, one.kept_id

    counts = set()
    for near, semantic, merge in ((0.85, 0.9, 0.95), (0.7, 0.85, 0.85), (0.95, 0.99, 1.0)):
        limits = Duplicates(near=near, semantic=semantic, merge=merge)
        built = repeats(rows, vectors, limits)
        seen = preview(con, near=near, semantic=semantic, merge=merge)
        assert sorted(seen.duplicates, key=key) == sorted(built.duplicates, key=key)
        counts.add((seen.count("merged"), seen.count("suggested"), seen.count("variant")))
    assert len(counts) > 1


def test_a_star_never_absorbs_the_neighbours_of_a_neighbour() -> None:
    answer = "It writes the buffer to the disk."
    rows = [
        row("a", "What does `flush` do?", answer),
        row("b", "Explain what `flush` does.", answer),
        row("c", "Tell me what `flush` is for.", answer),
    ]
    chain = repeats(rows, unit(0, 15, 30))
    # c is close to b alone, and b is gone into a: c stays.
    assert [(one.pair_id, one.kept_id) for one in chain.duplicates if one.state == "merged"] == [("b", "a")]
    assert {one.pair_id for one in star(chain.links, chain.order, Duplicates(), frozenset({"b"}))} >= {"b", "c"}
    again = said_again(chain.links, Duplicates())
    assert ("a", "b") in again
    assert ("b", "a") in again
    assert set(said_again(chain.links, Duplicates(), {"b": ""})) == {("a", "c"), ("c", "a")}
