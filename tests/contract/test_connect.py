"""Connecting by a consent page: what is pasted, PKCE, token endpoints, sessions that are renewed; Mastodon's own."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from smdash.core.errors import ErrorKind, InputError, PlatformError
from smdash.platforms import registry, sessions
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials, MemoryVault
from smdash.platforms.client import Client
from smdash.platforms.connect import Attempt, CodeFlow, DeviceFlow, Grant, read_pasted
from smdash.platforms.mastodon_connect import SCOPES, MastodonConnect
from smdash.platforms.sessions import Tokens

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "pasted",
    [
        "kode-1", "  kode-1 \n", "http://127.0.0.1:8765/?code=kode-1&state=s", "http://127.0.0.1:8765/?state=s&code=kode-1#_",
        "https://kopi.example/cb?code=kode-1#_=_", "code=kode-1&state=s", "?code=kode-1", "http://localhost/#code=kode-1&state=s",
        "http://127.0.0.1:8765/?code=kode%2D1&state=s", "http://127.0.0.1:8765/?code=ko\n  de-1&state=s",
    ],
)  # fmt: skip
def test_the_code_is_found_in_what_was_pasted(pasted: str) -> None:
    assert read_pasted(pasted, "s") == "kode-1"


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "no code"), ("kö", "no code"), ("http://127.0.0.1:8765/", "no code in this address"),
        ("http://127.0.0.1/?code=kode-1&state=other", "of another try"), ("http://127.0.0.1/?code=&state=s", "no code in this"),
        ("http://127.0.0.1/?error=access_denied&state=s", "did not agree: access_denied"),
        ("http://127.0.0.1/?error=x&error_description=The+owner+said+no%1b[31m", "did not agree: The owner said no"),
    ],
)  # fmt: skip
def test_what_is_no_code_is_told(pasted: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_pasted(pasted, "s")
    assert "\x1b" not in str(caught.value)


def test_pkce_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B.
    attempt = Attempt(verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert attempt.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert attempt.challenge_hex == "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
    first, second = Attempt(), Attempt()
    assert first.state != second.state and first.verifier != second.verifier
    assert 43 <= len(first.verifier) <= 128 and first.verifier not in repr(first)


def test_a_grant_shows_no_secret() -> None:
    one = Grant(session="sesi-rahasia", token="token-rahasia", secrets={"a": "kunci-rahasia"})
    assert "rahasia" not in repr(one)


def answer(status: int, found: Any) -> Answer:
    body = found if isinstance(found, bytes) else json.dumps(found).encode()
    return Answer(status, httpx.Headers({"content-type": "application/json"}), body, "https://f.example/t", "f.example")


def test_tokens_of_an_answer() -> None:
    found = sessions.read_tokens(
        answer(200, {"access_token": "a", "refresh_token": "r", "expires_in": "3600", "scope": "read,write admin"}), NOW
    )
    assert (found.access, found.refresh, found.scopes) == ("a", "r", ("read", "write", "admin"))
    assert found.expires_at == NOW + timedelta(hours=1) and found.refresh_expires_at is None
    assert sessions.load(found.dump()) == found


@pytest.mark.parametrize("value", [None, 0, -5, True, "soon", [], {}, "1e9999"])
def test_a_life_that_is_no_number_is_none(value: Any) -> None:
    found = sessions.read_tokens(answer(200, {"access_token": "a", "expires_in": value}), NOW)
    assert found.expires_at is None or found.expires_at > NOW + timedelta(days=3_000)


@pytest.mark.parametrize(
    ("status", "found", "kind"),
    [
        (400, {"error": "invalid_grant"}, ErrorKind.AUTH), (401, {"error": "invalid_client"}, ErrorKind.REJECTED),
        (400, {"error": "invalid_scope", "error_description": "no <b>"}, ErrorKind.REJECTED),
        (200, {"error": "bad_verification_code"}, ErrorKind.AUTH), (400, {"error": "something_new"}, ErrorKind.AUTH),
        (500, {"error": "invalid_grant"}, ErrorKind.SERVER), (429, {"error": "slow_down"}, ErrorKind.RATE),
        (503, b"<html>", ErrorKind.SERVER), (200, {}, ErrorKind.SERVER), (200, b"nonsense", ErrorKind.SERVER),
        (200, {"access_token": 5}, ErrorKind.SERVER), (200, {"access_token": ""}, ErrorKind.SERVER),
        (200, b"[" * 100_000, ErrorKind.SERVER), (400, {"error": {"code": 190}}, ErrorKind.REJECTED),
        (400, {"error": "temporarily_unavailable"}, ErrorKind.SERVER),
    ],
)  # fmt: skip
def test_each_refusal_has_its_kind(status: int, found: Any, kind: ErrorKind) -> None:
    with pytest.raises(PlatformError) as caught:
        sessions.read_tokens(answer(status, found), NOW)
    assert caught.value.kind is kind and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", [None, "", "nonsense", "[]", "5", "{}", '{"access": 5}', '{"access": "a", "scopes": [5]}', '{"access": "a", "scopes": "x"}', "[" * 99_999]
)  # fmt: skip
def test_a_vault_that_holds_no_session_is_empty(text: str | None) -> None:
    assert sessions.load(text) is None


def account(vault: MemoryVault, token: str = "") -> Credentials:
    return Credentials("forum", "kopi", "https://f.example", token, vault=vault)


class Renewal:
    """Answers with the next token; ``fails`` in its stead."""

    def __init__(self, **fields: Any) -> None:
        self.asked: list[Tokens] = []
        self.fields = fields
        self.fails: PlatformError | None = None

    async def __call__(self, old: Tokens) -> Tokens:
        self.asked.append(old)
        await asyncio.sleep(0.01)
        if self.fails is not None:
            raise self.fails
        return Tokens(f"akses-{len(self.asked)}", expires_at=NOW + timedelta(hours=1), **self.fields)


async def test_a_session_is_renewed_once_however_many_ask() -> None:
    vault, renew = MemoryVault(), Renewal(refresh="baru-sekali")
    vault.save(Tokens("lama", "segar-lama", NOW + timedelta(seconds=30)).dump())
    found = await asyncio.gather(*(sessions.fresh(account(vault), NOW, renew) for _ in range(10)))
    assert {one.access for one in found} == {"akses-1"} and len(renew.asked) == 1
    kept = sessions.load(vault.load())
    assert kept is not None and (kept.access, kept.refresh) == ("akses-1", "baru-sekali")
    assert (await sessions.fresh(account(vault), NOW, renew)).access == "akses-1" and len(renew.asked) == 1


async def test_a_network_that_names_no_new_refresh_token_keeps_the_old_one() -> None:
    vault, renew = MemoryVault(), Renewal()
    ends = NOW + timedelta(days=60)
    vault.save(Tokens("lama", "segar-lama", NOW, ends, ("read",)).dump())
    found = await sessions.fresh(account(vault), NOW, renew)
    assert (found.refresh, found.refresh_expires_at, found.scopes) == ("segar-lama", ends, ("read",))


@pytest.mark.parametrize("kind", [ErrorKind.AUTH, ErrorKind.NETWORK, ErrorKind.SERVER])
async def test_a_renewal_that_fails_leaves_the_session(kind: ErrorKind) -> None:
    vault, renew = MemoryVault(), Renewal()
    before = Tokens("lama", "segar-lama", NOW).dump()
    vault.save(before)
    renew.fails = PlatformError(kind, "no")
    with pytest.raises(PlatformError):
        await sessions.fresh(account(vault), NOW, renew)
    assert vault.load() == before


async def test_an_empty_renewal_leaves_the_session() -> None:
    vault = MemoryVault()
    before = Tokens("lama", "segar-lama", NOW).dump()
    vault.save(before)

    async def renew(_old: Tokens) -> Tokens:
        return Tokens()

    with pytest.raises(PlatformError) as caught:
        await sessions.fresh(account(vault), NOW, renew)
    assert caught.value.kind is ErrorKind.SERVER and vault.load() == before


async def test_a_token_that_the_network_refused_is_renewed_though_it_seemed_good() -> None:
    vault, renew = MemoryVault(), Renewal(refresh="r")
    vault.save(Tokens("mati", "segar", NOW + timedelta(hours=1)).dump())
    assert (await sessions.fresh(account(vault), NOW, renew, stale="mati")).access == "akses-1"
    # The second one comes too late to need one of its own.
    assert (await sessions.fresh(account(vault), NOW, renew, stale="mati")).access == "akses-1"
    assert len(renew.asked) == 1


async def test_without_a_session_a_person_is_needed() -> None:
    with pytest.raises(PlatformError, match="smdash account add forum") as caught:
        await sessions.fresh(account(MemoryVault()), NOW, Renewal())
    assert caught.value.kind is ErrorKind.AUTH and not caught.value.arrived


async def test_another_typed_token_begins_anew() -> None:
    vault, renew = MemoryVault(), Renewal(refresh="segar-baru")

    async def ask(token: str) -> Tokens:
        return await sessions.fresh(account(vault, token), NOW, renew, start=Tokens(refresh=token))

    assert (await ask("token-satu")).access == "akses-1"
    assert renew.asked[-1].refresh == "token-satu"
    assert (await ask("token-satu")).access == "akses-1"
    assert (await ask("token-dua")).access == "akses-2"
    assert renew.asked[-1].refresh == "token-dua"
    assert "token-dua" not in (vault.load() or "")


class Instance:
    """What a Mastodon server answers to an app that connects."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.apps = 200
        self.token: tuple[int, Any] = (
            200, {"access_token": "akses-mastodon-1", "token_type": "Bearer", "scope": " ".join(SCOPES), "created_at": 1},
        )  # fmt: skip
        instance = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                instance.seen.append((self.path, form))
                app = {"id": "1", "client_id": "aplikasi-1", "client_secret": "rahasia-aplikasi-1"}
                status, found = (instance.apps, app) if self.path == "/api/v1/apps" else instance.token
                sent = json.dumps(found if status == 200 else {"error": "no"} if status == 422 else found).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_words: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def instance() -> Iterator[Instance]:
    found = Instance()
    yield found
    found.http.shutdown()
    found.http.server_close()


