"""The manifest of a run: with what it was made, how, and what came of it.

Knows packages, hashes and the machine. It must not decide anything.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.identity import sha256
from tuneproof.train.again import code_hash
from tuneproof.train.base_facts import Device, base_hashes, processor_name
from tuneproof.train.job import Job
from tuneproof.train.masking import MaskProof
from tuneproof.train.progress import RunFolder

PACKAGES = (
    "tuneproof", "torch", "transformers", "tokenizers", "trl", "peft", "accelerate", "datasets", "safetensors", "numpy",
)  # fmt: skip
SCHEMA = "tuneproof.manifest/1"


@dataclass(slots=True)
class Clock:
    """Seconds spent in each phase of one attempt at a run."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a block under ``name``."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Count ``seconds`` more for a phase."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt that reached the end; tokens are without padding."""

    proof: MaskProof
    kept_pairs: int
    loss_tokens_per_epoch: int
    tokens_seen: int
    resumed_from_step: int | None
    clock: Clock
    imported_bytes: int  # resident once everything was imported, before the base was loaded
    kept_step: int  # the step whose weights were kept: the last, or the best where patience was set


def make_manifest(run: RunFolder, request: Mapping[str, Any], job: Job, outcome: Outcome) -> dict[str, Any]:
    """Return the manifest of a finished run; its hashes are of the files as they lie there now."""
    base = Path(job.base)
    return {
        "schema": SCHEMA,
        "run_id": request["run_id"],
        "method": request["train"]["method"],
        "override": request["override"],
        "parent_id": request["parent_id"],
        "train": request["train"],
        "code": code_hash(),
        "versions": versions(),
        "hardware": hardware(job.device),
        "snapshot": {"id": job.snapshot.snapshot_id, "sha256": job.snapshot.sha256},
        "base": {"name": job.base, "files": base_hashes(base) if base.is_dir() else {}},
        run.product.name: {"files": folder_hashes(run.product)},
        "settings": asdict(job.settings),
        "seed": job.settings.seed,
        "threads": job.settings.threads,
        "rows": {
            "pairs": len(job.pairs),
            "trained_pairs": outcome.kept_pairs,
            "truncated": job.truncated,
            "dropped": len(job.pairs) - outcome.kept_pairs,
            "replay": len(job.replay.rows),
            "replay_asked": job.replay.asked,
            "replay_dropped_as_probe_text": job.replay.dropped,
            "selection": len(job.selection),
        },
        "replay": {"source": job.replay.source, "tokens": job.replay.tokens, "sha256": job.replay.sha256},
        "tokens": {
            "seen": outcome.tokens_seen,
            "with_loss_per_epoch": outcome.loss_tokens_per_epoch,
            "with_loss": round(outcome.loss_tokens_per_epoch * job.settings.epochs),
        },
        "loss_mask": asdict(outcome.proof),
        "losses": final_losses({name: run.series(name) for name in ("loss", "eval_loss")}),
        "steps": job.settings.steps,
        "kept_step": outcome.kept_step,
        "resumed_from_step": outcome.resumed_from_step,
        "seconds": {name: round(value, 3) for name, value in outcome.clock.seconds.items()},
        "peak_memory": {**peak_memory(job.device), "imported_bytes": outcome.imported_bytes},
    }


def versions() -> dict[str, str]:
    """Return the version of Python and of every package that has a part in a run."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def hardware(device: Device) -> dict[str, Any]:
    """Return what the run was made on: processor, cores it may use, memory in bytes, device."""
    return {
        "processor": processor_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "platform": platform.platform(),
        "device": device.kind,
        "device_name": device.name,
        "precision": device.reason,
    }


def resident_peak() -> int:
    """Return the most bytes that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def peak_memory(device: Device) -> dict[str, int]:
    """Return the most memory that this process held so far, in bytes: resident, and on the card if there is one."""
    found = {"resident_bytes": resident_peak()}
    if device.kind == "cuda":
        import torch

        found["cuda_bytes"] = int(torch.cuda.max_memory_allocated())
    return found


def folder_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of ``folder`` by name."""
    return {path.name: sha256(path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()}


def final_losses(series: Mapping[str, list[tuple[int, float]]]) -> dict[str, float | None]:
    """Return first and last figures of a run in nats a token; ``best_eval`` is the lowest evaluation loss."""
    train, selection = series["loss"], series["eval_loss"]
    return {
        "first_loss": train[0][1] if train else None,
        "last_loss": train[-1][1] if train else None,
        "first_eval_loss": selection[0][1] if selection else None,
        "last_eval_loss": selection[-1][1] if selection else None,
        "best_eval_loss": min((value for _, value in selection), default=None),
        "best_eval_step": min(selection, key=lambda point: point[1])[0] if selection else None,
    }
