"""What stored answers measure: figures that agree with their definitions, and reports that show them."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest

from tests.report_workspace import HEALTHY, MODULES, fill_workspace, gated, judged
from tuneproof.curate.checking.style_profile import Sample, learn
from tuneproof.datasets.workspace.config import Style
from tuneproof.evaluate.examined import Examined, read_examined
from tuneproof.evaluate.measures import (
    calibration_error,
    chrf,
    class_scores,
    distinct,
    find_measures,
    measure_answers,
    self_similarity,
    two_classes,
)
from tuneproof.reports.report import write_report
from tuneproof.tui.publish import publish


def item(number: int, reference: str, base: str, tuned: str, case: str = "what_is") -> Examined:
    group = f"g{number % 5}"
    return Examined(f"i{number}", "heldout", None, "What?", reference, case, "t", group, group, 3.0, 2.0, base, tuned)


def test_two_classes_are_scored_as_scikit_learn_scores_them() -> None:
    from sklearn import metrics  # type: ignore[import-untyped]

    rng = random.Random(3)
    truth = [rng.random() < 0.3 for _ in range(200)]
    told = [(rng.random() < 0.8) == one for one in truth]
    found = class_scores(truth, told)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, told))
    assert found.precision == pytest.approx(metrics.precision_score(truth, told))
    assert found.recall == pytest.approx(metrics.recall_score(truth, told))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, told))
    assert found.mcc == pytest.approx(metrics.matthews_corrcoef(truth, told))
    nothing = class_scores([True, False], [False, False])
    assert (nothing.precision, nothing.recall, nothing.mcc) == (None, 0.0, None)


def test_confidence_that_is_accuracy_has_no_error_and_boasting_has() -> None:
    rng = random.Random(5)
    sure = [0.5 + 0.5 * rng.random() for _ in range(20_000)]
    assert calibration_error(sure, [rng.random() < one for one in sure]) < 0.02
    assert calibration_error([0.99] * 100, [True] * 60 + [False] * 40) == pytest.approx(0.39)
    assert calibration_error([1.0], [True]) == 0


def test_variety_falls_where_all_answers_say_the_same() -> None:
    varied = ["The pump opens a valve.", "Gauges read pressure.", "No relay writes files."]
    same = ["The pump opens a valve."] * 3
    assert distinct(varied, 2) == 1
    assert distinct(same, 2) == pytest.approx(1 / 3)
    assert distinct(["one"], 2) == 0
    assert self_similarity(same) == 1
    assert self_similarity(varied) < 0.1
    assert self_similarity(["alone"]) == 0


def test_chrf_is_that_of_sacrebleu() -> None:
    from sacrebleu import sentence_chrf

    assert chrf("The relay opens.", "The relay closes.") == pytest.approx(
        sentence_chrf("The relay closes.", ["The relay opens."]).score
    )
    assert chrf("The relay opens.", "The relay opens.") == pytest.approx(100)


def test_answers_that_got_better_show_it_with_an_interval_off_zero() -> None:
    held = [item(n, f"Part {n} opens the valve.", "No idea.", f"Part {n} opens the valve.") for n in range(20)]
    profile = learn([Sample(one.reference, "what_is") for one in held] * 2, "set", Style())
    found = {one.name: one for one in measure_answers(held, profile)}
    exact = found["exact_match"]
    assert (exact.base, exact.tuned, exact.n) == (0, 1, 20)
    assert exact.interval is not None and exact.interval.low is not None and exact.interval.low > 0.9
    assert found["chrf"].change > 50
    assert found["style"].tuned == 0
    assert found["self_similarity"].tuned < found["self_similarity"].base == 1
    assert "format" not in found
    coded = [item(1, "```\nx\n```", "x", "```\ny\n```")]
    assert {one.name: one for one in measure_answers(coded)}["format"].tuned == 1
    assert list(measure_answers([])) == []


def test_declining_is_scored_as_a_class_with_over_refusal_as_lost_precision() -> None:
    unsaid = "The documentation does not say that."
    held = [item(n, unsaid, "Yes.", unsaid, "unanswerable") for n in range(4)]
    held += [item(9 + n, "It opens.", "It opens.", unsaid if n < 2 else "It opens.") for n in range(6)]
    (found,) = two_classes(held)
    assert (found.name, found.n, found.positives) == ("declining", 10, 4)
    assert (found.base.recall, found.base.precision) == (0, None)
    assert found.tuned.recall == 1
    assert found.tuned.precision == pytest.approx(4 / 6)
    polar = [item(1, "Yes. It does.", "No.", "Yes."), item(2, "No. It can't.", "Yes, it can.", "No.")]
    (yes_no,) = two_classes(polar)
    assert (yes_no.base.accuracy, yes_no.tuned.accuracy) == (0, 1)


def test_a_report_shows_every_measure_and_the_style_of_the_frozen_set(tmp_path: Path) -> None:
    workspace = fill_workspace(tmp_path / "ws", modules=MODULES[:24])
    verdict = judged(workspace, gated(workspace), HEALTHY)
    page = publish(workspace, verdict)
    html = page.read_text("utf-8")
    document = json.loads(page.with_name("evidence.json").read_text("utf-8"))
    names = [one["name"] for one in document["measures"]["answers"]]
    assert {"token_f1", "chrf", "style", "distinct_2"} <= set(names)
    for text in ("Runs of characters shared with it (chrF)", "Distance from the style", "Different pairs of words"):
        assert text in html
    with workspace.read() as con:
        measures = find_measures(con, verdict.subject_id, read_examined(con, verdict.subject_id))
        write_report(con, verdict, tmp_path / "plain")
    assert "style" not in [one.name for one in measures.answers]
    assert all(math.isfinite(one.base) and math.isfinite(one.tuned) for one in measures.answers)
