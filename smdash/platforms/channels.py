"""What the registry says of YouTube, TikTok, Reddit and Snapchat. Imported by ``built_in`` alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smdash.core.budgets import Counting
from smdash.core.networks import code
from smdash.locale import noop
from smdash.platforms import channel_scopes
from smdash.platforms.base import ALLOW_LISTED, LIVE, Abilities, JobKind, Need, Platform, Searching


def entries(loader: Callable[[str, str], Callable[[], Any]]) -> tuple[Platform, ...]:
    """The registry entries; *loader* imports a class of a module where it is used. Texts are translated when shown."""
    return (
        Platform(
            name="youtube",
            title="YouTube",
            code=code("youtube"),
            status=LIVE,
            load=loader("smdash.platforms.youtube", "YouTube"),
            abilities=Abilities(
                inbox=True, search=True, publish=True, reply=True, media=True, first_comment=True, metrics=True
            ),
            jobs=(JobKind("comments", 300), JobKind("held", 900)),
            searching=Searching(
                7_200,
                500,
                note=noop("finds new videos; a Google project may ask 100 times a day, all searches together"),
            ),
            default_url="https://www.googleapis.com",
            # So many uploads a day; a comment takes 50 of 10,000 units, which are counted by themselves.
            most_writes=(100, 86_400),
            needs=(
                Need("client_id", noop("client id"), noop("an OAuth client of the kind “Desktop app” of the project")),
                Need("client_secret", noop("client secret"), noop("beside the client id"), secret=True),
                Need("privacy", noop("who sees a new video: public, unlisted or private"), required=False),
                Need("category", noop("number of the category of new videos, else 22"), required=False),
                Need("made_for_kids", noop("whether new videos are made for kids: yes or no"), required=False),
                Need("daily_units", noop("units a day, where Google gave the project others"), required=False),
            ),
            scopes=channel_scopes.YOUTUBE,
            connect=loader("smdash.platforms.youtube_connect", "YouTubeConnect"),
            pages="https://console.cloud.google.com/apis/credentials",
            cost=noop("a Google project has 10,000 units a day, 1 a page read and 50 a comment, and 100 uploads"),
            counting=Counting(noop("units"), zone="America/Los_Angeles"),
        ),
        Platform(
            name="tiktok",
            title="TikTok",
            code=code("tiktok"),
            status=LIVE,
            load=loader("smdash.platforms.tiktok", "TikTok"),
            abilities=Abilities(publish=True, media=True, metrics=True),
            jobs=(JobKind("account", 3_600),),
            default_url="https://open.tiktokapis.com",
            # So many posts may be begun a minute; how many a day TikTok decides for each account.
            most_writes=(6, 60),
            needs=(
                Need("client_key", noop("client key"), noop("on the page of the app")),
                Need("client_secret", noop("client secret"), noop("beside the client key"), secret=True),
                Need("privacy", noop("who sees a new video; SELF_ONLY until the app is audited"), required=False),
                Need("promotes_own_brand", noop("whether videos promote the own brand: yes or no"), required=False),
            ),
            scopes=channel_scopes.TIKTOK,
            connect=loader("smdash.platforms.tiktok_connect", "TikTokConnect"),
            pages="https://developers.tiktok.com/apps",
            cost=noop("free; until TikTok has audited the app, its videos are seen by the account's owner only"),
        ),
        Platform(
            name="reddit",
            title="Reddit",
            code=code("reddit"),
            status=LIVE,
            load=loader("smdash.platforms.reddit", "Reddit"),
            abilities=Abilities(
                inbox=True, search=True, publish=True, reply=True, media=True, first_comment=True, metrics=True
            ),
            jobs=(JobKind("inbox", 60), JobKind("answers", 300), JobKind("sent", 300)),
            searching=Searching(
                600, 512, note=noop("finds posts, not comments; write r/kopi before the words to search one subreddit")
            ),
            default_url="https://oauth.reddit.com",
            # Of 100 calls a minute for each client, pulls and looks need some.
            most_writes=(30, 60),
            needs=(
                Need("client_id", noop("client id"), noop("below the name of the app")),
                Need("client_secret", noop("client secret"), noop("beside the client id"), secret=True),
                Need("username", noop("the account's user name, by which Reddit wants programs to be known")),
                Need("subreddit", noop("where new posts go, such as r/kopi"), required=False),
            ),
            scopes=channel_scopes.REDDIT,
            connect=loader("smdash.platforms.reddit_connect", "RedditConnect"),
            pages="https://www.reddit.com/prefs/apps",
            cost=noop(
                "free up to 100 calls a minute, for clients that Reddit approved; commercial use takes a contract"
            ),
        ),
        # Only clients that Snap listed by hand may call its Public Profile API and are told its shapes, and what they
        # post must be encrypted (AES-256-CBC) beforehand; so nothing of it is claimed.
        Platform(
            name="snapchat",
            title="Snapchat",
            code=code("snapchat"),
            status=ALLOW_LISTED,
            pages="https://developers.snap.com/api/marketing-api/Public-Profile-API/Introduction",
        ),
    )
