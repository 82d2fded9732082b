"""A base that might be tuned, as far as it is known before a weight is read: shape, context, licence, template.

Knows local folders, the list of known bases and, for a hub name on neither, its configuration and card on the hub. It
must not load weights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.train.base_facts import Architecture, read_architecture, shape_of_config
from tuneproof.train.known_bases import Fact, known_base, known_shape
from tuneproof.train.licences import BaseLicence, licence_of
from tuneproof.train.memory import Memory, by_method

SMALL_FILES = ("config.json", "README.md", "chat_template.jinja", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a base; a fact that nobody states has the value None."""

    name: str
    folder: Path | None
    shape: Architecture | None
    parameters: Fact
    context: Fact
    chat_template: Fact
    licence: BaseLicence

    def memory(self, rank: int, batch: int, length: int, cuda: bool, autocast: bool) -> dict[str, Memory]:
        """Return the memory by method, empty where the shape is unknown."""
        return by_method(self.shape, rank, batch, length, cuda, autocast) if self.shape else {}

    def to_document(self) -> dict[str, Any]:
        """Return everything as JSON values; every fact with where it was read."""
        facts = {"parameters": self.parameters, "context": self.context, "chat_template": self.chat_template}
        asks = self.licence.terms
        return {
            "name": self.name,
            "folder": str(self.folder) if self.folder else None,
            **{name: _document(fact) for name, fact in facts.items()},
            "licence": {
                "value": self.licence.licence,
                "where": self.licence.stated_by,
                "commercial": _document(asks.commercial) if asks else None,
                "attribution": _document(asks.attribution) if asks else None,
                "restrictions": _document(asks.restrictions) if asks else None,
            },
        }


def candidate(name: str, folder: Path | None) -> Candidate:
    """Return what is known of the base ``name``: from its ``folder``, else from the list, else from the hub.

    Raises:
        ModelError: the folder is no model, or the hub model is on no list and can't be had.
    """
    if folder is not None:
        return _from_folder(name, folder, read_architecture(folder))
    known = known_base(name)
    if known is None:
        small = _small_files(name)
        return _from_folder(name, small, shape_of_config(_json(small / "config.json"), None, small / "config.json"))
    shape, stated = known_shape(known), known.facts["parameters"]
    if stated.value is None and shape:
        stated = Fact(shape.parameters, f"counted from the shape ({known.facts['layers'].where})", stated.read)
    template, context = known.facts["chat_template"], known.facts["context"]
    return Candidate(known.name, None, shape, stated, context, template, licence_of(name, None))


def _from_folder(name: str, folder: Path, shape: Architecture) -> Candidate:
    config = _json(folder / "config.json")
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    context = text.get("max_position_embeddings") if text else None
    where = str(folder / "config.json")
    return Candidate(
        name,
        folder,
        shape,
        Fact(shape.parameters, str(folder)),
        Fact(context, where if context else None),
        _template(folder),
        licence_of(name, folder),
    )


def _template(folder: Path) -> Fact:
    if (folder / "chat_template.jinja").is_file():
        return Fact("its own", str(folder / "chat_template.jinja"))
    path = folder / "tokenizer_config.json"
    if path.is_file() and _json(path).get("chat_template"):
        return Fact("its own", str(path))
    return Fact(None)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read as JSON: {error}.", "Download or export the model again.") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} holds no JSON object.", "Download or export the model again.")
    return found


def _small_files(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ModelError(f"{name} is no model folder and no hub name.", "Name a folder, or a model as owner/name.")
    try:
        return Path(snapshot_download(name, allow_patterns=list(SMALL_FILES)))
    except GatedRepoError as error:
        raise ModelError(
            f"The hub model {name} is gated and you have no access to it.",
            f"Accept its terms at https://huggingface.co/{name} and log in: hf auth login",
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(f"The hub has no model {name}, or it is private.", "Check the name and log in.") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"{name} is on no list here and the hub can't be asked: {str(error).splitlines()[0]}",
            "Check the network, or name a folder.",
        ) from error


def _document(fact: Fact) -> dict[str, Any]:
    return {"value": fact.value, "where": fact.where, "read": fact.read}
