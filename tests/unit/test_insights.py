"""Counting and wording insights: percentiles, hours of the week, weeks over changes of the clock, what is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from smdash.core.equal_age import Around
from smdash.core.insight_parts import Topic
from smdash.core.insights import (
    Aims,
    Cell,
    Complaints,
    Given,
    Out,
    Raw,
    all_answers,
    best,
    count,
    hour_cells,
    median,
    percentile,
    weeks_until,
)
from smdash.core.insights_words import topics
from smdash.platforms.registry import find_live
from smdash.store.metrics import Out as Sent
from smdash.sync import metering

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
NOTHING = Aims(0, 0, 0, 0, None, None, 0, 0, False)


def test_percentiles_lie_between_two_values() -> None:
    assert percentile([], 0.9) is None
    assert percentile([7], 0.9) == 7
    assert percentile([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9) == 90
    assert percentile([10, 20], 0.9) == pytest.approx(19)
    assert median([9, 1, 5, 3]) == 4


def test_weeks_of_which_some_answers_are_looked_at_weigh_as_much_as_they_have() -> None:
    # A thousand quick answers, of which four are looked at, and four slow ones.
    found = all_answers([Given(1_000, [10, 10, 20, 20]), Given(4, [900, 900, 900, 900]), Given(0, [])])
    assert found == ("", 1_004, 20, 20, True)
    assert all_answers([Given(2, [10, 20]), Given(1, [90])]) == ("", 3, 20, pytest.approx(76), False)
    assert all_answers([]) == ("", 0, None, None, False)


def test_an_hour_of_the_week_is_measured_against_its_own_account() -> None:
    # Tuesday 19:00 in Jakarta; the big account's posts do as usual there, the small one's twice as well.
    evening = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
    morning = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
    outs = [
        ("big", evening, 1_000.0), ("big", morning, 1_000.0),
        ("small", evening, 15.0), ("small", evening, 15.0), ("small", morning, 5.0), ("small", morning, 5.0),
    ]  # fmt: skip
    cells = hour_cells(outs, JAKARTA)
    assert [(one.weekday, one.hour, one.posts) for one in cells] == [(1, 19, 3), (2, 9, 3)]
    assert cells[0].score == pytest.approx((1 + 1.5 + 1.5) / 3)
    assert cells[1].score == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert best(cells) == cells


def test_an_hour_with_too_few_posts_says_nothing() -> None:
    evening = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
    assert hour_cells([("a", evening, 9.0), ("a", evening, 1.0)], JAKARTA) == (Cell(1, 19, 2, None),)
    assert best([Cell(1, 19, 2, None)]) == ()
    # Where nobody ever did anything, nothing is better than the usual.
    assert hour_cells([("a", evening, 0.0)] * 4, JAKARTA) == ()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Jakarta", "America/New_York"])
@pytest.mark.parametrize("week_start", [0, 6])
def test_weeks_follow_each_other_over_any_change_of_the_clock(zone: str, week_start: int) -> None:
    for hour in range(0, 7 * 24, 5):
        now = datetime(2026, 11, 1, 22, 30, tzinfo=UTC) + timedelta(hours=hour)
        weeks = weeks_until(now, ZoneInfo(zone), week_start, 12)
        spans = [one.span(ZoneInfo(zone), week_start) for one in weeks]
        assert all(one.end == after.start for one, after in pairwise(spans))
        assert spans[-1].start <= now < spans[-1].end


def said(raw: Raw, weeks: int = 4) -> dict[str, Topic]:
    found = count(raw, weeks_until(NOW, JAKARTA, 0, weeks), NOW, JAKARTA, 0)
    return {one.key: one for one in topics(found)}


def out(hours_ago: float, views: Around | None, likes: Around, followers: int | None = None) -> Out:
    found = {"likes": likes} | ({"views": views} if views else {})
    return Out("instagram/kopi", "education", "image", NOW - timedelta(hours=hours_ago), {24: found}, followers)


def near(value: int) -> Around:
    return Around(value, 24 * 3_600)


def test_an_empty_desk_says_what_fills_it_and_how() -> None:
    empty = said(Raw((), (), {}, {}, NOTHING, {}))
    assert {key: one.figure for key, one in empty.items()} == dict.fromkeys(empty, "–")
    for one in empty.values():
        assert len(one.sentences) == 1 and not one.tables and one.chart is None
        assert "smdash" in one.sentences[0]


def test_what_is_too_young_is_not_known_yet() -> None:
    young = said(Raw((out(5, None, Around()),), (), {}, {}, NOTHING, {}))
    assert young["engagement"].sentences[0].startswith("Not known yet")
    both = said(
        Raw((out(5, None, Around()), out(50, near(100), near(9)), out(90, None, Around())), (), {}, {}, NOTHING, {})
    )
    assert both["engagement"].sentences[0] == (
        "3 posts went out: 1 known at 24 hours, 1 not known yet, 1 not measured near that age"
    )


def test_a_rate_says_what_it_is_a_part_of() -> None:
    of_views = said(Raw((out(50, near(200), near(9)), out(60, near(100), near(6))), (), {}, {}, NOTHING, {}))
    assert of_views["engagement"].sentences[-1] == "within 24 hours that is 5.0 % of views"
    of_followers = said(Raw((out(50, None, near(9), 300),), (), {}, {}, NOTHING, {}))
    assert of_followers["engagement"].figure == "3.0 %"
    assert of_followers["engagement"].sentences[-1] == "within 24 hours that is 3.0 % of followers"
    assert "no network here tells" in of_followers["reach"].sentences[1]


def test_what_no_label_tells_is_not_known() -> None:
    unknown = said(Raw((), (), {}, {}, Aims(10, 5, 1, 0, None, None, 8, 2, False), {}))["aims"]
    rows = dict(row for table in unknown.tables for row in table.rows)
    assert rows["with a complaint"] == rows["complaints solved"] == "not known"
    assert rows["answered"] == "50.0 % of 10"
    assert rows["authors who came back"] == "25.0 % of 8"
    assert "labels" in unknown.sentences[0]
    known = said(Raw((), (), {}, {}, Aims(10, 5, 1, 0, 3, Complaints(4, 3, 7_200), 8, 2, True), {}))["aims"]
    rows = dict(row for table in known.tables for row in table.rows)
    assert (rows["complaints solved"], rows["half of them within"]) == ("75.0 % of 4", "2h 00m")
    assert "sample of 8" in known.sentences[0]


def test_a_post_of_a_week_is_asked_for_where_reading_costs() -> None:
    found = [Sent(f"p{days}", NOW - timedelta(days=days)) for days in (1, 4, 6.4, 6.6, 7.4, 7.6, 20)]
    since = NOW - metering.YOUNG
    assert metering.chosen(found, find_live("x"), since, NOW) == ["p1", "p6.6", "p7.4"]
    assert metering.chosen(found, find_live("mastodon"), since, NOW) == ["p1"]
    assert len(metering.chosen(found, find_live("x"), NOW - metering.OLD, NOW)) == 7
