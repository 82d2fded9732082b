"""Each endpoint at its limits, on scores small enough to check by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tuneproof.datasets.verdict.verdict import Check
from tuneproof.datasets.workspace.config import ModelPolicy
from tuneproof.datasets.workspace.records import Item, Role, Score
from tuneproof.evaluate.endpoints import divergence, domain_gain, overfitting, selection_curve, text_forgetting
from tuneproof.evaluate.family import Harm, p_words, settle
from tuneproof.evaluate.paired import ScoreTable
from tuneproof.evaluate.sanity import length, usable
from tuneproof.evaluate.skills import skill_checks

POLICY = ModelPolicy()


def losses(role: Role, changes: Sequence[float], suite: str = "") -> tuple[list[Item], list[Score]]:
    """Two items a document whose loss changes by the document's figure, give or take 0.01."""
    items, scores = [], []
    for group, change in enumerate(changes):
        for sign in (-1, 1):
            item = Item(f"{role}{suite}{group}{sign}", role, suite, f"{role}{group}", "q", "a")
            items.append(item)
            scores.append(Score("base", item.item_id, "nll_per_token", 3.0))
            scores.append(Score("tuned", item.item_id, "nll_per_token", 3.0 + change + sign * 0.01))
    return items, scores


def answers(suite: str, n: int, right: int, lost: int, gained: int) -> tuple[list[Item], list[Score]]:
    """Items of a suite of which the base has ``right`` right; then so many are lost and gained."""
    items = [Item(f"{suite}{i}", "general", suite, f"{suite}/{i % 5}", "q", "a", choices=("a", "b")) for i in range(n)]
    scores = []
    for number, item in enumerate(items):
        after = number >= lost if number < right else number < right + gained
        scores.append(Score("base", item.item_id, "correct", float(number < right)))
        scores.append(Score("tuned", item.item_id, "correct", float(after)))
    return items, scores


def alone(entry: Check | Harm) -> Check:
    """Settle one question as if it were the only one."""
    return settle([entry], POLICY.alpha)[0]


def table(*parts: tuple[list[Item], list[Score]]) -> ScoreTable:
    return ScoreTable([i for items, _ in parts for i in items], [s for _, scores in parts for s in scores])


def test_a_gain_is_the_mean_fall_of_loss_with_documents_as_groups() -> None:
    check = alone(domain_gain(table(losses("heldout", [-1.0, -1.2, -0.8, -1.1, -0.9, -1.0])), POLICY, 1, "r"))
    assert check.status == "pass"
    assert check.value == pytest.approx(1.0)
    assert (check.n, check.clusters) == (12, 6)
    assert check.interval is not None
    assert check.interval.low is not None
    assert 0.8 < check.interval.low < 1.0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([-0.2, 0.3, -0.4, 0.1, -0.1, 0.2], "inconclusive"),
        ([0.2, 0.3, 0.2, 0.25, 0.3, 0.2], "fail"),
        ([0.0] * 6, "inconclusive"),
        ([-0.004] * 6, "inconclusive"),
        ([-1.0] * 5, "inconclusive"),
    ],
)
def test_a_gain_passes_fails_or_stays_open(changes: list[float], status: str) -> None:
    check = alone(domain_gain(table(losses("heldout", changes)), POLICY, 1, "r"))
    assert check.status == status
    assert check.remedy


def test_a_large_gain_that_is_barely_certain_is_not_called_too_small() -> None:
    spread = [0.3, -0.3, 0.1, -0.1, 0.2, -0.2]
    interval = alone(domain_gain(table(losses("heldout", spread)), POLICY, 1, "r")).interval
    assert interval is not None
    assert interval.low is not None
    shift = POLICY.min_gain / 2 - interval.low
    check = alone(domain_gain(table(losses("heldout", [d - shift for d in spread])), POLICY, 1, "r"))
    assert check.status == "inconclusive"
    assert check.value == pytest.approx(shift)
    assert "may be as small as 0.005" in check.message
    assert "groups instead of 6" in check.remedy


def test_no_p_value_is_said_to_be_zero() -> None:
    assert (p_words(0.0), p_words(0.0004), p_words(0.0123)) == ("p < 0.001", "p < 0.001", "p = 0.012")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([0.02, 0.03, 0.01, 0.02, 0.04, 0.03], "pass"),
        ([0.06, 0.07, 0.08, 0.06, 0.07, 0.08], "warn"),
        ([0.4, 0.5, 0.45, 0.5, 0.4, 0.45], "fail"),
        ([0.0, 0.6, -0.2, 0.5, 0.0, 0.3], "inconclusive"),
        ([0.4] * 5, "inconclusive"),
    ],
)
def test_text_is_kept_forgotten_or_undecided(changes: list[float], status: str) -> None:
    check = alone(text_forgetting(table(losses("text", changes, "prose")), POLICY, "prose", "r"))
    assert (check.id, check.status) == ("D2.prose", status)


