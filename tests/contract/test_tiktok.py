"""TikTok: videos by chunks, each once, and found again by their publish_id; tokens that change at each renewal."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import sessions, tiktok_publish
from smdash.platforms.base import Credentials, Measured, MemoryVault, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Outgoing, OutgoingKind, Published
from smdash.platforms.tiktok import TikTok

from . import publishing
from .fake_tiktok import FakeTikTok, error, good
from .faulty import Request, answer
from .test_faults import NOW, TOKEN
from .test_youtube_publish import film, no_sleep

POST = OutgoingKind.POST
TEXT = "Kopi baru dari Gayo ☕"


def credentials(**changes: Any) -> Credentials:
    fields: dict[str, Any] = {"vault": MemoryVault(), "token": "access-1", "handle": "kopisenja"} | changes
    return Credentials("tiktok", "kopi", **fields)


def by_client() -> Credentials:
    return credentials(
        token="refresh-token-1", options={"client_key": "the-client"}, secrets={"client_secret": "the-client-secret"}
    )


def outgoing(text: str = TEXT, **changes: Any) -> Outgoing:
    fields: dict[str, Any] = {"credentials": credentials(), "key": "key-1", "now": NOW, "first_at": NOW} | changes
    return Outgoing(fields.pop("kind", POST), text=text, **fields)


@pytest.fixture
def fake() -> FakeTikTok:
    return FakeTikTok(NOW)


async def publish(fake: FakeTikTok, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await TikTok(no_sleep).publish(out, client)


async def find(fake: FakeTikTok, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await TikTok(no_sleep).find(out, client)


async def refused(fake: FakeTikTok, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    return caught.value


async def pull(fake: FakeTikTok, who: Credentials, now: Any = NOW) -> Pulled:
    async with Client(transport=fake.transport()) as client:
        return await TikTok().pull(Pull("account", who, None, now), client)


@given(st.integers(1, 4 * 2**30))
def test_chunks_are_as_tiktok_wants_them(size: int) -> None:
    parts = tiktok_publish.chunks(size)
    assert sum(length for _start, length in parts) == size
    assert [start for start, _length in parts] == [sum(one for _s, one in parts[:at]) for at in range(len(parts))]
    assert len(parts) <= 1000 and all(length >= 5 * 2**20 for _start, length in parts[1:])
    if len(parts) > 1:
        assert len(parts) == size // parts[0][1] and parts[-1][1] <= 128 * 2**20


@pytest.mark.parametrize("size", [1, 999, 5 * 2**20, 10 * 2**20, 20 * 2**20 - 1, 20 * 2**20, 31 * 2**20])
async def test_a_video(fake: FakeTikTok, tmp_path: Path, size: int) -> None:
    medium = film(tmp_path, size)
    out = outgoing(media=(medium,))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    (one,) = fake.posts.values()
    assert one["content"] == medium.path.read_bytes()
    assert made == Published("7000000000", "https://www.tiktok.com/@kopisenja/video/7000000000")
    assert one["info"] == {
        "title": TEXT,
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": False,
        "disable_duet": True,
        "disable_stitch": False,
        "brand_organic_toggle": False,
    }
    assert await find(fake, out) == made
    # The vault was lost: it is among the newest videos.
    found = await find(fake, replace(out, credentials=credentials()))
    assert found is not None and found.remote_id == made.remote_id
    async with Client(transport=fake.transport()) as client:
        assert await TikTok().is_there(out, made.remote_id, client)
        assert not await TikTok().is_there(out, "5", client)


async def test_a_private_post_goes_by_its_publish_id(fake: FakeTikTok, tmp_path: Path) -> None:
    fake.public = False
    who = credentials(options={"privacy": "self_only"})
    made = await publish(fake, outgoing(media=(film(tmp_path, 9),), credentials=who))
    assert made == Published("v_pub_file~v2.1")
    async with Client(transport=fake.transport()) as client:
        with pytest.raises(PlatformError) as caught:
            await TikTok().is_there(outgoing(), made.remote_id, client)
    assert caught.value.kind is ErrorKind.UNKNOWN


async def test_what_is_refused_before_anything_is_sent(fake: FakeTikTok, tmp_path: Path) -> None:
    medium = film(tmp_path, 9)
    picture = publishing.picture(tmp_path)
    for out in (
        outgoing(),
        outgoing(media=(picture,)),
        outgoing(media=(medium, medium)),
        outgoing(media=(medium,), above=Above("1", "1")),
        *(outgoing(kind=kind) for kind in OutgoingKind if kind is not POST),
    ):
        caught = await refused(fake, out)
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert fake.requests == []
    for out, said in (
        (outgoing("k" * 2_201, media=(medium,)), "2200 UTF-16 units on TikTok, not 2201"),
        (outgoing("☕" * 1_000 + "👍" * 601, media=(medium,)), "not 2202"),
        (outgoing(media=(replace(medium, seconds=301.0),)), "300 s from this account"),
        (outgoing(media=(medium,), credentials=credentials(options={"privacy": "FRIENDS"})), "not post as FRIENDS"),
    ):
        caught = await refused(fake, out)
        assert said in str(caught) and (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert not fake.posts


async def test_an_app_that_is_not_audited(fake: FakeTikTok, tmp_path: Path) -> None:
    code = "unaudited_client_can_only_post_to_private_accounts"
    fake.spoil = lambda request: error(403, code) if request.url.path.endswith("/init/") else None
    caught = await refused(fake, outgoing(media=(film(tmp_path, 9),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.PERMISSION, False) and "has not audited the app" in str(caught)


@pytest.mark.parametrize("reason", ["file_format_check_failed", "auth_removed", "internal"])
async def test_a_video_that_tiktok_can_not_make_a_post_of(fake: FakeTikTok, tmp_path: Path, reason: str) -> None:
    fake.fails = reason
    out = outgoing(media=(film(tmp_path, 9),))
    caught = await refused(fake, out)
    assert reason in str(caught) and not caught.arrived
    assert caught.kind is (ErrorKind.AUTH if reason == "auth_removed" else ErrorKind.REJECTED)
    assert await find(fake, out) is None


async def test_a_post_that_takes_too_long_is_asked_about_and_never_sent_again(fake: FakeTikTok, tmp_path: Path) -> None:
    fake.looks = 200
    out = outgoing(media=(film(tmp_path, 9),))
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.UNKNOWN, True)
    with pytest.raises(PlatformError) as told:
        await find(fake, out)
    assert told.value.kind is ErrorKind.UNKNOWN
    fake.looks = 1
    next(iter(fake.posts.values()))["looks"] = 1
    found = await find(fake, out)
    assert found is not None and len(fake.posts) == 1


async def test_looks_that_fail_in_passing(fake: FakeTikTok, tmp_path: Path) -> None:
    failures = [httpx.Response(500), httpx.Response(429), error(429, "rate_limit_exceeded")]
    fake.spoil = lambda request: failures.pop() if request.url.path.endswith("/fetch/") and failures else None
    assert (await publish(fake, outgoing(media=(film(tmp_path, 9),)))).remote_id == "7000000000"


async def test_a_line_that_breaks(fake: FakeTikTok, tmp_path: Path) -> None:
    out = outgoing(media=(film(tmp_path, 21 * 2**20),))
    cut = [1]  # which chunk

    def breaks(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and request.headers["content-range"].startswith(
            f"bytes {(cut[0] - 1) * 10 * 2**20}-"
        ):
            raise httpx.ReadError("cut")
        return None

    fake.spoil = breaks
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.NETWORK, False)
    with pytest.raises(PlatformError):
        await find(fake, out)
    # Its place is gone after an hour, and with it what came of the video.
    assert await find(fake, replace(out, now=NOW + timedelta(hours=2))) is None
    cut[0] = 2
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.NETWORK, True)


async def test_a_file_that_was_changed(fake: FakeTikTok, tmp_path: Path) -> None:
    medium = film(tmp_path, 21 * 2**20)
    content = bytearray(medium.path.read_bytes())
    content[5] ^= 1
    medium.path.write_bytes(content)
    changed = await refused(fake, outgoing(media=(medium,)))
    medium.path.unlink()
    gone = await refused(fake, outgoing(media=(medium,)))
    for caught in (changed, gone):
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and "promo.mp4" in str(caught)
    assert not fake.made


# Tokens, errors, figures


async def test_the_token_changes_at_each_renewal_and_is_kept(fake: FakeTikTok) -> None:
    who = by_client()
    for hours in range(0, 30, 3):
        assert not (await pull(fake, who, NOW + timedelta(hours=hours))).mentions
    assert fake.renewals == 10
    held = sessions.load(who.vault.load())
    assert held is not None and held.refresh == fake.refresh
    fake.access = "died-in-the-middle"
    await pull(fake, who, NOW + timedelta(hours=27))
    assert fake.renewals == 11


async def test_jobs_of_an_account_renew_it_once(fake: FakeTikTok) -> None:
    who = by_client()
    await asyncio.gather(*(pull(fake, who) for _count in range(5)))
    assert fake.renewals == 1


async def test_a_renewal_that_is_refused_leaves_what_was_there(fake: FakeTikTok) -> None:
    who = by_client()
    await pull(fake, who)
    before = who.vault.load()
    fake.refresh = "another"
    with pytest.raises(PlatformError) as caught:
        await pull(fake, who, NOW + timedelta(hours=3))
    assert caught.value.kind is ErrorKind.AUTH and "connect the account once more" in str(caught.value)
    assert who.vault.load() == before


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "access_token_invalid", ErrorKind.AUTH),
        (401, "scope_not_authorized", ErrorKind.PERMISSION),
        (401, "something_new", ErrorKind.AUTH),
        (400, "new_token_trouble", ErrorKind.AUTH),
        (429, "rate_limit_exceeded", ErrorKind.RATE),
        (403, "spam_risk_too_many_posts", ErrorKind.QUOTA),
        (403, "reached_active_user_cap", ErrorKind.QUOTA),
        (403, "spam_risk_user_banned_from_posting", ErrorKind.PERMISSION),
        (400, "invalid_params", ErrorKind.REJECTED),
        (200, "privacy_level_option_mismatch", ErrorKind.REJECTED),
        (500, "internal_error", ErrorKind.SERVER),
        (502, "something_new", ErrorKind.SERVER),
    ],
)
async def test_what_a_code_means(fake: FakeTikTok, tmp_path: Path, status: int, code: str, kind: ErrorKind) -> None:
    fake.spoil = lambda _request: error(status, code, "because \x1b[31mso")
    caught = await refused(fake, outgoing(media=(film(tmp_path, 9),)))
    assert caught.kind is kind and str(caught).isprintable() and not caught.arrived
    assert (caught.retry_at is not None) is (kind in (ErrorKind.RATE, ErrorKind.QUOTA))


async def test_whose_it_is_and_figures(fake: FakeTikTok, tmp_path: Path) -> None:
    made = await publish(fake, outgoing(media=(film(tmp_path, 9),)))
    fake.scope = "user.info.basic,video.publish"
    async with Client(transport=fake.transport()) as client:
        found = await TikTok().verify(by_client(), client, NOW)
        figures = await TikTok().measure(
            credentials(token=fake.access), [made.remote_id, "v_pub_file~v2.1"], client, NOW
        )
    assert (found.remote_id, found.handle, found.name) == ("open-1", "kopisenja", "Kopi Senja")
    assert found.missing_scopes == ("user.info.stats", "video.list") and found.limits == {"max_video_seconds": 300}
    assert found.expires_at == NOW + timedelta(days=180)
    assert found.notice is not None and "audited" in found.notice
    assert figures == [
        Measured("followers", 34, NOW),
        Measured("likes", 56, NOW),
        Measured("views", 100, NOW, made.remote_id),
        Measured("likes", 10, NOW, made.remote_id),
    ]


# The cases that every network has


def _network(folder: Path) -> publishing.Network:
    medium = film(folder, 900)

    def made(url: str, _kind: OutgoingKind) -> Outgoing:
        return outgoing(media=(medium,), credentials=Credentials("tiktok", "kopi", url, TOKEN, "kopi.example"))

    async def reads(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith("/creator_info/query/"):
            found = good({"privacy_level_options": ["PUBLIC_TO_EVERYONE"]})
        elif request.path.endswith("/init/"):
            found = good({"publish_id": "p1", "upload_url": f"http://{request.headers['host']}/place"})
        else:
            found = good({"status": "PUBLISH_COMPLETE"})
        await answer(writer, 200, found.content)

    return publishing.Network(lambda: TikTok(no_sleep), made, reads, lambda request: request.method == "PUT")


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(tmp_path: Path, behaviour: str) -> None:
    await publishing.spoiled_read(_network(tmp_path), POST, behaviour)


async def test_what_never_leaves(tmp_path: Path) -> None:
    await publishing.nobody_listens(_network(tmp_path), POST)
    await publishing.token_of_no_use(_network(tmp_path), POST)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"data": {}}', json.dumps({"error": {"code": "ok"}}).encode()])
async def test_an_answer_that_can_not_be_read(fake: FakeTikTok, tmp_path: Path, body: bytes) -> None:
    fake.spoil = lambda _request: httpx.Response(200, content=body)
    caught = await refused(fake, outgoing(media=(film(tmp_path, 9),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.SERVER, False)