async def test_a_mastodon_account_is_connected_without_its_settings_page(instance: Instance) -> None:
    credentials, attempt, flow = Credentials("mastodon", "kopi", instance.url), Attempt(), MastodonConnect()
    async with Client() as client:
        opened = await flow.authorize_url(credentials, attempt, client, NOW)
        query = {name: values[0] for name, values in parse_qs(urlsplit(opened.url).query).items()}
        assert opened.shows_code and opened.url.startswith(f"{instance.url}/oauth/authorize?")
        assert query["client_id"] == "aplikasi-1" and query["code_challenge"] == attempt.challenge
        assert "rahasia" not in opened.url and "rahasia" not in repr(opened)
        grant = await flow.exchange(credentials, attempt, opened, "kode-1", client, NOW)
    assert (grant.token, grant.session, grant.scopes) == ("akses-mastodon-1", "", SCOPES)
    (_path, app), (path, form) = instance.seen
    assert app["scopes"] == form["scope"] == " ".join(SCOPES) and path == "/oauth/token"
    assert (form["code"], form["code_verifier"], form["client_secret"]) == (
        "kode-1",
        attempt.verifier,
        "rahasia-aplikasi-1",
    )


async def test_a_mastodon_server_that_refuses_says_why(instance: Instance) -> None:
    credentials, attempt, flow = Credentials("mastodon", "kopi", instance.url), Attempt(), MastodonConnect()
    async with Client() as client:
        instance.apps = 422
        with pytest.raises(PlatformError) as caught:
            await flow.authorize_url(credentials, attempt, client, NOW)
        assert caught.value.kind is ErrorKind.REJECTED
        instance.apps = 200
        opened = await flow.authorize_url(credentials, attempt, client, NOW)
        instance.token = (400, {"error": "invalid_grant", "error_description": "The code is not valid."})
        with pytest.raises(PlatformError, match="The code is not valid") as caught:
            await flow.exchange(credentials, attempt, opened, "kode-2", client, NOW)
        assert caught.value.kind is ErrorKind.AUTH and "kode-2" not in str(caught.value)


def test_every_connector_of_the_registry_is_one() -> None:
    connecting = [platform for platform in registry.all_platforms() if platform.connect is not None]
    assert "mastodon" in {platform.name for platform in connecting}
    for platform in connecting:
        assert platform.connect is not None
        assert isinstance(platform.connect(), CodeFlow | DeviceFlow), platform.name
    for platform in registry.all_platforms():
        keys = [need.key for need in platform.needs]
        assert len(keys) == len(set(keys)) and all(key.isidentifier() and key.islower() for key in keys), platform.name
        assert "token" not in keys, platform.name
