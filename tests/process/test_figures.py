"""Figures as people and programs see them on the command line."""

import sqlite3
from contextlib import closing

from tests.conftest import Smdash


def test_a_sent_post_shows_its_figures_and_an_account_its_followers(smdash: Smdash) -> None:
    smdash.ok("init", "--team", "Kopi Senja")
    with closing(sqlite3.connect(smdash.db)) as conn, conn:
        conn.execute("INSERT INTO account (id, platform, name, created_at) VALUES (1, 'mastodon', 'kopi', '1')")
    smdash.ok("post", "add", "--account", "kopi", "--category", "other", "--body", "Halo", "--at", "now")
    with closing(sqlite3.connect(smdash.db)) as conn, conn:
        conn.execute("UPDATE delivery SET state = 'sent', remote_id = 'r1', sent_at = '2026-11-23T07:00:00.000Z'")
        conn.executemany(
            "INSERT INTO metric (account_id, remote_id, name, day, value, at) VALUES (1, ?, ?, ?, ?, ?)",
            [
                ("r1", "likes", "2026-11-22", 3, "2026-11-22T06:00:00.000Z"),
                ("r1", "likes", "2026-11-23", 1234, "2026-11-23T06:00:00.000Z"),
                ("", "followers", "2026-11-23", 50, "2026-11-23T06:00:00.000Z"),
            ],
        )
    (figure,) = smdash.ok("post", "show", "1", "--json").json["figures"]
    assert (figure["account"], figure["part"], figure["name"], figure["value"]) == ("kopi", 1, "likes", 1234)
    assert figure["at"].startswith("2026-11-23T06:00:00")
    assert "likes: 1,234 (Mon 23 Nov 13:00 WIB)" in smdash.ok("post", "show", "1").out
    (account,) = smdash.ok("account", "list", "--json").json
    assert (account["followers"], account["followers_change_7_days"]) == (50, None)
