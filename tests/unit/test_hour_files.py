"""Hours in files: there and back unchanged in each format, nothing that a spreadsheet runs, bad rows by number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smdash.core import hour_files
from smdash.core.errors import InputError
from smdash.core.hour_files.rows import Bad, FileEntry, Found, Names, Passed, Row
from smdash.core.text import clean, clean_name

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
KEYS = ("updates", "research_planning", "blogging", "contingency", "campaigns")
NAMES = Names(KEYS)
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("=+-@'\";,:\t\r\n ＝ \\#日本ك🙂")), max_size=40)
STAMPS = "20261123T020000Z", "20261123T033015Z"


@st.composite
def entries(draw: st.DrawFn, parts: bool = True) -> FileEntry:
    start = draw(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
    length = draw(st.integers(1_000, 86_400_000))
    begin = start.replace(microsecond=start.microsecond // 1000 * 1000 if parts else 0, tzinfo=UTC)
    note = clean(draw(TEXTS))
    return FileEntry(
        draw(st.sampled_from(KEYS)),
        begin,
        begin + timedelta(milliseconds=length if parts else length // 1000 * 1000),
        note if note.strip() else None,
        clean_name(draw(TEXTS)) or None,
        clean_name(draw(TEXTS)) or None,
        None,
        draw(st.text("0123456789abcdef", min_size=32, max_size=32)),
    )


def write(kind: str, rows: Sequence[FileEntry], **more: object) -> bytes:
    return hour_files.write(kind, rows, ZONE, NOW, name="Kopi; Senja, \n", **more)  # type: ignore[arg-type]


def read(kind: str, data: bytes | str, names: Names = NAMES) -> list[Found]:
    return list(hour_files.read(kind, data if isinstance(data, bytes) else data.encode(), ZONE, names))


def good(found: list[Found]) -> list[FileEntry]:
    assert all(isinstance(one, Row) for one in found), found
    return [one.entry for one in found if isinstance(one, Row)]


@pytest.mark.parametrize("kind", hour_files.FORMATS)
def test_an_export_read_back_gives_the_same(kind: str) -> None:
    @settings(max_examples=60)
    @given(st.lists(entries(parts=kind not in hour_files.WHOLE_SECONDS), max_size=3))
    @example(
        [FileEntry("updates", NOW, NOW + timedelta(seconds=1), " blogging ", "campaign:x", "brand:y", None, "0" * 32)]
    )
    @example([FileEntry("updates", NOW, NOW + timedelta(seconds=1), "=1+1", "'=x", "-", None, "0" * 32)])
    def check(rows: list[FileEntry]) -> None:
        data = write(kind, rows)
        assert good(read(kind, data)) == rows
        if rows:
            assert hour_files.detect(data) == kind
        assert not any(byte < 32 and byte not in b"\r\n" for byte in data)

    check()


@pytest.mark.parametrize("kind", hour_files.FORMATS)
def test_what_another_program_wrote_into_the_table_reaches_no_terminal(kind: str) -> None:
    bad = "\x1b[31mmerah\x07\x9b2J\u202e"
    data = write(kind, [FileEntry("updates", NOW, NOW + timedelta(hours=1), bad, bad, bad, bad, bad)])
    assert b"merah" in data and not any(byte < 32 and byte not in b"\r\n" for byte in data)
    assert not set("\x9b\u202e") & set(data.decode())


@pytest.mark.parametrize("kind", ["csv", "json", "ics"])
def test_a_team_s_file_says_whose_each_entry_is(kind: str) -> None:
    rows = [FileEntry("updates", NOW, NOW + timedelta(hours=1), None, None, None, "budi", "a1")]
    assert good(read(kind, write(kind, rows))) == rows


@given(entries(), st.sampled_from([",", ";"]))
@settings(max_examples=60)
def test_no_cell_of_a_csv_is_run(entry: FileEntry, separator: str) -> None:
    data = write("csv", [entry], separator=separator)
    cells = [cell for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator) for cell in row]
    assert not any(cell.lstrip(" ").startswith(RUN) for cell in cells)
    assert good(read("csv", data)) == [entry]


@pytest.mark.parametrize(("step", "minutes"), [(0, "67.5"), (15, "75"), (30, "60"), (6, "66")])
def test_rounding_leaves_the_times_alone(step: int, minutes: str) -> None:
    entry = FileEntry("updates", NOW, NOW + timedelta(minutes=67, seconds=30), uid="a1")
    data = write("csv", [entry], step=step)
    (row,) = csv.DictReader(io.StringIO(data.decode(), newline=""))
    assert row["minutes"] == minutes and row["start"] == "2026-11-23T14:05:00+07:00"
    assert good(read("csv", data)) == [entry]


def test_the_shape_of_timewarriors_export() -> None:
    rows = [
        FileEntry("updates", NOW, NOW + timedelta(hours=1), "Kata “ini”", "Kopi", None, "ana", "a1"),
        FileEntry("blogging", NOW + timedelta(hours=1), NOW + timedelta(hours=2)),
    ]
    assert json.loads(write("timewarrior", rows)) == [
        {"id": 2, "start": "20261123T070500Z", "end": "20261123T080500Z", "tags": ["updates", "brand:Kopi", "uid:a1"],
         "annotation": "Kata “ini”"},
        {"id": 1, "start": "20261123T080500Z", "end": "20261123T090500Z", "tags": ["blogging"]},
    ]  # fmt: skip


def timew(**changes: object) -> dict[str, object]:
    return {"id": 1, "start": STAMPS[0], "end": STAMPS[1], "tags": ["blogging"]} | changes


def test_what_timewarrior_writes_is_read() -> None:
    values = [
        timew(tags=["blogging", "pagi"], annotation="Artikel"),
        timew(tags=["Research, planning"]),
        timew(tags=["rapat"], end=STAMPS[1]),
        {"id": 1, "start": STAMPS[0], "tags": ["blogging"]},
        timew(tags=["blogging", "updates"]),
        timew(tags=[]),
        timew(end=STAMPS[0]),
        timew(end="20261125T020000Z"),
        timew(start="2026-11-23"),
        timew(start="20261323T020000Z"),
        timew(tags="blogging"),
        "x",
    ]
    found = read("timewarrior", json.dumps(values), Names(KEYS, {"Rapat": "campaigns"}))
    begin, end = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 3, 30, 15, tzinfo=UTC)
    uid = "timew-20261123T020000Z"
    assert found[0] == Row(1, FileEntry("blogging", begin, end, "Artikel (pagi)", uid=uid))
    assert good(found[1:3]) == [
        FileEntry("research_planning", begin, end, uid=uid), FileEntry("campaigns", begin, end, uid=uid),
    ]  # fmt: skip
    assert isinstance(found[3], Passed) and found[3].number == 4 and "running" in found[3].reason
    assert [one.number for one in found[4:]] == list(range(5, 13))
    reasons = [one.reason for one in found[4:] if isinstance(one, Bad)]
    for reason, words in zip(
        reasons,
        ("2 activities (blogging, updates)", "known: updates, research_planning", "ends before it begins", "lasts 48.0 hours",
         "expected a stamp", "expected a stamp", "no list of texts", "no interval"),
        strict=True,
    ):  # fmt: skip
        assert words in reason


def test_an_annotation_that_is_no_json_costs_its_own_line_alone() -> None:
    text = (
        "[\n" + json.dumps(timew()) + ",\n"
        '{"id":2,"start":"20261123T020000Z","end":"20261123T033015Z","tags":["updates"],"annotation":"a "b" c"},\n'
        + json.dumps(timew(tags=["updates"])) + ",\n]\n"
    )  # fmt: skip
    assert hour_files.detect(text.encode()) == "timewarrior"
    assert [type(one) for one in read("timewarrior", text)] == [Row, Bad, Row]


def test_the_shape_of_watsons_log() -> None:
    rows = [FileEntry("updates", NOW, NOW + timedelta(hours=1), "Pagi", "Kopi", "Gajian", "ana", "a" * 32)]
    assert json.loads(write("watson", rows)) == [
        {"id": "a" * 32, "project": "updates", "start": "2026-11-23T14:05:00+07:00", "stop": "2026-11-23T15:05:00+07:00",
         "tags": ["brand:Kopi", "campaign:Gajian", "note:Pagi"]}
    ]  # fmt: skip


def test_what_watson_writes_is_read_of_both_sorts() -> None:
    log = [
        {"id": "ab12", "project": "blogging", "start": "2026-11-23T09:00:00+07:00", "stop": "2026-11-23T10:30:15+07:00",
         "tags": ["updates", "pagi"]},
        {"id": "current", "project": "blogging", "start": "2026-11-23T09:00:00+07:00", "stop": "2026-11-23T10:30:15+07:00"},
        {"id": "ab13", "project": "kedai", "start": "2026-11-23T09:00:00+07:00", "stop": "2026-11-23T10:30:15+07:00",
         "tags": ["blogging"]},
        {"id": "ab14", "project": "kedai", "start": "2026-11-23T09:00:00+07:00", "stop": "2026-11-23T10:30:15+07:00",
         "tags": []},
    ]  # fmt: skip
    begin, end = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 3, 30, 15, tzinfo=UTC)
    found = read("watson", json.dumps(log))
    assert found[0] == Row(1, FileEntry("blogging", begin, end, "updates, pagi", uid="ab12"))
    assert isinstance(found[1], Passed)
    assert found[2] == Row(3, FileEntry("blogging", begin, end, "kedai", uid="ab13"))
    assert isinstance(found[3], Bad) and "“kedai”" in found[3].reason
    frames = [[int(begin.timestamp()), int(end.timestamp()), "blogging", "ab12", ["pagi"], 1], [1e400, 1, "blogging", "x", []],
              [True, 1, "blogging", "x", []]]  # fmt: skip
    text = json.dumps(frames)
    assert hour_files.detect(text.encode()) == "watson"
    found = read("watson", text)
    assert found[0] == Row(1, FileEntry("blogging", begin, end, "pagi", uid="ab12"))
    assert [type(one) for one in found[1:]] == [Bad, Bad]


def test_a_spreadsheet_of_somebody_elses() -> None:
    text = (
        "sep=;\r\nStart;Minutes;Activity;Note;Client\r\n"
        "2026-11-23 09:00;1h30m;Blogging;'=1;x\r\n"
        "2026-11-23 09:00;;blogging;;x\r\n"  # 4
        "23/11/2026 09:00;90;blogging;;x\r\n"  # 5
        "2026-11-23 09:00;90;juggling;;x\r\n"  # 6
        "2026-11-23 09:00;90;blogging;a;b;c;d\r\n"  # 7
        "2026-11-23 09:00;90;blogging;\xff;x\r\n"  # 8
    )
    found = read("csv", text.encode("latin-1"))
    begin = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert found[0] == Row(3, FileEntry("blogging", begin, begin + timedelta(minutes=90), "'=1"), zoneless=True)
    assert [(one.number, type(one)) for one in found[1:]] == [(number, Bad) for number in range(4, 9)]
    reasons = [one.reason for one in found if isinstance(one, Bad)]
    for reason, words in zip(
        reasons, ("“end” is missing", "expected a time", "known: updates", "cells", "UTF-8"), strict=True
    ):
        assert words in reason


def test_a_calendar_of_somebody_elses() -> None:
    def event(*lines: str) -> str:
        return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))

    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
        + event(
            "UID:1", "DTSTART:20261123T020000Z", "DURATION:PT1H30M", "SUMMARY:Rapat pagi", "CATEGORIES:Kerja,updates"
        )
        + event("UID:2", "DTSTART:20261123T090000", "DTEND:20261123T100000", "SUMMARY:blogging")
        + event("UID:3", "DTSTART;VALUE=DATE:20261123", "SUMMARY:blogging")
        + event("UID:4", "DTSTART:20261123T020000Z", "DTEND:20261123T030000Z", "SUMMARY:blogging", "RRULE:FREQ=DAILY")
        + event("UID:5", "DTSTART:20261123T020000Z", "DTEND:20261123T030000Z", "SUMMARY:blogging", "STATUS:CANCELLED")
        + event("UID:6", "DTSTART:20261123T020000Z", "SUMMARY:blogging")
        + event("UID:7", "DTSTART:garbage", "SUMMARY:blogging")
        + event("UID:8", "DTSTART:20261123T020000Z", "DTEND:20261123T030000Z", "SUMMARY:Makan siang")
        + event("UID:9", "DTSTART:20261123T020000Z", "DTEND;TZID=Nowhere/Land:20261123T030000", "SUMMARY:updates")
        + "END:VCALENDAR\r\n"
    )
    found = read("ics", text)
    begin = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert found[0] == Row(3, FileEntry("updates", begin, begin + timedelta(minutes=90), "Rapat pagi", uid="1"))
    assert found[1] == Row(10, FileEntry("blogging", begin, begin + timedelta(hours=1), uid="2"), zoneless=True)
    assert [type(one) for one in found[2:]] == [Bad, Bad, Passed, Bad, Bad, Bad, Bad]
    reasons = [one.reason for one in found if isinstance(one, Bad)]
    assert "no time of day" in reasons[0] and "repeats" in reasons[1] and "DTEND" in reasons[2]
    assert "Makan siang" in reasons[-2] and "no time zone “Nowhere/Land”" in reasons[-1]


@pytest.mark.parametrize("kind", ["csv", "json", "timewarrior", "watson"])
def test_utf_16_is_read(kind: str) -> None:
    rows = [FileEntry("updates", NOW, NOW + timedelta(hours=1), "日本", uid="a1")]
    data = write(kind, rows).decode().encode("utf-16")
    assert hour_files.detect(data) == kind and good(read(kind, data)) == rows


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("json", "{}"), ("json", "x"), ("json", "[" * 100_000), ("watson", '{"a": 1}'), ("timewarrior", "null"),
        ("json", "[1e5" + "0" * 5000 + "]x"), ("csv", ""), ("csv", "a,b\n"), ("csv", "start,activity\n"),
        ("csv", "start,start,end,activity\n"), ("ics", "x"), ("json", b"\xff[]"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_one_sentence(kind: str, data: str | bytes) -> None:
    with pytest.raises(InputError) as problem:
        read(kind, data)
    assert "\n" not in str(problem.value) and len(str(problem.value)) < 300


@pytest.mark.parametrize(
    "value",
    [
        {}, [], 1, None, {"start": 1}, {"start": "2026-11-23T00:00:00Z", "end": "2026-11-24T01:00:00Z", "activity": "updates"},
        {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T01:00:00Z", "activity": 3},
        {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T01:00:00Z", "activity": "updates", "note": []},
        {"start": "9999-12-31T23:00:00-07:00", "end": "2026-11-23T01:00:00Z", "activity": "updates"},
    ],
)  # fmt: skip
def test_a_bad_entry_of_json_is_named_and_the_one_beside_it_kept(value: object) -> None:
    entry = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T01:00:00Z", "activity": "updates"}
    found = read("json", json.dumps([value, entry]))
    assert [(one.number, type(one)) for one in found] == [(1, Bad), (2, Row)]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**20), 10**20)
    | TEXTS
    | st.sampled_from(["20261123T020000Z", "updates"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(
            st.sampled_from(["id", "start", "end", "stop", "project", "tags", "activity", "annotation", "note"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.sampled_from(["json", "timewarrior", "watson"]), st.lists(JSON, max_size=4))
def test_whatever_json_holds_each_entry_is_read_refused_or_left_out(kind: str, values: list[object]) -> None:
    found = read(kind, json.dumps(values))
    assert [one.number for one in found] == list(range(1, len(values) + 1))


@settings(max_examples=150)
@given(st.sampled_from(hour_files.FORMATS), st.data())
def test_a_file_with_a_hole_or_dirt_in_it_is_never_more_than_bad_input(kind: str, data: st.DataObject) -> None:
    whole = write(kind, [data.draw(entries(parts=False)) for _turn in range(2)])
    at = data.draw(st.integers(0, len(whole)))
    gone = data.draw(st.integers(0, 30))
    broken = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + gone :]
    try:
        found = read(kind, broken)
    except InputError:
        return
    assert all(isinstance(one, (Row, Bad, Passed)) for one in found)
