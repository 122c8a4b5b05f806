"""Every live adapter against floods, bombs, lies and slow documents: bounded time, bounded memory, one plain sentence."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import feed_process
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.feeds import Feeds
from smdash.platforms.mastodon import Mastodon
from smdash.sync.service import AT_ONCE

from .faulty import FAULTS, serve
from .hostile import BOMBS, DOCUMENTS, ERRORS
from .test_faults import CALLS, DEADLINE, NOW, judge, pull_of, refused

URL = "https://kopi.example"


@pytest.mark.parametrize("behaviour", ERRORS)
async def test_it_ends_in_time_and_in_one_sentence(behaviour: str) -> None:
    async with serve(ERRORS[behaviour]) as server:
        errors = []
        for first in range(0, len(CALLS), AT_ONCE):
            begun = time.monotonic()
            calls = CALLS[first : first + AT_ONCE]
            errors += await asyncio.gather(*(refused(platform, job, server.url) for platform, job in calls))
            # As many as the service makes at once share the loop: eight long documents are read one after the other.
            assert time.monotonic() - begun < DEADLINE + 2
        for error in errors:
            judge(error)
            assert f"127.0.0.1:{server.port}" in str(error)


def test_behaviours_are_many() -> None:
    assert not set(FAULTS) & set(ERRORS)
    assert len(FAULTS) + len(ERRORS) + len(DOCUMENTS) + len(BOMBS) >= 140


_CHILD = """
import asyncio, json, resource, sys
from smdash.core.errors import PlatformError
from smdash.platforms.client import Client
from smdash.sync.service import AT_ONCE
from tests.contract.test_faults import ADAPTERS, pull_of

CALLS = [(one, one.jobs[0].key) for one in ADAPTERS]

def peak():
    # VmHWM, because ru_maxrss begins with what the parent had.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

async def main():
    async with Client(deadline_s=0.5) as client:
        async def call(platform, job, url):
            try:
                await platform.load().pull(pull_of(job, url), client)
            except PlatformError:
                return
            raise AssertionError(url)
        urls = json.loads(sys.argv[1])
        await asyncio.gather(*(call(*one, "http://127.0.0.1:9") for one in CALLS))
        before = peak()
        for url in urls:
            for first in range(0, len(CALLS), AT_ONCE):
                await asyncio.gather(*(call(*one, url) for one in CALLS[first : first + AT_ONCE]))
        print(peak() - before)
