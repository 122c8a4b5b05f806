"""A campaign whole: its posts by phase and account, what it lacks, its goals, mentions and hours."""

import itertools
import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smdash.core.campaign_warnings import Warnings
from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.records import Account, Actor, CampaignKind, Category, Format, Phase, PostState
from smdash.store import (
    assets,
    brands,
    campaign_sets,
    campaign_view,
    campaign_warnings,
    campaigns,
    mentions,
    metrics,
    milestones,
    posts,
    teams,
)
from smdash.store.campaign_view import CampaignView
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.metrics import Reading

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


def lacking(whole: CampaignView) -> list[tuple[str, str, int | None]]:
    return [(one.severity, one.code, one.post_id) for one in whole.missing]


def test_a_phase_without_a_post_is_told_in_time(store: Store, actor: Actor, campaign: int) -> None:
    plan(store, actor, -2, IG)
    found = look(store, campaign)
    assert [(one.severity, one.words) for one in found.missing] == [
        ("error", "last call in 1d, no post yet"), ("warning", "wrap in 4d, no post yet"),
    ]  # fmt: skip
    assert look(store, campaign, DAY).missing[0].words == "last call runs, no post in it"
    plan(store, actor, 1.5, IG)
    assert [one.phase for one in look(store, campaign).missing] == ["wrap"]
    # Nothing can be mended once it is over.
    assert look(store, campaign, 5 * DAY).missing == ()


def test_a_campaign_far_ahead_does_not_nag(store: Store, actor: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        far = campaigns.add(
            conn, actor, now, name="Harbolnas", kind=CampaignKind.PROMOTION, starts_at=now + 20 * DAY,
            ends_at=now + 22 * DAY, zone="Asia/Jakarta",
        )  # fmt: skip
    assert look(store, far).missing == ()
    assert lacking(look(store, far, 14 * DAY)) == [("warning", "no_posts", None)]
    assert lacking(look(store, far, 19 * DAY)) == [("error", "no_posts", None)]


def test_posts_that_are_not_ready_outside_or_without_utm(store: Store, actor: Actor, campaign: int) -> None:
    for at in (0.5, 1.5, 4.5):
        plan(store, actor, at, IG)
    with store.writing() as conn:
        teams.put(conn, "approval", "optional")
    waits = plan(store, actor, 0.5, IG, wish=PostState.REVIEW)
    draft = plan(store, actor, 3, IG, wish=PostState.DRAFT)
    bare = plan(store, actor, 2, IG, body="lihat https://kopi.example/promo dan https://kopi.example/?utm_source=ig")
    early = plan(store, actor, 6, IG)
    plan(store, actor, None, IG)
    send(store, plan(store, actor, -1, IG, body="https://kopi.example/lama"))
    with store.writing() as conn:
        late = posts.add(
            conn, actor, store.clock.now(), accounts=[], category=Category.OTHER, format=Format.TEXT, body="x",
            due_at=store.clock.now() + DAY, zone="Asia/Jakarta", campaign="Gajian",
        )  # fmt: skip
        conn.execute("UPDATE post SET state = 'expired' WHERE id = ?", (late,))
    found = look(store, campaign)
    assert sorted(lacking(found), key=str) == sorted(
        [("error", "unapproved", waits), ("error", "expired", late), ("warning", "draft", draft),
         ("warning", "utm", bare), ("warning", "outside", early)], key=str,
    )  # fmt: skip
    words = {one.code: one.words for one in found.missing}
    assert words["unapproved"] == f"post {waits} waits for approval, for Tue 24 Nov 02:05 WIB"
    assert words["utm"] == f"post {bare}: this link has no utm_source: https://kopi.example/promo"
    assert "“Gajian” is over by then" in words["outside"]
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO overrule (post_id, rule, about, member_id, at, reason) VALUES "
            "(?, 'missing_utm', 'https://kopi.example/promo', 1, '2026-11-23T00:00:00.000Z', 'cetak')", (bare,),
        )  # fmt: skip
    assert "utm" not in [one.code for one in look(store, campaign).missing]


