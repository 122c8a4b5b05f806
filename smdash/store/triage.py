"""Who has which mention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smdash.core.errors import InputError
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import mentions
from smdash.store.driver import Connection


def assign(conn: Connection, actor: Actor, ids: Sequence[int], member_id: int | None, now: datetime) -> int:
    """Give mentions to a member, or to nobody, as one step; returns how many changed. The caller holds the write lock.

    Raises InputError for a member or mention that does not exist, and Refused for what our own account wrote;
    one that the member has already is passed over.
    """
    if (
        member_id is not None
        and conn.execute("SELECT 1 FROM member WHERE id = ? AND left_at IS NULL", (member_id,)).fetchone() is None
    ):
        raise InputError(_("there is no member {id}").format(id=member_id))
    return mentions.change(conn, actor, ids, now, "assign", {"assignee_id": member_id})
