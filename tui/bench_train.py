"""``python -m tuneproof.tui.bench_train``: predicted against measured memory, and a run's time beside bare TRL.

Composed here because it makes bases, sets and runs as commands do. Weights are random: neither memory nor time depends
on what a model knows. It must be alone on the machine for its times to mean anything.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tuneproof.datasets.bundled.base import base_path
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import RunError
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow, freeze
from tuneproof.train.base_facts import cpu_has_bfloat16, read_architecture
from tuneproof.train.launch import prepare_run, start
from tuneproof.train.memory import Work, estimate_work
from tuneproof.train.progress import read_status
from tuneproof.train.settings import resolve
from tuneproof.tui import console

WITHIN = 0.15
MOST = 1.05
ROUNDS = 3
WORDS = "opens closes reads writes checks resets starts stops valve pump relay meter gauge sensor"
#: Layers, hidden and inner width of Llama shapes of about 5M, 50M, 135M and 360M parameters with this vocabulary.
SHAPES = {"5M": (6, 256, 688), "50M": (6, 576, 1536), "135M": (27, 576, 1536), "360M": (28, 960, 2560)}
BARE = """
import json, sys, time
from pathlib import Path
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

base, rows, out, steps, batch, length, bf16 = sys.argv[1:]
torch.set_num_threads(torch.get_num_threads())
rows = [json.loads(line)["messages"] for line in Path(rows).read_text().splitlines()]
data = Dataset.from_list([{"prompt": row[:-1], "completion": row[-1:]} for row in rows])
trainer = SFTTrainer(
    model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
    processing_class=AutoTokenizer.from_pretrained(base),
    train_dataset=data,
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    args=SFTConfig(
        output_dir=out, max_steps=int(steps), per_device_train_batch_size=int(batch), learning_rate=3e-4,
        max_length=int(length), bf16=bf16 == "1", use_cpu=True, report_to="none", save_strategy="no",
        logging_steps=1, gradient_checkpointing=False, disable_tqdm=True, seed=0,
    ),
)
began = time.perf_counter()
trainer.train()
print("seconds", time.perf_counter() - began)
"""


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Bytes of one shape beyond what imports take: by the formula and as measured."""

    name: str
    parameters: int
    predicted: int
    measured: int

    @property
    def off(self) -> float:
        """How far the prediction lies from what was measured, as a share of it."""
        return self.predicted / self.measured - 1


def main() -> int:
    """Measure and say; exit code 0 if both limits hold, else 1."""
    with tempfile.TemporaryDirectory(prefix="tuneproof-bench-") as name:
        folder = Path(name)
        rows = list(_memory(folder))
        ratio = _overhead(folder)
    console.data(f"within {WITHIN:.0%}: {sum(abs(row.off) <= WITHIN for row in rows)} of {len(rows)}")
    console.data(f"training beside bare TRL: {ratio:.3f} of its time (at most {MOST})")
    return int(any(abs(row.off) > WITHIN for row in rows) or ratio > MOST)


def _memory(folder: Path) -> Iterator[MemoryRow]:
    console.data(f"{'shape':<6} {'parameters':>12} {'predicted':>10} {'measured':>10} {'off':>7}")
    snapshot = _make_set(folder / "memory", 64)
    train = Train(replay=0, batch_size=8, max_length=256, epochs=1)
    for name, (layers, hidden, inner) in SHAPES.items():
        base = _make_base(folder / name, layers, hidden, inner)
        run = _run(folder, snapshot, base, train, steps=3)
        peak = read_json(run / "manifest.json")["peak_memory"]
        shape = read_architecture(base)
        settings = resolve(train, 64, 64, shape.parameters)
        work = Work(settings.micro_batch, 256, False, cpu_has_bfloat16(), settings.recompute_activations, False)
        need = estimate_work(shape, work)
        row = MemoryRow(
            name, shape.parameters, need.total - need.runtime, peak["resident_bytes"] - peak["imported_bytes"]
        )
        console.data(
            f"{row.name:<6} {row.parameters:>12,} {row.predicted / 1e6:>7,.0f} MB {row.measured / 1e6:>7,.0f} MB "
            f"{row.off:>+7.0%}"
        )
        yield row


def _overhead(folder: Path) -> float:
    """Return the median ratio of times from ``train()`` to its end, each side in turn on the same rows."""
    snapshot = _make_set(folder / "time", 320)
    base = base_path()
    train = Train(replay=0, batch_size=16, max_length=256, epochs=2)
    ratios = []
    for _ in range(ROUNDS):
        made = read_json(_run(folder, snapshot, base, train, steps=None) / "manifest.json")
        ours = float(made["seconds"]["training"])
        command = [sys.executable, "-W", "ignore", "-c", BARE, str(base), str(snapshot.path / "train.jsonl")]
        more = [str(folder / "bare"), "40", "16", "256", str(int(cpu_has_bfloat16()))]
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RunError(f"Bare TRL failed: {done.stderr.strip().splitlines()[-1]}", "Run it by hand to see why.")
        theirs = float(next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("seconds")))
        ratios.append(ours / theirs)
        console.data(f"training: tuneproof {ours:.1f} s, bare TRL {theirs:.1f} s")
    return median(ratios)


def _run(folder: Path, snapshot: Snapshot, base: Path, train: Train, steps: int | None) -> Path:
    run = prepare_run(folder / "runs", snapshot.path, base, train, None, max_steps=steps)
    if start(run).wait():
        raise RunError(f"A run failed: {read_status(run).message}", f"Read {run / 'train.log'}.")
    return run


def _make_base(folder: Path, layers: int, hidden: int, inner: int) -> Path:
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(base_path(), local_files_only=True)
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer) if hidden <= 256 else 49_152,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 64,
        num_key_value_heads=hidden // 64,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _make_set(folder: Path, count: int) -> Snapshot:
    """Freeze rows whose answers are long enough to fill ``max_length`` in every batch."""
    words = WORDS.split()

    def row(n: int) -> SnapshotRow:
        answer = " ".join(words[(n * 7 + k * 5) % len(words)] for k in range(400))
        messages = [{"role": "user", "content": f"What is part {n}?"}, {"role": "assistant", "content": answer}]
        return SnapshotRow("train", messages, {"row": n})

    return freeze(folder, [row(n) for n in range(count)], [], {})


if __name__ == "__main__":
    sys.exit(main())
