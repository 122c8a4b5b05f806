"""The report of a week against a hand count of it, week by week, zone by zone, brand by brand."""

from datetime import datetime, timedelta

import pytest

from smdash.core.clock import FixedClock, Week, encode
from smdash.core.errors import InputError
from smdash.core.records import Actor, CampaignKind, Category
from smdash.core.reports import MentionLine, PostLine, WeekReport
from smdash.store import brands, campaigns, milestones, reporting, teams
from smdash.store.connection import Store
from tests.played_week import IG, WEEK, X, at, goes_out, plan, play

NOW = at(23, 14, 5)


@pytest.fixture
def played(store: Store, actor: Actor, second: Actor) -> Store:
    play(store, actor, second)
    return store


def report(store: Store, week: Week | None = WEEK, now: datetime = NOW, brand: str | None = None) -> WeekReport:
    with store.reading() as conn:
        return reporting.week(conn, week, now, brands.find(conn, brand) if brand else None)


def test_posts(played: Store) -> None:
    found = report(played)
    assert found.over
    assert found.posts.whole == PostLine("", planned=5, published=2, failed=1, unknown=1, expired=0, waiting=1)
    assert found.posts.accounts == (
        PostLine(IG, planned=4, published=2, failed=1, unknown=1, waiting=1),
        PostLine(X, planned=2, published=1),
    )
    assert [(one.name, one.planned, one.published) for one in found.posts.categories] == [
        ("education", 2, 1), ("quote", 1, 0), ("soft_sell", 1, 0), ("hard_sell", 1, 0), ("other", 0, 1),
    ]  # fmt: skip
    mix = {one.category: (one.published, one.planned, one.share, one.target) for one in found.mix.lines}
    assert mix == {
        Category.EDUCATION: (1, 1, 50.0, 50), Category.QUOTE: (0, 0, 0.0, 20), Category.SOFT_SELL: (0, 1, 25.0, 20),
        Category.HARD_SELL: (1, 0, 25.0, 10), Category.OTHER: (0, 0, 0.0, 0),
    }  # fmt: skip


