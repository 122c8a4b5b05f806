"""The report of a campaign against a hand count of it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from smdash.core.clock import Span
from smdash.core.records import Actor, CampaignKind, Category, Format
from smdash.core.reports import CampaignReport
from smdash.reports import campaign as rendering
from smdash.reports import render_csv, render_html, render_text, shapes
from smdash.store import campaigns, metrics, posts, report_campaign, teams, time_entries
from smdash.store.connection import Store
from smdash.store.metrics import Reading

ZONE = ZoneInfo("Asia/Jakarta")
DAY = timedelta(days=1)


def played(store: Store, ana: Actor, budi: Actor, text: str = "Halo") -> CampaignReport:
    """Ten days, half of them over: one post out at two accounts with figures, one planned, hours of two members."""
    now = store.clock.now()
    start = now - 5 * DAY
    with store.writing() as conn:
        for platform in ("instagram", "x"):
            teams.put_account(conn, platform, "kopi", now)
        found = campaigns.add(
            conn, ana, start, name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=start, ends_at=start + 10 * DAY,
            zone="Asia/Jakarta",
        )  # fmt: skip
        accounts = [posts.find_account(conn, one) for one in ("instagram/kopi", "x/kopi")]
        for due in (start + DAY, now + DAY):
            posts.add(
                conn, ana, start, accounts=accounts, category=Category.SOFT_SELL, format=Format.TEXT, body=text,
                due_at=due, zone="Asia/Jakarta", campaign="Gajian",
            )  # fmt: skip
        conn.execute("UPDATE delivery SET state = 'sent', sent_at = due_at, remote_id = 'r' || id WHERE post_id = 1")
        sent = conn.execute("SELECT account_id, remote_id FROM delivery WHERE post_id = 1 ORDER BY id").fetchall()
        for (account, remote), likes in zip(sent, (30, 12), strict=True):
            metrics.write(conn, account, [Reading(remote, "likes", likes, now)], ZONE)
        conn.execute("INSERT INTO campaign_goal (campaign_id, figure, target) VALUES (?, 'likes', 100)", (found,))
        for who, activity, hours in ((ana, "campaigns", 2), (budi, "campaigns", 1), (budi, "blogging", 3)):
            begin = start + (hours * DAY)
            time_entries.log(
                conn, who, now, activity, Span(begin, begin + timedelta(hours=hours)), campaign="Gajian"
            )  # fmt: skip
    with store.reading() as conn:
        return report_campaign.read(conn, found, now)


def test_goals_posts_and_hours(store: Store, actor: Actor, second: Actor) -> None:
    found = played(store, actor, second)
    assert (found.campaign.posts_planned, found.campaign.posts_done) == (2, 1)
    assert [(one.figure, one.now, one.expected, one.target) for one in found.goals] == [("likes", 42, 50.0, 100)]
    assert [(one.state, one.accounts, dict(one.figures)) for one in found.posts] == [
        ("sent", ("instagram/kopi", "x/kopi"), {"likes": 42}), ("scheduled", ("instagram/kopi", "x/kopi"), {}),
    ]  # fmt: skip
    assert [(key, round(minutes)) for key, minutes in found.activities] == [("blogging", 180), ("campaigns", 180)]
    assert [(one.login, round(one.done_minutes)) for one in found.members] == [("ana", 120), ("budi", 240)]


def test_it_is_told_in_every_format(store: Store, actor: Actor, second: Actor) -> None:
    found = played(store, actor, second, "<b>Diskon</b>")
    document = rendering.document(found)
    text = render_text.render(document)
    assert "So far: it is running." in text
    assert "  likes        42               50   100  behind" in text
    assert "<b>Diskon</b>" in text
    page = render_html.render(document)
    assert "&lt;b&gt;Diskon&lt;/b&gt;" in page and "<b>" not in page
    assert "figures,goals,likes,42,50,100,behind" in render_csv.render(document)
    shape = shapes.campaign(found)
    assert shape["goals"] == [{"figure": "likes", "reached": 42, "expected": 50.0, "goal": 100}]
    assert [one["figures"] for one in shape["posts"]] == [{"likes": 42}, {}]
    assert shape["hours"]["members"][1] == {"login": "budi", "name": "Budi", "done_minutes": 240.0}
