"""Insights over rows, against a small desk that was counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import Span, encode
from smdash.core.errors import InputError
from smdash.core.insights import Answers, Complaints
from smdash.core.records import Actor, Category, Format, IncomingMention, MentionKind
from smdash.store import (
    brands,
    driver,
    goals,
    insights,
    mentions,
    metrics,
    migrations,
    outbox,
    posts,
    teams,
    time_entries,
    triage,
)
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.metrics import Reading
from smdash.store.schema_insights import TABLES
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Jakarta")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GOALS = {"mention": 240, "comment": 240, "dm": 60}


def send(
    conn: Connection, actor: Actor, name: str, sent_at: datetime, remote_id: str, *,
    category: Category = Category.EDUCATION, form: Format = Format.IMAGE,
) -> None:  # fmt: skip
    account = posts.find_account(conn, name)
    post_id = posts.add(
        conn, actor, sent_at, accounts=[account], category=category, format=form, body=remote_id, due_at=sent_at,
        zone="Asia/Jakarta",
    )  # fmt: skip
    (delivery,) = posts.get(conn, post_id).deliveries
    one = outbox.get(conn, delivery.id)
    outbox.begin(conn, one, sent_at)
    outbox.sent(conn, one, sent_at, remote_id, None, what="send", seconds=None)


def measure(conn: Connection, name: str, sent_at: datetime, remote_id: str, age: timedelta, **values: int) -> None:
    account = posts.find_account(conn, name)
    metrics.write(
        conn, account.id, [Reading(remote_id, key, value, sent_at + age) for key, value in values.items()], ZONE
    )


@pytest.fixture
def desk(store: Store, actor: Actor) -> Store:
    """Two accounts of two brands; four posts in three weeks, three measured."""
    with store.writing() as conn:
        for platform in ("instagram", "mastodon"):
            teams.put_account(conn, platform, "kopi", NOW)
        for name, account in (("Senja", "instagram/kopi"), ("Fajar", "mastodon/kopi")):
            brands.add(conn, actor, NOW, name)
            brands.give(conn, actor, NOW, "account", posts.find_account(conn, account).id, name)
        old, week, last, young = NOW - 17 * DAY, NOW - 8 * DAY, NOW - 2 * DAY, NOW - 3 * HOUR
        send(conn, actor, "instagram/kopi", old, "a")
        for age, likes in ((23, 10), (25, 14), (167, 40), (169, 42)):
            measure(conn, "instagram/kopi", old, "a", age * HOUR, likes=likes, views=10 * likes)
        send(conn, actor, "instagram/kopi", week, "b", category=Category.QUOTE, form=Format.TEXT)
        measure(conn, "instagram/kopi", week, "b", 24 * HOUR, likes=20, replies=4, views=400)
        send(conn, actor, "mastodon/kopi", last, "c")
        measure(conn, "mastodon/kopi", last, "c", 24.5 * HOUR, likes=5, shares=1)
        send(conn, actor, "mastodon/kopi", young, "d")
        measure(conn, "mastodon/kopi", young, "d", 2 * HOUR, likes=1)
        for account, day, value in (("mastodon", 20, 90), ("mastodon", 1, 100), ("instagram", 2, 500)):
            found = posts.find_account(conn, f"{account}/kopi")
            metrics.write(conn, found.id, [Reading("", "followers", value, NOW - day * DAY)], ZONE)
    return store


def test_posts_are_compared_at_an_equal_age(desk: Store) -> None:
    with desk.reading() as conn:
        found = insights.read(conn, 4, NOW)
    assert (found.whole.posts, found.whole.young) == (4, 1)
    # a: 12 likes of 120 views; b: 24 of 400; c: 6, where views are not told.
    assert (found.whole.day.known, found.whole.day.engagement, found.whole.day.reach) == (3, 12, 260)
    assert found.whole.day.rate == pytest.approx((12 + 24) / (120 + 400))
    # Only a was measured near seven days: 41 likes of 410 views.
    assert found.whole.week == (1, 410, 41, 0.1, "views")
    by_category = {one.name: (one.posts, one.day.engagement) for one in found.categories}
    assert by_category == {"education": (3, 9), "quote": (1, 24)}
    assert {one.name: one.posts for one in found.formats} == {"image": 3, "text": 1}
    masto = next(one for one in found.accounts if one.name == "mastodon/kopi")
    # 6 of the 90 who followed when it went out (100 came later).
    assert (masto.day.rate, masto.day.rate_of) == (pytest.approx(6 / 90), "followers")
    assert found.followers == {"mastodon/kopi": (90, 100), "instagram/kopi": (500, 500)}
    assert [one.posts for one in found.by_week] == [1, 1, 1, 1]


def test_a_capture_near_24_hours_outlives_the_newest_of_its_day(store: Store, actor: Actor) -> None:
    sent_at = NOW - 3 * DAY
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", NOW)
        send(conn, actor, "instagram/kopi", sent_at, "a")
        # Asked each hour: the day of the 24th hour ends with 90 likes.
        for age in range(1, 60):
            measure(conn, "instagram/kopi", sent_at, "a", (age + 0.5) * HOUR, likes=2 * age)
        days = conn.execute("SELECT value FROM metric ORDER BY day").fetchall()
    assert len(days) <= 4
    with store.reading() as conn:
        # 46 at 23.5 h and 48 at 24.5 h.
        assert insights.read(conn, 4, NOW).whole.day.engagement == 47


def test_what_comes_late_or_twice_changes_no_side(store: Store, actor: Actor) -> None:
    sent_at = NOW - 3 * DAY
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", NOW)
        send(conn, actor, "instagram/kopi", sent_at, "a")
        for age, likes in ((23.5, 10), (24.5, 12), (20, 1), (30, 99), (24.5, 12)):
            measure(conn, "instagram/kopi", sent_at, "a", age * HOUR, likes=likes)
        assert insights.read(conn, 4, NOW).whole.day.engagement == 11


def arrive(conn: Connection, handle: str, at: datetime, *, kind: MentionKind = MentionKind.COMMENT) -> int:
    one = IncomingMention(
        "instagram", "kopi", f"{handle}-{at.isoformat()}", kind, handle, handle.title(), "halo", None, at
    )
    mentions.apply(conn, [one], GOALS, at)
    (found,) = conn.execute("SELECT max(id) FROM mention").fetchone()
    return int(found)


@pytest.fixture
def talk(desk: Store, actor: Actor) -> Store:
    """Seven mentions of five people within the weeks, one before them and a hit of a search."""
    with desk.writing() as conn:
        arrive(conn, "rina", NOW - 60 * DAY)
        first = arrive(conn, "rina", NOW - 10 * DAY)
        second = arrive(conn, "budi", NOW - 10 * DAY)
        third = arrive(conn, "citra", NOW - 3 * DAY)
        fourth = arrive(conn, "citra", NOW - 3 * DAY + HOUR)
        fifth = arrive(conn, "dewi", NOW - 2 * DAY)
        arrive(conn, "eko", NOW - HOUR)
        arrive(conn, "eko", NOW)
        arrive(conn, "fani", NOW - HOUR, kind=MentionKind.LISTENING)
        for one, sent, minutes in ((first, 10, 10), (second, 10, 50), (third, 3, 30)):
            goals.answered(conn, one, NOW - sent * DAY + minutes * HOUR / 60, actor.member_id)
        triage.label(conn, actor, [second, fifth], "Keluhan-toko", True, NOW)
        triage.label(conn, actor, [first], "pujian", True, NOW)
        triage.finish(conn, actor, [second], NOW - 10 * DAY + 5 * HOUR)
        triage.set_priority(conn, actor, [fifth], 2, NOW)
        conn.execute("UPDATE mention SET state = 'hidden' WHERE id = ?", (fourth,))
    return desk


def test_answers_volume_and_aims(talk: Store) -> None:
    with talk.reading() as conn:
        found = insights.read(conn, 4, NOW)
    assert [one for one in found.answers if one.answered] == [
        Answers("2026-W46", 2, 30 * 60, pytest.approx(46 * 60)),
        Answers("2026-W47", 1, 30 * 60, 30 * 60),
    ]
    assert found.all_answers.answered == 3
    assert {str(day): n for day, n in found.days if n} == {
        "2026-11-13": 2, "2026-11-20": 2, "2026-11-21": 1, "2026-11-23": 2,
    }  # fmt: skip
    aims = found.aims
    assert (aims.mentions, aims.answered, aims.hidden, aims.urgent, aims.praise) == (7, 3, 1, 1, 1)
    assert aims.complaints == Complaints(2, 1, 5 * 3_600)
    # Rina alone wrote a day before; Citra and Eko wrote twice in one talk.
    assert (aims.authors, aims.returning, aims.sampled) == (5, 1, False)


def test_an_answer_to_what_came_before_is_an_answer_of_its_week_alone(talk: Store, actor: Actor) -> None:
    with talk.writing() as conn:
        goals.answered(conn, 1, NOW - DAY, actor.member_id)
        found = insights.read(conn, 4, NOW)
    assert found.all_answers.answered == 4
    assert (found.aims.mentions, found.aims.answered) == (7, 3)


def test_a_sample_of_many_authors_says_so(talk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "MOST_AUTHORS", 2)
    with talk.reading() as conn:
        aims = insights.read(conn, 4, NOW).aims
    assert aims.sampled and 0 < aims.authors < 5


def test_of_many_answers_and_labels_some_are_looked_at_and_that_is_said(
    talk: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talk.reading() as conn:
        whole = insights.read(conn, 4, NOW)
        monkeypatch.setattr(insights, "MOST_ANSWERS", 1)
        monkeypatch.setattr(insights, "MOST_LABELLED", 1)
        found = insights.read(conn, 4, NOW)
    assert [one.answered for one in found.answers] == [one.answered for one in whole.answers]
    assert [one.sampled for one in found.answers] == [False, True, False, False]
    assert found.all_answers.answered == 3 and found.all_answers.sampled
    assert not whole.aims.newest and found.aims.newest
    assert found.aims.complaints is not None and found.aims.complaints.number == 1


def test_hours_stand_against_what_came_of_them(talk: Store, actor: Actor) -> None:
    with talk.writing() as conn:
        # From Sunday 23:00 to Monday 01:00 in Jakarta: an hour each week.
        edge = datetime(2026, 11, 22, 16, 0, tzinfo=NOW.tzinfo)
        time_entries.log(conn, actor, NOW, "conversation", Span(edge, edge + 2 * HOUR))
        time_entries.log(conn, actor, NOW, "blogging", Span(NOW - 9 * DAY, NOW - 9 * DAY + 3 * HOUR), brand="Senja")
        time_entries.start(conn, actor, NOW, "updates", at=NOW - HOUR / 2)
        conn.execute(
            "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at, removed_at) "
            "VALUES (?, 1, ?, ?, '1', '1')",
            (actor.member_id, encode(NOW - 8 * DAY), encode(NOW - 8 * DAY + HOUR)),
        )
    with talk.reading() as conn:
        work = {one.week: one for one in insights.read(conn, 4, NOW).work}
        senja = insights.read(conn, 4, NOW, insights.only(conn, "senja", None))
    assert work["2026-W48"].seconds == {"conversation": 3_600, "updates": 1_800}
    assert work["2026-W47"].seconds == {"conversation": 3_600}
    assert work["2026-W46"].seconds == {"blogging": 10_800}
    assert (work["2026-W46"].posts, work["2026-W46"].mentions, work["2026-W46"].answered) == (1, 2, 2)
    assert (work["2026-W48"].posts, work["2026-W48"].answered) == (1, 0)
    assert {one.week: one.seconds for one in senja.work if one.seconds} == {"2026-W46": {"blogging": 10_800}}
    assert [one.name for one in senja.accounts] == ["instagram/kopi"]


@pytest.mark.parametrize(
    ("brand", "account", "posts_out", "came_in"),
    [(None, None, 4, 7), ("Senja", None, 2, 7), ("Fajar", None, 2, 0), (None, "mastodon/kopi", 2, 0)],
)
def test_one_brand_or_account(
    talk: Store, brand: str | None, account: str | None, posts_out: int, came_in: int
) -> None:
    with talk.reading() as conn:
        found = insights.read(conn, 4, NOW, insights.only(conn, brand, account))
    assert (found.whole.posts, found.aims.mentions) == (posts_out, came_in)
    assert found.all_answers.answered == (3 if came_in else 0)


def test_a_name_that_there_is_not_is_told(desk: Store) -> None:
    with desk.reading() as conn:
        with pytest.raises(InputError, match="no account “x/y”"):
            insights.only(conn, None, "x/y")
        with pytest.raises(InputError, match="no brand “Siang”"):
            insights.only(conn, "Siang", None)
        assert insights.choices(conn) == (("instagram/kopi", "mastodon/kopi"), ("Fajar", "Senja"))


def test_what_was_measured_before_is_taken_over(store: Store, actor: Actor) -> None:
    sent_at = NOW - 12 * DAY
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", NOW)
        send(conn, actor, "instagram/kopi", sent_at, "a")
        for age, likes in ((6, 1), (16, 8), (30, 22), (40, 30), (160, 60), (176, 64), (280, 70)):
            measure(conn, "instagram/kopi", sent_at, "a", age * HOUR, likes=likes)
        # As a file that was written before knows it: one value a day.
        kept = conn.execute("SELECT hours, before, after FROM metric_at_age ORDER BY hours").fetchall()
        conn.execute("DROP TABLE metric_at_age")
        for statement in migrations.statements(TABLES):
            if "INDEX" not in statement:
                conn.execute(statement)
        found = conn.execute(
            "SELECT hours, before, before_s / 3600, after, after_s / 3600 FROM metric_at_age"
        ).fetchall()
    assert kept == [(24, 8, 22), (168, 60, 64)]
    # The captures at 16 and at 160 hours were replaced on their days by those at 30 and at 176.
    assert found == [(24, 1, 6, 22, 30), (168, None, None, 64, 176)]


def test_every_count_is_read_from_an_index_alone(talk: Store) -> None:
    """However many mentions and entries there are, no row of theirs is looked up to count them."""
    if driver.sqlite3.sqlite_version_info < (3, 42):
        pytest.skip("older planners say it otherwise")
    plans: dict[str, list[str]] = {}
    with talk.reading() as conn:

        class Told:
            def execute(self, sql: str, *values: object) -> object:
                if "FROM mention m WHERE" in sql or "FROM time_entry" in sql:
                    plans[sql] = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", *values).fetchall()]
                return conn.execute(sql, *values)

        for only in (insights.Only(), insights.Only((1,), 1)):
            insights.read(Told(), 4, NOW, only)  # type: ignore[arg-type]
    assert len(plans) >= 10
    for sql, plan in plans.items():
        looked_up = [one for one in plan if one.startswith(("SEARCH m ", "SEARCH t ", "SCAN m", "SCAN t"))]
        assert looked_up and all("COVERING INDEX" in one for one in looked_up), (sql, plan)