def test_each_text_collection_is_judged_apart() -> None:
    both = table(losses("text", [0.5] * 8, "prose"), losses("text", [0.0] * 8, "pydoc_topics"))
    assert alone(text_forgetting(both, POLICY, "prose", "r")).status == "fail"
    assert alone(text_forgetting(both, POLICY, "pydoc_topics", "r")).status == "pass"


@pytest.mark.parametrize(
    ("held", "train", "status"),
    [
        (-1.4, -1.9, "pass"),
        (-0.15, -4.6, "fail"),
        (0.3, -4.6, "fail"),
        (-0.6, -3.0, "fail"),
        (-1.0, -3.0, "warn"),
        (-0.1, -0.15, "skipped"),
    ],
)
def test_overfitting_is_gain_that_stays_with_the_training_rows(held: float, train: float, status: str) -> None:
    spread = (-0.05, 0.0, 0.05, -0.03, 0.03, 0.02)
    both = table(losses("heldout", [held + s for s in spread]), losses("train", [train + s for s in spread]))
    check = alone(overfitting(both, POLICY, "r"))
    assert check.status == status
    if check.value is not None:
        assert check.value == pytest.approx(held / train, abs=0.02)
        assert check.interval is not None
        assert check.interval.low is not None
        assert check.interval.low < check.value


def test_training_rows_of_a_single_document_still_count() -> None:
    items, scores = losses("train", [-4.6])
    more = [Item(f"t{n}", "train", "", "train0", "q", "a") for n in range(6)]
    extra = [Score(m, i.item_id, "nll_per_token", 3.0 if m == "base" else 0.1) for i in more for m in ("base", "tuned")]
    both = table(losses("heldout", [-0.1, 0.0, 0.1, 0.0, 0.05, -0.05]), ([*items, *more], [*scores, *extra]))
    assert alone(overfitting(both, POLICY, "r")).status == "fail"


def test_rows_that_got_worse_are_a_run_that_blew_up() -> None:
    assert alone(divergence(table(losses("train", [2.0, 2.2, 1.9])), POLICY, "r")).status == "fail"
    assert alone(divergence(table(losses("train", [0.02, 0.01, 0.03])), POLICY, "r")).status == "warn"
    assert alone(divergence(table(losses("train", [-1.0, -1.1, -0.9])), POLICY, "r")).status == "pass"


def test_the_selection_curve_is_looked_at_from_its_best_step() -> None:
    assert selection_curve([(0, 5.0), (30, 3.55), (10, 4.0), (20, 3.5)], "r").status == "pass"
    turned = selection_curve([(0, 5.0), (10, 3.5), (20, 3.7)], "r")
    assert turned.status == "warn"
    assert turned.value == pytest.approx(0.2)
    assert selection_curve([(0, 5.0)], "r").status == "skipped"


def test_a_clear_loss_fails_a_kept_skill_passes_and_an_open_one_follows_the_average() -> None:
    # 400 items each: 40 lost for 2 gained; 10 each way; 45 lost for 40 gained leaves -5 points possible.
    found = settle(
        skill_checks(
            table(answers("a", 400, 300, 40, 2), answers("b", 400, 300, 10, 10), answers("c", 400, 300, 50, 38)),
            POLICY,
            "r",
        ),
        POLICY.alpha,
    )
    statuses = {check.id: check.status for check in found}
    assert statuses["D3.a"] == "fail"
    assert statuses["D3.b"] == "pass"
    assert statuses["D3.c"] == "inconclusive"
    settled = settle(
        skill_checks(
            table(answers("b", 400, 300, 10, 10), answers("d", 400, 300, 9, 12), answers("c", 400, 300, 50, 38)),
            POLICY,
            "r",
        ),
        POLICY.alpha,
    )
    assert {check.id: check.status for check in settled} == {
        "D3.b": "pass", "D3.d": "pass", "D3.c": "warn", "D3.macro": "pass",
    }  # fmt: skip


def test_a_small_loss_everywhere_fails_by_the_average() -> None:
    suites = [answers(name, 400, 300, 18, 6) for name in "abcdefgh"]
    found = settle(skill_checks(table(*suites), POLICY, "r"), POLICY.alpha)
    failing = [check.id for check in found if check.status == "fail"]
    assert "D3.macro" in failing
    macro = found[-1]
    assert macro.value == pytest.approx(-0.03)


def test_suites_at_chance_are_listed_and_others_are_not() -> None:
    both = table(answers("guessed", 400, 205, 5, 5), answers("known", 400, 300, 5, 5))
    check = usable(both, "r")
    assert "guessed" in check.message
    assert "known" not in check.message
    assert [c.id for c in settle(skill_checks(both, POLICY, "r"), POLICY.alpha)] == ["D3.known", "D3.macro"]


def test_many_cut_prompts_warn() -> None:
    items, scores = losses("heldout", [-1.0] * 6)
    few = ScoreTable(items, scores)
    many = ScoreTable(items, [*scores, Score("base", items[0].item_id, "context_cut", 40.0)])
    assert length(few, "r").status == "pass"
    assert length(many, "r").status == "warn"
