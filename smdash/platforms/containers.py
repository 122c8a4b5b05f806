"""Containers of Instagram and Threads: what a post is prepared in, and by which it goes out once.

A container is made, worked on by the network, and published; it can be published once, and for a day the network says
whether it was. So its id is what keeps a post from going out twice: it is kept in the account's vault, by the key of
the delivery, before anything is published.
https://developers.facebook.com/docs/instagram-platform/content-publishing and /docs/threads/troubleshooting
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import vault_parts
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Credentials
from smdash.platforms.items import text_of
from smdash.platforms.meta_errors import Meanings
from smdash.platforms.meta_graph import Graph, at, identifier
from smdash.platforms.outgoing import Outgoing
from smdash.platforms.problems import problem, quote

Sleep = Callable[[float], Awaitable[object]]
# Seconds between looks whether a container is ready: a picture takes seconds; five minutes in all, as Meta asks.
PAUSES = (2, 3, 5, 10, 20, 30, 50, 60, 60, 60)
# However slow its answers are, the network gets half as much again.
_LONGEST_S = 1.5 * sum(PAUSES)
# The network forgets a container after a day; another one is for clocks.
KEPT = timedelta(days=2)
_MOST = 200
_TROUBLES = 3
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER})
_SUBCODE = re.compile(r"(?<!\d)2207\d{3}(?!\d)")


class State(StrEnum):
    """What the network says of a container. ``UNKNOWN`` is a word that is not documented."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    UNKNOWN = ""


_STATES = {one.value: one for one in State}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a network tells it: the field of the state, the one that says more, and what its subcodes mean."""

    state: str
    more: str
    meanings: Meanings


@dataclass(frozen=True, slots=True)
class Container:
    """One that was made for a delivery: its id, and what went into it (``digest_of``)."""

    id: str
    digest: str


def digest_of(out: Outgoing) -> str:
    """Of what a container holds, so that one of another text is not published for this one."""
    about = out.addressee.remote_id if out.addressee else out.above.remote_id if out.above else ""
    parts = "\0".join((out.text, about, *(part for one in out.media for part in (one.digest, one.alt))))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:32]


def kept(out: Outgoing) -> Container | None:
    """The container that an earlier try of this delivery made. Raises PlatformError (auth)."""
    found = _all(out.credentials).get(out.key)
    if not isinstance(found, dict) or (container := identifier(found.get("id"))) is None:
        return None
    return Container(container, text_of(found.get("digest")))


async def keep(out: Outgoing, container_id: str) -> None:
    """Remember the container of this delivery, and forget old ones. Raises PlatformError (auth)."""
    async with vault_parts.changing(out.credentials.vault):
        known = {
            key: one
            for key, one in _all(out.credentials).items()
            if isinstance(one, dict) and (made := iso_date(one.get("at"))) is not None and out.now - made < KEPT
        }
        known.pop(out.key, None)
        known[out.key] = {"id": container_id, "digest": digest_of(out), "at": encode(out.now)}
        newest = list(known.items())[-_MOST:]
        vault_parts.change(out.credentials.vault, containers=dict(newest))


def _all(credentials: Credentials) -> dict[str, Any]:
    found = vault_parts.read(credentials.vault).get("containers")
    return found if isinstance(found, dict) else {}


async def state_of(graph: Graph, container_id: str, asked: Asked) -> tuple[State, str]:
    """What the network says of a container, with its own words for what went wrong. Raises PlatformError."""
    found = await graph.get(at(container_id), {"fields": f"{asked.state},{asked.more}"})
    state = _STATES.get(text_of(found.get(asked.state)), State.UNKNOWN)
    return state, quote(text_of(found.get(asked.more)))


async def until_ready(graph: Graph, container_id: str, asked: Asked, sleep: Sleep) -> State:
    """Wait until the network is done with it: ``FINISHED``, or ``PUBLISHED`` already. *sleep* takes seconds.

    Raises PlatformError: rejected where the network could not use the files, server where it is not done in time.
    """
    pauses, troubles = iter(PAUSES), 0
    try:
        async with asyncio.timeout(_LONGEST_S):
            while True:
                try:
                    state, more = await state_of(graph, container_id, asked)
                except PlatformError as error:
                    troubles += 1
                    if error.kind not in _PASSING or troubles > _TROUBLES:
                        raise
                else:
                    if state in (State.FINISHED, State.PUBLISHED):
                        return state
                    if state in (State.ERROR, State.EXPIRED):
                        raise _failed(graph, more or state.value, asked.meanings)
                pause = next(pauses, None)
                if pause is None:
                    break
                await sleep(pause)
    except TimeoutError:
        pass
    sentence = _("the network is still not done with the files after {minutes} minutes")
    raise problem(ErrorKind.SERVER, sentence.format(minutes=sum(PAUSES) // 60))


def _failed(graph: Graph, said: str, meanings: Meanings) -> PlatformError:
    """Why a container came to nothing, by the subcode that Instagram writes into its words; nothing was published."""
    code = _SUBCODE.search(said)
    known = meanings.get((None, int(code[0]))) if code is not None else None
    if known is None:
        sentence = _("the network could not make a post of the files: {said}").format(said=said)
        return problem(ErrorKind.REJECTED, sentence, arrived=False)
    sentence = _("{sentence}: {said}").format(sentence=_(known.sentence).format(host=graph.host), said=said)
    return problem(known.kind, sentence, arrived=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many posts an account made within ``seconds``, and how many it may."""

    used: int
    total: int
    seconds: int

    def refuse_when_full(self, now: datetime) -> None:
        """Raise PlatformError (quota, not arrived) where there is none left; the window slides, so later may do."""
        if self.used >= self.total:
            hours = max(1, round(self.seconds / 3600))
            sentence = _("this account made {used} posts within {hours} hours, and the network takes {total}")
            message = sentence.format(used=self.used, hours=hours, total=self.total)
            raise problem(ErrorKind.QUOTA, message, retry_at=now + timedelta(minutes=15), arrived=False)


def limit_of(found: dict[str, Any], usage: str, config: str) -> Limit | None:
    """The limit in an answer, by the names of its two fields; nothing where it does not tell."""
    items = found.get("data")
    one = items[0] if isinstance(items, list) and items else None
    rules = one.get(config) if isinstance(one, dict) else None
    if not isinstance(one, dict) or not isinstance(rules, dict):
        return None
    numbers = [one.get(usage), rules.get("quota_total"), rules.get("quota_duration", 86_400)]
    whole = [value for value in numbers if isinstance(value, int) and not isinstance(value, bool) and value >= 0]
    return Limit(*whole) if len(whole) == 3 and whole[1] and whole[2] else None
