"""One line of ``mention ingest``: good ones become records, bad ones are refused in words."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import InputError
from smdash.core.ingest import LINE_LIMIT, parse_line
from smdash.core.records import IncomingMention, MentionKind
from tests.payloads import HOSTILE

GOOD = {
    "platform": "instagram",
    "account": "kopi",
    "remote_id": "17900000000000001",
    "kind": "comment",
    "author_handle": "rina",
    "author_name": "Rina Wijaya",
    "body": "Buka jam berapa ya hari Minggu?",
    "url": "https://instagram.example/p/1",
    "sent_at": "2026-11-23T14:00:00+07:00",
}
NEEDED = ["platform", "account", "remote_id", "kind", "author_handle", "body", "sent_at"]
TEXTS = [*NEEDED, "author_name", "url", "edited_at", "thread_key", "parent_id", "reply_until"]


def line(**changes: object) -> bytes:
    return json.dumps(GOOD | changes).encode()


def reason(raw: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        parse_line(raw)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_good_line_becomes_a_record() -> None:
    assert parse_line(line()) == IncomingMention(
        platform="instagram",
        account="kopi",
        remote_id="17900000000000001",
        kind=MentionKind.COMMENT,
        author_handle="rina",
        author_name="Rina Wijaya",
        body="Buka jam berapa ya hari Minggu?",
        url="https://instagram.example/p/1",
        sent_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
    )


def test_fields_that_may_be_there_are_kept() -> None:
    found = parse_line(
        line(thread_key="t1", parent_id="p1", reply_until="2026-11-24T07:00:00Z", edited_at="2026-11-23T07:01:00.5Z")
    )
    assert (found.thread_key, found.parent_id) == ("t1", "p1")
    assert found.reply_until == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert found.edited_at == datetime(2026, 11, 23, 7, 1, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("name", ["author_name", "url", "edited_at", "thread_key", "parent_id", "reply_until"])
def test_fields_that_may_be_there_may_be_null(name: str) -> None:
    assert parse_line(line(**{name: None})).remote_id == GOOD["remote_id"]


def test_an_author_without_a_name_goes_by_the_handle() -> None:
    fields = {name: value for name, value in GOOD.items() if name != "author_name"}
    assert parse_line(json.dumps(fields)).author_name == "rina"


def test_unknown_fields_are_passed_over() -> None:
    assert parse_line(line(likes=3, more={"a": [1]})) == parse_line(line())


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_line(b"\xef\xbb\xbf" + line()) == parse_line(line())


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_field_is_named(name: str) -> None:
    fields = {key: value for key, value in GOOD.items() if key != name}
    assert reason(json.dumps(fields)) == f"“{name}” is missing"
    assert reason(line(**{name: None})) == f"“{name}” is missing"


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [3, 1.5, True, [], {}, ["a"]])
def test_a_field_of_the_wrong_type_is_named(name: str, value: object) -> None:
    assert reason(line(**{name: value})) == f"“{name}” must be text"


@pytest.mark.parametrize("name", ["platform", "account", "remote_id", "kind", "sent_at"])
def test_an_empty_field_is_named(name: str) -> None:
    assert reason(line(**{name: ""})) == f"“{name}” is empty"


@pytest.mark.parametrize("name", ["body", "author_handle"])
def test_a_body_or_handle_may_be_empty(name: str) -> None:
    assert getattr(parse_line(line(**{name: ""})), name) == ""


def test_an_unknown_kind_names_the_known_ones() -> None:
    assert reason(line(kind="shout")).startswith("“kind” is “shout”; expected one of mention, comment, reply, dm")


@pytest.mark.parametrize("name", ["sent_at", "edited_at", "reply_until"])
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-23T07:00:00", "2026-11-23", "1763881200", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z",
             "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "\x1b[2J"],
)  # fmt: skip
def test_a_time_without_its_zone_or_sense_is_refused(name: str, text: str) -> None:
    assert reason(line(**{name: text})).startswith(f"“{name}” is “")


@pytest.mark.parametrize("name", ["platform", "account", "remote_id", "thread_key", "parent_id"])
@pytest.mark.parametrize("text", ["a\x1bb", "a\nb", "\u202eab", "x" * 201, "\ud800", "a\u200bb", " é"])
def test_an_id_that_cleaning_would_change_is_refused(name: str, text: str) -> None:
    assert f"“{name}”" in reason(line(**{name: text}))


def test_an_id_may_be_of_any_script() -> None:
    assert parse_line(line(account="コーヒー", remote_id="id/é:1")).account == "コーヒー"


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b"\xff\xfe\x00", b'{"a": \x00}', b"<html>", b"{'a': 1}"])
def test_what_is_not_json_says_so(raw: bytes) -> None:
    assert reason(raw).startswith("not ")


@pytest.mark.parametrize("raw", ["[]", "3", "null", '"text"', "true"])
def test_what_is_not_an_object_says_so(raw: str) -> None:
    assert reason(raw) == "not a JSON object"


def test_deep_json_is_refused() -> None:
    assert "deep" in reason(b"[" * 100_000)


def test_a_huge_number_is_refused() -> None:
    assert reason(b'{"remote_id": ' + b"9" * 5_000 + b"}").startswith("not JSON")


def test_a_line_that_is_too_long_is_refused() -> None:
    assert str(LINE_LIMIT) in reason(line(body="x" * LINE_LIMIT))


@pytest.mark.parametrize("payload", HOSTILE, ids=lambda payload: payload.name)
def test_hostile_texts_are_cleaned_never_refused(payload) -> None:
    found = parse_line(line(body=payload.text, author_name=payload.text, author_handle=payload.text))
    assert payload.visible in found.body
    for text in (found.body, found.author_name, found.author_handle):
        assert not any(letter < " " and letter != "\n" for letter in text)
        text.encode()
    assert "\n" not in found.author_name + found.author_handle


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "\x1b]8;;x", "ftp://a.example", ""])
def test_an_address_that_is_no_web_address_is_left_out(url: str) -> None:
    assert parse_line(line(url=url)).url is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_but_never_crash(raw: bytes) -> None:
    try:
        parse_line(raw)
    except InputError as problem:
        assert str(problem)


@given(st.dictionaries(st.sampled_from(TEXTS), json_values))
def test_random_values_are_taken_or_refused_but_never_crash(changes: dict[str, object]) -> None:
    try:
        found = parse_line(json.dumps(GOOD | changes))
    except InputError as problem:
        assert str(problem)
    else:
        assert found.kind in MentionKind and found.sent_at.tzinfo is UTC


@given(st.text(max_size=40))
def test_random_times_are_taken_or_refused_but_never_crash(text: str) -> None:
    try:
        parse_line(line(sent_at=text))
    except InputError:
        pass
