"""Tasks of lm-evaluation-harness by name, beside the bundled suites: its own catalogue and a folder of the user's.

Knows how the harness finds, samples and scores a task, and turns each document into an item with a figure of its own.
It must not know what a change of that figure means. Which figure: ``acc``, else ``exact_match``, else the first one
that is 0 or 1 for every document; tasks of rolling likelihood become general text instead.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import DataError, TuneproofError, UsageError
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.records import Item

if TYPE_CHECKING:
    from lm_eval.models.huggingface import HFLM

#: Figures of one document that say whether it was answered right, most telling first.
RIGHT = ("acc", "exact_match")
#: The harness's own seed of in-context examples, so that both states and every run see the same ones.
SHOTS_SEED = 1234
ROLLING = "loglikelihood_rolling"


class HarnessTasks:
    """The tasks that were named, loaded when first asked for; ``folder`` holds YAML files of the user's own."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._managers: dict[bool, Any] = {}
        self._tasks: dict[str, dict[str, Any]] = {}
        self._places: dict[str, tuple[str, str, int]] = {}

    def items(self, name: str, count: int, seed: int) -> list[Item]:
        """Return ``count`` documents of a task (or of a group, spread over its tasks), drawn by ``seed``.

        Raises:
            UsageError: neither the folder nor the harness knows the name.
            DataError: the task's data is neither here nor can be fetched, or its documents can't be read.
        """
        leaves = self._load(name)
        share = math.ceil(count / len(leaves))
        items: list[Item] = []
        for leaf, task in leaves.items():
            with self._reading(name):
                size = len(task.eval_docs)
                # Sorted, since the harness counts documents in the order of the data and ids in that of the list.
                chosen = sorted(random.Random(f"{seed}:{leaf}").sample(range(size), min(share, size)))
                items += self._leaf_items(name, leaf, task, chosen)
        return items[:count] if len(leaves) == 1 else items

    def holds(self, item: Item) -> bool:
        """Whether ``item`` is one that ``items`` made and ``score`` scores."""
        return item.role == "general" and item.item_id in self._places

    def score(self, lm: HFLM, items: Sequence[Item]) -> dict[str, dict[str, float]]:
        """Return ``correct`` (and ``margin`` in nats, of choices) of each item; ``broken`` where no number came out.

        The model is scored in the state that it is in. ``items`` are of one name.

        Raises:
            UsageError: the task has no figure that says right or wrong.
        """
        from lm_eval.evaluator import evaluate

        name = self._places[items[0].item_id][0]
        wanted: dict[str, list[int]] = {}
        ids = {}
        for item in items:
            _, leaf, place = self._places[item.item_id]
            wanted.setdefault(leaf, []).append(place)
            ids[leaf, place] = item.item_id
        tasks = {leaf: task for leaf, task in self._load(name).items() if leaf in wanted}
        # No cache of the harness: it tells models and data apart by less than what changes them.
        result = evaluate(lm, {"tasks": tasks, "groups": {}}, samples=wanted, bootstrap_iters=0, log_samples=True)
        if result is None:
            raise DataError(f"The harness returned nothing for {name!r}.", "Evaluate in a single process.")
        scores: dict[str, dict[str, float]] = {}
        for leaf, rows in result["samples"].items():
            figure = _figure(name, rows)
            for row in rows:
                # A task with several filters has a row for each; the first one is its own choice.
                scores.setdefault(ids[leaf, row["doc_id"]], _scored(row, figure))
        return scores

    def _load(self, name: str) -> dict[str, Any]:
        if name not in self._tasks:
            with self._reading(name):
                self._tasks[name] = self._manager(name).load([name])["tasks"]
            for task in self._tasks[name].values():
                task.set_fewshot_seed(SHOTS_SEED)
        return self._tasks[name]

    def _manager(self, name: str) -> Any:
        """Return the manager that knows ``name``; the harness's catalogue takes seconds to read, so it comes last."""
        from lm_eval.tasks import TaskManager

        folders = [self._folder] if self._folder else []
        for defaults in (False, True):
            if defaults not in self._managers:
                self._managers[defaults] = TaskManager(include_path=folders, include_defaults=defaults)
            if name in self._managers[defaults].all_tasks:
                return self._managers[defaults]
        raise UsageError(
            f"There is no general suite named {name!r}, and no task of lm-evaluation-harness.",
            "List its tasks with: lm-eval ls tasks. Your own are YAML files in [general] tasks_folder.",
        )

    def _leaf_items(self, name: str, leaf: str, task: Any, chosen: list[int]) -> Iterator[Item]:
        task.build_all_requests(samples=chosen, rank=0, world_size=1)
        requests: dict[int, list[Any]] = {}
        for instance in task.instances:
            requests.setdefault(instance.doc_id, []).append(instance)
        for at, place in enumerate(chosen):
            own = sorted(requests[at], key=lambda instance: int(instance.idx))
            item = _item(name, leaf, task, own)
            self._places[item.item_id] = (name, leaf, place)
            yield item

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        """Stand in the user's folder, so that ``data_files`` count from there, and explain what goes wrong."""
        try:
            with contextlib.chdir(self._folder) if self._folder else contextlib.nullcontext():
                yield
        except TuneproofError:
            raise
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError) as error:
            raise _unreadable(name, error) from error


