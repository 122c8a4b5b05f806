"""Steps with mentions that need no question: done, taken, urgent, starred; and the way that all steps take.

Each is on the screen at once and one short transaction a moment later; what another member did meanwhile is not
overwritten, and the remark says who was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from smdash.core.errors import SmdashError
from smdash.core.records import Mention, MentionState
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import batches, triage
from smdash.tui.triage_keys import TriageKeys

if TYPE_CHECKING:
    from smdash.store.batches import Act
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp
    from smdash.tui.widgets.rows import Item


class Steps:
    """``Acts`` puts it together with what asks first and with words."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        # What `.` does again, with other rows.
        self._again: Callable[[list[int]], None] | None = None

    # The way all of them take.

    def _off_screen(self, ids: list[int], work: Act, told: Callable[[int], str]) -> None:
        """A step that takes rows off the list."""
        left = self._app.desk.mentions.leave(ids)
        self._app.left.append(left)
        for screen in self._app.screen_stack:
            if isinstance(screen, TriageKeys):
                screen.leave(ids)
        self._app.spawn(self._step(ids, work, told, left))

    def _on_screen(self, ids: list[int], change: dict[str, Any], work: Act, told: Callable[[int], str]) -> None:
        """A step that changes how rows look."""
        self._app.desk.mentions.alter(ids, change)
        # Undo finds nothing of this step that it could put on the screen by itself.
        left: list[Item] = []
        self._app.left.append(left)
        self._app.spawn(self._step(ids, work, told, left))

    async def _step(self, ids: list[int], work: Act, told: Callable[[int], str], left: list[Item]) -> None:
        batch = batches.Batch(ids, work)
        whole = await self._app.perform_parts(batch)
        self._app.attention.own_step()
        written = whole and not batch.faster and batch.changed > 0
        self._app.desk.mentions.settle(ids, written=written)
        if not written:
            # An undo of this step finds other rows than those that left the screen, or it finds no such step.
            left.clear()
            if not batch.changed:
                self._app.forget_left(left)
        if batch.faster:
            names = ", ".join(sorted(set(batch.faster.values())))
            words = ngettext(
                "{who} was faster: {n} row stays as it is", "{who} was faster: {n} rows stay as they are",
                len(batch.faster),
            )  # fmt: skip
            self._app.say(words.format(who=names, n=len(batch.faster)), "warning")
        elif whole and (words := told(batch.changed)):
            self._app.say(words)

    def repeat(self, ids: list[int]) -> None:
        """Do the last thing again, with these rows."""
        if self._again is None:
            self._app.say(_("there is nothing to repeat yet"))
        elif ids:
            self._again(ids)

    # What needs no question.

    def finish(self, ids: list[int]) -> None:
        """Set mentions to done, or open those again that are done."""
        self._again = self.finish
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        rows = self._rows(ids)
        if rows and all(row.state == MentionState.DONE for row in rows):
            self._off_screen(
                ids, lambda conn, actor, ids, step: triage.reopen(conn, actor, ids, now, seen=seen, step=step),
                lambda n: ngettext("{n} mention open again", "{n} mentions open again", n).format(n=n),
            )  # fmt: skip
            return
        self._off_screen(
            ids, lambda conn, actor, ids, step: triage.finish(conn, actor, ids, now, seen=seen, step=step),
            lambda n: ngettext("{n} mention done", "{n} mentions done", n).format(n=n) if len(ids) > 1 else "",
        )  # fmt: skip

    def take(self, ids: list[int]) -> None:
        """Assign mentions to oneself."""
        self._again = self.take
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        me = self._app.backend.actor
        look = {"assignee": me.name, "assignee_id": me.member_id} if me else {}
        self._on_screen(
            ids, look,
            lambda conn, actor, ids, step: triage.assign(conn, actor, ids, actor.member_id, now, seen=seen, step=step),
            lambda n: ngettext("{n} mention is yours", "{n} mentions are yours", n).format(n=n),
        )  # fmt: skip

    def raise_priority(self, ids: list[int]) -> None:
        """One step more urgent; from the most urgent back to normal."""
        present = [row.priority for row in self._rows(ids)]
        wanted = (max(present, default=0) + 1) % len(triage.PRIORITIES)
        self._set_priority(ids, wanted)

    def _set_priority(self, ids: list[int], wanted: int) -> None:
        self._again = lambda others: self._set_priority(others, wanted)
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        words = (_("normal again"), _("high"), _("urgent"))[wanted]
        self._on_screen(
            ids, {"priority": wanted},
            lambda conn, actor, ids, step: triage.set_priority(conn, actor, ids, wanted, now, seen=seen, step=step),
            lambda _n: words,
        )  # fmt: skip

    def star(self, ids: list[int]) -> None:
        """Star mentions; where all have one, take it away."""
        on = not all(row.star for row in self._rows(ids))
        self._star(ids, on)

    def _star(self, ids: list[int], on: bool) -> None:
        self._again = lambda others: self._star(others, on)
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        self._on_screen(
            ids,
            {"star": on},
            lambda conn, actor, ids, step: triage.star(conn, actor, ids, on, now, seen=seen, step=step),
            lambda _n: "",
        )

    # Small things.

    async def _read(self, work: Callable[[Connection], Any]) -> Any:
        """Read something small; what refuses it is said, and ``None`` comes back."""
        try:
            return await self._app.backend.read(work)
        except SmdashError as problem:
            self._app.say(str(problem), "error")
            return None

    def _rows(self, ids: Sequence[int]) -> list[Mention]:
        return [row for one in ids if (row := self._app.desk.mentions.whole(one)) is not None]
