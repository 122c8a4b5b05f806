"""Every live adapter against every fault: it ends in time, in one printable line, and tells no secret."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Credentials, Platform, Pull
from smdash.platforms.client import Client
from smdash.platforms.registry import all_platforms

from .faulty import FAULTS, closed_port, serve

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOKEN = "s3cr3t-t0k3n-of-the-test"
HANDLE = "kopi.example"
DEADLINE = 0.5
ADAPTERS = [platform for platform in all_platforms() if platform.status == "live" and not platform.hidden]
CALLS = [(platform, job.key) for platform in ADAPTERS for job in platform.jobs]
# What accounts have to name beside a token.
OPTIONS = {
    need.key: "1122334455" for platform in ADAPTERS for need in platform.needs if need.required and not need.secret
}
TLS = ssl.create_default_context()  # made once: it takes 30 ms
SLOW = {"never answers", "drips headers", "drips the body"}


def pull_of(job: str, url: str, cursor: str | None = None) -> Pull:
    return Pull(job, Credentials("x", "kopi", url, TOKEN, HANDLE, options=OPTIONS), cursor, NOW)


async def refused(platform: Platform, job: str, url: str, tls: ssl.SSLContext = TLS) -> PlatformError:
    """The error that a pull ends with."""
    assert platform.load is not None
    async with Client(deadline_s=DEADLINE, tls=tls) as client:
        with pytest.raises(PlatformError) as caught:
            await platform.load().pull(pull_of(job, url), client)
    return caught.value


def judge(error: PlatformError) -> None:
    message = str(error)
    assert message and message.isprintable(), repr(message)
    assert len(message) < 700
    assert TOKEN not in message and "abcdef123456" not in message
    for unwanted in ("Traceback", "httpx", "httpcore", "0x", "Errno"):
        assert unwanted not in message
    if error.retry_at is not None:
        assert NOW <= error.retry_at <= NOW + timedelta(hours=24)


# To wait for what never ends is the client's part: it is enough once for each adapter.
MET = [
    pytest.param(platform, job, fault, id=f"{platform.name}-{job}-{fault}")
    for platform, job in CALLS
    for fault in FAULTS
    if fault not in SLOW or job == platform.jobs[0].key
]


@pytest.mark.parametrize(("platform", "job", "fault"), MET)
async def test_a_fault_ends_in_one_sentence(platform: Platform, job: str, fault: str) -> None:
    assert platform.load is not None
    cursors = [None, '{"me": "1", "mark": "5"}'] if platform.name == "mastodon" else [None]
    async with serve(FAULTS[fault]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
        for cursor in cursors:
            started = time.monotonic()
            with pytest.raises(PlatformError) as caught:
                await platform.load().pull(pull_of(job, server.url, cursor), client)
            assert time.monotonic() - started < DEADLINE + 0.7
            judge(caught.value)
            assert f"127.0.0.1:{server.port}" in str(caught.value)
            if fault in SLOW:
                assert caught.value.kind is ErrorKind.NETWORK
                assert str(caught.value) == f"127.0.0.1:{server.port} did not answer within 0.5 s"


@pytest.mark.parametrize("platform", ADAPTERS, ids=[p.name for p in ADAPTERS])
async def test_verify_meets_the_same_faults(platform: Platform) -> None:
    assert platform.load is not None
    for fault, handler in FAULTS.items():
        if fault in SLOW:
            continue
        async with serve(handler) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
            with pytest.raises(PlatformError) as caught:
                credentials = Credentials("x", "kopi", server.url, TOKEN, HANDLE, options=OPTIONS)
                await platform.load().verify(credentials, client, NOW)
            judge(caught.value)


@pytest.mark.parametrize(("platform", "job"), CALLS, ids=[f"{p.name}-{job}" for p, job in CALLS])
async def test_nobody_listens(platform: Platform, job: str) -> None:
    port = closed_port()
    error = await refused(platform, job, f"http://127.0.0.1:{port}/x")
    assert error.kind is ErrorKind.NETWORK
    assert str(error) == f"could not reach 127.0.0.1:{port}: connection refused"


KINDS = {
    "400": ErrorKind.REJECTED,
    "401": ErrorKind.AUTH,
    "403": ErrorKind.PERMISSION,
    "410": ErrorKind.GONE,
    "422": ErrorKind.REJECTED,
    "429 bare": ErrorKind.RATE,
    "500": ErrorKind.SERVER,
    "503 with a date": ErrorKind.SERVER,
    "HTML": ErrorKind.SERVER,
    "deep JSON": ErrorKind.SERVER,
    "gzip bomb": ErrorKind.SERVER,
    "resets inside the body": ErrorKind.NETWORK,
    "wrong content-length": ErrorKind.NETWORK,
    "redirect to loopback": ErrorKind.REJECTED,
}


@pytest.mark.parametrize("fault", KINDS)
async def test_kinds_of_mastodon(fault: str) -> None:
    from smdash.platforms.mastodon import Mastodon

    async with serve(FAULTS[fault]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
        with pytest.raises(PlatformError) as caught:
            await Mastodon().pull(pull_of("notifications", server.url), client)
    assert caught.value.kind is KINDS[fault]


async def test_waits_that_servers_ask_for() -> None:
    from smdash.platforms.mastodon import Mastodon

    expected = {
        "429 bare": None,
        "429 with seconds": NOW + timedelta(seconds=120),
        "429 with a silly wait": NOW + timedelta(hours=24),
        "429 with an ISO reset": datetime(2026, 11, 23, 9, 10, 0, 869078, tzinfo=UTC),
    }
    for fault, moment in expected.items():
        async with serve(FAULTS[fault]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
            with pytest.raises(PlatformError) as caught:
                await Mastodon().pull(pull_of("notifications", server.url), client)
        assert caught.value.retry_at == moment, fault


async def test_a_fault_of_one_server_does_not_hold_up_another() -> None:
    from .faulty import answer

    async def good(_request: object, writer: asyncio.StreamWriter) -> None:
        await answer(writer, body=b"{}")

    async with serve(FAULTS["drips the body"]) as slow, serve(good) as quick, Client(deadline_s=5) as client:
        hanging = [asyncio.create_task(client.get(slow.url, owner_typed=True)) for _count in range(10)]
        await asyncio.sleep(0.05)
        started = time.monotonic()
        assert (await client.get(quick.url, owner_typed=True)).json() == {}
        assert time.monotonic() - started < 1
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
