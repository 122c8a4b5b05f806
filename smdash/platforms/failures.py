"""httpx, httpcore, TLS and OS errors, translated into one sentence that names the host.

Texts of httpx are never quoted and causes are dropped: both may carry headers, and so a token.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpcore
import httpx

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms.addresses import AddressRefused, host_of
from smdash.platforms.decoding import BadEncoding, TooLarge
from smdash.platforms.problems import problem, quote

MEBIBYTE = 1024 * 1024

FAILURES: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    OSError,
    ValueError,
    TooLarge,
    BadEncoding,
)
_REASONS = {
    errno.ECONNREFUSED: noop("connection refused"),
    errno.ECONNRESET: noop("the connection was closed"),
    errno.EPIPE: noop("the connection was closed"),
    errno.EHOSTUNREACH: noop("there is no way to it"),
    errno.ENETUNREACH: noop("there is no way to it"),
    errno.EACCES: noop("this machine forbids it"),
    errno.EPERM: noop("this machine forbids it"),
    errno.ETIMEDOUT: noop("it does not answer"),
}


# What fails before the first byte of a request is on its way. Not InvalidURL: httpx raises it for the address that an
# answer redirects to, whether it is followed or not.
_BEFORE: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.LocalProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    AddressRefused,
)


class Progress:
    """How far a request came: whether a byte of it may have left (httpcore's trace extension)."""

    def __init__(self) -> None:
        self._seen = False
        self._sending = False

    async def note(self, event: str, _info: object) -> None:
        """What httpcore calls at each step, "connection.connect_tcp.started" and the like."""
        self._seen = True
        self._sending = self._sending or event.endswith(
            (".send_request_headers.started", ".send_connection_init.started")
        )

    def nothing_left(self) -> bool:
        """Whether surely nothing was sent; a transport that tells nothing is believed nothing."""
        return self._seen and not self._sending


def translate(error: Exception, url: httpx.URL, max_bytes: int) -> PlatformError:
    """What *error* means to a person who asked *url* with a body limit of *max_bytes*."""
    found = _translate(error, url, max_bytes)
    found.reason = _word(error)
    found.arrived = not isinstance(error, _BEFORE)
    return found


def _translate(error: Exception, url: httpx.URL, max_bytes: int) -> PlatformError:
    host = host_of(url)
    if isinstance(error, TooLarge):
        size = f"{max_bytes / MEBIBYTE:.3g}"
        return problem(
            ErrorKind.SERVER, _("{host} sent more than {size} MiB; that is too much").format(host=host, size=size)
        )
    if isinstance(error, BadEncoding):
        return problem(ErrorKind.SERVER, _("{host} sent a body that can't be decompressed").format(host=host))
    chain = list(_chain(error))
    if is_refusal(error):
        sentence = _(
            "{host} is an address inside a private network, where only the service's owner may lead; "
            "list it under private_hosts in sync.toml if that is meant"
        )
        return problem(ErrorKind.REJECTED, sentence.format(host=host))
    reason = _reason(chain)
    if reason is not None:
        return problem(ErrorKind.NETWORK, _("could not reach {host}: {reason}").format(host=host, reason=reason))
    if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
        return problem(ErrorKind.NETWORK, _("could not reach {host}: it does not answer").format(host=host))
    if isinstance(error, httpcore.RemoteProtocolError | httpx.RemoteProtocolError):
        return problem(ErrorKind.NETWORK, _("{host} broke off or did not answer in HTTP").format(host=host))
    if isinstance(error, httpcore.NetworkError | httpx.NetworkError):
        return problem(ErrorKind.NETWORK, _("{host} closed the connection in the middle").format(host=host))
    if isinstance(error, ValueError | httpcore.LocalProtocolError | httpx.LocalProtocolError | httpx.InvalidURL):
        return problem(
            ErrorKind.REJECTED, _("the request to {host} holds characters that can't be sent").format(host=host)
        )
    return problem(ErrorKind.NETWORK, _("the call to {host} failed").format(host=host))


def _word(error: Exception) -> str:
    """Of ``PlatformError.reason``, what *error* is."""
    if is_refusal(error):
        return "private"
    for link in _chain(error):
        if isinstance(link, ssl.SSLError) and not isinstance(link, ssl.SSLEOFError):
            return "tls"
        # A resolver that is away for now knows no name at all.
        if isinstance(link, socket.gaierror):
            return "name" if link.errno in (socket.EAI_NONAME, socket.EAI_NODATA) else ""
        if isinstance(link, OSError) and link.errno == errno.ECONNREFUSED:
            return "refused"
    late = isinstance(error, httpcore.TimeoutException | httpx.TimeoutException)
    return "time" if late else ""


def is_refusal(error: Exception) -> bool:
    """Whether it was we who would not call that address."""
    return any(isinstance(link, AddressRefused) for link in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what caused it, groups included."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if link is None or link in seen:
            continue
        seen.append(link)
        yield link
        waiting.extend((link.__context__, link.__cause__))
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)


def _reason(chain: list[BaseException]) -> str | None:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return _("the certificate is not valid: {reason}").format(reason=quote(str(link.verify_message)))
        if isinstance(link, ssl.SSLEOFError):
            # Whoever hangs up, in the handshake or in an answer, may speak TLS very well.
            return _("the connection was closed")
        if isinstance(link, ssl.SSLError):
            return _("it does not speak TLS as expected")
        if isinstance(link, socket.gaierror):
            return _("its name is not known")
    for link in chain:
        if isinstance(link, OSError) and link.errno in _REASONS:
            return _(_REASONS[link.errno])
    return None
