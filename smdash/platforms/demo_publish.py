"""Publishing in the demo: what is sent goes nowhere, a moment later, and now and then something goes wrong with it.

What becomes of a delivery follows from its key, so that a look for it agrees with what was told, whoever asks when.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import demo_figures
from smdash.platforms.demo_networks import NETWORKS
from smdash.platforms.outgoing import Outgoing, Published

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# How long a pretended call takes (seconds).
CALL_S = 2.0
# Of so many calls one finds nobody, and one is taken without an answer.
ONE_IN = 20
# What comes later than this after the first try is another one.
FIRST_TRY = timedelta(seconds=5)
HOSTS = {network.key: (network.host, network.account) for network in NETWORKS if network.host}


class DemoPublisher:
    """The calls of every network of the demo."""

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Pretend to send it. Raises PlatformError now and then: at the first try alone."""
        await asyncio.sleep(CALL_S)
        dice = _dice(out.key) if out.now - out.first_at < FIRST_TRY else ONE_IN
        if dice == 0:
            raise PlatformError(ErrorKind.NETWORK, no_answer(out.credentials.platform), arrived=False)
        if dice == 1:
            raise PlatformError(ErrorKind.NETWORK, no_answer(out.credentials.platform))
        return _published(out)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """What was taken without an answer is there; nothing else is ever looked for."""
        await asyncio.sleep(CALL_S / 4)
        return _published(out)

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Nobody takes anything down."""
        return True


def no_answer(platform: str) -> str:
    """What is said when a network did not take it."""
    return _("{network} did not answer within {seconds} seconds").format(network=platform, seconds=30)


def remote_url(platform: str, remote_id: str) -> str | None:
    """Where a delivered post would be seen; the host leads nowhere."""
    host, account = HOSTS.get(platform, ("", ""))
    return f"https://{host}/{account}/{remote_id}" if host else None


def _dice(key: str) -> int:
    return int(key[:8], 16) % ONE_IN


def _published(out: Outgoing) -> Published:
    remote_id = demo_figures.post_id(out.key[:10], int(out.key[8:10], 16) % 10, out.first_at)
    return Published(remote_id, remote_url(out.credentials.platform, remote_id))
