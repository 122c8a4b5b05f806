"""Our own short forms against CLDR's (Babel), and which language is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime, format_time, get_timezone_name
from babel.numbers import format_decimal

from smdash import locale
from smdash.cli import _choose_language, click_words
from smdash.core import formats, labels
from tests.conftest import Smdash

ZONES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC"]
# An hour and a half and some seconds apart, so that every day, hour and minute of a year comes by.
YEAR = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=11 * at, minutes=37 * at, seconds=at) for at in range(757)]
# Where ours differ from CLDR on purpose.
#   times       CLDR's short time is 2:05 PM in English and 14.05 in Indonesian; lists have one form of five cells,
#               HH:MM, in both, as people type it for --at.
#   short days  CLDR's MMMEd has a comma in both and the month before the day in English; a cell less, and the same
#               order in both, lets a member read a colleague's screen. The names themselves are CLDR's.
#   zones       WIB is what CLDR's Indonesian says; in English it says GMT+7 where the team says WIB.


@pytest.fixture(params=["en", "id"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    locale.use(request.param)
    yield request.param
    locale.use("en")


@pytest.mark.parametrize("zone", ZONES)
def test_days_and_times_of_a_year(zone: str, language: str) -> None:
    there = ZoneInfo(zone)
    assert {instant.astimezone(there).date().toordinal() for instant in YEAR} >= set(range(739_618, 739_980))
    for instant in YEAR:
        local = instant.astimezone(there)
        assert formats.short_day(instant, there) == format_datetime(local, "EEE d MMM", locale=language)
        assert formats.clock_time(instant, there) == format_time(local, "HH:mm", locale=language)
        whole = formats.whole_moment(instant, there)
        assert whole == format_datetime(local, "EEEE, d MMMM y, HH:mm", locale=language) + f" {local.tzname()}"


@pytest.mark.parametrize(("zone", "name"), [*zip(ZONES, ("WIB", "WITA", "WIT", "UTC"), strict=True)])
def test_the_names_of_the_zones_are_those_of_cldr(zone: str, name: str) -> None:
    there = ZoneInfo(zone)
    assert formats.zone_name(YEAR[0], there) == name
    if zone != "UTC":
        assert get_timezone_name(YEAR[0].astimezone(there), width="short", locale="id") == name


def test_numbers(language: str) -> None:
    for value in [*range(0, 2_000, 7), 12_345, 999_999, 1_000_000, 1_234_567_890, -1, -1_234]:
        assert formats.number(value) == format_decimal(value, locale=language), value
    for minutes in range(0, 60 * 60, 13):
        ours = formats.hours(minutes)
        assert ours == format_decimal(float(f"{minutes / 60:.1f}"), "0.0", locale=language), minutes


def test_short_ages_carry_the_number_alone_and_a_letter(language: str) -> None:
    letters = {"en": "mhd", "id": "mjh"}[language]
    for minutes in range(1, 5_000, 17):
        assert re.fullmatch(rf"\d{{1,3}}[{letters}]", formats.short_age(timedelta(minutes=minutes)))


def test_spans_in_words_are_whole_indonesian(language: str) -> None:
    english = re.compile(r"\b(moment|second|minute|hour|day|month|year|ago|an?)s?\b")
    for seconds in [0, 1, 30, 60, 119, 3_600, 7_000, 86_400, 172_800, 2_600_000, 5_200_000, 31_600_000, 99_999_999]:
        words = formats.in_words(timedelta(seconds=seconds))
        assert bool(english.search(words)) == (language == "en"), words


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, "en"),
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id"}, "id"),
        ({"LANG": "in"}, "id"),
        ({"LANG": "in_ID.UTF-8"}, "id"),
        ({"LANG": "id_ID.UTF-8@latin"}, "id"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": ""}, "en"),
        ({"LANG": "xx"}, "en"),
        ({"LANG": "\udcff;[31m/../id"}, "en"),
        ({"LANG": "idx_ID"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id_ID.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LC_MESSAGES": "id_ID.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "id_ID"}, "id"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "id_ID"}, "id"),
        ({"LC_ALL": "xx_XX", "LANG": "id_ID"}, "en"),
        # GNU's LANGUAGE goes first, but not where the locale is C.
        ({"LANGUAGE": "id", "LC_ALL": "en_US.UTF-8"}, "id"),
        ({"LANGUAGE": "xx:id:en", "LANG": "en_US.UTF-8"}, "id"),
        ({"LANGUAGE": "en:id", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LANGUAGE": "C:id", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LANGUAGE": "xx:yy", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LANGUAGE": "", "LANG": "id_ID.UTF-8"}, "id"),
        ({"LANGUAGE": "id", "LANG": "C"}, "en"),
        ({"LANGUAGE": "id", "LANG": "C.UTF-8"}, "en"),
        ({"LANGUAGE": "id"}, "en"),
    ],
)
def test_the_environment_chooses(environment: dict[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert locale.from_environment() == chosen


@pytest.mark.parametrize(
    ("arguments", "own", "chosen"),
    [
        (["--lang", "en", "status"], "id", "en"),
        (["--lang=id"], "en", "id"),
        (["status"], "en", "en"),
        (["status"], "id", "id"),
        (["status"], None, "id"),
        (["status"], "xx", "id"),
        (["--lang", "xx"], "en", "en"),
        (["--lang"], None, "id"),
    ],
)
def test_the_command_line_goes_before_the_members_own_and_that_before_the_environment(
    arguments: list[str], own: str | None, chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMDASH_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "id_ID.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    if own is not None:
        (tmp_path / "config.toml").write_text(f'language = "{own}"\n', encoding="utf-8")
    try:
        _choose_language(arguments)
        assert locale.language() == chosen
    finally:
        locale.use("en")


def test_a_language_that_is_not_there_is_refused_with_those_that_are(smdash: Smdash) -> None:
    for words in (["--lang", "xx", "status"], ["--lang", "xx"], ["--lang=in", "post", "list"]):
        said = smdash.refused(*words, code=2)
        assert "'en', 'id'" in said and "\n" not in said
    assert smdash("status", LANG="xx_XX.UTF-8").err == ""


def test_every_word_that_is_kept_for_click_is_one_of_clicks() -> None:
    import click

    folder = Path(click.__file__).parent
    source = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    missing = [words for words in click_words._SAID if words.replace("\n", "\\n").replace("\t", "\\t") not in source]
    assert not missing


def test_leave_from_work_is_not_the_word_for_leaving(language: str) -> None:
    assert labels.absence("leave") == {"en": "leave", "id": "cuti"}[language]
