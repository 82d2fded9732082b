"""Training: the child process end to end, what carries loss, and what a kill, a stop and a full disk leave behind."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_model import make_base
from tuneproof.datasets.workspace.atomic import append_jsonl, read_json, read_jsonl, write_json_atomic
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import ConfigError, DataError, ModelError, RunError
from tuneproof.datasets.workspace.records import Split
from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze, load_snapshot
from tuneproof.train import replay
from tuneproof.train.launch import prepare_run, start, stop
from tuneproof.train.masking import prove
from tuneproof.train.progress import RunFolder, read_status
from tuneproof.train.rows import Conversation, conversations, selection_rows
from tuneproof.train.sampler import LengthBlocks
from tuneproof.train.settings import resolve

VERBS = ["opens", "closes", "reads", "writes", "checks", "resets", "starts", "stops"]
PARTS = ["valve", "pump", "relay", "meter", "gauge", "sensor", "file", "path"]


def chat(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def make_rows() -> list[SnapshotRow]:
    rows = []
    for n in range(64):
        verb, part = VERBS[n % 8], PARTS[n // 8]
        extra = " and then returns the value" * (n % 4)
        split: Split = "validation" if n % 8 == 7 else "train"
        answer = f"It {verb} the {part}{extra}."
        rows.append(SnapshotRow(split, chat(f"What does {verb}_{part} do?", answer), {"row": n}))
    return rows


@dataclass(frozen=True)
class Site:
    """A tiny base, a snapshot, text to replay, and settings that fit them."""

    base: Path
    snapshot: Path
    runs: Path
    settings: Train


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    text = folder / "general"
    text.mkdir()
    words = [f"{a} {b} near the {c}" for a in PARTS for b in VERBS for c in PARTS]
    (text / "general.txt").write_text(". ".join(words), "utf-8")
    snapshot = freeze(folder / "datasets", make_rows(), [], {"seed": 0})
    settings = Train(replay=0.5,
        epochs=8, learning_rate=2e-3, rank=4, batch_size=4, max_length=96, replay_tokens=24,
        replay_source=str(text), threads=1,
    )  # fmt: skip
    return Site(make_base(folder / "base"), snapshot.path, folder / "runs", settings)


def begin(site: Site, **changes: Any) -> Path:
    settings = site.settings.model_copy(update=changes)
    return prepare_run(site.runs, site.snapshot, site.base, settings, None)


@pytest.fixture(scope="module")
def reference(site: Site) -> Path:
    run_dir = begin(site)
    code = start(run_dir).wait(400)
    assert code == 0, (run_dir / "train.log").read_text()
    return run_dir


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, "the child ended before it was interrupted"
        assert time.monotonic() < end
        time.sleep(0.01)


def steps_in(run_dir: Path) -> int:
    return max((step for step, _ in RunFolder(run_dir).series("loss")), default=0)


def test_a_run_leaves_an_adapter_figures_and_a_manifest_that_agree(site: Site, reference: Path) -> None:
    manifest = read_json(reference / "manifest.json")
    assert read_status(reference).state == "finished"
    run = RunFolder(reference)
    steps = manifest["steps"]
    assert [step for step, _ in run.series("loss")] == list(range(1, steps + 1))
    assert [step for step, _ in run.series("eval_loss")] == [0, *manifest["settings"]["evaluate_at"]]
    assert {row["name"] for row in read_jsonl(run.metrics)} == {
        "loss", "eval_loss", "learning_rate", "grad_norm", "tokens_per_second",
    }  # fmt: skip
    assert manifest["losses"]["last_eval_loss"] < manifest["losses"]["first_eval_loss"] - 0.3
    assert sorted(path.name for path in run.adapter.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o644 for path in run.adapter.iterdir())
    rows = manifest["rows"]
    assert (rows["pairs"], rows["trained_pairs"], rows["replay"], rows["selection"]) == (56, 56, 28, 8)
    assert (rows["truncated"], rows["dropped"]) == (0, 0)
    assert not any(run.checkpoints.glob("*"))
    targets = read_json(run.adapter / "adapter_config.json")["target_modules"]
    assert targets == sorted(targets) and len({name.split(".")[-1] for name in targets}) == 7


def test_the_manifest_proves_that_only_answers_carry_loss(site: Site, reference: Path) -> None:
    proof = read_json(reference / "manifest.json")["loss_mask"]
    assert proof["pair_rows"] >= 4 and proof["replay_rows"] >= 1
    trained, asked = proof["example"]["trained_on"], proof["example"]["not_trained_on"]
    answers = {row.answer for row in conversations_of(site)}
    assert trained.removesuffix("\n").removesuffix("<|im_end|>") in answers
    assert any(row.question in asked for row in conversations_of(site)) and "It " not in asked


def conversations_of(site: Site) -> list[Conversation]:
    from tuneproof.datasets.workspace.snapshots import load_snapshot

    return conversations(load_snapshot(site.snapshot), "train")


def test_a_run_that_was_stopped_and_then_killed_ends_as_if_it_never_was(site: Site, reference: Path) -> None:
    run_dir = begin(site)
    process = start(run_dir)
    wait_for(lambda: steps_in(run_dir) >= 20, process)
    assert stop(process) == 130
    assert read_status(run_dir).state == "stopped"
    stopped_at = steps_in(run_dir)
    assert (run_dir / "checkpoints" / f"checkpoint-{stopped_at}" / "complete.json").exists()

    process = start(run_dir)
    with pytest.raises(RunError, match="another process"):
        wait_for(lambda: RunFolder(run_dir).is_held(), process)
        start(run_dir)
    wait_for(lambda: steps_in(run_dir) >= stopped_at + 40, process)
    process.kill()
    process.wait()
    assert read_status(run_dir).state == "failed"
    torn = run_dir / "checkpoints" / "checkpoint-9999"
    torn.mkdir()
    (torn / "adapter_model.safetensors").write_bytes(b"half")

    assert start(run_dir).wait(400) == 0
    manifest = read_json(run_dir / "manifest.json")
    assert stopped_at < manifest["resumed_from_step"] < manifest["steps"]
    for name in ("loss", "eval_loss", "learning_rate"):
        whole, resumed = RunFolder(reference).series(name), RunFolder(run_dir).series(name)
        assert [step for step, _ in resumed] == [step for step, _ in whole]
        assert [value for _, value in resumed] == pytest.approx([value for _, value in whole], abs=1e-4)


SCENES = """
import resource, sys
from pathlib import Path
from tuneproof.train import worker
from tuneproof.train.progress import RunFolder

