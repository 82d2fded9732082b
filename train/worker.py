"""The training process: ``python -m tuneproof.train.worker RUN_DIR``.

Knows one run folder and carries its request out: load, prove the loss mask, train, save, write down. It must never
open the workspace. It takes a killed run up from its last complete checkpoint, stops at the next step on SIGINT or
SIGTERM, and says in status.json how it ended.
"""

from __future__ import annotations

import importlib
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.errors import RunError, TuneproofError
from tuneproof.train.checkpoints import clear_drafts, last_complete, save_adapter, save_model
from tuneproof.train.child import process_rank
from tuneproof.train.job import Job, load_job
from tuneproof.train.manifest import Clock, Outcome, make_manifest, resident_peak
from tuneproof.train.masking import MaskProof, prove
from tuneproof.train.methods import WHOLE
from tuneproof.train.patience import Patience, best_step, evaluations
from tuneproof.train.progress import RunFolder
from tuneproof.train.rows import Conversation
from tuneproof.train.samples import write_samples
from tuneproof.train.shortage import is_shortage, what_to_change
from tuneproof.train.tracking import Tracker, open_trackers
from tuneproof.train.trainer import Hooks, make_trainer

PROOF_BATCHES = 4
LIBRARIES = ("torch", "transformers", "datasets", "peft", "trl.trainer.sft_trainer")  # imported at the first need
STOPPED = 130  # the exit code of a process that was interrupted


@dataclass(slots=True)
class Stop:
    """Set by SIGINT and SIGTERM, looked at after every step."""

    asked: bool = False

    def listen(self) -> None:
        """Take both signals over from Python's defaults, and outlive the terminal that training was started in."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: object) -> None:
        self.asked = True


def main(arguments: list[str]) -> int:
    """Carry out the run in ``arguments[0]``; exit code 0 finished, 1 failed, 130 stopped."""
    run = RunFolder(Path(arguments[0]))
    stop = Stop()
    stop.listen()
    if process_rank():
        return 0 if train(run, stop) else STOPPED  # the first process keeps the folder and says how it ended
    with run.lock():
        if run.manifest.exists() and run.product.exists():
            run.set_status("finished")
            return 0
        run.set_status("running")
        clear_drafts(run.path)
        try:
            finished = train(run, stop)
        except BaseException as error:
            # Whatever it is gets reported, and raised again so that the log holds the traceback.
            clear_drafts(run.path)
            run.set_failed(explain(error, run))
            raise
        if finished:
            run.set_status("finished")
            return 0
        run.set_status("stopped", "Training was stopped.", "Start the run again to carry on from its checkpoint.")
        return STOPPED


def train(run: RunFolder, stop: Stop) -> bool:
    """Train what ``request.json`` asks for; True when finished, False when asked to stop before the end."""
    clock = Clock()
    request = read_json(run.request)
    with clock.phase("imports"):
        for name in LIBRARIES:
            importlib.import_module(name)
    imported = resident_peak()
    with clock.phase("load"):
        job = load_job(request)
    run.set_status("running", steps=job.settings.steps)
    with clock.phase("tokenise"):
        hooks, trackers = _listeners(run, request, job, stop)
        trainer = make_trainer(job, run.checkpoints, hooks)
    with clock.phase("mask_proof"):
        proof = prove_mask(trainer, job)
    if hooks.should_stop():
        return False
    resumed = last_complete(run.checkpoints)
    if not process_rank():
        run.forget_after(resumed[1] if resumed else -1)
    if not resumed:
        with clock.phase("evaluation"):
            trainer.evaluate()
    with clock.phase("training"):
        try:
            trainer.train(resume_from_checkpoint=str(resumed[0]) if resumed else None)
        finally:
            for tracker in trackers:
                tracker.close()
    points = evaluations(trainer.state)
    early = Patience(job.settings.patience).is_over(points)
    if trainer.state.global_step < job.settings.steps and not early:
        return False
    kept = int(trainer.state.global_step)
    if job.settings.patience and points:
        kept = best_step(points)
        trainer._load_from_checkpoint(str(run.checkpoints / f"checkpoint-{kept}"))
    if process_rank():
        return True
    with clock.phase("saving"):
        if job.settings.method in WHOLE:
            save_model(trainer.model, job.tokenizer, run.model)
        else:
            save_adapter(trainer.model, run.adapter)
    between_steps = trainer.evaluation_seconds - clock.seconds.get("evaluation", 0.0)
    clock.add("evaluation", between_steps)
    clock.add("training", -between_steps)
    outcome = Outcome(
        proof=proof,
        kept_pairs=len(trainer.pair_dataset),
        loss_tokens_per_epoch=_loss_tokens(trainer.train_dataset),
        tokens_seen=int(trainer.state.num_input_tokens_seen),
        resumed_from_step=resumed[1] if resumed else None,
        clock=clock,
        imported_bytes=imported,
        kept_step=kept,
    )
    write_json_atomic(run.manifest, make_manifest(run, request, job, outcome))
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    return True


def _listeners(run: RunFolder, request: Mapping[str, Any], job: Job, stop: Stop) -> tuple[Hooks, list[Tracker]]:
    """Return what hears of every step, and the trackers to close; of several processes the first alone writes."""

    def should_stop() -> bool:
        return agreed(stop.asked)

    if process_rank():
        return Hooks(lambda _step, _figures: None, should_stop), []
    rows = job.selection[: int(request.get("samples", 0))]
    sample = partial(write_samples, job.tokenizer, rows, run.record_samples) if rows else None
    trackers = open_trackers(request.get("tracking", ()), request["run_id"], run.path, request["train"])

    def record(step: int, figures: Mapping[str, float]) -> None:
        run.record(step, figures)
        for tracker in trackers:
            tracker.record(step, figures)

    return Hooks(record, should_stop, sample), trackers


def agreed(asked: bool) -> bool:
    """Whether any of the run's processes was asked to stop: all of them must stop at the same step."""
    distributed: Any = importlib.import_module("torch.distributed")
    if not distributed.is_initialized():
        return asked
    import torch

    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    votes = torch.tensor(int(asked), device=device)
    distributed.all_reduce(votes)
    return bool(votes)


