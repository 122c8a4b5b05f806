"""Campaigns changed, called off, brought back; their phases, goals and scope; and undo of all of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import Span, start_of_day
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Campaign, CampaignKind, Category, Format, Phase
from smdash.store import (
    brands,
    campaign_belongs,
    campaign_edit,
    campaign_sets,
    campaign_view,
    campaigns,
    events,
    milestones,
    post_flow,
    posts,
    undoing,
)
from smdash.store.connection import Store

DAY = timedelta(days=1)
JAKARTA = ZoneInfo("Asia/Jakarta")


def days(first: int, last: int) -> Span:
    """Whole days of December 2026, the first to the last."""
    return Span(*(start_of_day(date(2026, 12, 1) + (day - 1) * DAY, JAKARTA) for day in (first, last + 1)))


@pytest.fixture
def campaign(store: Store, actor: Actor) -> int:
    return add(store, actor, "Lomba", [("tease", 1, 2), ("launch", 3, 8), ("wrap", 9, 10)])


def add(store: Store, who: Actor, name: str, phases: list[tuple[str, int, int]] | None = None) -> int:
    span = days(1, 10)
    with store.writing() as conn:
        return campaigns.add(
            conn, who, store.clock.now(), name=name, kind=CampaignKind.CONTEST, starts_at=span.start,
            ends_at=span.end, zone="Asia/Jakarta",
            phases=[Phase(phase, *days(first, last)) for phase, first, last in phases or []],
        )  # fmt: skip


@pytest.fixture
def do(store: Store) -> Callable[..., Any]:
    """``do(verb, who, …)`` in a transaction of its own, with the clock's time at its end or as ``now``."""

    def doing(verb: Callable[..., Any], who: Actor, *words: Any, **more: Any) -> Any:
        with store.writing() as conn:
            return verb(conn, who, *words, store.clock.now(), **more)

    return doing


def get(store: Store, campaign: int) -> Campaign:
    with store.reading() as conn:
        return campaigns.get(conn, campaign)


def phases(store: Store, campaign: int) -> list[tuple[str, int, int]]:
    """Each with its first and last day of December."""
    return [
        (one.name, one.starts_at.astimezone(JAKARTA).day, (one.ends_at - DAY).astimezone(JAKARTA).day)
        for one in get(store, campaign).phases
    ]


def undo(store: Store, who: Actor) -> undoing.Undone:
    with store.writing() as conn:
        return undoing.undo(conn, who, store.clock.now())


def redo(store: Store, who: Actor) -> undoing.Undone:
    with store.writing() as conn:
        return undoing.redo(conn, who, store.clock.now())


def test_everything_of_it_is_edited_and_put_back(store: Store, actor: Actor, campaign: int, do: Any) -> None:
    was = get(store, campaign)
    with store.writing() as conn:
        brands.add(conn, actor, store.clock.now(), "Senja")
    span = days(11, 20)
    changed = do(
        campaign_edit.edit, actor, campaign, name="Lomba besar", kind=CampaignKind.EVENT, starts_at=span.start,
        ends_at=span.end, brand="senja", note=" halo\x1b[2J ", shift_phases=True,
    )  # fmt: skip
    assert set(changed) == {"name", "kind", "starts_at", "ends_at", "brand_id", "note", "phases"}
    found = get(store, campaign)
    assert (found.name, found.kind, found.brand, found.starts_at) == ("Lomba besar", "event", "Senja", span.start)
    assert found.note is not None and "\x1b" not in found.note and found.note.startswith("halo")
    assert phases(store, campaign) == [("tease", 11, 12), ("launch", 13, 18), ("wrap", 19, 20)]
    assert do(campaign_edit.edit, actor, campaign, name="Lomba besar") == ()
    assert undo(store, actor).ids == (campaign,)
    assert get(store, campaign) == was
    redo(store, actor)
    assert get(store, campaign) == found
    do(campaign_edit.edit, actor, campaign, brand="", note="")
    assert (get(store, campaign).brand, get(store, campaign).note) == (None, None)


