"""YouTube, TikTok and Reddit: connected by their consent pages; a session and an adapter's notes in one vault."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import sessions, vault_parts, youtube_units
from smdash.platforms.base import Credentials, MemoryVault, Pull
from smdash.platforms.client import Client
from smdash.platforms.connect import Attempt, CodeFlow, DeviceFlow
from smdash.platforms.registry import find
from smdash.platforms.sessions import Tokens
from smdash.platforms.tiktok import TikTok
from smdash.platforms.youtube import YouTube

from .fake_reddit import FakeReddit
from .fake_tiktok import FakeTikTok
from .fake_youtube import FakeYouTube

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = ("youtube", "tiktok", "reddit")
FAKES: dict[str, Callable[[datetime], Any]] = {"youtube": FakeYouTube, "tiktok": FakeTikTok, "reddit": FakeReddit}
PAGES = {
    "youtube": "https://accounts.google.com/o/oauth2/v2/auth",
    "tiktok": "https://www.tiktok.com/v2/auth/authorize/",
    "reddit": "https://www.reddit.com/api/v1/authorize",
}
TOKEN_URLS = {
    "youtube": "https://oauth2.googleapis.com/token",
    "tiktok": "https://open.tiktokapis.com/v2/oauth/token/",
    "reddit": "https://www.reddit.com/api/v1/access_token",
}


def account(name: str, **changes: Any) -> Credentials:
    key = "client_key" if name == "tiktok" else "client_id"
    fields: dict[str, Any] = {
        "options": {key: "the-client", "username": "kopisenja"},
        "secrets": {"client_secret": "the-client-secret"},
        "vault": MemoryVault(),
    } | changes
    return Credentials(name, "kopi", **fields)


def flow(name: str) -> CodeFlow:
    connect = find(name).connect
    assert connect is not None
    found = connect()
    assert isinstance(found, CodeFlow) and not isinstance(found, DeviceFlow)
    return found


def endpoint(requests: list[httpx.Request], answer: httpx.Response) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    return httpx.MockTransport(handle)


async def opened_by(name: str, one: Credentials, attempt: Attempt) -> tuple[str, dict[str, str]]:
    requests: list[httpx.Request] = []
    async with Client(transport=endpoint(requests, httpx.Response(500))) as client:
        url = (await flow(name).authorize_url(one, attempt, client, NOW)).url
    assert not requests and attempt.verifier not in url and "secret" not in url
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}{split.path}", {key: held[0] for key, held in parse_qs(split.query).items()}


@pytest.mark.parametrize("name", NAMES)
async def test_the_consent_page(name: str) -> None:
    attempt = Attempt()
    page, asked = await opened_by(name, account(name), attempt)
    assert page == PAGES[name] and asked["state"] == attempt.state and asked["response_type"] == "code"
    assert asked["redirect_uri"] == "http://127.0.0.1:8765/"
    assert asked["scope"] == ("," if name == "tiktok" else " ").join(find(name).scopes)
    assert asked.get("client_key" if name == "tiktok" else "client_id") == "the-client"
    wanted = {"youtube": attempt.challenge, "tiktok": attempt.challenge_hex, "reddit": None}[name]
    assert asked.get("code_challenge") == wanted
    lasting = {
        "youtube": ("access_type", "offline"),
        "tiktok": ("client_id", None),
        "reddit": ("duration", "permanent"),
    }
    assert asked.get(lasting[name][0]) == lasting[name][1]


@pytest.mark.parametrize("name", NAMES)
async def test_without_an_app_there_is_no_page(name: str) -> None:
    with pytest.raises(PlatformError, match="client_key" if name == "tiktok" else "client_id"):
        await opened_by(name, account(name, options={}), Attempt())


@pytest.mark.parametrize("name", NAMES)
async def test_a_code_becomes_a_session_that_the_adapter_uses_and_renews(name: str) -> None:
    fake, requests, attempt = FAKES[name](NOW), list[httpx.Request](), Attempt()
    given = {
        "access_token": fake.access,
        "refresh_token": fake.refresh,
        "expires_in": 3_600,
        "refresh_expires_in": 86_400,
        "scope": ",".join(find(name).scopes),
    }
    one = account(name)
    async with Client(transport=endpoint(requests, httpx.Response(200, json=given))) as client:
        opened = await flow(name).authorize_url(one, attempt, client, NOW)
        grant = await flow(name).exchange(one, attempt, opened, "kode-1", client, NOW)
    form = {key: held[0] for key, held in parse_qs(requests[0].content.decode()).items()}
    assert str(requests[0].url) == TOKEN_URLS[name]
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
        "authorization_code",
        "kode-1",
        "http://127.0.0.1:8765/",
    )
    assert form.get("code_verifier") == (None if name == "reddit" else attempt.verifier)
    if name == "reddit":
        pair = base64.b64decode(requests[0].headers["authorization"].removeprefix("Basic "))
        assert pair == b"the-client:the-client-secret" and "kopisenja" in requests[0].headers["user-agent"]
    else:
        assert form["client_secret"] == "the-client-secret"
    assert grant.expires_at == NOW + timedelta(days=1) and grant.scopes == find(name).scopes
    one.vault.save(grant.session)
    load = find(name).load
    assert load is not None
    async with Client(transport=fake.transport()) as client:
        found = await load().verify(one, client, NOW)
        assert found.missing_scopes == () and found.expires_at == NOW + timedelta(days=1) and fake.renewals == 0
        await load().verify(one, client, NOW + timedelta(hours=2))
    assert fake.renewals == 1
    held = sessions.load(one.vault.load())
    assert held is not None and (held.access, held.refresh) == (fake.access, fake.refresh)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), ErrorKind.AUTH),
        (httpx.Response(200, json={"error": "invalid_grant"}), ErrorKind.AUTH),
        (httpx.Response(200, json={"access_token": "a", "expires_in": 9}), ErrorKind.AUTH),
        (httpx.Response(401, json={"error": "invalid_client"}), ErrorKind.REJECTED),
        (httpx.Response(200, content=b"<html>"), ErrorKind.SERVER),
    ],
)
async def test_a_code_that_brings_no_lasting_session(name: str, answer: httpx.Response, kind: ErrorKind) -> None:
    one, attempt = account(name), Attempt()
    async with Client(transport=endpoint([], answer)) as client:
        opened = await flow(name).authorize_url(one, attempt, client, NOW)
        with pytest.raises(PlatformError) as caught:
            await flow(name).exchange(one, attempt, opened, "kode-1", client, NOW)
    assert caught.value.kind is kind


async def test_counted_units_and_the_session_leave_each_other_alone() -> None:
    fake, one = FakeYouTube(NOW), account("youtube", token="refresh-token-1")
    async with Client(transport=fake.transport()) as client:
        for hours in range(0, 9, 2):
            await YouTube().verify(one, client, NOW - timedelta(hours=hours - 8))
    assert fake.renewals >= 1
    held = vault_parts.read(one.vault)
    assert held["refresh"] == "refresh-token-1" and held["access"] == fake.access
    assert youtube_units.spent(one, NOW).units == 5


async def test_a_renewal_keeps_begun_uploads_and_drops_what_the_session_no_longer_says() -> None:
    fake, one = FakeTikTok(NOW), account("tiktok")
    old = json.loads(Tokens("access-1", "refresh-token-1", NOW, scopes=("video.list",)).dump())
    one.vault.save(json.dumps(old | {"uploads": {"kunci": "v_pub_1"}}))
    async with Client(transport=fake.transport()) as client:
        await TikTok().pull(Pull("account", one, None, NOW), client)
    held = vault_parts.read(one.vault)
    assert held["uploads"] == {"kunci": "v_pub_1"} and held["refresh"] == "refresh-token-2"
    shared = vault_parts.Shared(one.vault, sessions.FIELDS)
    shared.save(Tokens("tanpa-akhir").dump())
    assert vault_parts.read(one.vault) == {"access": "tanpa-akhir", "uploads": {"kunci": "v_pub_1"}}


@pytest.mark.parametrize("name", NAMES)
async def test_a_typed_token_renews_where_there_is_an_app_and_is_used_as_it_is_where_there_is_none(name: str) -> None:
    load = find(name).load
    assert load is not None
    fake = FAKES[name](NOW)
    async with Client(transport=fake.transport()) as client:
        await load().verify(account(name, token=fake.access, options={"username": "kopisenja"}), client, NOW)
        assert fake.renewals == 0
        one = account(name, token=fake.refresh)
        await load().verify(one, client, NOW)
        assert fake.renewals == 1
        with pytest.raises(PlatformError, match="smdash account add"):
            await load().verify(replace(one, token="", vault=MemoryVault()), client, NOW)
