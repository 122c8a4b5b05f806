"""Week 47 of 2026 in Jakarta, played by its commands, and what a hand count of it gives.

Everything near an edge is there: Sunday's last half hour, Monday's first, a time entry over midnight, an answer that
came after the week, a post that went out late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smdash.core.clock import Span, Week, encode
from smdash.core.records import Actor, CampaignKind, Category, Format, IncomingMention, MentionKind
from smdash.store import (
    campaigns,
    decisions,
    freezing,
    goals,
    mentions,
    milestones,
    posts,
    teams,
    time_entries,
    triage,
)
from smdash.store.connection import Store
from smdash.store.driver import Connection

ZONE = ZoneInfo("Asia/Jakarta")
WEEK = Week(2026, 47)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
IG, X = "instagram/kopi", "x/kopi"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall time in November 2026 in Jakarta; the week is from Monday the 16th to Sunday the 22nd."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def play(store: Store, ana: Actor, budi: Actor) -> None:
    """All of it."""
    with store.writing() as conn:
        teams.put(conn, "mix", {"education": 50, "quote": 20, "soft_sell": 20, "hard_sell": 10})
        teams.put(conn, "response_goals", {"dm": 60})
        for platform in ("instagram", "x"):
            teams.put_account(conn, platform, "kopi", at(1, 9))
        _posts(conn, ana)
        _mentions(conn, ana)
        _hours(conn, ana, budi)
        _rest(conn, ana, budi)


def plan(conn: Connection, who: Actor, due: datetime, category: Category, *accounts: str, body: str = "Halo") -> int:
    """A post that waits to go out."""
    chosen = [posts.find_account(conn, one) for one in accounts]
    return posts.add(
        conn, who, at(1, 9), accounts=chosen, category=category, format=Format.TEXT, body=body, due_at=due,
        zone="Asia/Jakarta",
    )  # fmt: skip


def goes_out(conn: Connection, post_id: int, sent: datetime) -> None:
    """The service has sent it to all its accounts."""
    conn.execute("UPDATE delivery SET state = 'sent', sent_at = ? WHERE post_id = ?", (encode(sent), post_id))


def _posts(conn: Connection, ana: Actor) -> None:
    both = plan(conn, ana, at(16, 10), Category.EDUCATION, IG, X)
    goes_out(conn, both, at(16, 10, 1))
    failed = plan(conn, ana, at(17, 10), Category.QUOTE, IG)
    conn.execute("UPDATE delivery SET state = 'failed', error = 'refused' WHERE post_id = ?", (failed,))
    late = plan(conn, ana, at(18, 10), Category.HARD_SELL, X)
    goes_out(conn, late, at(23, 9))
    lost = plan(conn, ana, at(19, 10), Category.SOFT_SELL, IG, body="Cerita petani Gayo")
    conn.execute("UPDATE delivery SET state = 'unknown' WHERE post_id = ?", (lost,))
    draft = plan(conn, ana, at(22, 23, 30), Category.EDUCATION, IG)
    conn.execute("DELETE FROM delivery WHERE post_id = ?", (draft,))
    conn.execute("UPDATE post SET state = 'draft' WHERE id = ?", (draft,))
    plan(conn, ana, at(23, 0, 30), Category.EDUCATION, IG)
    before = plan(conn, ana, at(15, 23, 50), Category.OTHER, IG)
    goes_out(conn, before, at(16, 0, 5))
    for state in ("cancelled", "idea"):
        off = plan(conn, ana, at(20, 10), Category.QUOTE, IG)
        conn.execute("DELETE FROM delivery WHERE post_id = ?", (off,))
        conn.execute("UPDATE post SET state = ? WHERE id = ?", (state, off))


def _mentions(conn: Connection, ana: Actor) -> None:
    came = [
        ("quick", MentionKind.DM, at(16, 9), "instagram"),
        ("slow", MentionKind.DM, at(16, 10), "x"),
        ("thanks", MentionKind.COMMENT, at(17, 10), "instagram"),
        ("waits", MentionKind.DM, at(22, 22), "instagram"),
        ("weekend", MentionKind.COMMENT, at(21, 10), "instagram"),
        ("next week", MentionKind.DM, at(23, 0, 10), "instagram"),
        ("last week", MentionKind.COMMENT, at(15, 20), "instagram"),
    ]
    batch = [
        IncomingMention(platform, "kopi", name, kind, "rina", "Rina", f"Kak, {name}?", None, sent)
        for name, kind, sent, platform in came
    ]
    batch.append(batch[0]._replace(remote_id="ours", own=True, sent_at=at(16, 9, 30)))
    mentions.apply(conn, batch, goals.current(conn), at(23, 0, 20))
    ids = dict(conn.execute("SELECT remote_id, id FROM mention").fetchall())
    for name, answered in (("quick", at(16, 9, 30)), ("slow", at(16, 12)), ("weekend", at(23, 8))):
        goals.answered(conn, ids[name], answered, ana.member_id)
        triage.finish(conn, ana, [ids[name]], answered)
    triage.finish(conn, ana, [ids["thanks"]], at(17, 11))


def _hours(conn: Connection, ana: Actor, budi: Actor) -> None:
    now = at(23, 14)
    time_entries.log(conn, ana, now, "conversation", Span(at(16, 9), at(16, 11)))
    time_entries.log(conn, ana, now, "updates", Span(at(22, 23), at(23, 1)))
    time_entries.log(conn, ana, now, "contingency", Span(at(18, 9), at(18, 9, 30)), "banjir di gudang")
    time_entries.log(conn, budi, now, "blogging", Span(at(17, 9), at(17, 12)))
    gone = time_entries.log(conn, budi, now, "blogging", Span(at(18, 9), at(18, 12)))
    conn.execute("UPDATE time_entry SET removed_at = ? WHERE id = ?", (encode(now), gone))
    maybe = time_entries.log(conn, budi, now, "listening", Span(at(19, 9), at(19, 12)))
    conn.execute("UPDATE time_entry SET state = 'proposed' WHERE id = ?", (maybe,))


def _rest(conn: Connection, ana: Actor, budi: Actor) -> None:
    freezing.on(conn, ana, at(10, 9), "latihan")
    freezing.off(conn, ana, at(10, 10))
    freezing.on(conn, ana, at(17, 14), "harga salah di poster")
    freezing.off(conn, budi, at(17, 15, 30))
    freezing.on(conn, ana, at(23, 9), "minggu depan")
    freezing.off(conn, ana, at(23, 10))
    conn.execute(
        "INSERT INTO sync_job (name, label, platform, interval_s, failures, last_ok_at, error) VALUES "
        "('x/kopi/mentions', 'kopi', 'x', 60, 3, ?, 'no answer'), ('x/kopi/metrics', 'kopi', 'x', 60, 0, ?, NULL), "
        "('x/kopi/search', 'kopi', 'x', 60, 1, ?, 'since Monday')",
        (encode(at(21, 8)), encode(at(21, 8)), encode(at(23, 8))),
    )
    for name, first, last in (("Lama", 1, 18), ("Gajian", 15, 25), ("Nanti", 24, 28), ("Dulu", 2, 10)):
        campaigns.add(
            conn, ana, at(1, 9), name=name, kind=CampaignKind.DISCOUNT, starts_at=at(first, 0), ends_at=at(last, 0),
            zone="Asia/Jakarta",
        )  # fmt: skip
    gajian = campaigns.find(conn, "Gajian")
    milestones.add(conn, ana, at(2, 9), gajian, name="Poster", due_at=at(20, 12), owner="budi")
    milestones.add(conn, ana, at(2, 9), gajian, name="Pemenang", due_at=at(23, 9), owner="budi")
    decisions.add(conn, ana, at(20, 16), WEEK, "Lebih banyak edukasi", owner="budi")
    done = decisions.add(conn, ana, at(20, 16), WEEK, "Poster dicek berdua")
    decisions.done(conn, ana, done, at(22, 16))
    decisions.add(conn, ana, at(13, 16), Week(2026, 46), "Balas Minggu juga")
    decisions.add(conn, ana, at(23, 10), Week(2026, 48), "Minggu depan")
