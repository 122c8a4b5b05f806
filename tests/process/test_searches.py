"""``smdash search`` on the real command line, and its jobs in the real service."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import Smdash
from tests.local_server import serve


def connected(smdash: Smdash, *accounts: str) -> None:
    """Accounts as the service knows them."""
    conn = sqlite3.connect(smdash.db)
    for account in accounts:
        platform, name = account.split("/")
        conn.execute(
            "INSERT INTO account (platform, name, created_at) VALUES (?, ?, '2026-11-20T07:00:00.000Z')",
            (platform, name),
        )
    conn.commit()
    conn.close()


def test_a_search_is_saved_shown_changed_paused_and_removed(smdash: Smdash) -> None:
    assert "smdash search add" in smdash.ok("search", "list").err
    connected(smdash, "mastodon/kopi", "x/kopi")
    made = smdash.ok("search", "add", "  kopi   senja ", "--account", "mastodon/kopi", "--every", "30m")
    assert made.out == "search 1 is saved: kopi senja on mastodon/kopi, every 30m\n" and "#tag" in made.err
    assert smdash.ok("search", "add", "kopi senja", "--account", "x/kopi", "--json").json == {
        "id": 2, "query": "kopi senja", "platform": "x", "account": "kopi",
    }  # fmt: skip
    assert smdash.ok("search", "list", "-q").out.split() == ["1", "2"]
    first, second = smdash.ok("search", "list", "--json").json
    assert (first["query"], first["interval_s"], second["interval_s"], first["found"]) == ("kopi senja", 1800, None, 0)
    assert smdash.ok("search", "edit", "1", "--query", "#kopisenja", "--every", "usual").out == "changed\n"
    assert smdash.ok("search", "edit", "1", "--query", "#kopisenja", "--json").json == {"id": 1, "changed": 0}
    shown = smdash.ok("search", "show", "1").out
    assert "query: #kopisenja" in shown and "every: 5m" in shown and "last look: none yet" in shown
    smdash.ok("search", "pause", "2")
    assert [row["status"] for row in smdash.ok("search", "list", "--json").json] == ["active", "paused"]
    assert "paused" in smdash.ok("search", "list").out
    smdash.ok("undo")
    assert "is not paused" in smdash.refused("search", "resume", "2")
    smdash.ok("search", "remove", "2")
    assert smdash.ok("search", "list", "-q").out == "1\n"
    smdash.ok("undo")
    assert smdash.ok("search", "list", "-q").out == "1\n2\n"


def test_what_can_not_be_searched_is_told_in_a_sentence(smdash: Smdash) -> None:
    connected(smdash, "mastodon/kopi", "whatsapp/kopi", "instagram/kopi", "x/kopi")
    smdash.ok("search", "add", "kopi", "--account", "mastodon/kopi")
    for words, code, said in (
        (("add", "kopi", "--account", "teh"), 1, "there is no account “teh”; known: "),
        (("add", "kopi", "--account", "kopi"), 1, "several networks"),
        (("add", "kopi", "--account", "whatsapp/kopi"), 1, "those that have: instagram, x, threads, mastodon, bluesky"),
        (("add", "Kopi", "--account", "mastodon/kopi"), 1, "that is search 1 already"),
        (("add", "  ", "--account", "mastodon/kopi"), 2, "needs words"),
        (("add", "k" * 513, "--account", "x/kopi"), 2, "513 characters; this network takes 512"),
        (("add", "kopi senja", "--account", "instagram/kopi"), 2, "single hashtags"),
        (("add", "teh", "--account", "mastodon/kopi", "--every", "often"), 2, "is not a duration"),
        (("edit", "1"), 2, "--query or --every"),
        (("edit", "9", "--query", "x"), 1, "there is no search 9"),
        (("show", "0"), 2, "0"),
        (("remove", "7"), 1, "smdash search list"),
    ):
        assert said in smdash.refused("search", *words, code=code), words
    ran = smdash("--read-only", "search", "add", "teh", "--account", "mastodon/kopi")
    assert ran.code == 1 and "--read-only" in ran.err


class Server:
    """A Mastodon server with the timeline of a tag and notifications."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.statuses: list[dict[str, Any]] = []
        self.notified: list[dict[str, Any]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def say(self, number: int, author: str = "77", **more: Any) -> dict[str, Any]:
        return {
            "id": str(number), "created_at": f"2026-11-28T07:00:{number:02}.000Z", "visibility": "public",
            "account": {"id": author, "acct": f"orang{author}"}, "content": f"<p>nomor {number} #kopi</p>",
        } | more  # fmt: skip

    def __call__(self, path: str) -> tuple[int, dict[str, str], bytes]:
        split = urlsplit(path)
        self.asked.append(split.path)
        if split.path.endswith("verify_credentials"):
            return self._json({"id": "1", "acct": "kopi"})
        rows = self.statuses if "/timelines/tag/kopi" in split.path else []
        if "/timelines/" in split.path:
            self.meanwhile()
        if split.path.endswith("notifications"):
            rows = [{"id": f"n{one['id']}", "type": "mention", "status": one} for one in self.notified]
        query = parse_qs(split.query)
        if "max_id" in query:
            rows = []
        if "min_id" in query:
            known = [one["id"] for one in rows]
            rows = rows[: known.index(query["min_id"][0])] if query["min_id"][0] in known else rows
        return self._json(rows)

    def _json(self, body: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture
def server(smdash: Smdash, tmp_path: Path) -> Iterator[Server]:
    made = Server()
    running = serve(made)
    config = Path(smdash.env["SMDASH_CONFIG_DIR"])
    config.mkdir(parents=True, exist_ok=True)
    file = config / "sync.toml"
    address = f"http://127.0.0.1:{running.server_address[1]}"
    file.write_text(
        f'private_hosts = ["127.0.0.1"]\n[[account]]\nplatform = "mastodon"\nname = "kopi"\nurl = "{address}"\ntoken = "t-1"\n'
    )
    file.chmod(0o600)
    yield made
    running.shutdown()
    running.server_close()


def test_the_service_brings_hits_and_keeps_its_place(smdash: Smdash, server: Server) -> None:
    smdash.ok("sync", "--once")
    smdash.ok("search", "add", "#kopi", "--account", "kopi")
    server.statuses = [server.say(3), server.say(2, author="1"), server.say(1)]
    lines = smdash.ok("sync", "--once", "--only", "search", "--json").lines
    assert [(one["job"], one["ok"], one["new"]) for one in map(json.loads, lines)] == [("search/1", True, 2)]
    rows = smdash.ok("mention", "list", "kind:listening", "--json").json
    assert sorted(row["body"] for row in rows) == ["nomor 1 #kopi", "nomor 3 #kopi"], "its own post is none"
    # The third one names the account as well, which is told later.
    server.notified = [server.say(3)]
    server.statuses.insert(0, server.say(4))
    smdash.ok("sync", "--once")
    rows = smdash.ok("mention", "list", "--json").json
    assert sorted((row["kind"], row["body"][6]) for row in rows) == [
        ("listening", "1"),
        ("listening", "4"),
        ("mention", "3"),
    ]
    (found,) = smdash.ok("search", "list", "--json").json
    assert (found["found"], found["open"], found["error"]) == (3, 3, None) and found["last_ok_at"]
    # Paused, it is asked for no more, and its place is kept.
    smdash.ok("search", "pause", "1")
    asked = len(server.asked)
    assert smdash("sync", "--once", "--only", "search").code == 0
    assert not [path for path in server.asked[asked:] if "timelines" in path]
    conn = sqlite3.connect(smdash.db)
    state, cursor = conn.execute("SELECT state, cursor FROM sync_job WHERE name = 'search/1'").fetchone()
    conn.close()
    assert state == "paused" and json.loads(cursor)["mark"] == "4"
    smdash.ok("search", "resume", "1")
    server.statuses.insert(0, server.say(5))
    smdash.ok("sync", "--once", "--only", "search")
    smdash.ok("search", "remove", "1")
    smdash.ok("sync", "--once")
    assert "search/1" not in smdash.ok("sync", "--once", "--json").out
    assert len(smdash.ok("mention", "list", "kind:listening", "-q").out.split()) == 3


def test_what_was_asked_with_other_words_counts_for_nothing(smdash: Smdash, server: Server) -> None:
    """A member changes the search while the network answers the old words."""
    smdash.ok("sync", "--once")
    smdash.ok("search", "add", "#kopi", "--account", "kopi")
    server.statuses = [server.say(1)]
    server.meanwhile = lambda: smdash.ok("search", "edit", "1", "--query", "#teh")
    (line,) = smdash.ok("sync", "--once", "--only", "search", "--json").lines
    assert json.loads(line)["new"] == 0 and not smdash.ok("mention", "list", "-q").out
    server.meanwhile = lambda: None
    smdash.ok("search", "edit", "1", "--query", "#kopi")
    smdash.ok("sync", "--once", "--only", "search")
    assert len(smdash.ok("mention", "list", "-q").out.split()) == 1
    # And one that was removed meanwhile leaves nothing behind.
    server.statuses.insert(0, server.say(2))
    server.meanwhile = lambda: smdash.ok("search", "remove", "1")
    smdash.ok("sync", "--once", "--only", "search")
    assert len(smdash.ok("mention", "list", "-q").out.split()) == 1


def test_a_network_that_refuses_is_told_in_the_search_s_own_row(smdash: Smdash, server: Server) -> None:
    smdash.ok("sync", "--once")
    smdash.ok("search", "add", "kopi senja", "--account", "kopi")
    ran = smdash("sync", "--once", "--only", "search", "--json")
    assert ran.code == 1 and "not as a Mastodon server" in ran.json["error"]
    assert "fails" in smdash.ok("search", "list").out
    assert "said: 127.0.0.1" in smdash.ok("search", "show", "1").out
    # The account's other jobs go on.
    assert smdash("sync", "--once", "--only", "mastodon").code == 0
