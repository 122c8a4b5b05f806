"""Connecting by a network's consent page: showing the address, taking the code, asking whether a person said yes."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from smdash.cli import account_ask as asking
from smdash.cli import output
from smdash.cli.account_draft import TOKEN, Draft, Entered
from smdash.cli.desk import Desk
from smdash.core.errors import ErrorKind, InputError, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.base import MemoryVault
from smdash.platforms.connect import Attempt, CodeFlow, DeviceFlow, Grant, Opened, Waiting, read_pasted

if TYPE_CHECKING:
    from smdash.platforms.connect import Connector

# By so much longer a network that is asked too often wants to be left alone (RFC 8628 section 3.5).
SLOWER_S = 5.0
LONGEST = timedelta(minutes=30)


def by_code(desk: Desk, draft: Draft, flow: CodeFlow) -> None:
    """Show the consent page, read what the owner pastes, and trade it in. Raises PlatformError, InputError."""
    attempt = Attempt()
    opened = asyncio.run(_open(desk, draft, flow, attempt))
    asking.note(_("Open this address in a browser, log in as the account's owner, and agree:"))
    output.say(f"  {opened.url}")
    if opened.shows_code:
        asking.note(_("The page then shows a code."))
    else:
        asking.note(
            _(
                "The browser then goes to an address that can't be reached; that is meant. Copy the whole address from "
                "its address bar."
            )
        )
    code = _pasted(attempt)
    take(draft, asyncio.run(_exchange(desk, draft, flow, attempt, opened, code)))


def _pasted(attempt: Attempt) -> str:
    if asking.is_terminal():
        return asking.ask(_("the code, or the address"), lambda text: read_pasted(text, attempt.state))
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line.strip():
        raise InputError(_("the code, or the address, was expected on standard input"))
    return read_pasted(line, attempt.state)


async def _open(desk: Desk, draft: Draft, flow: CodeFlow, attempt: Attempt) -> Opened:
    from smdash.platforms.client import Client

    async with Client() as client:
        return await flow.authorize_url(draft.credentials(MemoryVault()), attempt, client, desk.clock.now())


async def _exchange(desk: Desk, draft: Draft, flow: CodeFlow, attempt: Attempt, opened: Opened, code: str) -> Grant:
    from smdash.platforms.client import Client

    async with Client() as client:
        credentials = draft.credentials(MemoryVault())
        return await flow.exchange(credentials, attempt, opened, code, client, desk.clock.now())


def by_device(desk: Desk, draft: Draft, flow: DeviceFlow) -> None:
    """Show a code that is typed elsewhere, and wait until that happened. Raises PlatformError."""
    take(draft, asyncio.run(_wait(desk, draft, flow)))


async def _wait(desk: Desk, draft: Draft, flow: DeviceFlow) -> Grant:
    from smdash.platforms.client import Client

    credentials = draft.credentials(MemoryVault())
    async with Client() as client:
        code = await flow.device_start(credentials, client, desk.clock.now())
        asking.note(_("Open this address on any device, log in as the account's owner, and type the code:"))
        output.say(f"  {code.complete_url or code.url}")
        output.say(f"  {code.user_code}")
        sys.stdout.flush()
        asking.note(_("waiting for the network; ^C leaves it"))
        interval = max(code.interval_s, 1.0)
        until = min(code.expires_at, desk.clock.now() + LONGEST)
        while desk.clock.now() < until:
            await asyncio.sleep(interval)
            try:
                found = await flow.device_poll(credentials, code, client, desk.clock.now())
            except PlatformError as problem:
                if problem.kind not in (ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE):
                    raise
                interval += SLOWER_S
                continue
            if isinstance(found, Grant):
                return found
            if isinstance(found, Waiting) and found.slower:
                interval += SLOWER_S
    raise InputError(_("nobody agreed in time; begin again"))


def take(draft: Draft, grant: Grant) -> None:
    """Put what the network gave into the draft; what the owner typed goes before."""
    draft.session = grant.session
    draft.secrets.pop(TOKEN, None)
    if grant.token:
        draft.secrets[TOKEN] = Entered(grant.token)
    draft.options = {**grant.options, **draft.options}
    for key, text in grant.secrets.items():
        draft.secrets.setdefault(key, Entered(text))


def run(desk: Desk, draft: Draft, connector: Connector, *, device: bool) -> None:
    """The asked-for way, else the one that there is. Raises InputError where the network has not that way."""
    if draft.unread:
        raise InputError(_("{place} can't be read here, and the network asks for it").format(place=draft.unread[0]))
    if device and isinstance(connector, DeviceFlow):
        by_device(desk, draft, connector)
    elif not device and isinstance(connector, CodeFlow):
        by_code(desk, draft, connector)
    else:
        way = "--consent" if device else "--device"
        raise InputError(_("{network} has only {option}").format(network=draft.platform.title, option=way))
