"""What a model is scored on: the user's own pairs, the general suites, and general text.

Knows where items come from and what they are grouped by. It must not know any model or tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tuneproof.datasets.bundled.suites import SUITES, suite_items
from tuneproof.datasets.workspace.config import General
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Item, Role
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.evaluate.harness_tasks import HarnessTasks

#: Roles that a snapshot's own items may have here, in the order in which they are scored.
USER_ROLES: tuple[Role, ...] = ("heldout", "train", "selection")
MAX_TRAIN_PROBES = 200
BUNDLED = "bundled"


def collect_items(snapshot_dir: Path, general: General, tasks: HarnessTasks | None = None) -> list[Item]:
    """Return every item that a model of this snapshot is scored on: user roles, then suites, then text.

    ``tasks`` takes in the tasks that are not bundled, and can score their items afterwards.

    Raises:
        DataError: the snapshot is broken, or holds no held-out item.
        UsageError: ``general.suites`` names a suite that there is not.
    """
    own = user_items(load_snapshot(snapshot_dir).items())
    return [*own, *general_items(general, tasks), *text_items()]


def user_items(items: Sequence[Item]) -> list[Item]:
    """Return the scored items of a snapshot, at most 200 train probes, taken by hash of their ids."""
    kept = {role: [item for item in items if item.role == role] for role in USER_ROLES}
    if not kept["heldout"]:
        raise DataError("The snapshot holds no held-out item.", "Add documents, then run: tuneproof build")
    kept["train"] = sorted(kept["train"], key=lambda item: digest("probe", item.item_id))[:MAX_TRAIN_PROBES]
    return [item for role in USER_ROLES for item in kept[role]]


def general_items(general: General, tasks: HarnessTasks | None = None) -> list[Item]:
    """Return the items of the named suites; ``bundled`` stands for all that come with the install."""
    tasks = tasks or harness_tasks(general)
    names = [name for entry in general.suites for name in (SUITES if entry == BUNDLED else (entry,))]
    return [item for name in dict.fromkeys(names) for item in _suite(name, general, tasks)]


def harness_tasks(general: General) -> HarnessTasks:
    """Return the tasks that the configuration lets name.

    Raises:
        DataError: ``general.tasks_folder`` is no folder.
    """
    folder = Path(general.tasks_folder) if general.tasks_folder else None
    if folder and not folder.is_dir():
        raise DataError(f"{folder} is no folder of tasks.", "Set [general] tasks_folder to where their YAML files lie.")
    return HarnessTasks(folder)


def beyond_bundled(general: General) -> list[str]:
    """Return the suites that do not come with the install; their data may have to be fetched."""
    return [name for name in general.suites if name != BUNDLED and name not in SUITES]


def text_items() -> list[Item]:
    """Return the general texts, one item a document; the collections are suites of their own."""
    from tuneproof.datasets.bundled.texts import general_texts

    return [
        Item(
            item_id=digest("text", text.collection, text.document, text.text),
            role="text",
            suite=text.collection,
            cluster=text.document,
            prompt="",
            reference=text.text,
        )
        for text in general_texts()
    ]


def _suite(name: str, general: General, tasks: HarnessTasks) -> Iterator[Item]:
    if name not in SUITES:
        yield from tasks.items(name, general.per_suite, general.seed)
        return
    for found in suite_items(name, general.per_suite, general.seed):
        yield Item(
            item_id=found.item_id,
            role="general",
            suite=name,
            cluster=found.template,
            prompt=found.prompt,
            reference=found.choices[found.answer],
            choices=tuple(found.choices),
            answer=found.answer,
        )
