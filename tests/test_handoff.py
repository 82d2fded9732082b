"""The other side of each hand-off, run: slow, in environments of their own, by ``make handoff``.

``TUNEPROOF_HANDOFF`` names the folder with those environments; without it these tests say that they were not run.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.families import FAMILIES, make_family, prompts
from tests.tiny_model import make_adapter
from tests.tuned_workspace import make_tuned
from tuneproof.datasets.bundled.base import base_path
from tuneproof.datasets.exchange.gguf_adapter import write_gguf_adapter
from tuneproof.datasets.exchange.gguf_model import write_gguf
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

pytestmark = pytest.mark.slow
ROOT = os.environ.get("TUNEPROOF_HANDOFF", "")
PROMPTS, TOKENS = 50, 16
TIE = 1e-3  # nats between the two likeliest tokens under which either may come first


def _python(name: str) -> Path:
    if not ROOT:
        pytest.skip("slow: run make handoff")
    python = Path(ROOT) / name / "bin" / "python"
    if not python.is_file():
        pytest.fail(f"The environment {name} could not be made, so nothing of it is proved.")
    return python


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two programs agree on one model; ``error`` is the root mean square of the logits' differences."""

    tokens: int
    ties: int
    differ: list[float]
    misread: int
    error: float
    spread: float


