"""The team's settings as TOML: there and back unchanged, and every mistake at once by line and key."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import team as core
from smdash.core.approval import FEWEST, MOST, Approval, approvers
from smdash.core.errors import InputError, SettingsError
from smdash.core.goals import COUNTS, Goal
from smdash.core.query import Names
from smdash.core.records import PRIORITIES
from smdash.core.rules import Rule
from smdash.core.slots import Slot, ordered
from smdash.core.team import DEFAULT_TIMES, Holiday, TeamSettings
from smdash.core.text import clean_name
from smdash.core.views import NamedQuery
from smdash.core.worktime import (
    Absence,
    Interval,
    is_working,
    parse_week_times,
    week_times_text,
    without,
    working_spans,
)
from smdash.settings import team

NOTHING = TeamSettings()


@st.composite
def times(draw: st.DrawFn) -> tuple[tuple[Interval, ...], ...]:
    edges = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
    days = draw(st.lists(edges, min_size=7, max_size=7))
    return tuple(tuple(Interval(*pair) for pair in zip(day[::2], day[1::2], strict=False)) for day in days)


def closer_goals() -> st.SearchStrategy[tuple[Goal, ...]]:
    named = st.tuples(
        st.none() | st.sampled_from(core.GOAL_KINDS),
        st.none() | st.sampled_from(["instagram", "mastodon"]),
        st.none() | st.sampled_from(PRIORITIES),
    ).filter(any)
    return st.dictionaries(named, st.integers(1, core.LONGEST_GOAL), max_size=4).map(
        lambda found: tuple(Goal(minutes, *fits) for fits, minutes in found.items())
    )


def rules() -> st.SearchStrategy[tuple[Rule, ...]]:
    rule = st.builds(
        Rule,
        name=st.text(min_size=1, max_size=20).map(clean_name).filter(bool),
        query=st.sampled_from(["", '"belum sampai"', "platform:instagram followers:>1000", "-refund kind:dm"]),
        hours=st.sampled_from([None, "inside", "outside"]),
        days=st.sets(st.integers(0, 6), max_size=3).map(lambda found: tuple(sorted(found))),
        label=st.sampled_from([(), ("komplain",), ("resmi", "penting")]),
        assign=st.sampled_from([None, "none", "ana"]),
        priority=st.sampled_from([None, *PRIORITIES]),
        star=st.booleans(),
        done=st.booleans(),
        stop=st.just(True),
        active=st.booleans(),
    )
    return st.lists(rule, max_size=4, unique_by=lambda one: one.name.casefold()).map(tuple)


def slots() -> st.SearchStrategy[tuple[Slot, ...]]:
    slot = st.builds(
        Slot,
        weekday=st.integers(1, 7),
        at=st.sampled_from(["00:00", "09:00", "16:30", "23:59"]),
        account=st.sampled_from([None, "instagram/kopi", "mastodon/kopi teh"]),
        category=st.sampled_from([None, *core.CATEGORIES]),
    )
    return st.lists(slot, max_size=12).map(ordered)


@given(
    st.builds(
        TeamSettings,
        name=st.text(max_size=60).map(clean_name),
        zone=st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin"]),
        week_start=st.integers(0, 6),
        hours=times(),
        holidays=st.dictionaries(
            st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.text(max_size=20).map(clean_name), max_size=4
        ).map(lambda found: tuple(Holiday(day, found[day]) for day in sorted(found))),
        goals=st.dictionaries(st.sampled_from(core.GOAL_KINDS), st.integers(1, core.LONGEST_GOAL)).map(
            lambda found: tuple((kind, found[kind]) for kind in core.GOAL_KINDS if kind in found)
        ),
        activities=st.dictionaries(
            st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
            st.integers(0, core.LONGEST_TARGET),
            min_size=1,
            max_size=5,
        ).map(lambda found: tuple(found.items())),
        closer_goals=closer_goals(),
        goals_count=st.sampled_from(COUNTS),
        rules=rules(),
        views=st.sampled_from(
            [(), (NamedQuery("pagi", 'is:open "kopi susu"'), NamedQuery("VIP", "followers:>=1000 -is:mine"))]
        ),
        mix=st.sampled_from([(), (("quote", 100),), (("education", 60), ("other", 40))]),
        retention_days=st.sampled_from([0, 1, 365, 3650]),
        banned_words=st.lists(st.text(max_size=20), max_size=4).map(core.distinct),
        utm=st.booleans(),
        approval=st.sampled_from(Approval),
        approvers=st.integers(FEWEST, MOST),
        slots=slots(),
    )
)
def test_written_and_read_back_it_is_the_same(settings: TeamSettings) -> None:
    assert team.read(team.write(settings), "FILE", NOTHING) == settings


def test_what_is_left_out_stays() -> None:
    settings = NOTHING._replace(hours=DEFAULT_TIMES, mix=(("quote", 100),), activities=(("updates", 60),))
    assert team.read('name = "Kopi"\n[mix]\n', "FILE", settings) == settings._replace(name="Kopi", mix=())


BAD = """\
name = 3
zone = "Asia/Jakart"
week_strat = "monday"
week_start = "munday"
foo
[working_hours]
mon = ["09:00-12:00", "11:00-17:00"]
tue = ["17:00-09:00"]
wed = ["25:00-26:00"]
thu = "09:00-17:00"
friday = ["09:00-17:00"]
sat = ["09:00-10:00"]
sat = ["09:00-10:00"]
[holidays]
2026-13-01 = "x"
2026-12-25 = 3
[response_goals]
dm = -1
dms = 60
reply = "soon"
[activities]
updates = -4
Blog = 3
x = "200h"
[mix]
quote = 49
other = 50
"""


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(SettingsError) as caught:
        team.read(BAD, "FILE", NOTHING)
    found = [tuple(problem.split(": ", 2)[:2]) for problem in caught.value.problems]
    assert [place for place, _key in found] == [
        f"FILE:{line}" for line in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 15, 16, 18, 19, 20, 22, 23, 24, 25)
    ]
    words = "\n".join(caught.value.problems)
    for said in ("did you mean week_start?", "overlap", "did you mean dm?", "sum to 99", "Asia/Jakart", "there twice"):
        assert said in words


@pytest.mark.parametrize("value", ['"sometimes"', '"Required"', "true", "1"])
def test_an_approval_that_is_none_of_the_three_is_told_and_turns_nothing_off(value: str) -> None:
    with pytest.raises(SettingsError, match="FILE:1: approval"):
        team.read(f"approval = {value}\n", "FILE", NOTHING._replace(approval=Approval.REQUIRED))


@pytest.mark.parametrize("value", ["1", "10", '"3"', "2.0", "true", "-2"])
def test_a_number_of_approvers_out_of_bounds_is_told_and_changes_nothing(value: str) -> None:
    with pytest.raises(SettingsError, match="FILE:1: approvers"):
        team.read(f"approvers = {value}\n", "FILE", NOTHING)
    assert approvers(value) == FEWEST and approvers(True) == FEWEST and approvers(None) == FEWEST


def test_a_sum_is_not_judged_where_a_line_of_it_is_broken() -> None:
    with pytest.raises(SettingsError) as caught:
        team.read("[mix]\nquote = 50\nother = fifty\n", "FILE", NOTHING)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == ["FILE:3"]


@pytest.mark.parametrize("text", ["9-17", "09:00", "09:00-24:01", "09:60-10:00", "10:00-10:00", "-1:00-02:00", ""])
def test_what_is_no_stretch_of_a_day(text: str) -> None:
    with pytest.raises(InputError):
        team.parse_day_times([text])


def test_hours_on_one_line() -> None:
    text = "mon-fri 09:00-12:00,13:00-17:00; sat 09:00-24:00"
    assert week_times_text(parse_week_times(text)) == text
    for bad in ("mon", "mon-fri 09:00-08:00", "fri-mon 09:00-10:00", "senin 09:00-10:00", "mon 09:00-10:00; mon"):
        if bad != "mon":
            with pytest.raises(InputError):
                parse_week_times(bad)


def test_working_time_where_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = parse_week_times("sun 01:00-02:30,02:45-03:15,03:30-05:00")
    spring = working_spans(date(2026, 3, 29), hours, berlin)
    # 02:00 to 03:00 does not exist: what falls into it is gone, and the rest keeps its place on the clock.
    assert [(span.start.hour * 60 + span.start.minute, span.end.hour * 60 + span.end.minute) for span in spring] == [
        (0, 60),
        (60, 75),
        (90, 180),
    ]
    autumn = working_spans(date(2026, 10, 25), hours, berlin)
    assert all(before.end <= after.start for before, after in pairwise(autumn))


def test_whether_it_is_working_time() -> None:
    jakarta = ZoneInfo("Asia/Jakarta")
    hours = parse_week_times("mon-fri 09:00-12:00,13:00-17:00; sat 20:00-24:00")
    monday = date(2026, 11, 23)

    def at(day: int, hour: int) -> bool:
        return is_working(
            datetime(2026, 11, day, hour, tzinfo=jakarta).astimezone(UTC), hours, jakarta, {date(2026, 11, 24)}
        )

    assert monday.weekday() == 0
    assert [at(23, hour) for hour in (8, 9, 11, 12, 13, 16, 17)] == [False, True, True, False, True, True, False]
    assert not at(24, 10) and at(28, 23) and not at(29, 0)


def test_days_taken_back_cut_or_split_an_absence() -> None:
    def day(number: int) -> date:
        return date(2026, 12, number)

    leave = Absence(1, "ana", day(1), day(10), "leave")
    for first, last, left in (
        (4, 5, [(day(1), day(3)), (day(6), day(10))]),
        (1, 3, [(day(4), day(10))]),
        (8, 20, [(day(1), day(7))]),
        (1, 10, []),
    ):
        assert without([leave], day(first), day(last)) == [(leave, left)]
    assert without([leave], day(11), day(12)) == []


def test_every_mistake_in_goals_and_rules_is_told_by_its_line_and_key() -> None:
    text = """\
