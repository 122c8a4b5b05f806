"""Mastodon's JSON, read into our records.

Strict on what a mention can't be without (id, created_at, account.acct, content), lenient on all else: servers
that only speak Mastodon's API (Pleroma, GoToSocial, Friendica) leave fields out or send null.
https://docs.joinmastodon.org/entities/Status/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.html_text import plain
from smdash.platforms.items import Malformed, objects, text_of

# Notification types that carry a status which somebody else wrote to or about us.
TYPES = ("mention", "quote")
ID_LIMIT = 200
_MOST_OPTIONS = 20


def identifier(value: object) -> str | None:
    """An opaque id as text; some servers send numbers. Nothing when there is none that can be kept."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LIMIT or not value.isprintable():
        return None
    # What stands for bytes that could not be read is no part of an id.
    return None if "\ufffd" in value else value


def read_status(status: object, *, platform: str, account: str, me: str) -> IncomingMention:
    """One status as a mention of *account*, whose own id on the server is *me*. Raises Malformed.

    What is said of a status depends on nothing but the status, so that it comes out the same through
    notifications and through conversations.
    """
    if not isinstance(status, dict):
        raise Malformed("status")
    remote_id = identifier(status.get("id"))
    if remote_id is None:
        raise Malformed("id")
    sent_at = iso_date(status.get("created_at"))
    if sent_at is None:
        raise Malformed("created_at")
    author = status.get("account")
    handle = clean_name(text_of(author.get("acct"))) if isinstance(author, dict) else ""
    if not isinstance(author, dict) or not handle:
        raise Malformed("account.acct")
    if not isinstance(status.get("content"), str):
        raise Malformed("content")
    author_id = identifier(author.get("id"))
    parent = identifier(status.get("in_reply_to_id"))
    direct = status.get("visibility") == "direct"
    return IncomingMention(
        platform=platform,
        account=account,
        remote_id=remote_id,
        kind=_kind(status, direct, me),
        author_handle=handle,
        author_name=clean_name(text_of(author.get("display_name"))) or handle,
        body=_body(status),
        url=safe_link(text_of(status.get("url")) or text_of(status.get("uri"))),
        sent_at=sent_at,
        edited_at=iso_date(status.get("edited_at")),
        thread_key=_people(status, author_id, me) if direct else parent or remote_id,
        parent_id=parent,
        own=author_id == me,
    )


def _kind(status: dict[str, Any], direct: bool, me: str) -> MentionKind:
    if direct:
        return MentionKind.DM
    if identifier(status.get("in_reply_to_account_id")) == me:
        return MentionKind.REPLY
    return MentionKind.MENTION


def _people(status: dict[str, Any], author_id: str | None, me: str) -> str:
    """Direct messages belong together by who takes part: a status doesn't name its conversation."""
    people = {identifier(person.get("id")) for person in objects(status.get("mentions"))} | {author_id}
    return "dm:" + ",".join(sorted(person for person in people if person and person != me))


def _body(status: dict[str, Any]) -> str:
    warning = clean(text_of(status.get("spoiler_text"))).strip()
    parts = [warning, plain(status["content"], links=True)]
    parts.append("\n".join(_media(objects(status.get("media_attachments")))))
    poll = status.get("poll")
    if isinstance(poll, dict):
        options = (one_line(text_of(option.get("title"))) for option in objects(poll.get("options"))[:_MOST_OPTIONS])
        parts.append("\n".join(f"[ ] {option}" for option in options if option))
    return clean("\n\n".join(part for part in parts if part))


def _media(attachments: Iterable[dict[str, Any]]) -> Iterable[str]:
    names = {
        "image": _("image"),
        "gifv": _("animation"),
        "video": _("video"),
        "audio": _("audio"),
    }
    for attachment in attachments:
        name = names.get(text_of(attachment.get("type")), _("file"))
        about = one_line(text_of(attachment.get("description"))[:1500])
        yield f"[{name}: {about}]" if about else f"[{name}]"
