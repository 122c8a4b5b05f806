"""Bluesky: sessions that renew themselves, what a post becomes, and a walk that neither loses nor repeats."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Credentials, MemoryVault, Pull
from smdash.platforms.bluesky import Bluesky
from smdash.platforms.bluesky_records import read_notification, rich_text
from smdash.platforms.client import Client
from smdash.platforms.items import Malformed
from smdash.settings.vault import FileVault

from .faulty import FAULTS, Request, answer, serve

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ME, RINA = "did:plc:kopi", "did:plc:rina"
PASSWORD = "abcd-efgh-ijkl-mnop"
SLOW = {"never answers", "drips headers", "drips the body"}


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def notice(number: int, at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    when = stamp(at or NOW - timedelta(hours=3) + timedelta(seconds=number))
    made = {
        "uri": f"at://{RINA}/app.bsky.feed.post/r{number}",
        "cid": "bafy",
        "author": {"did": RINA, "handle": "rina.example", "displayName": "Rina"},
        "reason": "mention",
        "record": {"$type": "app.bsky.feed.post", "text": f"nomor {number}", "createdAt": when},
        "indexedAt": when,
    }
    return made | changes


def reply_to(did: str) -> dict[str, Any]:
    root = {"uri": f"at://{ME}/app.bsky.feed.post/root", "cid": "bafy"}
    return {"root": root, "parent": {"uri": f"at://{did}/app.bsky.feed.post/p1", "cid": "bafy"}}


@dataclass
class Fake:
    """A PDS in memory. Tokens are ``access-N`` and ``refresh-N``; only the newest of each is good."""

    rows: list[dict[str, Any]] = field(default_factory=list)  # newest first
    posts: list[dict[str, Any]] = field(default_factory=list)  # what a search looks through, newest first
    most: int = 100
    number: int = 0
    dead: bool = False
    refuses_refresh: bool = False
    document: object = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    override: dict[str, httpx.Response] = field(default_factory=dict)

    def named(self, name: str) -> int:
        return sum(1 for method, _host in self.calls if method == name)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _session(self) -> httpx.Response:
        self.number += 1
        self.dead = False
        made = {"did": ME, "handle": "kopi.example", "didDoc": self.document}
        return httpx.Response(
            200, json=made | {"accessJwt": f"access-{self.number}", "refreshJwt": f"refresh-{self.number}"}
        )

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.removeprefix("/xrpc/").split(".")[-1]
        self.calls.append((method, request.url.host))
        await asyncio.sleep(0)
        if method in self.override:
            return self.override[method]
        if method == "createSession":
            if json.loads(request.content) != {"identifier": "kopi.example", "password": PASSWORD}:
                return httpx.Response(401, json={"error": "AuthenticationRequired", "message": "Invalid identifier"})
            return self._session()
        token = request.headers.get("authorization", "")
        if method == "refreshSession":
            if self.refuses_refresh or token != f"Bearer refresh-{self.number}":
                return httpx.Response(400, json={"error": "ExpiredToken", "message": "Token has been revoked"})
            return self._session()
        if self.dead or token != f"Bearer access-{self.number}":
            return httpx.Response(400, json={"error": "ExpiredToken", "message": "Token has expired"})
        if method == "getProfile":
            return httpx.Response(200, json={"displayName": "Kopi Senja"})
        if method == "listConvos":
            return httpx.Response(400, json={"error": "InvalidToken", "message": "Bad token method"})
        if method == "searchPosts":
            return self._search(request.url.params)
        start = int(request.url.params.get("cursor", 0))
        page = self.rows[start : start + self.most]
        name = "feed" if method == "getAuthorFeed" else "notifications"
        following = {"cursor": str(start + self.most)} if start + self.most < len(self.rows) else {}
        return httpx.Response(200, json={name: page} | following)

    def _search(self, params: httpx.QueryParams) -> httpx.Response:
        assert params["sort"] == "latest"

        def sorted_at(one: dict[str, Any]) -> str:
            return min(str(one["indexedAt"]), str(one["record"]["createdAt"]))

        rows = [
            one for one in self.posts if params["q"] in one["record"]["text"] and sorted_at(one) >= params["since"][:19]
        ]
        rows.sort(key=sorted_at, reverse=True)
        start = int(params.get("cursor", 0))
        following = {"cursor": str(start + self.most)} if start + self.most < len(rows) else {}
        return httpx.Response(200, json={"posts": rows[start : start + self.most], "hitsTotal": len(rows)} | following)


def credentials(vault: Any = None, password: str = PASSWORD) -> Credentials:
    return Credentials("bluesky", "kopi", "https://pds.example", password, "kopi.example", vault or MemoryVault())


async def drain(
    fake: Fake, cursor: str | None, one: Credentials, job: str = "notifications"
) -> tuple[list[IncomingMention], str | None]:
    found: list[IncomingMention] = []
    async with Client(transport=fake.transport()) as client:
        for _count in range(150):
            pulled = await Bluesky().pull(Pull(job, one, cursor, NOW), client)
            found += pulled.mentions
            cursor = pulled.cursor
            if not pulled.more:
                return found, cursor
    raise AssertionError("it asks for more without end")


# Sessions


async def test_one_login_serves_many_pulls_and_an_expired_session_is_renewed() -> None:
    fake, one = Fake([notice(1)]), credentials()
    for _count in range(3):
        assert len((await drain(fake, None, one))[0]) == 1
    assert (fake.named("createSession"), fake.named("refreshSession")) == (1, 0)
    fake.dead = True
    assert len((await drain(fake, None, one))[0]) == 1
    assert (fake.named("createSession"), fake.named("refreshSession")) == (1, 1)
    fake.dead = fake.refuses_refresh = True
    assert len((await drain(fake, None, one))[0]) == 1
    assert (fake.named("createSession"), fake.named("refreshSession")) == (2, 2)


async def test_jobs_of_one_account_log_in_and_renew_once() -> None:
    fake, one = Fake([notice(1)]), credentials()
    for expected in ((1, 0), (1, 1)):
        await asyncio.gather(*(drain(fake, None, one) for _count in range(5)))
        assert (fake.named("createSession"), fake.named("refreshSession")) == expected
        fake.dead = True


async def test_another_password_starts_another_session() -> None:
    fake, vault = Fake(), MemoryVault()
    await drain(fake, None, credentials(vault))
    with pytest.raises(PlatformError) as caught:
        await drain(fake, None, credentials(vault, "another-password"))
    assert caught.value.kind is ErrorKind.AUTH
    assert str(caught.value) == "pds.example does not know the handle kopi.example with this app password"


async def test_what_is_kept_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    from smdash.platforms.redact import scrub

    one = credentials()
    await drain(Fake([notice(1)]), None, one)
    kept = one.vault.load() or ""
    assert "refresh-1" in kept and PASSWORD not in kept
    assert PASSWORD not in repr(one) and "refresh-1" not in repr(one)
    assert "access-1" not in scrub("x access-1 y refresh-1") and "refresh-1" not in scrub("refresh-1")


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("https://shimeji.example", "shimeji.example"),
        ("https://shimeji.example/path", "shimeji.example"),
        ("http://shimeji.example", "pds.example"),
        ("https://user:pass@shimeji.example", "pds.example"),
        ("javascript:alert(1)", "pds.example"),
        (["deep"], "pds.example"),
        (None, "pds.example"),
    ],
)
async def test_calls_go_where_the_account_lives_and_secrets_that_last_do_not(named: object, host: str) -> None:
    fake, one = Fake(document={"service": [5, {"id": "#atproto_pds", "serviceEndpoint": named}]}), credentials()
    await drain(fake, None, one)
    fake.dead = True
    await drain(fake, None, one)
    assert {where for method, where in fake.calls if method == "listNotifications"} == {host}
    assert {where for method, where in fake.calls if method.endswith("Session")} == {"pds.example"}


async def test_a_server_named_by_the_login_may_not_be_a_private_one() -> None:
    fake = Fake(document={"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://10.0.0.1"}]})
    with pytest.raises(PlatformError) as caught:
        await drain(fake, None, credentials())
    assert caught.value.kind is ErrorKind.REJECTED and "private network" in str(caught.value)


async def test_verify() -> None:
    async with Client(transport=Fake().transport()) as client:
        found = await Bluesky().verify(credentials(), client, NOW)
    assert (found.remote_id, found.handle, found.name) == (ME, "kopi.example", "Kopi Senja")
    assert found.url == f"https://bsky.app/profile/{ME}" and found.missing_scopes == ("direct messages",)
    assert (found.limits["max_graphemes"], found.limits["max_bytes"]) == (300, 3000)


async def test_limits_and_troubles_of_the_network() -> None:
    fake, one = Fake([notice(1)]), credentials()
    await drain(fake, None, one)
    reset = NOW + timedelta(minutes=4)
    cases = {
        429: (ErrorKind.RATE, reset, "RateLimitExceeded"),
        502: (ErrorKind.SERVER, None, "UpstreamFailure"),
        504: (ErrorKind.SERVER, None, "UpstreamTimeout"),
    }
    for status, (kind, retry_at, name) in cases.items():
        headers = {"ratelimit-reset": str(int(reset.timestamp())), "ratelimit-remaining": "0"}
        fake.override["listNotifications"] = httpx.Response(
            status, json={"error": name, "message": "so"}, headers=headers
        )
        with pytest.raises(PlatformError) as caught:
            await drain(fake, None, one)
        assert (caught.value.kind, caught.value.retry_at) == (kind, retry_at)
    assert fake.named("createSession") == 1


async def test_a_session_meets_every_fault_behind_the_login_and_at_the_renewal() -> None:
    """What refuses a refresh token leads to one login; all else ends in one sentence, and the kept session stays."""
    good = {"did": ME, "handle": "kopi.example", "accessJwt": "access-of-test", "refreshJwt": "refresh-of-test"}
    for fails in ("listNotifications", "refreshSession"):
        for name, fault in FAULTS.items():
            if name in SLOW:
                continue

            async def handle(
                request: Request, writer: asyncio.StreamWriter, fault: Any = fault, fails: str = fails
            ) -> None:
                if request.path.endswith("createSession"):
                    await answer(writer, body=json.dumps(good).encode())
                elif request.path.endswith(fails):
                    await fault(request, writer)
                else:
                    await answer(writer, 400, b'{"error": "ExpiredToken", "message": "Token has expired"}')

            async with serve(handle) as server, Client(deadline_s=1.0) as client:
                one = Credentials("bluesky", "kopi", server.url, PASSWORD, "kopi.example")
                with pytest.raises(PlatformError) as caught:
                    await Bluesky().pull(Pull("notifications", one, None, NOW), client)
                message = str(caught.value)
                assert message.isprintable() and len(message) < 700, (fails, name)
                assert not any(secret in message for secret in (PASSWORD, "access-of-test", "refresh-of-test"))
                logins = sum(1 for asked in server.requests if asked.path.endswith("createSession"))
                assert logins <= 2, (fails, name)
                assert "refresh-of-test" in (one.vault.load() or "")


# The file


async def test_a_vault_keeps_its_file_to_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMDASH_STATE_DIR", str(tmp_path / "state"))
    vault = FileVault("db", "bluesky", "../kopi é")
    assert vault.load() is None
    vault.save("satu")
    vault.save("dua")
    async with vault.alone():
        assert FileVault("db", "bluesky", "../kopi é").load() == "dua"
    assert FileVault("db", "bluesky", "teh").load() is None
    folder = tmp_path / "state" / "db"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    assert len(list(folder.iterdir())) == 2  # the text and its lock


# Records


def read(**changes: Any) -> IncomingMention:
    return read_notification(notice(1, **changes), account="kopi", me=ME)


def test_a_mention_and_its_kinds() -> None:
    made = read()
    assert (made.remote_id, made.kind, made.body) == (
        f"at://{RINA}/app.bsky.feed.post/r1",
        MentionKind.MENTION,
        "nomor 1",
    )
    assert (made.author_handle, made.author_name) == ("rina.example", "Rina")
    assert made.url == f"https://bsky.app/profile/{RINA}/post/r1" and made.thread_key == made.remote_id
    for reason, parent, kind in (
        ("reply", ME, MentionKind.REPLY),
        ("mention", ME, MentionKind.REPLY),
        ("reply", "did:plc:budi", MentionKind.COMMENT),
        ("mention", "did:plc:budi", MentionKind.MENTION),
        ("quote", "did:plc:budi", MentionKind.MENTION),
    ):
        made = read(reason=reason, record={"text": "x", "reply": reply_to(parent)})
        assert made.kind is kind and made.parent_id == f"at://{parent}/app.bsky.feed.post/p1"
        assert made.thread_key == f"at://{ME}/app.bsky.feed.post/root"


def test_all_else_may_be_missing_or_strange() -> None:
    odd: tuple[Any, ...] = (
        None,
        5,
        "x",
        "\ud800",
        [],
        {},
        [None, 5, {}],
        {"uri": 5, "images": [5], "record": {"record": 5}},
        True,
    )
    needed = {"uri": "uri", "author": "author.did", "record": "record.text", "indexedAt": "indexedAt"}
    for name, field_name in needed.items():
        for value in odd:
            with pytest.raises(Malformed, match=f"^{field_name}$"):
                read(**{name: value})
    for key in ("embed", "facets", "reply", "createdAt", "langs"):
        for value in odd:
            assert read(record={"text": "x", key: value}).body == "x"
    hostile = "\x1b]0;judul\x07\u202emerah\ud800"
    made = read(record={"text": hostile}, author={"did": RINA, "handle": hostile, "displayName": hostile})
    for text in (made.body, made.author_handle, made.author_name):
        assert clean(text) == text and text.isprintable() and "merah" in text
        text.encode()


def test_links_are_written_whole() -> None:
    def facet(text: str, part: str, link: str) -> dict[str, Any]:
        start = len(text[: text.index(part)].encode())
        index = {"byteStart": start, "byteEnd": start + len(part.encode())}
        return {"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}]}

    text = "Kopi ☕ di toko.example/me... dan bank"
    facets = [
        facet(text, "toko.example/me...", "https://toko.example/menu"),
        facet(text, "bank", "https://evil.example/"),
    ]
    assert rich_text(text, facets) == "Kopi ☕ di https://toko.example/menu dan bank (https://evil.example/)"
    for start, end in ((-1, 3), (3, 2), (0, 10_000), (True, 2), ("0", 2)):
        broken = [{"index": {"byteStart": start, "byteEnd": end}, "features": facets[0]["features"]}]
        assert rich_text(text, broken) == text


# The walk


@pytest.mark.parametrize("most", [1, 7, 100])
async def test_nothing_is_lost_and_a_repeat_holds_nothing_else(most: int) -> None:
    fake, one = Fake(most=most), credentials()
    cursor, seen, number = None, set[str](), 0
    # A first sync goes back ten pages at most.
    for count in (min(5 * most, 40), 0, 1, 13, 60):
        for _count in range(count):
            number += 1
            fake.rows.insert(0, notice(number))
        found, cursor = await drain(fake, cursor, one)
        seen |= {mention.remote_id for mention in found}
        assert seen == {row["uri"] for row in fake.rows}


async def test_a_walk_that_was_cut_off_goes_on_where_it_was() -> None:
    fake, one = Fake([notice(0)], most=5), credentials()
    _found, cursor = await drain(fake, None, one)
    fake.rows = [notice(number) for number in range(30, 0, -1)] + fake.rows
    async with Client(transport=fake.transport()) as client:
        first = await Bluesky().pull(Pull("notifications", one, cursor, NOW), client)
    assert first.more and len(first.mentions) == 5
    fake.rows = [notice(number) for number in range(34, 30, -1)] + fake.rows  # meanwhile
    rest, cursor = await drain(fake, first.cursor, one)
    last, _cursor = await drain(fake, cursor, one)
    assert {one.remote_id for one in (*first.mentions, *rest, *last)} >= {row["uri"] for row in fake.rows[:-1]}


async def test_a_first_sync_goes_back_a_week_and_likes_are_no_mentions() -> None:
    fake = Fake(
        [notice(3), notice(2, reason="like"), notice(4, reason="tomorrow's"), 5, notice(1, at=NOW - timedelta(days=8))]
    )  # type: ignore[list-item]
    found, cursor = await drain(fake, None, credentials())
    assert [one.body for one in found] == ["nomor 3"]
    assert len((await drain(fake, cursor, credentials()))[0]) <= 1


async def test_our_own_answers() -> None:
    mine = {"author": {"did": ME, "handle": "kopi.example"}}
    posts = [
        notice(
            1, uri=f"at://{ME}/app.bsky.feed.post/a1", record={"text": "Terima kasih", "reply": reply_to(RINA)}, **mine
        ),
        notice(2, uri=f"at://{ME}/app.bsky.feed.post/a2", record={"text": "utas", "reply": reply_to(ME)}, **mine),
        notice(3, uri=f"at://{ME}/app.bsky.feed.post/a3", record={"text": "kabar"}, **mine),
    ]
    repost = {"post": notice(4), "reason": {"indexedAt": stamp(NOW)}}
    found, _cursor = await drain(Fake([repost, *({"post": post} for post in posts)]), None, credentials(), "answers")
    assert [(one.body, one.own, one.parent_id) for one in found] == [
        ("Terima kasih", True, f"at://{RINA}/app.bsky.feed.post/p1")
    ]
