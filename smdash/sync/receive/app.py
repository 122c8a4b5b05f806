"""The ASGI application that networks push to: judged by its signature first, kept next, and only then answered.

What is not genuine hears a status and nothing else. Whatever keeps a genuine one from being kept is answered 503, so
that the network sends it again. Source: asgi.readthedocs.io, HTTP & WebSocket ASGI Message Format.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from smdash.core.clock import Clock
from smdash.core.errors import StoreError
from smdash.core.throttle import Throttle, is_local, network_of
from smdash.platforms.push import Request
from smdash.store.received import Arrived
from smdash.sync.receive.addresses import Address

log = logging.getLogger("smdash.receive")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# WhatsApp's bodies have up to 3 MB (developers.facebook.com, WhatsApp webhooks); those of others are smaller.
MOST_BYTES = 4 * 1024 * 1024
# What is read of a larger one, and thrown away, so that its sender hears the answer (bytes).
DRAINED_BYTES = 32 * 1024 * 1024
# A body of so many bytes is always taken, so that large ones of strangers can't keep it out.
SMALL = 64 * 1024
# How much of all bodies may be in memory at once (bytes), and how long one may take to come (seconds).
MOST_HELD = 64 * 1024 * 1024
BODY_S = 10.0
# How long a body may take to be kept (seconds), and when a network should try again where it was not.
KEEP_S = 8.0
RETRY_S = 30
# A body of more than this is judged in a thread, so that nobody waits for it (bytes).
LARGE = 256 * 1024
MOST_PARAMETERS = 50
# How long the head of a request may be (bytes).
MOST_HEAD = 16 * 1024


class Answer(NamedTuple):
    """What is said to who called."""

    status: int
    text: str = ""
    retry_s: int | None = None
    close: bool = False


OK = Answer(200)
FORBIDDEN, MISSING = Answer(403), Answer(404)
LATER = Answer(503, retry_s=RETRY_S)
TOO_LARGE = Answer(413, close=True)
TOO_SLOW = Answer(408, close=True)
LONG_HEAD = Answer(431, close=True)
# Whom this machine's own proxy does not name.
UNNAMED = "local"
# Who made these cost something by it.
_MISTAKES = (400, 403, 404, 408, 413, 431)


class _TooLarge(Exception):
    pass


class _NoRoom(Exception):
    pass


class _Gone(Exception):
    pass


class App:
    """``addresses`` gives those of now; ``keep`` returns when a body is safe and raises StoreError where it is not."""

    def __init__(
        self,
        addresses: Callable[[], Mapping[str, Address]],
        keep: Callable[[Arrived], Awaitable[None]],
        clock: Clock,
        throttle: Throttle | None = None,
    ) -> None:
        self._addresses = addresses
        self._keep = keep
        self._clock = clock
        self._throttle = throttle or Throttle()
        self._held = 0
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except _Gone:
            return
        except Exception:
            log.exception("a push was met in a way that smdash did not expect")
            answer = LATER
        await _say(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        address = self._addresses().get(scope["path"])
        who, about = self._sender(scope), "" if address is None else address.path
        wait_s = self._throttle.wait_s(who, about, self._clock.monotonic())
        if wait_s > 0:
            return Answer(429, retry_s=max(round(wait_s), 1), close=True)
        answer = await self._judged(scope, receive, address)
        if answer.status in _MISTAKES:
            self._throttle.mistake(who, about, self._clock.monotonic())
            if who == UNNAMED:
                self._tell("the proxy does not say who calls (X-Forwarded-For), so that all count as one")
            log.info("%s %s from %s: %s", scope["method"], about or "an unknown path", who, answer.status)
        return answer

    async def _judged(self, scope: Scope, receive: Receive, address: Address | None) -> Answer:
        # The server's own limit is one of heads that come in parts.
        if sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope["query_string"]) > MOST_HEAD:
            return LONG_HEAD
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                await self._read(scope, receive, body, keeps=address is not None)
            if address is None or scope["method"] not in ("GET", "POST"):
                return MISSING
            if address.problem:
                self._tell(f"{address.path}: {address.problem}")
                return LATER
            try:
                request = _request(scope, bytes(body))
            except ValueError:
                return MISSING
            return await self._met(address, request)
        except TimeoutError:
            return TOO_SLOW
        except _TooLarge:
            return TOO_LARGE
        except _NoRoom:
            return LATER._replace(close=True)
        finally:
            self._held -= len(body)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray, *, keeps: bool) -> None:
        """Read the body into *body*, or past it where it is of no use."""
        seen = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            chunk: bytes = message.get("body", b"")
            seen += len(chunk)
            if keeps and seen <= MOST_BYTES:
                if seen > SMALL and self._held + len(chunk) > MOST_HELD:
                    raise _NoRoom
                body += chunk
                self._held += len(chunk)
            elif seen > DRAINED_BYTES:
                raise _TooLarge
            if not message.get("more_body", False):
                break
        if seen > MOST_BYTES:
            raise _TooLarge

    async def _met(self, address: Address, request: Request) -> Answer:
        if request.method == "GET":
            said = self._challenge(address, request)
            return FORBIDDEN if said is None else Answer(200, said)
        if len(request.body) > LARGE:
            genuine = await asyncio.to_thread(self._is_genuine, address, request)
        else:
            genuine = self._is_genuine(address, request)
        if not genuine:
            said = self._challenge(address, request)
            return FORBIDDEN if said is None else Answer(200, said)
        arrived = Arrived(address.platform, address.account_id, request.body, self._clock.now())
        try:
            async with asyncio.timeout(KEEP_S):
                await self._keep(arrived)
        except (StoreError, TimeoutError):
            # Why is logged by who keeps; one that is kept after all is told from the repeat by its digest.
            return LATER
        return OK

    def _is_genuine(self, address: Address, request: Request) -> bool:
        try:
            return address.receiver.is_genuine(request, address.secrets) is True
        except Exception:
            log.exception("%s: the signature could not be judged", address.path)
            return False

    def _challenge(self, address: Address, request: Request) -> str | None:
        try:
            return address.receiver.challenge(request, address.secrets)
        except Exception:
            log.exception("%s: the challenge could not be met", address.path)
            return None

    def _sender(self, scope: Scope) -> str:
        """Who calls: the peer, or whom the proxy on this machine names last (what stands before it was sent along)."""
        client = scope.get("client")
        peer = client[0] if client else ""
        if peer and not is_local(peer):
            return network_of(peer)
        named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if not named:
            return UNNAMED
        return network_of(named[-1].decode("latin-1").rpartition(",")[2])

    def _tell(self, sentence: str) -> None:
        """Log something once."""
        if sentence not in self._told:
            self._told.add(sentence)
            log.warning("%s", sentence)


def _request(scope: Scope, body: bytes) -> Request:
    """Raises ValueError for a query that no network sends."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        # Repeated ones are one list (RFC 9110, section 5.2).
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    query: dict[str, str] = {}
    for key, text in pairs:
        query.setdefault(key, text)
    return Request(scope["method"], scope["path"], query, headers, body)


async def _say(answer: Answer, send: Send) -> None:
    body = answer.text.encode()
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers += [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    if answer.retry_s is not None:
        headers.append((b"retry-after", str(answer.retry_s).encode()))
    if answer.close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
