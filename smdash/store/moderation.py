"""Comments below our own posts: liked, hidden or deleted on their network, as deliveries that undo can take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core import limits
from smdash.core.errors import Refused
from smdash.core.labels import kind as kind_label
from smdash.core.records import Actor, MentionKind
from smdash.locale import gettext as _
from smdash.store import events, replies
from smdash.store.driver import Connection

ACTS = ("like", "hide", "delete")
# What stands below a post of ours; the rest is somebody else's page.
_BELOW_OURS = (MentionKind.COMMENT, MentionKind.REPLY)


class Moderated(NamedTuple):
    """The deliveries that were queued in one step; others of the mentions had the same waiting or done already."""

    deliveries: tuple[int, ...]
    step: int


def like(
    conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, undo_s: int = replies.UNDO_S
) -> Moderated:
    """Like comments. The caller holds the write lock; raises as ``act`` does."""
    return act(conn, actor, ids, "like", now, undo_s=undo_s)


def hide(
    conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, undo_s: int = replies.UNDO_S
) -> Moderated:
    """Hide comments from everybody but their authors. The caller holds the write lock; raises as ``act`` does."""
    return act(conn, actor, ids, "hide", now, undo_s=undo_s)


def delete(
    conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, undo_s: int = replies.UNDO_S
) -> Moderated:
    """Delete comments on their network. The caller holds the write lock; raises as ``act`` does."""
    return act(conn, actor, ids, "delete", now, undo_s=undo_s)


def act(
    conn: Connection, actor: Actor, ids: Sequence[int], what: str, now: datetime, *, undo_s: int = replies.UNDO_S
) -> Moderated:
    """Queue one of ACTS for comments, as one step; all of them or none.

    Raises InputError for an id that does not exist; Refused for what is no comment, and where the network or the
    account knows no such thing.
    """
    found = []
    for one in dict.fromkeys(ids):
        target = replies.target(conn, one)
        if target.kind not in _BELOW_OURS:
            raise Refused(_("mention {id} is no comment but a {kind}").format(id=one, kind=kind_label(target.kind)))
        if not limits.acts(target.platform, what):
            raise Refused(_refusal(what).format(network=target.platform))
        found.append(target)
    step = events.next_step(conn)
    made = tuple(
        replies.queue(conn, actor, target, what, now, undo_s, step)
        for target in found
        if conn.execute(
            "SELECT 1 FROM delivery WHERE mention_id = ? AND kind = ? AND state NOT IN ('cancelled', 'failed') LIMIT 1",
            (target.mention_id, what),
        ).fetchone()
        is None
    )
    return Moderated(made, step)


def _refusal(what: str) -> str:
    return {
        "like": _("{network} lets no program like comments"),
        "hide": _("{network} lets nobody hide comments"),
        "delete": _("{network} lets nobody delete the comments of others"),
    }[what]


def mentions_of(conn: Connection, made: Moderated) -> list[int]:
    """The mentions that a step's deliveries go to."""
    return events.ids_of(conn, made.step) if made.deliveries else []
