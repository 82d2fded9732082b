"""How the profile of a set's style reads: what is usual in its answers, what was asked for, how names are spelt.

Knows the profile that the gate froze with the set. It must not know how features are counted.
"""

from __future__ import annotations

import math

from tuneproof.curate.checking.style import SAID
from tuneproof.curate.checking.style_profile import Spread, StyleProfile
from tuneproof.tui.card import Block
from tuneproof.tui.display import one_line

NAMES = 24
BASES = {"set": "the set's own", "accepted": "those that were accepted"}


def profile_blocks(profile: StyleProfile) -> list[Block]:
    """Return the card of a profile."""
    basis = BASES.get(profile.basis, profile.basis)
    blocks = [
        Block("How the answers read that are trained on", "strong"),
        Block(f"learnt from {profile.n:,} answers, {basis}, when the gate froze them", "dim"),
        Block(""),
    ]
    asked = {name: value for name, value in profile.declared.items() if value not in (None, {}, [])}
    if asked:
        blocks.append(Block("ASKED FOR in [style] of tuneproof.toml", "title"))
        blocks += [Block(f"{name.replace('_', ' ')}: {one_line(str(value))}", "", 1) for name, value in asked.items()]
        blocks.append(Block(""))
    width = max((len(SAID.get(name, name)) for name in profile.overall), default=0)
    usual = {name: spread for name, spread in profile.overall.items() if spread.centre > 0}
    if usual:
        blocks.append(Block("USUAL, and the range beyond which an answer stands out", "title"))
        blocks += [Block(_line(name, spread, width), "", 1) for name, spread in usual.items()]
        blocks.append(Block(""))
    rare = [name for name in profile.overall if name not in usual]
    if rare:
        blocks.append(Block("NOT USUAL, and how much of it stands out", "title"))
        blocks += [
            Block(f"{SAID.get(name, name):<{width}}  from {profile.overall[name].range[1]:.3g}", "", 1) for name in rare
        ]
        blocks.append(Block(""))
    if profile.terms:
        names = ", ".join(one_line(name) for name in list(profile.terms.values())[:NAMES])
        more = f" and {len(profile.terms) - NAMES:,} more" if len(profile.terms) > NAMES else ""
        blocks += [Block("NAMES ARE SPELT", "title"), Block(f"{names}{more}", "", 1), Block("")]
    blocks.append(Block(f"{profile.tagged:.0%} of code blocks name their language", "dim"))
    blocks.append(Block("Words are counted in a hundred; the rest in an answer.", "dim"))
    return blocks


def _line(name: str, spread: Spread, width: int) -> str:
    low, high = spread.range
    values = (spread.centre, low, high)
    if name == "words":
        # Lengths are compared by their logarithm; a reader counts words.
        values = (math.expm1(spread.centre), math.expm1(low), math.expm1(high))
    centre, low, high = values
    return f"{SAID.get(name, name):<{width}}  {centre:>6.3g}   {low:.3g} to {high:.3g}"
