"""The plan in files: there and back unchanged, nothing that a spreadsheet runs, and every bad line by its number."""

from __future__ import annotations

import csv
import io
import string
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smdash.core import plan, plan_csv, plan_ics
from smdash.core.errors import InputError
from smdash.core.plan import Bad, Line
from smdash.core.records import Category, Format, Post, PostState
from smdash.core.text import clean, clean_name

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
# What OWASP names: a cell that begins so is run by some spreadsheet.
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("=+-@'\";,\t\r\n ＝ \\:")), max_size=60)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
NAMES = st.tuples(st.text(string.ascii_lowercase, min_size=1, max_size=9), TEXTS).map(
    lambda found: f"{found[0]}/{clean_name(found[1]).replace('/', '') or 'kopi'}"
)


@st.composite
def posts(draw: st.DrawFn, bodies: st.SearchStrategy[str] = TEXTS) -> Post:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    return Post(
        id=draw(st.integers(1, 10**12)),
        state=PostState.READY,
        shown="scheduled",
        category=draw(st.sampled_from(Category)),
        format=draw(st.sampled_from(Format)),
        body=clean(draw(bodies)).strip() or "teks",
        campaign=clean_name(draw(TEXTS)) or None,
        author="Ana",
        due_at=draw(st.none() | TIMES),
        due_zone=draw(st.sampled_from([None, "Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin"])),
        offer=clean(draw(TEXTS)).strip() or None,
        offer_until=draw(st.none() | TIMES),
        deliveries=(),
        accounts=tuple((name.partition("/")[0], name.partition("/")[2]) for name in sorted(names)),
        key="p" + draw(st.text("0123456789abcdef", min_size=20, max_size=20)),
    )


def read(text: str | bytes, **more: object) -> list[Line | Bad]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(plan_csv.Reader(data, ZONE, **more))  # type: ignore[arg-type]


def lines(found: list[Line | Bad]) -> list[Line]:
    assert all(isinstance(one, Line) for one in found), found
    return [one for one in found if isinstance(one, Line)]


@given(st.lists(posts(), max_size=4), st.sampled_from([",", ";"]), st.booleans())
def test_csv_gives_back_what_was_written(rows: list[Post], separator: str, mark: bool) -> None:
    text = ("\ufeff" if mark else "") + plan_csv.write(rows, ZONE, separator=separator)
    found = lines(read(text))
    assert [one.content for one in found] == [plan.of_post(post) for post in rows]
    assert [(one.id, one.key) for one in found] == [(post.id, post.key) for post in rows]
    assert all(one.base == one.content.digest for one in found)
    assert not any(one.zoneless for one in found)


@given(posts())
def test_no_cell_of_a_csv_is_run_and_no_control_byte_gets_out(post: Post) -> None:
    text = plan_csv.write([post._replace(body=post.body + "\x1b]0;x\x07\u202e\ud800")], ZONE)
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not any(cell.lstrip(" ").startswith(RUN) for cell in cells)
    assert not any(ord(letter) < 32 and letter not in "\r\n" for letter in text)
    text.encode()  # no lone surrogates either
    assert "\x7f" not in text and "\u202e" not in text


@given(TEXTS)
@example("'=1")
@example("' '=1")
@example("''")
@example(" \t=x")
def test_what_is_neutralised_is_put_back(cell: str) -> None:
    safe = plan_csv.neutral(cell)
    assert plan_csv.restored(safe) == cell
    assert not safe.startswith(RUN)
    if cell.startswith(RUN):
        assert safe == "'" + cell


def test_an_apostrophe_of_somebody_elses_file_is_theirs() -> None:
    assert lines(read("body,category\n'=1,other\n"))[0].content.body == "'=1"
    assert lines(read("body,category,key\n'=1,other,\n"))[0].content.body == "=1"


