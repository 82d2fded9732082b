"""What ``doctor`` looks at, one function a thing.

Knows what must hold for the road to work on this machine. It repairs nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.workspace import Workspace

NEEDED_DISK_GB = 2.0
NEEDED_MEMORY_GB = 4.0
_SPANS = """
SELECT count(*) FROM chunks c JOIN documents d USING (document_id)
WHERE encode(d.content)[c.start_byte + 1 : c.end_byte] <> encode(c.text)
"""
_LOST = "SELECT count(*) FROM pairs p ANTI JOIN documents d USING (document_id) WHERE p.document_id IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at: what was found and, if it is not well, what to do."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def examine() -> list[Examined]:
    """Look at the installation, and at the workspace if the current folder is in one."""
    looks: list[Callable[[], Examined]] = [_python, _packages, _base, _embeddings, _memory, _disk]
    findings = [look() for look in looks]
    try:
        workspace = Workspace.find()
    except TuneproofError:
        return findings
    return findings + [_guard(look, workspace) for look in (_config, _database, _snapshots)]


def _guard(look: Callable[[Workspace], Examined], workspace: Workspace) -> Examined:
    try:
        return look(workspace)
    except TuneproofError as error:
        return Examined(look.__name__.strip("_"), False, error.message, error.hint)


def _python() -> Examined:
    found = sys.version.split()[0]
    return Examined("python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


def _packages() -> Examined:
    missing, found = [], []
    for requirement in metadata.requires("tuneproof") or []:
        if "extra ==" in requirement:
            continue
        name = requirement.split(">")[0].split("=")[0].split("<")[0].split(";")[0].strip()
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    remedy = "Install again: pip install -c constraints.txt 'tuneproof[offline]'"
    detail = f"missing: {', '.join(missing)}" if missing else f"{len(found)} installed"
    return Examined("packages", not missing, detail, remedy)


def _base() -> Examined:
    from tuneproof.datasets.bundled.base import base_path, verify_base

    try:
        verify_base()
    except TuneproofError as error:
        return Examined("base model", False, error.message, error.hint)
    return Examined("base model", True, f"tuneproof-base in {base_path()}, hashes right")


def _embeddings() -> Examined:
    from tuneproof.curate.embeddings import offline_folder

    try:
        folder = offline_folder()
    except TuneproofError as error:
        return Examined("embeddings", False, error.message, error.hint)
    return Examined("embeddings", True, f"all-MiniLM-L6-v2 in {folder}, hash right")


def _memory() -> Examined:
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    detail = f"{available:.1f} GiB free, {os.cpu_count()} cores"
    return Examined("memory", available >= NEEDED_MEMORY_GB, detail, f"Free {NEEDED_MEMORY_GB:.0f} GiB of memory.")


def _disk() -> Examined:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Examined("disk", free >= NEEDED_DISK_GB, f"{free:.1f} GiB free", f"Free {NEEDED_DISK_GB:.0f} GiB here.")


def _config(workspace: Workspace) -> Examined:
    _ = workspace.config
    return Examined("config", True, f"{workspace.config_path} reads well")


def _database(workspace: Workspace) -> Examined:
    with workspace.read() as connection:
        cut = (connection.execute(_SPANS).fetchone() or (0,))[0]
        lost = (connection.execute(_LOST).fetchone() or (0,))[0]
    detail = f"{cut} chunks off their bytes, {lost} pairs without their document"
    return Examined("workspace", not cut and not lost, detail, "Run: tuneproof build; if it stays, restore a backup.")


def _snapshots(workspace: Workspace) -> Examined:
    from tuneproof.datasets.workspace.snapshots import load_snapshot

    folders = sorted(path.parent for path in workspace.snapshots_dir.glob("*/snapshot.json"))
    for folder in folders:
        load_snapshot(folder)
    return Examined("snapshots", True, f"{len(folders)} frozen, hashes right")
