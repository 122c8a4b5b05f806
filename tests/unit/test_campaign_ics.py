"""Campaigns as calendars have them: days, zones, repeats, what is broken, and the way out and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core import campaign_ics, campaign_ics_out
from smdash.core.campaign_ics import Due, Entry, Found
from smdash.core.campaign_ics_out import Shown, own_uid
from smdash.core.clock import start_of_day
from smdash.core.errors import InputError
from smdash.core.records import CampaignKind, Phase
from smdash.core.text import clean, clean_name
from tests.unit.test_observances import calendar

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in ("Asia/Jakarta", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago")
]
TODAY = date(2026, 11, 23)


def read(*events: str, zone: ZoneInfo = JAKARTA, head: str = "", today: date = TODAY) -> Found:
    return campaign_ics.read(calendar(*events, head=head), zone, today, kind=CampaignKind.EVENT)


def one(*events: str, zone: ZoneInfo = JAKARTA) -> Entry:
    found = read(*events, zone=zone)
    assert found.bad == ()
    (entry,) = found.entries
    return entry


def local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def spans(found: Found, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    return [(entry.title, local(entry.starts_at, zone), local(entry.ends_at, zone)) for entry in found.entries]


def test_an_all_day_event_is_whole_local_days_and_its_end_is_the_first_day_after() -> None:
    event = "UID:1\nSUMMARY:Harbolnas\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261213\nDESCRIPTION: Diskon besar\\, dua hari "
    found = one(event)
    assert (found.name, found.kind, found.note) == ("Harbolnas", CampaignKind.EVENT, "Diskon besar, dua hari")
    assert (local(found.starts_at, JAKARTA), local(found.ends_at, JAKARTA)) == ("2026-12-10 00:00", "2026-12-13 00:00")
    assert found.starts_at == datetime(2026, 12, 9, 17, tzinfo=UTC)
    # A day on which the clocks change has 25 hours.
    day = one("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20271031", zone=BERLIN)
    assert day.ends_at - day.starts_at == timedelta(hours=25)


def test_timed_events_keep_their_instants_and_floating_ones_are_the_teams() -> None:
    utc = one("UID:1\nSUMMARY:x\nDTSTART:20261210T030000Z\nDTEND:20261210T050000Z")
    assert (utc.starts_at.hour, utc.ends_at.hour) == (3, 5)
    named = one("UID:1\nSUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260928T090000\nDURATION:P60D")
    assert local(named.ends_at, BERLIN) == "2026-11-27 09:00"
    windows = one("UID:1\nSUMMARY:x\nDTSTART;TZID=SE Asia Standard Time:20261210T090000\nDURATION:PT1H")
    assert local(windows.starts_at, JAKARTA) == "2026-12-10 09:00"
    for zone in (JAKARTA, BERLIN):
        floating = one("UID:1\nSUMMARY:x\nDTSTART:20261210T090000\nDTEND:20261211T090000", zone=zone)
        assert local(floating.starts_at, zone) == "2026-12-10 09:00"


def test_a_zone_that_the_calendar_defines_itself_counts() -> None:
    head = (
        "BEGIN:VTIMEZONE\r\nTZID:Kantor\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\n"
        "TZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    # There twice, as in a calendar that is put together from many files.
    found = read("UID:1\nSUMMARY:x\nDTSTART;TZID=Kantor:20261210T090000\nDURATION:PT1H", head=head * 2)
    assert local(found.entries[0].starts_at, JAKARTA) == "2026-12-10 07:00"


def test_what_repeats_is_a_campaign_an_occurrence_within_the_span() -> None:
    found = read(
        "UID:g\nSUMMARY:Gajian\nDTSTART;VALUE=DATE:20260125\nDTEND;VALUE=DATE:20260128\nRRULE:FREQ=MONTHLY\n"
        "EXDATE;VALUE=DATE:20270125\nRDATE;VALUE=DATE:20270130\nCATEGORIES:warna,DISKON",
        "UID:g\nSUMMARY:Gajian dan THR\nDTSTART;VALUE=DATE:20270301\nDTEND;VALUE=DATE:20270308\nRECURRENCE-ID;VALUE=DATE:20270225",
        "UID:g\nSUMMARY:batal\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20270425\nRECURRENCE-ID;VALUE=DATE:20270425",
    )
    assert found.bad == () and found.whole
    names = [entry.title for entry in found.entries]
    assert names[:5] == ["Gajian 2026-10", "Gajian 2026-11", "Gajian 2026-12", "Gajian 2027-01", "Gajian dan THR"]
    assert "Gajian 2027-04" not in names and names[-1] == "Gajian 2027-12"
    assert spans(found, JAKARTA)[1] == ("Gajian 2026-11", "2026-11-25 00:00", "2026-11-28 00:00")
    moved = found.entries[4]
    assert (moved.uid, moved.kind) == ("g 2027-02-25", CampaignKind.EVENT)
    assert found.entries[0].kind == CampaignKind.DISCOUNT and found.cancelled == {"g 2027-04-25"}


def test_a_weekly_wall_time_stays_across_a_change_of_the_clocks() -> None:
    found = read(
        "UID:w\nSUMMARY:Siaran\nDTSTART;TZID=Europe/Berlin:20270315T200000\nDTEND;TZID=Europe/Berlin:20270315T220000\nRRULE:FREQ=WEEKLY;COUNT=3",
        zone=BERLIN,
    )
    assert spans(found, BERLIN) == [
        ("Siaran 2027-03-15", "2027-03-15 20:00", "2027-03-15 22:00"),
        ("Siaran 2027-03-22", "2027-03-22 20:00", "2027-03-22 22:00"),
        ("Siaran 2027-03-29", "2027-03-29 20:00", "2027-03-29 22:00"),
    ]
    assert found.entries[2].starts_at - found.entries[1].starts_at == timedelta(days=7, hours=-1)
    assert [entry.uid for entry in found.entries] == [
        "w 2027-03-15T19:00:00",
        "w 2027-03-22T19:00:00",
        "w 2027-03-29T18:00:00",
    ]


@settings(max_examples=40)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2026, 12, 1), date(2027, 10, 1)),
    length=st.integers(1, 9),
    weeks=st.integers(1, 6),
)
def test_days_of_a_series_are_whole_local_days_in_every_zone(
    zone: ZoneInfo, day: date, length: int, weeks: int
) -> None:
    end = day + timedelta(days=length)
    found = read(
        f"UID:s\nSUMMARY:s\nDTSTART;VALUE=DATE:{day:%Y%m%d}\nDTEND;VALUE=DATE:{end:%Y%m%d}\nRRULE:FREQ=WEEKLY;COUNT={weeks}",
        zone=zone,
    )
    assert [(entry.starts_at, entry.ends_at) for entry in found.entries] == [
        (start_of_day(day + timedelta(weeks=n), zone), start_of_day(end + timedelta(weeks=n), zone))
        for n in range(weeks)
    ]
    assert len({entry.title for entry in found.entries}) == weeks


@settings(max_examples=30)
@given(
    zone=st.sampled_from(ZONES),
    team=st.sampled_from(ZONES),
    day=st.dates(date(2026, 12, 1), date(2027, 10, 1)),
    hour=st.integers(4, 22),
    minutes=st.integers(1, 4_000),
)
def test_a_series_keeps_its_wall_time_in_every_zone_for_a_team_in_any_other(
    zone: ZoneInfo, team: ZoneInfo, day: date, hour: int, minutes: int
) -> None:
    found = read(
        f"UID:s\nSUMMARY:s\nDTSTART;TZID={zone.key}:{day:%Y%m%d}T{hour:02}3000\nDURATION:PT{minutes}M\nRRULE:FREQ=WEEKLY;COUNT=5",
        zone=team,
    )
    assert [entry.starts_at.astimezone(zone).replace(tzinfo=None) for entry in found.entries] == [
        datetime(day.year, day.month, day.day, hour, 30) + timedelta(weeks=n)  # noqa: DTZ001 a wall time
        for n in range(5)
    ]
    assert all(entry.starts_at < entry.ends_at for entry in found.entries)


def test_names_that_are_there_several_times_get_their_month_or_day_or_a_number() -> None:
    event = "SUMMARY:Promo\nDTSTART;VALUE=DATE:{}"
    days = ["20261201", "20270105", "20270120", "20270120"]
    found = read(
        *(f"UID:{n}\n{event.format(day)}" for n, day in enumerate(days)),
        "UID:9\nSUMMARY:Lain\nDTSTART;VALUE=DATE:20261201",
    )
    assert [entry.title for entry in found.entries] == [
        "Lain",
        "Promo 2026-12-01",
        "Promo 2027-01-05",
        "Promo 2027-01-20",
        "Promo 2027-01-20 (2)",
    ]
    assert {entry.name for entry in found.entries} == {"Promo", "Lain"}


def test_what_is_off_and_what_is_long_over_is_told() -> None:
    found = read(
        "UID:1\nSUMMARY:batal\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20261210",
        "UID:2\nSUMMARY:lama\nDTSTART;VALUE=DATE:20261001",
        "UID:3\nSUMMARY:baru lewat\nDTSTART;VALUE=DATE:20261101",
    )
    assert [entry.name for entry in found.entries] == ["baru lewat"]
    assert (found.cancelled, found.outside) == ({"1"}, 1)
    off = read("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261210", head="METHOD:CANCEL\r\n")
    assert off.entries == () and off.cancelled == {"1"} and not off.whole


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("UID:1\nSUMMARY:x", "“DTSTART” is missing"),
        ("UID:1\nDTSTART;VALUE=DATE:20261225", "“SUMMARY” is missing"),
        ("UID:1\nSUMMARY:x\nDTSTART:garbage", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;TZID=Nowhere/Land:20261225T090000\nDURATION:PT1H", "there is no time zone “Nowhere/Land”"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nDTEND:20261224T090000Z", "it ends before it starts"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261224", "it ends before it starts"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z", "it has no length"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261225\nDTEND:20261226T090000Z", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nRRULE:FREQ=MINUTELY", "it repeats within a day"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=1,2,3", "it repeats within a day"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY", "times within 430 days; expected 100 times at most"),
        ("UID:1\nSUMMARY:x\nDTSTART:20261225T090000Z\nRRULE:FREQ=BLAH", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:00010101", "is too far away"),
        ("UID:1\nSUMMARY:x\nDTSTART:99991231T230000Z\nDURATION:P400D", "it can't be read"),
        ("UID:1\nSUMMARY:x\nDTSTART;VALUE=DATE:20261225\nDURATION:P9999999999999D", "it can't be read"),
        ("UID:1\nSUMMARY:x\nSUMMARY:y\nDTSTART;VALUE=DATE:20261225", "there twice"),
        ("UID:1\nSUMMARY:x\nRELATED-TO:a\nDTSTART;VALUE=DATE:20261227", "and lies outside it"),
    ],
)  # fmt: skip
def test_a_bad_event_is_told_by_its_line_and_the_others_are_taken(event: str, reason: str) -> None:
    found = read("UID:a\nSUMMARY:Natal\nDTSTART;VALUE=DATE:20261225", event)
    assert [entry.name for entry in found.entries] == ["Natal"]
    assert [bad.number for bad in found.bad] == [8] and reason in found.bad[0].reason
    assert found.whole
    assert found.is_spared("1") or "RELATED" in event
    assert not found.is_spared("a")


def test_a_series_that_can_not_be_read_spares_all_of_its_campaigns() -> None:
    found = read("UID:s x\nSUMMARY:s\nDTSTART:20261225T090000Z\nRRULE:FREQ=BLAH")
    assert found.is_spared("s x") and found.is_spared("s x 2026-12-25T09:00:00") and not found.is_spared("s")


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x00\xff", b"BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="BEGIN:VCALENDAR"):
        campaign_ics.read(data, JAKARTA, TODAY, kind=CampaignKind.EVENT)


def test_a_calendar_that_is_empty_is_whole_and_one_that_was_cut_is_not() -> None:
    empty = campaign_ics.read(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", JAKARTA, TODAY, kind=CampaignKind.EVENT)
    assert empty.entries == () and empty.whole
    natal = "UID:1\nSUMMARY:Natal\nDTSTART;VALUE=DATE:20261225"
    cut = campaign_ics.read(
        calendar(natal, natal.replace("UID:1", "UID:2"))[:-30], JAKARTA, TODAY, kind=CampaignKind.EVENT
    )
    assert len(cut.entries) == 1 and not cut.whole and "no end" in cut.bad[0].reason


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused_in_words(data: st.DataObject) -> None:
    whole = calendar(
        "UID:1\nSUMMARY:é\\, x\nDTSTART;TZID=Europe/Berlin:20261225T090000\nDURATION:P1D\nRRULE:FREQ=YEARLY",
        "UID:2\nSUMMARY:b\nRELATED-TO:1\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226",
    )
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(at + 40, len(whole))))
    broken = whole[:at] + data.draw(st.binary(max_size=12)) + whole[until:]
    try:
        found = campaign_ics.read(broken, JAKARTA, TODAY, kind=CampaignKind.EVENT)
    except InputError as problem:
        assert str(problem)
        return
    for entry in found.entries:
        assert entry.starts_at < entry.ends_at and entry.name
    assert all(bad.reason and clean(bad.reason) == bad.reason for bad in found.bad)


def test_an_event_that_is_a_part_of_another_is_a_phase_and_a_to_do_a_milestone() -> None:
    todo = "BEGIN:VTODO\r\nUID:t\r\nSUMMARY:Aset siap\r\nRELATED-TO:p\r\nDUE;VALUE=DATE:20261209\r\nSTATUS:COMPLETED\r\nEND:VTODO\r\n"
    found = read(
        "UID:a\nSUMMARY:Pemanasan\nRELATED-TO;RELTYPE=PARENT:p\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261211",
        "UID:p\nSUMMARY:Harbolnas\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261213",
        "UID:s\nSUMMARY:Saudara\nRELATED-TO;RELTYPE=SIBLING:p\nDTSTART;VALUE=DATE:20261210",
        "UID:x\nSUMMARY:Yatim\nRELATED-TO:entah\nDTSTART;VALUE=DATE:20261210",
        head=todo + todo.replace("RELATED-TO:p\r\n", ""),
    )
    assert found.bad == ()
    by_name = {entry.name: entry for entry in found.entries}
    assert set(by_name) == {"Harbolnas", "Saudara", "Yatim"}
    (phase,) = by_name["Harbolnas"].phases
    assert (phase.name, local(phase.ends_at, JAKARTA)) == ("Pemanasan", "2026-12-11 00:00")
    (due,) = by_name["Harbolnas"].milestones
    assert (due.name, local(due.due_at, JAKARTA), due.done) == ("Aset siap", "2026-12-10 00:00", True)


def test_of_phases_without_end_the_first_are_taken() -> None:
    many = (f"UID:{n}\nSUMMARY:f{n}\nRELATED-TO:p\nDTSTART;VALUE=DATE:20261210" for n in range(103))
    found = read("UID:p\nSUMMARY:p\nDTSTART;VALUE=DATE:20261210", *many)
    assert len(found.entries[0].phases) == 100 and [bad.uid for bad in found.bad] == ["100", "101", "102"]
    assert "has 100 of these already" in found.bad[0].reason


def test_events_that_name_each_other_are_campaigns_all_the_same() -> None:
    found = read(
        "UID:a\nSUMMARY:a\nRELATED-TO:b\nDTSTART;VALUE=DATE:20261210",
        "UID:b\nSUMMARY:b\nRELATED-TO:a\nDTSTART;VALUE=DATE:20261210",
        "UID:c\nSUMMARY:c\nRELATED-TO:c\nDTSTART;VALUE=DATE:20261210",
    )
    assert {entry.name for entry in found.entries} == {"a", "b", "c"} and found.bad == ()


NAMES = st.text(min_size=1, max_size=40).map(clean_name).filter(bool)
NOTES = st.text(max_size=200).map(lambda text: clean(text).strip())
SECONDS = st.integers(0, 316_000_000).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@st.composite
def shown(draw: st.DrawFn, zone: ZoneInfo, key: str, name: str) -> Shown:
    if draw(st.booleans()):
        first = draw(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
        start, end = start_of_day(first, zone), start_of_day(first + timedelta(days=draw(st.integers(1, 40))), zone)
    else:
        start = draw(SECONDS)
        end = start + timedelta(seconds=draw(st.integers(1, 4_000_000)))
    phases = []
    for label in draw(st.lists(NAMES, max_size=3, unique=True)):
        length = int((end - start).total_seconds())
        begins = draw(st.integers(0, length - 1))
        ends = draw(st.integers(begins + 1, length))
        phases.append(Phase(label, start + timedelta(seconds=begins), start + timedelta(seconds=ends)))
    phases.sort(key=lambda phase: (phase.starts_at, phase.ends_at, phase.name))
    dues = [Due(draw(NAMES), draw(SECONDS), draw(st.booleans())) for _ in range(draw(st.integers(0, 2)))]
    dues.sort(key=lambda due: (due.due_at, due.name))
    return Shown(key, name, draw(st.sampled_from(CampaignKind)), start, end, draw(NOTES), tuple(phases), tuple(dues))


@settings(max_examples=60)
@given(data=st.data(), zone=st.sampled_from(ZONES), names=st.lists(NAMES, min_size=1, max_size=3, unique=True))
def test_what_is_written_is_read_back_the_same(data: st.DataObject, zone: ZoneInfo, names: list[str]) -> None:
    rows = [data.draw(shown(zone, own_uid(number, "0123456789abcdef"), name)) for number, name in enumerate(names)]
    now = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
    written = campaign_ics_out.write(rows, zone, now, name="Kopi, Senja")
    found = campaign_ics.read(written, zone, TODAY, kind=CampaignKind.LAUNCH, database="0123456789abcdef")
    assert found.bad == () and found.whole and found.name == "Kopi, Senja"
    back = {entry.uid: entry for entry in found.entries}
    assert len(back) == len(rows)
    for number, row in enumerate(rows):
        entry = back[row.key]
        assert (
            Shown(
                entry.uid,
                entry.name,
                entry.kind,
                entry.starts_at,
                entry.ends_at,
                entry.note,
                entry.phases,
                entry.milestones,
            )
            == row
        )
        assert (entry.title, entry.own, entry.as_of) == (row.name, number, now)
    # Another desk takes them for a stranger's.
    other = campaign_ics.read(written, zone, TODAY, kind=CampaignKind.LAUNCH, database="ff")
    assert {entry.own for entry in other.entries} == {None}
