"""A post's whole way: written in the composer, approved by a second member, out on real servers at its minute."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import SystemClock
from smdash.store.connection import open_store
from tests.conftest import Smdash, member
from tests.contract.servers import bluesky, mastodon_mock
from tests.process.test_bluesky_server import POST, connect, person
from tests.process.test_publish_servers import on_the_server
from tests.pty_screen import Pty

pytestmark = pytest.mark.server
SIZE = (120, 40)


def desk(smdash: Smdash, db: Path, login: str) -> Pty:
    return Pty(db, smdash.env | {"SMDASH_MEMBER": login}, size=SIZE).ready()


def test_a_post_is_written_approved_and_out_at_its_minute_on_both_networks(
    smdash: Smdash, db: Path, tmp_path: Path
) -> None:
    with bluesky() as network, mastodon_mock() as mock:
        us = person(network, "kopi")
        connect(smdash, network, us, tmp_path)
        token = tmp_path / "token"
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", mock.url, "--token-file", token)
        with open_store(db, clock=SystemClock()) as store:
            member(store, "ana", "Ana")
            member(store, "budi", "Budi")
        settings = tmp_path / "team.toml"
        settings.write_text(smdash.ok("team", "export").out.replace('approval = "none"', 'approval = "required"'))
        smdash.ok("team", "import", settings)
        service = smdash.start("sync", "--json")
        try:
            # The next full minute that leaves time to write and to approve.
            due = (datetime.now(UTC) + timedelta(seconds=45)).replace(second=0, microsecond=0) + timedelta(minutes=1)
            local = due.astimezone(ZoneInfo("Asia/Jakarta"))
            with desk(smdash, db, "ana") as ana:
                ana.type(b"N")
                ana.until(lambda text: "New post" in text and "goes to" in text)
                ana.type(b"Lima cara seduh V60")
                ana.until(lambda text: "seduh V60" in text)
                ana.type(b"\t\r")
                ana.until(lambda text: "Where does it go?" in text)
                ana.type(b"1")
                ana.until(lambda text: "BS kopi 19/300" in text and "Where does it go?" in text)
                ana.type(b"2")
                ana.until(lambda text: "MA kopi 19/500" in text and "Where does it go?" in text)
                ana.type(b"\x1b")
                ana.until(lambda text: "Where does it go?" not in text)
                ana.type(b"j\r")
                ana.until(lambda text: "When does it go out?" in text)
                ana.type(f"{local:%H:%M}\r".encode())
                ana.until(lambda text: f"{local:%H:%M}" in text and "When does it go out?" not in text)
                ana.type(b"\x13")
                ana.until(lambda text: "for approval" in text)
                ana.type(b"1")
                ana.until(lambda text: "post 1 waits for approval" in text)
                # Not by the one who wrote it.
                ana.until(lambda text: "in review" in text)
                ana.type(b"1v")
                ana.until(lambda text: "somebody else has to approve it" in text)
            assert [one["state"] for one in smdash.ok("post", "list", "--json").json] == ["review"]
            with desk(smdash, db, "budi") as budi:
                budi.until(lambda text: "1 to approve" in text)
                budi.type(b"1v")
                budi.until(lambda text: "approved: post 1 goes out" in text)
                budi.until(lambda text: "1 Today" in text)
                assert on_the_server(mock) == [], "nothing goes out before its minute"
                end = time.monotonic() + 150
                while time.monotonic() < end:
                    (post,) = smdash.ok("post", "list", "--json").json
                    if post["state"] == "sent":
                        break
                    time.sleep(0.5)
                budi.until(lambda text: "✓" in text)
        finally:
            service.send_signal(signal.SIGTERM)
            _out, err = service.communicate(timeout=20)
        assert b"Traceback" not in err, err.decode()
        assert post["state"] == "sent", post
        (status,) = on_the_server(mock)
        assert "Lima cara seduh V60" in status["content"]
        seen = us.sees("app.bsky.feed.getAuthorFeed", actor=us.did) if network.appview else {"feed": []}
        records = network.ask(f"com.atproto.repo.listRecords?repo={us.did}&collection={POST}", token=us.token)[
            "records"
        ]
        assert [one["value"]["text"] for one in records] == ["Lima cara seduh V60"]
        assert all(one["post"]["record"]["text"] == "Lima cara seduh V60" for one in seen["feed"])
        rows = smdash.ok("delivery", "list", "--state", "sent", "--json").json
        late = [(datetime.fromisoformat(one["sent_at"]) - due).total_seconds() for one in rows]
        print(json.dumps({"due": due.isoformat(), "sent after (s)": late}))
        assert len(late) == 2 and all(0 <= one < 10 for one in late), late
