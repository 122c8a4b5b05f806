"""What belongs to a campaign beside its posts: mentions by its scope, and hours.

Whatever wears one of its labels belongs to it, whenever it came. A hit of its searches, and a text with one of its
links, belongs to it where it was sent between the campaign's first instant and its last.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import InputError
from smdash.core.records import Campaign, Scope
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.store import searches, triage
from smdash.store.driver import Connection

KINDS = ("label", "search", "link")
LONGEST_LINK = 2_000
# The ids of the campaign's mentions; what we wrote ourselves is none.
_WITH_LABEL = (
    "SELECT ml.mention_id FROM mention_label ml JOIN label l ON l.id = ml.label_id "
    "JOIN campaign_scope s ON s.value = l.name COLLATE NOCASE WHERE s.campaign_id = :id AND s.kind = 'label'"
)
_FOUND = (
    "SELECT h.mention_id FROM search_hit h JOIN campaign_scope s ON s.value = CAST(h.search_id AS TEXT) "
    "JOIN mention i ON i.id = h.mention_id WHERE s.campaign_id = :id AND s.kind = 'search' "
    "AND i.sent_at >= :start AND i.sent_at < :end"
)
_LINKED = (
    "SELECT i.id FROM mention i WHERE i.id IN (SELECT rowid FROM mention_text WHERE mention_text MATCH :{match}) "
    "AND instr(lower(i.body), lower(:{link})) > 0 AND i.sent_at >= :start AND i.sent_at < :end"
)


class Mentions(NamedTuple):
    """How many mentions belong to a campaign, and how many of them were answered."""

    total: int
    answered: int


def scopes(conn: Connection, campaign_id: int) -> tuple[Scope, ...]:
    """What makes mentions belong to a campaign: labels, searches, links."""
    rows = conn.execute(
        "SELECT s.kind, s.value, coalesce(q.query || ' (' || a.platform || '/' || a.name || ')', s.value) "
        "FROM campaign_scope s LEFT JOIN search q ON s.kind = 'search' AND q.id = CAST(s.value AS INTEGER) "
        "LEFT JOIN account a ON a.id = q.account_id WHERE s.campaign_id = ? "
        "ORDER BY instr('label search link', s.kind), s.value",
        (campaign_id,),
    ).fetchall()
    return tuple(Scope(*row) for row in rows)


def mentions(conn: Connection, campaign: Campaign) -> Mentions:
    """How many mentions belong to a campaign, each counted once."""
    sources, values = _sources(conn, campaign)
    if not sources:
        return Mentions(0, 0)
    count, answered = conn.execute(
        f"SELECT count(*), count(i.answered_at) FROM mention i WHERE i.own = 0 AND i.id IN ({sources})", values
    ).fetchone()
    return Mentions(count, answered)


def mention_ids(conn: Connection, campaign: Campaign, limit: int) -> tuple[int, ...]:
    """The mentions that belong to a campaign, the newest first, at most *limit*."""
    sources, values = _sources(conn, campaign)
    if not sources:
        return ()
    rows = conn.execute(
        f"SELECT i.id FROM mention i WHERE i.own = 0 AND i.id IN ({sources}) ORDER BY i.sent_at DESC, i.id DESC "
        "LIMIT :limit",
        {**values, "limit": limit},
    ).fetchall()
    return tuple(row[0] for row in rows)


def _sources(conn: Connection, campaign: Campaign) -> tuple[str, dict[str, object]]:
    """What finds the ids of the mentions, as SQL and its values; empty where nothing is in the scope."""
    rows = conn.execute("SELECT kind, value FROM campaign_scope WHERE campaign_id = ?", (campaign.id,)).fetchall()
    kinds = {kind for kind, _value in rows}
    values: dict[str, object] = {
        "id": campaign.id,
        "start": encode(campaign.starts_at),
        "end": encode(campaign.ends_at),
    }
    found = [sql for kind, sql in (("label", _WITH_LABEL), ("search", _FOUND)) if kind in kinds]
    for number, link in enumerate(value for kind, value in rows if kind == "link"):
        match, name = f"match{number}", f"link{number}"
        # The words of the address one after another, the last one as a beginning: a superset, that instr() looks at.
        phrase = " ".join(re.findall(r"[^\W_]+", link))
        values |= {match: f'body : "{phrase}"*', name: link}
        found.append(_LINKED.format(match=match, link=name))
    return " UNION ".join(found), values


def seconds(conn: Connection, campaign_id: int, now: datetime) -> float:
    """The confirmed time on a campaign, of all members; what runs counts until *now*."""
    rows = conn.execute(
        "SELECT started_at, coalesce(ended_at, :now) FROM time_entry WHERE campaign_id = :id AND state = 'confirmed' "
        "AND removed_at IS NULL",
        {"id": campaign_id, "now": encode(now)},
    ).fetchall()
    return sum(max((decode(end) - decode(start)).total_seconds(), 0.0) for start, end in rows)


def checked(conn: Connection, kind: str, value: str) -> str:
    """What a scope is kept as: the label's name, the search's id, or the link.

    A label need not be there yet. Raises InputError for a search that is not there, by its id or its words, and for
    what is no link.
    """
    if kind == "label":
        name = triage.label_name(value)
        row = conn.execute("SELECT name FROM label WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else name
    if kind == "search":
        return str(_search(conn, one_line(value).strip()))
    link = value.strip()
    if not re.match(r"https?://[^\s/]+", link, re.IGNORECASE) or len(link) > LONGEST_LINK or re.search(r"\s", link):
        raise InputError(_("“{link}” is not a link; expected how it begins, with https://").format(link=value))
    return link


def _search(conn: Connection, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return searches.get(conn, int(text)).id
    rows = conn.execute(
        "SELECT s.id, s.query, a.platform || '/' || a.name FROM search s JOIN account a ON a.id = s.account_id "
        "WHERE s.removed_at IS NULL AND lower(s.query) = lower(?) ORDER BY s.id",
        (text,),
    ).fetchall()
    if not rows:
        raise InputError(_("there is no search “{text}”; see: smdash search list").format(text=text))
    if len(rows) > 1:
        raise InputError(
            _("“{text}” is searched for in several places; say which by its number: {choices}").format(
                text=text, choices=", ".join(f"{row[0]} ({row[2]})" for row in rows)
            )
        )
    return int(rows[0][0])
