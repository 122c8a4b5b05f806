"""Looking back: what was seen at a time is what a copy that is rewound to it shows."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.errors import SmdashError
from smdash.core.records import Actor, Category, Format, MentionKind, Snooze
from smdash.store import (
    campaigns,
    goals,
    hours,
    mentions,
    outbox,
    past,
    posts,
    pulse,
    replies,
    resolving,
    since,
    teams,
    time_entries,
    triage,
    undoing,
    waking,
)
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from tests.store.conftest import incoming

# What a screen or a list shows of each thing; texts are today's.
SEEN = (
    "SELECT remote_id, state, assignee_id, priority, star, answered_at, done_at, iif(state IN ('open', 'snoozed'), due_at, ''), snooze, snoozed_until, "
    "(SELECT group_concat(label_id) FROM (SELECT label_id FROM mention_label WHERE mention_id = m.id ORDER BY 1)) "
    "FROM mention m ORDER BY id",
    "SELECT id, state, due_at FROM post ORDER BY id",
    "SELECT id, state, due_at, sent_at FROM delivery ORDER BY id",
    "SELECT id, activity_id, started_at, ended_at FROM time_entry ORDER BY id",
    "SELECT name, starts_at, ends_at FROM campaign WHERE removed_at IS NULL ORDER BY id",
    "SELECT name, bucket, n FROM tally WHERE n <> 0 ORDER BY 1, 2",
)


def seen(conn: Connection) -> list[list[Any]]:
    return [conn.execute(query).fetchall() for query in SEEN]


class Day:
    """A team at work: each call is one step of somebody, at the clock's time."""

    def __init__(self, store: Store, clock: FixedClock, actor: Actor, seed: int) -> None:
        self.store, self.clock, self.random = store, clock, random.Random(seed)
        with store.writing() as conn:
            self.actors = [actor, teams.join(conn, "budi", "Budi", "budi", clock.now())]
            teams.put_account(conn, "mastodon", "kopi", clock.now())
            (self.account,) = teams.accounts(conn)
            conn.execute("UPDATE account SET status = 'active'")
        self.arrived = 0

    def step(self) -> None:
        actor = self.random.choice(self.actors)
        work: Callable[[Connection, Actor], object] = self.random.choice(
            [self.arrive, self.finish, self.assign, self.snooze, self.priority, self.label, self.reopen, self.start,
             self.stop, self.plan, self.deliver, self.move, self.undo, self.undo, self.redo, self.wake, self.cancel,
             self.rewrite, self.campaign, self.answer]
        )  # fmt: skip
        try:
            with self.store.writing() as conn:
                work(conn, actor)
        except SmdashError:
            pass

    def one(self, conn: Connection) -> int:
        rows = conn.execute("SELECT id FROM mention").fetchall()
        return int(self.random.choice(rows)[0]) if rows else 0

    def arrive(self, conn: Connection, _actor: Actor) -> None:
        self.arrived += 1
        one = incoming(
            str(self.arrived), sent_at=self.clock.now(), kind=self.random.choice([MentionKind.DM, MentionKind.COMMENT])
        )
        mentions.apply(conn, [one], goals.current(conn), self.clock.now())

    def rewrite(self, conn: Connection, _actor: Actor) -> None:
        number = str(self.random.randint(1, max(self.arrived, 1)))
        gone = self.random.random() < 0.3
        one = incoming(number, body=f"Lain {self.clock.now()}", edited_at=self.clock.now(), deleted=gone)
        mentions.apply(conn, [one], goals.current(conn), self.clock.now())

    def finish(self, conn: Connection, actor: Actor) -> None:
        triage.finish(conn, actor, [self.one(conn), self.one(conn)], self.clock.now())

    def reopen(self, conn: Connection, actor: Actor) -> None:
        triage.reopen(conn, actor, [self.one(conn)], self.clock.now())

    def assign(self, conn: Connection, actor: Actor) -> None:
        triage.assign(conn, actor, [self.one(conn)], self.random.choice(self.actors).member_id, self.clock.now())

    def snooze(self, conn: Connection, actor: Actor) -> None:
        until = self.clock.now() + timedelta(minutes=self.random.randint(1, 30))
        triage.snooze(conn, actor, [self.one(conn)], Snooze.UNTIL, until, self.clock.now())

    def wake(self, conn: Connection, _actor: Actor) -> None:
        waking.wake(conn, self.clock.now())

    def priority(self, conn: Connection, actor: Actor) -> None:
        triage.set_priority(conn, actor, [self.one(conn)], self.random.randint(0, 2), self.clock.now())

    def label(self, conn: Connection, actor: Actor) -> None:
        triage.label(
            conn, actor, [self.one(conn)], self.random.choice("ab"), self.random.random() < 0.7, self.clock.now()
        )

    def answer(self, conn: Connection, actor: Actor) -> None:
        replies.send(conn, actor, self.one(conn), "Baik, kak", self.clock.now())

    def start(self, conn: Connection, actor: Actor) -> None:
        time_entries.start(conn, actor, self.clock.now(), self.random.choice(["updates", "blogging"]))

    def stop(self, conn: Connection, actor: Actor) -> None:
        time_entries.stop(conn, actor, self.clock.now())

    def plan(self, conn: Connection, actor: Actor) -> None:
        due = self.clock.now() + timedelta(minutes=self.random.randint(1, 20))
        posts.add(
            conn, actor, self.clock.now(), accounts=[self.account], category=Category.OTHER, format=Format.TEXT,
            body=f"Kopi {self.clock.now()}", due_at=due, zone="Asia/Jakarta",
        )  # fmt: skip

    def move(self, conn: Connection, actor: Actor) -> None:
        rows = conn.execute("SELECT id FROM post").fetchall()
        due = self.clock.now() + timedelta(minutes=self.random.randint(1, 20))
        posts.move(conn, actor, self.random.choice(rows or [(0,)])[0], due, "Asia/Jakarta", self.clock.now())

    def cancel(self, conn: Connection, actor: Actor) -> None:
        rows = conn.execute("SELECT id FROM post").fetchall()
        resolving.cancel_post(conn, actor, self.random.choice(rows or [(0,)])[0], self.clock.now())

    def deliver(self, conn: Connection, _actor: Actor) -> None:
        now = self.clock.now()
        for one in outbox.sending(conn):
            if self.random.random() < 0.6:
                outbox.sent(conn, one, now, f"r{one.id}", None, what="send", seconds=1.0)
            else:
                outbox.failed(conn, one, now, "nein")
        for one in outbox.due(conn, now, ()):
            outbox.begin(conn, one, now)

    def campaign(self, conn: Connection, actor: Actor) -> None:
        now = self.clock.now()
        from smdash.core.records import CampaignKind

        campaigns.add(
            conn, actor, now, name=f"Promo {now}", kind=CampaignKind.EVENT, starts_at=now,
            ends_at=now + timedelta(days=1), zone="Asia/Jakarta",
        )  # fmt: skip

    def undo(self, conn: Connection, actor: Actor) -> None:
        undoing.undo(conn, actor, self.clock.now())

    def redo(self, conn: Connection, actor: Actor) -> None:
        undoing.redo(conn, actor, self.clock.now())


