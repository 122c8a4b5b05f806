"""What the owner of an account on Instagram or Threads has to say beside its token. For the registry: no HTTP."""

from __future__ import annotations

from smdash.locale import noop
from smdash.platforms import meta_needs
from smdash.platforms.base import Need

# Where the team's own web server shows the media folder; see ``public_media``.
MEDIA_URL = "media_url"
_MEDIA = Need(
    MEDIA_URL,
    noop("public address of the media folder"),
    noop(
        "an https address under which your own web server shows the folder beside the database, each file as its "
        "digest and ending (….jpg, .png, .mp4, .mov); without it only texts and answers can be sent"
    ),
    required=False,
)
_PAGE = Need(
    "page_id",
    noop("id of the linked Facebook page"),
    noop("only where the token was made by Facebook Login; left out, it is one of Instagram Login"),
    required=False,
)
REDIRECT_URI = "redirect_uri"
_REDIRECT = Need(
    REDIRECT_URI,
    noop("redirect address"),
    noop("one of those that the app has in its dashboard; only where the account is connected by the consent page"),
    required=False,
)
# An app has an id and a secret of its own for each of these two networks, which are not those of its basic settings.
_APP_ID_OF_INSTAGRAM = Need(
    "app_id",
    noop("app id"),
    noop(
        "the app > Instagram > API setup with Instagram login, for the consent page; with Facebook Login that of "
        "App settings > Basic"
    ),
    required=False,
)
_SECRET = Need(
    meta_needs.APP_SECRET,
    noop("app secret"),
    noop("beside the app id; for the consent page, and to judge what is pushed"),
    secret=True,
    required=False,
)
_APP_ID_OF_THREADS = Need(
    "app_id",
    noop("app id"),
    noop("that of the Threads app: the app > Use cases > Access the Threads API > Settings; for the consent page"),
    required=False,
)
INSTAGRAM = (
    _MEDIA,
    _PAGE,
    _APP_ID_OF_INSTAGRAM,
    _SECRET,
    meta_needs.VERIFY,
    _REDIRECT,
    meta_needs.VERSION,
)
THREADS = (_MEDIA, _APP_ID_OF_THREADS, _SECRET, meta_needs.VERIFY, _REDIRECT)
# What each door of Instagram calls its permissions, and Threads, for what smdash does.
SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_messages",
    "instagram_business_manage_insights",
)
SCOPES_BY_FACEBOOK = (
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_messages",
    "instagram_manage_insights",
    "pages_read_engagement",
)
SCOPES_OF_THREADS = (
    "threads_basic",
    "threads_content_publish",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_mentions",
    "threads_manage_insights",
    "threads_keyword_search",
)
