"""What the service does for the rows by itself: here that what is older than the team keeps is erased, a little a turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, IncomingMention
from smdash.store import mentions, teams, triage
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync.upkeep import RETENTION_AGAIN_S, RETENTION_LOOK_S, Upkeep


def upkeep(store: Store, clock: FixedClock) -> Upkeep:
    async def read(work: Callable[[Connection], object]) -> object:
        with store.reading() as conn:
            return work(conn)

    async def write(work: Callable[[Connection], object]) -> object:
        with store.writing() as conn:
            return work(conn)

    return Upkeep(read, write, clock)  # type: ignore[arg-type]


def texts(store: Store) -> list[str]:
    with store.reading() as conn:
        return [row[0] for row in conn.execute("SELECT body FROM mention ORDER BY id").fetchall()]


async def test_what_is_older_than_the_team_keeps_is_erased_when_it_is_done(
    store: Store, clock: FixedClock, actor: Actor, mention: Callable[..., IncomingMention]
) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [mention(str(n), body=f"kata {n}") for n in range(1, 13)], {}, clock.now())
        triage.finish(conn, actor, list(range(1, 12)), clock.now())
    keeper = upkeep(store, clock)
    clock.move(timedelta(days=40))
    await keeper.turn()
    assert len(set(texts(store))) == 12  # no retention is set
    with store.writing() as conn:
        teams.put(conn, "retention_days", 30)
    clock.move(timedelta(seconds=RETENTION_LOOK_S))
    for _turn in range(5):
        await keeper.turn()
    assert texts(store)[:11] == [""] * 11
    assert texts(store)[11] == "kata 12"  # one that is open waits
    with store.writing() as conn:
        triage.finish(conn, actor, [12], clock.now())
    await keeper.turn()
    assert texts(store)[11] == "kata 12"
    clock.move(timedelta(seconds=RETENTION_AGAIN_S))
    await keeper.turn()
    assert texts(store)[11] == ""
