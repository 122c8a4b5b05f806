"""The service as a process: one run, one service a database, and an end when it is told to."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import Smdash
from tests.contract.hostile import DOCUMENTS
from tests.local_server import Answer, serve

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar kopi</title><link>http://127.0.0.1/</link>
<item><title>Panen raya</title><link>https://contoh.id/1</link><guid>1</guid><description>Isi</description></item>
<item><title>Harga naik</title><link>https://contoh.id/2</link><guid>2</guid><description>Isi</description></item>
</channel></rss>"""


class Site:
    """A web server on loopback that answers what the test put there: path -> (status, type, body)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {"/feed.xml": (200, "application/rss+xml", FEED.encode())}
        self.asked: list[str] = []
        self.server = serve(self._answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, path: str) -> Answer:
        self.asked.append(path)
        status, kind, body = self.pages.get(path, (404, "text/html", b"<html>no</html>"))
        return status, {"Content-Type": kind}, body


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


def jobs(smdash: Smdash, *words: str) -> tuple[int, list[dict[str, object]]]:
    ran = smdash("sync", "--once", "--json", *words)
    return ran.code, [json.loads(line) for line in ran.lines]


def test_without_a_source_there_is_nothing_to_pull(smdash: Smdash) -> None:
    ran = smdash.ok("sync", "--once")
    assert ran.out == "" and "smdash account add" in ran.err and "smdash feed add" in ran.err
    assert smdash.ok("sync", "--once", "--json").out == ""


def test_a_feed_is_pulled_into_the_desk(smdash: Smdash, site: Site) -> None:
    assert "Kabar kopi" in smdash.ok("feed", "add", f"{site.url}/feed.xml").out
    code, rows = jobs(smdash)
    assert code == 0 and len(rows) == 1
    assert list(rows[0]) == ["job", "ok", "new", "changed", "seconds", "error"]
    assert rows[0] | {"seconds": 0} == {
        "job": "feeds/1",
        "ok": True,
        "new": 2,
        "changed": 0,
        "seconds": 0,
        "error": None,
    }
    assert jobs(smdash)[1][0]["new"] == 0
    (feed,) = smdash.ok("feed", "list", "--json").json
    assert (feed["title"], feed["items"], feed["unread"]) == ("Kabar kopi", 2, 2)
    assert smdash.ok("status").out.endswith("sync ok\n")


def test_the_same_feed_is_not_followed_twice(smdash: Smdash, site: Site) -> None:
    smdash.ok("feed", "add", f"{site.url}/feed.xml")
    assert "followed already" in smdash.refused("feed", "add", f"{site.url}/feed.xml")


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        pytest.param(500, "text/html", b"<html>oops</html>", id="error-page"),
        pytest.param(404, "text/html", b"<html>no</html>", id="gone"),
        pytest.param(200, "application/rss+xml", b"<rss><channel><title>putus", id="broken-xml"),
        pytest.param(200, "application/json", b'{"items": ', id="broken-json"),
        pytest.param(200, "application/rss+xml", b"\x00\xff" * 500, id="rubbish"),
        pytest.param(200, "text/html", b"<html>a page</html>", id="a-web-page"),
    ],
)
def test_one_source_that_fails_says_why_and_the_others_go_on(
    smdash: Smdash, site: Site, status: int, kind: str, body: bytes
) -> None:
    smdash.ok("feed", "add", f"{site.url}/feed.xml")
    smdash.ok("feed", "add", "--no-check", f"{site.url}/broken")
    site.pages["/broken"] = (status, kind, body)
    code, rows = jobs(smdash)
    found = {row["job"]: row for row in rows}
    assert found["feeds/1"]["ok"] and found["feeds/1"]["new"] == 2
    assert code == 1 and not found["feeds/2"]["ok"]
    error = found["feeds/2"]["error"]
    assert isinstance(error, str) and error.isprintable() and 10 < len(error) < 500 and "Errno" not in error
    assert "fails" in smdash.ok("status").out


def test_of_a_feed_that_is_cut_short_the_whole_items_are_kept_and_its_health_says_so(
    smdash: Smdash, site: Site
) -> None:
    site.pages["/feed.xml"] = (200, "application/rss+xml", FEED.split("</channel>")[0].encode())
    smdash.ok("feed", "add", "--no-check", f"{site.url}/feed.xml")
    assert jobs(smdash)[1][0]["new"] == 2
    from smdash.store import jobs as store_jobs
    from smdash.store.connection import open_store

    with open_store(smdash.db) as store, store.reading() as conn:
        (job,) = store_jobs.select(conn)
    assert job.failures == 0 and job.error is not None and "broken XML" in job.error


def test_a_source_that_is_down_says_so(smdash: Smdash, site: Site) -> None:
    site.server.server_close()
    ran = smdash.ok("feed", "add", f"{site.url}/feed.xml")
    assert "not checked: " in ran.err and "is followed" in ran.out
    code, rows = jobs(smdash)
    assert code == 1 and "127.0.0.1" in str(rows[0]["error"])


def test_only_the_named_jobs_run(smdash: Smdash, site: Site) -> None:
    smdash.ok("feed", "add", f"{site.url}/feed.xml")
    smdash.ok("feed", "add", "--no-check", f"{site.url}/other.xml")
    assert [row["job"] for row in jobs(smdash, "--only", "feeds/1")[1]] == ["feeds/1"]
    assert {row["job"] for row in jobs(smdash, "--only", "feeds")[1]} == {"feeds/1", "feeds/2"}
    assert "known: feeds/1, feeds/2" in smdash.refused("sync", "--once", "--only", "feeds/9")


def test_an_account_is_added_for_the_services_user_alone(smdash: Smdash, site: Site, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("kenari-rahasia\n")
    token.chmod(0o600)
    smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", site.url, "--token-file", token, "--no-check")
    assert (tmp_path / "config" / "sync.toml").stat().st_mode & 0o777 == 0o600
    (row,) = smdash.ok("account", "list", "--json").json
    assert (row["platform"], row["name"], row["url"], row["status"]) == ("mastodon", "kopi", site.url, "active")
    code, rows = jobs(smdash)
    assert code == 1 and {row["job"] for row in rows} == {
        f"mastodon/kopi/{kind}" for kind in ("notifications", "conversations", "metrics")
    }
    ran = smdash("account", "check", "--json")
    assert ran.code == 1 and ran.json[0]["account"] == "mastodon/kopi" and not ran.json[0]["ok"]


def test_a_token_is_found_nowhere_but_in_its_file(smdash: Smdash, site: Site, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("kenari-rahasia\n")
    ran = smdash.ok(
        "account", "add", "mastodon", "--name", "kopi", "--url", site.url, "--token-file", token, "--no-check"
    )
    assert "chmod 600" in ran.err
    said = ran.out + ran.err
    for words in (("sync", "--once", "--verbose"), ("sync", "--once", "--json"), ("account", "check"), ("status",)):
        ran = smdash(*words)
        said += ran.out + ran.err
    assert "kenari-rahasia" not in said
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != token:
            assert b"kenari-rahasia" not in path.read_bytes(), path


def test_another_user_is_told_the_line_to_run(smdash: Smdash, tmp_path: Path) -> None:
    smdash.ok("sync", "--once")
    from smdash.store import driver

    conn = driver.connect(smdash.db, isolation_level=None)
    conn.execute('UPDATE setting SET value = \'{"login": "smdash", "host": "elsewhere"}\' WHERE key = \'service\'')
    conn.close()
    said = smdash.refused(
        "account", "add", "mastodon", "--name", "kopi", "--url", "https://contoh.id", "--token-file", "/t"
    )
    assert "sudo -u smdash smdash account add mastodon --name kopi" in said
    said = smdash.refused("sync", "--once")
    assert "smdash on elsewhere" in said and "--take-over" in said
    smdash.ok("sync", "--once", "--take-over")
    smdash.ok("sync", "--once")


def wait_for(condition: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def service(smdash: Smdash, site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """A running service that has pulled its one feed."""
    smdash.ok("feed", "add", f"{site.url}/feed.xml")
    site.asked.clear()
    process = smdash.start("sync")
    try:
        wait_for(lambda: site.asked or process.poll() is not None)
        wait_for(lambda: smdash.ok("feed", "list", "--json").json[0]["items"] == 2)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_ends_cleanly_when_told(service: subprocess.Popen[bytes], number: int) -> None:
    begun = time.monotonic()
    service.send_signal(number)
    _out, err = service.communicate(timeout=10)
    assert time.monotonic() - begun < 2
    assert (service.returncode, err) == (0, b"")


def test_a_service_ends_cleanly_while_a_server_keeps_it_waiting(smdash: Smdash) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        smdash.ok("feed", "add", "--no-check", f"http://127.0.0.1:{silent.getsockname()[1]}/feed.xml")
        process = smdash.start("sync")
        silent.settimeout(15)
        connection, _address = silent.accept()
        begun = time.monotonic()
        process.terminate()
        _out, err = process.communicate(timeout=10)
        connection.close()
    assert time.monotonic() - begun < 2
    assert process.returncode == 0 and b"Traceback" not in err


def test_a_hostile_document_holds_up_neither_the_other_feeds_nor_the_end(smdash: Smdash, site: Site) -> None:
    site.pages["/bad.xml"] = (200, "application/rss+xml", DOCUMENTS["nested tags"])
    for name in ("bad", "feed"):
        smdash.ok("feed", "add", "--no-check", f"{site.url}/{name}.xml")
    # Without a check the command has the host named all the same, because it is the owner who typed it.
    process = smdash.start("sync")
    try:
        wait_for(lambda: "/bad.xml" in site.asked)
        wait_for(lambda: [feed["items"] for feed in smdash.ok("feed", "list", "--json").json] == [0, 2])
        assert process.poll() is None
        # The reader is a process of its own, and busy for longer than this took.
        assert psutil.Process(process.pid).children()
        begun = time.monotonic()
        process.terminate()
        _out, err = process.communicate(timeout=10)
        assert time.monotonic() - begun < 2
        assert process.returncode == 0 and b"Traceback" not in err
    finally:
        process.kill()
        process.communicate()


def test_a_second_service_is_refused_by_the_number_of_the_first(
    smdash: Smdash, service: subprocess.Popen[bytes]
) -> None:
    for words in (("sync",), ("sync", "--once")):
        assert f"process {service.pid}" in smdash.refused(*words)
    service.kill()
    service.wait()
    smdash.ok("sync", "--once")


def test_a_service_picks_up_what_members_add(smdash: Smdash, site: Site, service: subprocess.Popen[bytes]) -> None:
    site.pages["/more.xml"] = (200, "application/rss+xml", FEED.replace("Kabar", "Berita").encode())
    smdash.ok("feed", "add", f"{site.url}/more.xml")
    wait_for(lambda: [feed["items"] for feed in smdash.ok("feed", "list", "--json").json] == [2, 2])
    assert service.poll() is None


def test_a_service_whose_database_is_replaced_stops_and_says_so(
    smdash: Smdash, service: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(smdash.db.read_bytes())
    os.replace(copy, smdash.db)
    _out, err = service.communicate(timeout=10)
    assert service.returncode == 1
    assert err.startswith(b"smdash: ") and b"replaced" in err and b"Traceback" not in err


def test_a_handle_is_asked_for_where_the_network_needs_one(smdash: Smdash, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("kenari-rahasia\n")
    token.chmod(0o600)
    words = ("--name", "kopi", "--token-file", token, "--no-check")
    assert "Bluesky needs --handle" in smdash("account", "add", "bluesky", *words).err
    for handle in ("kopi", "@kopi", "kopi senja.id", "kopi.id\x1b", "."):
        ran = smdash("account", "add", "bluesky", *words, "--handle", handle)
        assert ran.code == 2 and "a whole handle, such as kopi.bsky.social" in ran.err, handle
    ran = smdash("account", "add", "mastodon", *words, "--url", "https://contoh.id", "--handle", "kopi.id")
    assert ran.code == 2 and "Mastodon needs none" in ran.err
    smdash.ok("account", "add", "bluesky", *words, "--handle", "@kopi.bsky.social")
    text = (tmp_path / "config" / "sync.toml").read_text()
    assert 'handle = "kopi.bsky.social"' in text and 'url = "https://bsky.social"' in text
    (tmp_path / "config" / "sync.toml").write_text(text.replace("kopi.bsky.social", "kopi"))
    ran = smdash("sync", "--once")
    assert ran.code == 1 and "sync.toml:" in ran.out and "account.handle: expected a whole handle" in ran.out


def test_a_member_asks_the_running_service_by_a_row_and_pauses_a_job(
    smdash: Smdash, site: Site, service: subprocess.Popen[bytes]
) -> None:
    site.asked.clear()
    assert "it ran a moment ago" in smdash.refused("sync", "--ask", "feeds/1")
    time.sleep(15)  # from the run before to the least that may lie between two
    begun = time.monotonic()
    assert smdash.ok("sync", "--ask", "feeds").out == "asked: feeds/1\n"
    wait_for(lambda: site.asked)
    assert time.monotonic() - begun < 5
    assert smdash.ok("sync", "--pause", "feeds/1").out.startswith("paused: feeds/1")
    (job,) = map(json.loads, smdash.ok("sync", "--list", "--json").lines)
    assert (job["job"], job["state"], job["error"], job["advice"]) == ("feeds/1", "paused", None, None)
    assert "resume it first" in smdash.refused("sync", "--ask", "feeds/1")
    assert "paused already" in smdash.refused("sync", "--pause", "feeds/1")
    site.asked.clear()
    assert smdash.ok("sync", "--resume", "feeds/1").out == "goes on: feeds/1\n"
    wait_for(lambda: site.asked)
    assert "feeds/1" in smdash.ok("sync", "--list").out
    assert "there is no job “x”; known: feeds/1" in smdash.refused("sync", "--resume", "x")
    assert "each go alone" in smdash.refused("sync", "--once", "--ask", "x", code=2)
