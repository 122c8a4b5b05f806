"""Slots, observances and brands through the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smdash.store import teams
from smdash.store.connection import Store
from tests.conftest import Smdash

CALENDAR = (
    "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Hari libur\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Natal\r\nDTSTART;VALUE=DATE:20001225\r\nRRULE:FREQ=YEARLY\r\n"
    "CATEGORIES:Holidays\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:bad\r\nDTSTART:garbage\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
SLOTS = '[[slots]]\nat = ["09:00", "16:30"]\naccount = "instagram/kopi"\n'


@pytest.fixture
def team(smdash: Smdash, store: Store) -> Smdash:
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", store.clock.now())
        teams.put_account(conn, "mastodon", "teh", store.clock.now())
    return smdash


def add(smdash: Smdash, account: str = "instagram/kopi", *more: str) -> list[str]:
    return ["post", "add", "--account", account, "--category", "quote", "--body", f"x{more}", "--at", "slot", *more]


def test_slots_are_set_listed_and_filled(team: Smdash) -> None:
    assert "the team has no slots" in team.ok("post", "slots").err
    assert team.refused(*add(team)) == "the team has no slots; add some with smdash team edit, or name a time"
    assert team.ok("team", "import", "-", stdin=SLOTS).lines == [
        "slots, instagram/kopi, mon, tue, wed, thu, fri, sat, sun: – → at 09:00, 16:30"
    ]
    free = team.ok("post", "slots", "--days", "14", "--json").json
    # Of today's two those that are over are not free.
    assert 26 <= len(free) <= 28 and {one["account"] for one in free} == {"instagram/kopi"}
    first = team.ok(*add(team), "--json").json
    assert first["due_at"] == free[0]["due_at"] and first["state"] == "scheduled"
    second = team.ok(*add(team, "instagram/kopi", "--draft"), "--json").json
    assert second["due_at"] == free[1]["due_at"]
    moved = team.ok("post", "edit", "1", "--at", "SLOT", "--json").json
    assert moved["due_at"] == free[2]["due_at"]
    assert team.ok("post", "slots", "--days", "14", "--json").json[0]["due_at"] == free[0]["due_at"]
    assert "no slots for mastodon/teh" in team.refused(*add(team, "mastodon/teh"))
    assert "DAY" in team.ok("post", "slots").lines[0]


def test_a_calendar_is_taken_in_and_taken_away(team: Smdash) -> None:
    dry = team("observance", "import", "-", "--dry-run", stdin=CALENDAR)
    today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
    count = sum(
        today - timedelta(days=366) <= date(year, 12, 25) <= today + timedelta(days=5 * 366)
        for year in range(today.year - 2, today.year + 7)
    )
    assert dry.code == 1 and f"Hari libur: would be {count} new" in dry.out
    assert team.ok("observance", "list", "--json").json == []
    done = team("observance", "import", "-", "--json", stdin=CALENDAR)
    assert done.code == 1 and done.json["new"] == count and done.json["source"] == "Hari libur"
    assert [one["line"] for one in done.json["refusals"]] == [10]
    again = team("observance", "import", "-", "--json", stdin=CALENDAR).json
    assert (again["new"], again["changed"], again["gone"]) == (0, 0, 0) and again["unchanged"] == done.json["new"]
    (natal,) = team.ok("observance", "list", "--days", "366", "--json").json[:1]
    assert (natal["name"], natal["holiday"], natal["source"]) == ("Natal", True, "Hari libur")
    assert "yes" in team.ok("observance", "list", "--days", "366").lines[1]
    team.ok("observance", "remove", "--source", "Hari libur")
    assert team.ok("observance", "list", "--days", "9000", "--json").json == []


@pytest.mark.parametrize(
    ("words", "stdin", "code", "sentence"),
    [
        (["import", "-"], "", 1, "it is no calendar"),
        (["import", "-"], "BEGIN:VCALENDAR\nEND:VCALENDAR\n", 1, "the calendar has no event"),
        (["import", "-"], CALENDAR.replace("X-WR-CALNAME:Hari libur\r\n", ""), 2, "say what it is called here"),
        (["import", "-", "--source", "team"], CALENDAR, 2, "choose another name"),
        (["import", "nowhere.ics"], None, 1, "can't read nowhere.ics"),
        (["add", "25-12-2026", "Natal"], None, 2, "is not a date"),
        (["add", "2026-12-25", "\x1b"], None, 2, "a name is needed"),
        (["add", "2026-12-25", "Natal", "--until", "2026-12-24"], None, 1, "ends before it begins"),
        (["remove"], None, 2, "name ids"),
        (["remove", "1", "--source", "x"], None, 2, "name ids"),
        (["remove", "7"], None, 1, "no observance 7"),
        (["remove", "--source", "x"], None, 1, "no source “x”"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    team: Smdash, words: list[str], stdin: str | None, code: int, sentence: str
) -> None:
    assert sentence in team.refused("observance", *words, code=code, stdin=stdin)


def test_a_holiday_that_was_taken_in_is_what_lint_remarks(team: Smdash) -> None:
    team.ok("observance", "add", "2027-12-24", "Cuti", "bersama", "--until", "2027-12-25", "--holiday")
    team.ok("observance", "add", "2027-12-23", "Hari Kopi")
    for day, remark in (("25", True), ("24", True), ("23", False)):
        done = team(
            "post", "add", "--account", "instagram/kopi", "--category", "quote", "--body", day,
            "--at", f"2027-12-{day} 10:00",
        )  # fmt: skip
        assert ("is a holiday: Cuti bersama" in done.err + done.out) is remark


def test_brands_are_shown_where_there_are_several(team: Smdash) -> None:
    assert "not shown yet" in team.ok("brand", "add", "Kopi Senja").err
    team.ok("account", "edit", "instagram/kopi", "--brand", "kopi senja")
    assert "BRAND" not in team.ok("account", "list").lines[0]
    team.ok("brand", "add", "Teh Pagi")
    assert "BRAND" in team.ok("account", "list").lines[0]
    assert [one["brand"] for one in team.ok("account", "list", "--json").json] == ["Kopi Senja", None]
    team.ok("brand", "rename", "KOPI SENJA", "Senja")
    assert team.ok("account", "list", "--json").json[0]["brand"] == "Senja"
    team.ok("campaign", "add", "Promo", "--kind", "event", "--starts", "2027-01-01", "--ends", "2027-01-02",
            "--brand", "senja")  # fmt: skip
    assert team.ok("campaign", "list", "--json").json[0]["brand"] == "Senja"
    team.ok("campaign", "edit", "Promo", "--brand", "teh pagi")
    assert "Teh Pagi" in team.ok("campaign", "list").out
    team.ok("campaign", "edit", "1", "--brand", "")
    assert team.ok("campaign", "list", "--json").json[0]["brand"] is None
    team.ok("hours", "log", "updates", "30m", "--brand", "senja")
    week = team.ok("hours", "week", "--brand", "senja", "--json").json
    assert week["brand"] == "Senja" and sum(one["done_minutes"] for one in week["activities"]) in (30, 29, 0)
    assert "brand" not in team.ok("hours", "week", "--json").json
    assert team.refused("brand", "add", "SENJA") == "there is a brand “Senja” already"
    assert "no brand “x”" in team.refused("account", "edit", "kopi", "--brand", "x")
