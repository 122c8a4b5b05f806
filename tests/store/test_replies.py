"""Answers: queued with a moment to take them back, and never twice by accident."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, DeliveryState, IncomingMention, MentionKind
from smdash.store import claims, inbox, mentions, moderation, outbox, replies, steps, teams, undoing
from smdash.store.connection import Store

Incoming = Callable[..., IncomingMention]


@pytest.fixture
def desk(store: Store, mention: Incoming) -> Store:
    """Mention 1 on Mastodon, 2 a comment on Instagram, 3 on an account that no service of ours writes to."""
    with store.writing() as conn:
        for platform in ("mastodon", "instagram"):
            teams.put_account(conn, platform, "kopi", store.clock.now())
        batch = [
            mention("1"),
            mention("2", platform="instagram", kind=MentionKind.COMMENT),
            mention("3", platform="x", account="teh"),
        ]
        mentions.apply(conn, batch, {}, store.clock.now())
    return store


def send(store: Store, actor: Actor, body: str, mention_id: int = 1, **how: object) -> replies.Sent:
    with store.writing() as conn:
        return replies.send(conn, actor, mention_id, body, store.clock.now(), **how)  # type: ignore[arg-type]


def queued(store: Store, mention_id: int = 1) -> tuple[DeliveryState, datetime] | None:
    with store.reading() as conn:
        return replies.queued(conn).get(mention_id)


def undo(store: Store, actor: Actor) -> undoing.Undone:
    with store.writing() as conn:
        return undoing.undo(conn, actor, store.clock.now())


def redo(store: Store, actor: Actor) -> undoing.Undone:
    with store.writing() as conn:
        return undoing.redo(conn, actor, store.clock.now())


def test_an_answer_waits_its_moment_and_the_mention_stays_open(desk: Store, actor: Actor, clock: FixedClock) -> None:
    send(desk, actor, "  Halo kak,\r\nsudah dikirim ya\x1b[31m ", undo_s=15)
    assert queued(desk) == (DeliveryState.QUEUED, clock.now() + timedelta(seconds=15))
    with desk.reading() as conn:
        assert outbox.due(conn, clock.now(), ()) == []
        (due,) = outbox.due(conn, clock.now() + timedelta(seconds=15), ())
        assert due.platform == "mastodon"
        assert conn.execute("SELECT body, member_id, kind FROM delivery").fetchone() == (
            "Halo kak,\nsudah dikirim ya[31m", actor.member_id, "reply",
        )  # fmt: skip
        whole = inbox.whole(conn, 1)
    assert whole is not None and whole.mention.state == "open" and whole.mention.answered_at is None
    assert [one.verb for one in whole.history] == ["reply"]


def test_what_is_taken_back_in_time_never_leaves_and_is_the_draft_again(
    desk: Store, actor: Actor, clock: FixedClock
) -> None:
    send(desk, actor, "Halo kak")
    undone = undo(desk, actor)
    assert (undone.verb, undone.subject, len(undone.ids)) == ("reply", "delivery", 1)
    assert queued(desk) is None
    with desk.reading() as conn:
        assert outbox.due(conn, clock.now() + timedelta(days=1), ()) == []
        assert replies.draft(conn, actor.member_id, 1) == "Halo kak"


def test_redo_sends_nothing_and_says_so_once(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        steps.change(conn, actor, [2], clock.now(), "star", {"star": 1})
    send(desk, actor, "Halo kak")
    undo(desk, actor)
    undo(desk, actor)
    assert redo(desk, actor).verb == "star"
    again = redo(desk, actor)
    assert again.ids == () and "not sent again" in undoing.refusal(again)
    assert queued(desk) is None
    with pytest.raises(Refused, match="nothing of yours"):
        redo(desk, actor)


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_what_has_left_is_not_taken_back(desk: Store, actor: Actor, state: str) -> None:
    made = send(desk, actor, "Halo kak")
    with desk.writing() as conn:
        conn.execute("UPDATE delivery SET state = ? WHERE id = ?", (state, made.delivery_id))
    undone = undo(desk, actor)
    assert undone.ids == () and "left the house" in undoing.refusal(undone)
    with desk.reading() as conn:
        assert conn.execute("SELECT state FROM delivery").fetchone() == (state,)


def test_what_is_held_back_can_still_be_taken_back(desk: Store, actor: Actor) -> None:
    send(desk, actor, "Halo kak")
    with desk.writing() as conn:
        conn.execute("UPDATE delivery SET state = 'held'")
    assert len(undo(desk, actor).ids) == 1


def test_a_colleagues_answer_of_meanwhile_is_named_and_can_be_sent_beside(
    desk: Store, actor: Actor, second: Actor
) -> None:
    with desk.reading() as conn:
        seen = steps.last_seen(conn)
    send(desk, second, "Sudah dikirim kak")
    with pytest.raises(Refused, match="Budi answered this at Mon 23 Nov 14:05 WIB"):
        send(desk, actor, "Halo kak", seen=seen)
    with pytest.raises(Refused, match="Budi"):
        send(desk, actor, "Halo kak")
    # Whoever began with Budi's answer on the screen is not asked.
    with desk.reading() as conn:
        seen = steps.last_seen(conn)
    send(desk, actor, "Maaf ya kak", seen=seen)
    send(desk, actor, "Halo kak", anyway=True)


def test_an_answer_that_was_taken_back_is_in_nobodys_way(desk: Store, actor: Actor, second: Actor) -> None:
    send(desk, second, "Sudah dikirim kak")
    undo(desk, second)
    send(desk, actor, "Halo kak")


def test_an_answer_on_the_network_itself_counts(
    desk: Store, actor: Actor, clock: FixedClock, mention: Incoming
) -> None:
    clock.move(timedelta(minutes=5))
    with desk.writing() as conn:
        mentions.apply(conn, [mention("9", own=True, parent_id="1", sent_at=clock.now())], {}, clock.now())
    with pytest.raises(Refused, match="on the network itself"):
        send(desk, actor, "Halo kak")
    send(desk, actor, "Halo kak", anyway=True)


def test_a_key_pressed_twice_sends_once(desk: Store, actor: Actor) -> None:
    send(desk, actor, "Halo kak")
    with pytest.raises(Refused, match="just now"):
        send(desk, actor, "Halo kak", anyway=True)
    send(desk, actor, "Halo kak, satu lagi")


def test_what_the_network_does_not_take_is_said_before_it_is_queued(
    desk: Store, actor: Actor, clock: FixedClock, mention: Incoming
) -> None:
    with desk.writing() as conn:
        window = mention("8", kind=MentionKind.DM, reply_until=clock.now() - timedelta(minutes=1))
        mentions.apply(conn, [window], {}, clock.now())
    with pytest.raises(Refused, match=r"answer on the network itself: https://contoh\.id/3"):
        send(desk, actor, "Halo", 3)
    with pytest.raises(Refused, match="its time ended Mon 23 Nov 14:04 WIB"):
        send(desk, actor, "Halo", 4)
    with pytest.raises(InputError, match="507 of 500"):
        # With the "@name " that goes before it.
        send(desk, actor, "a" * 501)
    with pytest.raises(InputError, match="needs words"):
        send(desk, actor, " \x1b\n ")
    with pytest.raises(InputError, match="no mention 99"):
        send(desk, actor, "Halo", 99)
    with desk.reading() as conn:
        assert conn.execute("SELECT count(*) FROM delivery").fetchone() == (0,)


def test_sending_ends_the_claim_and_the_draft(desk: Store, actor: Actor, second: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        for who, session in ((actor, "a"), (second, "b")):
            claims.begin_reply(conn, who, 1, session, clock.now())
            replies.keep_draft(conn, who.member_id, 1, "Halo…", clock.now())
    send(desk, actor, "Halo kak")
    with desk.reading() as conn:
        assert [one.name for one in claims.claims_on(conn, None, clock.now())[1]] == ["Budi"]
        assert replies.draft(conn, actor.member_id, 1) is None
        assert replies.draft(conn, second.member_id, 1) == "Halo…"


def test_a_draft_is_kept_as_it_is_and_forgotten_without_words(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        replies.keep_draft(conn, actor.member_id, 1, "Halo kak,\n\n  ", clock.now())
        assert replies.draft(conn, actor.member_id, 1) == "Halo kak,\n\n  "
        replies.keep_draft(conn, actor.member_id, 1, " \n", clock.now())
        assert replies.draft(conn, actor.member_id, 1) is None
        with pytest.raises(InputError):
            replies.keep_draft(conn, actor.member_id, 99, "Halo", clock.now())


def test_a_comment_is_hidden_once_and_undo_takes_it_back(desk: Store, actor: Actor, clock: FixedClock) -> None:
    with desk.writing() as conn:
        made = moderation.hide(conn, actor, [2], clock.now())
        assert moderation.mentions_of(conn, made) == [2]
        assert moderation.hide(conn, actor, [2], clock.now()).deliveries == ()
    assert undo(desk, actor).verb == "hide"
    with desk.writing() as conn:
        assert len(moderation.hide(conn, actor, [2], clock.now()).deliveries) == 1


def test_what_is_no_comment_or_what_the_network_does_not_know_is_not_moderated(
    desk: Store, actor: Actor, clock: FixedClock
) -> None:
    for act, mention_id, why in (
        (moderation.delete, 1, "is no comment"),
        (moderation.like, 2, "lets no program like"),
        (moderation.hide, 3, "no service of the team"),
    ):
        with pytest.raises(Refused, match=why), desk.writing() as conn:
            act(
                conn,
                actor,
                [2, mention_id] if mention_id != 2 and act is moderation.hide else [mention_id],
                clock.now(),
            )
    with desk.reading() as conn:
        assert conn.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
