"""The model gate on scores that are made up to be healthy, overfitted, without effect, forgetful or null."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.records import Item, Role, Score
from tuneproof.evaluate.judge import Run, judge_model
from tuneproof.evaluate.sanity import Templates

AS_OF = "2026-01-02T03:04:05+00:00"
RUN = Run("run-1", Templates("t", "t"))
SUITES = ("arithmetic", "recall", "agreement", "sorting", "brackets", "facts")


@dataclass(frozen=True)
class World:
    """What a run does to a model: gains in nats a token, a rise of text loss, changes of accuracy a suite.

    ``flips`` is the share of suite items whose answer changes between right and wrong for no reason.
    """

    held_gain: float = 1.4
    train_gain: float = 1.9
    text_rise: float = 0.03
    suite_change: dict[str, float] = field(default_factory=dict)
    flips: float = 0.12
    held_groups: int = 12
    per_suite: int = 400
    accuracy: float = 0.8


def make(world: World, seed: int = 0) -> tuple[list[Item], list[Score]]:
    """Draw items and both states' scores of a run in ``world``; documents differ in level and in gain."""
    rng = np.random.default_rng(seed)
    items: list[Item] = []
    scores: list[Score] = []

    def losses(role: Role, suite: str, groups: int, each: int, level: float, change: float, spread: float) -> None:
        for group in range(groups):
            shift = rng.normal(scale=spread)
            for _ in range(each):
                item = Item(f"{role}{len(items)}", role, suite, f"{role}{group}", "q", "a")
                base = max(0.1, level + rng.normal(scale=0.5))
                after = max(0.01, base + change + shift + rng.normal(scale=spread))
                items.append(item)
                scores.append(Score("base", item.item_id, "nll_per_token", base))
                scores.append(Score("tuned", item.item_id, "nll_per_token", after))

    losses("heldout", "", world.held_groups, 8, 4.8, -world.held_gain, 0.3)
    losses("train", "", 40, 4, 4.8, -world.train_gain, 0.3)
    losses("text", "prose", 30, 1, 3.5, world.text_rise, 0.03)
    losses("text", "pydoc_topics", 60, 1, 3.5, world.text_rise, 0.03)
    for suite in SUITES:
        change = world.suite_change.get(suite, 0.0)
        base = rng.random(world.per_suite) < world.accuracy
        # Flips both ways balance out; a loss or gain of accuracy comes on top of them.
        lose = (world.flips / 2 + max(0.0, -change)) / world.accuracy
        win = (world.flips / 2 + max(0.0, change)) / (1 - world.accuracy)
        tuned = np.where(base, rng.random(world.per_suite) >= lose, rng.random(world.per_suite) < win)
        for number in range(world.per_suite):
            name = f"{suite}{number}"
            items.append(Item(name, "general", suite, f"{suite}/{number % 9}", "q", "a", choices=("a", "b")))
            scores.append(Score("base", name, "correct", float(base[number])))
            scores.append(Score("tuned", name, "correct", float(tuned[number])))
    return items, scores


def judge(world: World, seed: int = 0, config: Config | None = None, look: int = 1) -> Verdict:
    items, scores = make(world, seed)
    return judge_model(items, scores, config or Config(), RUN, look, AS_OF)


HEALTHY = World()
OVERFITTED = World(held_gain=0.15, train_gain=4.6, text_rise=0.7, suite_change=dict.fromkeys(SUITES, -0.15))
FORGETFUL = World(text_rise=0.3, suite_change={"arithmetic": -0.2})


def test_healthy_runs_pass_and_are_never_called_overfitted() -> None:
    verdicts = [judge(HEALTHY, seed) for seed in range(40)]
    outcomes = [verdict.verdict for verdict in verdicts]
    assert outcomes.count("PASS") >= 36
    assert outcomes.count("INCONCLUSIVE") <= 2
    assert all("overfitting" not in verdict.cause for verdict in verdicts)


