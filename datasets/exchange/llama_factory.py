"""LLaMA-Factory's configuration over our rows, under the template of its own that writes them as the base does.

Knows the names and texts of those templates: LLaMA-Factory renders rows by one of them, never by the base's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneproof.datasets.exchange.handoff import TRIALS, Conversation, Handoff, Recipe, Rows, both_splits, yaml_text
from tuneproof.datasets.workspace.errors import DataError


@dataclass(frozen=True, slots=True)
class Named:
    """A template of LLaMA-Factory's: what it writes around each text.

    ``joined``: a system text stands inside the first question. ``system`` is what it says where a row says nothing.
    ``answer`` opens each answer that holds no thought of its own.
    """

    start: str
    user: tuple[str, str]
    told: tuple[str, str]
    end: str
    joined: bool = False
    system: str = ""
    answer: str = ""

    def render(self, row: Conversation) -> str:
        """Return ``row`` as it is trained."""
        system = row[0]["content"] if row[0]["role"] == "system" else self.system
        head = f"{self.told[0]}{system}{self.told[1]}" if system else ""
        text = self.start + ("" if self.joined else head)
        for number, message in enumerate(row[int(row[0]["role"] == "system") :]):
            content = message["content"]
            if message["role"] == "assistant":
                text += f"{self.answer}{content}{self.end}"
            else:
                text += f"{self.user[0]}{head if self.joined and not number else ''}{content}{self.user[1]}"
        return text


_HEAD = "<|start_header_id|>{}<|end_header_id|>\n\n".format
_CHATML: Any = {
    "start": "",
    "user": ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
    "told": ("<|im_start|>system\n", "<|im_end|>\n"),
    "end": "<|im_end|>\n",
}
TEMPLATES: Mapping[str, Named] = {
    "llama3": Named(
        "<|begin_of_text|>", (_HEAD("user"), "<|eot_id|>" + _HEAD("assistant")), (_HEAD("system"), "<|eot_id|>"),
        "<|eot_id|>",
    ),
    "gemma": Named(
        "<bos>", ("<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"), ("", "\n\n"), "<end_of_turn>\n",
        joined=True,
    ),
    "qwen": Named(**_CHATML, system="You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    "qwen3": Named(**_CHATML, answer="<think>\n\n</think>\n\n"),
    "qwen3_nothink": Named(**_CHATML),
}  # fmt: skip
_MARKS = {"<|start_header_id|>": ("llama3",), "<start_of_turn>": ("gemma",),
          "<|im_start|>": ("qwen3_nothink", "qwen", "qwen3")}  # fmt: skip


def llama_factory(rows: Rows, recipe: Recipe) -> Handoff:
    """Return LLaMA-Factory's YAML and ``dataset_info.json``.

    The form is ``sharegpt`` with every tag named: its ``openai`` form puts a system prompt of its own into each row.

    Raises:
        DataError: no template of LLaMA-Factory's has the base's marks.
    """
    template, exact = choose_template(recipe)
    form = {"formatting": "sharegpt", "columns": {"messages": "messages"},
            "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user",
                     "assistant_tag": "assistant", "system_tag": "system"}}  # fmt: skip
    info = {"tuneproof_train": {"file_name": "train.jsonl", **form}}
    if rows.validation:
        info["tuneproof_valid"] = {"file_name": "validation.jsonl", **form}
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
        "template": template,
        **({} if rows.single else {"mask_history": True}),
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
    files = {
        "llama_factory.yaml": yaml_text(values),
        "data/dataset_info.json": json.dumps(info, indent=1) + "\n",
        **both_splits(rows),
    }
    limits = ["Replay of general text is not part of it.", f"Rows longer than {recipe.max_length} tokens are cut."]
    if not exact:
        nearest = f"Its template `{template}` is the nearest to the base's, but does not write every row as that does: "
        limits.insert(0, nearest + "compare a row, or export for axolotl or trl, which use the base's own.")
    return Handoff("llama-factory", files, "llamafactory-cli train llama_factory.yaml", tuple(limits))


def choose_template(recipe: Recipe) -> tuple[str, bool]:
    """Return the template that writes like the base's, or the likeliest of its kind, and whether it is the same.

    Raises:
        DataError: none has the base's marks.
    """
    likely = next((names for mark, names in _MARKS.items() if mark in recipe.template), None)
    if likely is None:
        raise DataError(
            "No template of LLaMA-Factory's is known to be this base's; a wrong one trains garbage.",
            "Export for axolotl or trl, which use the base's own.",
        )
    for name in likely:
        if tuple(TEMPLATES[name].render(row) for row in TRIALS) == recipe.written:
            return name, True
    return (recipe.family if recipe.family in likely else likely[0]), False
