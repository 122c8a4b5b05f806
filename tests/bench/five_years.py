"""Five years of a team of 50: the week screen, a day's proposals and the week report, their p95 and their memory.

1,000,000 time entries, 5,000,000 events, 100,000 mentions and 26,000 posts at full size; ``--weeks`` makes it smaller,
``--mentions`` gives it another number of them (a million are 30,000 a week of the last eight months).
Memory is what a command that does the same keeps for itself at its peak (USS read at its end, MB).
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smdash.core.clock import encode, week_of
from smdash.store import migrations, teams
from smdash.store.connection import open_store
from smdash.store.driver import Connection
from tests.bench.common import arguments, build, p95, report

ZONE = ZoneInfo("Asia/Jakarta")
MEMBERS = 50
ENTRIES_A_WEEK, EVENTS_A_WEEK = 77, 385
# Verbs as the book has them, with what they are about.
DEEDS = (
    ("done", "mention"), ("reply", "mention"), ("assign", "mention"), ("label", "mention"), ("note", "mention"),
    ("snooze", "mention"), ("approve", "post"), ("edit", "post"), ("add", "post"), ("move", "post"),
    ("resolve", "delivery"), ("add", "search"), ("edit", "campaign"), ("add", "feed"), ("freeze", "team"),
)  # fmt: skip


def main() -> None:
    asked = arguments(weeks=260, times=40, mentions=0)
    figures: dict[str, Any] = {"weeks": asked.weeks, "members": MEMBERS}
    with database(asked.weeks, asked.mentions) as path:
        with open_store(path) as store, store.reading() as conn:
            for table in ("time_entry", "event", "mention", "post"):
                (figures[table],) = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        for name, work in works(asked.weeks).items():
            with open_store(path) as store:
                times = []
                for at in range(asked.times):
                    before = time.perf_counter()
                    work(store, at)
                    times.append((time.perf_counter() - before) * 1000)
            figures[f"{name}_p95_ms"] = round(p95(times), 1)
        for name, words in commands().items():
            figures[f"{name}_mb"], figures[f"{name}_command_ms"] = command(path, words)
    figures["goal"] = "each p95 <= 300 ms, <= 60 MB"
    report("five_years", figures, asked.json)


def works(weeks: int) -> dict[str, Callable[..., object]]:
    """What each screen and report reads, of a week or a day and a member that differ every time."""
    from smdash.reports import render_html
    from smdash.reports import week as week_report
    from smdash.store import proposals, reporting, targets
    from smdash.store import weeks as store_weeks

    now = datetime.now(UTC)

    def then(at: int) -> datetime:
        return now - timedelta(weeks=(at * 7) % max(weeks - 2, 1))

    def whose(at: int) -> int | None:
        return None if at % 4 == 0 else 1 + at % MEMBERS

    def week_screen(store: Any, at: int) -> None:
        with store.reading() as conn:
            week = week_of(then(at), ZONE)
            store_weeks.read(conn, week, now, whose(at))
            targets.targets(conn, week, now, whose(at))

    def day(store: Any, at: int) -> None:
        with store.writing() as conn:
            found = then(at + 1).astimezone(ZONE).date()
            proposals.refresh(conn, actor(conn, 1 + at % MEMBERS), found, now)

    def whole_report(store: Any, at: int) -> None:
        with store.reading() as conn:
            found = reporting.week(conn, week_of(then(at), ZONE), now)
        render_html.render(week_report.document(found))

    return {"week_screen": week_screen, "proposals": day, "report": whole_report}


def commands() -> dict[str, list[str]]:
    week = week_of(datetime.now(UTC) - timedelta(weeks=1), ZONE).label
    day = (datetime.now(ZONE).date() - timedelta(days=4)).isoformat()
    return {
        "week_screen": ["hours", "week", "--team", "--json"],
        "proposals": ["hours", "propose", "--day", day, "--json"],
        "report": ["report", "week", "--week", week, "--format", "html"],
    }


def actor(conn: Connection, member_id: int) -> Any:
    (login,) = conn.execute("SELECT login FROM member WHERE id = ?", (member_id,)).fetchone()
    return teams.find_member(conn, login, login)


# Runs the command in this process and says what it kept for itself at its end.
_PROBE = """
import json, sys
from smdash.cli.app import run
sys.argv = ["smdash", *sys.argv[1:]]
code = run(sys.argv[1:])
rows = dict(line.split(":", 1) for line in open("/proc/self/smaps_rollup") if ":" in line)
own = sum(int(rows[key].split()[0]) for key in ("Private_Clean", "Private_Dirty"))
sys.stderr.write("\\nOWN " + json.dumps([own / 1024, code]) + "\\n")
"""


def command(path: Path, words: list[str]) -> tuple[float, float]:
    """What a command keeps for itself (MB), and how long it takes from start to end (ms)."""
    env = {**os.environ, "SMDASH_DB": str(path), "SMDASH_MEMBER": "anggota1"}
    before = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", _PROBE, *words], env=env, capture_output=True, text=True, check=True)
    took = (time.perf_counter() - before) * 1000
    own, code = json.loads(ran.stderr.rpartition("OWN ")[2])
    assert not code, ran.stderr
    return round(own, 1), round(took)


@contextmanager
def database(weeks: int, mentions: int = 0) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="smdash-bench-") as folder:
        path = Path(folder) / "desk.db"
        kept = Path(os.environ.get("SMDASH_BENCH_CACHE", folder)) / f"years-{migrations.VERSION}-{weeks}-{mentions}.db"
        if not kept.exists() or time.time() - kept.stat().st_mtime > 12 * 3600:
            kept.unlink(missing_ok=True)
            build(kept, mentions or max(weeks * 385, 100))
            fill(kept, weeks)
        if kept != path:
            shutil.copyfile(kept, path)
        yield path


def fill(path: Path, weeks: int) -> None:
    """Entries and events of a team that works five days a week, with their indexes and triggers."""
    today = datetime.now(ZONE).date()
    monday = today - timedelta(days=today.weekday()) - timedelta(weeks=weeks)
    with open_store(path) as store:
        with store.writing() as conn:
            for number in range(1, MEMBERS + 1):
                teams.join(conn, f"anggota{number}", f"Anggota {number}", "x", datetime.now(UTC))
            members = [row[0] for row in conn.execute("SELECT id FROM member ORDER BY id")]
            activities = [row[0] for row in conn.execute("SELECT id FROM activity ORDER BY position")]
        with store.writing() as conn:
            conn.execute(
                "UPDATE mention SET answered_at = sent_at, done_at = sent_at, response_s = id % 9000 WHERE state = 'done'"
            )
        for week in range(weeks):
            with store.writing() as conn:
                conn.executemany(
                    "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    entries(monday + timedelta(weeks=week), members, activities, week),
                )
                conn.executemany(
                    "INSERT INTO event (at, member_id, login, verb, subject, subject_id, after) "
                    "VALUES (?, ?, 'x', ?, ?, ?, '{}')",
                    sorted(deeds(monday + timedelta(weeks=week), members, week)),
                )


def entries(monday: date, members: list[int], activities: list[int], seed: int) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(seed)
    a_day = ENTRIES_A_WEEK // 5
    for member in members:
        for day in range(5):
            start = datetime.combine(monday + timedelta(days=day), datetime.min.time(), ZONE) + timedelta(hours=8)
            for _entry in range(a_day + (day < ENTRIES_A_WEEK % 5)):
                start += timedelta(minutes=dice.randint(0, 6))
                end = start + timedelta(minutes=dice.randint(8, 45), seconds=dice.randint(0, 59))
                begun, ended = encode(start.astimezone(UTC)), encode(end.astimezone(UTC))
                yield member, dice.choice(activities), begun, ended, ended
                start = end


def deeds(monday: date, members: list[int], seed: int) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(-seed - 1)
    for member in members:
        for _deed in range(EVENTS_A_WEEK):
            at = datetime.combine(monday + timedelta(days=dice.randint(0, 4)), datetime.min.time(), ZONE) + timedelta(
                hours=8, seconds=dice.randint(0, 36_000)
            )
            verb, subject = dice.choice(DEEDS)
            yield encode(at.astimezone(UTC)), member, verb, subject, dice.randint(1, 100_000)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
