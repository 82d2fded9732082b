"""Where the bundled base model lies, and whether it is whole. Must not know how it was trained or is loaded."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from tuneproof.datasets.workspace.errors import ModelError

_FOLDER = Path(__file__).parent / "tuneproof_base"
_INDEX = "sha256.json"
_HINT = "Install tuneproof again, or rebuild the model with `python -m tuneproof.train.base --out DIR`."


def base_path() -> Path:
    """The folder of `tuneproof-base`; its files are compared by size only, which costs nothing."""
    for name, (_, size) in _index().items():
        path = _FOLDER / name
        if not path.is_file() or path.stat().st_size != size:
            raise ModelError(f"the bundled base model is damaged: {name}", hint=_HINT)
    return _FOLDER


def verify_base() -> dict[str, str]:
    """Hash every file of the bundled base and return the hashes; raises where one differs from the index."""
    found = {}
    for name, (expected, _) in _index().items():
        found[name] = sha256((base_path() / name).read_bytes()).hexdigest()
        if found[name] != expected:
            raise ModelError(f"the bundled base model was changed: {name}", hint=_HINT)
    return found


def _index() -> dict[str, tuple[str, int]]:
    path = _FOLDER / _INDEX
    if not path.is_file():
        raise ModelError("the bundled base model is missing", hint=_HINT)
    listed = json.loads(path.read_text(encoding="utf-8"))
    return {name: (entry["sha256"], entry["bytes"]) for name, entry in listed.items()}
