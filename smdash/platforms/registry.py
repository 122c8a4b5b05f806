"""Every platform that smdash knows, in one list; third parties add theirs by entry point.

An entry point of the group ``smdash.platforms`` names a ``Platform`` (or a function that returns one). Nothing is
imported here that an adapter needs: ``Platform.load`` does so where the adapter is used.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points

from smdash.core.errors import InputError, Refused
from smdash.locale import gettext as _
from smdash.platforms import built_in
from smdash.platforms.base import ALLOW_LISTED, Platform

GROUP = "smdash.platforms"

log = logging.getLogger(__name__)


@cache
def all_platforms() -> tuple[Platform, ...]:
    """Our own, then those of third parties, hidden ones included; read once in a process."""
    known = {platform.name: platform for platform in built_in.PLATFORMS}
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
    """Like ``find``, for connecting to it. Raises Refused, with the date, when it was shut down."""
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