def test_assets_that_are_asked_and_accounts_of_the_brand(store: Store, actor: Actor, campaign: int) -> None:
    now = store.clock.now()
    plan(store, actor, 0.5, IG)
    post = plan(store, actor, 1.5, IG)
    with store.writing() as conn:
        brands.add(conn, actor, now, "Senja")
        for one in posts.find_account(conn, "instagram/kopi"), posts.find_account(conn, "mastodon/kopi"):
            brands.give(conn, actor, now, "account", one.id, "Senja")
        brands.give(conn, actor, now, "campaign", campaign, "Senja")
        assets.ask(conn, actor, now, what="spanduk", owner="ana", campaign="Gajian", due_at=now + 20 * HOUR)
        assets.ask(conn, actor, now, what="video", owner="ana", post_id=post, due_at=now + 3 * DAY)
        made = assets.ask(conn, actor, now, what="logo", owner="ana", post_id=post)
        assets.done(conn, actor, made, now)
    told = [(one.severity, one.code, one.words, one.post_id) for one in look(store, campaign).missing]
    assert told == [
        ("error", "asset", "Ana has not made “spanduk” yet, due Tue 24 Nov 10:05 WIB", None),
        ("warning", "phase_empty", "wrap in 4d, no post yet", None),
        ("warning", "asset", "Ana has not made “video” yet, due Thu 26 Nov 14:05 WIB", post),
        ("warning", "account", "no post for mastodon/kopi", None),
    ]


def test_offers_that_are_live_after_the_end(store: Store, actor: Actor, campaign: int) -> None:
    now = store.clock.now()
    offer = {"category": Category.SOFT_SELL, "offer": "20%"}
    sells = plan(store, actor, -2, IG, category=Category.HARD_SELL)
    offers = plan(store, actor, -2, IG, **offer)
    longer = plan(store, actor, -2, IG, **offer, offer_until=now + 8 * DAY)
    short = plan(store, actor, -2, IG, **offer, offer_until=now - HOUR)
    soft = plan(store, actor, -2, IG)
    gone = plan(store, actor, -2, IG, **offer)
    for one in (sells, offers, longer, short, soft):
        send(store, one)
    send(store, gone, gone_at="2026-11-22T00:00:00.000Z")
    assert look(store, campaign).live_after_end == ()
    assert look(store, campaign, 5 * DAY).live_after_end == (sells, offers, short)
    assert look(store, campaign, 8 * DAY).live_after_end == (sells, offers, longer, short)
    with store.reading() as conn:
        told = [campaign_warnings.read(conn, now + days * DAY).get(campaign) for days in (4, 5, 8, 20)]
    assert [one and one.live for one in told] == [0, 3, 4, None]


def test_figures_mentions_and_hours_are_counted(store: Store, actor: Actor, campaign: int, mention: object) -> None:
    now = store.clock.now()
    for post in (plan(store, actor, -2, IG), plan(store, actor, -1, MS)):
        send(store, post)
    with store.writing() as conn:
        ids = dict(conn.execute("SELECT remote_id, account_id FROM delivery WHERE remote_id IS NOT NULL").fetchall())
        for remote_id, account_id in ids.items():
            for value, days in ((3, 2), (40, 0)):
                metrics.write(conn, account_id, [Reading(remote_id, "likes", value, now - days * DAY)], ZoneInfo("UTC"))
        campaign_sets.set_goals(conn, actor, campaign, now, {"likes": 100, "posts": 4, "mentions": 10})
        arrive(conn, mention, now)
        campaign_sets.change_scope(
            conn, actor, campaign, now,
            [("label", "promo"), ("search", "#gajian"), ("link", "https://kopi.example/promo")],
        )  # fmt: skip
        member = actor.member_id
        conn.executemany(
            "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, state, created_at, campaign_id, "
            "removed_at) VALUES (?, 9, ?, ?, ?, '', ?, ?)",
            [(member, "2026-11-20T01:00:00.000Z", "2026-11-20T02:30:00.000Z", "confirmed", campaign, None),
             (member, "2026-11-21T01:00:00.000Z", "2026-11-21T02:30:00.000Z", "proposed", campaign, None),
             (member, "2026-11-22T01:00:00.000Z", "2026-11-22T02:30:00.000Z", "confirmed", campaign, "2026"),
             (member, "2026-11-23T07:00:00.000Z", None, "confirmed", campaign, None)],
        )  # fmt: skip
    found = look(store, campaign)
    assert [tuple(one) for one in found.goals] == [("likes", 100, 80, 50), ("posts", 4, 2, 2), ("mentions", 10, 4, 5)]
    assert (found.mentions, found.answered) == (4, 1)
    assert found.seconds == 95 * 60
    assert [one.words for one in found.scope] == ["Promo", "#gajian (mastodon/kopi)", "https://kopi.example/promo"]