asyncio.run(main())
"""
_HUGE = [
    name for name in (*FAULTS, *ERRORS) if any(word in name for word in ("without end", "bomb", "endless", "parts", "thousand"))
]  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
async def test_memory_stays_small_for_whatever_is_sent() -> None:
    """As many calls at once as the service makes, of up to 5 MiB each, in a process of their own; measured were 52 to 61 MB."""
    assert len(_HUGE) >= 14
    async with AsyncExitStack() as stack:
        handlers = FAULTS | ERRORS
        urls = [(await stack.enter_async_context(serve(handlers[name]))).url for name in _HUGE]
        command = [sys.executable, "-c", _CHILD, json.dumps(urls)]
        ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 120_000, f"{ran.stdout} kB"


async def _read(body: bytes) -> Pulled:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    async with Client(transport=transport) as client:
        credentials = Credentials("feeds", "1", f"{URL}/feed.xml")
        return await Feeds().pull(Pull("feed", credentials, '{"asked": "x"}', NOW, owner_typed=False), client)


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_that_is_slow_to_read_is_given_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_process, "LONGEST_S", 1.0)
    begun = time.monotonic()
    with pytest.raises(PlatformError) as caught:
        await _read(DOCUMENTS[name])
    assert time.monotonic() - begun < 4
    assert str(caught.value) == f"the feed at {URL}/feed.xml takes too much time or memory to read"


async def test_a_reader_that_is_not_wanted_any_more_is_ended() -> None:
    reading = asyncio.create_task(_read(DOCUMENTS["nested tags"]))
    await asyncio.sleep(0.5)
    begun = time.monotonic()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("name", BOMBS)
async def test_an_entity_bomb_reads_no_file_and_fills_no_memory(name: str) -> None:
    found = await _read(BOMBS[name])
    (item,) = found.items or [None]
    if item is not None:
        assert len(item.title) <= 500 and len(item.body) <= 65_536
        assert "root:" not in item.title
    if found.notice:
        assert found.notice.isprintable()


async def test_a_reader_of_another_process_answers_as_this_one_does() -> None:
    item = (
        b"<item><title>satu &lt;b&gt;</title><pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate><guid>%d</guid></item>"
    )
    small = b'<rss version="2.0"><channel><title>x</title>' + item % 1 + b"</channel></rss>"
    apart = await _read(small.replace(b"<channel>", b"<channel><!--" + b"x" * 70_000 + b"-->"))
    here = await _read(small)
    assert (apart.items, apart.title, apart.notice) == (here.items, here.title, here.notice) and here.items
    with pytest.raises(PlatformError) as caught:
        await _read(b"<opml>" + b" " * 70_000 + b"</opml>")
    assert caught.value.kind is ErrorKind.REJECTED and "OPML" in str(caught.value)


# Lists: pages that never end, repeat, lead elsewhere


def _status(number: object, created_at: object = "2026-11-23T08:00:00Z") -> dict[str, object]:
    status = {"id": number, "created_at": created_at, "account": {"id": "9", "acct": "rina"}, "content": "<p>a</p>"}
    return {"id": number, "type": "mention", "created_at": created_at, "status": status}


async def _walk(answer: httpx.Response | list[httpx.Response], cursor: str | None) -> list[Pulled]:
    """As the service does: call for as long as there is more, at most 70 times."""
    asked: list[httpx.URL] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        assert request.url.host == "kopi.example"
        found = answer if isinstance(answer, httpx.Response) else answer[min(len(asked), len(answer)) - 1]
        return httpx.Response(found.status_code, content=found.content, headers=found.headers)

    pulls: list[Pulled] = []
    async with Client(transport=httpx.MockTransport(handle)) as client:
        for _turn in range(70):
            pulls.append(await Mastodon().pull(pull_of("notifications", URL, cursor), client))
            cursor = pulls[-1].cursor
            if not pulls[-1].more:
                return pulls
    pytest.fail("the list never ended")


_LINKS = {
    "another host": '<https://evil.example/x?max_id=7>; rel="next", <https://evil.example/?min_id=99>; rel="prev"',
    "javascript": '<javascript:alert(1)?max_id=7>; rel="next"',
    "itself": f'<{URL}/api/v1/notifications?max_id=50>; rel="next"',
    "10,000 links": ", ".join(f'<{URL}/?max_id={number}>; rel="next"' for number in range(10_000)),
    "no query": f'<{URL}/>; rel="next"',
    "a broken address": '<http://[oops/?max_id=1>; rel="next"',
    "unclosed": "<" * 10_000 + 'rel="next"',
    "quotes": '; rel="next" ' * 10_000,
}


@pytest.mark.parametrize("link", _LINKS)
@pytest.mark.parametrize("cursor", ['{"me": "1"}', '{"me": "1", "mark": "5"}'])
async def test_hostile_links_lead_nowhere_and_end(link: str, cursor: str) -> None:
    for items in ([], [_status(str(number)) for number in range(90, 60, -1)]):
        begun = time.monotonic()
        await _walk(httpx.Response(200, json=items, headers={"Link": _LINKS[link]}), cursor)
        assert time.monotonic() - begun < 3


async def test_odd_values_are_skipped_and_counted_and_good_ones_kept() -> None:
    odd = b"".join(
        json.dumps(_status(number, moment)).encode() + b","
        for number, moment in (
            (None, "2026-11-23T08:00:00Z"), ("", "2026-11-23T08:00:00Z"), ({"a": 1}, "2026-11-23T08:00:00Z"),
            ("x" * 10_000, "2026-11-23T08:00:00Z"), ("a\x1b[31m", "2026-11-23T08:00:00Z"), ("\ud800", "2026-11-23T08:00:00Z"),
            ("20", "0000-01-01T00:00:00Z"), ("21", "0001-01-01T00:00:00+14:00"), ("22", "9999-12-31T23:59:59-14:00"),
            ("23", "2026-11-23T08:00:00+99:99"), ("24", 1e308), ("25", None), ("26", "NaN"),
        )
    )  # fmt: skip
    good = json.dumps(_status("30")).encode()
    body = b"[" + odd + b'{"id": NaN}, {"id": 1e999999}, {"id": "1", "id": "2"}, ' + good + b"]"
    (found,) = await _walk(httpx.Response(200, content=body), '{"me": "1", "mark": "5"}')
    kept = {one.remote_id for one in found.mentions}
    assert "30" in kept and not kept & {"20", "21", "22", "23", "24", "25", "26"}
    assert found.notice is not None and "skipped" in found.notice and found.notice.isprintable()
    json.dumps(found.cursor).encode()


async def test_a_flood_on_one_page_is_refused_and_nothing_of_it_is_passed_over() -> None:
    items = [_status(str(number)) for number in range(20_000, 0, -1)]
    begun = time.monotonic()
    with pytest.raises(PlatformError, match="20000 items on one page"):
        await _walk(httpx.Response(200, json=items), '{"me": "1", "mark": "5"}')
    assert time.monotonic() - begun < 2


async def test_a_quota_that_resets_never_is_bounded() -> None:
    for words in ("1e12", "-1", "NaN", "inf", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9" * 400):
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": words}
        (found,) = await _walk(httpx.Response(200, json=[], headers=headers), '{"me": "1", "mark": "5"}')
        assert found.not_before is None or NOW <= found.not_before <= NOW + timedelta(hours=24), words
