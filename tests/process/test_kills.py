"""Desks, ingests and the service are killed at any moment, again and again: what they said was written is there.

``SMDASH_KILLS=N`` makes N rounds instead of two, and ``SMDASH_KILLS_SEED`` other moments.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from smdash.store import driver, health
from tests.conftest import Smdash
from tests.contract.mastodon_fake import BASE, Fake
from tests.local_server import serve
from tests.pty_screen import Pty

ROUNDS = int(os.environ.get("SMDASH_KILLS", "2"))
SEED = int(os.environ.get("SMDASH_KILLS_SEED", "7"))
DESKS = 3
# Rows between two desks' cursors, so that no two of them finish the same mention.
APART = 40


class Endless:
    """A Mastodon server on loopback where a page more has been written each time it is asked."""

    def __init__(self) -> None:
        self.fake = Fake(most=20)
        self.asked = 0
        self.marks: list[str] = []
        self._lock = threading.Lock()
        self.server = serve(self.answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        kind = {"Content-Type": "application/json"}
        if "/conversations" in path:
            return 200, kind, b"[]"
        request = httpx.Request("GET", BASE + path)
        with self._lock:
            if path.split("?")[0].endswith("/notifications"):
                self.asked += 1
                self.fake.add(20)
                if mark := request.url.params.get("min_id"):
                    self.marks.append(mark)
            found = self.fake.transport().handle_request(request)
        # A network takes its time; without that the service would fill the file.
        time.sleep(0.02)
        links = {"Link": found.headers["Link"]} if "Link" in found.headers else {}
        return found.status_code, kind | links, found.content

    def acknowledged(self) -> list[str]:
        """The ids that the service must have: whoever asks for what is above a mark has all below it."""
        names = [row["id"] for row in self.fake.rows]
        upto = max((names.index(mark) for mark in self.marks), default=-1)
        return [row["status"]["id"] for row in self.fake.rows[: upto + 1]]


@pytest.fixture
def endless() -> Iterator[Endless]:
    found = Endless()
    yield found
    found.server.shutdown()
    found.server.server_close()


class Step(NamedTuple):
    """What a member presses, what it writes, and the remark that says so (none for a lone one)."""

    keys: bytes
    verb: str
    rows: int
    remark: str


def steps(dice: random.Random) -> Iterator[Step]:
    """What a member does all day. No two remarks in a row are the same, so that each of them can be seen."""
    done: list[int] = []
    before = ""
    while True:
        rows = dice.choice([1, 1, 2, 3, 0])
        if rows == 0 and done:
            one = f"undone: set to done, {done[-1]} row" + "s" * (done[-1] > 1)
            step = Step(b"u", "undo", done[-1], one)
        elif rows == 0:
            continue
        elif rows == 1:
            step = Step(b"d", "done", 1, "")
        else:
            step = Step(b" " * rows + b"d", "done", rows, f"{rows} mentions done")
        if step.remark and step.remark == before:
            continue
        before = step.remark or before
        if step.verb == "undo":
            done.pop()
        else:
            done.append(step.rows)
        yield step


@dataclass
class Record:
    """What happened, for the figures and for the look at the end."""

    kills: dict[str, int] = field(default_factory=lambda: {"desk": 0, "ingest": 0, "service": 0})
    pressed: dict[str, list[Step]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    taken_in: dict[str, int] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    pulled: int = 0
    slowest_start: float = 0.0
    problems: list[str] = field(default_factory=list)

    def guarded(self, work: object, *words: object) -> threading.Thread:
        """A thread whose failure fails the test."""

        def run() -> None:
            try:
                work(*words)  # type: ignore[operator]
            except BaseException as problem:
                self.problems.append(f"{type(problem).__name__}: {problem}")

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def a_desk(smdash: Smdash, record: Record, name: str, place: int, dice: random.Random) -> None:
    """A member works until the desk is killed."""
    began = time.monotonic()
    with Pty(smdash.db, smdash.env | {"SMDASH_MEMBER": name}, size=(120, 34)) as desk:
        desk.until(lambda text: "nomor" in text, timeout=30)
        record.slowest_start = max(record.slowest_start, time.monotonic() - began)
        desk.type(b"2" + b"j" * (APART * place))
        desk.drain(0.3)
        end = time.monotonic() + dice.uniform(0.3, 2.5)
        pressed = record.pressed[name] = []
        for step in steps(dice):
            if time.monotonic() >= end or sum(one.rows for one in pressed) > APART - 5:
                break
            pressed.append(step)
            desk.type(step.keys)
            while time.monotonic() < end and step.remark not in desk.text:
                desk.read(0.01)
            if step.remark and step.remark in desk.text:
                record.acknowledged[name] = len(pressed)
        desk.signal(signal.SIGKILL)
        desk.ended(10)
        desk.drain(0.05)
        if pressed and pressed[-1].remark and pressed[-1].remark in desk.text:
            record.acknowledged[name] = len(pressed)
        record.kills["desk"] += 1


def kill_some(process: subprocess.Popen[bytes], after: float) -> tuple[bytes, bool]:
    """Let it run for a while and kill it; its output, and whether it had to be killed."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    out, err = process.communicate()
    assert b"Traceback" not in err and process.returncode in (0, -signal.SIGKILL), err.decode()
    return out, process.returncode != 0