def attempt(run_dir):
    try:
        worker.main([run_dir])
    except BaseException as error:
        return type(error).__name__
    return "no error"

diverging, cramped, early = sys.argv[1:]
print(worker.train(RunFolder(Path(early)), worker.Stop(asked=True)))
print(attempt(diverging))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
print(attempt(cramped))
"""


def test_samples_are_written_at_each_evaluation_and_change_nothing_of_the_run(site: Site, reference: Path) -> None:
    run_dir = begin(site, samples=3)
    assert run_dir.name.rpartition("-")[0] == reference.name.rpartition("-")[0]
    assert not (reference / "samples.jsonl").exists()
    assert start(run_dir).wait(400) == 0, (run_dir / "train.log").read_text()
    run = RunFolder(run_dir)
    rows = read_jsonl(run.samples)
    at = [step for step, _ in run.series("eval_loss")]
    assert [row["step"] for row in rows] == [step for step in at for _ in range(3)]
    validation = {row.question: row.answer for row in selection_rows(load_snapshot(site.snapshot))[:3]}
    assert all(validation[row["question"]] == row["reference"] for row in rows)
    assert {row["answer"] for row in rows[:3]} != {row["answer"] for row in rows[-3:]}
    weights = "adapter_model.safetensors"
    assert (run.adapter / weights).read_bytes() == (reference / "adapter" / weights).read_bytes()
    run.forget_after(at[1])
    assert {row["step"] for row in read_jsonl(run.samples)} == set(at[:2])


def test_divergence_and_a_full_disk_end_with_a_reason_and_leave_nothing_half_written(site: Site) -> None:
    diverging, cramped, early = begin(site, learning_rate=1e19), begin(site, rank=64), begin(site)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCENES, str(diverging), str(cramped), str(early)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    printed = [line for line in done.stdout.splitlines() if not line.startswith("{")]
    assert printed[0] == "False" and printed[1] == "RunError" and "no error" not in printed[2], (
        done.stdout + done.stderr
    )
    assert steps_in(early) == 0

    status = read_status(diverging)
    assert status.state == "failed" and "diverged" in str(status.message) and "learning_rate" in str(status.hint)
    assert all(abs(row["value"]) < float("inf") for row in read_jsonl(diverging / "metrics.jsonl"))
    assert not (diverging / "adapter").exists()

    status = read_status(cramped)
    assert status.state == "failed" and "disk" in str(status.message) and "room" in str(status.hint)
    left = sorted(path.name for path in (cramped / "checkpoints").iterdir())
    assert left == [] and not (cramped / "adapter").exists() and not (cramped / "manifest.json").exists()


def test_two_runs_of_one_request_have_two_folders_and_one_content_id(site: Site) -> None:
    first, second = begin(site), begin(site)
    assert first != second and first.name.rsplit("-", 1)[0] == second.name.rsplit("-", 1)[0]
    assert begin(site, rank=8).name.rsplit("-", 1)[0] != first.name.rsplit("-", 1)[0]
    assert read_status(first).state == "requested"


def test_of_a_conversation_of_several_turns_the_last_answer_is_trained_on(tmp_path: Path) -> None:
    row = SnapshotRow("train", [*chat("a?", "b"), *chat("c?", "d")], {"row": 0})
    [found] = conversations(freeze(tmp_path, [row], [], {}), "train")
    assert found.prompt == [*chat("a?", "b"), *chat("c?", "d")[:1]]
    assert found.completion == chat("c?", "d")[1:]


def test_turns_out_of_order_are_refused_by_their_row(tmp_path: Path, site: Site) -> None:
    row = SnapshotRow("train", [*chat("a?", "b")[:1], *chat("c?", "d")], {"row": 0})
    snapshot = freeze(tmp_path, [row], [], {})
    with pytest.raises(DataError, match="row 1 has the turns user, user, assistant"):
        prepare_run(tmp_path / "runs", snapshot.path, site.base, site.settings, None)


def test_replay_for_a_base_whose_text_is_unknown_needs_a_path(site: Site) -> None:
    with pytest.raises(DataError, match="not tuneproof-base"):
        begin(site, replay_source="base")
    begin(site, replay_source="base", replay=0.0)
    with pytest.raises(ModelError, match="no folder"):
        prepare_run(site.runs, site.snapshot, site.base / "absent", site.settings, None)


def test_text_that_the_general_probe_scores_is_never_replayed(tmp_path: Path, site: Site) -> None:
    tokenizer = load_tokenizer(site.base)
    scored = max(replay.probe_texts(), key=len)
    (tmp_path / "a.txt").write_text(scored, "utf-8")
    settings = site.settings.model_copy(update={"replay_source": str(tmp_path), "replay_tokens": 400})
    with pytest.raises(DataError, match="no text that may be replayed"):
        replay.make_replay(settings, 20, tokenizer)
    (tmp_path / "b.txt").write_text(" ".join(f"valve{n}" for n in range(2000)), "utf-8")
    found = replay.make_replay(settings, 20, tokenizer)
    assert found.dropped > 0 and len(found.rows) == 10 and all(len(row) <= 400 for row in found.rows)
    assert found == replay.make_replay(settings, 20, tokenizer)


def load_tokenizer(base: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(base, local_files_only=True)


def one_batch(tokenizer: Any, row: Conversation) -> tuple[dict[str, Any], dict[tuple[int, ...], Conversation]]:
    import torch

    ids = tokenizer.apply_chat_template(row.prompt + row.completion, return_dict=False)
    prompt = tokenizer.apply_chat_template(row.prompt, add_generation_prompt=True, return_dict=False)
    labels = [-100] * len(prompt) + ids[len(prompt) :]
    batch = {"input_ids": [ids], "labels": [labels], "attention_mask": [[1] * len(ids)]}
    return {name: torch.tensor(rows) for name, rows in batch.items()}, {tuple(ids): row}


def test_a_mask_that_leaks_the_question_or_forgets_the_end_is_refused(site: Site) -> None:
    tokenizer = load_tokenizer(site.base)
    row = Conversation("Be short.", "What does the relay do?", "It opens the valve.")
    batch, known = one_batch(tokenizer, row)
    assert prove([batch], known, set(), tokenizer).pair_rows == 1
    for change in ("question", "end", "all", "none"):
        batch, known = one_batch(tokenizer, row)
        start = int((batch["labels"][0] == -100).sum())
        if change == "question":
            batch["labels"][0, start - 3 :] = batch["input_ids"][0, start - 3 :]
        elif change == "end":
            batch["labels"][0, -2:] = -100
        elif change == "all":
            batch["labels"] = batch["input_ids"].clone()
        else:
            batch["labels"][:] = -100
        with pytest.raises(RunError, match="loss mask is wrong"):
            prove([batch], known, set(), tokenizer)
    with pytest.raises(RunError, match="no pair"):
        prove([], known, set(), tokenizer)


def test_every_epoch_holds_each_row_once_in_an_order_of_its_own() -> None:
    lengths = [10 + (n * 37) % 90 for n in range(203)]
    order = LengthBlocks(lengths, 16, seed=3)
    first = list(order)
    order.set_epoch(1)
    second = list(order)
    assert sorted(first) == sorted(second) == list(range(203)) and first != second
    again = LengthBlocks(lengths, 16, seed=3)
    again.set_epoch(1)
    assert list(again) == second

    def padded(rows: list[int]) -> int:
        return sum(16 * max(lengths[row] for row in rows[at : at + 16]) for at in range(0, 192, 16))

    assert padded(first) < 0.85 * padded(list(range(203)))


def test_a_torn_last_line_is_left_out_and_cut_before_the_next_append(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert read_jsonl(path) == []
    append_jsonl(path, {"a": 1})
    with path.open("ab") as file:
        file.write(b'{"b": "\xc3')
    assert read_jsonl(path) == [{"a": 1}]
    append_jsonl(path, [{"c": 3}, {"d": "\u2028"}])
    assert read_jsonl(path) == [{"a": 1}, {"c": 3}, {"d": "\u2028"}]
    path.write_bytes(b"broken\n" + path.read_bytes())
    with pytest.raises(DataError, match="line 1"):
        read_jsonl(path)


def test_a_document_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_json_atomic(path, {"state": "running"})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json_atomic(path, {"state": float("nan")})
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from pathlib import Path\nfrom tuneproof.datasets.workspace.atomic import write_json_atomic\n"
        "write_json_atomic(Path(sys.argv[1]), {'state': 'x' * 1000})"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "File too large" in done.stderr
    assert json.loads(path.read_text()) == {"state": "running"} and [path.name for path in tmp_path.iterdir()] == [
        "status.json"
    ]


def test_two_processes_share_each_batch_and_learn_what_one_learns(site: Site) -> None:
    both = begin(site, processes=2, epochs=1)
    alone = begin(site, epochs=1)
    for run_dir in (both, alone):
        assert start(run_dir).wait(400) == 0, (run_dir / "train.log").read_text()[-3000:]
    two, one = (RunFolder(run_dir).series("loss") for run_dir in (both, alone))
    assert [step for step, _ in two] == [step for step, _ in one]
    # Shares are padded and summed apart, so the last bits of bfloat16 differ.
    assert [loss for _, loss in two] == pytest.approx([loss for _, loss in one], abs=2e-2)
    assert read_json(both / "manifest.json")["settings"]["processes"] == 2
    assert read_status(both).state == "finished"
    with pytest.raises(ConfigError, match="can't be shared by 3 processes"):
        resolve(site.settings.model_copy(update={"processes": 3}), 8, 8, 1)
