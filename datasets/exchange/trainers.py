"""Configurations of other trainers over our rows: Axolotl, Unsloth, MLX-LM and TRL.

Knows each one's keys and traps. Rows hold messages and nothing else, except for TRL, which trains on questions too
unless it is given a prompt and a completion.
"""

from __future__ import annotations

import json
import math
from typing import Any

from tuneproof.datasets.exchange.handoff import (
    TRAIN,
    VALID,
    Conversation,
    Handoff,
    Recipe,
    Rows,
    both_splits,
    messages_lines,
    yaml_text,
)

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def axolotl(rows: Rows, recipe: Recipe) -> Handoff:
    """Return Axolotl's YAML; every key is one of its schema's, which takes unknown ones silently.

    Where there are earlier answers each carries a flag that it is not trained on: only the last one is, as here.
    """
    form = {"ds_type": "json", "type": "chat_template", "field_messages": "messages",
            "message_property_mappings": {"role": "role", "content": "content"},
            "roles_to_train": ["assistant"], "train_on_eos": "turn"}  # fmt: skip
    if not rows.single:
        form["message_field_training"] = "train"
    values: dict[str, Any] = {
        "base_model": recipe.base,
        "datasets": [{"path": TRAIN, **form}],
        **({"test_datasets": [{"path": VALID, "split": "train", **form}]} if rows.validation else {}),
        "chat_template": "tokenizer_default",
        "adapter": "qlora" if recipe.quantised else "lora",
        **({"load_in_4bit": True} if recipe.quantised else {}),
        "lora_r": recipe.rank,
        "lora_alpha": recipe.alpha,
        "lora_dropout": 0.0,
        "lora_target_linear": True,
        "sequence_len": recipe.max_length,
        "sample_packing": False,
        "micro_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": 1,
        "num_epochs": recipe.epochs,
        "optimizer": "adamw_torch",
        "lr_scheduler": "cosine",
        "learning_rate": recipe.learning_rate,
        "warmup_ratio": recipe.warmup,
        "weight_decay": recipe.weight_decay,
        "eval_strategy": "epoch" if rows.validation else "no",
        "save_strategy": "epoch",
        "bf16": "auto",
        "seed": recipe.seed,
        "dataset_prepared_path": "./prepared",
        "output_dir": "./out",
    }
    files = {"axolotl.yaml": yaml_text(values), TRAIN: _flagged(rows, rows.train)}
    if rows.validation:
        files[VALID] = _flagged(rows, rows.validation)
    return Handoff("axolotl", files, "axolotl train axolotl.yaml", (
        "Replay of general text is not part of it: add a dataset of your own under `datasets`.",
        "Axolotl cuts or drops rows longer than `sequence_len` without failing.",
        "The loss ends at the token that ends a turn: a blank that the base's template writes after it has none.",
    ))  # fmt: skip


def unsloth(rows: Rows, recipe: Recipe) -> Handoff:
    """Return a script for Unsloth: its own command line would read JSON lines as raw text."""
    script = _UNSLOTH.format(
        base=recipe.base, length=recipe.max_length, quantised=recipe.quantised, rank=recipe.rank, alpha=recipe.alpha,
        projections=json.dumps(PROJECTIONS), batch=recipe.batch_size, epochs=recipe.epochs, rate=recipe.learning_rate,
        decay=recipe.weight_decay, warmup=recipe.warmup, seed=recipe.seed,
    )  # fmt: skip
    limits = [
        "Unsloth needs a CUDA, ROCm or XPU card and trains on the first one only.",
        "This script was compiled and its names checked against Unsloth's package, but not run.",
        "Replay of general text is not part of it.",
    ]
    if not rows.single:
        limits.append("Every answer of a conversation carries loss there, not the last alone.")
    return Handoff("unsloth", {"train.py": script, **both_splits(rows)}, "python train.py", tuple(limits))


