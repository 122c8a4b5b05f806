"""What the rules are given of the plan, and how long an overruling holds."""

from datetime import timedelta

import pytest

from smdash.core.clock import Span
from smdash.core.errors import InputError, Refused
from smdash.core.lint import Rule
from smdash.core.records import Account, Actor, CampaignKind, Category, Format
from smdash.store import campaigns, events, linting, mixing, outbox, posts, resolving, teams
from smdash.store.connection import Store

DAY = timedelta(days=1)


@pytest.fixture
def accounts(store: Store) -> list[Account]:
    with store.writing() as conn:
        for platform in ("bluesky", "mastodon"):
            teams.put_account(conn, platform, "kopi", store.clock.now())
        return teams.accounts(conn)


def plan(store: Store, who: Actor, accounts: list[Account], text: str, days: float | None, **more: object) -> int:
    fields = {"category": Category.EDUCATION, "format": Format.TEXT, "zone": "Asia/Jakarta"} | more
    now = store.clock.now()
    due_at = None if days is None else now + days * DAY
    with store.writing() as conn:
        return posts.add(conn, who, now, accounts=accounts, body=text, due_at=due_at, **fields)  # type: ignore[arg-type]


def rules(store: Store, post_id: int) -> list[str]:
    with store.reading() as conn:
        return [one.finding.rule.value for one in linting.remarks(conn, post_id, store.clock.now())]


def holding(store: Store, post_id: int) -> list[str]:
    with store.reading() as conn:
        found = linting.remarks(conn, post_id, store.clock.now())
    return [one.finding.rule.value for one in found if one.holds]


def overrule(store: Store, who: Actor, post_id: int, rule: Rule, reason: str = "sudah disetujui") -> list[int]:
    with store.writing() as conn:
        return linting.overrule(conn, who, post_id, rule, reason, store.clock.now())


def test_only_the_same_account_counts(store: Store, actor: Actor, accounts: list[Account]) -> None:
    plan(store, actor, accounts[:1], "Cara seduh V60", 1)
    assert rules(store, plan(store, actor, accounts[1:], "Cara seduh V60", 1)) == []
    assert rules(store, plan(store, actor, accounts[:1], "Cara seduh V60", 1)) == ["identical_text", "same_hour"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE post SET state = 'cancelled' WHERE id = :id", []),
        ("UPDATE post SET state = 'expired' WHERE id = :id", []),
        ("UPDATE delivery SET state = 'cancelled' WHERE post_id = :id", []),
        ("UPDATE delivery SET state = 'failed' WHERE post_id = :id", []),
        ("UPDATE post_account SET body = 'lain' WHERE post_id = :id", []),
        ("UPDATE delivery SET state = 'sent' WHERE post_id = :id", ["identical_text"]),
        ("UPDATE post SET state = 'review' WHERE id = :id", ["identical_text"]),
    ],
)
def test_what_will_not_go_out_is_no_neighbour(
    store: Store, actor: Actor, accounts: list[Account], change: str, found: list[str]
) -> None:
    first = plan(store, actor, accounts, "Cara seduh V60", -2)
    second = plan(store, actor, accounts[:1], "Cara seduh V60", 2)
    with store.writing() as conn:
        conn.execute(change, {"id": first})
    assert rules(store, second) == found


