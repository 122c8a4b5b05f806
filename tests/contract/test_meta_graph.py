"""What Meta's networks share: calls, lists, errors, usage, tokens, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import noop
from smdash.platforms import meta_push, meta_usage
from smdash.platforms.base import Credentials, MemoryVault
from smdash.platforms.client import Client
from smdash.platforms.meta_errors import Meaning, meaning_of
from smdash.platforms.meta_graph import Graph, identifier, moment, next_cursor, proof_of
from smdash.platforms.meta_graph import at as path_of
from smdash.platforms.meta_token import PageCalls, as_page, debug
from smdash.platforms.push import Request

from .fake_graph import BASE, PAGE, START, TOKEN, Fake, error

NOW = START + timedelta(hours=9)
CREDENTIALS = Credentials("facebook_page", "kopi", BASE, TOKEN)


async def answered(status: int, body: Any, meanings: Any = None, **headers: str) -> Any:
    """What a GET makes of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=body, headers=named))
    async with Client(transport=transport) as client:
        more = {} if meanings is None else {"meanings": meanings}
        return await Graph(CREDENTIALS, client, NOW, **more).get("me")


async def refused(status: int, body: Any, meanings: Any = None, **headers: str) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await answered(status, body, meanings, **headers)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


# Calls


async def test_a_call_has_its_version_its_token_as_a_header_and_the_proof() -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"id": "1"})

    secret = replace(CREDENTIALS, secrets={"app_secret": "rahasia-aplikasi"})
    async with Client(transport=httpx.MockTransport(handle)) as client:
        await Graph(CREDENTIALS, client, NOW).get(path_of("1/2", "comments"), {"fields": "id"})
        await Graph(secret, client, NOW).post("me/feed", {"message": "Halo"})
        await Graph(replace(secret, options={"version": "v25.0"}), client, NOW, proof=False).delete("5_6")
        await Graph(CREDENTIALS, client, NOW, version="").get("me")
    assert [one.url.raw_path.decode() for one in asked] == [
        "/v26.0/1%2F2/comments?fields=id",
        f"/v26.0/me/feed?appsecret_proof={proof_of(TOKEN, 'rahasia-aplikasi')}",
        "/v25.0/5_6",
        "/me",
    ]
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {TOKEN}"}
    assert json.loads(asked[1].content) == {"message": "Halo"} and asked[2].method == "DELETE"
    expected = hmac.new(b"rahasia-aplikasi", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert proof_of(TOKEN, "rahasia-aplikasi") == expected


@pytest.mark.parametrize("version", ["latest", "26", "v26", "v26.0/../me"])
async def test_a_version_that_is_none_is_refused_before_anything_is_asked(version: str) -> None:
    async with Client(transport=httpx.MockTransport(lambda _request: httpx.Response(500))) as client:
        with pytest.raises(PlatformError, match="no version of the Graph API") as caught:
            await Graph(replace(CREDENTIALS, options={"version": version}), client, NOW).post("me/feed", {})
    assert caught.value.kind is ErrorKind.REJECTED and not caught.value.arrived


async def test_a_token_in_an_address_that_the_network_names_is_never_called() -> None:
    found = {"data": [{}], "paging": {"next": "https://evil.example/?access_token=x", "cursors": {"after": "abc"}}}
    assert next_cursor(found) == "abc"
    assert next_cursor(found | {"paging": {"cursors": {"after": "abc"}}}) is None
    assert next_cursor(found | {"paging": {"cursors": {"after": "abc"}}}, without_next=True) == "abc"
    assert next_cursor({"data": [], "paging": {"cursors": {"after": "abc"}}}, without_next=True) is None
    for odd in (
        None,
        5,
        {"next": "x"},
        {"next": "x", "cursors": {"after": 5}},
        {"next": "x", "cursors": {"after": "a\n"}},
    ):
        assert next_cursor({"data": [1], "paging": odd}) is None


# Errors


@pytest.mark.parametrize(
    ("status", "body", "kind", "arrived"),
    [
        (401, error(190, 463), ErrorKind.AUTH, False),
        (400, error(190), ErrorKind.AUTH, False),
        (400, error(102), ErrorKind.AUTH, False),
        (403, error(10), ErrorKind.PERMISSION, False),
        (403, error(283), ErrorKind.PERMISSION, False),
        (400, error(4), ErrorKind.RATE, False),
        (400, error(80_001), ErrorKind.RATE, False),
        (400, error(613, 1996), ErrorKind.RATE, False),
        (400, error(100, 1390008), ErrorKind.RATE, False),
        (400, error(506), ErrorKind.DUPLICATE, True),
        (400, error(368), ErrorKind.PERMISSION, False),
        (400, error(100), ErrorKind.REJECTED, False),
        (400, error(100, 33), ErrorKind.GONE, False),
        (500, error(1), ErrorKind.SERVER, True),
        (400, error(2), ErrorKind.SERVER, True),
        (400, error(98_765, is_transient=True), ErrorKind.SERVER, True),
        (400, error(98_765), ErrorKind.REJECTED, False),
        (401, error(98_765), ErrorKind.AUTH, False),
        (400, error(98_765, message="Error validating access token"), ErrorKind.AUTH, False),
        (503, error(98_765), ErrorKind.SERVER, True),
        (200, error(190), ErrorKind.AUTH, False),
        (200, error(98_765), ErrorKind.UNKNOWN, True),
        (200, {"error": "x"}, ErrorKind.UNKNOWN, True),
        (200, {"error": {"message": "x"}}, ErrorKind.UNKNOWN, True),
        (200, [], ErrorKind.SERVER, True),
        (404, {"whatever": 1}, ErrorKind.GONE, False),
        (400, error("190"), ErrorKind.AUTH, False),  # type: ignore[arg-type]
    ],
)
async def test_each_error_is_of_a_kind(status: int, body: Any, kind: ErrorKind, arrived: bool) -> None:
    found = await refused(status, body)
    assert (found.kind, found.arrived) == (kind, arrived), found


async def test_an_error_says_what_it_means_what_was_said_and_what_support_asks_for() -> None:
    found = await refused(400, error(190, 463, "Session has expired\x1b[31m"))
    assert str(found) == ("the token has ended; make a new one: Session has expired[31m [190/463, fbtrace_id AbC-1_x]")
    assert "Pesan untuk orang" in str(await refused(400, error(100, error_user_msg="Pesan untuk orang")))
    assert "hanya angka" in str(await refused(400, error(131009, error_data={"details": "hanya angka"})))


async def test_meanings_of_a_network_go_before_the_shared_ones() -> None:
    mine = {
        (9, 2207042): Meaning(ErrorKind.QUOTA, noop("{host} has had enough")),
        (None, 5): Meaning(ErrorKind.GONE, "x"),
    }
    assert (await refused(400, error(9, 2207042), mine)).kind is ErrorKind.QUOTA
    assert (await refused(400, error(190, 463), mine)).kind is ErrorKind.AUTH
    assert meaning_of(190, 5, mine).kind is ErrorKind.GONE
    assert meaning_of(131_049, None).kind is ErrorKind.REJECTED


# Usage


def usage(**headers: Any) -> Any:
    named = {
        name.replace("_", "-"): value if isinstance(value, str) else json.dumps(value)
        for name, value in headers.items()
    }
    return meta_usage.read(httpx.Headers(named), NOW)


def test_usage_is_what_the_nearest_limit_leaves() -> None:
    assert usage() is None
    app = {"call_count": 28, "total_time": 25, "total_cputime": 25.5}
    assert usage(X_App_Usage=app)[:2] == (72, 100)
    assert usage(X_App_Usage=app, X_Page_Usage={"call_count": 90})[0] == 10
    business = {
        "1": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 19}],
        "2": [{"call_count": 1}],
    }
    found = usage(X_Business_Use_Case_Usage=business)
    assert found == (0, 100, NOW + timedelta(minutes=19))
    assert meta_usage.not_before(found, NOW) == NOW + timedelta(minutes=19)
    assert meta_usage.not_before(usage(X_App_Usage={"call_count": 100}), NOW) == NOW + timedelta(minutes=15)
    assert meta_usage.not_before(usage(X_App_Usage={"call_count": 90}), NOW) == NOW + timedelta(minutes=5)
    assert meta_usage.not_before(usage(X_App_Usage={"call_count": 79}), NOW) is None


