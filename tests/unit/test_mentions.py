"""What an incoming mention does to the one that is kept."""

from datetime import UTC, datetime

import pytest

from smdash.core.mentions import Intent, Kept, decide, joined
from smdash.core.records import IncomingMention, MentionKind, MentionState

SENT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def incoming(**changes: object) -> IncomingMention:
    fields = {
        "platform": "mastodon",
        "account": "kopi",
        "remote_id": "1",
        "kind": MentionKind.MENTION,
        "author_handle": "rina@contoh.id",
        "author_name": "Rina",
        "body": "Buka jam berapa?",
        "url": "https://contoh.id/1",
        "sent_at": SENT,
    }
    return IncomingMention(**(fields | changes))  # type: ignore[arg-type]


def kept(state: str = "open", **changes: object) -> Kept:
    fields = {
        "id": 7,
        "state": state,
        "author_handle": "rina@contoh.id",
        "author_name": "Rina",
        "body": "Buka jam berapa?",
        "url": "https://contoh.id/1",
        "edited_at": None,
    }
    return Kept(**(fields | changes))  # type: ignore[arg-type]


def judged(old: Kept | None, new: IncomingMention, *, pushed: bool = False) -> Intent:
    """What is decided, without what is to be written."""
    return decide(old, new, pushed=pushed)._replace(row=None)


def test_a_new_mention_is_open() -> None:
    assert judged(None, incoming()) == Intent("new", MentionState.OPEN)


def test_what_our_own_account_wrote_asks_for_no_work() -> None:
    assert judged(None, incoming(own=True)) == Intent("new", MentionState.DONE)


def test_a_new_one_that_is_gone_already_is_hidden() -> None:
    assert judged(None, incoming(deleted=True)) == Intent("new", MentionState.HIDDEN)


@pytest.mark.parametrize("state", list(MentionState))
def test_a_repeat_changes_nothing(state: MentionState) -> None:
    assert judged(kept(state), incoming()) == Intent("unchanged", state)


@pytest.mark.parametrize("state", [MentionState.OPEN, MentionState.SNOOZED, MentionState.HIDDEN])
def test_an_edit_keeps_the_state(state: MentionState) -> None:
    assert judged(kept(state), incoming(body="Besok buka?")) == Intent("changed", state)


def test_a_done_one_whose_author_writes_anew_comes_back() -> None:
    assert judged(kept("done"), incoming(body="Halo??")) == Intent("changed", MentionState.OPEN)


@pytest.mark.parametrize(
    "change", [{"author_name": "Rina S."}, {"url": "https://contoh.id/2"}, {"author_handle": "rina@baru.id"}]
)
def test_a_done_one_whose_author_only_has_a_new_name_stays_done(change: dict[str, object]) -> None:
    assert judged(kept("done"), incoming(**change)) == Intent("changed", MentionState.DONE)


def test_our_own_edit_asks_for_no_work() -> None:
    assert judged(kept("done"), incoming(own=True, body="Maaf, buka jam 8")) == Intent("changed", MentionState.DONE)


@pytest.mark.parametrize("state", ["open", "snoozed", "done"])
def test_what_the_network_took_away_is_hidden(state: str) -> None:
    assert judged(kept(state), incoming(deleted=True)) == Intent("changed", MentionState.HIDDEN)


def test_what_is_hidden_is_not_hidden_again() -> None:
    assert judged(kept("hidden"), incoming(deleted=True, body="")) == Intent("unchanged", MentionState.HIDDEN)


MORE = datetime(2026, 11, 23, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize("pushed", [True, False])
def test_an_older_edit_that_comes_late_changes_nothing(pushed: bool) -> None:
    old = kept("done", body="tiga", edited_at=MORE)
    late = incoming(body="dua", edited_at=SENT)
    assert judged(old, late, pushed=pushed) == Intent("unchanged", MentionState.DONE)
    same = incoming(body="empat", edited_at=MORE)
    assert judged(old, same, pushed=pushed) == Intent("changed", MentionState.OPEN)


def test_a_push_of_the_first_text_after_an_edit_changes_nothing_and_a_pull_brings_the_text_of_now() -> None:
    old, first = kept(body="tiga", edited_at=MORE), incoming(body="satu")
    assert judged(old, first, pushed=True) == Intent("unchanged", MentionState.OPEN)
    assert judged(old, first) == Intent("changed", MentionState.OPEN)


def test_what_was_taken_away_is_hidden_whatever_its_times_say() -> None:
    old = kept(edited_at=MORE)
    assert judged(old, incoming(deleted=True), pushed=True) == Intent("changed", MentionState.HIDDEN)


EMPTY: dict[str, object] = {"author_handle": "", "author_name": "", "body": "", "url": None}


@pytest.mark.parametrize("pushed", [True, False])
def test_what_is_not_told_stays_as_it_is_kept(pushed: bool) -> None:
    assert judged(kept(), incoming(**EMPTY), pushed=pushed) == Intent("unchanged", MentionState.OPEN)
    told = decide(kept(), incoming(**(EMPTY | {"deleted": True})), pushed=pushed)
    assert told == Intent("changed", MentionState.HIDDEN, kept(MentionState.HIDDEN))
    edited = decide(kept("done"), incoming(**(EMPTY | {"body": "Besok?", "edited_at": MORE})), pushed=pushed)
    assert edited == Intent("changed", MentionState.OPEN, kept(MentionState.OPEN, body="Besok?", edited_at=MORE))


def test_a_push_without_a_name_puts_no_handle_in_its_place_and_a_pull_may() -> None:
    nameless = incoming(author_name="rina@contoh.id")
    assert judged(kept(), nameless, pushed=True) == Intent("unchanged", MentionState.OPEN)
    assert judged(kept(), nameless) == Intent("changed", MentionState.OPEN)
    assert judged(kept(), incoming(author_name="Rina S."), pushed=True).what == "changed"


def test_what_was_not_told_before_is_taken_from_what_is_older_too() -> None:
    old = kept(body="tiga", url=None, edited_at=MORE)
    late = decide(old, incoming(body="satu"), pushed=True)
    assert late.row == old._replace(state=MentionState.OPEN, url="https://contoh.id/1")


def test_two_that_come_together_are_one() -> None:
    window = SENT.replace(day=24)
    first = incoming(reply_until=window, parent_id="0", followers=7)
    gone = joined(first, incoming(**(EMPTY | {"deleted": True, "sent_at": MORE, "reply_until": MORE})), pushed=True)
    assert gone == first._replace(deleted=True)
