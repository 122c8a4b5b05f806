"""Undo and redo, as many levels as the book of events holds; a batch is one step.

A member's steps are a line: undo goes back along it, redo forward, and a new step ends what could be done again. Of a
batch, rows that somebody changed since are left as they are; a step of which nothing can be put back is passed over the
next time. All of it is a few statements, however many rows a step has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import encode
from smdash.core.errors import Refused
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import approving, campaign_sets, events, goals, member_targets, replies
from smdash.store.driver import Connection

# The columns of each table that a step may change and undo may put back; ``labels`` stands for the rows beside it.
_COLUMNS = {
    "mention": frozenset(
        {
            "state", "done_at", "done_by", "answered_at", "answered_by", "response_s", "handling_s", "due_at",
            "assignee_id", "priority", "star", "snooze", "snoozed_until", "woke", "labels",
        }
    ),
    "author": frozenset({"labels", "person_id"}),
    "note": frozenset({"deleted"}),
    "member": frozenset({"targets"}),
    "delivery": frozenset({"state"}),
    # ``deliveries`` stands for when each one of the post's is due.
    "post": frozenset({"due_at", "due_zone", "deliveries"}),
    "asset": frozenset({"done_at", "done_by", "dropped_at"}),
    "refused_span": frozenset({"removed_at"}),
    "search": frozenset({"query", "interval_s", "status", "removed_at"}),
    "decision": frozenset({"body", "week", "owner_id", "campaign_id", "done_at", "removed_at"}),
    # ``goals`` and ``scope`` stand for the rows beside it.
    "campaign": frozenset(
        {"name", "kind", "starts_at", "ends_at", "zone", "brand_id", "note", "removed_at", "goals", "scope"}
    ),
    "phase": frozenset({"name", "starts_at", "ends_at", "removed_at"}),
    "milestone": frozenset({"name", "due_at", "owner_id", "done_at", "done_by", "removed_at"}),
    "time_entry": frozenset(
        {"activity_id", "started_at", "ended_at", "state", "note", "brand_id", "campaign_id", "removed_at"}
    ),
}  # fmt: skip
_SUBJECTS = "(" + ", ".join(f"'{subject}'" for subject in sorted(_COLUMNS)) + ")"
_LABELS = {"mention": ("mention_label", "mention_id"), "author": ("author_label", "author_id")}
# A step's events that are not put back yet. What undo wrote is put back by redo alone.
# The sign keeps SQLite from going through all that the member ever did.
_OF_STEP = "e.step = :step AND e.undone = 0 AND +e.member_id = :member"
# A name may have become another row's since.
_NAMED = {
    "campaign": "SELECT 1 FROM campaign o WHERE o.id <> t.id AND o.name = json_extract(e.before, '$.name')",
    "phase": "SELECT 1 FROM phase o WHERE o.id <> t.id AND o.campaign_id = t.campaign_id "
    "AND o.name = json_extract(e.before, '$.name')",
}
_CHOSEN = "(SELECT value FROM json_each(:events))"


class Place(NamedTuple):
    """How far a step was put back: its number, below which event the rest is, and the number of what was put back."""

    step: int
    below: int
    into: int


class Undone(NamedTuple):
    """What was put back (or done again): the verb of the step, its rows, and how many others stay as they are,

    since somebody else (*by*) changed them meanwhile. ``again`` says that it was redo. ``rest`` is where to go on in a
    step that is put back in parts, nothing where all of it is done.
    """

    verb: str
    subject: str
    ids: tuple[int, ...]
    refused: int
    by: str = ""
    again: bool = False
    rest: Place | None = None


def refusal(undone: Undone) -> str:
    """What to tell the member where nothing could be put back."""
    if undone.subject == "delivery":
        if undone.again:
            return _("what was taken back is not sent again by redo; your words are kept as a draft")
        return _("it has left the house already, so it can't be taken back")
    if undone.subject == "post" and undone.verb in ("approve", "reject"):
        if undone.again:
            return _("nothing is approved or sent back by redo; look at it and decide once more")
        if undone.verb == "reject":
            return _("something happened to the post since, so it stays sent back")
        return _("it is on its way, held or changed since, so the approval stays")
    if undone.subject == "post":
        return _("the post is on its way, or {who} changed it since, so it was not moved back").format(who=undone.by)
    if undone.subject == "time_entry" and not undone.by:
        return _("another entry is at that time by now, so nothing was put back; nobody does two things at once")
    return _("{who} changed it since, so it was not undone").format(who=undone.by)


def undo(
    conn: Connection, actor: Actor, now: datetime, *, most: int | None = None, rest: Place | None = None
) -> Undone:
    """Put back the member's last step that is not undone yet. The caller holds the write lock.

    Of a long step *most* rows at once, the last ones first; ``rest`` of what comes back goes on with it. Raises Refused
    when there is none.
    """
    if rest is None:
        last = conn.execute(
            "SELECT step FROM event WHERE member_id = ? AND before IS NOT NULL AND step IS NOT NULL AND undone = 0 "
            f"AND verb <> 'undo' AND subject IN {_SUBJECTS} ORDER BY id DESC LIMIT 1",
            (actor.member_id,),
        ).fetchone()
        if last is None:
            raise Refused(_("there is nothing of yours to undo"))
        rest = _all(conn, last[0])
    return _put_back(conn, actor, now, rest, "undo", most)


def redo(
    conn: Connection, actor: Actor, now: datetime, *, most: int | None = None, rest: Place | None = None
) -> Undone:
    """Do again what the member's last undo put back. The caller holds the write lock.

    In parts as ``undo`` does. Raises Refused when there is nothing, or when the member did something else since.
    """
    if rest is None:
        last = conn.execute(
            "SELECT id, step FROM event WHERE member_id = ? AND verb = 'undo' AND undone = 0 AND before IS NOT NULL "
            "AND step IS NOT NULL ORDER BY id DESC LIMIT 1",
            (actor.member_id,),
        ).fetchone()
        if last is None or _did_else(conn, actor, last[0]):
            raise Refused(_("there is nothing of yours to do again"))
        rest = _all(conn, last[1])
    return _put_back(conn, actor, now, rest, "redo", most)


def forget(conn: Connection, actor: Actor) -> None:
    """Nothing that the member did so far is for undo any more. The caller holds the write lock."""
    conn.execute("UPDATE event SET undone = 1 WHERE member_id = ? AND before IS NOT NULL", (actor.member_id,))


def _all(conn: Connection, step: int) -> Place:
    """The whole of a step."""
    into = events.next_step(conn)
    return Place(step, below=into, into=into)


def _did_else(conn: Connection, actor: Actor, since: int) -> bool:
    """Whether the member took a new step since, even one that was undone meanwhile."""
    found = conn.execute(
        "SELECT 1 FROM event WHERE member_id = ? AND id > ? AND before IS NOT NULL "
        f"AND verb NOT IN ('undo', 'redo') AND subject IN {_SUBJECTS} LIMIT 1",
        (actor.member_id, since),
    ).fetchone()
    return found is not None


class _Part(NamedTuple):
    """The events of a step that moved the same columns of the same table, by id."""

    subject: str
    columns: tuple[str, ...]
    events: list[int]


def _put_back(conn: Connection, actor: Actor, now: datetime, place: Place, verb: str, most: int | None) -> Undone:
    told, of, _first = conn.execute(
        f"SELECT iif(e.verb IN ('undo', 'redo'), e.detail, e.verb), e.subject, min(e.id) FROM event e WHERE {_OF_STEP}",
        {"step": place.step, "member": actor.member_id},
    ).fetchone()
    taken, parts = _parts(conn, actor, place, most)
    put_back: list[tuple[str, int]] = []
    by = ""
    conn.execute("SAVEPOINT step")
    # The last thing first, where a step did two things with one row; redo then meets them the other way round.
    for part in reversed(parts):
        done = _restore(conn, part, actor, now)
        _record(conn, actor, now, verb, list(done), place.into)
        ids = list(done.values())
        if part.subject == "mention" and "priority" in part.columns:
            goals.recompute(conn, ids, now)
        if part.subject == "delivery" and ids:
            replies.taken_back(conn, actor, ids, now, place.into)
        put_back += [(part.subject, one) for one in ids]
        if len(done) < len(part.events) and not by:
            by = _last_other(conn, part, [one for one in part.events if one not in done], actor)
    if len(put_back) < len(taken) and any(part.subject == "time_entry" for part in parts):
        # An entry without its neighbours would leave time to nobody.
        conn.execute("ROLLBACK TO step")
        put_back = []
    conn.execute("RELEASE step")
    conn.execute(f"UPDATE event SET undone = 1 WHERE id IN {_CHOSEN}", {"events": json.dumps(taken)})
    if of not in {subject for subject, _id in put_back} and put_back:
        of = put_back[-1][0]
    rest = None
    if most is not None and len(taken) == most and _is_more(conn, actor, place, taken[-1]):
        rest = place._replace(below=taken[-1])
    ids_of = tuple(one for subject, one in put_back if subject == of)
    return Undone(told, of, ids_of, len(taken) - len(put_back), by, verb == "redo", rest)


def _parts(conn: Connection, actor: Actor, place: Place, most: int | None) -> tuple[list[int], list[_Part]]:
    """The last events of what is left of a step, newest first, and the same in parts, oldest first."""
    rows = conn.execute(
        "SELECT e.id, e.subject, (SELECT group_concat(key) FROM json_each(e.after)) FROM event e "
        f"WHERE {_OF_STEP} AND e.id < :below AND e.before IS NOT NULL ORDER BY e.id DESC LIMIT :most",
        {"step": place.step, "member": actor.member_id, "below": place.below,
         "most": -1 if most is None else most},
    ).fetchall()  # fmt: skip
    parts: dict[tuple[str, str, int], _Part] = {}
    for event, subject, keys in reversed(rows):
        # What one entry gives back is what the next one takes.
        key = (subject, keys, event if subject == "time_entry" else 0)
        part = parts.get(key)
        if part is None:
            part = parts[key] = _Part(subject, tuple(sorted((keys or "").split(","))), [])
        part.events.append(event)
    return [row[0] for row in rows], list(parts.values())


def _is_more(conn: Connection, actor: Actor, place: Place, below: int) -> bool:
    row = conn.execute(
        f"SELECT 1 FROM event e WHERE {_OF_STEP} AND e.id < :below AND e.before IS NOT NULL LIMIT 1",
        {"step": place.step, "member": actor.member_id, "below": below},
    ).fetchone()
    return row is not None


def _record(conn: Connection, actor: Actor, now: datetime, verb: str, done: Sequence[int], into: int) -> None:
    """An event of each row's own, so that its history says so and redo finds the way."""
    conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, step, undoes) "
        "SELECT :at, :member, :login, :verb, e.subject, e.subject_id, iif(e.verb IN ('undo', 'redo'), e.detail, "
        f"e.verb), e.after, e.before, :into, e.id FROM event e WHERE e.id IN {_CHOSEN} ORDER BY e.id",
        {
            "at": encode(now), "member": actor.member_id, "login": actor.real_login, "verb": verb, "into": into,
            "events": json.dumps(done),
        },
    )  # fmt: skip


