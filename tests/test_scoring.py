"""Scores of a real small model: the right ids, the right figures, and the same ones after a kill."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_model import make_adapter, make_base, make_run, make_snapshot, user_item
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.atomic import read_jsonl, write_json_atomic
from tuneproof.datasets.workspace.config import Config, General
from tuneproof.datasets.workspace.errors import DataError, ModelError, RunError, UsageError
from tuneproof.datasets.workspace.records import Item, Score
from tuneproof.datasets.workspace.runs import ingest
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate.encoding import encode
from tuneproof.evaluate.folder import EvaluationFolder, read_status
from tuneproof.evaluate.items import collect_items, general_items
from tuneproof.evaluate.launch import prepare_evaluation, start
from tuneproof.evaluate.models import LoadedModel, load_model
from tuneproof.evaluate.outputs import shown_items
from tuneproof.evaluate.scoring import Cost, score_items
from tuneproof.evaluate.worker import evaluate

CONFIG = Config.model_validate({"general": {"suites": ["sorting", "facts"], "per_suite": 24}, "train": {"threads": 1}})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny base and a strong adapter."""
    folder = tmp_path_factory.mktemp("scoring")
    make_base(folder / "base")
    make_adapter(folder / "base", folder / "adapter", strength=0.3)
    return folder


@pytest.fixture(scope="module")
def loaded(home: Path) -> LoadedModel:
    return load_model(str(home / "base"), home / "adapter", threads=1)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


def some_items() -> list[Item]:
    users = [user_item("heldout", n, n % 7, answer="The relay opens the valve." * (1 + n % 3)) for n in range(9)]
    text = Item("text1", "text", "prose", "doc", "", "The pump reads a file. " * 60)
    return [*users, *general_items(General(suites=("sorting", "facts"), per_suite=6)), text]


def by_key(scores: list[Score]) -> dict[tuple[str, str, str], float]:
    return {(score.model, score.item_id, score.metric): score.value for score in scores}


def test_a_pair_is_scored_on_the_ids_that_training_sees(loaded: LoadedModel) -> None:
    item = replace(user_item("heldout", 1, 1), system="Be brief.")
    (request,) = encode(item, loaded.tokenizer, loaded.max_length)
    rendered = loaded.tokenizer.apply_chat_template(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": item.prompt},
            {"role": "assistant", "content": item.reference},
        ],
        tokenize=False,
    )
    whole = loaded.tokenizer(rendered, add_special_tokens=False)["input_ids"]
    scored = [*request.context, *request.continuation]
    assert scored == whole[: len(scored)]
    assert loaded.tokenizer.decode(list(request.continuation)) == item.reference + "<|im_end|>"
    assert str(loaded.tokenizer.decode(list(request.context))).endswith("<|im_start|>assistant\n")


def test_scores_are_the_models_own_log_likelihoods(loaded: LoadedModel, tmp_path: Path) -> None:
    import torch

    items = some_items()
    found = by_key(score_items(loaded, items, tmp_path / "scores.jsonl"))
    for item in items:
        totals = []
        for request in encode(item, loaded.tokenizer, loaded.max_length):
            ids = torch.tensor([[*request.context, *request.continuation]])
            with torch.inference_mode():
                logs = loaded.model(ids[:, :-1]).logits.log_softmax(-1)
            picked = logs.gather(2, ids[:, 1:, None])[0, :, 0]
            totals.append(float(picked[-len(request.continuation) :].sum()))
        if item.role == "general":
            assert found["tuned", item.item_id, "correct"] == float(max(totals) == totals[item.answer])
        else:
            assert found["tuned", item.item_id, "nll"] == pytest.approx(-sum(totals), abs=2e-3)
            each = found["tuned", item.item_id, "nll"] / found["tuned", item.item_id, "tokens"]
            assert found["tuned", item.item_id, "nll_per_token"] == pytest.approx(each, abs=1e-5)
            assert found["tuned", item.item_id, "bytes"] == len(item.reference.encode())


def test_text_longer_than_the_model_is_scored_whole_in_windows(loaded: LoadedModel) -> None:
    text = some_items()[-1]
    requests = encode(text, loaded.tokenizer, loaded.max_length)
    assert len(requests) > 1
    scored = [token for request in requests for token in request.continuation]
    assert scored == loaded.tokenizer(text.reference, add_special_tokens=False)["input_ids"]
    assert all(len(request.context) + len(request.continuation) <= loaded.max_length + 1 for request in requests)


def test_the_base_state_is_the_base_and_the_tuned_state_is_not(home: Path, loaded: LoadedModel, tmp_path: Path) -> None:
    items = some_items()
    with_adapter = by_key(score_items(loaded, items, tmp_path / "a.jsonl"))
    plain = by_key(score_items(load_model(str(home / "base"), None, 1), items, tmp_path / "b.jsonl"))
    own = {key: value for key, value in with_adapter.items() if key[0] == "base"}
    assert own == {key: value for key, value in plain.items() if key[0] == "base"}
    changed = [key for key in own if key[2] == "nll" and own[key] != with_adapter["tuned", key[1], key[2]]]
    assert len(changed) == 10