def prove_mask(trainer: Any, job: Job) -> MaskProof:
    """Check what carries loss on the first batches that the trainer's own loader gives.

    Raises:
        RunError: the mask is wrong.
    """
    import transformers

    rows = {
        tuple(row["input_ids"]): Conversation(
            row["prompt"][0]["content"] if len(row["prompt"]) == 2 else None,
            row["prompt"][-1]["content"],
            row["completion"][-1]["content"],
        )
        for row in trainer.pair_dataset
    }
    proof = prove(islice(trainer.get_train_dataloader(), PROOF_BATCHES), rows, set(job.replay.rows), job.tokenizer)
    # Looking at the batches drew random numbers; the run must not depend on that.
    transformers.set_seed(job.settings.seed)
    return proof


def explain(error: BaseException, run: RunFolder) -> TuneproofError:
    """Turn what ended the run into a message and a hint."""
    from safetensors import SafetensorError

    text = str(error).strip().split("\n")[0]
    if isinstance(error, TuneproofError):
        return error
    if is_shortage(error):
        advice = what_to_change(read_json(run.request), cuda=type(error).__name__ == "OutOfMemoryError")
        return RunError(f"There was not enough memory: {text}.", advice)
    if _is_disk_error(error) or (isinstance(error, SafetensorError) and "I/O" in text):
        return RunError(
            f"The disk did not take the run's files: {text}.",
            f"Make room on the disk of {run.path}, then start the run again: it carries on from its last checkpoint.",
        )
    return RunError(
        f"Training ended with {type(error).__name__}: {text}.", f"The whole traceback is at the end of {run.log}."
    )


def _is_disk_error(error: BaseException) -> bool:
    # torch writes its files in C++ and reports a full disk as a RuntimeError.
    torch_file = isinstance(error, RuntimeError) and ("PytorchStreamWriter" in str(error) or "iostream" in str(error))
    return isinstance(error, OSError) or torch_file


def _loss_tokens(rows: Any) -> int:
    return sum(label != -100 for labels in rows["labels"] for label in labels)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
