"""How numbers, times and durations are written, in both languages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash import locale
from smdash.core import formats, labels, networks

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    locale.use("en")


def span(**parts: float) -> timedelta:
    return timedelta(**parts)


@pytest.mark.parametrize(
    ("age", "written"),
    [
        (span(seconds=-5), "now"),
        (span(), "now"),
        (span(seconds=59), "now"),
        (span(seconds=60), "1m"),
        (span(minutes=59, seconds=59), "59m"),
        (span(hours=1), "1h"),
        (span(hours=23, minutes=59), "23h"),
        (span(hours=24), "1d"),
        (span(days=4), "4d"),
        (span(days=20_000), "999d"),
    ],
)
def test_short_ages(age: timedelta, written: str) -> None:
    assert formats.short_age(age) == written


@given(st.timedeltas(timedelta(days=-10), timedelta(days=100_000)))
def test_a_short_age_fits_into_four_cells(age: timedelta) -> None:
    assert 2 <= len(formats.short_age(age)) <= 4


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (span(minutes=25), "25m"),
        (span(hours=2, minutes=35), "2h 35m"),
        (span(hours=2, minutes=5), "2h 05m"),
        (span(days=3, hours=5), "3d"),
    ],
)
def test_short_spans(length: timedelta, written: str) -> None:
    assert formats.short_span(length) == written


@pytest.mark.parametrize(
    ("left", "written"),
    [
        (span(days=18), "18d"),
        (span(days=14), "14d"),
        (span(days=13, hours=23, minutes=59), "13d 23:59"),
        (span(days=2, hours=9, minutes=54), "2d 09:54"),
        (span(hours=23), "23h 00m"),
        (span(hours=1), "1h 00m"),
        (span(minutes=59, seconds=59), "59:59"),
        (span(seconds=5), "00:05"),
        (span(seconds=-5), "00:00"),
    ],
)
def test_countdowns(left: timedelta, written: str) -> None:
    assert formats.countdown(left) == written


@pytest.mark.parametrize(("minutes", "written"), [(0, "0:00"), (42, "0:42"), (90, "1:30"), (1500, "25:00")])
def test_running_time(minutes: int, written: str) -> None:
    assert formats.hours_minutes(timedelta(minutes=minutes)) == written


@pytest.mark.parametrize(("language", "written"), [("en", "7.5"), ("id", "7,5")])
def test_decimals(language: str, written: str) -> None:
    locale.use(language)
    assert formats.hours(450) == written


@pytest.mark.parametrize(("language", "written"), [("en", "1,234,567"), ("id", "1.234.567")])
def test_thousands(language: str, written: str) -> None:
    locale.use(language)
    assert formats.number(1_234_567) == written


def test_whole_days_are_told_by_their_first_and_their_last() -> None:
    midnight = datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert (
        formats.begin_words(midnight, JAKARTA) == "Mon 23 Nov" and formats.end_words(midnight, JAKARTA) == "Sun 22 Nov"
    )
    for words in (formats.begin_words, formats.end_words):
        assert words(NOW, JAKARTA) == "Mon 23 Nov 14:05 WIB"


def test_moments_are_written_in_the_teams_zone() -> None:
    assert formats.clock_time(NOW, JAKARTA) == "14:05"
    assert formats.short_day(NOW, JAKARTA) == "Mon 23 Nov"
    assert formats.short_moment(NOW, JAKARTA) == "Mon 23 Nov 14:05 WIB"
    assert formats.zone_name(NOW, ZoneInfo("Asia/Makassar")) == "WITA"
    assert formats.zone_name(NOW, ZoneInfo("Asia/Jayapura")) == "WIT"


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Monday, 23 November 2026, 14:05 WIB"), ("id", "Senin, 23 November 2026, 14:05 WIB")],
)
def test_whole_moments(language: str, written: str) -> None:
    locale.use(language)
    assert formats.whole_moment(NOW, JAKARTA) == written


@pytest.mark.parametrize(("language", "words"), [("en", "3 hours"), ("id", "3 jam")])
def test_spans_in_words(language: str, words: str) -> None:
    locale.use(language)
    assert formats.in_words(timedelta(hours=3)) == words


def test_before_and_after_in_words() -> None:
    assert formats.ago(NOW - timedelta(hours=3), NOW) == "3 hours ago"
    assert formats.ago(NOW + timedelta(hours=3), NOW) == "in 3 hours"


def test_the_short_forms_in_bahasa_indonesia() -> None:
    locale.use("id")
    ages = [formats.short_age(span(minutes=minutes)) for minutes in (0, 5, 120, 6000)]
    assert ages == ["kini", "5m", "2j", "4h"]
    assert formats.short_span(span(hours=2, minutes=35)) == "2j 35m"
    assert formats.countdown(span(days=2, hours=9, minutes=54)) == "2h 09:54"
    assert formats.short_moment(NOW, JAKARTA) == "Sen 23 Nov 14:05 WIB"
    assert formats.ago(NOW - timedelta(hours=3), NOW) == "3 jam lalu"


@given(st.timedeltas(timedelta(days=-10), timedelta(days=100_000)))
def test_a_short_age_fits_into_four_cells_in_bahasa_indonesia_too(age: timedelta) -> None:
    locale.use("id")
    assert 2 <= len(formats.short_age(age)) <= 4


def test_network_codes_are_at_most_two_letters_and_differ() -> None:
    assert networks.code("instagram") == "IG" and networks.code("x") == "X" and networks.code("feeds") == "RS"
    assert len(set(networks.CODES.values())) == len(networks.CODES)
    assert all(1 <= len(code) <= 2 for code in networks.CODES.values())


@pytest.mark.parametrize(("platform", "code"), [("pixelfed", "PI"), ("vk.com", "VK"), ("", "??"), ("[/]\x1b", "??")])
def test_a_network_that_is_not_known_shows_two_letters_of_its_name(platform: str, code: str) -> None:
    assert networks.code(platform) == code


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert labels.activity("blogging") == "blogging" and labels.activity("juggling") == "juggling"
    assert labels.kind("dm") == "direct message"
    assert labels.category_code("hard_sell") == "hard" and labels.category_code("new") == "oth"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("id",), "id"),
        (("id_ID.UTF-8",), "id"),
        (("ID",), "id"),
        ((None, "", "de_DE.UTF-8", "id_ID"), "id"),
        (("fr", "C.UTF-8"), "en"),
        ((), "en"),
    ],
)
def test_the_first_language_that_we_have_is_picked(wishes: tuple[str | None, ...], language: str) -> None:
    assert locale.pick(*wishes) == language


def test_the_environment_is_asked_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("LC_MESSAGES", "id_ID.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    assert locale.pick(locale.from_environment()) == "id"
    monkeypatch.setenv("LC_ALL", "C")
    assert locale.pick(locale.from_environment()) == "en"


def test_plurals_in_the_source_language() -> None:
    assert locale.ngettext("{n} post", "{n} posts", 1) == "{n} post"
    assert locale.ngettext("{n} post", "{n} posts", 0) == "{n} posts"
