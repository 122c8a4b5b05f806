"""What an account of X needs, for lists that import no HTTP. https://docs.x.com/fundamentals/authentication."""

from __future__ import annotations

from smdash.locale import noop
from smdash.platforms.base import Need

# What the jobs read, and what is written; the last one is for the refresh token.
SCOPES = (
    "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "like.read", "like.write", "media.write",
    "dm.read", "dm.write", "offline.access",
)  # fmt: skip
# Of an account's monthly budget, so many hundredths for each of its jobs.
SHARES = {"mentions": 60, "messages": 25, "answers": 15}
NEEDS = (
    Need("client_id", noop("client id of the app"), noop("console.x.com: the app, keys, OAuth 2.0"), required=False),
    Need(
        "client_secret",
        noop("client secret of the app"),
        noop("console.x.com: the app, keys, OAuth 2.0; apps of the type “native” have none"),
        secret=True,
        required=False,
    ),
    Need(
        "redirect_uri",
        noop("address that X leads back to"),
        noop("console.x.com: the app, user authentication settings, callback; without it http://127.0.0.1:8765/"),
        required=False,
    ),
    Need(
        "monthly_reads",
        noop("budget: things read in a month"),
        noop("posts, messages, people: 60 % of it for mentions, 25 % for messages, 15 % for our answers"),
        required=False,
    ),
    Need(
        "monthly_search_reads",
        noop("budget: things read in a month by searches"),
        noop(
            "posts and people, shared evenly among the account's saved searches; searches need it beside monthly_reads"
        ),
        required=False,
    ),
)