def _llama(tmp_path: Path, model: Path, asked: list[str], lora: Path | None = None, logits: int = 1) -> list[Any]:
    job, out = tmp_path / "job.json", tmp_path / "out.jsonl"
    wanted = {
        "model": str(model),
        "lora": str(lora) if lora else None,
        "prompts": asked,
        "tokens": TOKENS,
        "logits": logits,
    }
    job.write_text(json.dumps(wanted), "utf-8")
    driver = Path(__file__).with_name("llama_driver.py")
    subprocess.run([_python("llama"), driver, job, out], check=True, timeout=1200)
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def _compare(base: Path, said: list[Any], asked: list[str], *, half: bool) -> Agreement:
    """Compare with transformers at every step of what llama.cpp wrote; ``half`` rounds the weights first."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loading: Any = AutoModelForCausalLM
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    model = loading.from_pretrained(base, dtype=torch.float32)
    tokens = ties = misread = 0
    differ, errors, spreads = [], [], []
    with torch.no_grad():
        for weight in model.parameters():
            if half and weight.dim() > 1:
                weight.copy_(weight.half().float())
        for prompt, one in zip(asked, said, strict=True):
            misread += one["ids"] != tokenizer.encode(prompt) or one["bare"] != tokenizer.encode(
                prompt, add_special_tokens=False
            )
            rows = model(torch.tensor([one["ids"] + one["added"]])).logits[0]
            for step, token in enumerate(one["added"]):
                row = rows[len(one["ids"]) - 1 + step]
                tokens += 1
                gap = float(row.max() - row[token])
                ties += 0 < gap < TIE
                if gap >= TIE:
                    differ.append(gap)
            first = rows[len(one["ids"]) - 1].numpy()
            errors.append(np.mean((np.array(one["logits"][0]) - first) ** 2))
            spreads.append(first.std())
    return Agreement(tokens, ties, differ, misread, float(np.sqrt(np.mean(errors))), float(np.mean(spreads)))


def _base(family: str, tmp_path: Path) -> Path:
    return base_path() if family == "tuneproof-base" else make_family(tmp_path / family, family)


def _halved(base: Path, folder: Path) -> Path:
    """Store a model with its weights rounded to half precision, so that both sides start from the same."""
    from tuneproof.datasets.exchange.merging import save_merged

    save_merged(base, None, folder, "float16")
    return folder


@pytest.mark.parametrize("family", ["tuneproof-base", *FAMILIES])
def test_llama_cpp_says_what_transformers_says(family: str, tmp_path: Path) -> None:
    _python("llama")
    asked = prompts(PROMPTS)
    base = _halved(_base(family, tmp_path), tmp_path / "half")
    file = write_gguf(base, None, tmp_path / "m.gguf", "f32", {"name": family}).path
    exact = _compare(base, _llama(tmp_path, file, asked), asked, half=False)
    assert (exact.misread, exact.differ, exact.tokens) == (0, [], PROMPTS * TOKENS)
    assert exact.error < 1e-3
    # llama.cpp multiplies float16 weights by activations rounded to float16: its own error, not the file's.
    file = write_gguf(base, None, tmp_path / "m.gguf", "f16", {"name": family}).path
    rounded = _compare(base, _llama(tmp_path, file, asked), asked, half=True)
    assert rounded.misread == 0
    assert rounded.error < 0.01 * rounded.spread
    assert all(gap < 4 * rounded.error for gap in rounded.differ)
    file = write_gguf(base, None, tmp_path / "m.gguf", "q8_0", {"name": family}).path
    eighth = _compare(base, _llama(tmp_path, file, asked), asked, half=True)
    assert eighth.error < 0.05 * eighth.spread
    for name, found in (("f32", exact), ("f16", rounded), ("q8_0", eighth)):
        _report(f"{family:<15} {name:<5} {found.tokens} tokens, {found.ties} ties, {len(found.differ)} differ "
                f"(largest gap {max(found.differ, default=0):.4f}), logit error {found.error:.5f} "
                f"of spread {found.spread:.2f}")  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_llama_cpp_lays_the_adapter_over_the_base(family: str, tmp_path: Path) -> None:
    _python("llama")
    asked = prompts(10)
    base = make_family(tmp_path / family, family)
    adapter = make_adapter(base, tmp_path / "adapter", 0.1)
    plain = write_gguf(base, None, tmp_path / "base.gguf", "f32", {}).path
    merged = write_gguf(base, adapter, tmp_path / "merged.gguf", "f32", {}).path
    lora = write_gguf_adapter(base, adapter, tmp_path / "lora.gguf").path
    beside, whole, without = (
        np.array([one["logits"][0] for one in _llama(tmp_path, file, asked, laid)])
        for file, laid in ((plain, lora), (merged, None), (plain, None))
    )
    assert np.abs(beside - whole).max() < 1e-2
    assert np.abs(without - whole).max() > 0.1


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """llama.cpp's OpenAI-compatible server over tuneproof-base at half precision."""
    python = _python("llama")
    file = write_gguf(base_path(), None, tmp_path / "base.gguf", "f16", {"name": "tuneproof-base"}).path
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command: list[str | Path] = [
        python,
        "-m",
        "llama_cpp.server",
        "--model",
        file,
        "--port",
        str(port),
        "--n_ctx",
        "512",
        "--n_threads",
        "2",
    ]
    log = (tmp_path / "server.log").open("w")
    with log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1)
                    break
                except OSError:
                    assert server.poll() is None, (tmp_path / "server.log").read_text()
                    time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def test_a_real_server_writes_pairs_of_the_schema_once(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The protocol, the schema, the cache and resuming: tuneproof-base writes no pair of worth, and need not."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(3):
        (docs / f"p{number}.md").write_text(
            f"# Kettle {number}\n\nKettle {number} boils {number + 2} litres of water in {number + 3} minutes, and it "
            "switches itself off when the water boils.\n"
        )
    config = f'[pairs.llm]\nendpoint = "{endpoint}"\nmodel = "base"\nmax_tokens = 120\nattempts = 2\nper_chunk = 1\n'
    workspace = Workspace.init(tmp_path / "ws", config + "backoff_seconds = 0.1\nrequests_per_minute = 6000\n")
    monkeypatch.chdir(workspace.root)
    assert run(["add", str(docs)]) == 0
    capsys.readouterr()
    assert run(["build", "--generate", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["generated"][0]
    assert first["asked"] == 3
    assert first["prompt_tokens"] > 0
    with workspace.read() as connection:
        rows = connection.execute("SELECT state, answer, reason FROM store.completions").fetchall()
    _report(f"server: {first}; {[(state, reason) for state, _, reason in rows]}")
    assert len(rows) == 3
    answered = [json.loads(answer) for state, answer, _ in rows if state == "answered"]
    assert all(set(answer) == {"pairs"} for answer in answered)
    assert run(["build", "--generate", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["generated"][0]
    assert again["cached"] == len(answered)
    assert again["asked"] == 3 - len(answered)


def _exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> Path:
    workspace = make_tuned(tmp_path / "ws", "PASS", "llama")
    monkeypatch.chdir(workspace.root)
    assert run(["export", "--to", target, "--out", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def test_trl_trains_from_our_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ROOT:
        pytest.skip("slow: run make handoff")
    out = _exported(tmp_path, monkeypatch, "trl")
    extra = ["--max_steps", "2", "--bf16", "false", "--use_cpu", "true", "--save_strategy", "no"]
    done = subprocess.run(
        [_own("trl"), "sft", "--config", "trl.yaml", *extra], cwd=out, capture_output=True, text=True, timeout=900,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (out / "out" / "adapter_model.safetensors").is_file()
    _report("trl             trained 2 steps from trl.yaml and stored an adapter")


def test_mlx_trains_from_our_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = _python("mlx")
    out = _exported(tmp_path, monkeypatch, "mlx")
    done = subprocess.run(
        [python, "-m", "mlx_lm", "lora", "--config", "mlx.yaml", "--iters", "4"], cwd=out, capture_output=True,
        text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (out / "adapters" / "adapters.safetensors").is_file()
    _report("mlx             trained 4 iterations from mlx.yaml and stored an adapter")


def test_croissants_own_validator_takes_the_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = _python("croissant")
    out = _exported(tmp_path, monkeypatch, "hf")
    code = (
        "import sys, mlcroissant as m; d = m.Dataset(jsonld=sys.argv[1]); "
        "assert not d.metadata.issues.errors, d.metadata.issues.report(); "
        "rows = list(d.records(record_set='train')); print(len(rows)); assert len(rows) == 24"
    )
    done = subprocess.run(
        [python, "-c", code, "croissant.json"], cwd=out / "dataset", capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    _report("hf              croissant.json read by mlcroissant, 24 rows of the training split")


def _rendered(name: str, driver: str, out: Path) -> list[dict[str, Any]]:
    python, made = _python(name), out / "rendered.jsonl"
    done = subprocess.run(
        [python, "-W", "ignore", Path(__file__).with_name(driver), made], cwd=out, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in made.read_text("utf-8").splitlines()]


def _trained(workspace: Workspace, checkpoints: Path) -> tuple[list[dict[str, Any]], Any]:
    """Return what our own trainer is fed with: ids and labels of each row of the snapshot, and the tokenizer."""
    from tuneproof.datasets.workspace import snapshots
    from tuneproof.train.job import load_job
    from tuneproof.train.trainer import Hooks, make_trainer

    with workspace.read() as connection:
        snapshot = snapshots.newest(connection, workspace.root)
    train = {**workspace.config.train.model_dump(mode="json"), "replay": 0.0}
    job = load_job({
        "train": train, "snapshot": str(snapshot.path), "snapshot_sha256": snapshot.sha256,
        "base": str(workspace.root / "base"),
    })  # fmt: skip
    trainer = make_trainer(job, checkpoints, Hooks(lambda *_: None, lambda: False))
    return [dict(row) for row in trainer.pair_dataset.select_columns(["input_ids", "labels"])], job.tokenizer


@pytest.mark.parametrize("talks", [False, True], ids=["questions", "conversations"])
@pytest.mark.parametrize("family", ["llama", "qwen2"])
@pytest.mark.parametrize(
    ("target", "environment", "driver"),
    [
        ("axolotl", "axolotl", "axolotl_driver.py"),
        ("llama-factory", "llamafactory", "llama_factory_driver.py"),
    ],
)
def test_another_trainer_renders_our_rows_with_the_text_and_the_loss_mask_of_ours(
    target: str,
    environment: str,
    driver: str,
    family: str,
    talks: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _python(environment)
    workspace = make_tuned(tmp_path / "ws", "PASS", family, talks=talks)
    monkeypatch.chdir(workspace.root)
    assert run(["export", "--to", target, "--out", str(tmp_path / "out")]) == 0
    theirs = _rendered(environment, driver, tmp_path / "out")
    ours, tokenizer = _trained(workspace, tmp_path / "checkpoints")
    assert [row["input_ids"] for row in theirs] == [row["input_ids"] for row in ours]
    # Axolotl ends the loss at the token that ends the turn; what a template writes after that is blank.
    spared = 0
    for their, our in zip(theirs, ours, strict=True):
        for at, (one, other) in enumerate(zip(their["labels"], our["labels"], strict=True)):
            if one != other:
                assert (one, at) == (-100, len(our["labels"]) - 1)
                assert target == "axolotl"
                assert tokenizer.decode([other]).isspace()
                spared += 1
    assert spared == (len(ours) if (target, family) == ("axolotl", "qwen2") else 0)
    loss = sum(label != -100 for row in theirs for label in row["labels"])
    _report(f"{target:<15} {family:<6} {'conversations' if talks else 'questions'}: {len(ours)} rows, same ids, "
            f"{loss} tokens with loss, blank after the turn without: {spared}")  # fmt: skip


def test_every_name_that_the_script_for_unsloth_uses_is_in_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, not run: Unsloth needs a card even to be imported."""
    import ast

    _python("unsloth")
    (package,) = (Path(ROOT) / "unsloth").glob("lib/python*/site-packages/unsloth")
    script = ast.parse((_exported(tmp_path, monkeypatch, "unsloth") / "train.py").read_text("utf-8"))
    used: dict[str, list[ast.Call]] = {}
    for node in ast.walk(script):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            used.setdefault(name, []).append(node)
    beginning = (package / "__init__.py").read_text("utf-8")
    assert "FastLanguageModel" in beginning or "from .models import *" in beginning
    offered = ast.parse((package / "chat_templates.py").read_text("utf-8"))
    names = {node.name for node in ast.walk(offered) if isinstance(node, ast.FunctionDef)}
    assert "train_on_responses_only" in names
    loader = _functions(package / "models" / "loader.py", "FastLanguageModel")
    peft = _functions(package / "models" / "llama.py", "FastLlamaModel")
    for name, function in (("from_pretrained", loader["from_pretrained"]), ("get_peft_model", peft["get_peft_model"])):
        taken = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        call = next(c for c in used[name] if isinstance(c.func, ast.Attribute) and "Fast" in ast.unparse(c.func))
        assert {keyword.arg for keyword in call.keywords} <= taken
    _report("unsloth         compiled and checked against its package by name and argument; not run: it needs a card")


def _functions(path: Path, owner: str) -> dict[str, Any]:
    import ast

    (found,) = (n for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, ast.ClassDef) and n.name == owner)
    return {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}


def _report(line: str) -> None:
    """Keep a figure for the table that ``make handoff`` shows at its end."""
    if ROOT:
        with (Path(ROOT) / "report.txt").open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _own(program: str) -> str:
    import sys

    return str(Path(sys.executable).with_name(program))
