"""What happened while a member was away, counted from indexes."""

from __future__ import annotations

from datetime import datetime, tzinfo

from smdash.core import formats
from smdash.core.clock import decode, decode_optional, encode
from smdash.core.since import Since
from smdash.locale import gettext as _
from smdash.store import posts
from smdash.store.driver import Connection


def left_at(conn: Connection, member_id: int) -> datetime | None:
    """When the member last did something that is known of, in whatever terminal; nothing for one who never did."""
    event, pulse = conn.execute(
        "SELECT (SELECT at FROM event WHERE member_id = :me ORDER BY id DESC LIMIT 1), "
        "(SELECT at FROM pulse WHERE member_id = :me)",
        {"me": member_id},
    ).fetchone()
    return max(filter(None, (decode_optional(event), decode_optional(pulse))), default=None)


def read(conn: Connection, member_id: int, left: datetime, now: datetime, zone: tzinfo) -> Since:
    """What happened to the team's work from *left* to *now*."""
    known = {"me": member_id, "left": encode(left), "now": encode(now)}

    def count(query: str) -> int:
        return int(conn.execute(query, known).fetchone()[0])

    # What was sent before the member left may arrive later, by a job that was behind; a month is more than any is.
    arrived = (
        "SELECT count(*) FROM mention WHERE {state} AND own = 0 AND received_at > :left AND received_at <= :now "
        "AND sent_at > strftime('%Y-%m-%dT%H:%M:%f', :left, '-31 days')"
    )
    still_open = count(arrived.format(state="state = 'open'"))
    others = sum(count(arrived.format(state=f"state = '{state}'")) for state in ("done", "snoozed", "hidden"))
    outcomes = dict(
        conn.execute(
            "SELECT state, count(*) FROM delivery WHERE kind = 'post' AND updated_at > :left AND updated_at <= :now "
            "AND state IN ('failed', 'unknown') GROUP BY state",
            known,
        ).fetchall()
    )
    given, taken = _holders(conn, known)
    return Since(
        left, still_open + others, still_open,
        count("SELECT count(*) FROM delivery WHERE kind = 'reply' AND state = 'sent' AND sent_at > :left "
              "AND sent_at <= :now AND member_id IS NOT :me"),
        count("SELECT count(DISTINCT subject_id) FROM event WHERE at > :left AND at <= :now AND subject = 'mention' "
              "AND verb = 'done' AND member_id IS NOT :me"),
        count("SELECT count(*) FROM mention WHERE state = 'open' AND coalesce(due_at, '9999') > :left "
              "AND coalesce(due_at, '9999') <= :now"),
        given, taken,
        count("SELECT count(*) FROM note n JOIN note_for f ON f.note_id = n.id WHERE f.member_id = :me "
              "AND n.created_at > :left AND n.created_at <= :now"),
        count("SELECT count(*) FROM delivery WHERE kind = 'post' AND state = 'sent' AND sent_at > :left "
              "AND sent_at <= :now"),
        outcomes.get("failed", 0), outcomes.get("unknown", 0),
        len(posts.awaiting_member(conn, member_id, now)),
        _freezes(conn, known, zone), _phases(conn, known),
    )  # fmt: skip


def _holders(conn: Connection, known: dict[str, object]) -> tuple[int, int]:
    """How many mentions came to the member by others' hands and are theirs still, and how many went away."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE m.assignee_id = :me), "
        "count(*) FILTER (WHERE m.assignee_id IS NOT :me AND first) FROM ("
        "SELECT subject_id, json_extract(before, '$.assignee_id') = :me AS first, min(id) FROM event "
        "WHERE at > :left AND at <= :now AND subject = 'mention' AND member_id IS NOT :me "
        "AND json_type(after, '$.assignee_id') IS NOT NULL "
        "AND :me IN (json_extract(before, '$.assignee_id'), json_extract(after, '$.assignee_id')) "
        "GROUP BY subject_id) e JOIN mention m ON m.id = e.subject_id AND m.state IN ('open', 'snoozed')",
        known,
    ).fetchone()
    return int(row[0]), int(row[1])


def _freezes(conn: Connection, known: dict[str, object], zone: tzinfo) -> tuple[str, ...]:
    rows = conn.execute(
        "SELECT e.at, coalesce(m.name, e.login), e.verb, coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.at > :left AND e.at <= :now "
        "AND e.subject = 'team' AND e.verb IN ('freeze', 'unfreeze') ORDER BY e.id",
        known,
    ).fetchall()
    words = {
        "freeze": _("{time}: {who} stopped everything that goes out: {why}"),
        "unfreeze": _("{time}: {who} let things go out again"),
    }
    return tuple(
        words[verb].format(time=formats.short_moment(decode(at), zone), who=who, why=why) for at, who, verb, why in rows
    )


def _phases(conn: Connection, known: dict[str, object]) -> tuple[tuple[str, str, bool], ...]:
    rows = conn.execute(
        "SELECT c.name, p.name, edge.began FROM phase p "
        "JOIN campaign c ON c.id = p.campaign_id AND c.removed_at IS NULL "
        "JOIN (SELECT 1 AS began UNION ALL SELECT 0) edge ON iif(edge.began, p.starts_at, p.ends_at) > :left "
        "AND iif(edge.began, p.starts_at, p.ends_at) <= :now WHERE p.removed_at IS NULL "
        "ORDER BY iif(edge.began, p.starts_at, p.ends_at), p.id",
        known,
    ).fetchall()
    return tuple((campaign, phase, bool(began)) for campaign, phase, began in rows)
