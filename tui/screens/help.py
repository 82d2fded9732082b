"""The help of what is on screen, beside it and never in its way: every key goes on to work while it is read.

Knows how keys and a few sentences are laid out. It must not know what a verb does.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuneproof.tui.card import Block, Card

NOTE = "[keys] in tuneproof.toml gives a verb other keys."


class HelpCard(Card):
    """The help of one screen; it is read page by page with one key."""

    def tell(self, title: str, text: str, keys: Sequence[tuple[str, str]], turning: str) -> None:
        """Show the help of ``title``: its sentences, then (keys, what they do); ``turning`` is the key for more."""
        width = max((len(shown) for shown, _ in keys), default=0)
        self.show(
            [
                Block(f"HELP  {title}", "title"),
                Block(f"{turning} turns the page and closes, escape closes", "dim"),
                Block(""),
                *([Block(text), Block("")] if text else []),
                *(Block(f"{shown:<{width}}  {label}") for shown, label in keys),
                Block(""),
                Block(NOTE, "dim"),
            ]
        )

    def turn_page(self) -> bool:
        """Show the next page and tell whether there was one."""
        if self.at_end:
            return False
        self.turn(max(1, self.size.height - 2))
        return True
