"""The first wall: what may pass from outside into the store and onto a screen."""

import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import text
from smdash.core.text import clean, clean_name, one_line, safe_link
from tests.payloads import HOSTILE

# What no cleaned text may hold: C0 but newline, DEL, C1, bidi controls, invisible characters, tags, surrogates.
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Characters that mean trouble, so that random texts are full of them.
NASTY = st.sampled_from(
    list("\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\xad\u0301\u0336\u061c\u115f\u1160\u1161\u200b\u200c\u200d\u200e\u202e")
    + list("\u2028\u2066\u2069\u20e3\u3099\u3164か각\ufe0f\ufeff\uffff\ud800\udfff\U000e0041👨❤ \u00a0ab[]/")
)
ANY = st.text(st.one_of(NASTY, st.characters(exclude_categories=())), max_size=80)


@given(ANY)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@given(ANY, st.integers(1, 40))
def test_cutting_twice_changes_nothing_more(raw: str, limit: int) -> None:
    once = clean(raw, limit=limit)
    assert len(once) <= limit
    assert clean(once, limit=limit) == once


@given(ANY)
def test_a_cleaned_name_is_one_line_and_stays_as_it_is(raw: str) -> None:
    name = clean_name(raw)
    assert "\n" not in name and name == name.strip() and len(name) <= text.NAME_LIMIT
    assert clean_name(name) == name


@given(ANY)
def test_nothing_that_moves_turns_or_hides_is_left(raw: str) -> None:
    assert not FORBIDDEN.search(clean(raw))
    assert not FORBIDDEN.search(clean_name(raw))


@given(ANY)
def test_cleaned_text_can_be_stored_and_sent(raw: str) -> None:
    clean(raw).encode("utf-8")
    assert unicodedata.is_normalized("NFC", clean(raw))


@given(st.text(string.ascii_letters + string.digits + string.punctuation + " \n", max_size=200))
def test_printable_ascii_is_untouched(raw: str) -> None:
    assert clean(raw) == raw


@pytest.mark.parametrize("payload", HOSTILE, ids=lambda payload: payload.name)
def test_a_hostile_text_keeps_its_visible_part_and_loses_its_teeth(payload) -> None:
    cleaned = clean(payload.text)
    assert payload.visible in cleaned
    assert not FORBIDDEN.search(cleaned)
    assert clean(cleaned) == cleaned


def test_there_are_enough_hostile_texts() -> None:
    assert len(HOSTILE) >= 60
    assert len({payload.name for payload in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("letters", ["👨‍👩‍👧‍👦", "می‌خواهم", "❤️", "👋🏽", "🇮🇩", "क्ष"])
def test_writing_that_needs_joiners_and_selectors_stays_whole(letters: str) -> None:
    assert clean(letters) == letters


def test_line_breaks_of_all_kinds_become_line_feeds() -> None:
    assert clean("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h") == "a\nb\nc\nd\ne\nf\ng\nh"


def test_marks_piled_on_one_letter_are_cut_to_eight() -> None:
    assert clean("z" + "\u0336" * 100) == "z" + "\u0336" * 8


def test_a_long_text_is_cut_and_says_so() -> None:
    cut = clean("kopi " * 10_000)
    assert len(cut) == text.BODY_LIMIT and cut.startswith("kopi kopi") and cut.endswith("…")


def test_a_text_of_mostly_nothing_says_that_it_was_cut() -> None:
    assert clean("awal" + "\x00" * 200_000 + "akhir") == "awal…"


def test_a_text_at_the_limit_is_whole() -> None:
    assert clean("é" * 50, limit=50) == "é" * 50


def test_a_list_shows_white_space_as_single_spaces() -> None:
    assert one_line("  satu \n\n dua\u00a0tiga ") == "satu dua tiga"


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example/%C3%A9?x=[1]&y=2#z", "http://127.0.0.1:8095/f"])
def test_web_addresses_may_become_links(url: str) -> None:
    assert safe_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "--help",
        "https://",
        "https://a.example/ b",
        "https://a.example/\x1b]8;;x",
        "https://ä.example/",
        "https://a.example/\n",
        "HTTP://a.example",
        "https://a.example/" + "x" * 2_000,
    ],
)
def test_anything_else_is_never_a_link(url: str | None) -> None:
    assert safe_link(url) is None
