"""The finished model folder: weights, tokenizer, and a card that says what they are made of and can do.

Knows what is measured and written at the end. Must not know how the model was trained.
"""

from __future__ import annotations

import json
import platform
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.bundled.suites import SUITES
from tuneproof.train.base.measure import bits_per_byte, score_suite, total_nats
from tuneproof.train.base.mixture import ANSWER_WEIGHT, EXCHANGE_SHARE, PROMPT_WEIGHT, SKILL_SHARE
from tuneproof.train.base.model import save_model
from tuneproof.train.base.tokenizer import CONTEXT, END_OF_TEXT_ID
from tuneproof.train.base.trials import TRIALS

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    from tuneproof.train.base.prepare import Prepared
    from tuneproof.train.base.recipe import Progress, Settings


def finish(
    model: LlamaForCausalLM,
    prepared: Prepared,
    settings: Settings,
    progress: Progress,
    data: Path,
    out: Path,
    log: Callable[[str], None],
) -> None:
    """Store the model, measure what was stored (bfloat16, read back), and write card and hashes beside it."""
    out.mkdir(parents=True, exist_ok=True)
    save_model(model, out)
    save_tokenizer(prepared.tokenizer, out)
    stored = load_stored(out)
    held_out = json.loads((data / "held_out.json").read_text())
    facts = {
        "model": _shape(stored),
        "corpus": prepared.about,
        "training": _training(settings, progress),
        "mixture": {
            "skills": SKILL_SHARE,
            "exchanges": EXCHANGE_SHARE,
            "prompt_weight": PROMPT_WEIGHT,
            "answer_weight": ANSWER_WEIGHT,
        },
        "held_out": held_out_bits(stored, prepared.tokenizer, held_out),
        "suites": [asdict(score_suite(stored, prepared.tokenizer, suite)) for suite in SUITES],
        "trials": _trials(data),
        "notes": [],
        "built_with": _versions(),
    }
    (out / "card.json").write_text(json.dumps(facts, indent=1) + "\n")
    log("measured: " + json.dumps({"held_out": facts["held_out"], "suites": facts["suites"]}))
    seal(out)


def seal(out: Path) -> None:
    """Render the card from `card.json` and write the hash of every file; run again after either changes."""
    facts = json.loads((out / "card.json").read_text())
    (out / "README.md").write_text(render_card(facts))
    write_index(out)


def write_index(out: Path) -> None:
    """Write `sha256.json`: hash and size of every other file, each made readable by everybody."""
    index = {}
    for path in sorted(p for p in out.iterdir() if p.is_file() and p.name != "sha256.json"):
        path.chmod(0o644)
        content = path.read_bytes()
        index[path.name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    (out / "sha256.json").write_text(json.dumps(index, indent=1) + "\n")


def save_tokenizer(tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Store the tokenizer under the class that every transformers release knows, with its additions spelt out."""
    tokenizer.save_pretrained(out)
    path = out / "tokenizer_config.json"
    stated = json.loads(path.read_text())
    for local in ("is_local", "local_files_only"):
        stated.pop(local, None)
    stated |= {"add_bos_token": False, "add_eos_token": False, "tokenizer_class": "PreTrainedTokenizerFast"}
    path.write_text(json.dumps(stated, indent=2, sort_keys=True) + "\n")


def load_stored(folder: Path) -> LlamaForCausalLM:
    """The model as stored, computing in float32."""
    import torch
    from transformers import LlamaForCausalLM

    stored: LlamaForCausalLM = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return stored


def held_out_bits(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, documents: list[list[str]]
) -> dict[str, Any]:
    """Bits per byte overall and by package: each package's documents in source order, windows of 512 tokens."""
    import numpy as np

    texts: dict[str, list[str]] = defaultdict(list)
    for package, text in documents:
        texts[package].append(text)
    nats: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for package, listed in texts.items():
        ids = [t for text in listed for t in (END_OF_TEXT_ID, *tokenizer.encode(text, add_special_tokens=False))]
        nats[package] = total_nats(model, np.array(ids, dtype=np.int64))
        sizes[package] = sum(len(text.encode("utf-8", "replace")) for text in listed)
    by_package = {p: {"bits_per_byte": round(bits_per_byte(nats[p], sizes[p]), 4), "bytes": sizes[p]} for p in nats}
    overall = bits_per_byte(sum(nats.values()), sum(sizes.values()))
    return {"bits_per_byte": round(overall, 4), "bytes": sum(sizes.values()), "by_package": by_package}


def render_card(facts: dict[str, Any]) -> str:
    """The model card in Markdown, with the front matter that the hub reads."""
    from jinja2 import Environment, StrictUndefined

    source = files("tuneproof.train.base").joinpath("card.md.j2").read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(source).render(**facts)


def _shape(model: LlamaForCausalLM) -> dict[str, Any]:
    config = model.config
    return {
        "parameters": model.num_parameters(),
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "inner": config.intermediate_size,
        "heads": config.num_attention_heads,
        "vocabulary": config.vocab_size,
        "context": CONTEXT,
        "tied": bool(config.tie_word_embeddings),
        "dtype": "bfloat16",
    }


def _training(settings: Settings, progress: Progress) -> dict[str, Any]:
    curve = progress.curve
    every = max(1, len(curve) // 12)
    rows = [*curve[:-1:every], *curve[-1:]]
    return {
        "settings": asdict(settings),
        "steps": progress.step,
        "tokens": progress.tokens,
        "minutes": round(progress.minutes, 1),
        "curve": [{"step": s, "tokens": t, "minutes": m, "loss": value} for s, t, m, value in rows],
        "hardware": f"{settings.threads} threads, {_processor()}",
    }


def _trials(data: Path) -> list[dict[str, Any]]:
    """The short comparisons of optimizers, if they were run in this folder."""
    path = data / TRIALS
    trials: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    return trials


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"python": sys.version.split()[0], **{n: version(n) for n in ("torch", "transformers", "tokenizers")}}
