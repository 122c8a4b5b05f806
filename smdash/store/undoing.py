"""Undo and redo, as many levels as the book of events holds; a batch is one step.

A member's steps are a line: undo goes back along it, redo forward, and a new step ends what could be done again. Of a
batch, rows that somebody changed since are left as they are; a step of which nothing can be put back is passed over the
next time. All of it is a few statements, however many rows a step has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import encode
from smdash.core.errors import Refused
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import events, goals, replies
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
    "delivery": frozenset({"state"}),
}  # fmt: skip
_SUBJECTS = "(" + ", ".join(f"'{subject}'" for subject in sorted(_COLUMNS)) + ")"
_LABELS = {"mention": ("mention_label", "mention_id"), "author": ("author_label", "author_id")}
# A step's events that are not put back yet. What undo wrote is put back by redo alone.
_OF_STEP = "(e.step = :step OR (:step IS NULL AND e.id = :id)) AND e.undone = 0 AND e.member_id = :member"


class Undone(NamedTuple):
    """What was put back (or done again): the verb of the step, its rows, and how many others stay as they are,

    since somebody else (*by*) changed them meanwhile. ``again`` says that it was redo.
    """

    verb: str
    subject: str
    ids: tuple[int, ...]
    refused: int
    by: str = ""
    again: bool = False


def refusal(undone: Undone) -> str:
    """What to tell the member where nothing could be put back."""
    if undone.subject == "delivery":
        if undone.again:
            return _("what was taken back is not sent again by redo; your words are kept as a draft")
        return _("it has left the house already, so it can't be taken back")
    return _("{who} changed it since, so it was not undone").format(who=undone.by)


def undo(conn: Connection, actor: Actor, now: datetime) -> Undone:
    """Put back the member's last step that is not undone yet. The caller holds the write lock.

    Raises Refused when there is none.
    """
    last = conn.execute(
        "SELECT id, step FROM event WHERE member_id = ? AND before IS NOT NULL AND undone = 0 AND verb <> 'undo' "
        f"AND subject IN {_SUBJECTS} ORDER BY id DESC LIMIT 1",
        (actor.member_id,),
    ).fetchone()
    if last is None:
        raise Refused(_("there is nothing of yours to undo"))
    return _put_back(conn, actor, now, last[0], last[1], "undo")


def redo(conn: Connection, actor: Actor, now: datetime) -> Undone:
    """Do again what the member's last undo put back. The caller holds the write lock.

    Raises Refused when there is nothing, or when the member did something else since.
    """
    last = conn.execute(
        "SELECT id, step FROM event WHERE member_id = ? AND verb = 'undo' AND undone = 0 AND before IS NOT NULL "
        "ORDER BY id DESC LIMIT 1",
        (actor.member_id,),
    ).fetchone()
    if last is None or _did_else(conn, actor, last[0]):
        raise Refused(_("there is nothing of yours to do again"))
    return _put_back(conn, actor, now, last[0], last[1], "redo")


def _did_else(conn: Connection, actor: Actor, since: int) -> bool:
    found = conn.execute(
        "SELECT 1 FROM event WHERE member_id = ? AND id > ? AND before IS NOT NULL AND undone = 0 "
        f"AND verb NOT IN ('undo', 'redo') AND subject IN {_SUBJECTS} LIMIT 1",
        (actor.member_id, since),
    ).fetchone()
    return found is not None


def _put_back(conn: Connection, actor: Actor, now: datetime, event_id: int, step: int | None, verb: str) -> Undone:
    of_step = {"step": step, "id": event_id, "member": actor.member_id}
    groups = conn.execute(
        "SELECT e.subject, (SELECT group_concat(key) FROM json_each(e.after)), min(e.id), count(*), "
        "iif(e.verb IN ('undo', 'redo'), e.detail, e.verb) "
        f"FROM event e WHERE {_OF_STEP} AND e.before IS NOT NULL GROUP BY 1, 2 ORDER BY min(e.id)",
        of_step,
    ).fetchall()
    new_step = events.next_step(conn)
    put_back: list[tuple[str, int]] = []
    total, by = 0, ""
    for subject, keys, first, count, _verb in groups:
        done = _restore(conn, subject, sorted((keys or "").split(",")), of_step, first)
        # An event of the row's own, so that the history says so and redo finds the way.
        conn.execute(
            "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, step, undoes) "
            "SELECT :at, :member, :login, :verb, e.subject, e.subject_id, iif(e.verb IN ('undo', 'redo'), e.detail, "
            f"e.verb), e.after, e.before, :new_step, e.id FROM event e WHERE {_OF_STEP} AND e.subject = :subject "
            "AND e.subject_id IN (SELECT value FROM json_each(:done)) ORDER BY e.id",
            {
                **of_step, "at": encode(now), "login": actor.real_login, "verb": verb, "new_step": new_step,
                "subject": subject, "done": json.dumps(done),
            },
        )  # fmt: skip
        if subject == "mention" and "priority" in (keys or "").split(","):
            goals.recompute(conn, done, now)
        if subject == "delivery" and done:
            replies.taken_back(conn, actor, done, now, new_step)
        put_back += [(subject, one) for one in done]
        total += count
        if len(done) < count and not by:
            by = _last_other(conn, subject, of_step, done, actor)
    conn.execute(
        f"UPDATE event AS e SET undone = 1 WHERE {_OF_STEP} AND e.id < :new_step", {**of_step, "new_step": new_step}
    )
    subject, _keys, _first, _count, told = groups[0]
    ids = tuple(one for of, one in put_back if of == subject)
    return Undone(told, subject, ids, total - len(put_back), by, verb == "redo")


def _restore(
    conn: Connection, subject: str, columns: list[str], of_step: dict[str, int | None], first: int
) -> list[int]:
    """Put those rows of a step back that still are as the step left them; returns their ids, in the step's order."""
    if not columns or not _COLUMNS.get(subject, frozenset()).issuperset(columns):
        return []
    plain = [column for column in columns if column != "labels"]
    same = [f"t.{column} IS json_extract(e.after, '$.{column}')" for column in plain]
    if subject == "delivery":
        # Held back is not out either. A cancelled one is at its end, so redo finds none (DESIGN.md section 3).
        same = ["t.state IN ('queued', 'held')"]
    if "labels" in columns:
        table, key = _LABELS[subject]
        same.append(
            f"(SELECT json_group_array(label_id) FROM "
            f"(SELECT label_id FROM {table} WHERE {key} = t.id ORDER BY label_id)) = json_extract(e.after, '$.labels')"
        )
    among = {**of_step, "subject": subject, "first": first}
    where = f"{_OF_STEP} AND e.subject = :subject"
    found = conn.execute(
        f"SELECT t.id FROM event e CROSS JOIN {subject} t ON t.id = e.subject_id WHERE {where} AND e.id >= :first "
        f"AND {' AND '.join(same)} ORDER BY e.id",
        among,
    ).fetchall()
    ids = [row[0] for row in found]
    among["ids"] = json.dumps(ids)
    chosen = "(SELECT value FROM json_each(:ids))"
    if plain:
        put = ", ".join(f"{one} = json_extract(e.before, '$.{one}')" for one in plain)
        conn.execute(
            f"UPDATE {subject} AS t SET {put} FROM event e WHERE {where} AND t.id = e.subject_id AND t.id IN {chosen}",
            among,
        )
    if "labels" in columns:
        table, key = _LABELS[subject]
        conn.execute(f"DELETE FROM {table} WHERE {key} IN {chosen}", among)
        conn.execute(
            f"INSERT INTO {table} ({key}, label_id) SELECT e.subject_id, j.value FROM event e, "
            f"json_each(e.before, '$.labels') j WHERE {where} AND e.subject_id IN {chosen}",
            among,
        )
    return ids


def _last_other(
    conn: Connection, subject: str, of_step: dict[str, int | None], done: Iterable[int], actor: Actor
) -> str:
    """Who else touched a row of the step since; a word for somebody where the book doesn't tell."""
    row = conn.execute(
        "SELECT m.name FROM event e JOIN event o ON o.subject = e.subject AND o.subject_id = e.subject_id "
        f"AND o.id > e.id JOIN member m ON m.id = o.member_id WHERE {_OF_STEP} AND e.subject = :subject "
        "AND o.member_id <> :member AND e.subject_id NOT IN (SELECT value FROM json_each(:done)) "
        "ORDER BY o.id DESC LIMIT 1",
        {**of_step, "subject": subject, "done": json.dumps(list(done))},
    ).fetchone()
    return str(row[0]) if row else _("somebody")
