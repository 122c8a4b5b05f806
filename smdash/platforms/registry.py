"""Every platform that smdash knows, in one list; third parties add theirs by entry point.

An entry point of the group ``smdash.platforms`` names a ``Platform`` (or a function that returns one). Nothing is
imported here that an adapter needs: ``Platform.load`` does so where the adapter is used.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from smdash.core.errors import InputError, Refused
from smdash.core.networks import code
from smdash.locale import gettext as _
from smdash.platforms import channels
from smdash.platforms.base import Abilities, Adapter, JobKind, Platform
from smdash.platforms.demo_networks import JOBS as DEMO_JOBS

GROUP = "smdash.platforms"
LIVE, ALLOW_LISTED, RETIRED = "live", "allow_listed", "retired"

log = logging.getLogger(__name__)


def _loader(module: str, name: str) -> Callable[[], Adapter]:
    def load() -> Adapter:
        return cast(Adapter, getattr(importlib.import_module(module), name)())

    return load


_BUILT_IN = (
    Platform(
        name="mastodon",
        title="Mastodon",
        code=code("mastodon"),
        status=LIVE,
        load=_loader("smdash.platforms.mastodon", "Mastodon"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True),
        jobs=(JobKind("notifications", 60), JobKind("conversations", 120)),
        needs_url=True,
        # Of 300 calls within five minutes, pulls and uploads need some (docs.joinmastodon.org/api/rate-limits).
        most_writes=(200, 300),
    ),
    Platform(
        name="bluesky",
        title="Bluesky",
        code=code("bluesky"),
        status=LIVE,
        load=_loader("smdash.platforms.bluesky", "Bluesky"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True),
        jobs=(JobKind("notifications", 60), JobKind("answers", 180), JobKind("messages", 120)),
        default_url="https://bsky.social",
        needs_handle=True,
        # 5,000 points an hour, of which a new record costs 3 (docs.bsky.app, rate limits).
        most_writes=(1_500, 3_600),
    ),
    Platform(
        name="feeds",
        title="RSS, Atom, JSON Feed",
        code=code("feeds"),
        status=LIVE,
        load=_loader("smdash.platforms.feeds", "Feeds"),
        jobs=(JobKind("feed", 3600),),
        needs_url=True,
        needs_token=False,
        is_account=False,
    ),
    *channels.entries(_loader),
    Platform(
        name="demo",
        title="Demo",
        code="DM",
        status=LIVE,
        load=_loader("smdash.platforms.demo", "Demo"),
        abilities=Abilities(inbox=True),
        jobs=DEMO_JOBS,
        needs_token=False,
        hidden=True,
    ),
    # The dates on which they closed; both are only named, never called.
    Platform(
        name="google_plus",
        title="Google+",
        code="G+",
        status=RETIRED,
        retired_on=date(2019, 4, 2),
        needs_token=False,
    ),
    Platform(
        name="path",
        title="Path",
        code=code("path"),
        status=RETIRED,
        retired_on=date(2018, 10, 18),
        needs_token=False,
    ),
)


@cache
def all_platforms() -> tuple[Platform, ...]:
    """Our own, then those of third parties, hidden ones included; read once in a process."""
    known = {platform.name: platform for platform in _BUILT_IN}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            made = entry.load()
            platform = made if isinstance(made, Platform) else made()
        except Exception as error:  # noqa: BLE001 a stranger's module may fail in any way
            log.warning("platform %s is left out: it can't be imported (%s)", entry.name, type(error).__name__)
            continue
        if not isinstance(platform, Platform):
            log.warning("platform %s is left out: %s is not a Platform", entry.name, entry.value)
        elif platform.name in known:
            log.warning("platform %s is left out: the name %s is taken", entry.name, platform.name)
        else:
            known[platform.name] = platform
    return tuple(known.values())


def shown() -> tuple[Platform, ...]:
    """Those that lists name."""
    return tuple(platform for platform in all_platforms() if not platform.hidden)


def find(name: str) -> Platform:
    """The platform called *name*, retired and hidden ones included. Raises InputError listing the names."""
    for platform in all_platforms():
        if platform.name == name:
            return platform
    raise InputError(
        _("there is no platform “{name}”; known are {names}").format(
            name=name, names=", ".join(platform.name for platform in shown())
        )
    )


def find_live(name: str) -> Platform:
    """Like ``find``, for connecting to it.

    Raises Refused: with the date where it was shut down, with a sentence where it can't be had.
    """
    platform = find(name)
    if platform.retired_on is not None:
        raise Refused(
            _("{title} was shut down on {date}; its accounts can be kept, but nothing can be connected").format(
                title=platform.title, date=platform.retired_on.isoformat()
            )
        )
    if platform.load is None and platform.status == ALLOW_LISTED:
        raise Refused(
            _(
                "{title} lets in only programs that it has listed by hand, and smdash has no adapter for it; "
                "copy a post's text and send it from the app"
            ).format(title=platform.title)
        )
    if platform.load is None:
        raise Refused(_("{title} can't be connected yet").format(title=platform.title))
    return platform
