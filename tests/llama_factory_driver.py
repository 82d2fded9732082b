"""Renders the rows of an export as LLaMA-Factory does, by its own loader and template; speaks JSON lines.

Usage: python llama_factory_driver.py OUT, in the folder of the export. The packages' own beginnings import much that
is not needed here (audio among it), so their modules are loaded as if those were empty.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any


def main() -> None:
    """Write the ids and labels of every training row; every key must be one that LLaMA-Factory knows."""
    _hollow()
    import yaml
    from llamafactory.data.converter import get_dataset_converter  # type: ignore[import-not-found]
    from llamafactory.data.parser import get_dataset_list  # type: ignore[import-not-found]
    from llamafactory.data.processor.supervised import (  # type: ignore[import-not-found]
        SupervisedDatasetProcessor,
    )
    from llamafactory.data.template import get_template_and_fix_tokenizer  # type: ignore[import-not-found]
    from llamafactory.hparams.data_args import DataArguments  # type: ignore[import-not-found]
    from transformers import AutoTokenizer

    stated: dict[str, Any] = yaml.safe_load(Path("llama_factory.yaml").read_text("utf-8"))
    _know(stated)
    known = {field.name for field in dataclasses.fields(DataArguments)}
    arguments = DataArguments(**{key: value for key, value in stated.items() if key in known})
    tokenizer: Any = AutoTokenizer.from_pretrained(stated["model_name_or_path"])
    template = get_template_and_fix_tokenizer(tokenizer, arguments)
    processor = SupervisedDatasetProcessor(template, tokenizer, None, arguments)
    for name in filter(None, (stated["dataset"], stated.get("eval_dataset"))):
        (attributes,) = get_dataset_list([name], stated["dataset_dir"])
        convert = get_dataset_converter(attributes.formatting, attributes, arguments)
        path = Path(stated["dataset_dir"]) / attributes.dataset_name
        made = [convert(json.loads(line)) for line in path.read_text("utf-8").split("\n")[:-1]]
        found = processor.preprocess_dataset({key: [row[key] for row in made] for key in made[0]})
        if len(found["input_ids"]) != len(made):
            raise SystemExit(f"{name}: rows were dropped")
        if name == stated["dataset"]:
            rows = [{"input_ids": i, "labels": m} for i, m in zip(found["input_ids"], found["labels"], strict=True)]
            Path(sys.argv[1]).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def _know(stated: dict[str, Any]) -> None:
    import ast

    (root,) = sys.modules["llamafactory.hparams"].__path__
    known = {"report_to", "eval_strategy", "save_strategy", "output_dir", "seed", "do_train"}
    for path in Path(root).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                known.add(node.target.id)
    from transformers import TrainingArguments

    # It runs with an older transformers, where the share of warm-up steps has a name of its own.
    known |= {field.name for field in dataclasses.fields(TrainingArguments)} | {"warmup_ratio"}
    if set(stated) - known:
        raise SystemExit(f"no keys of LLaMA-Factory's: {set(stated) - known}")


def _hollow() -> None:
    found = importlib.util.find_spec("llamafactory")
    root = Path(str(found and found.origin)).parent
    for name in ("", ".data", ".data.processor", ".extras", ".hparams"):
        bare = types.ModuleType(f"llamafactory{name}")
        bare.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[bare.__name__] = bare
    audio = types.ModuleType("torchaudio")
    audio.__spec__ = ModuleSpec("torchaudio", None)
    sys.modules.setdefault("torchaudio", audio)


if __name__ == "__main__":
    main()