def test_the_text_of_an_account_is_the_one_that_is_judged(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = plan(store, actor, accounts, "k" * 400, 1)
    assert rules(store, post_id) == ["too_long"]  # Bluesky takes 300, Mastodon 500
    with store.writing() as conn:
        conn.execute("UPDATE post_account SET body = 'pendek' WHERE account_id = ?", (accounts[0].id,))
    assert rules(store, post_id) == []


def test_campaigns_and_settings_are_read(store: Store, actor: Actor, accounts: list[Account]) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        campaigns.add(
            conn, actor, now, name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=now, ends_at=now + DAY,
            zone="Asia/Jakarta",
        )  # fmt: skip
        teams.put(conn, "holidays", {"2026-11-25": "libur"})
        teams.put(conn, "utm", True)
    post_id = plan(store, actor, accounts, "https://kopi.example", 2, campaign="Gajian")
    assert rules(store, post_id) == ["missing_utm", "outside_campaign", "holiday"]
    assert rules(store, plan(store, actor, accounts, "halo", 0.5, campaign="Gajian")) == []


def test_an_overruling_is_in_the_book_and_covers_no_later_edit(
    store: Store, actor: Actor, accounts: list[Account]
) -> None:
    with store.writing() as conn:
        teams.put(conn, "banned_words", ["gratis", "murah"])
    post_id = plan(store, actor, accounts, "kopi gratis", 1)
    assert holding(store, post_id) == ["banned_word"]
    overrule(store, actor, post_id, Rule.BANNED_WORD)
    assert holding(store, post_id) == [] and rules(store, post_id) == ["banned_word"]
    with store.reading() as conn:
        (remark,) = linting.remarks(conn, post_id, store.clock.now())
        assert remark.overruled == ("Ana", store.clock.now(), "sudah disetujui")
        last = events.history(conn, "post", post_id)[-1]
    assert (last.who, last.verb, last.detail) == ("Ana", "overrule", "banned_word: sudah disetujui")
    with store.writing() as conn, pytest.raises(Refused):
        linting.withdraw(conn, actor, post_id, Rule.TOO_LONG, store.clock.now())
    for text, held in (("Kopi GRATIS!", []), ("kopi gratis dan murah", ["banned_word"])):
        with store.writing() as conn:
            conn.execute("UPDATE post SET body = ? WHERE id = ?", (text, post_id))
        assert holding(store, post_id) == held
    overrule(store, actor, post_id, Rule.BANNED_WORD)
    with store.writing() as conn:
        linting.withdraw(conn, actor, post_id, Rule.BANNED_WORD, store.clock.now())
    assert holding(store, post_id) == ["banned_word"]


def test_what_can_not_be_overruled(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = plan(store, actor, accounts, "k" * 400, 1)
    with pytest.raises(InputError, match="reason"):
        overrule(store, actor, post_id, Rule.TOO_LONG, " \n ")
    with pytest.raises(Refused, match="banned_word"):
        overrule(store, actor, post_id, Rule.BANNED_WORD)
    with pytest.raises(InputError, match="99"):
        overrule(store, actor, 99, Rule.TOO_LONG)
    with pytest.raises(InputError, match="99"):
        rules(store, 99)
    assert holding(store, post_id) == ["too_long"]


def test_what_was_held_goes_when_nothing_more_holds_it(store: Store, actor: Actor, accounts: list[Account]) -> None:
    with store.writing() as conn:
        teams.put(conn, "banned_words", ["gratis"])
    post_id = plan(store, actor, accounts, "gratis " + "k" * 400, 0)
    with store.writing() as conn:
        blue, mast = [outbox.get(conn, one) for one in (1, 2)]
        for one in (blue, mast):
            outbox.hold(conn, one, store.clock.now(), "lint", "x")
    assert overrule(store, actor, post_id, Rule.BANNED_WORD) == [mast.id]
    assert overrule(store, actor, post_id, Rule.TOO_LONG) == [blue.id]


def test_what_a_member_holds_stays_held(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = plan(store, actor, accounts[:1], "k" * 400, 1)
    with store.writing() as conn:
        resolving.hold_post(conn, actor, post_id, store.clock.now())
    assert overrule(store, actor, post_id, Rule.TOO_LONG) == []
    with store.reading() as conn:
        assert outbox.get(conn, 1).state == "held"


def test_the_text_that_is_about_to_be_sent_is_judged(store: Store, actor: Actor, accounts: list[Account]) -> None:
    plan(store, actor, accounts[:1], "pendek", 0)
    with store.reading() as conn:
        now = store.clock.now()
        assert linting.stopping(conn, 1, now) is None
        assert linting.stopping(conn, 1, now, text="k" * 301) is not None
        assert linting.stopping(conn, 99, now) is None


def test_neighbours_and_pieces_are_read_by_an_index(store: Store) -> None:
    for sql in (linting._NEIGHBOURS, mixing._PIECES):
        values = {"start": "2", "end": "3", "post": 1, "accounts": "[1]", "account": None, "brand": None}
        used = {name: value for name, value in values.items() if f":{name}" in sql}
        with store.reading() as conn:
            steps = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", used)]
        assert any("post_by_due" in one for one in steps), steps
        assert not [one for one in steps if one.startswith("SCAN") and "json_each" not in one], steps


def test_the_mix_is_of_what_is_out_and_what_is_to_go_out(store: Store, actor: Actor, accounts: list[Account]) -> None:
    ids = [plan(store, actor, accounts, f"nomor {at}", at) for at in (-2, -1, 0, 1, 2, 40)]
    plan(store, actor, accounts, "tanpa waktu", None)
    with store.writing() as conn:
        conn.execute("UPDATE delivery SET state = 'sent' WHERE post_id = ? AND account_id = 1", (ids[0],))
        conn.execute("UPDATE delivery SET state = 'failed' WHERE post_id = ?", (ids[1],))
        conn.execute("UPDATE post SET state = 'review' WHERE id = ?", (ids[2],))
        conn.execute("DELETE FROM delivery WHERE post_id = ?", (ids[2],))
        conn.execute("UPDATE post SET state = 'cancelled' WHERE id = ?", (ids[3],))
        now = store.clock.now()
        found = mixing.pieces(conn, Span(now - 30 * DAY, now + 30 * DAY))
        one = mixing.pieces(conn, Span(now - 30 * DAY, now + 30 * DAY), accounts[0].id)
    assert [(piece.post_id, piece.out) for piece in found if piece.account == "bluesky/kopi"] == [
        (ids[0], True), (ids[2], False), (ids[4], False)
    ]  # fmt: skip
    assert len(found) == 6 and [piece.post_id for piece in one] == [ids[0], ids[2], ids[4]]
