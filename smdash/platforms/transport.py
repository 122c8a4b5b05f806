"""httpx over an httpcore pool whose sockets go only where our backend says."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import certifi
import httpcore
import httpx

from smdash.platforms.addresses import CONNECT_S, PinnedBackend

_CONNECTIONS = 20
_KEEP_S = 30.0


class PinnedTransport(httpx.AsyncBaseTransport):
    """A pool of at most twenty connections, each kept for half a minute."""

    def __init__(self, backend: PinnedBackend, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEEP_S,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


def http_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """An httpx client that follows nothing, keeps no cookie and reads no environment."""
    return httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        timeout=patience(),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def patience(stall_s: float | None = None) -> httpx.Timeout:
    """How long httpx waits for a single step: connecting has its bound, all else only the deadline around the call.

    An upload, whose deadline is long, waits *stall_s* seconds for a line that takes nothing, and four times that for a
    server that is silent.
    """
    if stall_s is None:
        return httpx.Timeout(None, connect=CONNECT_S)
    return httpx.Timeout(connect=CONNECT_S, read=4 * stall_s, write=stall_s, pool=None)


def trust() -> ssl.SSLContext:
    """The public roots, and those that the team's machine trusts (its own authority, SSL_CERT_FILE)."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
