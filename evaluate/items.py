"""What a model is scored on: the user's own pairs, the general suites, and general text.

Knows where items come from and what they are grouped by. It must not know any model or tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tuneproof.datasets.bundled.suites import SUITES, suite_items
from tuneproof.datasets.workspace.config import General
from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Item, Role
from tuneproof.datasets.workspace.snapshots import load_snapshot

#: Roles that a snapshot's own items may have here, in the order in which they are scored.
USER_ROLES: tuple[Role, ...] = ("heldout", "train", "selection")
MAX_TRAIN_PROBES = 200
BUNDLED = "bundled"


def collect_items(snapshot_dir: Path, general: General) -> list[Item]:
    """Return every item that a model of this snapshot is scored on: user roles, then suites, then text.

    Raises:
        DataError: the snapshot is broken, or holds no held-out item.
        UsageError: ``general.suites`` names a suite that there is not.
    """
    own = user_items(load_snapshot(snapshot_dir).items())
    return [*own, *general_items(general), *text_items()]


def user_items(items: Sequence[Item]) -> list[Item]:
    """Return the scored items of a snapshot, at most 200 train probes, taken by hash of their ids."""
    kept = {role: [item for item in items if item.role == role] for role in USER_ROLES}
    if not kept["heldout"]:
        raise DataError("The snapshot holds no held-out item.", "Add documents, then run: tuneproof build")
    kept["train"] = sorted(kept["train"], key=lambda item: digest("probe", item.item_id))[:MAX_TRAIN_PROBES]
    return [item for role in USER_ROLES for item in kept[role]]


def general_items(general: General) -> list[Item]:
    """Return the items of the named suites; ``bundled`` stands for all that come with the install."""
    names = [name for entry in general.suites for name in (SUITES if entry == BUNDLED else (entry,))]
    unknown = sorted(set(names) - set(SUITES))
    if unknown:
        known = ", ".join((BUNDLED, *SUITES))
        raise UsageError(f"There is no general suite named {unknown[0]!r}.", f"Set general.suites to some of: {known}.")
    return [item for name in dict.fromkeys(names) for item in _suite(name, general)]


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


def _suite(name: str, general: General) -> Iterator[Item]:
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
