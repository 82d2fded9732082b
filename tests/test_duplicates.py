"""Repeats are found, look-alikes are kept apart, and the order of rows never matters."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuneproof.curate.likeness.duplicates import find_duplicates
from tuneproof.curate.likeness.guards import difference, same_content
from tuneproof.curate.likeness.links import similar_wording
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import jaccard, long_shingles, normal_form, short_shingles
from tuneproof.datasets.workspace.records import Duplicate

LONG = (
    "Serialise the object to a string formatted as JSON. Keys that are no basic type raise an error unless they are "
    "skipped, and the output is compact or indented as the caller asks. The result never holds a trailing newline, "
    "whatever the platform's own line ending is, and characters outside the basic plane are escaped."
)
PUNCTUATED = LONG.replace(", and", " and").replace("JSON. Keys", "JSON; keys")


def row(pair_id: str, question: str, answer: str, **changes: object) -> PairRow:
    made = PairRow(pair_id, question, answer, "what_is", "import", "import")
    return replace(made, **changes)  # type: ignore[arg-type]


def only(*rows: PairRow) -> Duplicate | None:
    found = find_duplicates(rows)
    assert len(found) <= 1
    return found[0] if found else None


def test_equal_pairs_merge_and_say_so() -> None:
    found = only(row("b", "What is JSON?", "A format."), row("a", "what  is json?", "A format."))
    assert found is not None
    assert (found.pair_id, found.kept_id, found.kind, found.state, found.score) == ("b", "a", "exact", "merged", 1.0)
    assert "case and spacing" in found.reason


def test_case_inside_code_keeps_two_pairs_apart() -> None:
    assert normal_form("Use  `Print`") == "use `Print`"
    assert normal_form("```\nA  B\n```") == "```\nA  B\n```"
    found = only(row("a", "What is `T`?", "A type."), row("b", "What is `t`?", "A type."))
    assert found is None or found.state != "merged"


def test_the_same_question_with_another_answer_is_never_merged() -> None:
    found = only(row("a", "What is a pool?", "A set of workers."), row("b", "What is a pool?", "Shared memory."))
    assert found is not None
    assert (found.kind, found.state) == ("same_question", "suggested")


def test_the_same_question_with_another_number_is_a_contradiction() -> None:
    question = "What is the default timeout of the client in this release?"
    answer = "The client waits for the server's answer and gives up after {} seconds unless told otherwise."
    found = only(row("a", question, answer.format(5)), row("b", question, answer.format(10)))
    assert found is not None
    assert (found.kind, found.state) == ("same_question", "contradiction")
    assert "5" in found.reason
    assert "10" in found.reason


def test_articles_and_punctuation_alone_make_a_safe_near_merge() -> None:
    found = only(
        row("a", "How do I open the configuration file of the project for writing from another process", LONG),
        row("b", "How do I open a configuration file of the project for writing from another process?", PUNCTUATED),
    )
    assert found is not None
    assert (found.kind, found.state) == ("near", "merged")
    assert 0.85 <= found.score < 1.0


def test_another_word_is_suggested_and_left_to_a_person() -> None:
    found = only(
        row("a", "How do I quickly open the configuration file of the project for writing from a process?", LONG),
        row("b", "How do I open the configuration file of the project for writing from a process?", LONG),
    )
    assert found is not None
    assert (found.kind, found.state) == ("near", "suggested")


@pytest.mark.parametrize(
    ("left", "right", "cue"),
    [
        ("Wait for 5 seconds", "Wait for 10 seconds", "numbers"),
        ("Wait for 5 ms", "Wait for 5 s", "numbers"),
        ("Since version 3.8 it is", "Since version 3.11 it is", "numbers"),
        ("Call json.dump now", "Call json.dumps now", "names"),
        ("Pass --force to it", "Pass --quiet to it", "names"),
        ("Use `Lock` here", "Use `RLock` here", "names"),
        ("It is cached", "It is not cached", "negation"),
        ("It doesn't block", "It does block", "negation"),
        ("Enable the cache", "Disable the cache", "opposites"),
        ("Runs before the build", "Runs after the build", "opposites"),
        ("Convert bytes to text", "Convert text to bytes", "direction"),
        ("Is a tuple faster than a list?", "Is a list faster than a tuple?", "direction"),
    ],
)
def test_every_guard_keeps_its_look_alikes_apart(left: str, right: str, cue: str) -> None:
    for one, other in ((left, right), (right, left)):
        found = difference(one, other)
        assert found is not None
        assert found.cue == cue
    padded = " in every supported release of the library, as the handbook of the project says on its first page"
    rows = [row("a", left + padded, LONG), row("b", right + padded, LONG)]
    assert all(one.state == "variant" for one in find_duplicates(rows))


def test_guards_leave_plain_rewording_alone() -> None:
    assert difference("Open the file for writing", "Open a file for writing") is None
    assert difference("Returns None", "Returns a value of None") is None
    assert same_content("How do I open the file?", "How do you open a file")
    assert not same_content("x > 0", "x < 0")


def test_operators_and_single_letters_in_answers_are_no_punctuation() -> None:
    question = "When does the loop of the scheduler stop running its tasks in the queue?"
    answer = LONG + " It holds while x {} 0."
    for left, right in ((answer.format("<"), answer.format(">")), (f"{LONG} Takes self, a", f"{LONG} Takes self")):
        found = find_duplicates([row("a", question, left), row("b", question, right)])
        assert all(one.state != "merged" for one in found)


def test_short_questions_do_not_collapse_into_one() -> None:
    words = ["token", "chunk", "pool", "lock", "queue", "hook", "route", "cache", "shard", "epoch"]
    rows = [row(word, f"What is a {word}?", f"A {word} is described in its own chapter.") for word in words]
    assert find_duplicates(rows) == []
    assert find_duplicates([row("a", "?", "!"), row("b", "…", "—")]) == []


def test_no_text_has_an_empty_shingle_set() -> None:
    for text in ("", "?", "a", "What is a token?", LONG):
        assert short_shingles(text)
        assert long_shingles(text)
    assert jaccard(short_shingles("What is a lock?"), short_shingles("What is a block?")) < 0.85


def test_the_best_pair_is_the_one_that_stays() -> None:
    question = "What does the scheduler of the event loop do with a task?"
    human = row("z", question, LONG, status="accepted")
    grounded = row("y", question, LONG, origin="template")
    plain = row("a", question, LONG)
    assert {(one.pair_id, one.kept_id) for one in find_duplicates([plain, grounded, human])} == {("a", "z"), ("y", "z")}
    assert only(plain, grounded) == replace(only(grounded, plain) or find_duplicates([]).pop(), kept_id="y")


def test_a_chain_of_likes_does_not_collapse_to_one() -> None:
    base = LONG.split()
    # Each text drops two more words from the end: neighbours are alike, the ends are not.
    chain = [
        row(f"{at:02}", "How is the object written out?", " ".join(base[: len(base) - 2 * at])) for at in range(12)
    ]
    ends = {chain[0].pair_id, chain[-1].pair_id}
    alike = {frozenset((one.left, one.right)) for one in similar_wording(chain, 0.85)}
    assert frozenset((chain[0].pair_id, chain[1].pair_id)) in alike
    assert frozenset(ends) not in alike
    merged = {one.pair_id for one in find_duplicates(chain) if one.state == "merged"}
    assert len(chain) - len(merged) > 1


def test_lengths_on_both_sides_of_the_border_are_compared() -> None:
    words = [f"word{at}x" for at in range(43)]
    question = "What does the long paragraph in the handbook say about words?"
    rows = [row("a", question, " ".join(words)), row("b", question, " ".join(words[:39]))]
    assert [(one.left, one.right) for one in similar_wording(rows, 0.85)] == [("a", "b")]


WORDS = st.sampled_from(
    ("open", "close", "the", "a", "file", "read", "write", "json.dump", "json.dumps", "5", "10", "not", "before", "`x`")
)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_duplicates_do_not_depend_on_the_order_of_rows(texts: list[tuple[str, str]], shuffle: random.Random) -> None:
    rows = [row(f"{at:02}", question, answer) for at, (question, answer) in enumerate(texts)]
    shuffled = list(rows)
    shuffle.shuffle(shuffled)

    def key(one: Duplicate) -> tuple[str, str, str]:
        return one.pair_id, one.kept_id, one.kind

    found = sorted(find_duplicates(rows), key=key)
    assert sorted(find_duplicates(shuffled), key=key) == found
    pairs = [frozenset((one.pair_id, one.kept_id)) for one in found]
    assert len(pairs) == len(set(pairs)), "two rows for two pairs"
    merged = {one.pair_id for one in found if one.state == "merged"}
    assert all(one.kept_id not in merged for one in found), "something was linked to a pair that is gone"


def test_planted_repeats_in_real_documentation_are_found(library_pairs: list[PairRow]) -> None:
    rows = [one for one in library_pairs if len(one.answer) > 30][:1500]
    chosen = random.Random(0).sample(rows, 60)
    planted = [
        replace(one, pair_id=f"~{one.pair_id}", question=f"{one.question} ", answer=one.answer.replace(". ", ".  "))
        for one in chosen
    ]
    merged = {one.pair_id for one in find_duplicates([*rows, *planted]) if one.state == "merged"}
    before = {one.pair_id for one in find_duplicates(rows) if one.state == "merged"}
    # Of the two spellings the longer answer stays, so it is one or the other that goes; and nothing else does.
    assert all(one.pair_id in merged or one.pair_id[1:] in merged for one in planted)
    assert len(merged) == len(before) + len(planted)


def test_renamed_functions_in_real_documentation_are_never_merged(library_pairs: list[PairRow]) -> None:
    frame = "In the standard library of Python {}, what does `{}` do for a program that calls it with its defaults?"
    named = [(one, one.question.split("`")[1]) for one in library_pairs if len(one.answer) > 30][:400]
    rows = [replace(one, question=frame.format("3", name)) for one, name in named]
    renamed = [replace(one, pair_id=f"~{one.pair_id}", question=frame.format("3", f"{name}_v2")) for one, name in named]
    planted = {one.pair_id for one in renamed}
    found = [one for one in find_duplicates([*rows, *renamed]) if (one.pair_id in planted) != (one.kept_id in planted)]
    assert len(found) > 20
    assert all(one.state == "variant" for one in found)
