"""A desk whose data is in Cyrillic, so that a word in plain letters on the screen is one of smdash's own."""

from __future__ import annotations

from datetime import timedelta

from smdash.core.records import Actor, CampaignKind, Category, Format, IncomingMention, MentionKind, Phase
from smdash.store import campaigns, mentions, posts, teams, time_entries
from smdash.store.connection import Store
from tests.conftest import ZONE, member
from tests.desk import GOALS

TEAM = "Кофе"
LOGIN, NAME = "ana", "Аня"


def desk(store: Store) -> Actor:
    """Posts late, soon and without a time, mentions of every kind, campaigns with phases, hours of two members."""
    now = store.clock.now()
    actor = member(store, LOGIN, NAME)
    other = member(store, "budi", "Будимир")
    with store.writing() as conn:
        teams.start(conn, TEAM, ZONE)
        campaigns.add(
            conn, actor, now, name="Зарплата", kind=CampaignKind.DISCOUNT, starts_at=now - timedelta(days=3),
            ends_at=now + timedelta(days=2, hours=10), zone=ZONE,
            phases=[Phase("финал", now - timedelta(days=1), now + timedelta(days=2, hours=10))],
        )  # fmt: skip
        campaigns.add(
            conn, actor, now, name="Ярмарка", kind=CampaignKind.CONTEST, starts_at=now + timedelta(days=18),
            ends_at=now + timedelta(days=20), zone=ZONE,
        )  # fmt: skip
        time_entries.start(conn, other, now, "blogging", at=now - timedelta(minutes=90))
        time_entries.start(conn, actor, now, "conversation", at=now - timedelta(minutes=42))
        teams.put_account(conn, "instagram", "кофе", now)
        account = posts.find_account(conn, "instagram/кофе")
        for at, (category, form) in enumerate(zip(Category, Format, strict=True)):
            sells = {"offer": "скидка", "offer_until": now + timedelta(days=1)} if category == "hard_sell" else {}
            posts.add(
                conn, actor, now, accounts=[account], category=category, format=form, body=f"Новость {at}",
                due_at=now + timedelta(minutes=at * 50 - 60), zone=ZONE, campaign="Зарплата", **sells,
            )  # fmt: skip
        posts.add(
            conn, actor, now, accounts=[account], category=Category.QUOTE, format=Format.TEXT, body="Без времени",
            due_at=None, zone=ZONE, campaign=None,
        )  # fmt: skip
        batch = [
            IncomingMention(
                "instagram", "кофе", f"r{at}", kind, f"гость{at}", f"Гость {at}", f"Вопрос {at}", "https://кофе.рф/1",
                now - timedelta(minutes=300 - at * 40),
            )
            for at, kind in enumerate(MentionKind)
        ]  # fmt: skip
        mentions.apply(conn, batch, GOALS, now)
    return actor
