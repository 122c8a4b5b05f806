"""``[[calendar]]`` in ``sync.toml``: what it may say, what is wrong with it, and how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from smdash.core.errors import InputError, SettingsError
from smdash.settings import service
from smdash.settings.calendars import CalendarSettings, checked_address
from smdash.settings.references import Reference

SECRET = "rahasia-sekali-123"
ICS = """
[[calendar]]
name = "Umum"
kind = "ics"
url_env = "KALENDER"
interval_s = 600
"""
DAV = f"""# milik kantor
[[calendar]]
name = "Kantor"
kind = "caldav"
url = "https://k.example/k/"
user = "kopi"
password = "{SECRET}"
campaign_kind = "launch"
"""


def read(tmp_path: Path, text: str) -> service.ServiceSettings:
    file = tmp_path / "sync.toml"
    file.write_text(text)
    return service.read(file)


def test_calendars_are_read_with_their_secrets_by_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(tmp_path, DAV + ICS)
    assert found.problems == ()
    kantor, umum = found.calendars
    assert (kantor.name, kantor.kind, kantor.user, kantor.campaign_kind, kantor.interval_s) == (
        "Kantor",
        "caldav",
        "kopi",
        "launch",
        900,
    )
    assert kantor.secrets() == ("https://k.example/k/", SECRET) and kantor.shown_url == "https://k.example/k/"
    assert SECRET not in repr(found)
    monkeypatch.setenv("KALENDER", "webcal://umum.example/private-x/basic.ics")
    assert umum.secrets() == ("https://umum.example/private-x/basic.ics", "") and (umum.shown_url, umum.interval_s) == (
        None,
        600,
    )
    monkeypatch.setenv("KALENDER", "bukan-alamat-rahasia")
    with pytest.raises(SettingsError, match="no http or https address") as caught:
        umum.secrets()
    assert "bukan-alamat" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('kind = "webdav"', "sync.toml:4: calendar.kind: expected one of ics, caldav"),
        ('campaign_kind = "promo"', "calendar.campaign_kind: expected one of contest, promotion"),
        ("interval_s = 3", "calendar.interval_s: expected 15 or more"),
        ('url = "kopi"', "calendar.url: expected an http or https address"),
        ('url = "https://a:b@k.example/"', "calendar.url: expected an http or https address, without"),
        ('url = ""', "calendar.url: expected the calendar's address, or url_file"),
        ('url_file = "/x"', "calendar.url_file: url is named already"),
        ('user = ""', "calendar.user: a user name and a password go together"),
        ('user = "a:b"', "calendar.user: expected a name without"),
        ('password_env = "a b"', "calendar.password_env: password is named already"),
        ('colour = "red"', "colour"),
    ],
)
def test_what_is_wrong_in_a_calendar_is_its_own_and_told_by_its_place(tmp_path: Path, line: str, said: str) -> None:
    key = line.split(" ")[0]
    lines = [one for one in DAV.splitlines() if not one.startswith(f"{key} ")]
    # Behind the name, where a key of the table may stand.
    found = read(tmp_path, "\n".join([*lines[:3], line, *lines[3:]]) + ICS)
    bad, good = found.calendars
    assert said in bad.problem and good.problem == "" and found.loose == ()
    assert SECRET not in bad.problem
    with pytest.raises(SettingsError):
        bad.secrets()


def test_a_calendar_without_a_name_or_there_twice_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, DAV.replace('name = "Kantor"\n', "") + ICS + ICS.replace("Umum", "umum"))
    assert [one.name for one in found.calendars] == ["Umum"]
    assert len(found.loose) == 2 and "calendar.name" in found.loose[0] and "umum is there twice" in found.loose[1]


def test_a_calendar_is_written_beside_what_a_person_wrote_and_taken_out_again(tmp_path: Path) -> None:
    file = tmp_path / "sync.toml"
    file.write_text(DAV)
    one = CalendarSettings("Baru", "ics", Reference("file", "/rahasia"), campaign_kind="event", database="ab")
    service.add_calendar(one, file)
    assert (
        service.read(file).calendars[1] == one
        and file.read_text().startswith(DAV)
        and '\n\n[[calendar]]\nname = "Baru"' in file.read_text()
    )
    assert file.stat().st_mode & 0o077 == 0
    service.add_calendar(
        CalendarSettings("Baru", "caldav", Reference("text", "https://k.example/"), database="ab"), file
    )
    assert len(service.read(file).calendars) == 2 and "url_file" not in file.read_text()
    service.remove_calendar("baru", "ab", file)
    service.remove_calendar("Nihil", "ab", file)
    assert file.read_text().rstrip() == DAV.rstrip()
    # One that names no database belongs to all.
    service.remove_calendar("Kantor", "ab", file)
    assert service.read(file).calendars == () and "[[calendar]]" not in file.read_text()


def test_addresses() -> None:
    assert checked_address(" webcal://k.example/a.ics ") == "https://k.example/a.ics"
    assert checked_address("http://k.example") == "http://k.example"
    for text in (
        "",
        "k.example",
        "ftp://k.example",
        "https://",
        "https://a@k.example/",
        "https://k.example/\x1b",
        "https://[oops/",
    ):
        with pytest.raises(InputError):
            checked_address(text)
