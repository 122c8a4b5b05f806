"""Observances as calendar files have them: days, repeats, zones, and what is wrong with an event."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import observances
from smdash.core.errors import InputError
from smdash.core.observances import Found

JAKARTA, NEW_YORK = ZoneInfo("Asia/Jakarta"), ZoneInfo("America/New_York")
TODAY = date(2026, 11, 23)


def calendar(*events: str, head: str = "") -> bytes:
    made = "".join(f"BEGIN:VEVENT\r\n{one.strip()}\r\nEND:VEVENT\r\n".replace("\r\n\n", "\r\n") for one in events)
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{made}END:VCALENDAR\r\n"
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def read(*events: str, zone: ZoneInfo = JAKARTA, holiday: bool = False, head: str = "") -> Found:
    return observances.read(calendar(*events, head=head), zone, TODAY, holiday=holiday)


def days(found: Found) -> list[tuple[str, str, str]]:
    return [(one.day.isoformat(), one.until.isoformat(), one.name) for one in found.entries]


def test_an_all_day_event_is_its_day_whatever_the_zone() -> None:
    for zone in (JAKARTA, NEW_YORK):
        found = read("UID:1\nSUMMARY:Hari Kopi\nDTSTART;VALUE=DATE:20261001", zone=zone)
        assert days(found) == [("2026-10-01", "2026-10-01", "Hari Kopi")]


def test_the_end_is_the_first_day_after() -> None:
    found = read(
        "UID:1\nSUMMARY:Pekan\nDTSTART;VALUE=DATE:20261223\nDTEND;VALUE=DATE:20261226",
        "UID:2\nSUMMARY:Dua hari\nDTSTART;VALUE=DATE:20261223\nDURATION:P2D",
        "UID:3\nSUMMARY:Satu\nDTSTART;VALUE=DATE:20261223\nDTEND;VALUE=DATE:20261223",
    )
    assert days(found) == [
        ("2026-12-23", "2026-12-24", "Dua hari"),
        ("2026-12-23", "2026-12-25", "Pekan"),
        ("2026-12-23", "2026-12-23", "Satu"),
    ]


def test_a_timed_event_lies_on_the_teams_days() -> None:
    event = "UID:1\nSUMMARY:Lelang\nDTSTART:20261124T200000Z\nDTEND:20261124T220000Z"
    assert days(read(event)) == [("2026-11-25", "2026-11-25", "Lelang")]
    assert days(read(event, zone=NEW_YORK)) == [("2026-11-24", "2026-11-24", "Lelang")]
    # Until midnight is until the end of the day; a floating time is the team's.
    night = "UID:1\nSUMMARY:Malam\nDTSTART:20261124T190000\nDTEND:20261125T000000"
    assert days(read(night, zone=NEW_YORK)) == [("2026-11-24", "2026-11-24", "Malam")]
    over = "UID:1\nSUMMARY:Malam\nDTSTART;TZID=Asia/Jakarta:20261124T190000\nDTEND;TZID=Asia/Jakarta:20261125T000100"
    assert days(read(over)) == [("2026-11-24", "2026-11-25", "Malam")]


def test_what_repeats_is_worked_out_within_the_span_and_follows_its_exceptions() -> None:
    found = read(
        "UID:n\nSUMMARY:Tahun baru\nDTSTART;VALUE=DATE:20000101\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20280101",
        "UID:n\nSUMMARY:Tahun baru pindah\nDTSTART;VALUE=DATE:20290102\nRECURRENCE-ID;VALUE=DATE:20290101",
        "UID:n\nSUMMARY:batal\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20300101\nRECURRENCE-ID;VALUE=DATE:20300101",
    )
    assert days(found) == [
        ("2026-01-01", "2026-01-01", "Tahun baru"),
        ("2027-01-01", "2027-01-01", "Tahun baru"),
        ("2029-01-02", "2029-01-02", "Tahun baru pindah"),
        ("2031-01-01", "2031-01-01", "Tahun baru"),
    ]
    assert len({one.uid for one in found.entries}) == 1


def test_a_weekly_wall_time_keeps_its_day_across_a_change_of_the_clocks() -> None:
    # 23:30 in New York is the next day in UTC, before the change and after it.
    found = read(
        "UID:w\nSUMMARY:Malam\nDTSTART;TZID=America/New_York:20261025T233000\nRRULE:FREQ=WEEKLY;COUNT=3", zone=NEW_YORK
    )
    assert [one.day for one in found.entries] == [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 8)]


def test_a_repeat_that_ended_is_told_and_a_cancelled_event_is_none() -> None:
    found = read(
        "UID:1\nSUMMARY:lama\nDTSTART;VALUE=DATE:19990101\nRRULE:FREQ=YEARLY;COUNT=3",
        "UID:2\nSUMMARY:batal\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20261225",
    )
    assert (found.entries, found.outside, found.bad) == ((), 1, ())


def test_holidays_are_told_by_their_category_or_by_who_imports() -> None:
    events = (
        "UID:1\nSUMMARY:Natal\nDTSTART;VALUE=DATE:20261225\nCATEGORIES:Public Holiday,red",
        "UID:2\nSUMMARY:Waisak\nDTSTART;VALUE=DATE:20270520\nCATEGORIES:x\nCATEGORIES:HARI LIBUR",
        "UID:3\nSUMMARY:Hari Kopi\nDTSTART;VALUE=DATE:20271001\nCATEGORIES:liburan,kopi",
        "UID:4\nSUMMARY:Hari Teh\nDTSTART;VALUE=DATE:20271215",
    )
    assert [one.holiday for one in read(*events).entries] == [True, True, False, False]
    assert all(one.holiday for one in read(*events, holiday=True).entries)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("UID:1\nSUMMARY:x", "“DTSTART” is missing"),
        ("UID:1\nDTSTART;VALUE=DATE:20261225", "“SUMMARY” is missing"),
        ("UID:1\nSUMMARY:x\nDTSTART:garbage", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261340", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;TZID=Nowhere/Land:20261225T090000", "there is no time zone “Nowhere/Land”"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nRRULE:FREQ=SECONDLY", "it repeats within a day"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nRRULE:FREQ=BLAH", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20290101", "it lasts 738 days"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:00010101", "is too far away"),
        ("UID:1\nSUMMARY:x\nSUMMARY:y\nDTSTART;VALUE=DATE:20261225", "there twice"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261225\nDURATION:P9999999999999D", "it can't be read"),
    ],
)
def test_a_bad_event_is_told_by_its_line_and_the_others_are_taken(event: str, reason: str) -> None:
    found = read("UID:a\nSUMMARY:Natal\nDTSTART;VALUE=DATE:20261225", event)
    assert [one.name for one in found.entries] == ["Natal"]
    assert [one.number for one in found.bad] == [8] and reason in found.bad[0].reason
    assert found.whole and len(found.spared) == 1


def test_a_letter_that_a_fold_takes_apart_is_put_together_and_texts_are_cleaned() -> None:
    data = calendar("UID:1\nSUMMARY:Ngopi é\x1b[31m \\, teh\nDTSTART;VALUE=DATE:20261225")
    data = data.replace("é".encode(), b"\xc3\r\n \xa9")
    (one,) = observances.read(data, JAKARTA, TODAY).entries
    assert one.name == "Ngopi é[31m , teh"


def test_the_calendars_own_name_and_a_file_that_was_cut() -> None:
    natal = "UID:1\nSUMMARY:Natal\nDTSTART;VALUE=DATE:20261225"
    found = read(natal, head="X-WR-CALNAME:Hari libur\\, Indonesia\r\n")
    assert found.name == "Hari libur, Indonesia" and found.whole
    cut = observances.read(calendar(natal, natal.replace("UID:1", "UID:2"))[:-30], JAKARTA, TODAY)
    assert len(cut.entries) == 1 and "no end" in cut.bad[0].reason and not cut.whole


def test_what_is_no_calendar_or_has_nothing_is_refused() -> None:
    for data in (b"", b"<html>", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"):
        with pytest.raises(InputError):
            observances.read(data, JAKARTA, TODAY)


def test_events_without_a_name_of_their_own_are_known_again() -> None:
    event = "SUMMARY:Natal\nDTSTART;VALUE=DATE:20261225"
    assert read(event).entries == read(event).entries
    two = read(event, event.replace("1225", "1226"))
    assert len({one.uid for one in two.entries}) == 2


PROPERTIES = st.sampled_from([
    "UID:1", "SUMMARY:x", "SUMMARY:", "DTSTART;VALUE=DATE:20261225", "DTSTART:20261225T090000", "DTSTART:20261225T09",
    "DTSTART;TZID=Asia/Jakarta:20261225T233000", "DTSTART;TZID=x:20261225T090000Z", "DTEND;VALUE=DATE:20261227",
    "DTEND:20261226T000000Z", "DURATION:P1W", "DURATION:-P1D", "RRULE:FREQ=YEARLY;COUNT=2", "RRULE:FREQ=DAILY;UNTIL=2027",
    "RRULE:FREQ=MONTHLY;BYDAY=5FR;COUNT=4", "RRULE:FREQ=WEEKLY;INTERVAL=0;COUNT=2", "RRULE:", "RDATE:20270101T000000Z",
    "RDATE;VALUE=DATE:20270101,x", "EXDATE;VALUE=DATE:20261225", "EXDATE:", "RECURRENCE-ID;VALUE=DATE:20261225",
    "RECURRENCE-ID:x", "STATUS:CANCELLED", "CATEGORIES:Holiday\\,,x", "CATEGORIES", "X-A;B=\"c:\nDTSTART:20261225",
    "BEGIN:VALARM", "END:VALARM", "BEGIN:VEVENT", "END:VEVENT", " folded", "\x00", "é\x85", "TZID:x",
])  # fmt: skip


@given(st.lists(st.lists(PROPERTIES, max_size=8), max_size=4), st.integers(0, 40))
def test_whatever_the_events_reading_ends_in_days_or_one_sentence(events: list[list[str]], cut: int) -> None:
    data = calendar(*("\n".join(one) for one in events))
    try:
        found = observances.read(data[: len(data) - cut], JAKARTA, TODAY)
    except InputError:
        return
    for one in found.entries:
        assert one.day <= one.until and one.name and one.uid
    assert all(one.reason and one.number for one in found.bad)
