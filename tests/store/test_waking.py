"""What was put aside comes back: at its time, when its author writes, when they change it; once, and never early."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, IncomingMention, MentionKind, Snooze
from smdash.store import events, mentions, triage, undoing, waking
from smdash.store.connection import Store

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
Incoming = Callable[..., IncomingMention]


def arrive(store: Store, *batch: IncomingMention) -> None:
    with store.writing() as conn:
        mentions.apply(conn, batch, {"mention": 240, "dm": 60}, store.clock.now())


def put_aside(store: Store, actor: Actor, how: Snooze, until: datetime | None, *remote_ids: str) -> list[int]:
    with store.writing() as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM mention ORDER BY id").fetchall()]
        if remote_ids:
            ids = [
                conn.execute("SELECT id FROM mention WHERE remote_id = ?", (one,)).fetchone()[0] for one in remote_ids
            ]
        triage.snooze(conn, actor, ids, how, until, store.clock.now())
    return ids


def state(store: Store, remote_id: str) -> tuple[str, str | None]:
    with store.reading() as conn:
        found = conn.execute("SELECT state, woke FROM mention WHERE remote_id = ?", (remote_id,)).fetchone()
    return found[0], found[1]


def wake(store: Store, limit: int = 500) -> list[int]:
    with store.writing() as conn:
        return waking.wake(conn, store.clock.now(), limit)


def test_it_wakes_at_its_time_and_not_a_moment_sooner(
    store: Store, clock: FixedClock, actor: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"))
    ids = put_aside(store, actor, Snooze.UNTIL, NOW + HOUR)
    clock.move(HOUR - timedelta(milliseconds=1))
    with store.reading() as conn:
        assert not waking.due(conn, clock.now())
    assert wake(store) == []
    clock.move(timedelta(milliseconds=1))
    with store.reading() as conn:
        assert waking.due(conn, clock.now())
    assert wake(store) == ids
    assert state(store, "1") == ("open", "time")
    with store.reading() as conn:
        last = events.history(conn, "mention", ids[0])[-1]
    assert (last.who, last.verb, last.detail, last.at) == ("service", "wake", "time", clock.now())


def test_nothing_wakes_twice_whoever_asks_and_however_the_clock_jumps(
    store: Store, clock: FixedClock, actor: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"), mention("2"))
    put_aside(store, actor, Snooze.UNTIL, NOW + HOUR, "1")
    put_aside(store, actor, Snooze.HARD, NOW + 2 * HOUR, "2")
    clock.jump(90 * timedelta(minutes=1))
    assert len(wake(store)) == 1
    clock.jump(-90 * timedelta(minutes=1))
    assert wake(store) == []
    assert (state(store, "1"), state(store, "2")) == (("open", "time"), ("snoozed", None))
    clock.jump(3 * HOUR)
    assert len(wake(store)) == 1
    assert wake(store) == []
    with store.reading() as conn:
        assert conn.execute("SELECT count(*) FROM event WHERE verb = 'wake'").fetchone() == (2,)


def test_of_many_the_longest_overdue_wake_first(
    store: Store, clock: FixedClock, actor: Actor, mention: Incoming
) -> None:
    arrive(store, *(mention(str(number)) for number in range(5)))
    for number in range(5):
        put_aside(store, actor, Snooze.UNTIL, NOW + HOUR - timedelta(minutes=number), str(number))
    clock.move(HOUR)
    assert len(wake(store, limit=2)) == 2
    assert [state(store, str(number))[0] for number in range(5)] == ["snoozed"] * 3 + ["open"] * 2
    assert len(wake(store)) == 3


@pytest.mark.parametrize(
    ("how", "found"), [("until", ("open", "reply")), ("reply", ("open", "reply")), ("hard", ("snoozed", None))]
)
@pytest.mark.parametrize("again", ["thread", "answer", "dm"])
def test_its_author_writes_again(
    store: Store,
    clock: FixedClock,
    actor: Actor,
    mention: Incoming,
    how: str,
    found: tuple[str, str | None],
    again: str,
) -> None:
    kind = MentionKind.DM if again == "dm" else MentionKind.COMMENT
    key = "t1" if again == "thread" else None
    arrive(store, mention("1", kind=kind, thread_key=key), mention("other", thread_key="t2"))
    put_aside(store, actor, Snooze(how), None if how == "reply" else NOW + HOUR)
    later = mention("1", sent_at=NOW).sent_at
    arrive(store, mention("2", kind=kind, thread_key=key, parent_id="1" if again == "answer" else None, sent_at=later))
    assert state(store, "1") == found
    assert state(store, "other") == ("snoozed", None)


@pytest.mark.parametrize(
    "change",
    [
        {"author_handle": "budi@contoh.id"},
        {"thread_key": "elsewhere"},
        {"thread_key": None},
        {"account": "kedua"},
        {"own": True},
        {"deleted": True},
        {"sent_at": NOW - timedelta(days=9)},
    ],
)
def test_others_elsewhere_and_old_ones_wake_nothing(
    store: Store, actor: Actor, mention: Incoming, change: dict[str, object]
) -> None:
    arrive(store, mention("1", thread_key="t"))
    put_aside(store, actor, Snooze.REPLY, None)
    arrive(store, mention("2", **{"thread_key": "t", "sent_at": NOW, **change}))
    assert state(store, "1") == ("snoozed", None)


@pytest.mark.parametrize("until", [None, NOW + HOUR])
def test_what_waits_for_its_author_alone_does_not_wake_by_itself(
    store: Store, clock: FixedClock, actor: Actor, mention: Incoming, until: datetime | None
) -> None:
    arrive(store, mention("1"))
    put_aside(store, actor, Snooze.REPLY, until)
    clock.move(timedelta(days=4000))
    assert wake(store) == []


@pytest.mark.parametrize(("how", "found"), [("until", ("open", "edit")), ("hard", ("snoozed", None))])
def test_its_author_changes_it(
    store: Store, actor: Actor, mention: Incoming, how: str, found: tuple[str, str | None]
) -> None:
    arrive(store, mention("1"))
    put_aside(store, actor, Snooze(how), NOW + HOUR)
    arrive(store, mention("1", author_name="Rina S."))
    assert state(store, "1") == ("snoozed", None)
    arrive(store, mention("1", body="Sudah sampai, kak!"))
    assert state(store, "1") == found


def test_whatever_somebody_does_with_it_takes_the_reason_away(
    store: Store, clock: FixedClock, actor: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1"))
    ids = put_aside(store, actor, Snooze.UNTIL, NOW + HOUR)
    clock.move(HOUR)
    wake(store)
    with store.writing() as conn:
        triage.finish(conn, actor, ids, clock.now())
    assert state(store, "1") == ("done", None)
    with store.writing() as conn:
        undoing.undo(conn, actor, clock.now())
    assert state(store, "1") == ("open", "time")


def test_ten_thousand_that_are_put_aside_cost_an_arrival_no_search(
    store: Store, actor: Actor, mention: Incoming
) -> None:
    arrive(store, mention("1", thread_key="t"))
    put_aside(store, actor, Snooze.UNTIL, NOW + HOUR)
    with store.reading() as conn:
        plans = [
            conn.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
            for query, values in (
                (waking._AUTHORS, ("[]", 1)),
                (f"SELECT 1 {waking._DUE}", ("", 1)),
                ("SELECT 1 FROM mention WHERE state = 'snoozed' LIMIT 1", ()),
            )
        ]
    for plan in plans:
        told = " ".join(str(row[-1]) for row in plan)
        assert "mention_snoozed" in told, told
