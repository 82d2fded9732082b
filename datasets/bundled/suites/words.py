"""Plain words that generated problems are made of. Must not know what is asked about them."""

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