def arrive(conn: Connection, mention: Any, now: datetime) -> None:
    """Six mentions, of which four belong: a label (also of long ago), a hit within the dates, and a link."""
    old, sent = now - 30 * DAY, now - HOUR
    batch = [
        mention("label", sent_at=old), mention("hit", sent_at=sent), mention("old hit", sent_at=old),
        mention("link", body="Ini https://KOPI.example/promo/2?x=1", sent_at=sent),
        mention("other link", body="https: kopi, example. Promo!", sent_at=sent),
        mention("both", body="https://kopi.example/promo", sent_at=sent),
    ]  # fmt: skip
    mentions.apply(conn, batch, {}, now)
    ids = dict(conn.execute("SELECT remote_id, id FROM mention").fetchall())
    conn.execute("UPDATE mention SET answered_at = ? WHERE id = ?", (encode(now), ids["hit"]))
    conn.execute("INSERT INTO label (id, name) VALUES (1, 'Promo')")
    conn.executemany("INSERT INTO mention_label VALUES (?, 1)", [(ids["label"],), (ids["both"],)])
    account = posts.find_account(conn, "mastodon/kopi")
    conn.execute(
        "INSERT INTO search (id, account_id, query, created_at) VALUES (7, ?, '#gajian', ?)", (account.id, encode(now))
    )
    conn.executemany("INSERT INTO search_hit VALUES (7, ?, '')", [(ids["hit"],), (ids["old hit"],), (ids["both"],)])


def test_the_pane_counts_what_the_whole_calls_urgent(store: Store, actor: Actor) -> None:
    rng = random.Random(7)
    now = store.clock.now()
    with store.writing() as conn:
        account = teams.put_account(conn, *IG, now)
        teams.put(conn, "approval", "optional")
        ids = []
        for number in range(24):
            start = now + rng.randint(-6, 4) * DAY
            length = rng.randint(1, 8)
            edges = sorted(rng.sample(range(length + 1), min(rng.randint(1, 4), length + 1)))
            phases = [Phase(f"p{a}", start + a * DAY, start + b * DAY) for a, b in itertools.pairwise(edges)]
            ids.append(
                campaigns.add(
                    conn,
                    actor,
                    now,
                    name=f"C{number}",
                    kind=CampaignKind.LAUNCH,
                    starts_at=start,
                    ends_at=start + length * DAY,
                    zone="Asia/Jakarta",
                    phases=phases,
                )
            )
            for _post in range(rng.randint(0, 3)):
                post = posts.add(
                    conn, actor, now, accounts=[account_of(conn, account)], format=Format.TEXT, body="x",
                    category=rng.choice(list(Category)), due_at=start + length * DAY * rng.random(),
                    zone="Asia/Jakarta", campaign=f"C{number}", wish=PostState.DRAFT,
                )  # fmt: skip
                state = rng.choice(["idea", "draft", "review", "ready", "expired", "cancelled"])
                conn.execute("UPDATE post SET state = ? WHERE id = ?", (state, post))
                if rng.random() < 0.4:
                    assets.ask(conn, actor, now, what="x", owner="ana", post_id=None, campaign=f"C{number}",
                               due_at=now + rng.randint(0, 50) * HOUR)  # fmt: skip
    seen = set()
    for later in (0, 1, 3):
        at = now + later * DAY
        with store.reading() as conn:
            told = campaign_warnings.read(conn, at)
            for one in ids:
                urgent = [piece for piece in campaign_view.view(conn, one, at).missing if piece.severity == "error"]
                assert told.get(one, Warnings()).urgent == len(urgent), (one, later, urgent)
                seen |= {piece.code for piece in urgent}
    assert seen == {"phase_empty", "no_posts", "unapproved", "draft", "expired", "asset"}


def account_of(conn: Connection, account_id: int) -> Account:
    return next(one for one in teams.accounts(conn) if one.id == account_id)


def test_a_campaign_that_is_not_there(store: Store) -> None:
    with store.reading() as conn, pytest.raises(InputError, match="no campaign “7”"):
        campaign_view.view(conn, 7, store.clock.now())


def test_milestones_by_their_time(store: Store, actor: Actor, second: Actor, campaign: int) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        later = milestones.add(conn, actor, now, campaign, name="hadiah", due_at=now + 2 * DAY, owner="budi")
        sooner = milestones.add(conn, actor, now, campaign, name="juri", due_at=now + DAY)
        milestones.done(conn, second, sooner, now + HOUR)
    found = look(store, campaign).milestones
    assert [(one.id, one.owner, one.done_by) for one in found] == [(sooner, None, "Budi"), (later, "Budi", None)]
    assert [one.is_overdue(now + 2 * DAY) for one in found] == [False, True]
    with store.reading() as conn:
        assert [one.id for one in milestones.select(conn, owner_id=second.member_id)] == [later]
        assert campaign_warnings.read(conn, now + 2 * DAY)[campaign].milestones == 1
