"""Tasks of lm-evaluation-harness by name: the user's own, a hub's, and figures that are the harness's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tiny_model import make_adapter, make_base, make_run
from tuneproof.datasets.workspace.atomic import read_jsonl
from tuneproof.datasets.workspace.config import Config, General
from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.records import Item
from tuneproof.evaluate.folder import EvaluationFolder
from tuneproof.evaluate.harness_tasks import HarnessTasks
from tuneproof.evaluate.items import general_items, harness_tasks
from tuneproof.evaluate.launch import prepare_evaluation
from tuneproof.evaluate.models import LoadedModel, load_model
from tuneproof.evaluate.scoring import harness, score_items
from tuneproof.evaluate.worker import evaluate

CHOICE = """task: valves
dataset_path: json
dataset_kwargs: {data_files: valves.jsonl}
test_split: train
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_target: answer
doc_to_choice: choices
metric_list: [{metric: acc}, {metric: acc_norm}]
metadata: {version: 1}
"""
WRITTEN = """task: written
dataset_path: json
dataset_kwargs: {data_files: valves.jsonl}
test_split: train
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{choices[answer]}}"
generation_kwargs: {until: ["\\n"], max_gen_toks: 4}
metric_list: [{metric: exact_match}]
"""
PROSE = """task: manuals
dataset_path: json
dataset_kwargs: {data_files: valves.jsonl}
test_split: train
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{question}}"
metric_list: [{metric: bits_per_byte}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tasks over one JSON Lines file."""
    root = tmp_path_factory.mktemp("tasks")
    rows = [
        {"question": f"The gauge {n} reads the", "choices": ["valve", "relay", "pump meter"], "answer": n % 3}
        for n in range(30)
    ]
    (root / "valves.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for name, text in (("valves", CHOICE), ("written", WRITTEN), ("manuals", PROSE)):
        (root / f"{name}.yaml").write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    home = tmp_path_factory.mktemp("models")
    make_base(home / "base")
    make_adapter(home / "base", home / "adapter", strength=0.3)
    return load_model(str(home / "base"), home / "adapter", threads=1)


def test_a_task_of_ones_own_is_scored_as_the_harness_scores_it_with_the_adapter_off_and_on(
    folder: Path, loaded: LoadedModel, tmp_path: Path
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    tasks = HarnessTasks(folder)
    items = tasks.items("valves", 30, seed=0)
    scores = score_items(loaded, items, tmp_path / "scores.jsonl", tasks=tasks)
    lm = harness(loaded)
    changed = set()
    for state in ("base", "tuned"):
        with pytest.MonkeyPatch.context() as patch, loaded.state(state):
            patch.chdir(folder)
            manager = TaskManager(include_path=folder, include_defaults=False)
            theirs = simple_evaluate(lm, tasks=["valves"], task_manager=manager, bootstrap_iters=0)
        ours = [score.value for score in scores if score.model == state and score.metric == "correct"]
        assert sum(ours) / len(ours) == pytest.approx(theirs["results"]["valves"]["acc,none"])
        changed.add(tuple(score.value for score in scores if score.model == state and score.metric == "margin"))
    assert len(changed) == 2


def test_documents_are_drawn_by_seed_and_scored_as_themselves(
    folder: Path, loaded: LoadedModel, tmp_path: Path
) -> None:
    tasks = HarnessTasks(folder)
    drawn = tasks.items("valves", 7, seed=3)
    assert len({item.prompt for item in drawn}) == 7
    assert drawn == HarnessTasks(folder).items("valves", 7, seed=3)
    assert drawn != HarnessTasks(folder).items("valves", 7, seed=4)
    everything = HarnessTasks(folder)
    whole = {
        (s.model, s.item_id, s.metric): s.value
        for s in score_items(loaded, everything.items("valves", 30, 0), tmp_path / "all.jsonl", tasks=everything)
    }
    for score in score_items(loaded, drawn, tmp_path / "some.jsonl", tasks=tasks):
        assert score.value == pytest.approx(whole[score.model, score.item_id, score.metric], abs=1e-4)


def test_what_a_task_lets_write_is_right_or_wrong_and_its_texts_are_general_text(
    folder: Path, loaded: LoadedModel, tmp_path: Path
) -> None:
    tasks = HarnessTasks(folder)
    items = [*tasks.items("written", 4, 0), *tasks.items("manuals", 4, 0)]
    assert {(item.role, item.suite) for item in items} == {("general", "written"), ("text", "manuals")}
    found = {score.metric for score in score_items(loaded, items, tmp_path / "scores.jsonl", tasks=tasks)}
    assert found == {"correct", "nll", "tokens", "bytes", "nll_per_token"}


def test_an_evaluation_with_a_task_of_ones_own_reaches_its_verdict_twice_the_same(folder: Path, tmp_path: Path) -> None:
    run_dir = make_run(tmp_path)
    settings = {"suites": ["facts", "valves", "manuals"], "per_suite": 24, "tasks_folder": str(folder)}
    config = Config.model_validate({"general": settings, "train": {"threads": 1}})
    found = EvaluationFolder(run_dir)
    prepare_evaluation(run_dir, config, look=1, as_of="2026-01-01T00:00:00")
    evaluate(found)
    first = found.verdict.read_bytes()
    names = {row["suite"] for row in read_jsonl(found.items)}
    assert {"facts", "valves", "manuals"} <= names
    assert any(check["id"] == "D2.manuals" for check in json.loads(first)["checks"])
    lines = found.scores.read_text("utf-8").splitlines(keepends=True)
    found.scores.write_text("".join(lines[: len(lines) * 2 // 3]), "utf-8")
    evaluate(found)
    assert found.verdict.read_bytes() == first
    assert sorted(found.scores.read_text("utf-8").splitlines()) == sorted(line.strip() for line in lines)


def test_a_name_that_nobody_knows_and_a_hub_that_is_away_are_told_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="no general suite named 'chess'"):
        general_items(General(suites=("chess",)))
    with pytest.raises(DataError, match="'arc_easy' is not in this machine's cache, and the hub can't be reached"):
        general_items(General(suites=("arc_easy",)))
    with pytest.raises(DataError, match="no folder of tasks"):
        harness_tasks(General(tasks_folder=str(folder / "nowhere")))


def test_a_task_whose_data_is_gone_or_whose_figure_says_nothing_is_refused(
    folder: Path, loaded: LoadedModel, tmp_path: Path
) -> None:
    (tmp_path / "gone.yaml").write_text(CHOICE.replace("task: valves", "task: gone"), "utf-8")
    with pytest.raises(DataError, match="'gone' can't be read"):
        HarnessTasks(tmp_path).items("gone", 4, 0)
    (tmp_path / "valves.jsonl").write_text((folder / "valves.jsonl").read_text("utf-8"), "utf-8")
    likely = WRITTEN.replace("task: written", "task: likely").replace("metric: exact_match", "metric: chrf")
    (tmp_path / "likely.yaml").write_text(likely, "utf-8")
    tasks = HarnessTasks(tmp_path)
    items: list[Item] = tasks.items("likely", 4, 0)
    with pytest.raises(UsageError, match="whether it was answered right"):
        score_items(loaded, items, tmp_path / "scores.jsonl", tasks=tasks)
