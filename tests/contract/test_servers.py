"""The adapters against servers that we didn't write."""

from __future__ import annotations

import gzip
import json
import os
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.feeds import Feeds, discover
from smdash.platforms.mastodon import Mastodon

from .servers import Mock, mastodon_mock, nginx

pytestmark = pytest.mark.server


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(deadline_s=10) as made:
        yield made


# Mastodon


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with mastodon_mock() as running:
        yield running


def post(mock: Mock, token: str, path: str, body: dict[str, object]) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(mock.url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        found = json.load(answer)
    assert isinstance(found, dict)
    return found


async def drain(mock: Mock, client: Client, job: str, cursor: str | None) -> tuple[list[IncomingMention], Pulled]:
    """Pull until there is no more, as the service does."""
    found: list[IncomingMention] = []
    for _count in range(50):
        credentials = Credentials("mastodon", "kopi", mock.url, mock.token)
        pulled = await Mastodon().pull(Pull(job, credentials, cursor, datetime.now(UTC)), client)
        found += pulled.mentions
        cursor = pulled.cursor
        if not pulled.more:
            return found, pulled
    raise AssertionError("the adapter asks for more without end")


async def test_verify(mock: Mock, client: Client) -> None:
    credentials = Credentials("mastodon", "kopi", mock.url, mock.token)
    verified = await Mastodon().verify(credentials, client, datetime.now(UTC))
    assert verified.handle.startswith("kopi")
    assert verified.name == "Kopi Senja"
    assert verified.limits["max_characters"] > 0
    assert verified.limits["max_media_attachments"] > 0
    assert verified.missing_scopes == ()


async def test_a_wrong_token_is_an_auth_error(mock: Mock, client: Client) -> None:
    credentials = Credentials("mastodon", "kopi", mock.url, "not-the-token")
    with pytest.raises(PlatformError) as caught:
        await Mastodon().verify(credentials, client, datetime.now(UTC))
    assert caught.value.kind is ErrorKind.AUTH
    assert "not-the-token" not in str(caught.value)


async def test_a_mention_a_reply_and_a_message_arrive_once(mock: Mock, client: Client) -> None:
    before, pulled = await drain(mock, client, "notifications", None)
    ours = post(mock, mock.token, "/api/v1/statuses", {"status": "Kopi baru dari Gayo"})
    sent = [
        post(mock, mock.other_token, "/api/v1/statuses", {"status": "@kopi buka jam berapa?\nMinggu juga?"}),
        post(mock, mock.other_token, "/api/v1/statuses", {"status": "@kopi enak!", "in_reply_to_id": ours["id"]}),
        post(mock, mock.other_token, "/api/v1/statuses", {"status": "@kopi pesanan saya", "visibility": "direct"}),
    ]
    found, pulled = await drain(mock, client, "notifications", pulled.cursor)
    by_id = {mention.remote_id: mention for mention in found}
    assert set(by_id) - {mention.remote_id for mention in before} == {str(one["id"]) for one in sent}
    assert [by_id[str(one["id"])].kind for one in sent] == [MentionKind.MENTION, MentionKind.REPLY, MentionKind.DM]
    first = by_id[str(sent[0]["id"])]
    assert first.author_handle == "rina" and first.author_name == "Rina"
    assert "buka jam berapa?\nMinggu juga?" in first.body
    assert by_id[str(sent[1]["id"])].parent_id == str(ours["id"])

    again, pulled = await drain(mock, client, "notifications", pulled.cursor)
    assert again == []

    messages, _pulled = await drain(mock, client, "conversations", None)
    assert [one for one in messages if one.remote_id == str(sent[2]["id"])] == [by_id[str(sent[2]["id"])]]


async def test_catching_up_over_many_pages(mock: Mock, client: Client) -> None:
    _found, pulled = await drain(mock, client, "notifications", None)
    sent = {
        str(post(mock, mock.other_token, "/api/v1/statuses", {"status": f"@kopi nomor {count}"})["id"])
        for count in range(95)
    }
    found, pulled = await drain(mock, client, "notifications", pulled.cursor)
    assert sorted(mention.remote_id for mention in found) == sorted(sent)
    assert (await drain(mock, client, "notifications", pulled.cursor))[0] == []


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        ({"type": "status", "status": 503}, ErrorKind.SERVER),
        ({"type": "ratelimit"}, ErrorKind.RATE),
        ({"type": "malformed"}, ErrorKind.SERVER),
    ],
    ids=["503", "429", "malformed"],
)
async def test_faults_of_the_mock(mock: Mock, client: Client, effect: dict[str, object], kind: ErrorKind) -> None:
    _found, pulled = await drain(mock, client, "notifications", None)
    rule = {"match": {"path": "/api/v1/notifications"}, "effect": effect, "count": 1}
    post(mock, mock.token, "/api/v1/_mock/faults", rule)
    with pytest.raises(PlatformError) as caught:
        await drain(mock, client, "notifications", pulled.cursor)
    assert caught.value.kind is kind
    assert (caught.value.retry_at is not None) == (kind is ErrorKind.RATE)
    assert (await drain(mock, client, "notifications", pulled.cursor))[0] == []