def test_mentions_and_how_they_were_answered(played: Store) -> None:
    found = report(played).mentions
    weekend = 46 * 3600
    assert found.whole == MentionLine("", 5, answered=3, late=1, overdue=1, open=2, median_s=7200, p90_s=weekend)
    kinds = {one.name: one for one in found.kinds if one.incoming}
    assert kinds == {
        "dm": MentionLine("dm", 3, answered=2, late=1, overdue=1, open=1, median_s=4500, p90_s=7200),
        "comment": MentionLine("comment", 2, answered=1, open=1, median_s=weekend, p90_s=weekend),
    }
    networks = [(one.name, one.incoming, one.median_s) for one in found.networks]
    assert networks == [("instagram", 4, (1800 + weekend) // 2), ("x", 1, 7200)]
    assert (found.left_open, found.working_time) == (1, False)


def test_campaigns_hours_and_incidents(played: Store, actor: Actor) -> None:
    found = report(played)
    assert [(one.name, one.ended) for one in found.campaigns] == [("Lama", True), ("Gajian", False)]
    assert found.campaigns[1].missing
    assert {one.key: one.done_minutes for one in found.hours.activities if one.done_minutes} == {
        "conversation": 120, "updates": 60, "blogging": 180, "contingency": 30,
    }  # fmt: skip
    assert [(one.login, one.done_minutes, one.target_minutes) for one in found.hours.members] == [
        ("ana", 210, 2370), ("budi", 180, 2370),
    ]  # fmt: skip
    assert sum(one.target_minutes or 0 for one in found.hours.activities) == 2 * 2370
    assert found.hours.days_off_minutes == 0
    assert [(one.words, one.minutes) for one in found.hours.reserve] == [("banjir di gudang", 30)]
    (freeze,) = found.incidents.freezes
    assert (freeze.at, freeze.ended_at) == (at(17, 14), at(17, 15, 30))
    assert (freeze.by, freeze.ended_by, freeze.reason) == ("Ana", "Budi", "harga salah di poster")
    assert [(one.account, one.state, one.body) for one in found.incidents.troubles] == [
        (IG, "failed", "Halo"), (IG, "unknown", "Cerita petani Gayo"),
    ]  # fmt: skip
    assert [(one.name, one.failures, one.error) for one in found.incidents.jobs] == [
        ("x/kopi/mentions", 3, "no answer")
    ]


def test_what_is_carried_over_and_decided(played: Store) -> None:
    found = report(played)
    assert [(one.state, one.accounts) for one in found.carry_over.posts] == [
        ("failed", IG), ("unknown", IG), ("draft", IG),
    ]  # fmt: skip
    assert [one.body for one in found.carry_over.mentions] == ["Kak, waits?"]
    assert [(one.campaign, one.name, one.owner) for one in found.carry_over.milestones] == [
        ("Gajian", "Poster", "Budi")
    ]
    assert [(one.week, one.body) for one in found.carry_over.decisions] == [
        ("2026-W46", "Balas Minggu juga"), ("2026-W47", "Lebih banyak edukasi"),
    ]  # fmt: skip
    assert [(one.body, one.owner, one.done_at is not None) for one in found.decisions] == [
        ("Lebih banyak edukasi", "Budi", False), ("Poster dicek berdua", None, True),
    ]  # fmt: skip


def test_a_week_that_is_not_over_counts_up_to_now(played: Store) -> None:
    # Wednesday at noon: what is due later is neither late nor carried over, and nothing of this week's is.
    found = report(played, now=at(18, 12))
    assert not found.over
    assert (found.posts.whole.planned, found.posts.whole.published) == (5, 2)
    assert (found.mentions.whole.incoming, found.mentions.whole.answered, found.mentions.whole.p90_s) == (3, 2, 7200)
    assert [one.state for one in found.carry_over.posts] == ["failed"]
    assert [one.body for one in found.carry_over.decisions] == ["Balas Minggu juga"]
    hours = {one.key: (one.done_minutes, one.expected_minutes) for one in found.hours.activities}
    assert hours["conversation"][0] == 120
    assert 0 < (hours["conversation"][1] or 0) < 2 * 240
    # The answer to the weekend's came after that.
    sunday = report(played, now=at(22, 12)).mentions.whole
    assert (sunday.incoming, sunday.answered, sunday.open, sunday.p90_s) == (4, 2, 1, 7200)
    (freeze,) = report(played, now=at(17, 15)).incidents.freezes
    assert freeze.ended_at is None


def test_this_week_is_meant_where_none_is_named(played: Store) -> None:
    found = report(played, None)
    assert (found.week, found.over) == (Week(2026, 48), False)
    assert found.mentions.whole.incoming == 1
    assert found.posts.whole == PostLine("", planned=1, published=1, waiting=1)


def test_a_week_that_has_not_begun_is_refused(played: Store) -> None:
    with pytest.raises(InputError, match=r"2026-W49 has not begun.*\(this is week 2026-W48\)"):
        report(played, Week(2026, 49))


def test_an_empty_week_has_nothing_to_tell(store: Store, actor: Actor) -> None:
    found = report(store)
    assert found.posts.whole == PostLine("")
    assert found.mix.posts == 0
    assert found.mentions.whole == MentionLine("")
    assert not found.campaigns and not found.decisions
    assert not any(found.incidents) and not any(found.carry_over)


def test_the_week_is_the_teams(played: Store) -> None:
    # In Honolulu (UTC-10) Monday the 16th begins 17 hours later than in Jakarta; weeks here begin on Sunday.
    with played.writing() as conn:
        teams.put(conn, "zone", "Pacific/Honolulu")
        teams.put(conn, "week_start", 6)
    found = report(played)
    assert found.span.start == at(15, 17)
    assert found.span.end == at(22, 17)
    # Those of Sunday's last hours went to the next week; that of last week's Sunday evening came in.
    assert found.mentions.whole.incoming == 5
    assert found.posts.whole.planned == 5
    assert {one.key: one.done_minutes for one in found.hours.activities if one.done_minutes} == {
        "conversation": 120, "blogging": 180, "contingency": 30,
    }  # fmt: skip


def test_only_what_is_a_brands(played: Store, actor: Actor) -> None:
    with played.writing() as conn:
        brands.add(conn, actor, NOW, "Kopi")
        brands.add(conn, actor, NOW, "Teh")
        conn.execute("UPDATE account SET brand_id = (SELECT id FROM brand WHERE name = 'Kopi') WHERE platform = 'x'")
        conn.execute("UPDATE campaign SET brand_id = (SELECT id FROM brand WHERE name = 'Teh') WHERE name = 'Gajian'")
    kopi, teh = report(played, brand="kopi"), report(played, brand="Teh")
    assert kopi.posts.whole == PostLine("", planned=2, published=1)
    assert (kopi.mentions.whole.incoming, kopi.mentions.left_open) == (1, 0)
    assert sum(one.published + one.planned for one in kopi.mix.lines) == 2
    assert not kopi.campaigns and not kopi.incidents.troubles and not kopi.carry_over.mentions
    assert [one.name for one in teh.campaigns] == ["Gajian"]
    assert (teh.posts.whole.planned, teh.mentions.whole.incoming) == (0, 0)
    assert [one.name for one in teh.carry_over.milestones] == ["Poster"]
    assert not any(one.done_minutes for one in teh.hours.activities)
    # The plan of hours is for all brands.
    assert {one.target_minutes for one in kopi.hours.activities} == {None}


def test_response_times_say_how_they_were_counted(played: Store) -> None:
    with played.writing() as conn:
        teams.put(conn, "goals_count", "working_hours")
    assert report(played).mentions.working_time


def test_a_thread_is_out_when_all_of_it_is(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "x", "kopi", at(1, 9))
        post = plan(conn, actor, at(17, 10), Category.EDUCATION, X)
        goes_out(conn, post, at(17, 10))
        conn.execute(
            "INSERT INTO delivery (kind, account_id, post_id, state, key, due_at, created_at, updated_at, part) "
            "SELECT 'post', account_id, post_id, 'failed', 'k2', due_at, created_at, updated_at, 2 FROM delivery"
        )
    found = report(store)
    assert found.posts.whole == PostLine("", planned=1, published=1, failed=1)
    assert found.carry_over.posts_count == 1


def test_a_post_is_out_in_the_week_of_its_first_part(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "x", "kopi", at(1, 9))
        post = plan(conn, actor, at(22, 23, 59), Category.EDUCATION, X)
        goes_out(conn, post, at(22, 23, 59))
        conn.execute(
            "INSERT INTO delivery (kind, account_id, post_id, state, key, due_at, created_at, updated_at, part, sent_at) "
            "SELECT 'post', account_id, post_id, 'sent', 'k2', due_at, created_at, updated_at, 2, ? FROM delivery",
            (encode(at(23, 0, 1)),),
        )
    assert (report(store).posts.whole.published, report(store, None).posts.whole.published) == (1, 0)


def test_what_was_called_off_at_every_account_was_not_planned(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "x", "kopi", at(1, 9))
        plan(conn, actor, at(17, 10), Category.EDUCATION, X)
        conn.execute("UPDATE delivery SET state = 'cancelled'")
    assert report(store).posts.whole == PostLine("")


def test_what_the_service_is_about_to_send_is_not_left_over(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "x", "kopi", at(1, 9))
        plan(conn, actor, NOW, Category.EDUCATION, X)
    week = Week(2026, 48)
    assert report(store, week, NOW + timedelta(seconds=30)).carry_over.posts_count == 0
    assert report(store, week, NOW + timedelta(minutes=2)).carry_over.posts_count == 1


def test_a_milestone_that_is_still_to_come_is_not_carried_over(store: Store, clock: FixedClock, actor: Actor) -> None:
    now = clock.now()
    with store.writing() as conn:
        one = campaigns.add(
            conn, actor, now, name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=now,
            ends_at=now + timedelta(days=4), zone="Asia/Jakarta",
        )  # fmt: skip
        milestones.add(conn, actor, now, one, name="Poster", due_at=now + timedelta(days=1))
    for later, names in ((timedelta(hours=2), []), (timedelta(days=1, hours=1), ["Poster"])):
        with store.reading() as conn:
            found = reporting.week(conn, None, now + later)
        assert [each.name for each in found.carry_over.milestones] == names
