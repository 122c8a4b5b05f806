"""Proposed hours and forgotten timers from the command line, and a desk that is killed while a timer runs."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, SystemClock
from smdash.core.records import Actor
from smdash.store import time_entries, triage
from smdash.store.connection import open_store
from tests.conftest import Smdash, ZoneInfo, member
from tests.desk import arrive
from tests.pty_screen import Pty

JAKARTA = ZoneInfo("Asia/Jakarta")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = (SystemClock().now().astimezone(JAKARTA) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = NOON.date().isoformat()


@pytest.fixture
def ana(smdash: Smdash, db: Path) -> Smdash:
    """Ana's command line; yesterday she set six mentions to done, at noon, at one and at two."""
    with open_store(db, clock=FixedClock(NOON)) as store:
        who = member(store, "ana", "Ana")
        member(store, "budi", "Budi")
        arrive(store, *(f"pesan {n}" for n in range(8)), minutes_ago=600)
        for hour, ids in enumerate(([1, 2, 3], [4], [5, 6])):
            with store.writing() as conn:
                triage.finish(conn, who, ids, NOON + hour * HOUR)
    smdash.env |= {"SMDASH_MEMBER": "ana"}
    smdash.ok("member", "edit", "budi", "--role", "lead")
    return smdash


def running_since(db: Path, ago: timedelta) -> datetime:
    """Ana's timer runs since then, without a sign of work."""
    began = SystemClock().now() - ago
    with open_store(db, clock=FixedClock(began)) as store, store.writing() as conn:
        (number,) = conn.execute("SELECT id FROM member WHERE login = 'ana'").fetchone()
        time_entries.start(conn, Actor(number, "ana", "Ana", "ana"), began, "conversation")
    return began


def test_a_day_is_proposed_accepted_dropped_and_put_back(ana: Smdash) -> None:
    found = ana.ok("hours", "propose", "--day", DAY, "--json").json
    assert [(one["activity"], one["words"]) for one in found["proposals"]] == [
        ("conversation", "3 set to done"), ("conversation", "1 set to done"), ("conversation", "2 set to done"),
    ]  # fmt: skip
    first, second, third = (str(one["id"]) for one in found["proposals"])
    assert ana.ok("hours", "propose", "--day", DAY, "-q").lines == [first, second, third]
    assert "11:55  12:00  0:05   conversation  3 set to done" in ana.ok("hours", "propose", "--day", DAY).out
    assert "1 entry accepted, 0:05" in ana.ok("hours", "accept", first, "--activity", "community").out
    assert "1 proposal dropped; smdash undo" in ana.ok("hours", "drop", second).out
    assert ana.ok("hours", "propose", "--day", DAY, "-q").lines == [third]
    assert ana.ok("hours", "accept", "--all", "--day", DAY, "--json").json == {"changed": 1, "ids": [int(third)]}
    assert "nothing is to be reviewed on" in ana.ok("hours", "accept", "--all", "--day", DAY).err
    assert ana.ok("hours", "list", "--day", DAY, "-q").lines == [first, third]
    for _step in range(3):
        ana.ok("undo")
    assert ana.ok("hours", "propose", "--day", DAY, "--json").json == found
    assert ana.ok("hours", "list", "--day", DAY, "-q").lines == []


def test_nobody_else_is_shown_what_is_proposed_or_why(ana: Smdash) -> None:
    first, second, _third = ana.ok("hours", "propose", "--day", DAY, "-q").lines
    ana.ok("hours", "accept", first)
    assert ana.ok("hours", "show", first, "--json").json["evidence"] == [{"kind": "done", "count": 3}]
    lead = {"SMDASH_MEMBER": "budi"}
    assert ana.ok("hours", "propose", "--day", DAY, "--json", **lead).json["proposals"] == []
    assert ana.ok("hours", "show", first, "--json", **lead).json["evidence"] == []
    assert "there is no time entry" in ana.refused("hours", "show", second, **lead)
    for words in (("accept", second), ("drop", second), ("edit", second, "--activity", "updates"), ("remove", second)):
        assert "another member's" in ana.refused("hours", *words, **lead)


WRONG = (
    (("accept",), 2, "name ids, or --all"),
    (("accept", "1", "--all"), 2, "name ids, or --all"),
    (("drop", "1", "--day", "today"), 2, "--day goes with --all"),
    (("drop", "x"), 2, "“x” is not an id"),
    (("accept", "999"), 1, "there is no time entry 999"),
    (("propose", "--day", "2026-13-01"), 2, "is not a date"),
    (("accept", "--all", "--day", DAY, "--activity", "juggling"), 1, "choose one of"),
)


def test_what_is_wrong_is_said_in_a_sentence(ana: Smdash) -> None:
    for words, code, said in WRONG:
        assert said in ana.refused("hours", *words, code=code)


def test_a_night_under_a_forgotten_timer_is_counted_by_nobody_unasked(ana: Smdash, db: Path) -> None:
    began = running_since(db, 15 * HOUR).astimezone(JAKARTA)
    for words in (("stop",), ("start", "blogging")):
        said = ana.refused("hours", *words)
        assert "nothing was done from" in said and "--keep" in said and "\n" not in said
    # The line that it tells is the way out.
    at = said.partition('--at "')[2].partition('"')[0]
    ana.ok("hours", "stop", "--at", at)
    (entry,) = ana.ok("hours", "list", "--day", began.date().isoformat(), "--json").json
    assert entry["ended_at"] is not None and datetime.fromisoformat(entry["ended_at"]) - began <= MINUTE
    ana.ok("undo")
    assert "15:0" in ana.ok("hours", "stop", "--keep").out


def test_a_killed_desk_leaves_the_timer_running_and_the_next_one_asks(ana: Smdash, db: Path) -> None:
    running_since(db, 50 * MINUTE)
    for end in ("kill", "answer"):
        with Pty(db, ana.env, size=(100, 30)) as term:
            term.until(lambda text: "what was it?" in text, 10)
            if end == "kill":
                os.kill(term.pid, signal.SIGKILL)
                continue
            time.sleep(0.5)
            term.type(b"2")
            term.until(lambda text: "ended at" in text and "goes on from" in text, 8)
            term.type(b"\x11")
            assert term.ended(5) == 0
    running = ana.ok("hours", "list", "--json").json[-1]
    assert running["ended_at"] is None and running["activity"] == "conversation"
    assert SystemClock().now() - datetime.fromisoformat(running["started_at"]) < 5 * MINUTE
