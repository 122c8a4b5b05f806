"""A desk that was stopped for a while, and clocks that jump while a desk and a service run."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smdash.store import driver
from tests.conftest import Smdash
from tests.process.test_kills import lines
from tests.process.test_sync import Site
from tests.process.test_sync import site as site
from tests.pty_screen import Pty


def test_a_desk_that_was_stopped_shows_what_came_meanwhile(smdash: Smdash) -> None:
    smdash.ok("mention", "ingest", "-", stdin=lines("first", 5, "2026-11-20T07:00:00Z"))
    with Pty(smdash.db, smdash.env, size=(120, 34)) as desk:
        desk.until(lambda text: "nomor 4" in text)
        desk.signal(signal.SIGSTOP)
        desk.until_state("T")
        ids = smdash.ok("mention", "list", "-q").lines
        for at in range(3):
            smdash.ok("mention", "ingest", "-", stdin=lines(f"while-{at}", 700, "2026-11-21T07:00:00Z"))
        smdash.ok("mention", "done", *ids[1:])
        row = lines("newest", 1, "2026-11-20T07:00:01Z").replace("nomor 0", "yang paling baru")
        smdash.ok("mention", "ingest", "-", stdin=row)
        desk.drain(0.1)
        assert "yang paling baru" not in desk.text
        desk.signal(signal.SIGCONT)
        desk.until(
            lambda text: (
                "yang paling baru" in text
                and "2,102 open" in text
                and "nomor 4" not in text.split("nomor 0")[1].split("yang")[0]
            ),
            timeout=2,
        )


class Clock:
    """The wall clock of the smdash that gets ``env``; its steady one runs on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(timedelta())
        self.env = {"PYTHONPATH": str(Path(__file__).parent / "other_clock"), "SMDASH_TEST_CLOCK": str(file)}

    def set(self, by: timedelta) -> None:
        """So far from the machine's own clock; whoever reads meanwhile finds the old or the new."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(int(by.total_seconds())))
        fresh.replace(self.file)


def test_after_each_jump_of_the_clock_nothing_is_there_twice_and_no_job_stands_still(
    smdash: Smdash, site: Site, tmp_path: Path
) -> None:
    clock = Clock(tmp_path / "clock")
    smdash.ok("feed", "add", f"{site.url}/feed.xml")
    smdash.ok("mention", "ingest", "-", stdin=lines("first", 20, "2026-11-20T07:00:00Z"))
    site.asked.clear()
    service = Smdash(smdash.db, smdash.env | clock.env).start("sync", "--json")
    try:
        with Pty(smdash.db, smdash.env | clock.env, size=(120, 34)) as desk:
            desk.until(lambda text: "nomor 4" in text)
            end = time.monotonic() + 20
            while _job(smdash)[1] is None and time.monotonic() < end:
                time.sleep(0.05)
            present = timedelta()
            # An hour forward and back, a day forward and back.
            for at, to in enumerate((timedelta(hours=1), timedelta(), timedelta(days=1), timedelta())):
                by, before, present = to - present, _job(smdash)[0], to
                clock.set(to)
                end = time.monotonic() + 15
                while abs(_job(smdash)[0] - before - by) > timedelta(minutes=10) and time.monotonic() < end:
                    time.sleep(0.1)
                waits = _job(smdash)[0] - datetime.now(UTC) - to
                # As long as before: an hour and what chance adds to it.
                assert timedelta(minutes=30) < waits < timedelta(minutes=90)
                rows = 2 + at % 2
                desk.type(b"2" + b" " * rows + b"d")
                desk.until(lambda text, rows=rows: f"{rows} mentions done" in text, timeout=10)
            assert service.poll() is None
        assert site.asked == ["/feed.xml"]
    finally:
        service.send_signal(signal.SIGTERM)
        _out, err = service.communicate(timeout=20)
    assert service.returncode == 0 and b"Traceback" not in err and err.count(b"the clock was set by") == 4
    smdash.ok("sync", "--once")
    (feed,) = smdash.ok("feed", "list", "--json").json
    assert feed["items"] == 2
    with closing(driver.connect(f"file:{smdash.db}?mode=ro", uri=True)) as conn:
        assert conn.execute("SELECT count(*) FROM event WHERE verb = 'done'").fetchone() == (10,)


def _job(smdash: Smdash) -> tuple[datetime, str | None]:
    """When the one job runs next, and when it last went well."""
    with closing(driver.connect(f"file:{smdash.db}?mode=ro", uri=True)) as conn:
        due, good = conn.execute("SELECT coalesce(next_at, '1970-01-01'), last_ok_at FROM sync_job").fetchone() or (
            "1970-01-01", None,
        )  # fmt: skip
    return datetime.fromisoformat(due).replace(tzinfo=UTC), good
