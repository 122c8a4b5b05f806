"""What stands beside a mention and is no part of it: who is writing a reply, and what is on its way out.

It is read by itself, a few rows at a time, so that a claim never has anybody's list read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core import formats, labels
from smdash.core.errors import SmdashError
from smdash.core.records import DeliveryState
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.store.claims import Claim
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp

    _Found = tuple[dict[int, list[Claim]], dict[int, tuple[DeliveryState, datetime]]]

TOPICS = frozenset({"claim", "post"})


def _moved(before: Mapping[int, object], after: Mapping[int, object]) -> set[int]:
    return {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}


class Beside:
    """``ids`` says which mentions are loaded. Tells ``changed`` with the ids whose rows look otherwise."""

    def __init__(
        self, host: Callable[[], DeskApp], ids: Callable[[], list[int]], changed: Callable[[set[int]], None]
    ) -> None:
        self._host = host
        self._ids = ids
        self._changed = changed
        self._claims: dict[int, list[Claim]] = {}
        self._queued: dict[int, tuple[DeliveryState, datetime]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._again = False

    @property
    def ticks(self) -> bool:
        """Whether something here counts seconds."""
        now = self._host().clock.now()
        return bool(self._claims) or any(due > now for _state, due in self._queued.values())

    def reload(self) -> None:
        """Read again; calls while a read is under way are folded into one."""
        if self._reading is not None and not self._reading.done():
            self._again = True
            return
        self._reading = self._host().spawn(self._read())

    async def _read(self) -> None:
        host = self._host()
        while True:
            self._again = False
            now = host.clock.now()

            ids = self._ids()

            def read(conn: Connection, at: datetime = now, wanted: list[int] = ids) -> _Found:
                # In the reading thread, and after the first picture.
                from smdash.store import claims, replies

                return claims.claims_on(conn, None, at), replies.queued(conn, wanted)

            try:
                found = await host.backend.read(read)
            except SmdashError:
                return  # the list itself says what is wrong
            moved = _moved(self._claims, found[0]) | _moved(self._queued, found[1])
            self._claims, self._queued = found
            if moved:
                self._changed(moved)
            if not self._again:
                return

    def words(self, mention_id: int, now: datetime) -> str:
        """Who is on it and for how long, or nothing; one's own claim is no news to oneself."""
        actor = self._host().backend.actor
        others = [one for one in self._claims.get(mention_id, ()) if actor is None or one.member_id != actor.member_id]
        if not others:
            return self._on_its_way(mention_id, now)
        first = others[0]
        span = formats.minutes_seconds(max(now - first.since, timedelta()))
        said = _("{who} has it {span}") if first.until is not None else _("{who} replying {span}")
        return said.format(who=first.name, span=span)

    def _on_its_way(self, mention_id: int, now: datetime) -> str:
        """What became of the answer, and how long it can still be taken back."""
        found = self._queued.get(mention_id)
        if found is None:
            return ""
        state, due = found
        words = labels.state(state)
        if state is DeliveryState.QUEUED and due > now:
            words += " " + formats.minutes_seconds(due - now)
        return words
