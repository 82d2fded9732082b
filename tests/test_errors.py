"""Stored answers: what is wrong with each, and the slices in which a tuned model goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report_workspace import HEALTHY, MODULES, fill_workspace, gated, judged
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.evaluate.errors import LEAST, OTHERS, find_errors, judge_answers
from tuneproof.evaluate.examined import Examined, read_examined
from tuneproof.evaluate.faults import Asked, Fault, declines, faults_of, format_of, loops, token_f1

PASSAGE = ChunkText(
    "c", "d", "function", ("json", "dumps"),
    "def dumps(obj, *, indent=None, sort_keys=False)\n    Serialize obj to a JSON formatted str. Raises TypeError.",
)  # fmt: skip
DEFAULT = Asked("What is the default of `indent` in `json.dumps`?", "The default of `indent` is `None`.", "default",
                (PASSAGE,))  # fmt: skip
NEEDED = Asked("Must I pass `obj` to `json.dumps`?", "Yes. `json.dumps` needs `obj`.", "parameter", (PASSAGE,))
UNSAID = Asked("Is `json.dumps` thread-safe?", "The documentation does not say whether it is thread-safe.",
               "unanswerable", (PASSAGE,))  # fmt: skip
CODE = Asked("How do I call it?", "```python\njson.dumps([1, 2])\n```", "how_to", (PASSAGE,))
SUMMARY = Asked("What does `json.dumps` do?", "Serialize obj to a JSON formatted str.", "what_is", (PASSAGE,))


@pytest.mark.parametrize(
    ("asked", "answer", "fault"),
    [
        (DEFAULT, "The default of `indent` is `None`.", None),
        (DEFAULT, "By default, `indent` is `None`.", None),
        (DEFAULT, "The default of `indent` is `4`.", "ungrounded"),
        (DEFAULT, "The default of `indent` is `False`.", "wrong_fact"),
        (DEFAULT, " \n", "empty"),
        (DEFAULT, "...", "empty"),
        (DEFAULT, "The indent is " + "the indent of the indent of " * 8, "repeats"),
        (DEFAULT, "`json." + "json_" * 20 + "`", "repeats"),
        (DEFAULT, "The documentation does not say what the default is.", "refused"),
        (DEFAULT, "The default of `indent` in `json.dumps`.", "copied_question"),
        (DEFAULT, "The default of `indent` depends on the", "truncated"),
        (NEEDED, "Yes. `json.dumps` needs `obj`: it has none.", None),
        (NEEDED, "No. `json.dumps` needs `obj`.", "wrong_fact"),
        (UNSAID, "It is not stated in the documentation.", None),
        (UNSAID, "Yes, it holds a lock.", "should_refuse"),
        (CODE, "Call json.dumps with a list.", "wrong_format"),
        (CODE, "```python\njson.dumps([1, 2])\n```", None),
        (SUMMARY, "It serializes obj to a JSON formatted str.", None),
        (SUMMARY, "It raises TypeError.", "wrong_fact"),
        (SUMMARY, "It never serializes obj to a JSON formatted str.", "wrong_fact"),
        (SUMMARY, "It writes to `/etc/passwd` since version 3.9.", "ungrounded"),
    ],
)
def test_each_answer_has_the_fault_a_reader_would_name(asked: Asked, answer: str, fault: Fault | None) -> None:
    assert faults_of([asked], [answer]) == [fault]


def test_a_text_that_lists_or_counts_is_no_loop() -> None:
    assert not loops("It takes `a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, `i`, `j`, `k`, `l`, `m`.")
    assert not loops("no no no")
    assert not loops("A list of names, a list of paths, and a list of the files that both of them hold, in order.")
    assert loops("state\nrandom_state\nrandom_state\n" * 6)


def test_an_answer_that_declines_is_told_from_one_that_denies() -> None:
    assert declines("I can't answer that.")
    assert declines("The manual doesn't mention a limit.")
    assert not declines("The class does not do any formatting.")
    assert not declines("No. It can't be called without `obj`.")


def test_token_f1_counts_words_as_often_as_they_stand() -> None:
    assert token_f1("a b b", "a b") == pytest.approx(0.8)
    assert token_f1("a", "b") == 0
    assert token_f1("Equal `code`.", "Equal `code`.") == 1


def test_forms_are_told_by_fences_lists_and_json() -> None:
    assert format_of('{"a": 1}') == "json"
    assert format_of("[not json") == "prose"
    assert format_of("- one\n- two") == "list"
    assert format_of("```\nx\n```") == "code"


def answered(number: int, case: str, tuned: str, base: str = "No idea at all here.", gain: float = 0.5) -> Examined:
    asked = SUMMARY
    return Examined(
        f"i{number}", "heldout", f"p{number}", asked.question, asked.reference, case, "topic", f"doc{number % 4}",
        f"doc{number % 4}", 3.0, 3.0 - gain, base, tuned, asked.chunks,
    )  # fmt: skip


RIGHT = "Serialize obj to a JSON formatted str."


def test_the_worst_slice_comes_first_with_its_interval_and_what_tuning_broke() -> None:
    items = [answered(n, "good", RIGHT) for n in range(12)]
    items += [answered(20 + n, "bad", "It raises TypeError.", base=RIGHT, gain=-0.3 - n / 10) for n in range(12)]
    items += [answered(40 + n, "mixed", RIGHT if n % 2 else "It raises TypeError.", gain=0.1) for n in range(12)]
    cases = [group for group in find_errors(items) if group.by == "case_type"]
    assert [group.name for group in cases] == ["bad", "mixed", "good"]
    bad, mixed, good = cases
    assert (bad.wrong, bad.base_wrong, bad.broken, bad.fixed) == (12, 0, 12, 0)
    assert (good.share, good.base_share, good.fixed) == (0, 1, 12)
    assert bad.interval is not None
    assert bad.interval.low is not None
    assert 0.7 < bad.interval.low < 0.8
    assert mixed.faults == {"wrong_fact": 6}
    assert bad.gain == pytest.approx(-0.85)
    assert bad.gain_interval is not None
    assert bad.gain_interval.high is not None
    assert bad.gain_interval.high < 0
    assert [one.item.item_id for one in bad.examples] == ["i31", "i30", "i29", "i28", "i27"]
    faults = [group for group in find_errors(items) if group.by == "fault"]
    assert [(group.name, group.wrong, group.base_wrong) for group in faults] == [("wrong_fact", 18, 24)]
    assert faults[0].title == "states another fact, or leaves it out"


def test_tiny_slices_are_pooled_and_named_and_small_ones_flagged() -> None:
    items = [answered(n, f"case{n}", RIGHT) for n in range(LEAST - 1)]
    items += [answered(50 + n, "scored", RIGHT) for n in range(3)]
    items += [Examined(f"s{n}", "heldout", None, "q", "a", "scored", "t", "d", f"g{n}", 3, 2, None, None)
              for n in range(9)]  # fmt: skip
    cases = {group.name: group for group in find_errors(items) if group.by == "case_type"}
    assert set(cases) == {"scored", OTHERS}
    assert cases[OTHERS].pooled == ("case0", "case1", "case2", "case3")
    assert (cases["scored"].small, cases["scored"].answered, cases["scored"].scored) == (True, 3, 12)


def test_without_answers_gains_are_still_told_and_without_questions_there_is_nothing() -> None:
    scored = [Examined(f"s{n}", "heldout", None, "q", "a", "limit", "t", "d", "d", 3, 2 - n / 9, None, None)
              for n in range(9)]  # fmt: skip
    groups = find_errors(scored)
    assert {group.by for group in groups} == {"case_type", "topic", "document", "role"}
    assert all(group.share is None and group.gain is not None and group.gain > 1 for group in groups)
    assert find_errors([]) == ()


def test_a_finished_evaluation_is_read_from_its_workspace(tmp_path: Path) -> None:
    workspace = fill_workspace(tmp_path / "ws", modules=MODULES[:24])
    verdict = judged(workspace, gated(workspace), HEALTHY)
    with workspace.read() as con:
        examined = read_examined(con, verdict.subject_id)
        none = read_examined(con, "no-such-run")
    assert none == []
    both = judge_answers(examined)
    assert len(both) == sum(one.tuned is not None for one in examined) > 20
    assert any(one.chunks and one.case_type != "(none)" and one.document.endswith(".py") for one in examined)
    groups = find_errors(examined)
    by = [group.by for group in groups]
    assert by == sorted(by, key=["fault", "case_type", "topic", "document", "role"].index)
    heldout = next(group for group in groups if group.by == "role" and group.name == "heldout")
    assert heldout.answered == 24
    assert heldout.wrong == sum(group.wrong for group in groups if group.by == "fault")
    assert heldout.wrong == sum(group.wrong for group in groups if group.by == "document")
