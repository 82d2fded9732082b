"""Renders the rows of an export as Axolotl does, by its own strategy, in its environment; speaks JSON lines.

Usage: python axolotl_driver.py OUT, in the folder of the export.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Check the configuration by Axolotl's schema, then write the ids and labels of every training row."""
    import yaml
    from axolotl.prompt_strategies.chat_template import load  # type: ignore[import-not-found]
    from axolotl.utils.dict import DictDefault  # type: ignore[import-not-found]
    from axolotl.utils.schemas.config import AxolotlInputConfig  # type: ignore[import-not-found]
    from axolotl.utils.schemas.datasets import SFTDataset  # type: ignore[import-not-found]
    from transformers import AutoTokenizer

    stated: dict[str, Any] = yaml.safe_load(Path("axolotl.yaml").read_text("utf-8"))
    unknown = set(stated) - set(AxolotlInputConfig.model_fields)
    if unknown:
        raise SystemExit(f"no keys of Axolotl's: {unknown}")
    sets = [SFTDataset(**one) for one in stated["datasets"] + stated.get("test_datasets", [])]
    checked = AxolotlInputConfig(**stated).model_dump(exclude_none=True)
    tokenizer: Any = AutoTokenizer.from_pretrained(stated["base_model"])
    strategy = load(tokenizer, DictDefault(checked), DictDefault(sets[0].model_dump(exclude_none=True)))
    with Path(sys.argv[1]).open("w", encoding="utf-8") as out:
        for line in Path(stated["datasets"][0]["path"]).read_text("utf-8").split("\n")[:-1]:
            made = strategy.tokenize_prompt(json.loads(line))
            out.write(json.dumps({"input_ids": list(made["input_ids"]), "labels": list(made["labels"])}) + "\n")


if __name__ == "__main__":
    main()