@given(st.lists(posts(), max_size=3))
def test_a_calendar_gives_back_what_was_written(rows: list[Post]) -> None:
    data = plan_ics.write(rows, ZONE, NOW, name="Kopi; Senja, \n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))  # RFC 5545, 3.1
    assert not any(byte < 32 and byte not in b"\r\n" for byte in data)
    found = lines(list(plan_ics.read(data, ZONE)))
    timed = [post for post in rows if post.due_at is not None]
    assert [one.content for one in found] == [plan.of_post(post) for post in timed]
    assert [(one.key, one.base) for one in found] == [(post.key, plan.of_post(post).digest) for post in timed]


def test_commas_semicolons_tabs_marks_and_utf_16_are_all_read() -> None:
    rows = [["BODY", " Category ", "due_at"], ["Diskon 10%, hari ini; “é”\nbaris", "Hard sell", "2026-12-01 14:30"]]
    for separator in (",", ";", "\t"):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator).writerows(rows)
        text = out.getvalue()
        for data in (
            text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), text.replace("\r\n", "\n").encode(),
            f"sep={separator}\r\n{text}".encode(), f"\n\n{text}".encode(),
        ):  # fmt: skip
            (one,) = lines(read(data))
            assert one.content.body == "Diskon 10%, hari ini; “é”\nbaris"
            assert one.content.category is Category.HARD_SELL
            assert one.content.due_at == datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
            assert one.zoneless


def test_each_bad_line_is_named_by_the_number_of_its_first_line_and_the_others_are_read() -> None:
    text = (
        b"due_at,accounts,category,format,body,state,offer_until\r\n"
        b"2026-12-01 14:30,instagram/kopi,other,text,\"satu\r\ndua\",,\r\n"  # 2, 3
        b"1/12/2026 14:30,a/b,other,text,x,,\r\n"  # 4
        b"2026-12-01,a/b,other,text,x,,\r\n"  # 5
        b"2026-02-30 10:00,a/b,other,text,x,,\r\n"  # 6
        b",a/b,sales,text,x,,\r\n"  # 7
        b",a/b,other,reel,x,,\r\n"  # 8
        b",a/b,other,text, ,,\r\n"  # 9
        b",a/b,other,text,x,done,\r\n"  # 10
        b",a/b,other,text,x,,soon\r\n"  # 11
        b",\"'a\",other,text,x,,\r\n"  # 12
        b",a/b,other,text,caf\xe9,,\r\n"  # 13
        b",a/b,other,text,satu, dua,,\r\n"  # 14
        b",a/b,other,text,12\" piring,,\r\n"  # 15: a quotation mark inside an open cell is a letter
        b",a/b,other,text,\"12\" piring\",,\r\n"  # 16
        b"\r\n,,,,,,\r\n"  # 17, 18
        b",a/b,other,text,baik\r\n"  # 19
        b"2999-12-31 10:00,a/b,other,text,x,,\r\n"  # 20
        b",a/b,other,text," + b"x" * 20_001 + b",,\r\n"  # 21
    )  # fmt: skip
    found = read(text)
    assert [(one.number, one.content.body) for one in found if isinstance(one, Line)] == [
        (2, "satu\ndua"), (15, '12" piring'), (19, "baik"),
    ]  # fmt: skip
    bad = {one.number: one.reason for one in found if isinstance(one, Bad)}
    assert sorted(bad) == [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 20, 21]
    for number, says in {
        4: "due_at", 5: "2026-11-23 14:30", 6: "due_at", 7: "hard_sell", 8: "article", 9: "body", 10: "draft",
        11: "offer_until", 12: "accounts", 13: "UTF-8", 14: "8 cells", 16: "quotation mark", 20: "too far", 21: "20001",
    }.items():  # fmt: skip
        assert says in bad[number], bad[number]


def test_lines_behind_a_quotation_mark_that_is_not_closed_are_not_taken_for_posts() -> None:
    for rest in ('b,other\n"lost,other\nc,other\n', 'b,other\n"' + "lost,other\n" * 20_000):
        found = read("body,category\n" + rest)
        assert [one.number for one in found] == [2, 3]
        assert isinstance(found[0], Line) and isinstance(found[1], Bad)
        assert "not closed" in found[1].reason


@pytest.mark.parametrize("text", ["", "\n\n", "foo,bar\n1,2\n", "body,body\n1,2\n", '"body\n'])
def test_what_is_no_plan_at_all_is_told_in_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match="expected"):
        read(text)


def test_columns_that_mean_nothing_are_passed_over_and_named() -> None:
    reader = plan_csv.Reader(b"Catatan,body,category\nx,y,other\n", ZONE)
    assert reader.passed_over == ["catatan"]
    assert len(list(reader)) == 1


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_reading_ends_in_lines_or_one_sentence(data: bytes) -> None:
    for head in (b"", b"body,category,due_at,key\n"):
        try:
            read(head + data)
        except InputError as problem:
            assert str(problem)
    try:
        list(plan_ics.read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data + b"\nEND:VEVENT\n", ZONE))
    except InputError as problem:
        assert str(problem)


