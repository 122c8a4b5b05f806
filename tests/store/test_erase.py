"""Erasing a person: nothing of theirs is left in the file, the counts are, and they don't come back by themselves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Counts, IncomingMention, MentionKind, MentionState
from smdash.store import (
    driver,
    erase,
    inbox,
    mentions,
    notes,
    people,
    replies,
    steps,
    teams,
    triage,
    undoing,
)
from smdash.store.connection import Store
from smdash.store.inbox import Order
from tests.store.conftest import matching

Incoming = Callable[..., IncomingMention]
# Each in one place, so that what is left says where it was missed.
CANARIES = (
    "zarahandle", "Zaraname", "zarabody", "zaralink", "zarathread", "zararemote", "zaranote", "zaradraft", "zaraanswer",
    "zaraown", "zaraperson", "zaralabel", "zaraparent", "zaraend",
)  # fmt: skip


def zara(mention: Incoming, remote_id: str = "zararemote1", **more: object) -> IncomingMention:
    fields = {
        "author_handle": "zarahandle", "author_name": "Zaraname",
        # Longer than a page, so that its end lies in pages that come free.
        "body": "zarabody kopi saya belum sampai" + " ya" * 4_000 + " zaraend",
        "url": "https://contoh.id/zaralink", "thread_key": "zarathread", "kind": MentionKind.DM,
    }  # fmt: skip
    return mention(remote_id, **(fields | more))


@pytest.fixture
def desk(store: Store, actor: Actor, second: Actor, mention: Incoming, clock: FixedClock) -> Store:
    """Zara wrote 1 and 2 and was worked with in every way; Rina wrote the others."""
    now = clock.now()
    with store.writing() as conn:
        teams.put_account(conn, "mastodon", "kopi", now)
        batch = [zara(mention), zara(mention, "zararemote2", parent_id="zaraparent")]
        batch += [mention(f"r{number}", thread_key="lain") for number in range(40)]
        mentions.apply(conn, batch, {}, now)
        mentions.apply(conn, [mention("o", own=True, thread_key="zarathread", body="Halo zaraown")], {}, now)
        triage.label(conn, actor, [1, 3], "zaralabel", True, now)
        triage.finish(conn, actor, [2], now)
        notes.add(conn, actor, now, "zaranote @budi", mention_id=1)
        people.note(conn, actor, 1, "zaraperson", now)
        replies.keep_draft(conn, second.member_id, 1, "zaradraft", now)
        replies.send(conn, actor, 1, "Halo zaraanswer", now)
        conn.execute("UPDATE delivery SET error = 'zarabody ditolak', remote_url = 'https://contoh.id/zaralink'")
    return store


def everything(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.glob(path.name + "*"))


def wipe(store: Store) -> bool:
    """What the command does when the mentions are erased."""
    with store.writing() as conn:
        scrubbed = erase.scrub(conn)
    return scrubbed and erase.clear_log(store.conn)


def left(path: Path) -> list[str]:
    raw = everything(path).lower()
    return [word for word in CANARIES if word.lower().encode() in raw]


def test_nothing_of_a_person_is_left_in_the_file(desk: Store, actor: Actor, clock: FixedClock, db: Path) -> None:
    # A label is the team's own word.
    assert set(left(db)) == set(CANARIES)
    with desk.reading() as conn:
        wanted = erase.wrote(conn, "mastodon", "@zarahandle")
    with desk.writing() as conn:
        assert erase.mentions(conn, actor, wanted, clock.now()) == erase.Erased(2, 2, 2)
    assert wipe(desk)
    assert left(db) == ["zaralabel"]
    with desk.reading() as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert matching(conn, Order.WAITING, "zarabody").rows == ()
        assert matching(conn, Order.WAITING, "nomor").total == 40
        if driver.VERSION >= (3, 42, 0):
            conn.execute("INSERT INTO mention_text (mention_text, rank) VALUES ('integrity-check', 1)")


def test_a_long_text_that_nobody_touched_leaves_no_page_behind(
    store: Store, actor: Actor, clock: FixedClock, mention: Incoming, db: Path
) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [zara(mention)], {}, clock.now())
    with store.writing() as conn:
        erase.mentions(conn, actor, [1], clock.now())
    assert erase.clear_log(store.conn)
    assert left(db) == []


def test_the_counts_stay(desk: Store, actor: Actor, clock: FixedClock) -> None:
    def counts() -> list[tuple[object, ...]]:
        with desk.reading() as conn:
            return [
                conn.execute(f"SELECT count(*) FROM {table}").fetchone()
                for table in ("mention", "delivery", "note", "author", "mention_label")
            ] + conn.execute("SELECT verb, subject, count(*) FROM event WHERE verb <> 'erase' GROUP BY 1, 2").fetchall()

    before = counts()
    with desk.writing() as conn:
        erase.mentions(conn, actor, [1, 2], clock.now())
        assert erase.mentions(conn, actor, [1, 2], clock.now()) == erase.Erased(0, 0, 0)
    assert counts() == before
    with desk.reading() as conn:
        one, two = inbox.whole(conn, 1), inbox.whole(conn, 2)
    assert one is not None and two is not None
    assert (one.mention.body, one.mention.state, two.mention.state) == ("", MentionState.HIDDEN, MentionState.DONE)
    assert [happening.verb for happening in one.history][-1] == "erase"


def test_an_answer_to_them_that_waits_never_leaves(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        erase.mentions(conn, actor, [1], clock.now())
        assert conn.execute("SELECT state, body FROM delivery").fetchone() == ("cancelled", None)
        with pytest.raises(Refused, match="was erased"):
            replies.send(conn, actor, 1, "Halo", clock.now())
        with pytest.raises(Refused, match="was erased"):
            people.person(conn, 1, clock.now())


def test_they_dont_come_back_with_the_next_pull_but_may_write_again(
    desk: Store, actor: Actor, clock: FixedClock, mention: Incoming
) -> None:
    with desk.writing() as conn:
        erase.mentions(conn, actor, [1, 2], clock.now())
        again = [zara(mention), zara(mention, body="zarabody disunting"), zara(mention, "zararemote2", deleted=True)]
        assert mentions.apply(conn, again, {}, clock.now()).new == 0
        assert mentions.apply(conn, again, {}, clock.now()) == Counts(unchanged=3)
        assert conn.execute("SELECT body FROM mention WHERE id = 1").fetchone() == ("",)
        assert mentions.apply(conn, [zara(mention, "baru")], {}, clock.now()) == Counts(new=1)


def test_steps_from_before_are_not_put_back_and_others_are(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        steps.change(conn, actor, [5], clock.now(), "star", {"star": 1})
        triage.finish(conn, actor, [1, 6], clock.now())
        erase.mentions(conn, actor, [1], clock.now())
        assert undoing.undo(conn, actor, clock.now()).ids == (6,)
        assert undoing.undo(conn, actor, clock.now()).verb == "star"
        assert conn.execute("SELECT state, body FROM mention WHERE id = 1").fetchone() == ("done", "")


def test_one_mention_erased_leaves_the_person_and_the_last_one_takes_them_along(
    desk: Store, actor: Actor, clock: FixedClock, db: Path
) -> None:
    with desk.writing() as conn:
        erase.mentions(conn, actor, [1], clock.now())
        assert people.person(conn, 2, clock.now()).notes[0].body == "zaraperson"
        erase.mentions(conn, actor, [2], clock.now())
    assert wipe(desk)
    assert left(db) == ["zaralabel"]


def test_merged_accounts_are_one_person(desk: Store, actor: Actor, clock: FixedClock, mention: Incoming) -> None:
    with desk.writing() as conn:
        mentions.apply(conn, [zara(mention, "x1", platform="x", author_handle="zara_x")], {}, clock.now())
        (other,) = conn.execute("SELECT id FROM mention WHERE remote_id = 'x1'").fetchone()
        people.merge(conn, actor, 1, other, clock.now())
        assert set(erase.wrote(conn, "x", "zara_x")) == {1, 2, other}
        erase.mentions(conn, actor, erase.wrote(conn, "x", "zara_x"), clock.now())
        with pytest.raises(InputError, match="nobody called zara_x"):
            erase.wrote(conn, "x", "zara_x")


def test_words_that_were_edited_before_are_gone_once_the_file_is_written_anew(
    desk: Store, actor: Actor, clock: FixedClock, mention: Incoming, db: Path
) -> None:
    with desk.writing() as conn:
        mentions.apply(conn, [zara(mention, body="zaralama diganti")], {}, clock.now())
        mentions.apply(conn, [zara(mention)], {}, clock.now())
        erase.mentions(conn, actor, [1, 2], clock.now())
    erase.rewrite(desk.conn)
    assert erase.clear_log(desk.conn)
    assert left(db) == ["zaralabel"] and b"zaralama" not in everything(db)


def test_what_is_older_than_the_retention_goes_and_what_is_open_stays(
    desk: Store, actor: Actor, clock: FixedClock, db: Path
) -> None:
    with desk.writing() as conn:
        assert erase.expired(conn, clock.now()) == erase.Expired(0, None)
        teams.put(conn, "retention_days", 30)
        triage.finish(conn, actor, list(range(1, 11)), clock.now())
        assert erase.expired(conn, clock.now()) == erase.Expired(0, None)
        clock.move(timedelta(days=29))
        mentions.apply(conn, [IncomingMention(
            "mastodon", "kopi", "muda", MentionKind.MENTION, "dewi", "Dewi", "Baru", None, clock.now()
        )], {}, clock.now())  # fmt: skip
        triage.finish(conn, actor, [conn.execute("SELECT max(id) FROM mention").fetchone()[0]], clock.now())
        clock.move(timedelta(days=2))
        # In steps, each as short as the caller wants.
        first = erase.expired(conn, clock.now(), limit=6)
        assert first.mentions == 6 and first.after is not None
        second = erase.expired(conn, clock.now(), limit=6, after=first.after)
        assert (second.mentions, second.after) == (4, None)  # our own answer went with the first ones
        bodies = dict(conn.execute("SELECT remote_id, body FROM mention WHERE body <> ''").fetchall())
    assert set(bodies) == {f"r{number}" for number in range(8, 40)} | {"muda"}
