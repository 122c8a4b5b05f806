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
from typing import Any

from smdash.core.errors import InputError, Refused
from smdash.core.networks import code
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms import meta_needs
from smdash.platforms import instagram_needs, meta_needs
from smdash.platforms import meta_needs, telegram_needs, whatsapp_needs
from smdash.platforms import linkedin_needs, x_needs
from smdash.platforms.base import Abilities, JobKind, Platform
from smdash.platforms import channels
from smdash.platforms.base import Abilities, Adapter, JobKind, Platform
from smdash.platforms.demo_networks import JOBS as DEMO_JOBS

GROUP = "smdash.platforms"
LIVE, ALLOW_LISTED, RETIRED = "live", "allow_listed", "retired"

log = logging.getLogger(__name__)


def _loader(module: str, name: str) -> Callable[[], Any]:
    """What makes the class *name*, imported where it is used: an adapter or a receiver."""
    """What makes the class *name*, imported where it is used: an adapter or a connector."""

    def load() -> Any:
        return getattr(importlib.import_module(module), name)()

    return load


def _connector(module: str, name: str) -> Callable[[], Any]:
    """The same for what connects an account (``connect.Connector``)."""
    return lambda: getattr(importlib.import_module(module), name)()


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
        pages=noop("Preferences, Development, New application, on the server's own site"),
        scopes=("read", "write:statuses", "write:favourites", "write:media"),
        connect=_connector("smdash.platforms.mastodon_connect", "MastodonConnect"),
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
        pages="https://bsky.app/settings/app-passwords",
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
        name="facebook_page",
        title="Facebook",
        code=code("facebook_page"),
        status=LIVE,
        load=_loader("smdash.platforms.facebook_page", "FacebookPage"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True, push=True),
        jobs=(JobKind("comments", 120), JobKind("tags", 900)),
        default_url="https://graph.facebook.com",
        # No number is promised: too many posts in a short time end in subcode 1390008.
        most_writes=(60, 3_600),
        needs=meta_needs.OF_A_PAGE,
        pages="https://business.facebook.com/settings/system-users",
        receive=_loader("smdash.platforms.facebook_push", "FacebookPagePush"),
    ),
    Platform(
        name="messenger",
        title="Messenger",
        code=code("messenger"),
        status=LIVE,
        load=_loader("smdash.platforms.messenger", "Messenger"),
        abilities=Abilities(inbox=True, reply=True, push=True),
        jobs=(JobKind("conversations", 60),),
        default_url="https://graph.facebook.com",
        # 200 calls a day for each person who wrote lately, pulls among them (Messenger Platform, rate limits).
        most_writes=(100, 60),
        needs=meta_needs.OF_A_PAGE,
        pages="https://business.facebook.com/settings/system-users",
        receive=_loader("smdash.platforms.messenger_push", "MessengerPush"),
    ),
    Platform(
        name="instagram",
        title="Instagram",
        code=code("instagram"),
        status=LIVE,
        load=_loader("smdash.platforms.instagram", "Instagram"),
        # No threads, but a first comment, which goes the same way.
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True, push=True),
        jobs=(JobKind("comments", 120), JobKind("messages", 60), JobKind("tags", 600)),
        default_url="https://graph.instagram.com",
        # Of all writes, 750 private replies an hour is the lowest limit; posts are counted by Instagram itself.
        most_writes=(500, 3_600),
        needs=instagram_needs.INSTAGRAM,
        pages="https://developers.facebook.com/apps",
        scopes=instagram_needs.SCOPES,
        connect=_loader("smdash.platforms.instagram_connect", "InstagramConnect"),
        receive=_loader("smdash.platforms.instagram_push", "InstagramPush"),
    ),
    Platform(
        name="threads",
        title="Threads",
        code=code("threads"),
        status=LIVE,
        load=_loader("smdash.platforms.threads", "Threads"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True, push=True),
        jobs=(JobKind("mentions", 120), JobKind("replies", 180), JobKind("answers", 300)),
        default_url="https://graph.threads.net",
        # 250 posts and 1,000 answers within 24 hours (docs/threads/overview); the posts are asked for before each.
        most_writes=(1_000, 86_400),
        needs=instagram_needs.THREADS,
        pages="https://developers.facebook.com/apps",
        scopes=instagram_needs.SCOPES_OF_THREADS,
        connect=_loader("smdash.platforms.instagram_connect", "ThreadsConnect"),
        receive=_loader("smdash.platforms.threads_push", "ThreadsPush"),
        name="whatsapp",
        title="WhatsApp",
        code=code("whatsapp"),
        status=LIVE,
        load=_loader("smdash.platforms.whatsapp", "WhatsApp"),
        abilities=Abilities(inbox=True, reply=True, media=True, push=True),
        jobs=(JobKind("number", 900),),
        default_url="https://graph.facebook.com",
        # 80 messages a second in and out, 20 for a number that is used with the app on a phone as well.
        most_writes=(600, 60),
        needs=whatsapp_needs.NEEDS,
        pages="https://developers.facebook.com/apps",
        cost=noop("answers within 24 hours after a customer wrote are free; smdash sends nothing else"),
        receive=_loader("smdash.platforms.whatsapp_push", "WhatsAppPush"),
    ),
    Platform(
        name="telegram",
        title="Telegram",
        code=code("telegram"),
        status=LIVE,
        load=_loader("smdash.platforms.telegram", "Telegram"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True, push=True),
        jobs=(JobKind("updates", 15),),
        default_url="https://api.telegram.org",
        # What one group takes; other chats take one a second (core.telegram.org/bots/faq).
        most_writes=(20, 60),
        needs=telegram_needs.NEEDS,
        pages="https://t.me/BotFather",
        receive=_loader("smdash.platforms.telegram_push", "TelegramPush"),
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
        name="x",
        title="X",
        code=code("x"),
        status=LIVE,
        load=_loader("smdash.platforms.x", "X"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True),
        # Every thing that is read costs, so seldom; "smdash sync --once" asks at any time.
        jobs=(JobKind("mentions", 600), JobKind("messages", 900), JobKind("answers", 3600)),
        default_url="https://api.x.com",
        # Of 100 posts within a quarter of an hour (docs.x.com, rate limits) the person at the app keeps some.
        most_writes=(90, 900),
        needs=x_needs.NEEDS,
        scopes=x_needs.SCOPES,
        connect=_loader("smdash.platforms.x_oauth", "XConnect"),
        pages="https://console.x.com",
        cost=noop(
            "X charges for each post, message and person that is read, and for each post; one with a link costs more"
        ),
    ),
    Platform(
        name="linkedin",
        title="LinkedIn",
        code=code("linkedin"),
        status=LIVE,
        load=_loader("smdash.platforms.linkedin", "LinkedIn"),
        # "threads" stands for first comments too; core.limits knows that there are no threads.
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, threads=True, metrics=True),
        jobs=(JobKind("comments", 900), JobKind("mentions", 900)),
        default_url="https://api.linkedin.com",
        # Its limits for a day are told to an app's owner alone; a hundred writes a day are what the smallest had.
        most_writes=(100, 86_400),
        needs=linkedin_needs.NEEDS,
        scopes=linkedin_needs.SCOPES,
        connect=_loader("smdash.platforms.linkedin_oauth", "LinkedInConnect"),
        pages="https://www.linkedin.com/developers/apps",
    ),
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