def test_overfitted_runs_fail_with_overfitting_as_the_first_cause() -> None:
    for seed in range(20):
        verdict = judge(OVERFITTED, seed)
        assert verdict.verdict == "FAIL"
        assert verdict.cause[:2] == ("overfitting", "forgetting")
        ratio = verdict.check("D4.overfitting")
        assert ratio is not None
        assert ratio.value is not None
        assert ratio.value < 0.1
        assert "fewer epochs" in ratio.remedy


def test_a_run_that_forgets_but_generalises_is_called_forgetful_only() -> None:
    for seed in range(20):
        verdict = judge(FORGETFUL, seed)
        assert verdict.verdict == "FAIL"
        assert verdict.cause == ("forgetting",)


def test_identical_scores_fail_as_no_effect_before_anything_else() -> None:
    items, scores = make(HEALTHY)
    base = [score for score in scores if score.model == "base"]
    same = [*base, *(replace(score, model="tuned") for score in base)]
    verdict = judge_model(items, same, Config(), RUN, 1, AS_OF)
    assert verdict.verdict == "FAIL"
    assert verdict.cause[0] == "no_effect"


def test_a_score_that_is_no_number_fails_as_broken_scores() -> None:
    items, scores = make(HEALTHY)
    scores = [Score("tuned", s.item_id, "broken", 1.0) if s.model == "tuned" else s for s in scores]
    verdict = judge_model(items, scores, Config(), RUN, 1, AS_OF)
    assert verdict.verdict == "FAIL"
    assert verdict.cause[0] == "broken_scores"


def test_another_chat_template_fails_as_wrong_template() -> None:
    items, scores = make(HEALTHY)
    verdict = judge_model(items, scores, Config(), replace(RUN, templates=Templates("old", "new")), 1, AS_OF)
    assert verdict.verdict == "FAIL"
    assert verdict.cause == ("wrong_template",)
    unknown = judge_model(items, scores, Config(), replace(RUN, templates=Templates(None, "new")), 1, AS_OF)
    check = unknown.check("D0.template")
    assert check is not None
    assert check.status == "skipped"


def test_held_out_items_among_the_trained_rows_fail_as_leakage_and_a_single_one_warns() -> None:
    items, scores = make(HEALTHY)
    held = tuple(item.item_id for item in items if item.role == "heldout")
    verdict = judge_model(items, scores, Config(), replace(RUN, leaked=held[:5]), 1, AS_OF)
    assert (verdict.verdict, verdict.cause) == ("FAIL", ("leakage",))
    one = judge_model(items, scores, Config(), replace(RUN, leaked=held[:1]), 1, AS_OF)
    check = one.check("D0.leakage")
    assert check is not None
    assert (check.status, check.evidence.ids) == ("warn", held[:1])


def test_a_run_that_blew_up_is_named_divergence() -> None:
    verdict = judge(World(held_gain=-1.8, train_gain=-1.8, text_rise=3.0, suite_change=dict.fromkeys(SUITES, -0.25)))
    assert verdict.cause == ("divergence", "forgetting", "no_gain")


def test_under_six_held_out_groups_nothing_is_settled() -> None:
    verdict = judge(World(held_groups=5))
    assert verdict.verdict == "INCONCLUSIVE"
    gain = verdict.check("D1.gain")
    assert gain is not None
    assert (gain.status, gain.clusters) == ("inconclusive", 5)
    assert "5 groups" in gain.message


def test_a_gain_that_one_look_shows_may_not_be_shown_at_the_tenth() -> None:
    world = World(held_gain=0.35, train_gain=0.7)
    first, tenth = judge(world, look=1), judge(world, look=10)
    assert first.verdict == "PASS"
    assert tenth.verdict == "INCONCLUSIVE"
    gain = tenth.check("D1.gain")
    assert gain is not None
    assert "groups instead of" in gain.remedy


