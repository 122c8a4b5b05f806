"""``smdash post lint``, ``overrule`` and ``mix`` from outside."""

import pytest

from smdash.store import linting, outbox, teams
from smdash.store.connection import Store
from tests.conftest import Smdash

SETTINGS = """
banned_words = ["gratis"]
utm = true

[mix]
education = 60
hard_sell = 40
"""


@pytest.fixture
def desk(store: Store, smdash: Smdash) -> Smdash:
    with store.writing() as conn:
        teams.put_account(conn, "bluesky", "kopi", store.clock.now())
    smdash.ok("team", "import", "-", stdin=SETTINGS)
    return smdash


def add(smdash: Smdash, body: str, *more: str) -> str:
    return smdash.ok("post", "add", "--account", "kopi", "--category", "education", "--body", body, *more).err


def test_a_post_is_saved_whatever_speaks_against_it(desk: Smdash) -> None:
    said = add(desk, "Kopi gratis di https://kopi.example")
    assert "banned_word: banned word: “gratis”" in said and "missing_utm: " in said
    assert "smdash post overrule 1 RULE REASON" in said
    assert len(desk.ok("post", "list", "--json").json) == 1
    assert add(desk, "Kopi tubruk") == ""


def test_findings_are_listed_and_overruled_with_a_reason(desk: Smdash) -> None:
    add(desk, "Kopi gratis")
    assert [(one["rule"], one["blocks"], one["overruled"]) for one in desk.ok("post", "lint", "1", "--json").json] == [
        ("banned_word", True, None)
    ]
    for words in ((), ("--back", "boleh")):
        assert "--back" in desk.refused("post", "overrule", "1", "banned_word", *words, code=2)
    assert "nobody overruled" in desk.refused("post", "overrule", "1", "banned_word", "--back")
    assert "too_long" in desk.refused("post", "overrule", "1", "too_long", "boleh")
    assert "banned_word" in desk.refused("post", "overrule", "1", "bannedword", "boleh", code=2)
    assert "99" in desk.refused("post", "lint", "99")
    assert "overruled" in desk.ok("post", "overrule", "1", "banned_word", "memang", "gratis").out
    (found,) = desk.ok("post", "lint", "1", "--json").json
    assert found["overruled"]["reason"] == "memang gratis"
    ran = desk.ok("post", "lint", "1")
    assert "memang gratis" in ran.out and "only says so" in ran.out and ran.err == ""
    assert "counts again" in desk.ok("post", "overrule", "1", "banned_word", "--back").out
    assert desk.ok("post", "lint", "1", "--json").json[0]["overruled"] is None


def test_a_post_with_nothing_against_it(desk: Smdash) -> None:
    add(desk, "Kopi tubruk")
    ran = desk.ok("post", "lint", "1")
    assert ran.out == "" and "nothing speaks against post 1" in ran.err
    assert desk.ok("post", "lint", "1", "--json").json == []


def test_looking_changes_nothing(desk: Smdash) -> None:
    add(desk, "Kopi gratis")
    assert desk.ok("--read-only", "post", "lint", "1", "--json").json
    assert desk.refused("--read-only", "post", "overrule", "1", "banned_word", "boleh")
    assert desk.ok("--read-only", "post", "mix").out


def test_the_mix_says_what_comes_next(desk: Smdash) -> None:
    add(desk, "Cara seduh", "--at", "now")
    add(desk, "tanpa waktu")
    found = desk.ok("post", "mix", "--json").json
    assert (found["posts"], found["next"]) == (1, "hard_sell")
    assert found["categories"][0] == {
        "category": "education", "published": 0, "planned": 1, "share": 100.0, "target": 60
    }  # fmt: skip
    assert [one["account"] for one in found["accounts"]] == ["bluesky/kopi"]
    assert [(one["format"], one["next"]) for one in found["formats"]] == [("text", "hard_sell")]
    lines = desk.ok("post", "mix", "--account", "bluesky/kopi").lines
    assert lines[1].split() == ["education", "0", "1", "100", "%", "60", "%"]
    assert lines[-1] == "the next post: hard selling"
    assert "no account “senja”" in desk.refused("post", "mix", "--account", "senja")
    assert desk.refused("post", "mix", "--days", "0", code=2)


def test_without_a_target_only_the_shares_are_told(desk: Smdash) -> None:
    desk.ok("team", "import", "-", stdin="[mix]\n")
    ran = desk.ok("post", "mix")
    assert "[mix]" in ran.err and "next post" not in ran.out
    assert desk.ok("post", "mix", "--json").json["next"] is None


def test_the_settings_are_exported(desk: Smdash) -> None:
    text = desk.ok("team", "export").out
    assert 'banned_words = ["gratis"]' in text and "utm = true" in text
    assert "utm_source: true → false" in desk.ok("team", "import", "-", stdin="utm = false").out


def test_a_delivery_that_is_held_for_it_names_the_way_on(desk: Smdash, store: Store) -> None:
    add(desk, "Kopi gratis", "--at", "now")
    with store.writing() as conn:
        now = store.clock.now()
        why = linting.stopping(conn, 1, now)
        outbox.hold(conn, outbox.get(conn, 1), now, "lint", why or "")
    said = desk.ok("delivery", "show", "1").out
    assert "“gratis”" in said and "smdash post lint 1" in said and "resolve 1 again" not in said
    assert "1 delivery that was held goes out now" in desk.ok("post", "overrule", "1", "banned_word", "boleh").out
    assert desk.ok("delivery", "show", "1", "--json").json["state"] == "queued"


def test_a_post_is_planned_in_words(desk: Smdash) -> None:
    add(desk, "Besok pagi", "--at", "besok 9")
    add(desk, "Nanti", "--at", "3h")
    first, second = sorted(desk.ok("post", "list", "--json").json, key=lambda one: one["id"])
    assert first["due_at"].endswith("T02:00:00.000Z") and second["state"] == "scheduled"
    words = ("post", "add", "--account", "kopi", "--category", "quote", "--body", "x", "--at")
    assert "“bukan waktu” is not a time; expected now" in desk.refused(*words, "bukan waktu", code=2)
