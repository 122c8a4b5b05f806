"""Which addresses may be called, and connecting to exactly the address that was checked.

A name is resolved once, here, and the socket goes to one of the addresses that passed; TLS still verifies the
name. So a name that answers a public address to the check and a private one to the connection gains nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
import httpx

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.problems import problem

URL_LIMIT = 8_000
CONNECT_S = 10.0
_HOST = re.compile(rb"[a-z0-9._\-]{1,255}|[0-9a-f:.]{2,45}", re.IGNORECASE)
# Port 0 means "any" to the system and is never a server.
_PORTS = range(1, 65_536)
_DEFAULT_PORTS = {"http": 80, "https": 443}

Resolver = Callable[[str, int], Awaitable[list[str]]]
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

# Prefixes that carry an IPv4 address inside, and the bit at which it starts; is_global passes most of them.
_CARRIERS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 96),
    (IPv6Network("::ffff:0:0:0/96"), 96),
    (IPv6Network("::/96"), 96),
    (IPv6Network("2002::/16"), 16),
)
# NAT64 leads wherever the local gateway decides, Teredo and ORCHID nowhere useful, site-local is private.
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2001:10::/28",
        "2001:20::/28",
        "fec0::/10",
        "192.88.99.0/24",
        "192.0.0.0/24",
        "100.64.0.0/10",
        "198.18.0.0/15",
    )
)


def is_public(text: str) -> bool:
    """Whether this IP address belongs to the open internet and leads nowhere else."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if any(address.version == network.version and address in network for network in _REFUSED):
        return False
    if isinstance(address, IPv6Address):
        return all(is_public(str(inner)) for inner in _carried(address))
    return True


def _carried(address: IPv6Address) -> Iterable[IPv4Address]:
    for network, start in _CARRIERS:
        if address in network:
            yield IPv4Address(int(address) >> (96 - start) & 0xFFFFFFFF)


def is_callable_by_owner(text: str) -> bool:
    """Whether an address that the owner typed may be called: private ones too, but no group or void address."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified or text == "255.255.255.255")


def is_near(text: str) -> bool:
    """Whether an address belongs to this machine or a private network, where no stranger carries what is sent."""
    return is_callable_by_owner(text) and not is_public(text)


def is_private_host(host: str) -> bool:
    """Whether *host* leads only to addresses outside the open internet; asks the system, so it may block.

    A name that is not known now is not private.
    """
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False
    return not any(map(is_public, found))


def host_of(url: httpx.URL) -> str:
    """Host and port as a sentence names them, in ASCII, the usual ports left out."""
    host = url.raw_host.decode("ascii", "replace")
    if ":" in host:
        host = f"[{host}]"
    return host if url.port is None else f"{host}:{url.port}"


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port, which together decide who is spoken to."""
    return url.scheme, url.raw_host.decode("ascii", "replace").lower(), url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def same_owner(before: httpx.URL, after: httpx.URL) -> bool:
    """Whether a redirect stays where it was, or only turns the same host's usual port to TLS."""
    old, new = origin_of(before), origin_of(after)
    return old == new or (old[1] == new[1] and old[0::2] == ("http", 80) and new[0::2] == ("https", 443))


def parse_url(text: str, *, base: httpx.URL | None = None) -> httpx.URL:
    """Read an http(s) address, relative to *base* if given. Raises PlatformError (rejected) for any other."""
    shown = text.split("?")[0][:120]
    try:
        url = httpx.URL(text) if base is None else base.join(text)
        url = url.copy_with(fragment=None)
        fits = url.scheme in _DEFAULT_PORTS and bool(url.raw_host) and len(str(url)) <= URL_LIMIT
        fits = fits and (url.port is None or url.port in _PORTS) and _HOST.fullmatch(url.raw_host) is not None
    except (httpx.InvalidURL, ValueError, TypeError):
        fits = False
    if not fits:
        raise problem(
            ErrorKind.REJECTED,
            _("“{url}” is not an address that can be fetched; expected one such as https://kopi.example").format(
                url=shown
            ),
        )
    if url.userinfo:
        raise problem(
            ErrorKind.REJECTED,
            _("the address at {host} carries a user name or password; leave that part out").format(host=host_of(url)),
        )
    return url


class AddressRefused(httpcore.ConnectError):
    """The name leads only to addresses that may not be called."""


async def system_resolver(host: str, port: int) -> list[str]:
    """All addresses that the system knows for *host*, in its order of preference. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets only to addresses that passed *allowed*, each name resolved once per connection."""

    def __init__(self, allowed: Callable[[str], bool], resolver: Resolver) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the base class names it so
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first allowed address that answers. Raises httpcore.ConnectError."""
        try:
            found = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        allowed = [address for address in found if self._allowed(address)]
        if not allowed:
            raise AddressRefused(host)
        # A dead first address must not eat the time of the ones behind it.
        share = CONNECT_S if len(allowed) == 1 else max(CONNECT_S / len(allowed), 2.0)
        if timeout is not None:
            share = min(share, timeout)
        last: Exception | None = None
        for address in allowed:
            try:
                return await self._inner.connect_tcp(
                    address, port, share, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or AddressRefused(host)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused(path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