def test_phases_that_no_longer_fit_are_refused_or_move_along(
    store: Store, actor: Actor, campaign: int, do: Any
) -> None:
    with pytest.raises(InputError, match=r"“tease” would be outside these dates.*--shift-phases"):
        do(campaign_edit.edit, actor, campaign, starts_at=days(2, 2).start)
    with pytest.raises(InputError, match="“tease” would have no day left"):
        do(campaign_edit.edit, actor, campaign, ends_at=days(2, 2).end, shift_phases=True)
    with pytest.raises(InputError, match="ends before it starts"):
        do(campaign_edit.edit, actor, campaign, ends_at=days(0, 0).end)
    assert phases(store, campaign) == [("tease", 1, 2), ("launch", 3, 8), ("wrap", 9, 10)]
    do(campaign_edit.edit, actor, campaign, ends_at=days(20, 20).end, shift_phases=True)
    assert phases(store, campaign) == [("tease", 1, 4), ("launch", 5, 16), ("wrap", 17, 20)]
    # What fits stays where it is.
    do(campaign_edit.edit, actor, campaign, ends_at=days(25, 25).end)
    assert phases(store, campaign)[-1] == ("wrap", 17, 20)


def test_another_zone_keeps_its_days(store: Store, actor: Actor, campaign: int, do: Any) -> None:
    was = get(store, campaign)
    do(campaign_edit.edit, actor, campaign, zone="Asia/Jayapura")
    found = get(store, campaign)
    assert (found.zone, was.starts_at - found.starts_at) == ("Asia/Jayapura", timedelta(hours=2))
    assert {was.starts_at - now.starts_at for was, now in zip(was.phases, found.phases, strict=True)} == {
        timedelta(hours=2)
    }
    with pytest.raises(InputError, match="no time zone “Mars”"):
        do(campaign_edit.edit, actor, campaign, zone="Mars")
    undo(store, actor)
    assert get(store, campaign) == was


def test_a_name_is_free_again_once_its_campaign_is_called_off(
    store: Store, actor: Actor, campaign: int, do: Any
) -> None:
    other = add(store, actor, "Gajian")
    with pytest.raises(InputError, match="already"):
        do(campaign_edit.edit, actor, other, name="Lomba")
    was = do(campaign_edit.cancel, actor, campaign)
    assert was.name == "Lomba"
    again = add(store, actor, "Lomba")
    with store.reading() as conn:
        assert campaigns.find(conn, "Lomba") == again
        assert [one.name for one in campaigns.called_off(conn)] == [f"Lomba ({campaign})"]
        with pytest.raises(InputError, match="no campaign “Gajian” was called off"):
            campaigns.find(conn, "Gajian", cancelled=True)
    do(campaign_edit.restore, actor, campaign)
    with store.reading() as conn:
        assert {one.name for one in campaigns.select(conn)} == {"Gajian", "Lomba", f"Lomba ({campaign})"}


def test_what_is_called_off_is_seen_nowhere_and_comes_back(store: Store, actor: Actor, campaign: int, do: Any) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        post = posts.add(
            conn, actor, now, accounts=[], category=Category.OTHER, format=Format.TEXT, body="x", due_at=None,
            zone="Asia/Jakarta", campaign="Lomba",
        )  # fmt: skip
    do(campaign_edit.cancel, actor, campaign)
    for refused in (campaign_edit.cancel, campaign_edit.add_template):
        with pytest.raises(Refused, match="was called off; bring it back"):
            do(refused, actor, campaign)
    with store.writing() as conn:
        assert campaigns.select(conn) == ()
        with pytest.raises(InputError, match="no campaign “Lomba”"):
            posts.find_campaign(conn, "Lomba")
        # Its posts are edited still, and keep it.
        assert post_flow.edit(conn, actor, post, now, post_flow.Edit(body="y"), "Asia/Jakarta")
        assert posts.get(conn, post).campaign == "Lomba"
        assert campaign_edit.waiting_posts(conn, campaign) == 1
        found = campaign_view.view(conn, campaign, now).campaign
        assert found.cancelled_at == now and (found.posts_done, found.posts_planned) == (0, 1)
        assert campaigns.called_off(conn) == (found,)
    undo(store, actor)
    assert get(store, campaign).cancelled_at is None
    redo(store, actor)
    assert get(store, campaign).cancelled_at is not None