def _restore(conn: Connection, part: _Part, actor: Actor, now: datetime) -> dict[int, int]:
    """Put those rows back that still are as the step left them; returns the events that were undone, and their rows."""
    subject, columns = part.subject, part.columns
    if subject == "post" and "approvals" in columns:
        return approving.put_back(conn, part.events, now)
    if subject == "member":
        return member_targets.put_back(conn, part.events)
    if not _COLUMNS.get(subject, frozenset()).issuperset(columns):
        return {}
    sets = [column for column in columns if column in campaign_sets.SETS and subject == "campaign"]
    plain = [column for column in columns if column not in ("labels", "deliveries", *sets)]
    same = [f"t.{column} IS json_extract(e.after, '$.{column}')" for column in plain]
    same.append(f"NOT EXISTS (SELECT 1 FROM event o WHERE {_by_others(columns)})")
    if subject == "delivery":
        # Held back is not out either, whoever did it. A cancelled one is at its end, so redo finds none (DESIGN.md
        # section 3).
        same = ["t.state IN ('queued', 'held')"]
    if subject == "search":
        # The same may have been saved anew meanwhile.
        query = "coalesce(json_extract(e.before, '$.query'), t.query)"
        same.append(
            "NOT EXISTS (SELECT 1 FROM search o WHERE o.account_id = t.account_id AND o.id <> t.id "
            f"AND o.removed_at IS NULL AND lower(o.query) = lower({query}))"
        )
    if "name" in columns and subject in _NAMED:
        same.append(f"NOT EXISTS ({_NAMED[subject]})")
    same += [campaign_sets.is_as(column, "t", "e") for column in sets]
    if subject == "time_entry":
        same += _has_room(columns)
    if "labels" in columns:
        table, key = _LABELS[subject]
        same.append(
            f"(SELECT json_group_array(label_id) FROM "
            f"(SELECT label_id FROM {table} WHERE {key} = t.id ORDER BY label_id)) = json_extract(e.after, '$.labels')"
        )
    if "deliveries" in columns:
        # All of a post or nothing: what waited must wait still, for the time that the step gave it.
        same.append(
            "NOT EXISTS (SELECT 1 FROM json_each(e.after, '$.deliveries') j JOIN delivery d ON d.id = CAST(j.key AS "
            "INTEGER) WHERE d.due_at <> j.value OR d.state NOT IN ('queued', 'held')) AND NOT EXISTS (SELECT 1 FROM "
            "delivery d WHERE d.post_id = t.id AND d.state IN ('sending', 'sent', 'unknown', 'failed'))"
        )
        # What was let go since the step has the time that it was let go for.
        same.append(
            "NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = t.id AND d.kind = 'post' AND d.replaced = 0 "
            "AND d.state IN ('queued', 'held') AND NOT EXISTS (SELECT 1 FROM json_each(e.after, '$.deliveries') j "
            "WHERE CAST(j.key AS INTEGER) = d.id))"
        )
    found = conn.execute(
        f"SELECT e.id, t.id FROM json_each(:events) j CROSS JOIN event e ON e.id = j.value "
        f"CROSS JOIN {subject} t ON t.id = e.subject_id WHERE {' AND '.join(same)} ORDER BY e.id",
        {"events": json.dumps(part.events), "member": actor.member_id},
    ).fetchall()
    done = dict(found)
    chosen = {"events": json.dumps(list(done))}
    if plain:
        put = ", ".join(f"{one} = json_extract(e.before, '$.{one}')" for one in plain)
        if subject == "delivery":
            put += ", updated_at = :now"
        conn.execute(
            f"UPDATE {subject} AS t SET {put} FROM event e WHERE e.id IN {_CHOSEN} AND t.id = e.subject_id",
            chosen | {"now": encode(now)},
        )
    if "deliveries" in columns:
        conn.execute(
            "UPDATE delivery AS d SET due_at = j.value FROM event e, json_each(e.before, '$.deliveries') j "
            f"WHERE e.id IN {_CHOSEN} AND d.id = CAST(j.key AS INTEGER)",
            chosen,
        )
        # Another time is to be approved anew, an old one too.
        conn.execute(
            f"DELETE FROM approval WHERE post_id IN (SELECT subject_id FROM event WHERE id IN {_CHOSEN})", chosen
        )
    if "labels" in columns:
        table, key = _LABELS[subject]
        conn.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT subject_id FROM event WHERE id IN {_CHOSEN})", chosen)
        conn.execute(
            f"INSERT INTO {table} ({key}, label_id) SELECT e.subject_id, j.value FROM event e, "
            f"json_each(e.before, '$.labels') j WHERE e.id IN {_CHOSEN}",
            chosen,
        )
    for column in sets:
        campaign_sets.put_back(conn, column, list(done))
    return done


