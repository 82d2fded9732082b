"""Which folder a configured base model is: the bundled one, a local folder, or a hub model's local copy.

Knows names and folders. It loads no weights.
"""

from __future__ import annotations

from pathlib import Path

from tuneproof.datasets.bundled.base import base_path
from tuneproof.datasets.workspace.errors import ModelError

BUNDLED = "tuneproof-base"
NEEDED = ("config.json", "tokenizer.json")


def base_folder(model: str, root: Path) -> Path:
    """Return the folder of the base ``model``; a relative folder is relative to the workspace's ``root``.

    The hub is asked only for a name that is no folder.

    Raises:
        ModelError: the folder is no model, or the hub model can't be had.
    """
    if model == BUNDLED:
        return base_path()
    folder = (root / Path(model).expanduser()).resolve()
    if folder.is_dir():
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"{folder} is no model folder: {' and '.join(missing)} missing.", "Correct [base] model.")
        return folder
    if model.startswith((".", "/", "~")) or model.count("/") != 1:
        raise ModelError(f"There is no model folder {folder}.", "Correct [base] model in tuneproof.toml.")
    return _from_hub(model)


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.model"]))
    except GatedRepoError as error:
        raise ModelError(
            f"The hub model {model!r} is gated: its owner grants access by request.",
            "Accept its terms on its page of the hub, then run: hf auth login; or use another base.",
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no hub model {model!r}, or it is private.",
            "Check the name; for a private one run: hf auth login; or set [base] model to a folder.",
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"The hub model {model!r} can't be had: {str(error).splitlines()[0]}",
            "Check the name, the network and your access, or set [base] model to a folder.",
        ) from error
