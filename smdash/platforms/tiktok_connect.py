"""Connecting an account of TikTok by its desktop login, which wants PKCE's challenge in hexadecimal digits.

https://developers.tiktok.com/doc/login-kit-desktop. Between scopes stand commas.
"""

from __future__ import annotations

from smdash.platforms.channel_scopes import TIKTOK
from smdash.platforms.code_flow import CodeConnect, Consent
from smdash.platforms.tiktok_calls import endpoint


class TikTokConnect(CodeConnect):
    """The calls of ``connect.CodeFlow``."""

    def __init__(self) -> None:
        super().__init__(
            Consent(
                title="TikTok",
                url="https://www.tiktok.com/v2/auth/authorize/",
                scopes=TIKTOK,
                endpoint=endpoint,
                challenge=lambda attempt: attempt.challenge_hex,
                between=",",
            )
        )
