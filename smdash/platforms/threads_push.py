"""What Threads pushes: answers below the account's posts, posts that name it, and that a post is gone.

https://developers.facebook.com/docs/threads/webhooks: ``{"topic", "target_id", "time", "values": {"value", "field"}}``,
one event a body, signed as all of Meta's. Whose account it is for is told only of answers (the owner of the first
post); all else is for the account whose address was called. Several events in a list are read as well, unverified.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from smdash.core.errors import ErrorKind
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.platforms import meta_push
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import identifier
from smdash.platforms.problems import problem
from smdash.platforms.push import Pushed
from smdash.platforms.threads_records import read_post

_KINDS = {"replies": MentionKind.REPLY, "mentions": MentionKind.MENTION}


class ThreadsPush(meta_push.Signed):
    """See ``push.Receiver``."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed]:
        """See ``push.Receiver.read``. Raises PlatformError for what is nothing of Threads'."""
        try:
            found = json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            found = None
        events = found if isinstance(found, list) else [found]
        if not all(isinstance(one, dict) and "values" in one for one in events):
            raise problem(ErrorKind.SERVER, _("what was pushed is not what the webhooks of Threads send"))
        return [pushed for one in events for pushed in _read(one, received_at)]


def _read(event: dict[str, Any], received_at: datetime) -> Iterator[Pushed]:
    at = meta_push.when(event.get("time"), received_at)
    values = event.get("values")
    for one in objects(values if isinstance(values, list) else [values]):
        value, kind = one.get("value"), _KINDS.get(str(one.get("field")))
        if not isinstance(value, dict) or kind is None:
            continue
        root = value.get("root_post")
        owner = identifier(root.get("owner_id")) if isinstance(root, dict) and kind is MentionKind.REPLY else None
        # Answers are pushed for the account's own posts, so that whoever wrote the first one is the account.
        me = text_of(root.get("username")) if isinstance(root, dict) and kind is MentionKind.REPLY else ""
        try:
            mention = read_post(value, account="", me=me, kind=kind, at=at)
        except Malformed:
            continue  # the next pull has it
        yield Pushed(owner or "", mention)