def _item(name: str, leaf: str, task: Any, requests: Sequence[Any]) -> Item:
    first = requests[0]
    is_text, is_choice = task.OUTPUT_TYPE == ROLLING, task.OUTPUT_TYPE == "multiple_choice"
    target = task.doc_to_target(first.doc)
    arguments = [[part for part in one.args if isinstance(part, str)] for one in requests]
    choices = tuple(parts[-1] for parts in arguments) if is_choice else ()
    answer = target if isinstance(target, int) and 0 <= target < len(choices) else 0
    reference = arguments[0][0] if is_text else choices[answer] if choices else _plain(target)
    # The configuration too: in-context examples, stop words and filters change the figure as the document does.
    identity = digest("harness", leaf, canonical_json(json.loads(json.dumps(task.dump_config(), default=str))),
                      json.dumps([first.doc, arguments], default=str, sort_keys=True))  # fmt: skip
    return Item(
        item_id=identity,
        role="text" if is_text else "general",
        suite=name,
        cluster=identity,
        prompt="" if is_text else arguments[0][0],
        reference=reference,
        choices=choices,
        answer=answer,
    )


def _figure(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    names = [str(one) for one in rows[0]["metrics"]]
    for one in (*(found for found in RIGHT if found in names), *names):
        if all(isinstance(row[one], bool | int | float) and row[one] in {0, 1} for row in rows if one in row):
            return one
    raise UsageError(
        f"The task {name!r} says of no document whether it was answered right; it has {', '.join(names)}.",
        "Name a task with acc or exact_match in [general] suites.",
    )


def _scored(row: Mapping[str, Any], figure: str) -> dict[str, float]:
    likelihoods = [one[0][0] for one in row["resps"] if isinstance(one[0], tuple | list)]
    if not all(map(math.isfinite, likelihoods)):
        return {"broken": 1.0}
    scores: dict[str, float] = {}
    target = row["target"]
    if isinstance(target, int) and 0 <= target < len(likelihoods) and len(likelihoods) == len(row["resps"]) > 1:
        others = (value for place, value in enumerate(likelihoods) if place != target)
        scores["margin"] = float(likelihoods[target] - max(others))
    return {**scores, "correct": float(row[figure])}


def _plain(target: object) -> str:
    return str(target[0]) if isinstance(target, list) and target else str(target)


def _unreadable(name: str, error: Exception) -> DataError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    # Of the library's many ways to say it, all speak of the hub or of a connection.
    away = isinstance(error, ConnectionError) or any(
        word in str(error) for word in ("Hub", "offline", "huggingface.co")
    )
    if away:
        return DataError(
            f"The data of the task {name!r} is not in this machine's cache, and the hub can't be reached: {first}",
            "Evaluate once with a network, copy the cache (HF_HOME), or leave the task out of [general] suites.",
        )
    return DataError(f"The task {name!r} can't be read: {first}", "Check its YAML file and its data.")
