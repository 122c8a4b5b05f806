"""Fields of saved replies, filled with what strangers are called."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import saved
from smdash.core.errors import InputError
from smdash.core.records import Mention, MentionKind, MentionState

MENTION = Mention(
    1, "instagram", "kopi", MentionKind.COMMENT, "rina.s", "Rina Sari", "Kak?", "https://kopi.example/1",
    datetime(2026, 11, 23, tzinfo=UTC), None, MentionState.OPEN, None, None, 0, False, None,
)  # fmt: skip


def test_what_is_known_is_filled_and_the_rest_stays_visible() -> None:
    filled = saved.fill("Halo {first_name} ({handle}), cek {order_url} ya — {member}", saved.values_of(MENTION, "Ana"))
    assert filled.text == "Halo Rina (@rina.s), cek {order_url} ya — Ana"
    assert filled.missing == ("order_url",) == saved.unfilled(filled.text, filled.given)


def test_braces_in_a_name_stay_braces() -> None:
    named = MENTION._replace(author_name="{order_url} {0.__class__} {")
    filled = saved.fill("Halo {name}!", saved.values_of(named, "Ana"))
    assert filled.text == "Halo {order_url} {0.__class__} {!"
    assert filled.missing == () == saved.unfilled(filled.text, filled.given)


def test_a_name_without_letters_is_no_first_name() -> None:
    assert saved.first_name("🌸 Rina 🌸") == "Rina"
    filled = saved.fill("Halo {first_name}", saved.values_of(MENTION._replace(author_name="🌸 123"), "Ana"))
    assert (filled.text, filled.missing) == ("Halo {first_name}", ("first_name",))


def test_two_braces_are_one() -> None:
    assert saved.fill("kode {{ini}}", {}).text == "kode {ini}"


@pytest.mark.parametrize(
    "body", ["Halo {first_name", "Halo }", "{name.x}", "{name!r}", "{name:>9}", "{}", "{0}", "{Nama}"]
)
def test_a_broken_field_is_refused_when_it_is_saved(body: str) -> None:
    with pytest.raises(InputError):
        saved.fields(body)
    assert saved.fill(body, {"name": "Rina"}).text == body


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_a_strangers_name_is_put_in_as_it_is(before: str, name: str) -> None:
    template = before.replace("{", "{{").replace("}", "}}") + "{name}"
    assert saved.fill(template, {"name": name}).text == before + name


@given(st.text(alphabet="{}abc_.!:0 ", max_size=20))
def test_any_body_can_be_filled(body: str) -> None:
    saved.fill(body, {"a": "x", "abc": "{b}"})
