"""Under which licence a base may be used, and the refusal to train one whose licence is unknown or forbids it.

Knows model cards and the list of known bases. It must not know who asks; commands call it before a run is prepared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.errors import GateRefused, ModelError
from tuneproof.train.known_bases import UNKNOWN, Fact, Terms, known_base, terms


@dataclass(frozen=True, slots=True)
class BaseLicence:
    """The licence of a base by its identifier (``unknown`` if nobody says), who says so, and what it asks."""

    licence: str
    stated_by: str
    terms: Terms | None

    @property
    def settled(self) -> bool:
        """Whether the base may be trained without a person's word: its terms are known and allow commercial use."""
        return self.terms is not None and not self.terms.forbids_commerce


def licence_of(name: str, folder: Path | None) -> BaseLicence:
    """Return the licence of the base ``name``: what the card in ``folder`` states, else what the list knows.

    Raises:
        ModelError: the card's head is no YAML.
    """
    stated = card_metadata(folder).get("license") if folder else None
    if isinstance(stated, str) and stated.strip() and stated.casefold() not in ("other", UNKNOWN):
        identifier = stated.strip().casefold()
        return BaseLicence(identifier, f"the card in {folder}", terms(identifier))
    known = known_base(name)
    fact = known.facts["licence"] if known else Fact(None)
    if fact.value is None:
        return BaseLicence(UNKNOWN, "nothing", None)
    return BaseLicence(str(fact.value), f"{fact.where}, read {fact.read}", terms(str(fact.value)))


def require_licence(name: str, folder: Path | None, accepted: str) -> BaseLicence:
    """Return the base's licence if it may be trained: its terms are known and allow it, or ``accepted`` names it.

    Raises:
        GateRefused: the licence is unknown, its terms are unknown, or it forbids commercial use, and nobody has
            acknowledged it.
    """
    found = licence_of(name, folder)
    if found.settled or accepted.casefold() == found.licence:
        return found
    how = f'then acknowledge it: accept_licence = "{found.licence}" under [train] in tuneproof.toml'
    if found.licence == UNKNOWN:
        raise GateRefused(
            f"Nobody says under which licence {name} may be used.",
            f"Find out, {how}; or use a base whose card states its licence.",
        )
    if found.terms is None:
        raise GateRefused(f"What the licence {found.licence} of {name} allows is not known here.", f"Read it, {how}.")
    raise GateRefused(
        f"The licence {found.licence} of {name} forbids commercial use ({found.terms.restrictions.value}).",
        f"If your use is none, {how}; or use another base.",
    )


def card_metadata(folder: Path) -> dict[str, Any]:
    """Return the YAML head of the model card (README.md) in ``folder``; empty where there is none.

    Raises:
        ModelError: the head is no YAML mapping.
    """
    import yaml

    path = folder / "README.md"
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}.", "Mend the base's card.") from error
    if not text.startswith("---\n"):
        return {}
    head, closed, _ = text[4:].partition("\n---")
    try:
        found = yaml.safe_load(head) if closed else {}
    except yaml.YAMLError as error:
        raise ModelError(f"The head of {path} is no YAML.", "Mend the base's card.") from error
    return found if isinstance(found, dict) else {}