goals_count = "sometimes"
[[response_goal]]
kind = "dm"
minutes = 30
[[response_goal]]
kind = "letter"
priority = 7
[[response_goal]]
minutes = "0m"
[[response_goal]]
kind = "dm"
minutes = 10
[[rule]]
name = "Keluhan"
query = "is:done refund"
assign = "nobody-here"
[[rule]]
name = "keluhan"
query = "colour:red"
hours = "late"
days = ["mon", "someday"]
label = "two words"
priority = 9
[[rule]]
name = "Kosong"
query = "assignee:me"
"""
    with pytest.raises(SettingsError) as caught:
        team.read(text, "FILE", NOTHING, Names(logins=("ana", "budi")))
    told = [problem.split(": ", 2)[:2] for problem in caught.value.problems]
    assert told == [
        ["FILE:1", "goals_count"],
        ["FILE:5", "response_goal"],
        ["FILE:6", "response_goal.kind"],
        ["FILE:7", "response_goal.priority"],
        ["FILE:8", "response_goal"],
        ["FILE:9", "response_goal.minutes"],
        ["FILE:10", "response_goal"],
        ["FILE:15", "rule.query"],
        ["FILE:16", "rule.assign"],
        ["FILE:18", "rule.name"],
        ["FILE:19", "rule.query"],
        ["FILE:20", "rule.hours"],
        ["FILE:21", "rule.days"],
        ["FILE:22", "rule.label"],
        ["FILE:23", "rule.priority"],
        ["FILE:26", "rule.query"],
    ]


def test_tables_that_are_left_out_stay_and_an_empty_list_takes_them_away() -> None:
    present = NOTHING._replace(closer_goals=(Goal(30, "dm"),), rules=(Rule("Bintang", star=True),))
    assert team.read('name = "Kopi"', "FILE", present)[4:] == present[4:]
    emptied = team.read("response_goal = []\nrule = []", "FILE", present)
    assert (emptied.closer_goals, emptied.rules) == ((), ())


def test_each_mistake_in_a_view_is_told_by_its_line_and_key() -> None:
    text = """[[view]]