@pytest.mark.parametrize("seed", range(4))
def test_every_moment_of_a_day_is_seen_again(
    store: Store, clock: FixedClock, actor: Actor, seed: int, tmp_path: Path
) -> None:
    day = Day(store, clock, actor, seed)
    moments = []
    for number in range(240):
        day.step()
        if number % 12 == 0:
            with store.reading() as conn:
                moments.append((clock.now(), seen(conn)))
        clock.move(timedelta(seconds=20))
    assert len({str(one) for _at, one in moments}) > 15
    for at, then in moments:
        with open_store(past.copy(store.path, at)) as copy, copy.reading() as conn:
            for query, now, was in zip(SEEN, seen(conn), then, strict=True):
                assert now == was, (at, query)


def test_what_runs_ran(store: Store, clock: FixedClock, actor: Actor) -> None:
    with store.writing() as conn:
        time_entries.start(conn, actor, clock.now(), "updates")
    clock.move(timedelta(minutes=30))
    then = clock.now()
    clock.move(timedelta(minutes=30))
    with store.writing() as conn:
        time_entries.stop(conn, actor, clock.now())
    with open_store(past.copy(store.path, then)) as copy, copy.reading() as conn:
        span = Span(then - timedelta(days=1), then + timedelta(days=1))
        found = hours.week(conn, span, then, actor.member_id)
    assert found.running is not None and found.running.activity == "updates"
    assert sum(one.done_minutes for one in found.activities) == 30


def test_a_key_that_was_pressed_later_is_not_known_then(store: Store, clock: FixedClock, actor: Actor) -> None:
    with store.writing() as conn:
        time_entries.start(conn, actor, clock.now(), "updates")
    began = clock.now()
    clock.move(timedelta(minutes=30))
    then = clock.now()
    clock.move(timedelta(minutes=30))
    with store.writing() as conn:
        pulse.beat(conn, actor.member_id, clock.now())
    with open_store(past.copy(store.path, then)) as copy, copy.reading() as conn:
        assert since.left_at(conn, actor.member_id) == began
