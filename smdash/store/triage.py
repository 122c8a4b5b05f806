"""What members do with mentions, each as one step that undo can put back: done, assigned, snoozed, labelled, starred.

``seen`` is the last event that the member's screen knew of (``steps.last_seen``): what another member did to the same
columns since is not overwritten, and ``Stepped.faster`` says who it was. ``step`` adds to a step that was begun, so
that a long one can be taken in several short transactions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import encode, encode_optional
from smdash.core.errors import InputError
from smdash.core.records import PRIORITIES as PRIORITIES
from smdash.core.records import Actor, MentionState, Snooze
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.store import events, goals, steps
from smdash.store.driver import Connection, new_id
from smdash.store.steps import NOT_WAITING, Stepped


def finish(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Set mentions to done as one step; one that is done already is passed over. The caller holds the write lock.

    Raises InputError for an id that does not exist, Refused for what our own account wrote.
    """
    after = {"state": MentionState.DONE.value, "done_at": encode(now), "done_by": actor.member_id, **NOT_WAITING}
    return steps.change(conn, actor, ids, now, "done", after, unless=MentionState.DONE, seen=seen, step=step)


def reopen(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Set mentions back to open as one step. The caller holds the write lock."""
    after = {"state": MentionState.OPEN.value, "done_at": None, "done_by": None, **NOT_WAITING}
    return steps.change(conn, actor, ids, now, "reopen", after, unless=MentionState.OPEN, seen=seen, step=step)


def assign(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    member_id: int | None,
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Give mentions to a member, or to nobody. The caller holds the write lock.

    Raises InputError for a member or mention that does not exist, and Refused for what our own account wrote;
    one that the member has already is passed over.
    """
    if (
        member_id is not None
        and conn.execute("SELECT 1 FROM member WHERE id = ? AND left_at IS NULL", (member_id,)).fetchone() is None
    ):
        raise InputError(_("there is no member {id}").format(id=member_id))
    return steps.change(conn, actor, ids, now, "assign", {"assignee_id": member_id}, seen=seen, step=step)


def snooze(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    how: Snooze,
    until: datetime | None,
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Put mentions aside until a time (UTC), or until their author writes. The caller holds the write lock."""
    after = {
        "state": MentionState.SNOOZED.value,
        "snooze": how.value,
        "snoozed_until": encode_optional(until),
        "woke": None,
        "done_at": None,
        "done_by": None,
    }
    return steps.change(
        conn, actor, ids, now, "snooze", after, seen=seen, step=step, detail=encode_optional(until) or how.value
    )


def set_priority(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    priority: int,
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Say how urgent mentions are, one of PRIORITIES. The caller holds the write lock."""
    if priority not in PRIORITIES:
        raise InputError(_("expected a priority from {least} to {most}").format(least=0, most=PRIORITIES[-1]))
    stepped = steps.change(conn, actor, ids, now, "priority", {"priority": priority}, seen=seen, step=step)
    if stepped.changed:
        goals.recompute(conn, ids, now)
    return stepped


def star(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    on: bool,
    now: datetime,
    *,
    seen: int | None = None,
    step: int | None = None,
) -> Stepped:
    """Star mentions, or take the star away. The caller holds the write lock."""
    return steps.change(conn, actor, ids, now, "star" if on else "unstar", {"star": int(on)}, seen=seen, step=step)


def label(
    conn: Connection, actor: Actor, ids: Sequence[int], name: str, on: bool, now: datetime, *, step: int | None = None
) -> Stepped:
    """Put a label on mentions, made where it is new, or take it off. The caller holds the write lock.

    Raises InputError for a mention that does not exist and for a name that is none.
    """
    wanted = json.dumps(list(dict.fromkeys(ids)))
    steps.refuse(conn, ids)
    label_id = label_named(conn, name, make=on)
    has = "EXISTS (SELECT 1 FROM mention_label l WHERE l.mention_id = i.id AND l.label_id = :label)"
    present = (
        "(SELECT json_group_array(label_id) FROM (SELECT label_id FROM mention_label WHERE mention_id = i.id "
        "{also} ORDER BY label_id))"
    )
    after = present.format(also="UNION SELECT :label") if on else present.format(also="AND label_id <> :label")
    first = events.next_step(conn)
    step = first if step is None else step
    values = {
        "at": encode(now), "member": actor.member_id, "login": actor.real_login, "verb": "label" if on else "unlabel",
        "name": name, "label": label_id, "step": step, "first": first, "ids": wanted,
    }  # fmt: skip
    cursor = conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, step) "
        f"SELECT :at, :member, :login, :verb, 'mention', i.id, :name, json_object('labels', "
        f"json({present.format(also='')})), json_object('labels', json({after})), :step "
        "FROM json_each(:ids) j CROSS JOIN mention i ON i.id = j.value "
        f"WHERE {'NOT ' if on else ''}{has} ORDER BY j.key",
        values,
    )
    chosen = "(SELECT subject_id FROM event WHERE id >= :first AND step = :step AND subject = 'mention')"
    if on:
        conn.execute(
            "INSERT INTO mention_label (mention_id, label_id) SELECT subject_id, :label FROM event "
            "WHERE id >= :first AND step = :step AND subject = 'mention'",
            values,
        )
    else:
        conn.execute(f"DELETE FROM mention_label WHERE label_id = :label AND mention_id IN {chosen}", values)
    return Stepped(cursor.rowcount, {})


def label_name(name: str) -> str:
    """A label's name as it is kept. Raises InputError for what is not one word."""
    name = clean_name(name)
    if not name or any(letter in name for letter in ' ,"'):
        raise InputError(_("“{name}” is no label; expected one word").format(name=name))
    return name


def label_named(conn: Connection, name: str, *, make: bool) -> int:
    """The id of a label; ``make`` makes one that there is none of. Raises InputError."""
    name = label_name(name)
    row = conn.execute("SELECT id FROM label WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return int(row[0])
    if not make:
        raise InputError(_("there is no label “{name}”").format(name=name))
    return new_id(conn.execute("INSERT INTO label (name) VALUES (?)", (name,)))


def labels(conn: Connection) -> list[str]:
    """All labels by name."""
    return [row[0] for row in conn.execute("SELECT name FROM label ORDER BY name").fetchall()]
