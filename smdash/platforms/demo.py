"""A made-up brand's networks: the adapter behind ``smdash demo``. It never opens a connection.

All that it brings follows from the seed, the cursor and the time of the call, so two services that play the same desk
bring the same records. A first reading hands out the network's share of ``mentions`` over the last two days, page by
page; later ones bring what its slots of five seconds hold since then, and now and then the network "does not answer".

Cursors: ``fill BASE INDEX`` (reading the first share), ``ready BASE`` (read), ``live BASE SLOT``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.platforms import demo_figures, demo_search
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.demo_networks import NETWORKS, TOTAL_WEIGHT, shares
from smdash.platforms.demo_scene import Scene, mix
from smdash.platforms.demo_texts import BRAND

if TYPE_CHECKING:
    from smdash.platforms.client import Client

PAGE = 500
SLOT_S = 5
# Of all networks together, in thousandths of a record a slot: about one in eight seconds.
RATE = 600
# After a long sleep only the last quarter of an hour is caught up.
CATCH_UP_SLOTS = 180
# In one minute of this many a network is silent, for its first seconds, so that the next try goes well again.
SILENT_MINUTES = 35
SILENT_S = 25
# A newcomer sees everything work first.
CALM = timedelta(seconds=90)
MOST_MENTIONS = 10_000_000

_URL = re.compile(r"demo://seed=(\d{1,18})&mentions=(\d{1,8})")
_CURSOR = re.compile(r"(fill|ready|live) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)(?: (\d{1,12}))?")


class Play(NamedTuple):
    """What is played: the seed, and how many records the first reading brings over all networks."""

    seed: int
    mentions: int

    @property
    def url(self) -> str:
        """The address that carries these parameters."""
        return f"demo://seed={self.seed}&mentions={self.mentions}"


class _Cursor(NamedTuple):
    stage: str
    base: datetime
    number: int = 0

    def __str__(self) -> str:
        text = f"{self.stage} {encode(self.base)}"
        return text if self.stage == "ready" else f"{text} {self.number}"


class Demo:
    """The adapter."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """The brand, whatever the token. Raises PlatformError for an address that is not the demo's."""
        parse_url(credentials.url)
        return Verified(remote_id="kopi", handle="kopi.senja", name=BRAND, url=None)

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """The next page of the first share, or what happened since. Raises PlatformError."""
        play = parse_url(pull.credentials.url)
        place = _place(pull.job)
        share = shares(play.mentions)[place]
        cursor = parse_cursor(pull.cursor)
        if cursor is None:
            cursor = _Cursor("fill", decode(encode(pull.now)))
        scene = Scene(play.seed, place, share, cursor.base)
        if cursor.stage == "fill":
            end = min(cursor.number + PAGE, share)
            records = [scene.record(index) for index in range(cursor.number, end)]
            if end < share:
                return Pulled(records, cursor=str(cursor._replace(number=end)), more=True)
            return Pulled(records, cursor=str(_Cursor("ready", cursor.base)))
        _refuse_when_silent(play.seed, place, cursor.base, pull.now)
        return _live(scene, cursor, pull.now)

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """What is said of the brand on the network that the job names. Raises PlatformError."""
        return demo_search.search(parse_url(pull.credentials.url).seed, _place(pull.job), query, pull.cursor, pull.now)

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """What the account's network counts. Raises PlatformError for an address that is not the demo's."""
        parse_url(credentials.url)
        return demo_figures.measured(credentials.platform, remote_ids, now)


def _live(scene: Scene, cursor: _Cursor, now: datetime) -> Pulled:
    """What the slots since the cursor hold; one that is not over yet waits for the next call."""
    last = _slot(now) - 1
    begun = _slot(cursor.base) if cursor.stage == "ready" else cursor.number
    threshold = RATE * NETWORKS[scene.place].weight // TOTAL_WEIGHT
    records: list[IncomingMention] = []
    for slot in range(max(begun, last - CATCH_UP_SLOTS) + 1, last + 1):
        dice = mix(scene.seed, scene.place, slot, 71)
        if dice % 1000 < threshold:
            happened = scene.happening(slot, _slot_time(slot, dice))
            records.extend([happened] if happened else [])
    if cursor.stage == "ready":
        # Somebody writes just when the desk was opened, so that it is seen to be alive.
        records.append(scene.newcomer("hello", decode(encode(now))))
    return Pulled(records, cursor=str(_Cursor("live", cursor.base, max(begun, last))))


def _refuse_when_silent(seed: int, place: int, base: datetime, now: datetime) -> None:
    minute, second = divmod(int(now.timestamp()), 60)
    if second < SILENT_S and now - base > CALM and mix(seed, place, minute, 72) % SILENT_MINUTES == 0:
        raise PlatformError(
            ErrorKind.SERVER,
            _("{network} did not answer within {seconds} seconds").format(network=NETWORKS[place].label, seconds=30),
        )


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_S


def _slot_time(slot: int, dice: int) -> datetime:
    return datetime.fromtimestamp(slot * SLOT_S, UTC) + timedelta(milliseconds=(dice >> 12) % (SLOT_S * 1000))


def _place(job: str) -> int:
    for place, network in enumerate(NETWORKS):
        if network.key == job:
            return place
    raise PlatformError(
        ErrorKind.REJECTED,
        _("the demo has no network “{job}”; known: {known}").format(
            job=job, known=", ".join(network.key for network in NETWORKS)
        ),
    )


def parse_url(url: str) -> Play:
    """Read ``demo://seed=7&mentions=60``. Raises PlatformError for anything else."""
    match = _URL.fullmatch(url)
    if match is None or int(match[2]) > MOST_MENTIONS:
        raise PlatformError(
            ErrorKind.REJECTED,
            _("the demo's address is like demo://seed=7&mentions=60, with at most {most} mentions").format(
                most=MOST_MENTIONS
            ),
        )
    return Play(int(match[1]), int(match[2]))


def parse_cursor(text: str | None) -> _Cursor | None:
    """Read what an earlier call gave; nothing stays nothing. Raises PlatformError for anything else."""
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match and (match[1] == "ready") == (match[3] is None):
        try:
            return _Cursor(match[1], datetime.fromisoformat(match[2]), int(match[3] or 0))
        except ValueError:
            pass
    raise PlatformError(
        ErrorKind.REJECTED, _("“{cursor}” is not a cursor of the demo").format(cursor=clean(text, limit=80))
    )


def rows_so_far(play: Play, job: str, cursor: str | None) -> int:
    """How many records of its first share a network has handed out, by the cursor that is kept."""
    found = parse_cursor(cursor)
    if found is None:
        return 0
    return found.number if found.stage == "fill" else shares(play.mentions)[_place(job)]


def is_filled(cursor: str | None) -> bool:
    """Whether a network's first share is all read."""
    found = parse_cursor(cursor)
    return found is not None and found.stage != "fill"