# Feeds

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar kopi</title>
<item><guid isPermaLink="false">1</guid><title>Panen di Gayo</title><link>/panen</link>
<description>&lt;p&gt;Tahun ini baik.&lt;/p&gt;</description><pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate></item>
{more}</channel></rss>"""
SECOND = "<item><guid isPermaLink='false'>2</guid><title>Dua</title></item>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("www")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with nginx(folder) as url:
        yield url


async def read(url: str, client: Client, cursor: str | None = None) -> Pulled:
    return await Feeds().pull(Pull("feed", Credentials("feeds", "", url), cursor, datetime.now(UTC)), client)


async def test_a_feed_and_then_not_modified(site: str, folder: Path, client: Client) -> None:
    file = folder / "feed.xml"
    file.write_text(FEED.format(more=""))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    first = await read(f"{site}/feed.xml", client)
    assert first.title == "Kabar kopi"
    assert [(item.title, item.body, item.url) for item in first.items] == [
        ("Panen di Gayo", "Tahun ini baik.", f"{site}/panen")
    ]
    answer = await client.get(
        f"{site}/feed.xml", owner_typed=True, headers={"If-None-Match": json.loads(first.cursor or "")["etag"]}
    )
    assert answer.status == 304
    second = await read(f"{site}/feed.xml", client, first.cursor)
    assert list(second.items) == [] and second.cursor == first.cursor

    file.write_text(FEED.format(more=SECOND))
    third = await read(f"{site}/feed.xml", client, second.cursor)
    assert [item.title for item in third.items] == ["Panen di Gayo", "Dua"]
    assert third.items[0] == first.items[0]


async def test_nginx_really_compresses(site: str, folder: Path, client: Client) -> None:
    (folder / "long.xml").write_text(FEED.format(more=SECOND * 500))
    answer = await client.get(f"{site}/long.xml", owner_typed=True)
    assert answer.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(answer.body)) < len(answer.body) / 10


async def test_moved_gone_busy_and_closed(site: str, folder: Path, client: Client) -> None:
    (folder / "feed.xml").write_text(FEED.format(more=""))
    assert (await read(f"{site}/moved.xml", client)).moved_to == f"{site}/feed.xml"
    for name, kind in (
        ("gone.xml", ErrorKind.GONE),
        ("missing.xml", ErrorKind.SERVER),
        ("busy.xml", ErrorKind.SERVER),
        ("closed.xml", ErrorKind.NETWORK),
    ):
        with pytest.raises(PlatformError) as caught:
            await read(f"{site}/{name}", client)
        assert caught.value.kind is kind, name
        assert (caught.value.retry_at is not None) == (name == "busy.xml")


async def test_discovery_from_a_page(site: str, folder: Path, client: Client) -> None:
    (folder / "feed.xml").write_text(FEED.format(more=""))
    head = "<link rel=alternate type='application/rss+xml' title='Kabar' href='feed.xml'>"
    (folder / "index.html").write_text(f"<!doctype html><html><head>{head}</head><body>Halo</body></html>")
    assert await discover(site, client) == (f"{site}/feed.xml", "Kabar kopi")
