"""Configurations of other trainers over our rows: Axolotl, Unsloth, MLX-LM, LLaMA-Factory and TRL.

Knows each one's keys and traps. Rows hold messages and nothing else, except for TRL, which trains on questions too
unless it is given a prompt and a completion.
"""

from __future__ import annotations

import json
import math
from typing import Any

from tuneproof.datasets.exchange.chat_format import training_template
from tuneproof.datasets.exchange.handoff import Conversation, Handoff, Recipe, Rows, messages_lines, yaml_text
from tuneproof.datasets.workspace.errors import DataError

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TRAIN, VALID = "data/train.jsonl", "data/validation.jsonl"


def axolotl(rows: Rows, recipe: Recipe) -> Handoff:
    """Return Axolotl's YAML; every key is one of its schema's, which takes unknown ones silently."""
    _need_validation(rows, "Axolotl")
    form = {"ds_type": "json", "type": "chat_template", "field_messages": "messages",
            "message_property_mappings": {"role": "role", "content": "content"},
            "roles_to_train": ["assistant"], "train_on_eos": "turn"}  # fmt: skip
    values: dict[str, Any] = {
        "base_model": recipe.base,
        "datasets": [{"path": TRAIN, **form}],
        "test_datasets": [{"path": VALID, "split": "train", **form}],
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
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "bf16": "auto",
        "seed": recipe.seed,
        "dataset_prepared_path": "./prepared",
        "output_dir": "./out",
    }
    files = {"axolotl.yaml": yaml_text(values), **_both(rows)}
    return Handoff("axolotl", files, "axolotl train axolotl.yaml", (
        "Replay of general text is not part of it: add a dataset of your own under `datasets`.",
        "Axolotl cuts or drops rows longer than `sequence_len` without failing.",
    ))  # fmt: skip


def unsloth(rows: Rows, recipe: Recipe) -> Handoff:
    """Return a script for Unsloth: its own command line would read JSON lines as raw text."""
    script = _UNSLOTH.format(
        base=recipe.base, length=recipe.max_length, quantised=recipe.quantised, rank=recipe.rank, alpha=recipe.alpha,
        projections=json.dumps(PROJECTIONS), batch=recipe.batch_size, epochs=recipe.epochs, rate=recipe.learning_rate,
        decay=recipe.weight_decay, warmup=recipe.warmup, seed=recipe.seed,
    )  # fmt: skip
    files = {"train.py": script, **_both(rows)}
    return Handoff("unsloth", files, "python train.py", (
        "Unsloth needs a CUDA, ROCm or XPU card and trains on the first one only.",
        "This script was compiled and its names checked, but not run.",
        "Replay of general text is not part of it.",
    ))  # fmt: skip


def mlx(rows: Rows, recipe: Recipe) -> Handoff:
    """Return MLX-LM's YAML and data folder; its iterations are batches, its scale is alpha / rank."""
    _need_validation(rows, "MLX-LM")
    batch = min(recipe.batch_size, len(rows.train), len(rows.validation), len(rows.test) or len(rows.validation))
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
    files = {"mlx.yaml": yaml_text(values), "data/train.jsonl": messages_lines(rows.train),
             "data/valid.jsonl": messages_lines(rows.validation)}  # fmt: skip
    if rows.test:
        files["data/test.jsonl"] = messages_lines(rows.test)
    limits = ["Replay of general text is not part of it.", "MLX-LM cuts rows longer than `max_seq_length`."]
    if not rows.single:
        limits.append("Only the last answer of a conversation carries loss.")
    return Handoff("mlx", files, "mlx_lm.lora --config mlx.yaml", tuple(limits))


