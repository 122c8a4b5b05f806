"""What stands beside a mention and is no part of it: who is writing a reply, and what is on its way out.

It is read by itself, a few rows at a time, so that a claim never has anybody's list read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core import formats, labels
from smdash.core.errors import SmdashError
from smdash.core.records import DeliveryState
from smdash.locale import gettext as _
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.folded import Folded
from smdash.tui.panes.mention_row import NAME_CELLS

if TYPE_CHECKING:
    from smdash.store.claims import Claim
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp

    _Found = tuple[dict[int, Claim], dict[int, tuple[DeliveryState, datetime]]]

TOPICS = frozenset({"claim", "post"})


def _moved(before: Mapping[int, object], after: Mapping[int, object]) -> set[int]:
    return {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}


class Beside:
    """Tells ``changed`` with the ids whose rows look otherwise."""

    def __init__(self, host: Callable[[], DeskApp], changed: Callable[[set[int]], None]) -> None:
        self._host = host
        self._changed = changed
        self._claims: dict[int, Claim] = {}
        self._queued: dict[int, tuple[DeliveryState, datetime]] = {}
        self._reading = Folded(lambda work: host().spawn(work), self._read)

    def ticking(self) -> set[int]:
        """Whose words here count seconds now."""
        now = self._host().clock.now()
        return self._claims.keys() | {one for one, (_state, due) in self._queued.items() if due > now}

    def reload(self) -> None:
        """Read again soon."""
        self._reading.ask()

    async def _read(self) -> None:
        host = self._host()
        now, me = host.clock.now(), host.backend.actor

        def read(conn: Connection) -> _Found:
            # In the reading thread, and after the first picture.
            from smdash.store import claims, replies

            # One's own claim is no news to oneself.
            others = {
                one: [claim for claim in found if me is None or claim.member_id != me.member_id]
                for one, found in claims.claims_on(conn, None, now).items()
            }
            return {one: found[0] for one, found in others.items() if found}, replies.queued(conn)

        try:
            found = await host.backend.read(read)
        except SmdashError:
            return  # the list itself says what is wrong
        moved = _moved(self._claims, found[0]) | _moved(self._queued, found[1])
        self._claims, self._queued = found
        if moved:
            self._changed(moved)

    def words(self, mention_id: int) -> str:
        """Who is on it and for how long, or what became of the answer, or nothing."""
        if not self._claims and not self._queued:
            return ""
        now = self._host().clock.now()
        first = self._claims.get(mention_id)
        if first is None:
            return self._on_its_way(mention_id, now)
        span = formats.minutes_seconds(max(now - first.since, timedelta()))
        said = _("{who} has it {span}") if first.until is not None else _("{who} replying {span}")
        # A long name must not push the time out of the row.
        who = literal(first.name)
        return said.format(who=fit(who, min(width_of(who), NAME_CELLS)), span=span)

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
