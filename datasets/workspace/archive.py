"""Backup and restore: a workspace as one file, proved by hashes both ways.

Knows the workspace's files; the archive holds the configuration, the DuckDB file at a checkpoint, snapshots,
reports and runs, and a list of every file's SHA-256 as its last member.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tuneproof.datasets.workspace.errors import UsageError, WorkspaceError
from tuneproof.datasets.workspace.identity import sha256
from tuneproof.datasets.workspace.workspace import CONFIG_NAME, DATABASE_NAME, Workspace

MANIFEST = "backup.json"
FOLDERS = ("datasets", "reports", "runs", "sources")


def back_up(workspace: Workspace, target: Path) -> int:
    """Write the whole workspace to ``target`` (a .tar.gz) and return how many files it holds.

    The DuckDB file is held from its checkpoint until it is copied, so nothing can change in between.

    Raises:
        UsageError: ``target`` exists or can't be written.
    """
    if target.exists():
        raise UsageError(f"{target} exists.", "Choose another name, or remove it first.")
    draft = target.with_name(f".{target.name}.draft")
    hashes: dict[str, str] = {}
    try:
        with workspace.write() as connection, tarfile.open(draft, "w:gz", compresslevel=6) as archive:
            connection.execute("CHECKPOINT")
            for path in _files(workspace):
                name = path.relative_to(workspace.root).as_posix()
                content = path.read_bytes()
                hashes[name] = sha256(content)
                _put(archive, name, content)
            _put(archive, MANIFEST, json.dumps(hashes, indent=1).encode())
        draft.rename(target)
    except OSError as error:
        raise UsageError(
            f"{target} can't be written: {error.strerror}.", "Choose a folder with free space that you can write to."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return len(hashes)


def restore(source: Path, root: Path) -> Workspace:
    """Unpack a backup into ``root``, which must be empty or new, once every file's hash has been proved.

    Raises:
        UsageError: ``root`` is not empty, or ``source`` can't be read.
        WorkspaceError: ``source`` is no backup, or a file in it is damaged.
    """
    if root.exists() and any(root.iterdir()):
        raise UsageError(f"{root} is not empty.", "Restore into a new folder.")
    draft = root.absolute().with_name(f".{root.absolute().name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(draft, filter="data")
        _prove(draft, source)
        (draft / MANIFEST).unlink()
        if root.exists():
            root.rmdir()
        draft.rename(root)
    except FileNotFoundError as error:
        raise UsageError(f"There is no {source}.", "Name a file that tuneproof backup wrote.") from error
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OSError) as error:
        raise WorkspaceError(
            f"{source} can't be restored: {error}.", "Use another backup; this one is damaged."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Workspace(root)


def _files(workspace: Workspace) -> Iterator[Path]:
    yield workspace.root / CONFIG_NAME
    yield workspace.root / DATABASE_NAME
    for folder in FOLDERS:
        yield from sorted(path for path in (workspace.root / folder).rglob("*") if path.is_file())


def _put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(PurePosixPath(name).as_posix())
    member.size = len(content)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(content))


def _prove(folder: Path, source: Path) -> None:
    path = folder / MANIFEST
    if not path.is_file():
        raise WorkspaceError(f"{source} is no tuneproof backup, or it was cut short.", "Use another backup.")
    expected: dict[str, str] = json.loads(path.read_text("utf-8"))
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}
    strange = sorted(found - expected.keys() - {MANIFEST})
    if strange:
        raise WorkspaceError(f"{source}: {strange[0]} was not backed up.", "Use another backup.")
    for name, wanted in expected.items():
        file = folder / name
        if not file.is_file() or sha256(file.read_bytes()) != wanted:
            raise WorkspaceError(f"{source}: {name} is damaged or missing.", "Use another backup.")
