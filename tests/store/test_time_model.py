"""A member and a lead start, stop, move, split, remove, undo and redo at random: time is never counted twice.

What is refused changes nothing, and undo right after a step gives back what was there before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smdash.core.clock import Span, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.store import driver, migrations, teams, time_entries, undoing
from smdash.store.driver import Connection
from tests.store.conftest import NOW

MINUTE = timedelta(minutes=1)
ACTIVITIES = st.sampled_from(["updates", "blogging", "strategy"])
# Minutes before now; from after now, which is refused, to more than a day ago.
AGO = st.one_of(st.integers(0, 120), st.integers(-5, 1500))
WHO = st.sampled_from(["Ana", "Budi"])

Rows = tuple[tuple[Any, ...], ...]
UNKNOWN: Rows = ((),)


@pytest.fixture(scope="module")
def memory() -> Iterator[Connection]:
    conn = driver.connect(":memory:", isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    migrations.apply(conn)
    teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    yield conn
    conn.close()


class Desk(RuleBasedStateMachine):
    conn: Connection

    @initialize()
    def begin(self) -> None:
        self.conn.execute("BEGIN IMMEDIATE")
        self.now = NOW
        self.who: dict[str, Actor] = {
            name: teams.join(self.conn, name.lower(), name, name.lower(), NOW) for name in ("Ana", "Budi")
        }
        self.conn.execute("UPDATE member SET role = 'lead' WHERE login = 'budi'")
        # The steps of each member: what was there before and after.
        self.past: dict[str, list[tuple[Rows, Rows]]] = {"Ana": [], "Budi": []}
        self.future: dict[str, list[tuple[Rows, Rows]]] = {"Ana": [], "Budi": []}

    def teardown(self) -> None:
        if self.conn.in_transaction:
            self.conn.execute("ROLLBACK")

    def rows(self) -> Rows:
        return tuple(
            self.conn.execute(
                "SELECT id, member_id, activity_id, started_at, ended_at, state, note FROM time_entry "
                "WHERE removed_at IS NULL ORDER BY id"
            ).fetchall()
        )

    def pick(self, number: int) -> int:
        ids = [row[0] for row in self.rows()]
        return ids[number % len(ids)]

    def act(self, name: str, work: Callable[[Connection, Actor], object]) -> None:
        before = self.rows()
        self.conn.execute("SAVEPOINT act")
        try:
            work(self.conn, self.who[name])
        except (InputError, Refused):
            self.conn.execute("ROLLBACK TO act")
        self.conn.execute("RELEASE act")
        if self.rows() != before:
            self.past[name].append((before, self.rows()))
            self.future[name].clear()
            self.forget(self.who.keys() - {name})

    def forget(self, names: Iterable[str]) -> None:
        """Something else happened: what a step of theirs put back would be is not known."""
        for steps in (some[name] for name in names for some in (self.past, self.future)):
            steps[:] = [(UNKNOWN, UNKNOWN)] * len(steps)

    @rule(minutes=st.integers(-3, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(name=WHO, activity=ACTIVITIES, ago=st.none() | AGO)
    def start(self, name: str, activity: str, ago: int | None) -> None:
        at = None if ago is None else self.now - ago * MINUTE
        self.act(name, lambda conn, who: time_entries.start(conn, who, self.now, activity, at=at))

    @rule(name=WHO, ago=st.none() | AGO)
    def stop(self, name: str, ago: int | None) -> None:
        at = None if ago is None else self.now - ago * MINUTE
        self.act(name, lambda conn, who: time_entries.stop(conn, who, self.now, at=at))

    @rule(name=WHO)
    def resume(self, name: str) -> None:
        self.act(name, lambda conn, who: time_entries.resume(conn, who, self.now))

    @rule(name=WHO, activity=ACTIVITIES, ago=AGO, minutes=st.integers(-5, 100))
    def log(self, name: str, activity: str, ago: int, minutes: int) -> None:
        span = Span(self.now - ago * MINUTE, self.now - (ago - minutes) * MINUTE)
        self.act(name, lambda conn, who: time_entries.log(conn, who, self.now, activity, span))

    @precondition(lambda self: self.rows())
    @rule(name=WHO, number=st.integers(0, 50), start=st.integers(-40, 40), end=st.none() | st.integers(-40, 40))
    def edit(self, name: str, number: int, start: int, end: int | None) -> None:
        old = time_entries.get(self.conn, self.pick(number))
        began = old.started_at + start * MINUTE if start > -40 else None
        ended = None if end is None else (old.ended_at or self.now) + end * MINUTE
        self.act(
            name,
            lambda conn, who: time_entries.edit(conn, who, old.id, self.now, started_at=began, ended_at=ended),
        )

    @precondition(lambda self: self.rows())
    @rule(name=WHO, number=st.integers(0, 50), minutes=st.integers(0, 60))
    def split(self, name: str, number: int, minutes: int) -> None:
        old = time_entries.get(self.conn, self.pick(number))
        at = old.started_at + minutes * MINUTE
        self.act(name, lambda conn, who: time_entries.split(conn, who, old.id, at, self.now))

    @precondition(lambda self: self.rows())
    @rule(name=WHO, numbers=st.lists(st.integers(0, 50), min_size=1, max_size=3))
    def remove(self, name: str, numbers: list[int]) -> None:
        ids = [self.pick(number) for number in numbers]
        self.act(name, lambda conn, who: time_entries.remove(conn, who, ids, self.now))

    @rule(name=WHO, ago=st.integers(1, 200), minutes=st.integers(1, 60))
    def propose(self, name: str, ago: int, minutes: int) -> None:
        """As the desk does; it is no step of anybody."""
        begin = self.now - ago * MINUTE
        self.conn.execute(
            "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, state, created_at) "
            "VALUES (?, 1, ?, ?, 'proposed', ?)",
            (self.who[name].member_id, encode(begin), encode(begin + minutes * MINUTE), encode(self.now)),
        )
        self.forget(self.who)

    @precondition(lambda self: self.rows())
    @rule(name=WHO, numbers=st.lists(st.integers(0, 50), min_size=1, max_size=3))
    def confirm(self, name: str, numbers: list[int]) -> None:
        ids = [self.pick(number) for number in numbers]
        self.act(name, lambda conn, who: time_entries.confirm(conn, who, ids, self.now))

    def go(self, name: str, way: Callable[..., undoing.Undone], source: list[Any], into: list[Any], place: int) -> None:
        here = self.rows()
        try:
            done = way(self.conn, self.who[name], self.now)
        except Refused:
            assert self.rows() == here
            return
        if not done.ids:
            assert self.rows() == here and undoing.refusal(done)
        if not source:
            return
        step = source.pop()
        if step[1 - place] == here:
            # Nobody did anything since: it is as if the step had not been, or had been again.
            assert self.rows() == step[place] and not done.refused
        if done.ids:
            into.append(step)
            self.forget(self.who.keys() - {name})

    @rule(name=WHO)
    def undo(self, name: str) -> None:
        self.go(name, undoing.undo, self.past[name], self.future[name], 0)

    @rule(name=WHO)
    def redo(self, name: str) -> None:
        self.go(name, undoing.redo, self.future[name], self.past[name], 1)

    @invariant()
    def nobody_does_two_things_at_once(self) -> None:
        for who in getattr(self, "who", {}).values():
            stretches = [
                (start, end or "9999")
                for _id, member, _activity, start, end, state, _note in self.rows()
                if member == who.member_id and state == "confirmed"
            ]
            assert all(start < end for start, end in stretches)
            for one, other in pairwise(sorted(stretches)):
                assert one[1] <= other[0]
            assert sum(end == "9999" for _start, end in stretches) <= 1


def test_time_is_never_counted_twice(memory: Connection) -> None:
    class Walked(Desk):
        conn = memory

    machine: Any = Walked.TestCase
    machine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, database=None)
    machine().runTest()
