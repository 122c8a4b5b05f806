"""Bluesky: who an app password belongs to; mentions, replies, quotes, our own answers, direct messages; what goes out.

Every call goes to the account's own server (PDS), which passes it on to the service that knows the answer.
https://docs.bsky.app/docs/advanced-guides/api-directory; lexicons app.bsky.notification, app.bsky.feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import bluesky_chat as chat
from smdash.platforms import bluesky_metrics, bluesky_search
from smdash.platforms import bluesky_paging as paging
from smdash.platforms import bluesky_publish as publishing
from smdash.platforms.answers import Answer, quota
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.bluesky_errors import unexpected
from smdash.platforms.bluesky_records import REASONS, read_answer, read_notification, time_of
from smdash.platforms.bluesky_session import Caller, Session
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.outgoing import Outgoing, Published

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_PAGE = 100
# The network's own limits for a post and a message: lexicons app.bsky.feed.post, app.bsky.embed.*, chat.bsky.convo.
LIMITS = {
    "max_graphemes": 300,
    "max_bytes": 3_000,
    "max_media_attachments": 4,
    "image_size_limit": 2_000_000,
    "video_size_limit": 300_000_000,
    "max_tags": 8,
    "message_max_graphemes": 1_000,
    "message_max_bytes": 10_000,
}
_RANK = {MentionKind.REPLY: 2, MentionKind.MENTION: 1}


class Bluesky:
    """The adapter; see ``base.Adapter`` and ``outgoing.Publisher`` for its calls."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the app password is, and whether it lacks the right to direct messages.

        The kept session is renewed, which an app password that was withdrawn can't do. Raises PlatformError: auth
        when handle and password don't fit, and whatever kept us from asking.
        """
        caller = Caller(credentials, client, now)
        session = await caller.renew()
        name, left = await _profile(caller, session, now)
        return Verified(
            remote_id=session.did,
            handle=session.handle,
            name=name or session.handle,
            url=safe_link(f"https://bsky.app/profile/{session.did}"),
            limits=dict(LIMITS),
            missing_scopes=(_("direct messages"),) if await chat.is_missing(caller) else (),
            quota=left,
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One page of ``notifications``, ``answers`` or ``messages``; ``more`` asks for the next one.

        Raises PlatformError.
        """
        caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        session = await caller.session()
        if pull.job == "messages":
            return await chat.pull(pull, caller, session)
        place = paging.load(pull.cursor)
        name, method, params = _list(pull.job, session)
        try:
            answer = await caller.get(method, params | ({"cursor": place.back} if place.back else {}))
        except PlatformError as error:
            if place.back and error.kind is ErrorKind.REJECTED:
                # The network forgot where we were: the next run walks down from the top again.
                return Pulled(cursor=paging.dump(place.again()), notice=str(error))
            raise
        found = answer.json()
        items = found.get(name) if isinstance(found, dict) else None
        if not isinstance(items, list):
            raise unexpected(answer)
        refuse_flood(items, answer.host)
        times = [moment for item in items if (moment := time_of(item)) is not None]
        step = paging.advance(place, times, found.get("cursor"), pull.now)
        skipped = Skipped()
        mentions = _read(items, pull, session.did, place.floor(pull.now), skipped)
        return _pulled(answer, pull, mentions, paging.dump(step.place), step.more, _notice(skipped, step.cut))

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``bluesky_search``."""
        caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        return await bluesky_search.search(pull, query, caller)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """A post, an answer to a post or a direct message, a like, or the hiding of an answer. Raises PlatformError."""
        return await publishing.publish(out, Caller(out.credentials, client, out.now))

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Whether it is out. Raises PlatformError where that can't be told."""
        return await publishing.find(out, Caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a record is there still. Raises PlatformError."""
        return await publishing.is_there(remote_id, Caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """Followers, and the figures of posts. Raises PlatformError; see ``bluesky_metrics``."""
        return await bluesky_metrics.measure(Caller(credentials, client, now), remote_ids)


def _list(job: str, session: Session) -> tuple[str, str, dict[str, str | int | list[str]]]:
    """The name of the list in the answer, the method, and its parameters."""
    if job == "answers":
        wanted: dict[str, str | int | list[str]] = {"actor": session.did, "filter": "posts_with_replies"}
        return "feed", "app.bsky.feed.getAuthorFeed", {"limit": _PAGE} | wanted
    # Strangers are whom a brand hears from: never only those that the account follows, whatever its settings say.
    wanted = {"reasons": list(REASONS), "priority": "false"}
    return "notifications", "app.bsky.notification.listNotifications", {"limit": _PAGE} | wanted


def _read(items: Iterable[Any], pull: Pull, me: str, floor: datetime, skipped: Skipped) -> list[IncomingMention]:
    found: dict[str, IncomingMention] = {}
    for item in items:
        if not isinstance(item, dict):
            skipped.add("item")
            continue
        # Servers that don't know the parameter "reasons" send likes and follows too.
        if pull.job == "notifications" and item.get("reason") not in REASONS:
            continue
        moment = time_of(item)
        if moment is not None and moment < floor:
            continue
        try:
            if pull.job == "notifications":
                mention: IncomingMention | None = read_notification(item, account=pull.credentials.name, me=me)
            else:
                mention = read_answer(item, account=pull.credentials.name, me=me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        if mention is not None:
            # A post that both answers us and names us comes twice.
            before = found.get(mention.remote_id)
            if before is None or _RANK.get(mention.kind, 0) > _RANK.get(before.kind, 0):
                found[mention.remote_id] = mention
    return list(found.values())


def _notice(skipped: Skipped, cut: bool) -> str | None:
    words = [skipped.notice()]
    if cut:
        words.append(_("more was waiting than could be fetched; the oldest were left out"))
    return "; ".join(one for one in words if one) or None


def _pulled(
    answer: Answer, pull: Pull, mentions: list[IncomingMention], cursor: str, more: bool, notice: str | None
) -> Pulled:
    left = quota(answer, pull.now)
    return Pulled(
        mentions=mentions,
        cursor=cursor,
        more=more,
        quota=left,
        not_before=left.resets_at if left is not None and left.left <= 0 else None,
        notice=notice,
    )


async def _profile(caller: Caller, session: Session, now: datetime) -> tuple[str, Any]:
    """The account's display name and what calls are left. A server whose AppView is away knows no names."""
    try:
        answer = await caller.get("app.bsky.actor.getProfile", {"actor": session.did})
    except PlatformError as error:
        if error.kind in (ErrorKind.AUTH, ErrorKind.NETWORK, ErrorKind.RATE):
            raise
        return "", None
    found = answer.json()
    return clean_name(text_of(found.get("displayName"))) if isinstance(found, dict) else "", quota(answer, now)
