"""Our own platforms, as the registry knows them: what each can do, needs and costs. Imports nothing that calls.

Their order is the one of lists: the networks that teams use most come first. Texts are translated where they are shown.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from typing import Any

from smdash.core.budgets import Counting
from smdash.core.networks import code
from smdash.locale import noop
from smdash.platforms import (
    channels,
    instagram_needs,
    linkedin_needs,
    meta_needs,
    telegram_needs,
    whatsapp_needs,
    x_needs,
)
from smdash.platforms.base import LIVE, RETIRED, Abilities, JobKind, Platform, Searching
from smdash.platforms.demo_networks import JOBS as DEMO_JOBS


def _loader(module: str, name: str) -> Callable[[], Any]:
    """What makes the class *name*, imported where it is used: an adapter, a connector or a receiver."""

    def load() -> Any:
        return getattr(importlib.import_module(module), name)()

    return load


PLATFORMS = (
    Platform(
        name="facebook_page",
        title="Facebook",
        code=code("facebook_page"),
        status=LIVE,
        load=_loader("smdash.platforms.facebook_page", "FacebookPage"),
        abilities=Abilities(
            inbox=True, publish=True, reply=True, media=True, first_comment=True, metrics=True, push=True
        ),
        jobs=(JobKind("comments", 120), JobKind("tags", 900)),
        default_url="https://graph.facebook.com",
        # No number is promised: too many posts in a short time end in subcode 1390008.
        most_writes=(60, 3_600),
        needs=meta_needs.OF_A_PAGE,
        pages="https://business.facebook.com/settings/system-users",
        scopes=meta_needs.SCOPES_OF_PAGE,
        receive=_loader("smdash.platforms.facebook_push", "FacebookPagePush"),
        # An app of Meta's has one address for all that happens to pages.
        pushed_with=("messenger",),
    ),
    Platform(
        name="instagram",
        title="Instagram",
        code=code("instagram"),
        status=LIVE,
        load=_loader("smdash.platforms.instagram", "Instagram"),
        abilities=Abilities(
            inbox=True, search=True, publish=True, reply=True, media=True, first_comment=True, metrics=True, push=True
        ),
        jobs=(JobKind("comments", 120), JobKind("messages", 60), JobKind("tags", 600)),
        searching=Searching(
            3_600,
            100,
            tags_only=True,
            note=noop("finds posts of the last day with a single #tag, if the account is connected through Facebook"),
        ),
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
        scopes=whatsapp_needs.SCOPES,
        receive=_loader("smdash.platforms.whatsapp_push", "WhatsAppPush"),
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
        scopes=meta_needs.SCOPES_OF_MESSAGES,
        receive=_loader("smdash.platforms.messenger_push", "MessengerPush"),
        pushed_with=("facebook_page",),
    ),
    Platform(
        name="x",
        title="X",
        code=code("x"),
        status=LIVE,
        load=_loader("smdash.platforms.x", "X"),
        abilities=Abilities(
            inbox=True,
            search=True,
            publish=True,
            reply=True,
            media=True,
            threads=True,
            first_comment=True,
            metrics=True,
        ),
        # Every thing that is read costs, so seldom; "smdash sync --once" asks at any time.
        jobs=(JobKind("mentions", 600), JobKind("messages", 900), JobKind("answers", 3600)),
        searching=Searching(
            3_600, 512, note=noop("finds posts of the last seven days; X charges for each post that is found")
        ),
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
        counting=Counting(noop("posts, messages and people read"), monthly=True),
    ),
    Platform(
        name="linkedin",
        title="LinkedIn",
        code=code("linkedin"),
        status=LIVE,
        load=_loader("smdash.platforms.linkedin", "LinkedIn"),
        abilities=Abilities(inbox=True, publish=True, reply=True, media=True, first_comment=True, metrics=True),
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
        name="threads",
        title="Threads",
        code=code("threads"),
        status=LIVE,
        load=_loader("smdash.platforms.threads", "Threads"),
        abilities=Abilities(
            inbox=True,
            search=True,
            publish=True,
            reply=True,
            media=True,
            threads=True,
            first_comment=True,
            metrics=True,
            push=True,
        ),
        jobs=(JobKind("mentions", 120), JobKind("replies", 180), JobKind("answers", 300)),
        searching=Searching(
            1_800, 200, note=noop("finds posts of others once Meta has approved threads_keyword_search for the app")
        ),
        default_url="https://graph.threads.net",
        # 250 posts and 1,000 answers within 24 hours (docs/threads/overview); the posts are asked for before each.
        most_writes=(1_000, 86_400),
        needs=instagram_needs.THREADS,
        pages="https://developers.facebook.com/apps",
        scopes=instagram_needs.SCOPES_OF_THREADS,
        connect=_loader("smdash.platforms.instagram_connect", "ThreadsConnect"),
        receive=_loader("smdash.platforms.threads_push", "ThreadsPush"),
    ),
    Platform(
        name="telegram",
        title="Telegram",
        code=code("telegram"),
        status=LIVE,
        load=_loader("smdash.platforms.telegram", "Telegram"),
        abilities=Abilities(
            inbox=True, publish=True, reply=True, media=True, threads=True, first_comment=True, metrics=True, push=True
        ),
        jobs=(JobKind("updates", 15),),
        default_url="https://api.telegram.org",
        # What one group takes; other chats take one a second (core.telegram.org/bots/faq).
        most_writes=(20, 60),
        needs=telegram_needs.NEEDS,
        pages="https://t.me/BotFather",
        receive=_loader("smdash.platforms.telegram_push", "TelegramPush"),
    ),
    Platform(
        name="mastodon",
        title="Mastodon",
        code=code("mastodon"),
        status=LIVE,
        load=_loader("smdash.platforms.mastodon", "Mastodon"),
        abilities=Abilities(
            inbox=True,
            search=True,
            publish=True,
            reply=True,
            media=True,
            threads=True,
            first_comment=True,
            metrics=True,
        ),
        jobs=(JobKind("notifications", 60), JobKind("conversations", 120)),
        searching=Searching(
            300,
            500,
            note=noop("a single #tag works on every server, other words only where it has full-text search"),
        ),
        needs_url=True,
        pages=noop("Preferences, Development, New application, on the server's own site"),
        scopes=("read", "write:statuses", "write:favourites", "write:media"),
        connect=_loader("smdash.platforms.mastodon_connect", "MastodonConnect"),
        # Of 300 calls within five minutes, pulls and uploads need some (docs.joinmastodon.org/api/rate-limits).
        most_writes=(200, 300),
    ),
    Platform(
        name="bluesky",
        title="Bluesky",
        code=code("bluesky"),
        status=LIVE,
        load=_loader("smdash.platforms.bluesky", "Bluesky"),
        abilities=Abilities(
            inbox=True,
            search=True,
            publish=True,
            reply=True,
            media=True,
            threads=True,
            first_comment=True,
            metrics=True,
        ),
        jobs=(JobKind("notifications", 60), JobKind("answers", 180), JobKind("messages", 120)),
        searching=Searching(300, 300),
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
        name="demo",
        title="Demo",
        code="DM",
        status=LIVE,
        load=_loader("smdash.platforms.demo", "Demo"),
        abilities=Abilities(inbox=True, search=True),
        jobs=DEMO_JOBS,
        searching=Searching(20),
        needs_token=False,
        hidden=True,
    ),
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