def ingests(smdash: Smdash, record: Record, folder: Path, dice: random.Random, over: threading.Event) -> None:
    """Batches are taken in one after the other; what was killed is taken in again."""
    while not over.is_set():
        name, rows = f"i{len(record.begun)}", dice.choice([3, 700, 2_000])
        record.begun[name] = rows
        file = folder / f"{name}.jsonl"
        file.write_text(lines(name, rows, "2026-11-21T07:00:00Z"))
        while name not in record.taken_in and not over.is_set():
            process = smdash.start("mention", "ingest", file, "--json")
            out, killed = kill_some(process, dice.choice([dice.uniform(0.2, 1.0), 20]))
            if out.endswith(b"}\n"):
                found = json.loads(out)
                assert found["new"] + found["unchanged"] == rows and not found["refused"]
                record.taken_in[name] = rows
            record.kills["ingest"] += killed


def services(smdash: Smdash, record: Record, endless: Endless, dice: random.Random, over: threading.Event) -> None:
    """One service after the other; each must be asking soon after it was started."""
    while not over.is_set():
        # As if the interval had passed.
        with closing(driver.connect(smdash.db, timeout=20, isolation_level=None)) as conn:
            conn.execute("UPDATE sync_job SET next_at = NULL")
        before, began = endless.asked, time.monotonic()
        process = smdash.start("sync", "--json")
        try:
            while endless.asked == before:
                assert process.poll() is None, process.communicate()[1].decode()
                assert time.monotonic() < began + 30, "the service asked nothing in 30 s"
                time.sleep(0.02)
            record.slowest_start = max(record.slowest_start, time.monotonic() - began)
        finally:
            out, killed = kill_some(process, dice.uniform(0.05, 2.5))
        for line in out.splitlines(keepends=True):
            if line.endswith(b"\n"):
                found = json.loads(line)
                assert found["ok"], found
                record.pulled += found["new"]
        record.kills["service"] += killed


def lines(name: str, rows: int, sent_at: str) -> str:
    row = {"platform": "x", "account": "kopi", "kind": "comment", "author_handle": "rina", "sent_at": sent_at}
    return "".join(json.dumps(row | {"remote_id": f"{name}-{at}", "body": f"nomor {at}"}) + "\n" for at in range(rows))


