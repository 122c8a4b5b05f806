"""What can't wait in campaigns, counted for all of them in two statements (``core.campaign_warnings``).

The counts are those of the urgent pieces of ``campaign_view``. Each is bounded by what is due soon, so that a pane can
read them at every change.
"""

from __future__ import annotations

from datetime import datetime

from smdash.core.campaign_warnings import AFTER, NEAR, SOON, Warned, Warnings
from smdash.core.clock import decode, encode
from smdash.core.records import Phase
from smdash.store import campaigns
from smdash.store.driver import Connection

# Named one by one, so that the index by campaign, state and time is asked for each.
_ON = "('idea', 'draft', 'review', 'ready')"
_EMPTY = (
    "SELECT c.id, p.name, p.starts_at, p.ends_at FROM campaign c CROSS JOIN phase p ON p.campaign_id = c.id "
    "WHERE c.removed_at IS NULL AND c.ends_at > :now AND p.removed_at IS NULL AND p.ends_at > :now "
    "AND p.starts_at <= :soon AND NOT EXISTS (SELECT 1 FROM post i WHERE i.campaign_id = c.id "
    f"AND i.state IN {_ON} AND i.due_at >= p.starts_at AND i.due_at < p.ends_at) "
    "UNION ALL SELECT c.id, NULL, c.starts_at, c.ends_at FROM campaign c WHERE c.removed_at IS NULL "
    "AND c.ends_at > :now AND c.starts_at <= :soon "
    "AND NOT EXISTS (SELECT 1 FROM phase p WHERE p.campaign_id = c.id AND p.removed_at IS NULL) "
    f"AND NOT EXISTS (SELECT 1 FROM post i WHERE i.campaign_id = c.id AND i.state IN {_ON}) ORDER BY 3, 1"
)
_COUNTS = (
    "SELECT c.id, 'unready', count(*) FROM campaign c CROSS JOIN post p ON p.campaign_id = c.id "
    "WHERE c.removed_at IS NULL AND c.ends_at > :now AND p.state IN ('draft', 'review') "
    "AND p.due_at <= :near GROUP BY c.id "
    "UNION ALL SELECT c.id, 'unready', count(*) FROM campaign c CROSS JOIN post p ON p.campaign_id = c.id "
    "WHERE c.removed_at IS NULL AND c.ends_at > :now AND p.state = 'expired' GROUP BY c.id "
    "UNION ALL SELECT c.id, 'assets', count(*) FROM asset a LEFT JOIN post p ON p.id = a.post_id "
    "JOIN campaign c ON c.id = coalesce(a.campaign_id, p.campaign_id) WHERE a.done_at IS NULL AND a.dropped_at IS NULL "
    "AND a.due_at <= :near AND c.removed_at IS NULL AND c.ends_at > :now "
    "AND coalesce(p.state, '') NOT IN ('cancelled', 'expired') GROUP BY c.id "
    "UNION ALL SELECT c.id, 'milestones', count(*) FROM milestone m JOIN campaign c ON c.id = m.campaign_id "
    "WHERE m.done_at IS NULL AND m.removed_at IS NULL AND m.due_at <= :now AND c.removed_at IS NULL GROUP BY c.id "
    "UNION ALL SELECT c.id, 'live', count(*) FROM campaign c CROSS JOIN post p ON p.campaign_id = c.id "
    "WHERE c.removed_at IS NULL AND c.ends_at > :lately AND c.ends_at <= :now "
    # These words are those of its index.
    "AND (p.category = 'hard_sell' OR p.offer IS NOT NULL OR p.offer_until IS NOT NULL) "
    "AND (p.category = 'hard_sell' OR p.offer <> '' OR p.offer_until IS NOT NULL) "
    "AND coalesce(p.offer_until, c.ends_at) <= :now AND EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id "
    "AND d.state = 'sent' AND d.kind = 'post' AND d.gone_at IS NULL) GROUP BY c.id"
)


def shown(conn: Connection, now: datetime) -> tuple[Warned, ...]:
    """The campaigns that are not over, by their end, and those just over of which something is live still."""
    found = read(conn, now)
    rows = campaigns.select(conn, ending_after=now)
    known = {one.id for one in rows}
    over = [one for one, warnings in found.items() if warnings.live and one not in known]
    rows += campaigns.select_ids(conn, over)
    return tuple(Warned(one, found.get(one.id, Warnings())) for one in rows)


def read(conn: Connection, now: datetime) -> dict[int, Warnings]:
    """What can't wait, by the ids of the campaigns that have such; also of those that are over since a short while."""
    times = {
        "now": encode(now), "soon": encode(now + SOON), "near": encode(now + NEAR), "lately": encode(now - AFTER),
    }  # fmt: skip
    found: dict[int, Warnings] = {}
    for campaign_id, name, starts_at, ends_at in conn.execute(_EMPTY, times).fetchall():
        if name is None:
            found[campaign_id] = Warnings(bare=True)
            continue
        before = found.get(campaign_id, Warnings())
        first = before.empty or Phase(name, decode(starts_at), decode(ends_at))
        found[campaign_id] = before._replace(empty=first, empties=before.empties + 1)
    for campaign_id, what, count in conn.execute(_COUNTS, times).fetchall():
        before = found.get(campaign_id, Warnings())
        found[campaign_id] = before._replace(**{what: getattr(before, what) + count})
    return found