def llama_factory(rows: Rows, recipe: Recipe) -> Handoff:
    """Return LLaMA-Factory's YAML and ``dataset_info.json``.

    The form is ``sharegpt`` with every tag named: its ``openai`` form puts a system prompt of its own into each row.

    Raises:
        DataError: no template of LLaMA-Factory's is known to be the base's.
    """
    form = {"formatting": "sharegpt", "columns": {"messages": "messages"},
            "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user",
                     "assistant_tag": "assistant", "system_tag": "system"}}  # fmt: skip
    info = {"tuneproof_train": {"file_name": "train.jsonl", **form},
            "tuneproof_valid": {"file_name": "validation.jsonl", **form}}  # fmt: skip
    values: dict[str, Any] = {
        "model_name_or_path": recipe.base,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": recipe.rank,
        "lora_alpha": recipe.alpha,
        "lora_target": "all",
        **({"quantization_bit": 4} if recipe.quantised else {}),
        "dataset_dir": "data",
        "dataset": "tuneproof_train",
        **({"eval_dataset": "tuneproof_valid", "eval_strategy": "epoch"} if rows.validation else {}),
        "template": _factory_template(recipe),
        "cutoff_len": recipe.max_length,
        "output_dir": "out",
        "per_device_train_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": 1,
        "learning_rate": recipe.learning_rate,
        "num_train_epochs": recipe.epochs,
        "lr_scheduler_type": "cosine",
        "warmup_ratio": recipe.warmup,
        "weight_decay": recipe.weight_decay,
        "save_strategy": "epoch",
        "seed": recipe.seed,
        "report_to": "none",
    }
    if not rows.validation:
        del info["tuneproof_valid"]
    files = {
        "llama_factory.yaml": yaml_text(values),
        "data/dataset_info.json": json.dumps(info, indent=1) + "\n",
        **_both(rows),
    }
    return Handoff("llama-factory", files, "llamafactory-cli train llama_factory.yaml", (
        "LLaMA-Factory renders rows by its own template of that name, not by the base's: compare one row.",
        "Replay of general text is not part of it.",
    ))  # fmt: skip


def trl(rows: Rows, recipe: Recipe) -> Handoff:
    """Return TRL's YAML and rows: a prompt and its completion, or conversations where there is more than one answer.

    Raises:
        DataError: rows of several answers, and a template that does not say what carries loss.
    """
    _need_validation(rows, "TRL")
    files: dict[str, str] = {}
    extra: dict[str, Any] = {}
    if rows.single:
        files |= {TRAIN: _prompts(rows.train), VALID: _prompts(rows.validation)}
    elif training_template(recipe.template):
        files |= {**_both(rows), "training.jinja": recipe.template}
        extra = {"assistant_only_loss": True, "chat_template_path": "training.jinja"}
    else:
        raise DataError(
            "Conversations of several answers need a chat template with generation tags, and the base's has none.",
            "Export for axolotl, or keep single questions and answers.",
        )
    values: dict[str, Any] = {
        "model_name_or_path": recipe.base,
        "dtype": "bfloat16" if recipe.quantised else "float32",
        "dataset_name": "./data",
        "dataset_test_split": "validation",
        **extra,
        "max_length": recipe.max_length,
        "packing": False,
        "per_device_train_batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": recipe.warmup,
        "weight_decay": recipe.weight_decay,
        "num_train_epochs": recipe.epochs,
        "eval_strategy": "epoch",
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
    limits = ["Early stopping is no setting of its command line.", "Replay of general text is not part of it."]
    if extra:
        limits.append("TRL stores training.jinja with the adapter: put the base's own template back before serving.")
    return Handoff("trl", {"trl.yaml": yaml_text(values), **files}, "trl sft --config trl.yaml", tuple(limits))


def _both(rows: Rows) -> dict[str, str]:
    files = {TRAIN: messages_lines(rows.train)}
    return {**files, VALID: messages_lines(rows.validation)} if rows.validation else files


def _prompts(rows: tuple[Conversation, ...]) -> str:
    return "".join(
        json.dumps({"prompt": list(row[:-1]), "completion": [row[-1]]}, ensure_ascii=False) + "\n" for row in rows
    )


def _need_validation(rows: Rows, name: str) -> None:
    if not rows.validation:
        raise DataError(f"{name} evaluates while it trains, and the snapshot has no validation rows.", "Add documents.")


def _factory_template(recipe: Recipe) -> str:
    text = recipe.template
    if "<|start_header_id|>" in text:
        return "llama3"
    if "<start_of_turn>" in text:
        return "gemma"
    if "<|im_start|>" in text:
        return {"qwen2": "qwen", "qwen3": "qwen3"}.get(recipe.family, "chatml")
    raise DataError(
        "No template of LLaMA-Factory's is known to be this base's; a wrong one trains garbage.",
        "Export for axolotl or trl, which use the base's own.",
    )


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
