"""How many mistakes an address may make: a few at once, and then one a second. Pure."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

# So many may come at once, and so many a second after that.
BURST = 20.0
PER_SECOND = 1.0
# How many addresses are remembered; those that were quiet longest are forgotten first.
REMEMBERED = 10_000
# Who is given a whole IPv6 network has a great many addresses in it (RFC 4291, section 2.5.4).
_V6_PREFIX = 64


class Throttle:
    """Remembers who made mistakes of late. Times are a steady clock's seconds."""

    def __init__(self, *, burst: float = BURST, per_second: float = PER_SECOND, remembered: int = REMEMBERED) -> None:
        self._burst = burst
        self._per_second = per_second
        self._remembered = remembered
        # What is left to each, and when that was so.
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str, about: str, now: float) -> float:
        """How long (seconds) this address has to wait before it is looked at in this matter; 0 for not at all."""
        left = self._now_left((address, about), now)
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def mistake(self, address: str, about: str, now: float) -> None:
        """Note a mistake."""
        key = (address, about)
        self._left[key] = (max(self._now_left(key, now) - 1, 0.0), now)
        self._left.move_to_end(key)
        while len(self._left) > self._remembered:
            self._left.popitem(last=False)

    def _now_left(self, key: tuple[str, str], now: float) -> float:
        left, at = self._left.get(key, (self._burst, now))
        return min(left + max(now - at, 0.0) * self._per_second, self._burst)


def network_of(address: str) -> str:
    """Whom an address counts as: itself, or its network of IPv6; what is no address counts as one of its own."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _V6_PREFIX), strict=False))
    return str(found)


def is_local(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback
