"""Connecting an account of Reddit by a code, for a permission that lasts (``duration=permanent``).

https://github.com/reddit-archive/reddit/wiki/OAuth2. PKCE is not known there.
"""

from __future__ import annotations

from smdash.platforms.channel_scopes import REDDIT
from smdash.platforms.code_flow import CodeConnect, Consent
from smdash.platforms.reddit_calls import endpoint


class RedditConnect(CodeConnect):
    """The calls of ``connect.CodeFlow``."""

    def __init__(self) -> None:
        super().__init__(
            Consent(
                title="Reddit",
                url="https://www.reddit.com/api/v1/authorize",
                scopes=REDDIT,
                endpoint=endpoint,
                extra={"duration": "permanent"},
            )
        )
