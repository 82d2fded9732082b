"""A search over learning rate, rank, epochs and optimizer by held-out loss, pruned, resumable, within a budget.

Knows optuna (extra ``sweep``) and trials. It must not know workspaces.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import RunError, UsageError
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.train.trials import Pruned, Trial, run_trial

RATE = (2e-5, 3e-3)
RANKS = (4, 8, 16, 32)
EPOCHS = (1, 2, 3, 5)
OPTIMIZERS = ("adamw", "adamw_8bit", "adafactor")
WARM_TRIALS = 3  # that run to their end before any is pruned
Tell = Callable[[int, dict[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: trials by how they ended, and the best of them with its settings."""

    finished: int
    pruned: int
    failed: int
    best: dict[str, Any]
    trial: Trial


def search(folder: Path, snapshot: Path, base: Path, settings: Train, trials: int, minutes: float, tell: Tell) -> Found:
    """Search until ``trials`` have ended, counting those of earlier calls, or ``minutes`` are over.

    The journal and the runs lie in ``folder``; the same snapshot, base and settings carry the same search on. A trial
    under way when the time is over runs to its end.

    Raises:
        UsageError: the extra is not installed.
        RunError: no trial came to an end.
    """
    optuna = _optuna()
    name = digest("sweep", canonical_json([str(snapshot), str(base), settings.model_dump(mode="json")]))
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name=name,
        storage=optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(folder / f"{name}.log"))),
        load_if_exists=True,
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=settings.seed, n_startup_trials=WARM_TRIALS),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=WARM_TRIALS, n_warmup_steps=1),
    )
    ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)

    def objective(trial: Any) -> float:
        chosen = {
            "learning_rate": trial.suggest_float("learning_rate", *RATE, log=True),
            "rank": trial.suggest_categorical("rank", RANKS),
            "epochs": trial.suggest_categorical("epochs", EPOCHS),
            "optimizer": trial.suggest_categorical("optimizer", OPTIMIZERS),
        }
        seen = iter(range(1, 1_000_000))

        def watch(_step: int, loss: float) -> bool:
            # By the number of the evaluation: runs of other lengths are compared at like shares of their way.
            trial.report(loss, next(seen))
            return bool(trial.should_prune())

        tell(trial.number, chosen, "begun")
        try:
            made = run_trial(
                f"trial {trial.number}", folder / "runs", snapshot, base, settings.model_copy(update=chosen), watch
            )
        except Pruned as error:
            tell(trial.number, chosen, "pruned")
            raise optuna.TrialPruned from error
        trial.set_user_attr("trial", made.to_document())
        tell(trial.number, chosen, f"{made.best_loss:.4f} at epoch {made.best_epoch:.1f}")
        return made.best_loss

    left = trials - sum(one.state in ended for one in study.trials)
    if left > 0:
        study.optimize(objective, n_trials=left, timeout=60 * minutes, catch=(RunError,))
    return _found(study, optuna)


def _found(study: Any, optuna: Any) -> Found:
    states = optuna.trial.TrialState
    count = {state: sum(one.state == state for one in study.trials) for state in states}
    if not count[states.COMPLETE]:
        raise RunError("No trial came to its end.", "Give it more --minutes, or see the logs below trials/sweep/runs.")
    document = dict(study.best_trial.user_attrs["trial"])
    document.pop("gain")
    return Found(
        count[states.COMPLETE], count[states.PRUNED], count[states.FAIL], dict(study.best_params), Trial(**document)
    )


def _optuna() -> Any:
    try:
        optuna: Any = importlib.import_module("optuna")
    except ModuleNotFoundError as error:
        raise UsageError("A sweep needs the extra sweep.", "pip install 'tuneproof[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