@pytest.mark.parametrize(
    "words", ["", "{", "[]", "null", '{"call_count": "x"}', '{"call_count": NaN}', "[" * 9_000, '{"call_count": true}']
)
def test_usage_that_can_not_be_read_tells_nothing(words: str) -> None:
    assert usage(X_App_Usage=words) is None
    assert usage(X_Business_Use_Case_Usage=words) is None


def test_usage_without_end_is_bounded() -> None:
    huge = {"1": [{"call_count": 1e300, "estimated_time_to_regain_access": 10**400}]}
    found = usage(X_Business_Use_Case_Usage=huge)
    assert found == (0, 100, NOW + timedelta(hours=24))
    assert usage(X_App_Usage={"call_count": -5})[0] == 100


async def test_a_rate_error_waits_as_long_as_the_header_says() -> None:
    business = json.dumps({"1": [{"call_count": 100, "estimated_time_to_regain_access": 7}]})
    found = await refused(400, error(32), X_Business_Use_Case_Usage=business)
    assert found.retry_at == NOW + timedelta(minutes=7)
    assert (await refused(400, error(32))).retry_at is None


# Ids and times


def test_ids_are_opaque_text() -> None:
    assert identifier("1_2") == "1_2" and identifier(123) == "123"
    for odd in ("", None, True, 1.5, -1, "a\nb", "x" * 401, "a\ufffd", {}, ".."):
        assert identifier(odd) is None, odd
    assert path_of("../me", "x?y") == "..%2Fme/x%3Fy"