def test_swapping_base_and_tuned_at_random_fails_at_most_five_in_a_hundred() -> None:
    rng = np.random.default_rng(1)
    items, scores = make(World(held_gain=0, train_gain=0, text_rise=0, per_suite=100), seed=5)
    pairs = list(zip(scores[::2], scores[1::2], strict=True))
    assert all((a.item_id, a.model, b.model) == (b.item_id, "base", "tuned") for a, b in pairs)
    cluster_of = {item.item_id: item.item_id if item.role == "general" else item.cluster for item in items}
    clusters = sorted(set(cluster_of.values()))
    draws, failed = 400, 0
    for _ in range(draws):
        swap = dict(zip(clusters, rng.random(len(clusters)) < 0.5, strict=True))
        drawn = []
        for a, b in pairs:
            first, second = (b.value, a.value) if swap[cluster_of[a.item_id]] else (a.value, b.value)
            drawn.append(Score("base", a.item_id, a.metric, first))
            drawn.append(Score("tuned", a.item_id, a.metric, second))
        failed += judge_model(items, drawn, Config(), RUN, 1, AS_OF).verdict == "FAIL"
    assert failed / draws <= 0.05


@pytest.mark.parametrize(("flips", "least"), [(0.05, 0.95), (0.12, 0.9), (0.2, 0.9)])
def test_a_harmless_adapter_is_not_held_up_by_its_skills(flips: float, least: float) -> None:
    kept = 0
    for seed in range(40):
        verdict = judge(World(flips=flips), 100 + seed)
        kept += all(c.status in ("pass", "warn") for c in verdict.checks if c.id.startswith("D3."))
    assert kept / 40 >= least


def test_a_lost_skill_is_seen_though_all_the_others_are_kept() -> None:
    failed = sum(judge(World(suite_change={"recall": -0.1}), seed).verdict == "FAIL" for seed in range(20))
    assert failed >= 19
    verdict = judge(World(suite_change={"recall": -0.1}))
    assert verdict.cause == ("forgetting",)
    recall = verdict.check("D3.recall")
    assert recall is not None
    assert recall.status == "fail"
    assert recall.evidence.ids


def test_a_suite_that_the_base_only_guesses_is_left_out_and_named() -> None:
    verdict = judge(World(accuracy=0.5))
    assert [check.id for check in verdict.checks if check.id.startswith("D3.")] == ["D3.macro"]
    listed = verdict.check("D0.suites")
    assert listed is not None
    assert listed.status == "warn"
    assert "arithmetic" in listed.message


def test_a_turn_of_the_selection_curve_warns_without_failing() -> None:
    items, scores = make(HEALTHY)
    curve = ((0, 4.8), (10, 3.6), (20, 3.4), (30, 3.9))
    verdict = judge_model(items, scores, Config(), replace(RUN, selection_loss=curve), 1, AS_OF)
    check = verdict.check("curve.selection")
    assert check is not None
    assert check.status == "warn"
    assert "step 20" in check.remedy
    assert verdict.verdict == "PASS"


def test_a_waiver_lifts_its_check_until_it_expires() -> None:
    entry = {"check": "D3.arithmetic", "owner": "ada", "reason": "known", "expires": "2026-01-02"}
    waived = Config.model_validate({"waivers": [entry]})
    expired = Config.model_validate({"waivers": [{**entry, "expires": "2026-01-01"}]})
    world = World(suite_change={"arithmetic": -0.09})
    lifted = judge(world, config=waived)
    check = lifted.check("D3.arithmetic")
    assert check is not None
    assert (check.status, check.waiver and check.waiver.owner) == ("waived", "ada")
    assert lifted.verdict == "PASS"
    assert judge(world, config=expired).verdict == "FAIL"


def test_a_verdict_survives_its_own_document_and_names_its_looks_and_override() -> None:
    items, scores = make(HEALTHY)
    verdict = judge_model(items, scores, Config(), replace(RUN, override="try it"), 3, AS_OF)
    again = Verdict.from_document(verdict.to_document())
    assert again == verdict
    assert (again.looks, again.override, again.exit_code) == (3, "try it", 0)
    assert again.roles == ("heldout", "train", "text", "general")