name = "pagi"
query = "is:opn"

[[view]]
name = "Pagi"
query = "kopi"
warna = "biru"

[[view]]
name = ""
query = 3

[[view]]
name = "sore"
"""
    with pytest.raises(SettingsError) as problem:
        team.read(text, "FILE", NOTHING)
    said = problem.value.problems
    assert len(said) == 6
    for line, words in (
        ("FILE:3: view.query", "did you mean open?"),
        ("FILE:6: view.name", "two views"),
        ("FILE:8: view.warna", "unknown key"),
        ("FILE:11: view.name", "at most 40"),
        ("FILE:12: view.query", "expected text"),
        ("FILE:14: view", "“query” is missing"),
    ):
        assert any(one.startswith(line) and words in one for one in said), (line, said)


def test_a_team_may_have_no_views_and_what_is_left_out_stays() -> None:
    some = NOTHING._replace(views=(NamedQuery("pagi", "kopi"),))
    assert team.read("view = []", "FILE", some).views == ()
    assert team.read('name = "x"', "FILE", some).views == some.views


def test_banned_words_are_texts_each_once() -> None:
    assert team.read('banned_words = ["Gratis", " murah  meriah ", "GRATIS"]', "FILE", NOTHING).banned_words == (
        "Gratis",
        "murah meriah",
    )
    some = NOTHING._replace(banned_words=("gratis",), utm=True)
    same, none = team.read('name = "x"', "FILE", some), team.read("banned_words = []\nutm = false", "FILE", some)
    assert (same.banned_words, same.utm) == (("gratis",), True) and (none.banned_words, none.utm) == ((), False)
    for bad in ('banned_words = "gratis"', "banned_words = [3]", 'banned_words = ["gratis", " "]', 'utm = "yes"'):
        with pytest.raises(SettingsError) as problem:
            team.read(bad, "FILE", NOTHING)
        assert [one.split(": ")[:2] for one in problem.value.problems] == [["FILE:1", bad.split(" ")[0]]]