def test_times_are_read_in_every_form() -> None:
    expected = datetime(2026, 8, 1, 10, 15, 30, tzinfo=UTC)
    seconds = int(expected.timestamp())
    for told in (
        "2026-08-01T10:15:30+0000",
        "2026-08-01T17:15:30+07:00",
        seconds,
        str(seconds),
        seconds * 1000,
        float(seconds),
    ):
        assert moment(told) == expected, told
    for odd in (None, True, "", "soon", -1, 0, 1e308, float("nan"), float("inf"), 10**400, "9" * 15, {}, "\u0663"):
        assert moment(odd) is None, odd


# Tokens


async def test_what_a_token_may_do_and_until_when() -> None:
    fake = Fake(scopes=["pages_messaging"], expires_at=int((NOW + timedelta(days=60)).timestamp()))
    async with Client(transport=fake.transport()) as client:
        state = await debug(Graph(CREDENTIALS, client, NOW))
        assert state is not None and state.valid and state.kind == "PAGE"
        assert state.expires_at == NOW + timedelta(days=60)
        assert state.missing(("pages_messaging", "read_insights")) == ("read_insights",)
        fake.expires_at, fake.scopes = 0, None
        state = await debug(Graph(CREDENTIALS, client, NOW))
        assert state is not None and state.expires_at is None and state.missing(("x",)) == ()
        fake.refuse["GET debug_token"] = 400, error(100)
        assert await debug(Graph(CREDENTIALS, client, NOW)) is None
        fake.refuse["GET debug_token"] = 500, error(2)
        with pytest.raises(PlatformError):
            await debug(Graph(CREDENTIALS, client, NOW))


async def test_the_app_asks_about_a_token_where_its_secret_is_known() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["authorization"])
        return httpx.Response(200, json={"data": {"is_valid": True}})

    known = replace(CREDENTIALS, options={"app_id": "42"}, secrets={"app_secret": "rahasia-aplikasi"})
    async with Client(transport=httpx.MockTransport(handle)) as client:
        await debug(Graph(known, client, NOW))
    assert asked == ["Bearer 42|rahasia-aplikasi"]


async def test_the_token_of_a_system_user_opens_the_page_s_own_which_is_kept() -> None:
    fake = Fake(tokens={"system-user-token": "9", TOKEN: PAGE})
    vault = MemoryVault()
    system = Credentials("facebook_page", "kopi", BASE, "system-user-token", vault=vault, options={"page_id": PAGE})
    used: list[str] = []

    async def work(calls: PageCalls) -> str:
        used.append(calls.graph.token)
        return str((await calls.graph.get("me", {"fields": "id"}))["id"])

    async with Client(transport=fake.transport()) as client:
        for _count in range(2):
            assert await as_page(Graph(system, client, NOW), work) == PAGE
        assert used == [TOKEN, TOKEN] and [path for _method, path, _more in fake.calls] == [PAGE, "me", "me"]
        # The page's token dies, and another one is given out.
        kept = vault.load()
        fake.tokens = {"system-user-token": "9"}
        with pytest.raises(PlatformError) as caught:
            await as_page(Graph(system, client, NOW), work)
        assert caught.value.kind is ErrorKind.AUTH and not caught.value.arrived
        assert vault.load() == kept
        fake.tokens["another-page-token"] = PAGE
        fake.refuse[f"GET {PAGE}"] = 200, {"id": PAGE, "access_token": "another-page-token"}
        assert await as_page(Graph(system, client, NOW), work) == PAGE
        assert used[-1] == "another-page-token" and "another-page-token" in str(vault.load())
        # A token that the owner sets anew does not take what was kept for the old one.
        fake.tokens["new-system-token"] = "9"
        fake.refuse[f"GET {PAGE}"] = 200, {"id": PAGE, "access_token": "third-page-token"}
        fake.tokens["third-page-token"] = PAGE
        assert await as_page(Graph(replace(system, token="new-system-token"), client, NOW), work) == PAGE
        assert used[-1] == "third-page-token"