def test_a_prompt_that_is_too_long_is_cut_at_the_left_and_counted(loaded: LoadedModel, tmp_path: Path) -> None:
    long = replace(user_item("heldout", 1, 1), prompt="What does the pump do? " * 80)
    hopeless = replace(user_item("heldout", 2, 2), reference="The relay opens the valve. " * 80)
    (request,) = encode(long, loaded.tokenizer, loaded.max_length)
    assert request.cut > 0
    assert len(request.context) + len(request.continuation) == loaded.max_length + 1
    found = by_key(score_items(loaded, [long, hopeless], tmp_path / "scores.jsonl"))
    assert found["base", long.item_id, "context_cut"] == request.cut
    assert found["base", hopeless.item_id, "unscored"] == 1
    assert ("base", hopeless.item_id, "nll") not in found


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.77, 1.0])
def test_scores_cut_anywhere_come_out_the_same_after_another_run(
    loaded: LoadedModel, tmp_path: Path, kept: float
) -> None:
    path = tmp_path / "scores.jsonl"
    score_items(loaded, some_items(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    score_items(loaded, some_items(), path)
    assert path.read_bytes() == whole


def test_a_finished_block_is_not_scored_again(loaded: LoadedModel, tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    score_items(loaded, some_items(), path)
    rows = read_jsonl(path)
    rows[0]["value"] = 123.0
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert score_items(loaded, some_items(), path)[0].value == 123.0


def test_what_scoring_will_cost_is_said_before_it_begins(loaded: LoadedModel, tmp_path: Path) -> None:
    items, path, said = some_items(), tmp_path / "scores.jsonl", []

    def announce(cost: Cost) -> None:
        assert read_jsonl(path) == kept
        said.append(cost)

    kept: list[dict[str, object]] = []
    score_items(loaded, items, path, announce=announce)
    requests = [r for item in items for r in encode(item, loaded.tokenizer, loaded.max_length)]
    assert said[0].items == 2 * len(items)
    assert said[0].tokens == 2 * sum(len(r.context) + len(r.continuation) for r in requests)
    assert said[0].seconds > 0
    assert f"{said[0].tokens:,} tokens, about" in str(said[0])
    kept = read_jsonl(path)
    score_items(loaded, items, path, announce=announce)
    assert (said[1].items, said[1].tokens) == (0, 0)
    assert "scored already" in str(said[1])


def test_weights_that_overflow_give_broken_scores_and_a_broken_base_an_error(home: Path, tmp_path: Path) -> None:
    import torch

    damaged = load_model(str(home / "base"), home / "adapter", threads=1)
    with torch.no_grad():
        for name, weight in damaged.model.named_parameters():
            if "lora_B" in name:
                weight.fill_(math.nan)
    found = by_key(score_items(damaged, some_items(), tmp_path / "a.jsonl"))
    assert found["tuned", "heldout0000", "broken"] == 1
    assert ("base", "heldout0000", "nll") in found
    with torch.no_grad():
        damaged.model.get_input_embeddings().weight.fill_(math.nan)
    with pytest.raises(ModelError, match="no finite number"):
        score_items(damaged, some_items(), tmp_path / "b.jsonl")


def test_items_come_from_the_snapshot_the_suites_and_both_texts(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, held=14, train=230)
    items = collect_items(snapshot.path, General(per_suite=5))
    counts: dict[str, int] = {}
    for item in items:
        counts[item.role] = counts.get(item.role, 0) + 1
    assert (counts["heldout"], counts["train"], counts["selection"]) == (14, 200, 4)
    assert {item.suite for item in items if item.role == "text"} == {"prose", "pydoc_topics"}
    assert len({item.item_id for item in items}) == len(items)
    assert items == collect_items(snapshot.path, General(per_suite=5))
    assert len(shown_items(items)) == 14 + 8
    with pytest.raises(UsageError, match="'chess'"):
        general_items(General(suites=("chess",)))


def test_a_killed_evaluation_goes_on_to_the_same_verdict_and_is_taken_in(run_dir: Path, tmp_path: Path) -> None:
    folder = EvaluationFolder(run_dir)
    prepare_evaluation(run_dir, CONFIG, look=1, as_of="2026-01-02T03:04:05+00:00")
    child = start(run_dir)
    while child.poll() is None and len(read_jsonl(folder.scores)) < 20:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not folder.verdict.exists()
    assert read_status(run_dir).state == "failed"
    assert start(run_dir).wait() == 0, folder.log.read_text()
    status = read_status(run_dir)
    assert (status.state, status.done) == ("finished", status.total)

    other = tmp_path / "runs" / run_dir.name
    shutil.copytree(run_dir, other, ignore=shutil.ignore_patterns("evaluation"))
    prepare_evaluation(other, CONFIG, look=1, as_of="2026-01-02T03:04:05+00:00")
    evaluate(EvaluationFolder(other))
    for name in ("items.jsonl", "scores.jsonl", "outputs.jsonl", "verdict.json"):
        assert (folder.path / name).read_bytes() == (other / "evaluation" / name).read_bytes()

    workspace = Workspace.init(tmp_path)
    write_json_atomic(other / "evaluation" / "status.json", {"state": "finished"})
    verdict = Verdict.from_document(json.loads(folder.verdict.read_text("utf-8")))
    with workspace.write() as connection:
        assert ingest(connection, workspace.runs_dir) == [run_dir.name]
        for check in verdict.checks:
            if check.evidence.sql:
                rows = connection.execute(check.evidence.sql).fetchall()
                assert bool(rows) or not check.n or check.value == 0, check.id
        gain = verdict.check("D1.gain")
        assert gain is not None
        mean = connection.execute(f"SELECT avg(base - tuned), count(*) FROM ({gain.evidence.sql})").fetchone()
        assert mean == (pytest.approx(gain.value), gain.n)


def test_an_adapter_without_effect_fails_as_such(tmp_path: Path) -> None:
    run = make_run(tmp_path, strength=0.0)
    prepare_evaluation(run, CONFIG, look=1)
    evaluate(EvaluationFolder(run))
    verdict = Verdict.from_document(json.loads(EvaluationFolder(run).verdict.read_text("utf-8")))
    assert verdict.verdict == "FAIL"
    assert verdict.cause[0] == "no_effect"


def test_an_adapter_of_another_base_is_refused(run_dir: Path, tmp_path: Path) -> None:
    run = tmp_path / "run-2"
    shutil.copytree(run_dir, run)
    other = make_base(tmp_path / "other", seed=5)
    with pytest.raises(ModelError, match="another base"):
        load_model(str(other), run / "adapter")


def test_broken_folders_are_errors_with_a_hint(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "adapter"
    shutil.copytree(home / "adapter", broken)
    (broken / "adapter_model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(ModelError, match="can't be loaded as an adapter") as caught:
        load_model(str(home / "base"), broken)
    assert caught.value.hint == "Train again: tuneproof train"
    silent = tmp_path / "silent"
    shutil.copytree(home / "base", silent)
    settings = json.loads((silent / "tokenizer_config.json").read_text("utf-8"))
    settings["eos_token"] = None
    (silent / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(ModelError, match="no end-of-turn token"):
        load_model(str(silent), None)


def test_a_run_without_an_adapter_and_a_look_before_the_first_are_refused(run_dir: Path, tmp_path: Path) -> None:
    run = tmp_path / "run-3"
    shutil.copytree(run_dir, run)
    shutil.rmtree(run / "adapter")
    with pytest.raises(RunError, match="no adapter"):
        prepare_evaluation(run, CONFIG, look=1)
    with pytest.raises(UsageError, match="from 1"):
        prepare_evaluation(run_dir, CONFIG, look=0)


def test_an_evaluation_that_fails_says_why_in_its_status(run_dir: Path, tmp_path: Path) -> None:
    from tuneproof.evaluate.worker import main

    run = tmp_path / "run-4"
    shutil.copytree(run_dir, run, ignore=shutil.ignore_patterns("evaluation"))
    prepare_evaluation(run, CONFIG, look=1)
    request = json.loads((run / "evaluation" / "request.json").read_text("utf-8"))
    write_json_atomic(run / "evaluation" / "request.json", {**request, "base": str(tmp_path / "gone")})
    with pytest.raises(ModelError):
        main([str(run)])
    status = read_status(run)
    assert status.state == "failed"
    assert "can't be loaded as a model" in (status.message or "")


def test_another_snapshot_in_the_place_of_the_runs_own_is_refused(run_dir: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(run_dir, run, ignore=shutil.ignore_patterns("evaluation"))
    other = make_snapshot(tmp_path / "datasets", held=21)
    prepare_evaluation(run, CONFIG, look=1, snapshot=other.path)
    with pytest.raises(DataError, match=f"holds snapshot {other.snapshot_id}, and the run was trained on"):
        evaluate(EvaluationFolder(run))


def test_a_run_whose_workspace_moved_is_scored_on_the_snapshot_where_it_lies_now(run_dir: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "run-5"
    shutil.copytree(run_dir, run, ignore=shutil.ignore_patterns("evaluation"))
    prepare_evaluation(run, CONFIG, look=1, snapshot=tmp_path / "datasets" / "abc")
    request = json.loads((run / "evaluation" / "request.json").read_text("utf-8"))
    trained = json.loads((run / "request.json").read_text("utf-8"))
    assert request["snapshot"] == str(tmp_path / "datasets" / "abc") != trained["snapshot"]
