"""A dashboard over a database of a test, without a terminal: same app, same threads, a standing clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from smdash.core.clock import Clock, find_zone
from smdash.core.records import Actor, CampaignKind, Category, Format, IncomingMention, MentionKind, Phase
from smdash.store import campaigns, hours, mentions, posts, teams
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
        hours.start(conn, actor, now, "conversation", at=now - timedelta(minutes=42))
    plan_post(store, actor, "5 cara seduh V60 di rumah", now - timedelta(hours=2), campaign="Gajian hemat")
    plan_post(store, actor, "Cerita petani Gayo", now + timedelta(minutes=25), campaign="Gajian hemat")
    arrive(store, "Kak pesanan saya belum sampai", "Buka jam berapa ya hari Minggu?", minutes_ago=300)
    arrive(store, "[red]red[/red] x[/]", "Kopinya enak sekali", minutes_ago=30)
    assert find_zone(zone)
