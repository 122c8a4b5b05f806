"""Connecting a channel of YouTube by Google's consent page, for a client of the kind "Desktop app".

https://developers.google.com/identity/protocols/oauth2/native-app. The code for a second device is not offered: Google
takes few scopes there, of YouTube's ``youtube`` and ``youtube.readonly`` only, and comments need ``youtube.force-ssl``
(https://developers.google.com/identity/protocols/oauth2/limited-input-device).
"""

from __future__ import annotations

from smdash.platforms.channel_scopes import YOUTUBE
from smdash.platforms.code_flow import CodeConnect, Consent
from smdash.platforms.youtube_calls import endpoint


class YouTubeConnect(CodeConnect):
    """The calls of ``connect.CodeFlow``."""

    def __init__(self) -> None:
        super().__init__(
            Consent(
                title="Google",
                url="https://accounts.google.com/o/oauth2/v2/auth",
                scopes=YOUTUBE,
                endpoint=endpoint,
                challenge=lambda attempt: attempt.challenge,
                # Without these a login that was done once before brings no refresh token.
                extra={"access_type": "offline", "prompt": "consent"},
            )
        )
