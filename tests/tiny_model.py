"""A tiny Llama with random weights, a tokenizer of its own, an adapter and a snapshot, made in seconds for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import append_jsonl, write_json_atomic
from tuneproof.datasets.workspace.records import Item, Role
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow, freeze
from tuneproof.train.base_facts import base_hashes

WORDS = "the a sensor relay valve pump meter gauge returns opens closes reads writes sets value name file path"


def make_base(folder: Path, context: int = 256, seed: int = 0) -> Path:
    """Write a Llama of two layers with random weights and a byte-level tokenizer with a chat template."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from tuneproof.train.base.tokenizer import train_tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer([WORDS, "Question? Answer: yes.", "0 1 2 3 4 5 6 7 8 9"] * 4)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, strength: float = 0.05, seed: int = 1) -> Path:
    """Write a LoRA adapter whose second factor is random of ``strength`` (0: an adapter without effect)."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, local_files_only=True)
    tuned: Any = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=strength) if strength else weight.zero_()
    tuned.save_pretrained(folder)
    return folder


def user_item(role: Role, number: int, group: int, answer: str = "The relay opens the valve.") -> Item:
    """Return an evaluation item as a snapshot holds it."""
    return Item(
        item_id=f"{role}{number:04d}",
        role=role,
        suite="",
        cluster=f"doc{group}",
        prompt=f"What does part {number} do?",
        reference=answer,
        document_id=f"doc{group}",
        pair_id=f"p{role}{number}",
    )


def make_snapshot(folder: Path, held: int = 14, train: int = 10) -> Snapshot:
    """Freeze a small set whose items come from seven held-out and five training documents."""
    items = [user_item("heldout", n, n % 7) for n in range(held)]
    items += [user_item("train", n, 10 + n % 5) for n in range(train)]
    items += [user_item("selection", n, 20 + n % 3) for n in range(4)]
    exchange = [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "That."}]
    rows = [SnapshotRow("train", exchange, {"row": 0})]
    return freeze(folder, rows, items, {"seed": 0})


def make_run(tmp_path: Path, strength: float = 0.05, **manifest: Any) -> Path:
    """Write a finished run folder over a tiny base and return it."""
    base = make_base(tmp_path / "base")
    snapshot = make_snapshot(tmp_path / "datasets")
    run_dir = tmp_path / "runs" / "run-1"
    run_dir.mkdir(parents=True)
    make_adapter(base, run_dir / "adapter", strength)
    request = {
        "run_id": run_dir.name,
        "snapshot": str(snapshot.path),
        "snapshot_id": snapshot.snapshot_id,
        "base": str(base),
        "override": None,
        "parent_id": None,
        "train": {"method": "lora"},
    }
    write_json_atomic(run_dir / "request.json", request)
    write_json_atomic(run_dir / "manifest.json", {"base": {"name": str(base), "files": base_hashes(base)}, **manifest})
    write_json_atomic(run_dir / "status.json", {"state": "finished"})
    curve = [(0, 5.0), (10, 4.0), (20, 3.9)]
    append_jsonl(run_dir / "metrics.jsonl", [{"step": s, "name": "eval_loss", "value": v} for s, v in curve])
    return run_dir