def _has_room(columns: Sequence[str]) -> list[str]:
    """That a time entry, once it is put back, has a length and no other confirmed entry beside it, as conditions."""
    now = {
        one: f"json_extract(e.before, '$.{one}')" if one in columns else f"t.{one}"
        for one in ("started_at", "ended_at", "state", "removed_at")
    }
    end = f"coalesce({now['ended_at']}, '9999')"
    # As no two overlap yet, the last one that begins before the end is the one to look at.
    last = (
        "SELECT coalesce(o.ended_at, '9999') FROM time_entry o WHERE o.member_id = t.member_id AND o.id <> t.id "
        "AND o.state = 'confirmed' AND o.removed_at IS NULL "
        f"AND o.started_at < {end} ORDER BY o.started_at DESC LIMIT 1"
    )
    return [
        # What was taken away comes back as it was, and nothing else happens to it.
        "t.removed_at IS NULL" if "removed_at" not in columns else "1",
        f"{end} > {now['started_at']}",
        f"({now['state']} <> 'confirmed' OR {now['removed_at']} IS NOT NULL "
        f"OR coalesce(({last}), '') <= {now['started_at']})",
    ]


def _by_others(columns: Sequence[str]) -> str:
    """What another member did to these columns after the event ``e`` and has not undone, as a condition on ``o``."""
    touched = ", ".join(f"'{column}'" for column in columns)
    return (
        "o.subject = e.subject AND o.subject_id = e.subject_id AND o.id > e.id AND o.member_id <> :member "
        "AND o.undone = 0 AND o.verb <> 'undo' "
        f"AND EXISTS (SELECT 1 FROM json_each(o.after) k WHERE k.key IN ({touched}))"
    )


def _last_other(conn: Connection, part: _Part, refused: Sequence[int], actor: Actor) -> str:
    """Who else changed a row of the step since; a word for somebody where the book doesn't tell."""
    row = conn.execute(
        f"SELECT m.name FROM event e JOIN event o ON {_by_others(part.columns)} JOIN member m ON m.id = o.member_id "
        f"WHERE e.id IN {_CHOSEN} ORDER BY o.id DESC LIMIT 1",
        {"events": json.dumps(refused), "member": actor.member_id},
    ).fetchone()
    if row is None and part.subject == "time_entry":
        return ""
    return str(row[0]) if row else _("somebody")
