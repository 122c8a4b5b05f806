"""What YouTube, TikTok and Reddit are asked for: all that their adapters do, and no more.

developers.google.com/youtube/v3/guides/auth/installed-apps, developers.tiktok.com/doc/tiktok-api-scopes,
www.reddit.com/api/v1/scopes.
"""

from __future__ import annotations

YOUTUBE = ("https://www.googleapis.com/auth/youtube.force-ssl", "https://www.googleapis.com/auth/youtube.upload")
TIKTOK = ("user.info.basic", "user.info.stats", "video.list", "video.publish")
REDDIT = ("identity", "read", "history", "privatemessages", "submit", "edit")
