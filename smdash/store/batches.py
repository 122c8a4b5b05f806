"""A step on ten thousand rows, its undo and its redo, in short transactions: nobody waits for all of it at once.

Whoever runs one takes a part under the write lock, tells it after the commit, rests for a moment and goes on::

    while batch.more:
        with store.writing() as conn:
            part = batch.part(conn, actor)
        batch.add(part)
        time.sleep(batches.REST_S)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from smdash.core.records import Actor
from smdash.store import events, undoing
from smdash.store.driver import Connection
from smdash.store.steps import Stepped
from smdash.store.undoing import Undone

# Rows a transaction: about 30 ms of the lock on a file of a million mentions.
ROWS = 1_000
# Between two of them, so that somebody who waits gets the lock (seconds).
REST_S = 0.005

# A verb of ``triage`` with some of the rows, as part of the step with that number or of a new one.
Act = Callable[[Connection, Actor, Sequence[int], int | None], Stepped]
Written = TypeVar("Written")


class Parts(Protocol[Written]):
    """What is written in parts."""

    @property
    def more(self) -> bool:
        """Whether a part is left."""
        ...

    def part(self, conn: Connection, actor: Actor) -> Written:
        """Write the next part. The caller holds the write lock."""
        ...

    def add(self, part: Written) -> None:
        """The part is in the file."""
        ...


class Batch:
    """One step on many rows."""

    def __init__(self, ids: Sequence[int], act: Act) -> None:
        self._left = list(dict.fromkeys(ids))
        self._act = act
        self._step: int | None = None
        self.changed = 0
        self.faster: dict[int, str] = {}
        self.more = bool(self._left)

    @property
    def stepped(self) -> Stepped:
        """What was written so far."""
        return Stepped(self.changed, self.faster)

    def part(self, conn: Connection, actor: Actor) -> tuple[int, Stepped]:
        """Do the step on the next rows. The caller holds the write lock. Raises what the verb raises."""
        number = events.next_step(conn) if self._step is None else self._step
        return number, self._act(conn, actor, self._left[:ROWS], self._step)

    def add(self, part: tuple[int, Stepped]) -> None:
        number, done = part
        # A part that changed nothing began no step: the number is still anybody's.
        if done.changed:
            self._step = number
        self.changed += done.changed
        self.faster.update(done.faster)
        self._left = self._left[ROWS:]
        self.more = bool(self._left)

    def ids(self, conn: Connection) -> list[int]:
        """The rows that were changed, in their order."""
        return [] if self._step is None else events.ids_of(conn, self._step)


class Retraced:
    """A step put back, or done again; ``undone`` is what was so far."""

    def __init__(self, way: Callable[..., Undone], now: datetime) -> None:
        self._way = way
        self._now = now
        self.more = True
        self.begun = False
        self.undone = Undone("", "mention", (), 0)

    def part(self, conn: Connection, actor: Actor) -> Undone:
        """Put back the next rows. The caller holds the write lock. Raises Refused where there is nothing."""
        return self._way(conn, actor, self._now, most=ROWS, rest=self.undone.rest)

    def add(self, part: Undone) -> None:
        before, self.begun, self.more = self.undone, True, part.rest is not None
        # A step may have moved two tables; it is told by the first that had something to put back.
        same = not before.ids or not part.ids or before.subject == part.subject
        self.undone = part._replace(
            subject=before.subject if before.ids else part.subject,
            ids=before.ids + part.ids if same else before.ids,
            refused=before.refused + part.refused,
            by=before.by or part.by,
        )


def undo(now: datetime) -> Retraced:
    """The member's last step, to be put back in parts."""
    return Retraced(undoing.undo, now)


def redo(now: datetime) -> Retraced:
    """What the member's last undo put back, to be done again in parts."""
    return Retraced(undoing.redo, now)
