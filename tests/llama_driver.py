"""Runs GGUF files through llama.cpp, in an environment that has nothing but llama-cpp-python; speaks JSON lines.

Usage: python llama_driver.py JOB OUT, where JOB is JSON: model, lora (or null), prompts, tokens (how many to add),
logits (how many steps of each prompt to write out, from the first).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Decode every prompt greedily and write token ids, added tokens and logits."""
    from llama_cpp import Llama  # type: ignore[import-not-found]

    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    # Keys and values in float32, as transformers keeps them here.
    model = Llama(
        job["model"], n_ctx=256, n_batch=256, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False,
        lora_path=job["lora"], type_k=0, type_v=0, flash_attn=False,
    )  # fmt: skip
    with Path(sys.argv[2]).open("w", encoding="utf-8") as out:
        for prompt in job["prompts"]:
            out.write(json.dumps(_decode(model, prompt, job["tokens"], job["logits"])) + "\n")


def _decode(model: Any, prompt: str, count: int, kept: int) -> dict[str, Any]:
    import numpy as np

    ids = list(model.tokenize(prompt.encode("utf-8"), add_bos=True, special=True))
    bare = list(model.tokenize(prompt.encode("utf-8"), add_bos=False, special=True))
    added: list[int] = []
    logits: list[list[float]] = []
    model.reset()
    model.eval(ids)
    for step in range(count):
        row = np.array(model.scores[model.n_tokens - 1])
        if step < kept:
            logits.append([round(float(value), 5) for value in row])
        added.append(int(row.argmax()))
        model.eval(added[-1:])
    return {"ids": ids, "bare": bare, "added": added, "logits": logits}


if __name__ == "__main__":
    main()
