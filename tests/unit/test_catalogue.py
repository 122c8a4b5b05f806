"""The Indonesian catalogue: whole, true to the source, and short where columns are."""

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from wcwidth import wcswidth

from smdash.locale import catalogue

PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)s")
WIDTHS = {"short category": 4, "short format": 3, "short kind": 2}


@pytest.fixture(scope="module")
def translations() -> gettext.NullTranslations:
    return gettext.translation("smdash", Path(catalogue.__file__).parent, languages=["id"])


def test_nothing_is_missing_fuzzy_or_stale() -> None:
    assert catalogue.problems() == []


def test_placeholders_are_those_of_the_source(translations: gettext.NullTranslations) -> None:
    messages = [one for one in catalogue.extract() if one.id]
    assert len(messages) > 500
    for message in messages:
        if isinstance(message.id, str):
            source = message.id
            words = translations.pgettext(message.context, source) if message.context else translations.gettext(source)
        else:
            source = message.id[1]
            words = translations.ngettext(message.id[0], source, 2)
        assert sorted(PLACEHOLDER.findall(words)) == sorted(PLACEHOLDER.findall(source)), source


def test_calls_inside_f_strings_are_found() -> None:
    assert catalogue.extract().get("paused") is not None


def test_short_codes_fit_their_columns(translations: gettext.NullTranslations) -> None:
    seen = set()
    for message in catalogue.extract():
        if message.context in WIDTHS:
            seen.add(message.context)
            words = translations.pgettext(message.context, message.id)
            assert wcswidth(words) <= WIDTHS[message.context], words
    assert seen == set(WIDTHS)


def test_check_names_what_is_wrong_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    po, mo = tmp_path / "smdash.po", tmp_path / "smdash.mo"
    shutil.copy(catalogue.PO, po)
    shutil.copy(catalogue.MO, mo)
    monkeypatch.setattr(catalogue, "PO", po)
    monkeypatch.setattr(catalogue, "MO", mo)
    text = po.read_text(encoding="utf-8")
    text = text.replace('msgid "Mentions"', 'msgid "Mentionz"')
    text = text.replace('msgstr "Kampanye"', 'msgstr ""').replace('msgstr "pekan {n}"', 'msgstr "pekan {m}"')
    text = text.replace('msgid "Tomorrow"', '#, fuzzy\nmsgid "Tomorrow"')
    po.write_text(text, encoding="utf-8")
    assert catalogue.main(["--check"]) == 1
    said = capsys.readouterr().err
    for words in (
        "missing: 'Mentions'",
        "stale: 'Mentionz'",
        "empty: 'Campaigns'",
        "placeholders differ: 'week {n}'",
        "fuzzy: 'Tomorrow'",
        "stale: smdash.mo",
    ):
        assert words in said
    assert po.read_text(encoding="utf-8") == text


def test_a_repeat_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue.PO.read_bytes(), catalogue.MO.read_bytes()
    po, mo = tmp_path / "smdash.po", tmp_path / "smdash.mo"
    po.write_bytes(before[0])
    monkeypatch.setattr(catalogue, "PO", po)
    monkeypatch.setattr(catalogue, "MO", mo)
    assert catalogue.main([]) == 0
    assert (po.read_bytes(), mo.read_bytes()) == before


def test_help_speaks_indonesian() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smdash", "--lang", "id", "--help"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0
    assert "Perintah:" in done.stdout
    assert "bahasa layar" in done.stdout
