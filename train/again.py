"""A run made again from its manifest: what must be as it was for the same adapter bit for bit, and what is not.

Knows manifests and what they pin: code, versions, machine, threads, data, base. It must not start anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, RunError
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.train.base_facts import base_hashes, processor_name
from tuneproof.train.child import all_cores

#: What of the hardware decides the last bits; how many cores there are does not, how many threads are used does.
MACHINE = ("processor", "device", "device_name", "precision")


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a manifest asks for again; ``override`` is the reason that a person gave for the first run."""

    manifest: Mapping[str, Any]
    settings: Train
    base: str
    snapshot_id: str
    override: str | None

    @property
    def product(self) -> Mapping[str, str]:
        """Hashes of the files that the first run made."""
        made: Mapping[str, str] = (self.manifest.get("adapter") or self.manifest.get("model") or {}).get("files", {})
        return made


def read_pinned(path: Path) -> Pinned:
    """Return what the manifest at ``path`` asks for; the count of threads becomes a setting of its own.

    Raises:
        DataError: it is no manifest, or one that pins too little.
    """
    manifest = read_json(path)
    missing = [key for key in ("train", "code", "versions", "hardware", "snapshot", "base") if key not in manifest]
    if missing:
        raise DataError(
            f"{path} pins no {' and no '.join(missing)}, so the run can't be made again from it.",
            "Train anew: tuneproof train --new; its manifest can be used.",
        )
    settings = Train.model_validate({**manifest["train"], "threads": manifest["threads"]})
    return Pinned(manifest, settings, manifest["base"]["name"], manifest["snapshot"]["id"], manifest["override"])


def differences(pinned: Pinned, snapshot: Path, hardware: Mapping[str, Any], versions: Mapping[str, str]) -> list[str]:
    """Return in words everything that is not as it was: code, versions, machine, threads, data, base.

    Raises:
        DataError: the snapshot can't be read.
    """
    then = pinned.manifest
    found = [
        f"{name} was {then['versions'].get(name, 'absent')} and is {now}"
        for name, now in versions.items()
        if then["versions"].get(name) != now
    ]
    if then["code"] != code_hash():
        found.append("tuneproof's own training code has changed")
    found += [
        f"the {name.replace('_', ' ')} was {then['hardware'].get(name)} and is {hardware.get(name)}"
        for name in MACHINE
        if then["hardware"].get(name) != hardware.get(name)
    ]
    if all_cores(0) < pinned.settings.threads:
        found.append(f"it took {pinned.settings.threads} threads and there are {all_cores(0)} cores")
    if load_snapshot(snapshot).sha256 != then["snapshot"]["sha256"]:
        found.append(f"the snapshot {pinned.snapshot_id} holds other rows")
    base = Path(pinned.base)
    if not base.is_dir():
        found.append(f"the base {pinned.base} is no folder here")
    else:
        now = base_hashes(base)
        names = sorted({*now, *then["base"]["files"]})
        found += [
            f"the base's {name} is another file" for name in names if now.get(name) != then["base"]["files"].get(name)
        ]
    return found


def refuse_differences(found: list[str]) -> None:
    """Refuse to make a run again where anything differs.

    Raises:
        RunError: with the list of what differs.
    """
    if found:
        raise RunError(
            f"The run can't be made again bit for bit: {'; '.join(found)}.",
            "Put that back, or train a run of its own: tuneproof train --new",
        )


def machine() -> dict[str, Any]:
    """Return what of the hardware decides the last bits, as a run on it would record them."""
    from tuneproof.train.base_facts import cpu_has_bfloat16
    from tuneproof.train.plan import has_cuda

    if has_cuda():
        import torch

        name, why = torch.cuda.get_device_name(0), "bfloat16 on a CUDA card"
        return {"processor": processor_name(), "device": "cuda", "device_name": name, "precision": why}
    why = (
        "bfloat16 autocast: this processor has instructions for it"
        if cpu_has_bfloat16()
        else "float32: this processor has no bfloat16 instructions"
    )
    return {"processor": processor_name(), "device": "cpu", "device_name": processor_name(), "precision": why}


@cache
def code_hash() -> str:
    """Return one hash of every module of this room and of the settings that it reads."""
    from tuneproof.datasets.workspace import config

    room = Path(__file__).parent
    paths = [*sorted(room.rglob("*.py")), Path(str(config.__file__))]
    return sha256(canonical_json([[path.name, sha256(path.read_bytes())] for path in paths]))
