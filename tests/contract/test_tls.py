"""Every live adapter against https servers that can't be trusted: one sentence, in time, and no secret is sent."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable

import pytest
import trustme

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.client import Client

from . import tls
from .test_faults import CALLS, DEADLINE, HANDLE, TOKEN, judge, refused

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
TRUST = tls.trusting(AUTHORITY)
NO_TLS = "could not reach {host}: it does not speak TLS as expected"
CLOSED = "could not reach {host}: the connection was closed"
SILENT = f"{{host}} did not answer within {DEADLINE} s"
INVALID = "could not reach {host}: the certificate is not valid: "

Make = Callable[[], ssl.SSLContext | None]
# How the server presents itself, what it does with the bare connection, and the sentence's beginning.
BAD: dict[str, tuple[Make, tls.Talk | None, str]] = {
    "expired": (lambda: tls.certified(AUTHORITY, expired=True), None, INVALID + "certificate has expired"),
    "another host's": (lambda: tls.certified(AUTHORITY, "kopi.example"), None, INVALID + "IP address mismatch"),
    "an unknown authority's": (lambda: tls.certified(STRANGER), None, INVALID + "unable to get local issuer"),
    "TLS 1.0 only": (lambda: None, tls.only_tls_1_0(AUTHORITY), NO_TLS),
    "plain HTTP": (lambda: None, tls.speaks_http, NO_TLS),
    "an alert": (lambda: None, tls.alerts, NO_TLS),
    "closes in the handshake": (lambda: None, tls.closes_in_the_handshake, CLOSED),
    "closes inside its hello": (lambda: None, tls.closes_inside_its_hello, CLOSED),
    "stalls in the handshake": (lambda: None, tls.stalls, SILENT),
    "drips the handshake": (lambda: None, tls.drips, SILENT),
}


@pytest.mark.parametrize("behaviour", BAD)
async def test_nothing_secret_is_sent_and_the_sentence_says_what_is_wrong(behaviour: str) -> None:
    make, talk, words = BAD[behaviour]

    async with tls.serve(make(), talk) as server:
        begun = time.monotonic()
        errors = await asyncio.gather(*(refused(platform, job, server.url, TRUST) for platform, job in CALLS))
        assert time.monotonic() - begun < DEADLINE + 1.5
        for error in errors:
            judge(error)
            assert error.kind is ErrorKind.NETWORK
            assert str(error).startswith(words.format(host=f"127.0.0.1:{server.port}"))
        if talk is not None:
            assert server.heard, "the handshake was never begun"
        for secret in (TOKEN, HANDLE, "authorization"):
            assert secret.encode() not in server.heard.lower()


@pytest.mark.parametrize("behaviour", BAD)
async def test_the_shared_client_says_the_same(behaviour: str) -> None:
    make, talk, words = BAD[behaviour]
    async with tls.serve(make(), talk) as server, Client(deadline_s=DEADLINE, tls=TRUST) as client:
        with pytest.raises(PlatformError) as caught:
            await client.get(server.url, owner_typed=True, token=TOKEN)
        assert TOKEN.encode() not in server.heard
    assert caught.value.kind is ErrorKind.NETWORK
    assert str(caught.value).startswith(words.format(host=f"127.0.0.1:{server.port}"))


async def test_a_good_certificate_is_believed_and_gets_the_token() -> None:
    async with tls.serve(tls.certified(AUTHORITY)) as server, Client(deadline_s=5, tls=TRUST) as client:
        assert (await client.get(server.url, owner_typed=True, token=TOKEN)).json() == []
    assert TOKEN.encode() in server.heard


async def test_a_redirect_to_a_bad_certificate_tells_of_it() -> None:
    """The second hop is checked as the first one is."""
    from .faulty import Request, answer
    from .faulty import serve as serve_http

    async with tls.serve(tls.certified(STRANGER)) as bad:

        async def lead(_request: Request, writer: asyncio.StreamWriter) -> None:
            await answer(writer, 302, headers={"Location": bad.url})

        async with serve_http(lead) as first:
            hosts = frozenset({f"127.0.0.1:{bad.port}"})
            async with Client(deadline_s=5, tls=TRUST, private_hosts=hosts) as client:
                with pytest.raises(PlatformError, match=r"redirects, and there it ends: .*certificate is not valid"):
                    await client.get(first.url, owner_typed=True, token=TOKEN)
    assert not bad.heard
