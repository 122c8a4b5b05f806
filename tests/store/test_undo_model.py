"""Undo and redo, walked at random by three members and the service against a model without a database.

The model knows of each member what they did and what could be done again, and of each row who touched which columns
when; nothing of it is taken from the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smdash.core.clock import encode
from smdash.core.errors import Refused
from smdash.core.records import Actor, IncomingMention, Snooze
from smdash.store import driver, events, mentions, migrations, schema_tally, steps, teams, triage, undoing
from smdash.store.driver import Connection
from tests.store.conftest import NOW, incoming

ROWS = range(1, 4)
NAMES = ("Ana", "Budi", "Citra")
LABELS = ("keluhan", "pujian")
WAITING = ("snooze", "snoozed_until", "woke")
VERBS = ("done", "reopen", "snooze", "assign", "priority", "star", "label")
STATE = ("state", "done_at", "done_by", *WAITING)
COLUMNS = (*STATE, "assignee_id", "priority", "star")


@dataclass
class Touch:
    """One member's change of some columns of a row; ``counts`` until it is put back or passed over."""

    at: int
    who: str
    row: int
    columns: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    counts: bool = True


@dataclass
class Step:
    verb: str
    touches: list[Touch]


@dataclass
class Model:
    rows: dict[int, dict[str, Any]]
    members: dict[str, int]
    clock: int = 0
    log: list[Touch] = field(default_factory=list)
    past: dict[str, list[Step]] = field(default_factory=lambda: {name: [] for name in NAMES})
    future: dict[str, list[Step]] = field(default_factory=lambda: {name: [] for name in NAMES})
    history: list[tuple[int, str, str]] = field(default_factory=list)

    def touch(self, who: str, row: int, before: Mapping[str, Any], after: Mapping[str, Any], *, undo: bool) -> Touch:
        self.clock += 1
        # What undo did is nobody's change: it is as if the change before had not been.
        made = Touch(self.clock, who, row, tuple(sorted(after)), dict(before), dict(after), not undo)
        self.log.append(made)
        self.rows[row].update(after)
        return made

    def act(
        self, who: str, verb: str, rows: Sequence[int], after: Mapping[int, Mapping[str, Any]], seen: int | None
    ) -> dict[int, str]:
        """Change rows as one step; returns who was faster where."""
        faster: dict[int, str] = {}
        touches = []
        for row in dict.fromkeys(rows):
            wanted = after[row]
            if seen is not None:
                others = [
                    one
                    for one in self.log
                    if one.row == row and one.at > seen and one.who != who and set(one.columns) & set(wanted)
                ]
                if others:
                    faster[row] = others[-1].who
                    continue
            before = {column: self.rows[row][column] for column in wanted}
            same_state = verb in ("done", "reopen") and before["state"] == wanted["state"]
            if before != dict(wanted) and not same_state:
                touches.append(self.touch(who, row, before, wanted, undo=False))
                self.history.append((row, who, verb))
        if touches:
            self.past[who].append(Step(verb, touches))
            self.future[who].clear()
        return faster

    def since(self, who: str, touch: Touch) -> list[Touch]:
        """What others did to the same columns after it and that still counts."""
        return [
            one for one in self.log
            if one.row == touch.row and one.at > touch.at and one.who != who and one.counts
            and set(one.columns) & set(touch.columns)
        ]  # fmt: skip

    def back(self, who: str, stack: str, into: Step, most: int) -> tuple[list[int], int, str, bool]:
        """Put the newest *most* rows of a stack's last step back: the rows, how many stay, who is to blame."""
        source = getattr(self, stack)[who]
        step = source[-1]
        some = step.touches[-most:]
        rows, blamed, refused = [], [], 0
        for touch in some:
            now = {column: self.rows[touch.row][column] for column in touch.columns}
            others = self.since(who, touch)
            if now != touch.after or others:
                refused += 1
                blamed += others
                continue
            rows.append(touch)
        for touch in some:
            touch.counts = False
        del step.touches[-most:]
        if not step.touches:
            source.pop()
        for touch in rows:
            into.touches.append(self.touch(who, touch.row, touch.after, touch.before, undo=stack == "past"))
            self.history.append((touch.row, who, "undo" if stack == "past" else "redo"))
        into.touches.sort(key=lambda one: one.at)
        by = max(blamed, key=lambda one: one.at).who if blamed else "somebody"
        return [touch.row for touch in rows], refused, by, bool(step.touches)


