"""TRL's SFTTrainer, set up for one run: what it reads, how it steps, what it writes.

Knows TRL, peft and transformers, and imports them where they are used: only the training process calls this room.
It must not know run folders beyond the paths it is given.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import RunError
from tuneproof.train.base_facts import Device
from tuneproof.train.checkpoints import mark_complete
from tuneproof.train.job import Job
from tuneproof.train.memory import whole_logits
from tuneproof.train.methods import adapter_config, optimizer_name
from tuneproof.train.patience import Patience, evaluations
from tuneproof.train.rows import Conversation
from tuneproof.train.sampler import LengthBlocks
from tuneproof.train.settings import Settings

EVAL_BATCH = 32
#: A processor keeps a compiled kernel for each length of batch it meets: few lengths save half a gigabyte.
PAD_TO = 16


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the run wants to know and decide while the trainer works; ``sample`` is called at each evaluation."""

    record: Callable[[int, Mapping[str, float]], None]
    should_stop: Callable[[], bool]
    sample: Callable[[int, Any], None] | None = None


def make_trainer(job: Job, checkpoints: Path, hooks: Hooks) -> Any:
    """Return an SFTTrainer whose training set is the tokenised pairs followed by the replay rows.

    TRL tokenises the pairs (conversational prompt and completion) and gives each a ``labels`` column in which only
    the completion is not -100. Replay rows are joined after that, with their own tokens as labels: the collator takes
    ``labels`` as they are, and the trainer divides by the labels that count, so a token weighs the same in both.
    The selection rows, scored during training, hold no replay. ``pair_dataset`` keeps the pairs alone.
    """
    from datasets import Dataset, concatenate_datasets

    settings = job.settings
    trainer = _trainer_class(_whole_logits(job), hooks.sample)(
        model=job.model,
        args=_arguments(settings, job.device, checkpoints),
        train_dataset=_dataset(job.pairs),
        eval_dataset=_dataset(job.selection) if job.selection else None,
        processing_class=job.tokenizer,
        peft_config=adapter_config(settings),
    )
    # A batch as one row, its places counted anew in each: the figures of padding without its work. TRL's own switch
    # would leave long rows uncut, so the collator is told alone.
    trainer.data_collator.padding_free = settings.packing
    trainer.add_callback(_callback(settings, hooks, checkpoints))
    trainer.pair_dataset = trainer.train_dataset
    trained = trainer.train_dataset.select_columns(["input_ids", "labels"])
    if job.replay.rows:
        ids = [list(row) for row in job.replay.rows]
        trained = concatenate_datasets(
            [trained, Dataset.from_dict({"input_ids": ids, "labels": ids}, features=trained.features)]
        )
    trainer.train_dataset = trained
    return trainer


def _dataset(rows: Sequence[Conversation]) -> Any:
    from datasets import Dataset

    return Dataset.from_list([{"prompt": row.prompt, "completion": row.completion} for row in rows])


def _arguments(settings: Settings, device: Device, checkpoints: Path) -> Any:
    from trl.trainer.sft_config import SFTConfig

    return SFTConfig(
        output_dir=str(checkpoints),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.micro_batch,
        gradient_accumulation_steps=settings.batch_size // (settings.micro_batch * settings.processes),
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup_steps,
        weight_decay=settings.weight_decay,
        max_grad_norm=1.0,
        max_length=settings.max_length,
        packing=False,
        pad_to_multiple_of=PAD_TO,
        completion_only_loss=True,
        activation_checkpointing=settings.recompute_activations,
        bf16=device.autocast,
        use_cpu=device.kind == "cpu",
        seed=settings.seed,
        data_seed=settings.seed,
        optim=optimizer_name(settings.optimizer),
        neftune_noise_alpha=settings.neftune or None,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a loss that is no number must be seen, not averaged away
        eval_strategy="no",  # the callback asks for evaluations and checkpoints at the settings' steps
        save_strategy="no",
        save_total_limit=None if settings.patience else 2,  # any of them may turn out the best
        include_num_input_tokens_seen="non_padding",
        dataloader_num_workers=0,
        dataloader_pin_memory=device.kind != "cpu",
        remove_unused_columns=True,
        report_to="none",
        disable_tqdm=True,
    )


def _whole_logits(job: Job) -> bool:
    tokens = job.settings.micro_batch * job.settings.max_length
    return whole_logits(tokens, job.model.config.get_text_config().vocab_size, job.device.kind == "cuda")


