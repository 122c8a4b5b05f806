"""Notes that name members, saved replies, and the card of a person."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, IncomingMention, MentionKind
from smdash.store import mentions, notes, people, replies, saved_replies, teams, undoing
from smdash.store.connection import Store

Incoming = Callable[..., IncomingMention]


@pytest.fixture
def desk(store: Store, actor: Actor, second: Actor, mention: Incoming) -> Store:
    """Rina writes from Mastodon (1, 2) and as rina.s on Instagram (3); Dewi wrote 4."""
    now = store.clock.now()
    with store.writing() as conn:
        for platform in ("mastodon", "instagram"):
            teams.put_account(conn, platform, "kopi", now)
        batch = [
            mention("1", sent_at=now - timedelta(days=40)),
            mention("2"),
            mention("3", platform="instagram", author_handle="rina.s", sent_at=now - timedelta(days=3)),
            mention("4", author_handle="dewi", author_name="Dewi"),
        ]
        mentions.apply(conn, batch, {}, now)
    return store


def card(store: Store, mention_id: int) -> people.Person:
    with store.reading() as conn:
        return people.person(conn, mention_id, store.clock.now())


def id_of(store: Store, remote_id: str) -> int:
    with store.reading() as conn:
        return int(conn.execute("SELECT id FROM mention WHERE remote_id = ?", (remote_id,)).fetchone()[0])


def test_a_note_tells_whom_it_names_until_they_saw_it(
    desk: Store, actor: Actor, second: Actor, clock: FixedClock
) -> None:
    with desk.writing() as conn:
        made = notes.add(conn, actor, clock.now(), "@budi tolong cek stok, @ana catat", mention_id=1)
        assert made.told == ("Budi",)
        assert [one.body for one in notes.unseen(conn, second.member_id)] == ["@budi tolong cek stok, @ana catat"]
        assert notes.unseen(conn, actor.member_id) == ()
        assert notes.mark_seen(conn, second.member_id, [made.note_id], clock.now()) == 1
        assert notes.unseen(conn, second.member_id) == ()
        (note,) = notes.of_mention(conn, 1)
    assert (note.who, note.names) == ("Ana", ("Budi",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@BUDI ya", ["Budi"]),
        ("tanya @budi.", ["Budi"]),
        ("(@budi)", ["Budi"]),
        ("@Siti Rahma cek", ["Siti Rahma"]),
        ("@siti cek", ["Siti Rahma"]),
        ("@budiman cek", []),
        ("kedai@budi.id", []),
        ("@budi@contoh.id", []),
        ("@budi.id", []),
        ("@ @", []),
    ],
)
def test_whom_a_text_names(desk: Store, second: Actor, text: str, told: list[str]) -> None:
    with desk.writing() as conn:
        teams.join(conn, "srahma", "Siti Rahma", "srahma", desk.clock.now())
        assert list(notes.named(conn, text).values()) == told


def test_a_note_that_is_taken_back_is_news_for_nobody(
    desk: Store, actor: Actor, second: Actor, clock: FixedClock
) -> None:
    with desk.writing() as conn:
        notes.add(conn, actor, clock.now(), "@budi cek", mention_id=1)
        undoing.undo(conn, actor, clock.now())
        assert notes.unseen(conn, second.member_id) == () == notes.of_mention(conn, 1)
        undoing.redo(conn, actor, clock.now())
        (note,) = notes.unseen(conn, second.member_id)
        with pytest.raises(Refused, match="Ana's"):
            notes.remove(conn, second, clock.now(), note.id)
        notes.remove(conn, actor, clock.now(), note.id)
        assert notes.of_mention(conn, 1) == ()
        for wrong in ({"mention_id": 99}, {"author_id": 99}):
            with pytest.raises(InputError):
                notes.add(conn, actor, clock.now(), "halo", **wrong)
        with pytest.raises(InputError, match="needs words"):
            notes.add(conn, actor, clock.now(), " \n", mention_id=1)


def test_a_card_shows_what_a_person_wrote_and_what_we_answered(
    desk: Store, actor: Actor, clock: FixedClock, mention: Incoming
) -> None:
    with desk.writing() as conn:
        replies.send(conn, actor, 1, "Halo Rina", clock.now())
        answer = mention("own", own=True, parent_id="t1", thread_key="t", sent_at=clock.now() - timedelta(hours=1))
        begun = mention("t1", thread_key="t", kind=MentionKind.DM, sent_at=clock.now() - timedelta(hours=2))
        mentions.apply(conn, [begun, answer], {}, clock.now())
    rina = card(desk, 1)
    assert (rina.name, rina.mentions, rina.more) == ("Rina", 3, False)
    assert rina.first_at == clock.now() - timedelta(days=40)
    assert [one.id for one in rina.recent][-1] == 1
    assert [(one.who, one.body, one.state) for one in rina.replies] == [
        ("Ana", "Halo Rina", "queued"),
        ("", "Kak, nomor own", "sent"),
    ]


def test_first_time_returning_and_regular(desk: Store, clock: FixedClock, mention: Incoming) -> None:
    dewi = id_of(desk, "4")
    assert card(desk, dewi).standing == "first"
    assert (card(desk, 1).standing, card(desk, 2).standing) == ("first", "returning")
    with desk.writing() as conn:
        more = [
            mention(f"d{days}", author_handle="dewi", sent_at=clock.now() - timedelta(days=days)) for days in (2, 9)
        ]
        mentions.apply(conn, more, {}, clock.now())
    assert card(desk, dewi).standing == "regular"


def test_two_accounts_become_one_person_and_two_again(desk: Store, actor: Actor, clock: FixedClock) -> None:
    instagram = id_of(desk, "3")
    with desk.writing() as conn:
        people.note(conn, actor, 1, "Pelanggan lama", clock.now())
        people.label(conn, actor, instagram, "vip", True, clock.now())
        people.merge(conn, actor, 1, instagram, clock.now())
    for mention_id in (1, instagram):
        rina = card(desk, mention_id)
        assert {(one.platform, one.handle) for one in rina.accounts} == {
            ("mastodon", "rina@contoh.id"),
            ("instagram", "rina.s"),
        }
        assert (rina.mentions, rina.labels, [one.body for one in rina.notes]) == (3, ("vip",), ["Pelanggan lama"])
    with desk.writing() as conn:
        with pytest.raises(Refused, match="already"):
            people.merge(conn, actor, instagram, 1, clock.now())
        undoing.undo(conn, actor, clock.now())
    assert len(card(desk, 1).accounts) == 1
    with desk.writing() as conn:
        undoing.redo(conn, actor, clock.now())
    assert len(card(desk, 1).accounts) == 2
    with desk.writing() as conn:
        people.unmerge(conn, actor, 1, clock.now())
        with pytest.raises(Refused):
            people.unmerge(conn, actor, 1, clock.now())
    assert len(card(desk, instagram).accounts) == 1


def test_one_of_three_accounts_leaves_and_the_others_stay_one(desk: Store, actor: Actor, clock: FixedClock) -> None:
    instagram, dewi = id_of(desk, "3"), id_of(desk, "4")
    with desk.writing() as conn:
        people.merge(conn, actor, 1, instagram, clock.now())
        people.merge(conn, actor, instagram, dewi, clock.now())
    assert len(card(desk, dewi).accounts) == 3
    with desk.writing() as conn:
        people.unmerge(conn, actor, 1, clock.now())
    assert [len(card(desk, one).accounts) for one in (1, instagram, dewi)] == [1, 2, 2]
    with desk.writing() as conn:
        undoing.undo(conn, actor, clock.now())
    assert [len(card(desk, one).accounts) for one in (1, instagram, dewi)] == [3, 3, 3]


def test_a_label_of_a_person_is_a_step(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        assert people.label(conn, actor, 1, "vip", True, clock.now())
        assert people.label(conn, actor, 2, "vip", True, clock.now()) is None
        undoing.undo(conn, actor, clock.now())
    assert card(desk, 1).labels == ()
    with desk.writing() as conn:
        undoing.redo(conn, actor, clock.now())
        assert people.label(conn, actor, 1, "vip", False, clock.now())
    assert card(desk, 1).labels == ()


def test_nobody_has_a_card_who_is_us_or_not_there(desk: Store, clock: FixedClock, mention: Incoming) -> None:
    with desk.writing() as conn:
        mentions.apply(conn, [mention("own", own=True)], {}, clock.now())
    with pytest.raises(InputError):
        card(desk, 99)
    with pytest.raises(Refused):
        card(desk, id_of(desk, "own"))


def test_saved_replies_are_the_teams_or_ones_own(desk: Store, actor: Actor, second: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        team = saved_replies.add(conn, actor, clock.now(), "jam buka", "Halo {first_name}, buka 8–22")
        own = saved_replies.add(conn, actor, clock.now(), "Jam buka", "Punyaku", private=True)
        saved_replies.add(conn, second, clock.now(), "ongkir", "Gratis ongkir se-Jawa")
        for _turn in range(2):
            saved_replies.used(conn, team)
        assert [one.name for one in saved_replies.select(conn, actor.member_id)] == ["jam buka", "Jam buka", "ongkir"]
        assert [one.name for one in saved_replies.select(conn, second.member_id, "GRATIS jawa")] == ["ongkir"]
        assert saved_replies.find(conn, actor.member_id, "JAM BUKA").id == own
        assert saved_replies.find(conn, second.member_id, "jam buka").id == team
        assert saved_replies.edit(conn, second, clock.now(), team, body="Buka 8–22 kak")
        for refused in (
            lambda: saved_replies.edit(conn, second, clock.now(), own, body="x"),
            lambda: saved_replies.remove(conn, second, clock.now(), own),
            lambda: saved_replies.add(conn, second, clock.now(), "ONGKIR", "x"),
            lambda: saved_replies.add(conn, second, clock.now(), "baru", "Halo {first_name"),
            lambda: saved_replies.add(conn, second, clock.now(), " ", "x"),
            lambda: saved_replies.find(conn, second.member_id, "tidak ada"),
        ):
            with pytest.raises((InputError, Refused)):
                refused()
        saved_replies.remove(conn, actor, clock.now(), own)
        assert saved_replies.find(conn, actor.member_id, "jam buka").body == "Buka 8–22 kak"
