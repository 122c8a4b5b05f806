"""What the owner of an account on one of Meta's networks has to say beside its token. For the registry: no HTTP."""

from __future__ import annotations

from smdash.locale import noop
from smdash.platforms.base import Need

APP_SECRET = "app_secret"  # noqa: S105 the name of a setting
VERIFY_TOKEN = "verify_token"  # noqa: S105 the name of a setting

SECRET = Need(
    APP_SECRET,
    noop("app secret"),
    noop("developers.facebook.com > My Apps > the app > App settings > Basic; signs calls, and judges what is pushed"),
    secret=True,
    required=False,
)
VERIFY = Need(
    VERIFY_TOKEN,
    noop("verify token"),
    noop("any long word that you make up, and type where the app's webhook is set up; only for what is pushed"),
    secret=True,
    required=False,
)
APP_ID = Need(
    "app_id",
    noop("app id"),
    noop("developers.facebook.com > My Apps > the app > App settings > Basic; tells when the token ends"),
    required=False,
)
PAGE_ID = Need(
    "page_id",
    noop("page id"),
    noop("the page > About > Page transparency; only where the token is a system user's or a person's"),
    required=False,
)
VERSION = Need(
    "version",
    noop("version of the Graph API"),
    noop("like v26.0; only where Meta asks for another one than smdash uses"),
    required=False,
)
# What a token must be allowed for a page's posts and comments, and for its messages.
SCOPES_OF_PAGE = (
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_engagement",
    "pages_read_user_content",
    "read_insights",
)
SCOPES_OF_MESSAGES = ("pages_messaging", "pages_manage_metadata", "pages_read_engagement")
# Of a network whose calls go through a page.
OF_A_PAGE = (PAGE_ID, APP_ID, SECRET, VERIFY, VERSION)