def test_whatever_is_killed_nothing_that_was_acknowledged_is_lost(
    smdash: Smdash, endless: Endless, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Record()
    seeds = DESKS * APART * (ROUNDS + 2)
    smdash.ok("mention", "ingest", "-", stdin=lines("seed", seeds, "2026-11-19T07:00:00Z"))
    token = tmp_path / "token"
    token.write_text("kenari")
    token.chmod(0o600)
    smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", endless.url, "--token-file", token, "--no-check")
    smdash.ok("sync", "--once")
    over = threading.Event()
    others = [
        record.guarded(ingests, smdash, record, tmp_path, random.Random(SEED + 1), over),
        record.guarded(services, smdash, record, endless, random.Random(SEED + 2), over),
    ]
    try:
        for at in range(ROUNDS):
            if record.problems:
                break
            desks = [
                record.guarded(a_desk, smdash, record, f"r{at}d{place}", place, random.Random(f"{SEED} {at} {place}"))
                for place in range(DESKS)
            ]
            for one in desks:
                one.join()
    finally:
        over.set()
        for one in others:
            one.join()
    assert not record.problems, "\n".join(record.problems)

    began = time.monotonic()
    with Pty(smdash.db, smdash.env, size=(120, 34)) as desk:
        desk.until(lambda text: "nomor" in text, timeout=10)
        desk.type(b"2  d")
        desk.until(lambda text: "2 mentions done" in text)
    smdash.ok("sync", "--once")
    again = time.monotonic() - began

    checked = [check_desk(smdash, record, name) for name in record.pressed]
    check_file(smdash)
    check_rows(smdash, record, endless)
    assert all(record.kills.values())
    with capsys.disabled():
        print(
            f"\nkills: {record.kills}; acknowledged: {sum(checked)} steps of {len(checked)} desks, "
            f"{sum(record.taken_in.values())} rows of {len(record.taken_in)} ingests, "
            f"{len(endless.acknowledged())} pulled rows; lost: 0; slowest start {record.slowest_start:.1f} s; "
            f"a desk and a service after that {again:.1f} s"
        )


def check_desk(smdash: Smdash, record: Record, name: str) -> int:
    """What a desk wrote is what was pressed, in order, and at least as far as it said; returns how many steps."""
    wanted = [(step.verb, step.rows) for step in record.pressed[name]]
    with closing(driver.connect(f"file:{smdash.db}?mode=ro", uri=True)) as conn:
        found = conn.execute(
            "SELECT e.verb, count(*) FROM event e JOIN member m ON m.id = e.member_id WHERE m.login = ? "
            "AND e.subject = 'mention' GROUP BY coalesce(e.step, e.id) ORDER BY min(e.id)",
            (name,),
        ).fetchall()
    least = record.acknowledged.get(name, 0)
    assert len(found) >= least, f"{name}: {least} steps were acknowledged, {len(found)} are there"
    assert list(map(tuple, found)) == wanted[: len(found)], f"{name}: other steps than were pressed"
    return least


def check_file(smdash: Smdash) -> None:
    """The file is whole, and what is kept beside the rows agrees with them."""
    with closing(driver.connect(smdash.db, isolation_level=None)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert not health.counters_off(conn)
        assert not health.index_disagrees(conn)
        (odd,) = conn.execute(
            "SELECT count(*) FROM mention m JOIN event e ON e.subject = 'mention' AND e.subject_id = m.id "
            "WHERE e.id = (SELECT max(id) FROM event l WHERE l.subject = 'mention' AND l.subject_id = m.id) "
            "AND m.state <> json_extract(e.after, '$.state')"
        ).fetchone()
        assert odd == 0, "mentions are not as their last event left them"


def check_rows(smdash: Smdash, record: Record, endless: Endless) -> None:
    """Each row of an ingest that was acknowledged, and each pulled one, is there once."""
    with closing(driver.connect(f"file:{smdash.db}?mode=ro", uri=True)) as conn:
        kept = dict(
            conn.execute(
                "SELECT substr(m.remote_id, 1, instr(m.remote_id, '-') - 1) AS batch, count(DISTINCT m.remote_id) "
                "FROM mention m JOIN account a ON a.id = m.account_id WHERE a.platform = 'x' GROUP BY batch"
            ).fetchall()
        )
        pulled = [
            remote_id
            for (remote_id,) in conn.execute(
                "SELECT m.remote_id FROM mention m JOIN account a ON a.id = m.account_id WHERE a.platform = 'mastodon'"
            ).fetchall()
        ]
    for name, rows in record.begun.items():
        found = kept.get(name, 0)
        # An ingest writes 500 rows at a time, each batch whole or not at all.
        assert found == rows or (name not in record.taken_in and found % 500 == 0), (name, found, rows)
    assert len(pulled) == len(set(pulled)) >= record.pulled
    missing = set(endless.acknowledged()) - set(pulled)
    assert not missing, f"{len(missing)} rows are lost that lie below the cursor"
