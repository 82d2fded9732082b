"""Plain words that the generated problems are made of. Must not know what is asked about them."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of `text`, parted by white space."""
    return tuple(text.split())


PLAIN_NOUNS: tuple[str, ...] = words(
    "apple bell bird boat book bottle box bridge brush cake candle card carpet chair clock cloud coat "
    "coin cup desk door drum egg engine feather fence field fish flag flower fork garden gate glass glove "
    "hammer hat hill horse house island jar key kite knife ladder lamp leaf letter lock map mirror moon "
    "mountain nail needle net orange oven page paint paper pen pencil piano pipe plate pocket pond pot "
    "ring river road roof rope rose sail salt shell ship shirt shoe soap spoon star stone stove table "
    "tent thread tower train tree truck wall watch water wheel window "
)

COLOURS: tuple[str, ...] = ("red", "blue", "green", "yellow", "white", "black", "brown", "purple", "orange", "grey")

CITIES: tuple[str, ...] = (
    "Paris", "London", "Rome", "Berlin", "Madrid", "Vienna", "Oslo", "Dublin", "Cairo", "Lima", "Tokyo", "Delhi",
)  # fmt: skip

_STARTS = (
    "Bar",
    "Cor",
    "Dal",
    "Fen",
    "Gor",
    "Hal",
    "Jor",
    "Kel",
    "Lan",
    "Mar",
    "Nor",
    "Per",
    "Ral",
    "Sel",
    "Tor",
    "Ven",
)
_ENDS = ("a", "an", "el", "en", "ik", "in", "o", "on", "us", "y")
#: Invented first names: no fact about them can be known beforehand.
NAMES: tuple[str, ...] = tuple(s + e for s in _STARTS for e in _ENDS)
