"""What Facebook pushes for a page: comments, posts of visitors, mentions, recommendations; edits and deletions too.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/: the fields ``feed``, ``mention``, ``ratings``
of the object ``page``, each with ``item``, ``verb`` and times in seconds. The names of the parts of ``value`` were seen
in programs that read them, and never tried; what lacks an id is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.platforms import meta_push
from smdash.platforms.facebook_records import NAME, author_of, body_of, deleted
from smdash.platforms.items import text_of
from smdash.platforms.meta_graph import identifier, moment
from smdash.platforms.push import Pushed

_FIELDS = ("feed", "mention", "ratings")
_POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "note", "link"})
_GONE = frozenset({"remove", "delete", "hide", "block"})
_EDITS = frozenset({"edit", "edited", "update"})
_WRITES = frozenset({"add", "unhide", "unblock"}) | _EDITS


class FacebookPagePush(meta_push.Signed):
    """See ``push.Receiver``."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed]:
        """The mentions in a genuine body; reactions, likes and the page's own posts are none. Raises PlatformError."""
        found: list[Pushed] = []
        for entry in meta_push.entries(body, "page"):
            page = meta_push.account_of(entry)
            if page is None:
                continue
            for name, value in meta_push.changes(entry, *_FIELDS):
                # Edits don't name their time, but the entry says when it was made.
                changed_at = meta_push.when(entry.get("time"), received_at)
                if name == "ratings":
                    one = _review(value, changed_at, received_at)
                else:
                    one = _written(name, value, page, changed_at, received_at)
                if one is not None:
                    found.append(Pushed(page, one))
        return found


def _written(
    name: str, value: dict[str, Any], page: str, changed_at: datetime, received_at: datetime
) -> IncomingMention | None:
    """A comment, or a post of somebody else."""
    item, verb = text_of(value.get("item")), text_of(value.get("verb"))
    comment, post = identifier(value.get("comment_id")), identifier(value.get("post_id"))
    is_comment = item == "comment"
    remote_id = comment if is_comment else post
    if remote_id is None or not (is_comment or item in _POSTS):
        return None
    sender = value.get("from")
    if sender is None and "sender_id" in value:
        sender = {"id": value.get("sender_id"), "name": value.get("sender_name")}
    handle, author = author_of(sender, remote_id)
    if not is_comment and handle == page:
        return None
    sent_at = meta_push.when(value.get("created_time"), received_at)
    if verb in _GONE:
        return deleted(remote_id, account="", at=sent_at, handle=handle, name=author, post_id=post)
    if verb not in _WRITES:
        return None
    above = identifier(value.get("parent_id")) if is_comment else None
    above = None if above == post else above
    shown = [{"type": kind} for kind in ("photo", "video") if value.get(kind) or item == kind]
    return IncomingMention(
        platform=NAME,
        account="",
        remote_id=remote_id,
        kind=MentionKind.MENTION if name == "mention" or not is_comment else MentionKind.COMMENT,
        author_handle=handle,
        author_name=author,
        body=body_of(value.get("message"), shown),
        # The network sends this on to the thing itself.
        url=f"https://www.facebook.com/{remote_id}",
        sent_at=sent_at,
        edited_at=changed_at if verb in _EDITS else None,
        thread_key=above or remote_id,
        parent_id=(above or post) if is_comment else None,
        own=handle == page,
        deleted=value.get("is_hidden") is True,
    )


def _review(value: dict[str, Any], changed_at: datetime, received_at: datetime) -> IncomingMention | None:
    """A recommendation; its answers are comments below the story that it is."""
    remote_id = identifier(value.get("open_graph_story_id"))
    if remote_id is None or text_of(value.get("item")) not in ("", "rating", "recommendation"):
        return None
    sender = {"id": value.get("reviewer_id"), "name": value.get("reviewer_name")}
    handle, author = author_of(sender, remote_id)
    sent_at = moment(value.get("created_time")) or received_at
    verb = text_of(value.get("verb"))
    if verb in _GONE:
        return deleted(remote_id, account="", at=sent_at, handle=handle, name=author)
    rating = value.get("rating")
    judged = {"positive": _("recommends the page"), "negative": _("does not recommend the page")}.get(
        text_of(value.get("recommendation_type")).lower(), ""
    )
    if not judged and isinstance(rating, int) and not isinstance(rating, bool) and 1 <= rating <= 5:
        judged = _("{rating} of 5").format(rating=rating)
    said = clean(text_of(value.get("review_text"))).strip()
    return IncomingMention(
        platform=NAME,
        account="",
        remote_id=remote_id,
        kind=MentionKind.REVIEW,
        author_handle=handle,
        author_name=clean_name(author),
        body="\n\n".join(part for part in (f"[{judged}]" if judged else "", said) if part),
        url=f"https://www.facebook.com/{remote_id}",
        sent_at=min(sent_at, received_at),
        edited_at=changed_at if verb in _EDITS else None,
        thread_key=remote_id,
    )
