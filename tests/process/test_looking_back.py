"""``--at`` and ``since``: the desk as it was, in the real program."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from smdash.core.clock import SystemClock, encode, find_zone
from smdash.store import mentions, time_entries, triage
from smdash.store.connection import open_store
from tests.conftest import Smdash, member
from tests.pty_screen import Pty
from tests.store.conftest import incoming

ZONE = find_zone("Asia/Jakarta")


def test_an_earlier_time_shows_what_was_and_changes_nothing(smdash: Smdash, db: Path) -> None:
    clock = SystemClock()
    now = clock.now().replace(microsecond=0)
    with open_store(db, clock=clock) as store, store.writing() as conn:
        smdash.env["SMDASH_MEMBER"] = "ana"
    with open_store(db, clock=clock) as store:
        ana = member(store, "ana", "Ana")
        with store.writing() as conn:
            mentions.apply(conn, [incoming("1", sent_at=now - timedelta(hours=5))], {}, now - timedelta(hours=5))
            mentions.apply(conn, [incoming("2", sent_at=now - timedelta(hours=1))], {}, now - timedelta(hours=1))
            triage.assign(conn, ana, [1], ana.member_id, now - timedelta(hours=3))
            triage.finish(conn, ana, [1], now - timedelta(hours=2))
            time_entries.start(conn, ana, now - timedelta(hours=2), "updates")

    def then(back: timedelta) -> str:
        return f"{(now - back).astimezone(ZONE):%Y-%m-%d %H:%M:%S}"

    def open_at(back: timedelta) -> list[tuple[int, str | None]]:
        found = smdash.ok("--at", then(back), "mention", "list", "--json").json
        return [(one["id"], one["assignee"]) for one in found]

    before = db.read_bytes()
    assert open_at(timedelta(hours=6)) == []
    assert open_at(timedelta(hours=4)) == [(1, None)]
    assert open_at(timedelta(hours=2, minutes=30)) == [(1, "Ana")]
    assert open_at(timedelta(minutes=30)) == [(2, None)]
    assert db.read_bytes() == before
    assert "looked at" in smdash.refused("--at", then(timedelta(hours=4)), "mention", "done", "1")
    assert "is running" not in smdash.ok("--at", then(timedelta(hours=3)), "status").out
    json.dumps(encode(now))
    with Pty(db, smdash.env, "--at", then(timedelta(hours=4)), size=(120, 40)) as screen:
        screen.ready()
        text = screen.until(lambda shown: "nomor 1" in shown)
        assert "as it was then" in text and "nomor 2" not in text
        screen.type(b"d")
        screen.until(lambda shown: "with --at things can only be looked at" in shown)
        screen.type(b"\x11")
        assert screen.ended(10) == 0
    words = smdash.ok("since", then(timedelta(hours=4)))
    assert "1 mention came in; 1 of them wait" in words.out
    assert smdash.ok("since", then(timedelta(hours=4)), "--json").json["arrived"] == 1
    assert "still to come" in smdash.refused("since", then(-timedelta(hours=4)), code=2)