def mlx(rows: Rows, recipe: Recipe) -> Handoff:
    """Return MLX-LM's YAML and data folder; its iterations are batches, its scale is alpha / rank."""
    batch = min(recipe.batch_size, *(len(split) for split in (rows.train, rows.validation, rows.test) if split))
    iterations = max(1, math.ceil(len(rows.train) / batch * recipe.epochs))
    warmup = round(recipe.warmup * iterations)
    values: dict[str, Any] = {
        "model": recipe.base,
        "train": True,
        "fine_tune_type": "lora",
        "data": "data",
        "mask_prompt": True,
        "optimizer": "adamw",
        "num_layers": -1,
        "batch_size": batch,
        "iters": iterations,
        "learning_rate": recipe.learning_rate,
        "lr_schedule": {"name": "cosine_decay", "warmup": warmup, "warmup_init": 1e-7,
                        "arguments": [recipe.learning_rate, max(1, iterations - warmup), 0.0]},
        "max_seq_length": recipe.max_length,
        "grad_checkpoint": False,
        "steps_per_eval": max(1, math.ceil(len(rows.train) / batch)),
        "val_batches": -1,
        "save_every": max(1, math.ceil(len(rows.train) / batch)),
        "adapter_path": "adapters",
        "seed": recipe.seed,
        "lora_parameters": {"rank": recipe.rank, "scale": recipe.alpha / recipe.rank, "dropout": 0.0,
                            "keys": [f"self_attn.{p}" if p[0] in "qkvo" else f"mlp.{p}" for p in PROJECTIONS]},
    }  # fmt: skip
    splits = {"train": rows.train, "valid": rows.validation, "test": rows.test}
    lines = {f"data/{name}.jsonl": messages_lines(split) for name, split in splits.items() if split}
    files = {"mlx.yaml": yaml_text(values), **lines}
    limits = ["Replay of general text is not part of it.", "MLX-LM cuts rows longer than `max_seq_length`."]
    return Handoff("mlx", files, "mlx_lm.lora --config mlx.yaml", tuple(limits))


def trl(rows: Rows, recipe: Recipe) -> Handoff:
    """Return TRL's YAML and rows: what comes before the last answer as a prompt, that answer as its completion."""
    files = {TRAIN: _prompts(rows.train)}
    if rows.validation:
        files[VALID] = _prompts(rows.validation)
    values: dict[str, Any] = {
        "model_name_or_path": recipe.base,
        "dtype": "bfloat16" if recipe.quantised else "float32",
        "dataset_name": "./data",
        **({"dataset_test_split": "validation"} if rows.validation else {}),
        "max_length": recipe.max_length,
        "packing": False,
        "per_device_train_batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": recipe.warmup,
        "weight_decay": recipe.weight_decay,
        "num_train_epochs": recipe.epochs,
        "eval_strategy": "epoch" if rows.validation else "no",
        "save_strategy": "epoch",
        "use_peft": True,
        "lora_r": recipe.rank,
        "lora_alpha": recipe.alpha,
        "lora_target_modules": ["all-linear"],
        **({"load_in_4bit": True} if recipe.quantised else {}),
        "seed": recipe.seed,
        "output_dir": "out",
        "report_to": "none",
    }
    return Handoff("trl", {"trl.yaml": yaml_text(values), **files}, "trl sft --config trl.yaml", (
        "Early stopping is no setting of its command line.",
        "Replay of general text is not part of it.",
        "TRL cuts rows longer than `max_length` without failing.",
    ))  # fmt: skip


def _prompts(rows: tuple[Conversation, ...]) -> str:
    return "".join(
        json.dumps({"prompt": list(row[:-1]), "completion": [row[-1]]}, ensure_ascii=False) + "\n" for row in rows
    )


def _flagged(rows: Rows, split: tuple[Conversation, ...]) -> str:
    if rows.single:
        return messages_lines(split)
    return messages_lines([
        [*({**turn, "train": False} if turn["role"] == "assistant" else turn for turn in row[:-1]), row[-1]]
        for row in split
    ])  # fmt: skip


_UNSLOTH = '''\
"""Train an adapter with Unsloth. Needs a CUDA, ROCm or XPU card; uses the first one only."""

from unsloth import FastLanguageModel  # before trl and transformers, which it patches
from unsloth.chat_templates import train_on_responses_only
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

model, tokenizer = FastLanguageModel.from_pretrained(
    {base!r}, max_seq_length={length}, load_in_4bit={quantised}
)
model = FastLanguageModel.get_peft_model(
    model,
    r={rank},
    lora_alpha={alpha},
    lora_dropout=0,
    bias="none",
    random_state={seed},
    target_modules={projections},
    use_gradient_checkpointing="unsloth",
)
rows = load_dataset("json", data_files="data/train.jsonl", split="train")
rows = rows.map(
    lambda batch: {{"text": [tokenizer.apply_chat_template(one, tokenize=False) for one in batch["messages"]]}},
    batched=True,
)
trainer = SFTTrainer(
    model=model,
    processing_class=tokenizer,
    train_dataset=rows,
    args=SFTConfig(
        dataset_text_field="text",
        max_length={length},
        per_device_train_batch_size={batch},
        num_train_epochs={epochs},
        learning_rate={rate},
        weight_decay={decay},
        warmup_steps={warmup},
        lr_scheduler_type="cosine",
        optim="adamw_8bit",
        seed={seed},
        output_dir="out",
        report_to="none",
    ),
)
trainer = train_on_responses_only(trainer)
trainer.train()
model.save_pretrained("adapter")
tokenizer.save_pretrained("adapter")
'''