@pytest.mark.parametrize(("text", "at", "bare"), [
    ("2026-12-01 14:30", datetime(2026, 12, 1, 7, 30, tzinfo=UTC), True),
    ("2026-12-01T14:30:05", datetime(2026, 12, 1, 7, 30, 5, tzinfo=UTC), True),
    ("2026-12-01 14.30", datetime(2026, 12, 1, 7, 30, tzinfo=UTC), True),
    ("2026-12-01 14.30.05", datetime(2026, 12, 1, 7, 30, 5, tzinfo=UTC), True),
    (" 2026-12-01   14:30+09:00 ", datetime(2026, 12, 1, 5, 30, tzinfo=UTC), False),
    ("2026-12-01T14:30:00+0700", datetime(2026, 12, 1, 7, 30, tzinfo=UTC), False),
    ("2026-12-01 14:30 z", datetime(2026, 12, 1, 14, 30, tzinfo=UTC), False),
])  # fmt: skip
def test_times_with_and_without_a_zone(text: str, at: datetime, bare: bool) -> None:
    assert plan.read_time(text, "due_at", ZONE) == (at, bare)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(InputError, match="skip"):
        plan.read_time("2026-03-29 02:30", "due_at", ZoneInfo("Europe/Berlin"))


@given(st.lists(NAMES, max_size=4, unique=True))
@example(["a/,", "a/b;c", "a/'", 'a/"', "a/\\"])
def test_accounts_are_read_as_they_were_written(names: list[str]) -> None:
    assert plan.read_accounts(plan.write_accounts(names)) == tuple(names)


def test_people_part_accounts_as_they_like() -> None:
    assert plan.read_accounts("instagram/kopi, mastodon/kopi; x/a\nx/a") == ("instagram/kopi", "mastodon/kopi", "x/a")


def event(*properties: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *properties, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def test_an_event_of_somebody_elses_calendar() -> None:
    data = event(
        "UID:1@lain", "DTSTART:20261201T143000", "SUMMARY:Judul", "DESCRIPTION:Isi\\, panjang\\nsekali; tapi",
        " lanjut", "CATEGORIES:Merah,Hard sell", "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:bukan", "END:VALARM",
    )  # fmt: skip
    (one,) = lines(list(plan_ics.read(data, ZONE, accounts=("a/b",), category="other")))
    assert (one.number, one.content.body, one.content.category) == (2, "Isi, panjang\nsekali; tapilanjut", "hard_sell")
    assert (one.content.due_at, one.zoneless) == (datetime(2026, 12, 1, 7, 30, tzinfo=UTC), True)
    (again,) = lines(list(plan_ics.read(data.replace(b"Judul", b"Lain"), ZONE, category="other")))
    assert one.key == again.key
    (bare,) = lines(list(plan_ics.read(event("DTSTART:20261201T143000Z", "SUMMARY:Judul"), ZONE, category="other")))
    assert (bare.content.body, bare.key, bare.zoneless) == ("Judul", None, False)


@pytest.mark.parametrize(("properties", "says"), [
    (["SUMMARY:x"], "DTSTART"),
    (["DTSTART:20261201T143000Z"], "body"),
    (["DTSTART;VALUE=DATE:20261201", "SUMMARY:x"], "time of day"),
    (["DTSTART:soon", "SUMMARY:x"], "soon"),
    (["DTSTART;TZID=Nowhere/Land:20261201T143000", "SUMMARY:x"], "Nowhere/Land"),
    (["DTSTART:20261201T143000Z", "RRULE:FREQ=DAILY", "SUMMARY:x"], "repeats"),
    (["DTSTART:20261201T143000Z", "DTSTART:20261202T143000Z", "SUMMARY:x"], "twice"),
    (["DTSTART:29991231T143000Z", "SUMMARY:x"], "too far"),
])  # fmt: skip
def test_an_event_that_can_t_be_taken_in_says_why(properties: list[str], says: str) -> None:
    good = event("DTSTART:20261201T143000Z", "SUMMARY:baik").splitlines(keepends=True)[1:-1]
    data = event(*properties).removesuffix(b"END:VCALENDAR\r\n") + b"".join(good) + b"END:VCALENDAR\r\n"
    bad, other = plan_ics.read(data, ZONE, category="other")
    assert isinstance(bad, Bad) and bad.number == 2 and says in bad.reason
    assert isinstance(other, Line) and other.number == 4 + len(properties)


def test_zones_that_a_calendar_defines_itself_count() -> None:
    zone = (
        b"BEGIN:VTIMEZONE\r\nTZID:Kedai\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\n"
        b"TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    head, rest = event("DTSTART;TZID=Kedai:20261201T143000", "SUMMARY:x").split(b"\r\n", 1)
    (one,) = lines(list(plan_ics.read(head + b"\r\n" + zone + rest, ZONE, category="other")))
    assert one.content.due_at == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def test_a_line_that_was_copied_with_its_key_is_no_second_post() -> None:
    (first,) = lines(read("body,category,due_at\nx,other,2026-12-01 10:00\n"))
    original = first._replace(key="p1", base=first.content.digest)
    copied = original._replace(number=3, content=first.content._replace(due_at=NOW + timedelta(days=30)))
    assert list(plan.checked([original, copied])) == [3]
    assert list(plan.checked([copied, original])) == [3]
    assert plan.checked([original, original._replace(number=9)]) == {}


def test_a_letter_that_a_fold_takes_apart_is_put_together() -> None:
    # RFC 5545, 3.1: folds go before letters are decoded, since some writers count bytes alone.
    data = event("UID:1", "DTSTART:20261125T020000Z", "DESCRIPTION:Kopi é pagi").replace(
        "é".encode(), "é".encode()[:1] + b"\r\n " + "é".encode()[1:]
    )
    (found,) = lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))
    assert found.content.body == "Kopi é pagi"