def test_undo_of_a_new_campaign_takes_it_away(store: Store, actor: Actor, campaign: int) -> None:
    assert undo(store, actor).ids == (campaign,)
    with store.reading() as conn:
        assert campaigns.select(conn) == ()


def test_phases_are_added_edited_and_removed(store: Store, actor: Actor, campaign: int, do: Any) -> None:
    add_phases = campaign_edit.add_phases
    do(campaign_edit.edit_phase, actor, campaign, "LAUNCH", name="buka", ends_at=days(6, 6).end)
    do(add_phases, actor, campaign, [Phase("last call", *days(7, 8))])
    assert phases(store, campaign) == [("tease", 1, 2), ("buka", 3, 6), ("last call", 7, 8), ("wrap", 9, 10)]
    for wrong, words in (
        (Phase("x", *days(10, 11)), "outside the campaign"), (Phase("x", days(5, 5).start, days(4, 4).end), "outside"),
        (Phase("wrap", *days(1, 1)), "there twice"), (Phase(" ", *days(1, 1)), "needs a name"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            do(add_phases, actor, campaign, [wrong])
    with pytest.raises(InputError, match="has no phase “x”; it has: tease, buka"):
        do(campaign_edit.remove_phase, actor, campaign, "x")
    with pytest.raises(InputError, match="there twice"):
        do(campaign_edit.edit_phase, actor, campaign, "tease", name="wrap")
    do(campaign_edit.remove_phase, actor, campaign, "last call")
    # Its name is free again, also for undo.
    do(add_phases, actor, campaign, [Phase("last call", *days(8, 8))])
    assert phases(store, campaign)[2] == ("last call", 8, 8)
    for _step in range(4):
        undo(store, actor)
    assert phases(store, campaign) == [("tease", 1, 2), ("launch", 3, 8), ("wrap", 9, 10)]
    for _step in range(4):
        redo(store, actor)
    assert phases(store, campaign)[1:3] == [("buka", 3, 6), ("last call", 8, 8)]


def test_a_template_is_for_a_campaign_without_phases(store: Store, actor: Actor, campaign: int, do: Any) -> None:
    with pytest.raises(Refused, match="has phases already"):
        do(campaign_edit.add_template, actor, campaign)
    other = add(store, actor, "Lain")
    do(campaign_edit.add_template, actor, other)
    assert [one[0] for one in phases(store, other)] == ["tease", "entries open", "last call", "winners"]
    undo(store, actor)
    assert phases(store, other) == []


def test_what_somebody_else_changed_since_is_not_put_back(
    store: Store, actor: Actor, second: Actor, campaign: int, do: Any
) -> None:
    do(campaign_edit.edit, actor, campaign, ends_at=days(12, 12).end)
    do(campaign_edit.edit, second, campaign, starts_at=days(1, 1).start - DAY)
    # Both edges are one thing: an end before the start must not come of it.
    assert undo(store, actor).by == "Budi"
    undo(store, second)
    assert get(store, campaign).starts_at == days(1, 1).start


def test_undo_does_not_take_a_name_that_is_given_by_now(
    store: Store, actor: Actor, second: Actor, campaign: int, do: Any
) -> None:
    do(campaign_edit.edit, actor, campaign, name="Baru")
    add(store, second, "Lomba")
    assert undo(store, actor).ids == ()
    assert get(store, campaign).name == "Baru"


def goals(store: Store, campaign: int) -> dict[str, int]:
    with store.reading() as conn:
        found = campaign_view.view(conn, campaign, store.clock.now()).goals
    return {one.figure: one.target for one in found}


def test_goals_are_set_cleared_and_put_back(store: Store, actor: Actor, second: Actor, campaign: int) -> None:
    now = store.clock.now()

    def put(who: Actor, **wanted: int | None) -> bool:
        with store.writing() as conn:
            return campaign_sets.set_goals(conn, who, campaign, now, wanted)

    assert put(actor, likes=500, posts=12) and not put(actor, likes=500)
    assert put(actor, likes=None, mentions=3)
    assert goals(store, campaign) == {"posts": 12, "mentions": 3}
    for wrong, words in (({"suka": 3}, "no figure “suka”; choose one of likes"), ({"likes": 0}, "from 1")):
        with pytest.raises(InputError, match=words):
            put(actor, **wrong)
    undo(store, actor)
    assert goals(store, campaign) == {"likes": 500, "posts": 12}
    undo(store, actor)
    assert goals(store, campaign) == {}
    redo(store, actor)
    assert goals(store, campaign) == {"likes": 500, "posts": 12}
    with store.writing() as conn:
        # Whatever program wrote it since.
        conn.execute("INSERT INTO campaign_goal VALUES (?, 'views', 7)", (campaign,))
    assert undo(store, actor).ids == () and goals(store, campaign) == {"likes": 500, "posts": 12, "views": 7}
    put(actor, views=None, saves=3)
    put(second, posts=9)
    assert undo(store, actor).by == "Budi" and goals(store, campaign) == {"likes": 500, "posts": 9, "saves": 3}


def test_the_scope_is_checked_and_put_back(store: Store, actor: Actor, campaign: int) -> None:
    now = store.clock.now()
    link = "https://kopi.example/é"

    def scope() -> list[tuple[str, str]]:
        with store.reading() as conn:
            return [(one.kind, one.value) for one in campaign_belongs.scopes(conn, campaign)]

    def change(*pairs: tuple[str, str], add: bool = True) -> bool:
        with store.writing() as conn:
            return campaign_sets.change_scope(conn, actor, campaign, now, pairs, add=add)

    assert change(("label", "promo"), ("link", link)) and not change(("label", "promo"))
    for wrong, words in (
        (("link", "kopi.example"), "not a link; expected how it begins"), (("search", "9"), "no search 9"),
        (("search", "#x"), "no search “#x”"), (("label", "dua kata"), "is no label; expected one word"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            change(wrong)
    with pytest.raises(InputError, match="“x” does not belong to it; it has: promo"):
        change(("label", "x"), add=False)
    assert change(("link", link.upper()), add=False)
    assert scope() == [("label", "promo")]
    undo(store, actor)
    assert scope() == [("label", "promo"), ("link", link)]
    undo(store, actor)
    redo(store, actor)
    assert scope() == [("label", "promo"), ("link", link)]


def test_milestones_are_kept_and_put_back(store: Store, actor: Actor, second: Actor, campaign: int, do: Any) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        one = milestones.add(conn, actor, now, campaign, name="Juri", due_at=now + DAY, owner="budi")
        with pytest.raises(InputError, match="no member “zul”"):
            milestones.add(conn, actor, now, campaign, name="x", due_at=now + DAY, owner="zul")
        with pytest.raises(InputError, match="over already"):
            milestones.add(conn, actor, now, campaign, name="x", due_at=now - DAY)
    do(milestones.edit, actor, one, name="Juri siap", owner="")
    do(milestones.done, actor, one)
    with pytest.raises(Refused, match="done already"):
        do(milestones.done, actor, one)
    do(milestones.remove, actor, one)

    def found() -> list[tuple[str, str | None, bool]]:
        with store.reading() as conn:
            told = milestones.of_campaign(conn, campaign)
            return [(one.name, one.owner_login, one.done_at is not None) for one in told]

    assert found() == []
    seen = []
    for _step in range(4):
        undo(store, actor)
        seen.append(found())
    assert seen == [[("Juri siap", None, True)], [("Juri siap", None, False)], [("Juri", "budi", False)], []]
    with store.reading() as conn:
        assert [row.verb for row in events.history(conn, "milestone", one)][:4] == ["add", "edit", "done", "remove"]


def test_what_was_called_off_gets_nothing_more(store: Store, actor: Actor, campaign: int) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        campaign_edit.cancel(conn, actor, campaign, now)
        with pytest.raises(Refused, match="was called off; bring it back with"):
            milestones.add(conn, actor, now, campaign, name="Juri", due_at=now + DAY)
        with pytest.raises(Refused, match="was called off"):
            campaign_sets.set_goals(conn, actor, campaign, now, {"likes": 5})
        with pytest.raises(Refused, match="was called off"):
            campaign_sets.change_scope(conn, actor, campaign, now, [("label", "promo")])
