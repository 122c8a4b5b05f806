"""A campaign whole: its posts by phase and account, what it lacks, its goals, mentions and hours."""

from datetime import timedelta

import pytest

from smdash.core.errors import InputError
from smdash.core.records import Actor, CampaignKind, Category, Format, Phase, PostState
from smdash.store import assets, brands, campaign_view, campaigns, metrics, milestones, posts, teams
from smdash.store.campaign_view import CampaignView
from smdash.store.connection import Store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
IG, MS = ("instagram", "kopi"), ("mastodon", "kopi")


@pytest.fixture
def campaign(store: Store, actor: Actor) -> int:
    """Ten days around now: launch until in a day, then the last call, then wrap."""
    now = store.clock.now()
    start = now - 5 * DAY
    with store.writing() as conn:
        for platform, name in (IG, MS):
            teams.put_account(conn, platform, name, now)
        return campaigns.add(
            conn, actor, now, name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=start, ends_at=start + 10 * DAY,
            zone="Asia/Jakarta",
            phases=[Phase("launch", start, start + 6 * DAY), Phase("last call", start + 6 * DAY, start + 9 * DAY),
                    Phase("wrap", start + 9 * DAY, start + 10 * DAY)],
        )  # fmt: skip


def plan(store: Store, who: Actor, days: float | None, *accounts: tuple[str, str], **more: object) -> int:
    now = store.clock.now()
    fields = {"category": Category.SOFT_SELL, "format": Format.TEXT, "body": "halo", "zone": "Asia/Jakarta",
              "campaign": "Gajian", "due_at": None if days is None else now + days * DAY}  # fmt: skip
    with store.writing() as conn:
        chosen = [posts.find_account(conn, "/".join(one)) for one in accounts]
        return posts.add(conn, who, now, accounts=chosen, **(fields | more))  # type: ignore[arg-type]


def send(store: Store, post_id: int, **more: object) -> None:
    columns = {"state": "sent", "sent_at": "2026-11-20T00:00:00.000Z", "remote_id": f"r{post_id}"} | more
    put = ", ".join(f"{column} = :{column}" for column in columns)
    with store.writing() as conn:
        conn.execute(f"UPDATE delivery SET {put} WHERE post_id = :post", {**columns, "post": post_id})


def look(store: Store, campaign: int, later: timedelta = timedelta()) -> CampaignView:
    with store.reading() as conn:
        return campaign_view.view(conn, campaign, store.clock.now() + later)


def test_posts_are_counted_by_phase_and_account(store: Store, actor: Actor, campaign: int) -> None:
    send(store, plan(store, actor, -2, IG, MS))
    plan(store, actor, 0.5, IG)
    plan(store, actor, 7, MS)  # after its end
    plan(store, actor, None, MS)
    off = plan(store, actor, 0.5, IG)
    with store.writing() as conn:
        conn.execute("UPDATE post SET state = 'cancelled' WHERE id = ?", (off,))
    assert [tuple(one) for one in look(store, campaign).coverage] == [
        ("launch", IG, 2, 1), ("launch", MS, 1, 1), ("last call", IG, 0, 0), ("last call", MS, 0, 0),
        ("wrap", IG, 0, 0), ("wrap", MS, 0, 0), (None, MS, 2, 0),
    ]  # fmt: skip
