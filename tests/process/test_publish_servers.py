"""The whole way out with a real server: a post and an answer, by the command line and the service."""

from __future__ import annotations

import json
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Smdash
from tests.contract.publishing import png
from tests.contract.servers import Mock, mastodon_mock
from tests.cutting_proxy import cutting
from tests.process.test_real_servers import write_status

pytestmark = pytest.mark.server


@pytest.fixture
def mock(smdash: Smdash, tmp_path: Path) -> Iterator[Mock]:
    token = tmp_path / "token"
    with mastodon_mock() as found:
        token.write_text(found.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", found.url, "--token-file", token)
        yield found


def on_the_server(mock: Mock) -> list[dict[str, Any]]:
    """The account's own statuses, newest first."""
    me = _get(mock, "/api/v1/accounts/verify_credentials")
    return list(_get(mock, f"/api/v1/accounts/{me['id']}/statuses"))


def _get(mock: Mock, path: str) -> Any:
    request = urllib.request.Request(mock.url + path, headers={"Authorization": f"Bearer {mock.token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_a_post_that_is_due_goes_out_once_and_says_where_it_is(smdash: Smdash, mock: Mock) -> None:
    smdash.ok("post", "add", "--account", "kopi", "--category", "education", "--at", "now", "--body", "Cara seduh V60")
    lines = {one["job"]: one for one in map(json.loads, smdash.ok("sync", "--once", "--json").lines)}
    assert lines["mastodon/kopi/deliveries"]["ok"] and lines["mastodon/kopi/deliveries"]["new"] == 1
    (post,) = smdash.ok("post", "list", "--json").json
    assert post["state"] == "sent" and post["deliveries"][0]["remote_url"].startswith("http")
    smdash.ok("sync", "--once")
    (status,) = on_the_server(mock)
    assert "Cara seduh V60" in status["content"] and status["visibility"] == "public"
    (row,) = smdash.ok("delivery", "list", "--state", "sent", "--json").json
    assert row["remote_id"] == status["id"]
    assert smdash.ok("delivery", "list").err == "nothing waits to go out\n"


def test_the_service_sends_at_the_minute_and_answers_after_the_wait(smdash: Smdash, mock: Mock) -> None:
    write_status(mock.url, mock.other_token, "@kopi buka jam berapa?")
    smdash.ok("sync", "--once")
    (mention,) = smdash.ok("mention", "list", "--json").json
    smdash.ok("mention", "reply", str(mention["id"]), "Jam delapan kak")
    smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--at", "now", "--body", "Selamat pagi")
    service = smdash.start("sync", "--json")
    try:
        end = time.monotonic() + 30
        while len(on_the_server(mock)) < 2 and time.monotonic() < end:
            time.sleep(0.2)
    finally:
        service.send_signal(signal.SIGTERM)
        _out, err = service.communicate(timeout=20)
    assert service.returncode == 0 and b"Traceback" not in err, err.decode()
    answer, post = on_the_server(mock)
    assert "Jam delapan kak" in answer["content"] and answer["in_reply_to_id"] is not None
    assert "Selamat pagi" in post["content"]
    found = smdash.ok("mention", "show", str(mention["id"]), "--json").json
    assert found["answered_at"] is not None


def test_freeze_hold_and_resolve_by_hand(smdash: Smdash, mock: Mock) -> None:
    assert "a reason" in smdash.refused("freeze", "on", " ")
    smdash.ok("freeze", "on", "gempa", "di", "Bandung")
    assert "frozen already" in smdash.refused("freeze", "on", "lagi")
    smdash.ok("post", "add", "--account", "kopi", "--category", "hard_sell", "--at", "now", "--body", "Diskon 20 %")
    smdash.ok("sync", "--once")
    (held,) = smdash.ok("delivery", "list", "--json").json
    assert (held["state"], held["held_for"]) == ("held", "freeze") and "gempa di Bandung" in held["error"]
    number = str(held["id"])
    assert "smdash freeze off" in smdash.refused("delivery", "resolve", number, "again")
    assert "1 delivery stays held" in smdash.ok("freeze", "off").out
    assert "nothing is frozen" in smdash.refused("freeze", "off")
    smdash.ok("sync", "--once")
    assert on_the_server(mock) == []
    assert "“held”" in smdash.refused("delivery", "resolve", number, "sent")
    smdash.ok("delivery", "resolve", number, "again")
    smdash.ok("sync", "--once")
    assert len(on_the_server(mock)) == 1
    assert "sent" in smdash.ok("delivery", "show", number).out
    assert "there is no delivery 99" in smdash.refused("delivery", "resolve", "99", "cancel")
    assert "that is only for" in smdash.refused("delivery", "resolve", number, "cancel")
    smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--at", "2030-01-01 09:00", "--body", "Nanti")
    assert "1 delivery of post 2 is held" in smdash.ok("post", "hold", "2").out
    assert smdash.ok("post", "cancel", "2", "--json").json["state"] == "cancelled"
    assert "is out already" in smdash.refused("post", "cancel", "1")


def test_a_network_that_is_away_is_told_and_tried_again(smdash: Smdash, tmp_path: Path) -> None:
    token = tmp_path / "token"
    with mastodon_mock() as mock:
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", mock.url, "--token-file", token)
    smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--at", "now", "--body", "Senja")
    assert smdash("sync", "--once").code == 1
    (row,) = smdash.ok("delivery", "list", "--json").json
    assert row["state"] == "queued" and "connection refused" in row["error"] and row["next_at"] is not None
    assert "could not be sent" in smdash.ok("delivery", "show", str(row["id"])).out


def test_a_post_whose_answer_was_cut_off_is_found_and_not_sent_twice(smdash: Smdash, tmp_path: Path) -> None:
    token = tmp_path / "token"
    with mastodon_mock() as mock, cutting(mock.url, "/api/v1/statuses") as proxy:
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", proxy.url, "--token-file", token)
        smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--at", "now", "--body", "Kopi & <senja>")
        proxy.cut = 1
        until_sent(smdash)
        assert proxy.passed == 1 and len(on_the_server(mock)) == 1
    tried = smdash.ok("delivery", "show", "1", "--json").json["attempts"]
    assert [(one["what"], one["outcome"]) for one in tried] == [("send", "unknown"), ("look", "sent")]


def test_a_picture_goes_out_with_what_it_shows(smdash: Smdash, mock: Mock, tmp_path: Path) -> None:
    picture = tmp_path / "promo.png"
    picture.write_bytes(png(40))
    add = ("post", "add", "--account", "kopi", "--category", "quote", "--format", "image", "--at", "now")
    smdash.ok(*add, "--body", "Menu baru", "--media", picture, "--alt", "Secangkir kopi di meja kayu")
    smdash.ok("sync", "--once")
    (post,) = smdash.ok("post", "list", "--json").json
    assert post["state"] == "sent"
    (status,) = on_the_server(mock)
    (held,) = status["media_attachments"]
    assert (held["type"], held["description"]) == ("image", "Secangkir kopi di meja kayu")
    with urllib.request.urlopen(held["url"], timeout=10) as answer:
        assert answer.read() == png(40)


def test_a_thread_goes_out_in_one_piece_though_an_answer_is_cut_off(smdash: Smdash, tmp_path: Path) -> None:
    token, picture = tmp_path / "token", tmp_path / "promo.png"
    picture.write_bytes(png(40))
    with mastodon_mock() as mock, cutting(mock.url, "/api/v1/statuses") as proxy:
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", proxy.url, "--token-file", token)
        smdash.ok(
            "post", "add", "--account", "kopi", "--category", "quote", "--at", "now",
            "--body", "Lanjut\n---\nLanjut\n---\nLanjut", "--first-comment", "Tautannya di sini", "--draft",
        )  # fmt: skip
        smdash.ok("post", "attach", "1", picture, "--alt", "Secangkir kopi", "--part", "2")
        smdash.ok("post", "edit", "1", "--at", "now")
        # The second of three that read the same: only its place tells which of them is out.
        proxy.after, proxy.cut = 1, 1
        until_sent(smdash, 4)
        (post,) = smdash.ok("post", "list", "--json").json
        assert post["state"] == "sent" and proxy.passed == 4
        statuses = {one["id"]: one for one in on_the_server(mock)}
    first, *_rest = order = sorted(statuses.values(), key=lambda one: one["created_at"])
    comment = next(one for one in order if "Tautannya" in one["content"])
    assert len(order) == 4 and first["in_reply_to_id"] is None and comment["in_reply_to_id"] == first["id"]
    second, third = (one for one in order if one not in (first, comment))
    assert (second["in_reply_to_id"], third["in_reply_to_id"]) == (first["id"], second["id"])
    assert [len(one["media_attachments"]) for one in (first, second, third, comment)] == [0, 1, 0, 0]
    sent = {one["remote_id"] for one in smdash.ok("delivery", "list", "--state", "sent", "--json").json}
    assert sent == statuses.keys()


def until_sent(smdash: Smdash, count: int = 1) -> None:
    """Run the service until the first *count* deliveries are out."""
    service = smdash.start("sync", "--json")
    try:
        end = time.monotonic() + 60
        while any(
            smdash.ok("delivery", "show", str(number), "--json").json["state"] != "sent"
            for number in range(1, count + 1)
        ):
            assert time.monotonic() < end, smdash.ok("delivery", "list").out
            time.sleep(0.3)
    finally:
        service.send_signal(signal.SIGTERM)
        _out, err = service.communicate(timeout=20)
    assert service.returncode == 0 and b"Traceback" not in err, err.decode()
