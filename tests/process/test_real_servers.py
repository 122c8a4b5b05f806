"""The whole way with real servers: accounts and feeds by the command line, `sync --once`, and the rows on the desk."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Smdash
from tests.contract.servers import mastodon_mock, nginx

pytestmark = pytest.mark.server

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar Kopi</title>
<item><guid>1</guid><title>Panen Gayo</title><description>&lt;p&gt;Panen raya&lt;/p&gt;</description></item>
</channel></rss>"""


def write_status(url: str, token: str, text: str) -> None:
    request = urllib.request.Request(
        f"{url}/api/v1/statuses",
        json.dumps({"status": text}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def test_a_mention_on_mastodon_and_a_feed_of_nginx_reach_the_file(smdash: Smdash, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "feed.xml").write_text(FEED)
    token = tmp_path / "token"
    with mastodon_mock() as mock, nginx(site) as address:
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", mock.url, "--token-file", token)
        smdash.ok("feed", "add", f"{address}/feed.xml")
        assert "✓ mastodon/kopi: @kopi" in smdash.ok("account", "check").out
        write_status(mock.url, mock.other_token, "@kopi buka jam berapa?")

        first = [json.loads(line) for line in smdash.ok("sync", "--once", "--json").lines]
        assert {one["job"] for one in first} == {
            "feeds/1",
            "mastodon/kopi/conversations",
            "mastodon/kopi/metrics",
            "mastodon/kopi/notifications",
        }
        assert all(one["ok"] for one in first) and {one["job"]: one["new"] for one in first}["feeds/1"] == 1
        (mention,) = smdash.ok("mention", "list", "--json").json
        assert mention["body"].endswith("buka jam berapa?") and mention["platform"] == "mastodon"
        assert smdash.ok("feed", "list", "--json").json[0]["title"] == "Kabar Kopi"

        again = [json.loads(line) for line in smdash.ok("sync", "--once", "--json").lines]
        assert [one["new"] + one["changed"] for one in again] == [0, 0, 0, 0]
        assert smdash.ok("status").out.strip().endswith("sync ok")


def test_searches_on_mastodon_reach_the_file(smdash: Smdash, tmp_path: Path) -> None:
    token = tmp_path / "token"
    with mastodon_mock() as mock:
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", mock.url, "--token-file", token)
        for query in ("#kopigayo", "kedai senja"):
            smdash.ok("search", "add", query, "--account", "kopi")
        assert all(json.loads(line)["ok"] for line in smdash.ok("sync", "--once", "--json").lines)
        write_status(mock.url, mock.other_token, "enak sekali #kopigayo")
        write_status(mock.url, mock.other_token, "ada yang tahu kedai senja?")
        write_status(mock.url, mock.other_token, "@kopi ini kedai senja?")
        write_status(mock.url, mock.token, "kedai senja buka, #kopigayo ada")
        new = {one["job"]: one["new"] for one in map(json.loads, smdash.ok("sync", "--once", "--json").lines)}
        assert new["search/1"] == 1
        rows = smdash.ok("mention", "list", "--json").json
        assert sorted((row["kind"], row["body"]) for row in rows) == [
            ("listening", "ada yang tahu kedai senja?"),
            ("listening", "enak sekali #kopigayo"),
            ("mention", "@kopi ini kedai senja?"),
        ]
        assert [row["found"] for row in smdash.ok("search", "list", "--json").json] == [1, 2]
        write_status(mock.url, mock.other_token, "lagi #kopigayo")
        new = {one["job"]: one["new"] for one in map(json.loads, smdash.ok("sync", "--once", "--json").lines)}
        assert (new["search/1"], new["search/2"]) == (1, 0)