async def test_whatever_is_in_the_vault_is_no_reason_to_fail() -> None:
    for text in ("", "{", "[]", '{"of": 5}', '{"of": "x", "page": [], "token": 1}'):
        fake, vault = Fake(tokens={"system-user-token": "9", TOKEN: PAGE}), MemoryVault()
        vault.save(text)
        system = Credentials("facebook_page", "kopi", BASE, "system-user-token", vault=vault, options={"page_id": PAGE})
        async with Client(transport=fake.transport()) as client:

            async def work(calls: PageCalls) -> str:
                return calls.page_id

            assert await as_page(Graph(system, client, NOW), work) == PAGE


# Webhooks

SECRETS = {"app_secret": "rahasia-aplikasi", "verify_token": "kata-kunci"}


def signed(body: bytes, secret: str = "rahasia-aplikasi", **headers: str) -> Request:
    made = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Request("POST", "/x", {}, {"x-hub-signature-256": made} | headers, body)


def asking(**changes: str) -> Request:
    query = {"hub.mode": "subscribe", "hub.verify_token": "kata-kunci", "hub.challenge": "1158201444"}
    return Request("GET", "/x", {name: value for name, value in (query | changes).items() if value}, {})


def test_the_challenge_is_answered_to_whoever_knows_the_word() -> None:
    assert meta_push.challenge(asking(), SECRETS) == "1158201444"
    for changes in (
        {"hub.verify_token": "kata-kunc"}, {"hub.verify_token": ""}, {"hub.mode": "x"}, {"hub.challenge": ""},
        {"hub.challenge": "<script>"}, {"hub.challenge": "9" * 1_001}, {"hub.verify_token": "ß\ud800"},
    ):  # fmt: skip
        assert meta_push.challenge(asking(**changes), SECRETS) is None, changes
    assert meta_push.challenge(asking(), {}) is None
    assert meta_push.challenge(asking(**{"hub.verify_token": ""}), {"verify_token": ""}) is None
    assert meta_push.challenge(replace(asking(), method="POST"), SECRETS) is None


def test_only_what_the_app_signed_is_genuine() -> None:
    body = b'{"object": "page", "entry": []}'
    assert meta_push.is_genuine(signed(body), SECRETS)
    assert not meta_push.is_genuine(replace(signed(body), body=body + b" "), SECRETS)
    assert not meta_push.is_genuine(signed(body, "another"), SECRETS)
    assert not meta_push.is_genuine(signed(body, ""), {"app_secret": ""})
    assert not meta_push.is_genuine(signed(body), {})
    for odd in ("", "sha256=", "sha1=" + "0" * 40, "sha256=ß", "x" * 100_000):
        assert not meta_push.is_genuine(Request("POST", "/", {}, {"x-hub-signature-256": odd}, body), SECRETS)
    assert not meta_push.is_genuine(Request("POST", "/", {}, {}, body), SECRETS)


def test_a_body_that_is_nothing_of_meta_s_is_said_to_be() -> None:
    assert meta_push.entries(b'{"object": "page", "entry": [{"id": "1"}, 5]}', "page") == [{"id": "1"}]
    assert meta_push.entries(b'{"object": "instagram", "entry": [{"id": "1"}]}', "page") == []
    for body in (b"", b"[]", b"\xff", b"{}", b"[" * 100_000, b'{"object": "page", "entry": 5}', b"null"):
        with pytest.raises(PlatformError):
            meta_push.entries(body, "page")
