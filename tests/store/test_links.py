"""Which addresses of posts are looked at and when, and how long it is kept what was found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.links import Found, Link, Outcome, is_due, reason
from smdash.core.lint import Rule
from smdash.core.records import Actor, Category, Format
from smdash.store import links, linting, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.links import Due
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MENU = "https://toko.example/menu"


@pytest.fixture
def account(store: Store) -> int:
    with store.writing() as conn:
        return teams.put_account(conn, "mastodon", "kopi", NOW)


def plan(store: Store, actor: Actor, text: str, due_in: timedelta | None) -> int:
    with store.writing() as conn:
        return posts.add(
            conn, actor, store.clock.now(), accounts=teams.accounts(conn), category=Category.EDUCATION,
            format=Format.TEXT, body=text, due_at=None if due_in is None else store.clock.now() + due_in,
            zone="Asia/Jakarta",
        )  # fmt: skip


def due(store: Store) -> list[str]:
    with store.reading() as conn:
        return [one.url for one in links.due(conn, store.clock.now())]


def looked(store: Store, url: str, outcome: Outcome, detail: str = "200", due_in: timedelta = HOUR) -> links.Written:
    now = store.clock.now()
    with store.writing() as conn:
        return links.put(conn, Due(url, now + due_in), Found(outcome, detail), now)


def test_those_of_the_coming_day_the_next_one_first(store: Store, actor: Actor, account: int) -> None:
    plan(store, actor, f"Lihat {MENU}, dan https://toko.example/b.", 3 * HOUR)
    plan(store, actor, "Lihat https://toko.example/a", 2 * HOUR)
    plan(store, actor, "Besok https://toko.example/besok", 25 * HOUR)
    plan(store, actor, "Ide https://toko.example/ide", None)
    gone = plan(store, actor, "Batal https://toko.example/batal", HOUR)
    with store.writing() as conn:
        resolving.cancel_post(conn, actor, gone, NOW)
    assert due(store) == ["https://toko.example/a", "https://toko.example/b", MENU]


def test_once_a_good_look_is_enough_until_the_last_half_hour(
    store: Store, actor: Actor, account: int, clock: FixedClock
) -> None:
    plan(store, actor, f"Lihat {MENU}", 5 * HOUR)
    assert due(store) == [MENU]
    assert looked(store, MENU, Outcome.OK, due_in=5 * HOUR) == (True, False)
    clock.move(4 * HOUR + 29 * MINUTE)
    assert due(store) == []
    clock.move(MINUTE)
    assert due(store) == [MENU]
    assert looked(store, MENU, Outcome.DEAD, "404", due_in=30 * MINUTE) == (False, True)
    clock.move(9 * MINUTE)
    assert due(store) == []
    clock.move(MINUTE)
    assert due(store) == [MENU]
    looked(store, MENU, Outcome.OK, due_in=20 * MINUTE)
    clock.move(19 * MINUTE)
    assert due(store) == []


def test_after_a_bad_look_it_is_looked_again_in_half_an_hour(
    store: Store, actor: Actor, account: int, clock: FixedClock
) -> None:
    plan(store, actor, f"Lihat {MENU}", 5 * HOUR)
    looked(store, MENU, Outcome.UNSURE, "503", due_in=5 * HOUR)
    clock.move(29 * MINUTE)
    assert due(store) == []
    clock.move(MINUTE)
    assert due(store) == [MENU]


def test_what_was_found_a_day_ago_for_another_post_counts_no_more() -> None:
    link = Link(MENU, Outcome.OK, "200", NOW, None)
    assert not is_due(link, NOW + 30 * HOUR, NOW + 23 * HOUR)
    assert is_due(link, NOW + 30 * HOUR, NOW + 25 * HOUR)


def test_a_dead_link_is_a_remark_that_holds_nothing(store: Store, actor: Actor, account: int) -> None:
    post_id = plan(store, actor, f"Lihat {MENU}?a=1 dan https://lain.example/x", HOUR)
    with store.reading() as conn:
        assert links.unchecked(conn, post_id, NOW) == [f"{MENU}?a=1", "https://lain.example/x"]
    looked(store, f"{MENU}?a=1", Outcome.DEAD, "404")
    looked(store, "https://lain.example/x", Outcome.UNSURE, "403")
    with store.reading() as conn:
        assert links.unchecked(conn, post_id, NOW) == []
        (remark,) = linting.remarks(conn, post_id, NOW)
    assert remark.finding.rule is Rule.DEAD_LINK and not remark.holds
    assert remark.finding.sentence == f"the link to toko.example leads nowhere: it answers 404 ({MENU}?a=1)"
    with store.writing() as conn:
        linting.overrule(conn, actor, post_id, Rule.DEAD_LINK, "halaman baru besok", NOW)
    looked(store, f"{MENU}?a=1", Outcome.OK)
    with store.reading() as conn:
        assert linting.remarks(conn, post_id, NOW) == []


def test_what_no_coming_post_names_is_forgotten_after_a_month(
    store: Store, actor: Actor, account: int, clock: FixedClock
) -> None:
    plan(store, actor, f"Lihat {MENU}", HOUR)
    plan(store, actor, "Tahun depan https://toko.example/nanti", 60 * DAY)
    for url in (MENU, "https://toko.example/nanti"):
        looked(store, url, Outcome.OK)
    clock.move(30 * DAY)
    with store.writing() as conn:
        assert links.prune(conn, clock.now()) == 0
    clock.move(2 * DAY)
    with store.writing() as conn:
        assert links.prune(conn, clock.now()) == 1
        assert links.of(conn, [MENU]) == {} and links.any_known(conn)


@pytest.mark.parametrize(
    "detail", ["404", "name", "refused", "tls", "private", "address", "time", "redirects", "cut", "?"]
)
def test_every_reason_is_a_sentence(detail: str) -> None:
    assert reason(detail).startswith(("it", "nobody"))
