"""A dashboard over a database of a test, without a terminal: same app, same threads, a standing clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from smdash.core.budgets import Counting
from smdash.core.clock import Clock, find_zone
from smdash.core.networks import code
from smdash.core.records import (
    Actor,
    CampaignKind,
    Category,
    Counts,
    Format,
    IncomingMention,
    MentionKind,
    Phase,
    Quota,
)
from smdash.store import budgets, campaigns, feeds, jobs, mentions, posts, teams, time_entries
from smdash.store.connection import Store
from smdash.tui import theme
from smdash.tui.app import DeskApp
from smdash.tui.backend import Backend
from smdash.tui.terminal import TerminalOptions

GOALS = {"mention": 240, "comment": 240, "dm": 60}


def desk_app(db: Path, clock: Clock, *, look: str = "dark", plain: bool = False, read_only: bool = False) -> DeskApp:
    """The dashboard of the member ``ana``."""
    backend = Backend(db, clock, read_only=read_only, login="ana", real_login="ana", name="Ana")
    app = DeskApp(backend, theme.load(look), clock, TerminalOptions(plain=plain))
    app.prepare()
    return app


def arrive(store: Store, *texts: str, minutes_ago: int = 60, kind: MentionKind = MentionKind.COMMENT) -> None:
    """Mentions on Instagram, the first one the longest ago."""
    now = store.clock.now()
    batch = [
        IncomingMention(
            "instagram", "kopi", f"r-{text}-{at}", kind, f"tamu{at}", f"Tamu {at}", text, "https://kopi.example/p/1",
            now - timedelta(minutes=minutes_ago - at),
        )
        for at, text in enumerate(texts)
    ]  # fmt: skip
    with store.writing() as conn:
        mentions.apply(conn, batch, GOALS, now)


def plan_post(store: Store, actor: Actor, body: str, due_at: datetime, *, campaign: str | None = None) -> int:
    """A post on Instagram."""
    now = store.clock.now()
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", now)
        account = posts.find_account(conn, "instagram/kopi")
        return posts.add(
            conn, actor, now, accounts=[account], category=Category.SOFT_SELL, format=Format.IMAGE, body=body,
            due_at=due_at, zone="Asia/Jakarta", campaign=campaign,
        )  # fmt: skip


def monday(store: Store, actor: Actor) -> None:
    """A small seeded Monday: posts, mentions, campaigns and hours."""
    now = store.clock.now()
    zone = "Asia/Jakarta"
    with store.writing() as conn:
        campaigns.add(
            conn, actor, now, name="Gajian hemat", kind=CampaignKind.DISCOUNT, starts_at=now - timedelta(days=3),
            ends_at=now + timedelta(days=2, hours=10), zone=zone,
            phases=[Phase("last call", now - timedelta(days=1), now + timedelta(days=2, hours=10))],
        )  # fmt: skip
        campaigns.add(
            conn, actor, now, name="Harbolnas 12.12", kind=CampaignKind.PROMOTION, starts_at=now + timedelta(days=18),
            ends_at=now + timedelta(days=20), zone=zone,
        )  # fmt: skip
        time_entries.start(conn, actor, now, "conversation", at=now - timedelta(minutes=42))
    plan_post(store, actor, "5 cara seduh V60 di rumah", now - timedelta(hours=2), campaign="Gajian hemat")
    plan_post(store, actor, "Cerita petani Gayo", now + timedelta(minutes=25), campaign="Gajian hemat")
    arrive(store, "Kak pesanan saya belum sampai", "Buka jam berapa ya hari Minggu?", minutes_ago=300)
    arrive(store, "[red]red[/red] x[/]", "Kopinya enak sekali", minutes_ago=30)
    assert find_zone(zone)


def busy_sync(store: Store, actor: Actor) -> None:
    """Jobs of four accounts and a feed: well, paused, without a token, with a budget that is used up."""
    now = store.clock.now()
    minute = timedelta(minutes=1)

    def good(name: str, left: int | None = None, notice: str | None = None) -> None:
        quota = None if left is None else Quota(left, 300, now + 12 * minute)
        jobs.begin(conn, name, now - minute)
        jobs.succeed(
            conn, name, now - minute, next_at=now + 4 * minute, counts=Counts(2, 1), seconds=0.42, quota=quota,
            notice=notice,
        )  # fmt: skip

    with store.writing() as conn:
        for platform, kinds in (
            ("instagram", ("comments", "push")), ("linkedin", ("comments",)), ("mastodon", ("mentions", "search")),
            ("x", ("mentions",)),
        ):  # fmt: skip
            one = teams.put_account(conn, platform, "kopi", now)
            for kind in kinds:
                name = f"{platform}/kopi/{kind}"
                label = f"{code(platform)} kopi {kind}"
                jobs.ensure(conn, jobs.JobSpec(name, label, platform, one, None, 300))
                good(name, 98 if platform == "mastodon" else None)
            priced = platform == "x"
            cost = "X charges for each post, message and person that is read, and for each post; one with a link costs more"
            counting = Counting("posts, messages and people read", monthly=True) if priced else Counting()
            most = 20_000 if priced else None
            budgets.keep(conn, one, now, counting, cost=cost if priced else "", most=most)
            budgets.spend(conn, one, counting, now, 20_000 if priced else 12)
            days = {"linkedin": -4, "mastodon": 60, "instagram": 9}.get(platform)
            budgets.checked(conn, one, now, None if days is None else now + timedelta(days=days, hours=1))
        jobs.pause(conn, actor, "mastodon/kopi/search", now, on=True)
        jobs.fail(
            conn, "linkedin/kopi/comments", next_at=now + 60 * minute, kind="auth",
            error="api.linkedin.com does not accept the token",
        )  # fmt: skip
        ends = Counting(monthly=True).period(now).ends
        words = (
            "the budget of 20,000 (posts, messages and people read) is used up; pulls wait until 2026-12-01 00:00 UTC"
        )
        jobs.wait(conn, "x/kopi/mentions", until=ends, notice=words)
        feeds.add(conn, actor, now, "https://contoh.id/feed.xml", "Kabar kopi")
        jobs.ensure(conn, jobs.JobSpec("feeds/1", "Kabar kopi", "feeds", None, 1, 3600))
        good("feeds/1")
        jobs.fail(conn, "feeds/1", next_at=now + 30 * minute, kind="network", error="contoh.id does not answer")
        jobs.ensure(conn, jobs.JobSpec("links", "links", "links", None, None, 300))
        good("links")