def test_what_is_guessed_of_a_zone_is_not_told_on_stderr(recwarn: pytest.WarningsRecorder) -> None:
    data = event("UID:1", "DTSTART;TZID=/citadel.org/2021_1/Asia/Jayapura:20261125T090000", "SUMMARY:x")
    (found,) = lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))
    assert found.content.due_at == datetime(2026, 11, 25, tzinfo=UTC) and not recwarn.list


def test_a_changed_day_of_a_series_is_an_event_of_its_own() -> None:
    parts = [
        event("UID:s", f"RECURRENCE-ID:202611{day}T020000Z", f"DTSTART:202611{day}T030000Z", f"SUMMARY:hari {day}")
        for day in (25, 26)
    ]
    data = parts[0].replace(b"END:VCALENDAR\r\n", b"") + parts[1].replace(b"BEGIN:VCALENDAR\r\n", b"")
    found = lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))
    assert len({one.key for one in found}) == 2 and plan.checked(found) == {}


def test_what_somebody_still_wonders_about_is_a_draft() -> None:
    for status, wish in (("TENTATIVE", PostState.DRAFT), ("CONFIRMED", None)):
        data = event("UID:1", "DTSTART:20261125T020000Z", "SUMMARY:x", f"STATUS:{status}")
        (found,) = lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))
        assert found.wish is wish


def test_zones_without_an_end_cost_no_more_than_their_lines() -> None:
    data = event("UID:1", "DTSTART:20261125T020000Z", "SUMMARY:x")
    data = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VTIMEZONE\r\n" * 20_000 + data.removeprefix(b"BEGIN:VCALENDAR\r\n")
    began = time.process_time()
    assert len(lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))) == 1
    # Looking for each end through the whole file took the square of it.
    assert time.process_time() - began < 1


def test_a_calendar_with_many_zones_is_read_in_time_that_grows_with_the_file() -> None:
    zones = b"".join(
        f"BEGIN:VTIMEZONE\r\nTZID:Zone {number}x\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        f"TZOFFSETFROM:+0{number % 9}00\r\nTZOFFSETTO:+0{number % 9}00\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n".encode()
        for number in range(400)
    )
    one = event("UID:1", "DTSTART;TZID=Zone 7x:20261125T090000", "SUMMARY:x")
    body = one.removeprefix(b"BEGIN:VCALENDAR\r\n").removesuffix(b"END:VCALENDAR\r\n")
    data = b"BEGIN:VCALENDAR\r\n" + zones + body * 200 + b"END:VCALENDAR\r\n"
    began = time.process_time()
    found = lines(list(plan_ics.read(data, ZONE, accounts=("ig/kopi",), category="quote")))
    assert len(found) == 200 and found[0].content.due_at == datetime(2026, 11, 25, 2, tzinfo=UTC)
    # With all zones for each event it took ten times that.
    assert time.process_time() - began < 4
