"""Every inbox over the registry: restarts anywhere, pages of any size, a token that dies and a quota that ends midway."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import instagram_messages
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.registry import find

from .inboxes import ELSEWHERE, INBOXES, Inbox, afresh
from .test_faults import ADAPTERS, judge

KEYS = [pytest.param(*key, id="-".join(key)) for key in INBOXES]
MOST = 400


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instagram_messages, "PACE_S", 0)


class Line(httpx.AsyncBaseTransport):
    """The way to a network, on which *answer* may be said in its place."""

    def __init__(self, inner: httpx.MockTransport) -> None:
        self._inner = inner
        self.answer: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        return self.answer(request) or await self._inner.handle_async_request(request)


class Walk:
    """What a service keeps of one job: the cursor. Everything else is made anew for each call."""

    def __init__(self, network: str, job: str, inbox: Inbox) -> None:
        self.network, self.job, self.inbox = network, job, inbox
        self.line = Line(inbox.transport())
        self.cursor: str | None = None
        self.seen: list[str] = []
        self.told: list[str] = []
        self.now = inbox.begun

    async def ask(self, account: Credentials | None = None) -> Pulled:
        load = find(self.network).load
        assert load is not None
        async with Client(transport=self.line) as client:
            pull = Pull(self.job, account or self.inbox.credentials, self.cursor, self.now)
            return await load().pull(pull, client)

    def keep(self, pulled: Pulled) -> bool:
        """Write a call down; whether there is more."""
        self.seen += [one.remote_id for one in pulled.mentions]
        self.cursor = pulled.cursor
        self.told += [pulled.notice] if pulled.notice else []
        return pulled.more

    async def to_the_end(self) -> None:
        for _turn in range(MOST):
            if not self.keep(await self.ask()):
                return
        pytest.fail("it never ended")

    async def rounds(self, wanted: set[str]) -> None:
        """As many rounds as a service needs in an hour: some lists are read a few pages at a time."""
        for _round in range(60):
            await self.to_the_end()
            if wanted <= set(self.seen) or self.told:
                return
            self.now += timedelta(minutes=1)

    async def begin(self, count: int) -> set[str]:
        """The first sync, and so many things that come in after it."""
        await self.to_the_end()
        self.seen.clear()
        self.now = self.inbox.later
        return self.inbox.fill(count)


def test_no_inbox_is_left_out() -> None:
    """A new adapter's jobs need a maker in ``inboxes``, or a word on where else they are walked."""
    wanted = {(one.name, job.key) for one in ADAPTERS if one.abilities.inbox for job in one.jobs}
    assert wanted == set(INBOXES) | ELSEWHERE and not set(INBOXES) & ELSEWHERE


@pytest.mark.parametrize(("network", "job"), KEYS)
@pytest.mark.parametrize("most", [3, 50])
async def test_restarts_between_any_two_pages_lose_nothing(network: str, job: str, most: int) -> None:
    inbox = INBOXES[network, job]()
    inbox.size(most)
    walk, dice = Walk(network, job, inbox), random.Random(most)
    wanted = await walk.begin(130)
    for turn in range(MOST):
        pulled = await walk.ask(afresh(inbox) if network != "bluesky" and turn % 3 == 0 else None)
        if dice.random() < 0.4:
            continue  # it died before this was written down, and begins where it was
        if not walk.keep(pulled):
            break
    else:
        pytest.fail("it never ended")
    await walk.rounds(wanted)
    # What is looked at again, because it may have been edited, comes twice: the store knows it by its id. A list may
    # end before all was read, where it says so.
    assert set(walk.seen) == wanted or (set(walk.seen) < wanted and any("left out" in one for one in walk.told))


@pytest.mark.parametrize(("network", "job"), KEYS)
async def test_each_thing_comes_once_on_a_quiet_day(network: str, job: str) -> None:
    walk = Walk(network, job, INBOXES[network, job]())
    wanted = await walk.begin(130)
    await walk.to_the_end()
    assert sorted(walk.seen) == sorted(wanted)


def _token_died(_request: httpx.Request) -> httpx.Response:
    error = {"message": "token has expired", "type": "OAuthException", "code": 190}
    return httpx.Response(401, json={"error": error, "ok": False, "error_code": 401, "description": "Unauthorized"})


def _quota_ended(_request: httpx.Request) -> httpx.Response:
    error = {"message": "too many calls", "type": "OAuthException", "code": 4}
    said = {"error": error, "ok": False, "error_code": 429, "description": "Too Many Requests"}
    return httpx.Response(429, json=said, headers={"Retry-After": "60"})


ENDS = {
    "token": (_token_died, {ErrorKind.AUTH}),
    "quota": (_quota_ended, {ErrorKind.RATE, ErrorKind.QUOTA}),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("network", "job"), KEYS)
async def test_what_ends_in_the_middle_is_said_and_the_walk_goes_on_later(network: str, job: str, end: str) -> None:
    answer, kinds = ENDS[end]
    inbox = INBOXES[network, job]()
    inbox.size(7)
    walk = Walk(network, job, inbox)
    wanted = await walk.begin(60)
    met = 0
    for turn in range(MOST):
        # At every third call, from its first request or from its second one.
        begun, first = walk.line.calls, turn % 2
        if turn % 3 == 1:
            walk.line.answer = lambda request, begun=begun, first=first: (  # type: ignore[misc]
                answer(request) if walk.line.calls > begun + first else None
            )
        try:
            pulled = await walk.ask()
        except PlatformError as error:
            met += 1
            wait, error.retry_at = error.retry_at, None
            judge(error)
            assert wait is None or inbox.later <= wait <= inbox.later + timedelta(hours=24)
            assert error.kind in kinds, error
            assert end == "quota" or error.needs_person
            continue
        finally:
            walk.line.answer = lambda _request: None
        if not walk.keep(pulled) and met:
            break
    else:
        pytest.fail("it never ended")
    await walk.rounds(wanted)
    assert set(walk.seen) == wanted
