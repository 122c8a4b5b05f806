"""Many processes on one file: nothing is lost, nothing is there twice, nobody fails; and a kill at any moment."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from smdash.store import driver
from tests.conftest import Smdash

ROWS = 4_000


def write_lines(path: Path, rows: int = ROWS) -> Path:
    with path.open("w") as file:
        for number in range(rows):
            fields = {
                "platform": "x", "account": "kopi", "remote_id": str(number), "kind": "comment", "author_handle": "rina",
                "body": f"nomor {number}", "sent_at": "2026-11-20T07:00:00Z",
            }  # fmt: skip
            file.write(json.dumps(fields) + "\n")
    return path


def finish(running: list[subprocess.Popen[bytes]]) -> list[str]:
    """Wait for all; what they printed. None may fail or complain."""
    said = []
    for one in running:
        out, err = one.communicate(timeout=90)
        assert (one.returncode, err) == (0, b""), err.decode()
        said.append(out.decode())
    return said


def count(smdash: Smdash, sql: str) -> tuple[object, ...]:
    conn = driver.connect(f"file:{smdash.db}?mode=ro", uri=True)
    try:
        return conn.execute(sql).fetchone()
    finally:
        conn.close()


def test_eight_processes_take_in_the_same_file_and_each_mention_is_kept_once(smdash: Smdash, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "lines.jsonl")
    said = finish([smdash.start("mention", "ingest", source, "--json") for _ in range(8)])
    found = [json.loads(line) for line in said]
    assert sum(one["new"] for one in found) == ROWS
    assert all(one["new"] + one["unchanged"] == ROWS and one["changed"] == one["refused"] == 0 for one in found)
    assert count(smdash, "SELECT count(*), count(DISTINCT remote_id) FROM mention") == (ROWS, ROWS)
    assert count(smdash, "SELECT sum(n) FROM tally WHERE name = 'open'") == (ROWS,)
    assert count(smdash, "PRAGMA integrity_check") == ("ok",)


def test_readers_are_never_held_up_by_writers(smdash: Smdash, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "lines.jsonl")
    writers = [smdash.start("mention", "ingest", source) for _ in range(2)]
    readers = [smdash.start("status") for _ in range(6)] + [smdash.start("mention", "list", "-q") for _ in range(2)]
    said = finish(readers)
    assert all("open" in line for line in said[:6])
    finish(writers)
    assert len(smdash.ok("mention", "list", "-q").lines) == ROWS


def test_members_finish_the_same_mentions_at_once_and_each_is_done_once(smdash: Smdash, tmp_path: Path) -> None:
    smdash.ok("mention", "ingest", write_lines(tmp_path / "lines.jsonl", 60))
    ids = smdash.ok("mention", "list", "-q").lines
    running = []
    for number in range(6):
        smdash.env["SMDASH_MEMBER"] = f"member{number}"
        running.append(smdash.start("mention", "done", *ids))
    said = finish(running)
    assert sum(int(line.split()[0]) for line in said) == 60
    assert count(smdash, "SELECT count(*) FROM event WHERE verb = 'done'") == (60,)
    assert count(smdash, "SELECT count(*) FROM member") == (6,)


def test_each_member_has_one_timer_however_many_terminals_start_it(smdash: Smdash) -> None:
    activities = ["updates", "blogging", "curation", "listening", "community", "campaigns", "strategy", "analytics"]
    finish([smdash.start("hours", "start", activity) for activity in activities])
    assert count(smdash, "SELECT count(*) FROM time_entry WHERE ended_at IS NULL AND removed_at IS NULL") == (1,)


def test_of_terminals_that_stop_at_once_one_does_and_the_others_are_told(smdash: Smdash) -> None:
    smdash.ok("hours", "start", "updates")
    running = [smdash.start("hours", "stop") for _ in range(4)]
    said = [one.communicate(timeout=90) for one in running]
    assert sorted(one.returncode for one in running) == [0, 1, 1, 1]
    assert sorted(err for _out, err in said) == [b"", *[b"smdash: no activity is running\n"] * 3]
    assert count(smdash, "SELECT count(*) FROM time_entry WHERE removed_at IS NULL") == (1,)


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_in_the_middle_of_an_ingest_loses_nothing_that_a_second_run_does_not_bring(
    smdash: Smdash, tmp_path: Path, seed: int
) -> None:
    rows = 20_000
    source = write_lines(tmp_path / "lines.jsonl", rows)
    moment = random.Random(seed)
    process = smdash.start("mention", "ingest", source)
    begun = time.monotonic()
    while count(smdash, "SELECT count(*) FROM mention") == (0,) and time.monotonic() < begun + 20:
        time.sleep(0.005)
    time.sleep(moment.random() * 0.15)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (kept,) = count(smdash, "SELECT count(*) FROM mention")
    assert isinstance(kept, int) and kept % 500 == 0
    if seed == 0:
        assert 0 < kept < rows  # the kill did come in the middle
    again = smdash.ok("mention", "ingest", source, "--json").json
    assert (again["new"], again["unchanged"]) == (rows - kept, kept)
    assert count(smdash, "SELECT count(*), count(DISTINCT remote_id) FROM mention") == (rows, rows)
    assert count(smdash, "SELECT sum(n) FROM tally WHERE name = 'open'") == (rows,)
    assert count(smdash, "PRAGMA integrity_check") == ("ok",)


def test_many_start_at_once_over_a_database_that_is_being_made(smdash: Smdash, tmp_path: Path) -> None:
    smdash.db = tmp_path / "new" / "desk.db"
    finish_all = [smdash.start("init", "--team", "Kopi Senja") for _ in range(12)]
    for said in finish(finish_all):
        assert "Kopi Senja" in said
    assert count(smdash, "SELECT count(*) FROM setting WHERE key = 'database_id'") == (1,)
    assert count(smdash, "SELECT count(*) FROM activity") == (11,)
