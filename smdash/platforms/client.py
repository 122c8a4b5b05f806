"""The one HTTP client of the service, with all the limits.

Every call has a total deadline, a size limit and a redirect limit; each hop's address is checked and then
connected to as checked. Two pools keep what the service's owner typed apart from what strangers name, so that an
open connection into the private network is never reused for a stranger's address. A third one carries what is secret
without TLS, and reaches this machine and private networks only.

Proxies of the environment (HTTPS_PROXY) are not used: behind a proxy it would be the proxy that resolves names,
and the address checks would check nothing. Cookies are never kept.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from smdash import __version__
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.addresses import (
    AddressRefused,
    PinnedBackend,
    Resolver,
    host_of,
    is_callable_by_owner,
    is_near,
    is_public,
    origin_of,
    parse_url,
    same_owner,
    system_resolver,
)
from smdash.platforms.answers import Answer
from smdash.platforms.decoding import ACCEPT_ENCODING, TooLarge, read_body
from smdash.platforms.failures import FAILURES, MEBIBYTE, Progress, is_refusal, translate
from smdash.platforms.file_body import FileBody, opened
from smdash.platforms.form_body import FilePart, FormBody, form_of
from smdash.platforms.problems import problem
from smdash.platforms.redirects import PERMANENT, refuse_literal, target_of
from smdash.platforms.transport import PinnedTransport, http_client, patience, trust

DEADLINE_S = 30.0
# What even a poor line carries, 1 Mbit/s: an upload gets a second more for each so many bytes.
UPLOAD_RATE = 128 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]+")
# Headers that say nothing of who asks, and so may follow a redirect to another origin.
_HARMLESS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})

Params = Mapping[str, str | int | list[str]]
_Content = bytes | FileBody | FormBody | None


class Client:
    """Asks servers, within limits; one for the whole service. An asynchronous context manager.

    ``contact`` (an address or a page) goes into the User-Agent, so that a server's owner can write.
    ``deadline_s`` is seconds for a whole call with its redirects; ``max_bytes`` holds for the body as sent and
    as decompressed. ``private_hosts`` are names (``kopi.lan`` or ``kopi.lan:8080``) that anybody's address may
    lead to. ``transport`` and ``resolver`` stand in for the network in tests.
    """

    def __init__(
        self,
        *,
        user_agent: str | None = None,
        contact: str = "",
        deadline_s: float = DEADLINE_S,
        max_bytes: int = 5 * MEBIBYTE,
        max_redirects: int = 5,
        private_hosts: frozenset[str] = frozenset(),
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._agent = user_agent or _agent(contact)
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._max_redirects = max_redirects
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        tls = tls or (trust() if transport is None else None)
        self._owner = http_client(transport or PinnedTransport(PinnedBackend(is_callable_by_owner, resolver), tls))
        self._public = http_client(transport or PinnedTransport(PinnedBackend(is_public, resolver), tls))
        self._near = http_client(transport or PinnedTransport(PinnedBackend(is_near, resolver), tls))

    def allow(self, private_hosts: frozenset[str]) -> None:
        """Put other names in place of ``private_hosts``."""
        self._private_hosts = frozenset(host.lower() for host in private_hosts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._owner.aclose()
        await self._public.aclose()
        await self._near.aclose()

    async def get(
        self,
        url: str,
        *,
        owner_typed: bool,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        token: str | None = None,
        deadline_s: float | None = None,
        without_body: bool = False,
    ) -> Answer:
        """``request`` with GET."""
        return await self.request(
            "GET", url, owner_typed=owner_typed, headers=headers, params=params, token=token, deadline_s=deadline_s,
            without_body=without_body,
        )  # fmt: skip

    async def request(
        self,
        method: str,
        url: str,
        *,
        owner_typed: bool,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        content: bytes | None = None,
        token: str | None = None,
        deadline_s: float | None = None,
        without_body: bool = False,
    ) -> Answer:
        """Ask, follow redirects (GET and HEAD only), and read the whole answer, or *without_body* its headers.

        *owner_typed* says that the service's owner typed the address, so that it may be private. *token* is
        sent as Bearer and *headers* as given, both only to the origin of *url*. Without TLS, a token or a body
        goes to addresses outside the open internet only. Statuses are not judged here: see ``answers.check``.

        Raises PlatformError: network when nothing usable came within the deadline, server when the answer is
        too large or malformed, rejected when the address may not be called. Its ``arrived`` is false where surely
        nothing was sent.
        """
        limit = self._deadline_s if deadline_s is None else deadline_s
        bare = without_body
        return await self._within(limit, method, url, owner_typed, headers, params, content, token, bare=bare)

    async def upload(
        self,
        url: str,
        path: Path,
        media_type: str,
        *,
        owner_typed: bool,
        method: str = "POST",
        field: str | None = None,
        texts: Mapping[str, str] | None = None,
        name: str = "",
        digest: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        token: str | None = None,
        deadline_s: float | None = None,
    ) -> Answer:
        """``request`` with POST (or *method*) and the file at *path* as its body, a small piece at a time in memory.

        Without *field* the body is the file itself, of *media_type*. With it, the file is that part of a form, behind
        the *texts*; the server is told no file name but "file" and an ending. *name* is what sentences call the file,
        else its name on disk. *digest* is its SHA-256 in hexadecimal digits: another file is not sent to its end.

        *deadline_s* is seconds for all but the sending, which gets a second more for each 128 KiB (1 Mbit/s): 13
        minutes for 100 MB. A line that takes nothing for *deadline_s*, or a server that is silent for four times that
        when it has everything, ends it sooner.

        Raises PlatformError as ``request`` does, and (rejected, not arrived) when the file can't be read or is another
        one by now.
        """
        limit = self._deadline_s if deadline_s is None else deadline_s
        work = partial(opened, path, name or path.name, media_type, stall_s=limit, digest=digest)
        with await asyncio.to_thread(work) as body:
            if field is not None:
                body.in_form(field, texts or {})
            whole = limit + body.size / UPLOAD_RATE
            return await self._within(whole, method, url, owner_typed, headers, params, body, token)

    async def upload_form(
        self,
        url: str,
        files: Sequence[FilePart],
        texts: Mapping[str, str],
        *,
        owner_typed: bool,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        deadline_s: float | None = None,
    ) -> Answer:
        """``upload`` for a form that holds several *files* behind the *texts*. Raises PlatformError as that does."""
        limit = self._deadline_s if deadline_s is None else deadline_s
        with await asyncio.to_thread(partial(form_of, texts, files, stall_s=limit)) as body:
            whole = limit + body.size / UPLOAD_RATE
            return await self._within(whole, "POST", url, owner_typed, headers, None, body, token)

    async def _within(
        self,
        limit: float,
        method: str,
        url: str,
        owner_typed: bool,
        headers: Mapping[str, str] | None,
        params: Params | None,
        content: _Content,
        token: str | None,
        *,
        bare: bool = False,
    ) -> Answer:
        """See ``request``, within *limit* seconds."""
        first = parse_url(url)
        if params:
            first = first.copy_merge_params(_flat(params))
        if token is not None:
            redact.remember(token)
            if not _TOKEN.fullmatch(token):
                sentence = _("the token for {host} is empty or damaged").format(host=host_of(first))
                raise problem(ErrorKind.AUTH, sentence, arrived=False)
        progress = Progress()
        try:
            async with asyncio.timeout(limit):
                sent = dict(headers or {})
                return await self._follow(method, first, owner_typed, sent, content, token, progress, bare=bare)
        except TimeoutError:
            sentence = _("{host} did not answer within {seconds} s").format(
                host=host_of(first), seconds=f"{round(limit, 1):g}"
            )
            # The cause may hold the headers, so it isn't kept.
            found = problem(ErrorKind.NETWORK, sentence, arrived=not progress.nothing_left())
            found.reason = "time"
            raise found from None

    async def _follow(
        self,
        method: str,
        url: httpx.URL,
        owner_typed: bool,
        headers: dict[str, str],
        content: _Content,
        token: str | None,
        progress: Progress,
        *,
        bare: bool,
    ) -> Answer:
        first, permanent = url, True
        for _hop in range(self._max_redirects + 1):
            try:
                answer, target = await self._once(
                    method, url, owner_typed, headers, content, token, progress, bare=bare
                )
            except PlatformError as error:
                if url == first:
                    raise
                # The person knows the first address only.
                sentence = _("{host} redirects, and there it ends: {sentence}")
                message = sentence.format(host=host_of(first), sentence=error)
                found = problem(error.kind, message, retry_at=error.retry_at, arrived=error.arrived)
                found.reason = error.reason
                raise found from None
            if target is None:
                moved = permanent and url != first
                return Answer(
                    answer.status, answer.headers, answer.body, str(url), host_of(url), str(url) if moved else None
                )
            if method not in ("GET", "HEAD"):
                # Following would write to a place that nobody chose.
                raise problem(
                    ErrorKind.SERVER,
                    _("{host} sends the request on to {other}; set the account's address to that one").format(
                        host=host_of(url), other=host_of(target)
                    ),
                    # These two ask to send the same elsewhere; the others may come after it was done.
                    arrived=answer.status not in (307, 308),
                )
            permanent = permanent and answer.status in PERMANENT
            if token is not None and url.scheme == "https" and target.scheme == "http":
                raise problem(
                    ErrorKind.SERVER,
                    _("{host} sends the call on to an address without TLS; the token stays here").format(
                        host=host_of(url)
                    ),
                )
            if not same_owner(url, target):
                owner_typed, token = False, None
                headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
            url = target
        found = problem(
            ErrorKind.SERVER,
            _("{host} redirects more than {count} times").format(host=host_of(first), count=self._max_redirects),
        )
        found.reason = "redirects"
        raise found

    async def _once(
        self,
        method: str,
        url: httpx.URL,
        owner_typed: bool,
        headers: dict[str, str],
        content: _Content,
        token: str | None,
        progress: Progress,
        *,
        bare: bool,
    ) -> tuple[Answer, httpx.URL | None]:
        """One request; a redirect comes back with its target and without its body, as a *bare* answer does."""
        trusted = owner_typed or self._is_private_host(url)
        in_clear = url.scheme == "http" and (token is not None or content is not None)
        http = self._near if trusted and in_clear else self._owner if trusted else self._public
        # Some networks want callers to be named in a way of their own.
        sent = {"User-Agent": self._agent, **headers, "Accept-Encoding": ACCEPT_ENCODING}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        stall_s = None
        if isinstance(content, FileBody | FormBody):
            sent |= {"Content-Type": content.content_type, "Content-Length": str(content.size)}
            stall_s = content.stall_s
        handed_over = False
        try:
            refuse_literal(url, trusted)
            if in_clear and not trusted:
                raise AddressRefused(url.host)
            request = http.build_request(
                method,
                url,
                headers=sent,
                content=content,
                timeout=patience(stall_s),
                extensions={"trace": progress.note},
            )
            handed_over = True
            response = await http.send(request, stream=True, follow_redirects=False)
            try:
                target = target_of(response, url)
                body = b"" if bare or target is not None else await self._read(response)
            finally:
                await response.aclose()
        except PlatformError:
            raise
        except FAILURES as error:
            if in_clear and is_refusal(error):
                sentence = _(
                    "{host} was not asked: without TLS anybody on the way could read the token; "
                    "give the account the server's https address"
                )
                raise problem(ErrorKind.REJECTED, sentence.format(host=host_of(url)), arrived=False) from None
            found = translate(error, url, self._max_bytes)
            found.arrived = found.arrived and handed_over and not progress.nothing_left()
            raise found from None
        return Answer(response.status_code, response.headers, body, str(url), host_of(url)), target

    async def _read(self, response: httpx.Response) -> bytes:
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:19]) > self._max_bytes:
            raise TooLarge
        encoding = response.headers.get("content-encoding", "")
        # The bare stream: httpx' own iterators refuse an answer that a test made whole.
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 for the type checker
        return await read_body(response.stream, encoding, self._max_bytes)

    def _is_private_host(self, url: httpx.URL) -> bool:
        _scheme, host, port = origin_of(url)
        return host in self._private_hosts or f"{host}:{port}" in self._private_hosts


def _agent(contact: str) -> str:
    name = f"smdash/{__version__}"
    # A header takes ASCII only, and a bracket would end the remark.
    remark = re.sub(r"[^\x20-\x7e]|[()\\]", "", contact).strip()[:200]
    return f"{name} ({remark})" if remark else name


def _flat(params: Params) -> list[tuple[str, str | int | float | bool | None]]:
    pairs: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in params.items():
        pairs.extend((name, one) for one in value) if isinstance(value, list) else pairs.append((name, str(value)))
    return pairs