def _trainer_class(whole_logits: bool, sample: Callable[[int, Any], None] | None) -> type[Any]:
    import torch
    from transformers import Trainer as PlainTrainer
    from trl.trainer.sft_trainer import SFTTrainer

    class Trainer(SFTTrainer):
        """SFTTrainer with rows of like length together, an exact mean for the evaluation loss, and no model card."""

        pair_dataset: Any
        evaluation_seconds: float = 0.0  # spent between steps, on the selection rows

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            rows: Any = self.train_dataset if train_dataset is None else train_dataset
            lengths = [len(ids) for ids in rows["input_ids"]]
            batch = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
            return LengthBlocks(lengths, batch, self.args.seed)

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            """Return the mean loss of a batch.

            TRL's head makes the logits in tiles, twice, with figures that nobody reads here. That saves a card's
            memory; on a CPU, where the logits of a small vocabulary fit, the model's own loss is the same number
            for a quarter less work.
            """
            if not whole_logits:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)  # type: ignore[no-untyped-call]
            inputs["use_cache"] = False
            return PlainTrainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

        def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> Any:
            """Return the mean loss over all trained tokens of the set, in nats a token.

            The library's own loop averages over batches, which weighs a token by the batch that it fell into.
            """
            rows: Any = self.eval_dataset if eval_dataset is None else eval_dataset
            if rows is None:
                return {}
            began = time.perf_counter()
            model: Any = self.model
            was_training = model.training
            model.eval()
            order = sorted(range(len(rows)), key=lambda row: len(rows[row]["input_ids"]))
            compute_loss: Any = self.compute_loss
            total = count = 0.0
            for start in range(0, len(order), EVAL_BATCH):
                picked = [{k: rows[i][k] for k in ("input_ids", "labels")} for i in order[start : start + EVAL_BATCH]]
                inputs = self._prepare_inputs(self.data_collator(picked))
                tokens = float((inputs["labels"][:, 1:] != -100).sum())
                with torch.no_grad(), self.compute_loss_context_manager():
                    total += float(compute_loss(model, inputs)) * tokens
                count += tokens
            metrics = {f"{metric_key_prefix}_loss": total / count}
            self.log(dict(metrics))
            if sample is not None:
                with self.compute_loss_context_manager():
                    sample(int(self.state.global_step), model)
            model.train(was_training)
            self.evaluation_seconds += time.perf_counter() - began
            return metrics

        def create_model_card(self, *args: Any, **kwargs: Any) -> None:
            """Write none: the run's manifest says what was done, and cards are made from verdicts."""

    return Trainer


def _callback(settings: Settings, hooks: Hooks, checkpoints: Path) -> Any:
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        """Writes figures as they come, asks for evaluations and checkpoints, stops on NaN or when told to."""

        def __init__(self) -> None:
            self.tokens = 0.0
            self.began = self.took = 0.0
            self.patience = Patience(settings.patience)

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.tokens = float(state.num_input_tokens_seen)  # not 0 in a resumed run

        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.took = time.perf_counter() - self.began
            control.should_log = True
            if state.global_step in settings.evaluate_at:
                control.should_evaluate = control.should_save = True
            if hooks.should_stop():
                control.should_save = control.should_training_stop = True

        def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            # The trainer looks at these flags once more here; those of the epoch's last step are still up.
            control.should_log = control.should_evaluate = control.should_save = False

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            figures = {k: float(logs[k]) for k in ("loss", "eval_loss", "learning_rate", "grad_norm") if k in logs}
            broken = [name for name, value in figures.items() if not math.isfinite(value)]
            if broken:
                raise RunError(
                    f"At step {state.global_step} the {broken[0]} became {figures[broken[0]]}: training has diverged.",
                    "Lower [train] learning_rate (halve it), then train again; the last good checkpoint is kept.",
                )
            if "loss" in figures:
                figures["tokens_per_second"] = (state.num_input_tokens_seen - self.tokens) / max(self.took, 1e-9)
                self.tokens = float(state.num_input_tokens_seen)
            if figures:
                hooks.record(state.global_step, figures)
            if "eval_loss" in figures and self.patience.is_over(evaluations(state)):
                control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                mark_complete(checkpoints / f"checkpoint-{state.global_step}", state.global_step)

    return Watch()