def made() -> Connection:
    """A database of three members and three open mentions."""
    conn = driver.connect(":memory:", isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    migrations.apply(conn)
    teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    for name in NAMES:
        teams.join(conn, name.lower(), name, name.lower(), NOW)
    batch: list[IncomingMention] = [
        incoming(str(row), sent_at=NOW - timedelta(hours=9 * row), body="awal") for row in ROWS
    ]
    conn.execute("BEGIN IMMEDIATE")
    mentions.apply(conn, batch, {"mention": 600}, NOW)
    for name in LABELS:
        triage.label_named(conn, name, make=True)
    conn.execute("COMMIT")
    return conn


CONN: list[Connection] = []

some_rows = st.lists(st.sampled_from(list(ROWS)), min_size=1, max_size=3)
who = st.sampled_from(NAMES)


class Walk(RuleBasedStateMachine):
    """Each walk is one transaction, rolled back at its end."""

    @initialize()
    def begin(self) -> None:
        if not CONN:
            CONN.append(made())
        self.conn = CONN[0]
        self.conn.execute("BEGIN IMMEDIATE")
        self.actors = {name: teams.find_member(self.conn, name.lower(), name.lower()) for name in NAMES}
        self.members = {name: actor.member_id for name, actor in self.actors.items() if actor}
        self.model = Model({row: self.row(row) for row in ROWS}, self.members)
        self.looked = dict.fromkeys(NAMES, (steps.last_seen(self.conn), 0))
        self.minute = 0

    def teardown(self) -> None:
        if hasattr(self, "conn") and self.conn.in_transaction:
            self.conn.execute("ROLLBACK")

    def actor(self, name: str) -> Actor:
        found = self.actors[name]
        assert found is not None
        return found

    def row(self, row: int) -> dict[str, Any]:
        values = self.conn.execute(f"SELECT {', '.join(COLUMNS)} FROM mention WHERE id = ?", (row,)).fetchone()
        found = dict(zip(COLUMNS, values, strict=True))
        found["labels"] = [
            one[0] for one in self.conn.execute(
                "SELECT label_id FROM mention_label WHERE mention_id = ? ORDER BY 1", (row,)
            )
        ]  # fmt: skip
        return found

    def act(self, name: str, verb: str, rows: list[int], after: Mapping[str, Any], seen: bool, done: Any) -> None:
        """Do it in the database by *done*, and in the model by what it sets."""
        theirs, ours = self.looked[name]
        found = done(theirs if seen else None)
        before = self.model.clock
        faster = self.model.act(name, verb, rows, dict.fromkeys(rows, after), ours if seen else None)
        assert (found.changed, dict(found.faster)) == (self.model.clock - before, faster)

    @rule(name=who)
    def look(self, name: str) -> None:
        self.looked[name] = steps.last_seen(self.conn), self.model.clock

    @rule(name=who, verb=st.sampled_from(VERBS), rows=some_rows, pick=st.integers(0, 2), seen=st.booleans())
    def do(self, name: str, verb: str, rows: list[int], pick: int, seen: bool) -> None:
        """One of the verbs, with one of three values each."""
        conn, actor = self.conn, self.actor(name)
        if verb == "done":
            self.minute += 1
            now = NOW + timedelta(minutes=self.minute)
            after = {**dict.fromkeys(WAITING), "state": "done", "done_at": encode(now), "done_by": self.members[name]}
            self.act(name, verb, rows, after, seen, lambda at: triage.finish(conn, actor, rows, now, seen=at))
        elif verb == "reopen":
            after = {**dict.fromkeys(STATE), "state": "open"}
            self.act(name, verb, rows, after, seen, lambda at: triage.reopen(conn, actor, rows, NOW, seen=at))
        elif verb == "snooze":
            how = list(Snooze)[pick]
            until = None if how is Snooze.REPLY else NOW + timedelta(hours=1)
            after = {
                **dict.fromkeys(STATE), "state": "snoozed", "snooze": how.value,
                "snoozed_until": None if until is None else encode(until),
            }  # fmt: skip
            self.act(
                name, verb, rows, after, seen, lambda at: triage.snooze(conn, actor, rows, how, until, NOW, seen=at)
            )
        elif verb == "assign":
            to = (*self.members.values(), None)[pick + 1]
            after = {"assignee_id": to}
            self.act(name, verb, rows, after, seen, lambda at: triage.assign(conn, actor, rows, to, NOW, seen=at))
        elif verb == "priority":
            after = {"priority": pick}
            self.act(
                name, verb, rows, after, seen, lambda at: triage.set_priority(conn, actor, rows, pick, NOW, seen=at)
            )
        elif verb == "star":
            self.star(name, rows, pick > 0, seen)
        else:
            self.label(name, rows, LABELS[pick % 2], seen)

    def star(self, name: str, rows: list[int], on: bool, seen: bool) -> None:
        verb, after = "star" if on else "unstar", {"star": int(on)}
        self.act(
            name, verb, rows, after, seen, lambda at: triage.star(self.conn, self.actor(name), rows, on, NOW, seen=at)
        )

    def label(self, name: str, rows: list[int], word: str, on: bool) -> None:
        label_id = triage.label_named(self.conn, word, make=False)
        worn = {row: self.model.rows[row]["labels"] for row in rows}
        after = {
            row: {"labels": sorted({*worn[row], label_id}) if on else [one for one in worn[row] if one != label_id]}
            for row in rows
        }
        found = triage.label(self.conn, self.actor(name), rows, word, on, NOW)
        before = self.model.clock
        self.model.act(name, "label" if on else "unlabel", rows, after, None)
        assert found.changed == self.model.clock - before

    @rule(name=who, on=st.booleans())
    def star_all(self, name: str, on: bool) -> None:
        """What members disagree about most often."""
        self.star(name, list(ROWS), on, False)

    @rule(row=st.sampled_from(list(ROWS)), text=st.sampled_from("abc"))
    def author_edits(self, row: int, text: str) -> None:
        """The service's own changes are nobody's step: the model takes them as they come."""
        mentions.apply(self.conn, [incoming(str(row), sent_at=NOW - timedelta(hours=9 * row), body=text)], {}, NOW)
        self.model.rows[row] = self.row(row)

    @rule(name=who, most=st.sampled_from((None, 1, 2)), stops=st.booleans(), data=st.data())
    def undo(self, name: str, most: int | None, stops: bool, data: st.DataObject) -> None:
        self.back(name, undoing.undo, "past", "future", most, stops, data)

    @rule(name=who, most=st.sampled_from((None, 1, 2)), stops=st.booleans(), data=st.data())
    def redo(self, name: str, most: int | None, stops: bool, data: st.DataObject) -> None:
        self.back(name, undoing.redo, "future", "past", most, stops, data)

    def back(
        self, name: str, way: Any, source: str, target: str, most: int | None, stops: bool, data: st.DataObject
    ) -> None:
        stack = getattr(self.model, source)[name]
        if not stack:
            with pytest.raises(Refused, match="nothing of yours"):
                way(self.conn, self.actor(name), NOW)
            return
        verb, into = stack[-1].verb, Step(stack[-1].verb, [])
        rest, more = None, True
        while more:
            found = way(self.conn, self.actor(name), NOW, most=most, rest=rest)
            rows, refused, by, more = self.model.back(name, source, into, most or 99)
            if len(into.touches) and into not in getattr(self.model, target)[name]:
                getattr(self.model, target)[name].append(into)
            assert (found.verb, found.subject) == (verb, "mention")
            assert (found.ids, found.refused) == (tuple(rows), refused)
            assert found.by == (by if refused else "")
            assert found.again == (source == "future")
            rest = found.rest
            assert (rest is not None) == more
            if more and stops:
                break
            if more and data.draw(st.booleans(), "interference"):
                other = data.draw(who.filter(lambda one: one != name), "other")
                self.star(other, [data.draw(st.sampled_from(list(ROWS)), "row")], data.draw(st.booleans(), "on"), False)

    @invariant()
    @precondition(lambda self: hasattr(self, "model"))
    def rows_are_as_the_model_says(self) -> None:
        assert {row: self.row(row) for row in ROWS} == self.model.rows

    @invariant()
    @precondition(lambda self: hasattr(self, "model"))
    def counts_are_true(self) -> None:
        kept = self.conn.execute("SELECT name, bucket, n FROM tally").fetchall()
        assert sorted(kept) == sorted(self.conn.execute(schema_tally.RECOUNT).fetchall())

    @invariant()
    @precondition(lambda self: hasattr(self, "model"))
    def the_book_is_consistent(self) -> None:
        told = self.conn.execute(
            "SELECT e.subject_id, m.name, e.verb FROM event e JOIN member m ON m.id = e.member_id WHERE e.before NOT NULL "
            "AND e.subject = 'mention' ORDER BY e.id"
        ).fetchall()
        assert told == self.model.history
        for name, member_id in self.members.items():
            to_undo = self.conn.execute(
                "SELECT subject_id FROM event WHERE member_id = ? AND undone = 0 AND verb <> 'undo' AND before NOT NULL "
                "ORDER BY id", (member_id,)
            ).fetchall()  # fmt: skip
            assert [row[0] for row in to_undo] == [one.row for step in self.model.past[name] for one in step.touches]
        # What was put back is marked, and once.
        assert self.conn.execute(
            "SELECT count(*) FROM event u JOIN event e ON e.id = u.undoes WHERE e.undone = 0 OR e.subject_id <> u.subject_id "
            "OR e.before IS NOT u.after OR e.after IS NOT u.before OR u.member_id <> e.member_id"
        ).fetchone() == (0,)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.fixture
def fresh() -> Iterator[tuple[Connection, dict[str, Actor]]]:
    conn = made()
    conn.execute("BEGIN IMMEDIATE")
    yield conn, {name: teams.find_member(conn, name.lower(), name.lower()) for name in NAMES}  # type: ignore[misc]
    conn.close()


Fresh = tuple[Connection, dict[str, Actor]]


def starred(conn: Connection) -> list[int]:
    return [row[0] for row in conn.execute("SELECT id FROM mention WHERE star = 1 ORDER BY id").fetchall()]


def test_a_new_step_ends_what_could_be_done_again_even_when_it_is_undone_itself(fresh: Fresh) -> None:
    conn, who = fresh
    triage.star(conn, who["Ana"], [1], True, NOW)
    undoing.undo(conn, who["Ana"], NOW)
    triage.star(conn, who["Ana"], [2], True, NOW)
    undoing.undo(conn, who["Ana"], NOW)
    assert undoing.redo(conn, who["Ana"], NOW).ids == (2,)
    with pytest.raises(Refused, match="nothing of yours"):
        undoing.redo(conn, who["Ana"], NOW)
    assert starred(conn) == [2]


def test_what_another_member_set_to_the_same_value_is_theirs(fresh: Fresh) -> None:
    conn, who = fresh
    triage.star(conn, who["Ana"], [1, 2, 3], True, NOW)
    for row, on in ((1, False), (1, True), (2, False), (2, True), (3, False)):
        triage.star(conn, who["Budi"], [row], on, NOW)
    undoing.undo(conn, who["Budi"], NOW)
    assert starred(conn) == [1, 2, 3]
    # Budi took back what he did with the last one, so it is as Ana left it.
    undone = undoing.undo(conn, who["Ana"], NOW)
    assert (undone.ids, undone.refused, undone.by) == ((3,), 2, "Budi")
    assert starred(conn) == [1, 2]


def test_who_changed_it_is_who_changed_the_same_thing_last(fresh: Fresh) -> None:
    conn, who = fresh
    triage.star(conn, who["Ana"], [1], True, NOW)
    triage.star(conn, who["Budi"], [1], False, NOW)
    triage.star(conn, who["Citra"], [1], True, NOW)
    triage.assign(conn, who["Budi"], [1], None, NOW)
    triage.set_priority(conn, who["Budi"], [1], 2, NOW)
    undone = undoing.undo(conn, who["Ana"], NOW)
    assert (undone.ids, undone.by) == ((), "Citra")


def test_what_the_service_changed_is_somebodys(fresh: Fresh) -> None:
    conn, who = fresh
    triage.finish(conn, who["Ana"], [1], NOW)
    mentions.apply(conn, [incoming("1", sent_at=NOW - timedelta(hours=9), body="Kak?")], {}, NOW)
    undone = undoing.undo(conn, who["Ana"], NOW)
    assert (undone.ids, undone.refused, undone.by) == ((), 1, "somebody")
    triage.label(conn, who["Ana"], [2], "keluhan", True, NOW)
    conn.execute("INSERT INTO mention_label VALUES (2, (SELECT id FROM label WHERE name = 'pujian'))")
    assert undoing.undo(conn, who["Ana"], NOW).ids == ()
    assert conn.execute("SELECT count(*) FROM mention_label").fetchone() == (2,)


@pytest.mark.parametrize("most", [None, 1, 2, 3])
def test_a_step_that_did_two_things_with_a_row_is_put_back_and_done_again_whole(fresh: Fresh, most: int | None) -> None:
    conn, who = fresh
    ana = who["Ana"]
    columns = "SELECT due_at, state, answered_at, assignee_id FROM mention ORDER BY id"

    def whole(way: Any) -> None:
        found = way(conn, ana, NOW, most=most)
        while found.rest is not None:
            found = way(conn, ana, NOW, most=most, rest=found.rest)
        assert found.refused == 0

    before = conn.execute(columns).fetchall()
    step = events.next_step(conn)
    for row in (1, 2):
        triage.assign(conn, ana, [row], ana.member_id, NOW, step=step)
        answer = {"answered_at": encode(NOW), "due_at": None, "assignee_id": who["Citra"].member_id}
        steps.change(conn, ana, [row], NOW, "answer", answer, step=step)
        triage.finish(conn, ana, [row], NOW, step=step)
    triage.label(conn, ana, [1], "keluhan", True, NOW, step=step)
    # The same column with another value, on another row.
    triage.assign(conn, ana, [3], who["Budi"].member_id, NOW, step=step)
    after = conn.execute(columns).fetchall()
    assert after == [(None, "done", encode(NOW), 3)] * 2 + [(before[2][0], "open", None, 2)]
    for _turn in range(2):
        whole(undoing.undo)
        assert conn.execute(columns).fetchall() == before
        assert conn.execute("SELECT count(*) FROM mention_label").fetchone() == (0,)
        with pytest.raises(Refused):
            undoing.undo(conn, ana, NOW)
        whole(undoing.redo)
        assert conn.execute(columns).fetchall() == after
        assert conn.execute("SELECT count(*) FROM mention_label").fetchone() == (1,)
        with pytest.raises(Refused):
            undoing.redo(conn, ana, NOW)
