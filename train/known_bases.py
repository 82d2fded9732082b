"""What is known of well-known bases and of licences without asking anybody, each fact with where it was read and when.

Knows the list that is shipped. What could not be read is None there and stays unknown; nothing is filled in here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tuneproof.train.base_facts import Architecture, count_of_shape

UNKNOWN = "unknown"
SHAPE = ("layers", "hidden", "inner", "heads", "key_value_heads", "vocabulary")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known, where it was read and on which day; a ``value`` of None could not be read."""

    value: Any
    where: str | None = None
    read: str | None = None


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base of the list by its name on the hub, and its facts by name."""

    name: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence asks: whether commercial use is allowed, what must be named, what is ruled out."""

    licence: str
    commercial: Fact
    attribution: Fact
    restrictions: Fact

    @property
    def forbids_commerce(self) -> bool:
        """Whether commercial use is known to be ruled out."""
        return str(self.commercial.value) == "no"


def known_base(name: str) -> KnownBase | None:
    """Return what the list says of the hub model ``name``, or None; capital letters do not matter."""
    wanted = name.casefold()
    for entry in _document()["bases"]:
        if wanted in {known.casefold() for known in (entry["name"], *entry["also"])}:
            return KnownBase(entry["name"], {key: _fact(pair) for key, pair in entry["facts"].items()})
    return None


def known_names() -> list[str]:
    """Return the names of all bases on the list."""
    return [entry["name"] for entry in _document()["bases"]]


def terms(licence: str) -> Terms | None:
    """Return what is known of a licence by its identifier on the hub, or None."""
    found = _document()["licences"].get(licence.casefold())
    if found is None:
        return None
    return Terms(licence.casefold(), *(_fact(found[part]) for part in ("commercial", "attribution", "restrictions")))


def known_shape(base: KnownBase) -> Architecture | None:
    """Return the shape that the facts give, or None where one of them is unknown.

    Whether embeddings are tied is taken as no where it is unknown: the memory is then counted too high, not too low.
    """
    values = {name: base.facts[name].value for name in (*SHAPE, "head_width", "tied", "parameters")}
    if any(values[name] is None for name in SHAPE):
        return None
    shape = Architecture(
        parameters=0,
        **{name: int(values[name]) for name in SHAPE},
        tied=bool(values["tied"]),
        head_width=values["head_width"],
    )
    return count_of_shape(shape, values["parameters"])


def _fact(pair: list[Any]) -> Fact:
    value, source = pair
    if source is None:
        return Fact(value)
    read = _document()["sources"][source]
    return Fact(value, read["where"], read["read"])


@cache
def _document() -> dict[str, Any]:
    text = resources.files("tuneproof.train").joinpath("known_bases.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
