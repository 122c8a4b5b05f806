"""What members do: off the screen at once, in the file a moment later, and what refuses it is said in one line."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smdash.core import labels
from smdash.core.clock import Clock, find_zone
from smdash.core.errors import SmdashError
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui import clipboard
from smdash.tui.crash import Guarded
from smdash.tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.batches import Parts
    from smdash.store.driver import Connection
    from smdash.store.undoing import Undone
    from smdash.tui.app import DeskApp
    from smdash.tui.backend import Backend
    from smdash.tui.screens.desk import DeskScreen
    from smdash.tui.timer import Timer
    from smdash.tui.widgets.rows import Item

T = TypeVar("T")


class Deeds(Guarded, TerminalApp):
    """The app's part that writes; ``DeskApp`` puts it together with the rest."""

    desk: DeskScreen
    backend: Backend
    clock: Clock

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        # The rows that this desk's last steps took off the screen, for an undo that need not wait.
        self.left: deque[list[Item]] = deque(maxlen=50)
        # What the member does is written in the order in which it was done, also while a long step is on its way.
        self._line = asyncio.Lock()

    @property
    def zone(self) -> tzinfo:
        """The team's time zone."""
        return find_zone(self.backend.team.zone)

    async def perform(self, work: Callable[[Connection, Actor], T]) -> T | None:
        """Do one short transaction; what refuses it is said in one line and ``None`` comes back."""
        try:
            async with self._line:
                return await self.backend.write(work)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return None

    async def perform_parts(self, work: Parts[T]) -> bool:
        """Write something long in short transactions; whether all of it is in the file. What refuses it is said."""
        from smdash.store.batches import REST_S

        try:
            async with self._line:
                while work.more:
                    work.add(await self.backend.write(work.part))
                    if work.more:
                        await asyncio.sleep(REST_S)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return False
        return True

    def forget_left(self, rows: list[Item]) -> None:
        """That step was not written: the next undo is one of the step before."""
        self.left = deque((one for one in self.left if one is not rows), maxlen=self.left.maxlen)

    def undo(self) -> None:
        """Put back the member's last step: on the screen at once where this desk made it, then in the file."""
        left = self.left.pop() if self.left else []
        if left:
            self.desk.mentions.put_back(left)
        self.spawn(self._undo([item.key for item in left]))

    def redo(self) -> None:
        """Do again what the last undo put back."""
        self.spawn(self._redo())

    async def _undo(self, put_back: list[Hashable]) -> None:
        from smdash.store import batches

        undo = batches.undo(self.clock.now())
        whole = await self.perform_parts(undo)
        done = whole and bool(undo.undone.ids)
        self.desk.mentions.settle(put_back, written=done)
        if not done:
            self.left.clear()
        if undo.begun:
            self._tell_undone(_undone_words(undo.undone.ids), undo.undone)

    async def _redo(self) -> None:
        from smdash.store import batches

        redo = batches.redo(self.clock.now())
        await self.perform_parts(redo)
        if redo.begun:
            # What an undo could put on the screen by itself is another step now.
            self.left.clear()
            self._tell_undone(_redone_words(redo.undone.ids), redo.undone)

    def _tell_undone(self, words: str, undone: Undone) -> None:
        """Say what was put back or done again, and go there."""
        if not undone.ids:
            from smdash.store import undoing

            self.say(undoing.refusal(undone), "error")
            return
        words = words.format(verb=labels.verb(undone.verb), n=len(undone.ids))
        if undone.refused:
            words += "; " + ngettext(
                "{n} was changed by {who} since", "{n} were changed by {who} since", undone.refused
            ).format(n=undone.refused, who=undone.by)
        self.say(words)
        if undone.subject == "mention" and self.desk.mentions.cursor_key != undone.ids[0]:
            self.desk.mentions.show_row(undone.ids[0])
        if undone.subject == "post" and self.desk.calendar is not None:
            self.desk.calendar.follow(undone.ids[0])
        if undone.subject == "time_entry" and self.desk.week is not None:
            self.desk.week.follow(undone.ids[0])

    @cached_property
    def timer(self) -> Timer:
        """What the keys of the timer do; imported when it is first needed."""
        from smdash.tui.timer import Timer

        return Timer(cast("DeskApp", self))

    def freeze(self) -> None:
        """Ask why, and stop everything that goes out; where it is stopped, lift that."""
        from smdash.tui.screens.ask import Ask

        if self.backend.team.frozen:
            self.spawn(self._thaw())
            return
        asked = _("Nothing goes out any more. Why? (others read it)")

        def told(why: str | None) -> None:
            if why is not None:
                self.spawn(self._freeze(why))

        self.push_screen(Ask(asked, lambda _typed: ""), told)

    async def _freeze(self, why: str) -> None:
        from smdash.store import freezing

        now = self.clock.now()

        def freeze(conn: Connection, actor: Actor) -> None:
            freezing.on(conn, actor, now, why)

        await self.perform(freeze)

    async def _thaw(self) -> None:
        from smdash.store import freezing

        now = self.clock.now()
        held = await self.perform(lambda conn, actor: freezing.off(conn, actor, now))
        if held is not None:
            words = ngettext(
                "lifted; {n} delivery stays held until somebody lets it go",
                "lifted; {n} deliveries stay held until somebody lets each go", held,
            )  # fmt: skip
            self.say(words.format(n=held) if held else _("lifted: what is due from now on goes out"))

    def new_post(
        self, *, due_at: datetime | None = None, accounts: Sequence[str] = (), category: str | None = None
    ) -> None:
        """Write a new post, for this time (UTC) and these accounts (``platform/name``) where no draft is kept."""
        from smdash.core.drafting import Typed
        from smdash.core.records import Category
        from smdash.tui.screens.post_composer import PostComposer

        begin = Typed(due_at=due_at, accounts=tuple(accounts))
        self.push_screen(PostComposer(begin=begin._replace(category=Category(category)) if category else begin))

    def edit_post(self, post_id: int) -> None:
        """Change a post."""
        from smdash.tui.screens.post_composer import PostComposer

        self.push_screen(PostComposer(post_id))

    def show_awaiting(self) -> None:
        """Show the posts that wait for this member's approval."""
        from smdash.tui.screens.awaiting import AwaitingScreen

        self.push_screen(AwaitingScreen())

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what can be seen: rows of another program may hold what a shell would obey when it is pasted."""
        text = clean(text)
        super().copy_to_clipboard(text)
        if clipboard.is_within_tmux():
            self.spawn(asyncio.to_thread(clipboard.give_tmux, text))

    def open_link(self, link: str) -> None:
        """Open an address in the browser; over ssh it is shown and copied instead."""
        if os.environ.get("SSH_CONNECTION") or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            self.copy_to_clipboard(link)
            self.say(_("copied: {link}").format(link=link))
            return
        import webbrowser

        self.spawn(asyncio.to_thread(webbrowser.open, link))
        self.say(link)


def _undone_words(ids: tuple[int, ...]) -> str:
    return ngettext("undone: {verb}, {n} row", "undone: {verb}, {n} rows", len(ids))


def _redone_words(ids: tuple[int, ...]) -> str:
    return ngettext("done again: {verb}, {n} row", "done again: {verb}, {n} rows", len(ids))
