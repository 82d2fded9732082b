"""The verbs that judge a pair, the same on every screen that shows one.

Knows verbs and asks for what they need. A verdict counts only when the journal has returned; what follows is the
screen's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.journal import Journal, Verb
from tuneproof.tui.queries import pairs as queries
from tuneproof.tui.screens.edit import EditScreen, Texts, written_in_editor
from tuneproof.tui.screens.pane import Pane, start

if TYPE_CHECKING:
    import duckdb

DONE: Mapping[Verb, str] = {
    "accept": "Accepted",
    "reject": "Rejected",
    "later": "Set aside",
    "flag": "Flagged",
    "edit": "Saved the edit",
    "merge": "Merged",
    "unmerge": "Told apart",
}
Rows = Mapping[str, queries.PairRow]


class Verdicts(Pane):
    """A pane with a pair under its cursor."""

    @property
    def subject(self) -> str | None:
        """The pair that the verbs act on."""
        return self.table.current

    async def judged(self, verb: Verb, settled: int, after: Rows) -> None:
        """Show what a verdict made of the pairs; it is on disk already. ``settled`` of them were judged before."""
        raise NotImplementedError

    def foreseen(self, verb: Verb, pair_ids: Sequence[str]) -> tuple[int, Rows] | None:
        """Return what ``judged`` will be told of a verdict, where that is known before; None where it is not."""
        return None

    async def action_accept(self) -> None:
        """Good as it is."""
        await self.judge("accept")

    async def action_reject(self) -> None:
        """Not for training."""
        await self.judge("reject")

    async def action_later(self) -> None:
        """Undecided: comes again at the end of the queue."""
        await self.judge("later")

    async def action_flag(self) -> None:
        """Point at a pair that something is wrong with, and say what."""
        subject = await self._subject("flag")
        if subject:
            self.review.ask_for_text(
                partial(self._flag, [subject]), "what is wrong with it? enter alone gives no reason"
            )

    async def action_edit(self) -> None:
        """Change question or answer here."""
        subject = await self._subject("edit")
        texts = await self._texts(subject) if subject else None
        if subject and texts:
            save = partial(self._save, subject)
            screen = EditScreen("Edit the pair", texts, self.review.drafts, subject, save)
            await self.app.push_screen(screen)

    async def action_editor(self) -> None:
        """Change question or answer in $EDITOR."""
        subject = await self._subject("edit")
        texts = await self._texts(subject) if subject else None
        if not subject or not texts:
            return
        # An editor may stay open for an hour: other commands get in meanwhile.
        await self.review.desk.let_go()
        failed: TuneproofError | None = None
        try:
            with self.app.suspend():
                # What is raised in here would leave the terminal handed over for good.
                try:
                    changed, path = written_in_editor(texts)
                except TuneproofError as error:
                    failed = error
        except SuspendNotSupported:
            self.review.tell("This terminal can't be handed to an editor: e edits here.", "bad")
            return
        if failed is not None:
            self.review.tell_error(failed)
            return
        try:
            if changed == texts:
                self.review.tell("Nothing was changed.")
            else:
                await self._save(subject, changed)
        except TuneproofError as error:
            self.review.tell(f"{error.message} {error.hint} The text is in {path}.", "bad")
            return
        path.unlink()

    async def judge(self, verb: Verb, pair_ids: Sequence[str] | None = None, **words: str | None) -> bool:
        """Journal ``verb`` on ``pair_ids``, or the pair under the cursor, and tell whether that was done."""
        subject = [await self._subject(verb)] if pair_ids is None else list(pair_ids)
        if subject == [None]:
            return False
        try:
            await self._journal(verb, [name for name in subject if name], words)
        except TuneproofError as error:
            self.review.tell_error(error)
            return False
        return True

    async def _journal(self, verb: Verb, pair_ids: Sequence[str], words: Mapping[str, str | None]) -> None:
        foreseen = self.foreseen(verb, pair_ids)
        if foreseen is None:
            work = partial(_journalled, self.review.journal, verb, list(pair_ids), words)
            settled, after = await self.review.desk.run(work)
        else:
            await self.review.desk.run(partial(_written, self.review.journal, verb, list(pair_ids), words))
            settled, after = foreseen
        self.review.decided()
        await self.judged(verb, settled, after)

    async def _save(self, subject: str, texts: Texts) -> None:
        await self._journal("edit", [subject], {"question": texts.question, "answer": texts.answer})

    def _flag(self, subject: Sequence[str], reason: str | None) -> None:
        if reason is not None:
            start(self, partial(self.judge, "flag", subject, reason=reason or None), "verdict")

    async def _subject(self, verb: str) -> str | None:
        if not await self.settled():
            return None
        if self.subject is None:
            self.review.tell(f"There is no pair here to {verb if verb in ('flag', 'edit') else 'judge'}.")
        return self.subject

    async def _texts(self, subject: str) -> Texts | None:
        try:
            card = await self.review.desk.run(partial(queries.card, pair_id=subject))
        except TuneproofError as error:
            self.review.tell_error(error)
            return None
        if card is None:
            self.review.tell("This pair is gone since the list was read.", "bad")
            return None
        return Texts(card.question, card.answer)


def _written(
    journal: Journal, verb: Verb, pair_ids: list[str], words: Mapping[str, Any], con: duckdb.DuckDBPyConnection
) -> None:
    journal.judge(con, verb, pair_ids, **words)


def _journalled(
    journal: Journal, verb: Verb, pair_ids: list[str], words: Mapping[str, Any], con: duckdb.DuckDBPyConnection
) -> tuple[int, Rows]:
    """Journal the verb and return how many of the pairs were settled before it, and their rows after it."""
    before = queries.settled(con, pair_ids)
    journal.judge(con, verb, pair_ids, **words)
    return before, queries.rows(con, pair_ids)
