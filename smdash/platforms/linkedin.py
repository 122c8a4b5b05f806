"""LinkedIn pages (Community Management API): whose a token is; comments and mentions; what goes out; figures.

An app needs LinkedIn's leave for this API, and its token is an administrator's of the page. What LinkedIn has no API
for: direct messages of a page, searching, hiding comments, the names of those who comment. A person's own profile is
not served. https://learn.microsoft.com/en-us/linkedin/marketing/community-management/
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import linkedin_comments, linkedin_find, linkedin_metrics, linkedin_notices, linkedin_publish
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import text_of
from smdash.platforms.linkedin_calls import caller, organization, roles, unexpected
from smdash.platforms.linkedin_oauth import inspect, missing
from smdash.platforms.oauth_calls import object_of
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

Sleep = Callable[[float], Awaitable[object]]
LIMITS = {"max_characters": 3_000, "max_media_attachments": 20}
_ADMINISTRATOR = "ADMINISTRATOR"


class LinkedIn:
    """The adapter; see ``base.Adapter`` and ``outgoing.Publisher`` for its calls. *sleep* waits, in seconds."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Which page the token is for, when it ends, and the scopes that it lacks.

        Raises PlatformError: auth when it is refused, permission when its owner has no role for the page.
        """
        call = caller(credentials, client, now)
        session = await call.session()
        ends, scopes = await inspect(credentials, session.access, client, now)
        held = await roles(call)
        page = await organization(call, held)
        mine = [role for urn, role in held if urn == page]
        if not mine:
            sentence = _("the token's owner has no role for the page {number} on LinkedIn")
            message = sentence.format(number=page.rsplit(":", 1)[-1])
            raise problem(ErrorKind.PERMISSION, message, arrived=False)
        lacking = missing(scopes or session.scopes or None)
        if _ADMINISTRATOR not in mine:
            lacking = (*lacking, _("the role of an administrator"))
        answer = await call.get(f"/rest/organizations/{page.rsplit(':', 1)[-1]}")
        found = object_of(answer)
        name, vanity = clean_name(text_of(found.get("localizedName"))), clean_name(text_of(found.get("vanityName")))
        if not name and not vanity:
            raise unexpected(answer)
        return Verified(
            remote_id=page,
            handle=vanity or page.rsplit(":", 1)[-1],
            name=name or vanity,
            url=safe_link(f"https://www.linkedin.com/company/{vanity or page.rsplit(':', 1)[-1]}"),
            limits=dict(LIMITS),
            missing_scopes=lacking,
            # Of a token that is renewed by itself, the end is that of what renews it.
            expires_at=session.refresh_expires_at if session.refresh else ends or session.expires_at,
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One step of ``comments`` or ``mentions``; ``more`` asks for the next one. Raises PlatformError."""
        call = caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        if pull.job == "comments":
            return await linkedin_comments.pull(pull, call)
        return await linkedin_notices.pull(pull, call)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; see ``linkedin_publish``."""
        return await linkedin_publish.publish(out, caller(out.credentials, client, out.now), self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told; see ``linkedin_find``."""
        return await linkedin_find.find(out, caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post or a comment is there still. Raises PlatformError."""
        return await linkedin_find.is_there(remote_id, caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The page's followers and the figures of its posts. Raises PlatformError; see ``linkedin_metrics``."""
        return await linkedin_metrics.measure(caller(credentials, client, now), remote_ids)
