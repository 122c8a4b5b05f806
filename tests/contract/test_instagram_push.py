"""What Instagram and Threads push: signed, read from the documented examples, and the same ids as pulls bring."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.instagram_push import InstagramPush
from smdash.platforms.push import Pushed, Request
from smdash.platforms.threads_push import ThreadsPush

ME = "17841400000000001"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRETS = {"app_secret": "rahasia-0123456789", "verify_token": "kata-sandi-panjang"}
SECONDS = int((AT - timedelta(minutes=1)).timestamp())


def body(*entries: dict[str, Any], name: str = "instagram") -> bytes:
    return json.dumps({"object": name, "entry": list(entries)}).encode()


def comment(**changes: Any) -> dict[str, Any]:
    value = {
        "id": "c1", "from": {"id": "777", "username": "rina"}, "text": "Buka jam berapa?",
        "media": {"id": "180001", "media_product_type": "FEED"},
    } | changes  # fmt: skip
    return {"field": "comments", "value": value}


def read(*entries: dict[str, Any]) -> list[Pushed]:
    return list(InstagramPush().read(body(*entries), AT))


@pytest.mark.parametrize("receiver", [InstagramPush(), ThreadsPush()], ids=["instagram", "threads"])
def test_only_what_is_signed_is_taken(receiver: InstagramPush | ThreadsPush) -> None:
    sent = body({"id": ME})
    sign = hmac.new(SECRETS["app_secret"].encode(), sent, hashlib.sha256).hexdigest()
    good = Request("POST", "/x/kopi", {}, {"x-hub-signature-256": f"sha256={sign}"}, sent)
    assert receiver.is_genuine(good, SECRETS)
    assert not receiver.is_genuine(good, {})
    assert not receiver.is_genuine(Request("POST", "/x/kopi", {}, good.headers, sent + b" "), SECRETS)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": SECRETS["verify_token"]}
    assert receiver.challenge(Request("GET", "/x/kopi", asked, {}), SECRETS) == "1158201444"
    assert receiver.challenge(Request("GET", "/x/kopi", asked | {"hub.verify_token": "x"}, {}), SECRETS) is None


@pytest.mark.parametrize("inside", [True, False], ids=["Facebook Login", "Instagram Login"])
def test_a_comment_in_both_forms(inside: bool) -> None:
    change = comment()
    entry = {"id": ME, "time": SECONDS} | ({"changes": [change]} if inside else change)
    assert read(entry) == [
        Pushed(
            ME,
            IncomingMention(
                platform="instagram",
                account="",
                remote_id="c1",
                kind=MentionKind.COMMENT,
                author_handle="rina",
                author_name="rina",
                body="Buka jam berapa?",
                url=None,
                sent_at=AT - timedelta(minutes=1),
                thread_key="c1",
            ),
        )
    ]


def test_an_answer_and_one_of_our_own() -> None:
    answer = comment(id="c2", parent_id="c1", **{"from": {"id": ME, "username": "kopisenja"}})
    (pushed,) = read({"id": ME, "time": SECONDS, "changes": [answer]})
    one = pushed.mention
    assert (one.kind, one.parent_id, one.thread_key, one.own) == (MentionKind.REPLY, "c1", "c1", True)


def test_where_the_account_is_named() -> None:
    entry = {"id": ME, "time": SECONDS, "changes": [
        {"field": "mentions", "value": {"media_id": "19", "comment_id": "c9"}},
        {"field": "mentions", "value": {"media_id": "20"}},
        {"field": "mentions", "value": {}},
    ]}  # fmt: skip
    found = [(one.mention.remote_id, one.mention.thread_key, one.mention.body) for one in read(entry)]
    assert found == [
        ("c9", "media:19", "[a comment names the account]"),
        ("20", "media:20", "[a post names the account]"),
    ]


def event(sender: str = "55", receiver: str = ME, **message: Any) -> dict[str, Any]:
    return {
        "sender": {"id": sender}, "recipient": {"id": receiver}, "timestamp": SECONDS * 1000,
        "message": {"mid": "m_1=", "text": "Kak?"} | message,
    }  # fmt: skip


def test_messages_ours_and_theirs() -> None:
    theirs = event(attachments=[{"type": "image", "payload": {"url": "https://x.example/"}}])
    ours = event(ME, "55", mid="m_2=", text="Halo", is_echo=True)
    unsent = event(mid="m_3=", is_deleted=True, text=None)
    found = [one.mention for one in read({"id": ME, "time": SECONDS, "messaging": [theirs, ours, unsent]})]
    assert [(one.remote_id, one.thread_key, one.own, one.body, one.deleted) for one in found] == [
        ("m_1=", "dm:55", False, "Kak?\n[image]", False),
        ("m_2=", "dm:55", True, "Halo", False),
        ("m_3=", "dm:55", False, "", True),
    ]
    assert found[0].reply_until == found[0].sent_at + timedelta(hours=24) and found[1].reply_until is None


def test_what_brings_nothing() -> None:
    events = [
        {"sender": {"id": "55"}, "recipient": {"id": ME}, "timestamp": 5, "read": {"mid": "m_1="}},
        {"sender": {"id": "55"}, "recipient": {"id": ME}, "timestamp": 5, "reaction": {"mid": "m_1=", "emoji": "x"}},
        {"sender": None, "recipient": {"id": ME}, "message": {"mid": "m_1="}},
        5,
    ]
    assert (
        read({"id": ME, "messaging": events}, {"messaging": [event()]}, {"id": ME, "changes": [{"field": "x"}]}) == []
    )
    assert InstagramPush().read(body({"id": ME}, name="page"), AT) == []
    for rubbish in (b"", b"null", b"[]", b"{}", b'{"entry": 5}'):
        with pytest.raises(PlatformError):
            InstagramPush().read(rubbish, AT)


def test_a_time_to_come_is_that_of_its_coming() -> None:
    (pushed,) = read({"id": ME, "time": SECONDS + 86_400, "changes": [comment()]})
    assert pushed.mention.sent_at == AT


# Threads


def pushed_answer(**changes: Any) -> dict[str, Any]:
    value = {
        "id": "8901234", "username": "rina", "text": "Buka jam berapa?", "media_type": "TEXT_POST",
        "permalink": "https://www.threads.net/@rina/post/Pp", "replied_to": {"id": "567890"},
        "root_post": {"id": "123456", "owner_id": "3001", "username": "kopisenja"},
        "timestamp": "2026-11-23T08:33:16+0000",
    } | changes  # fmt: skip
    return {"app_id": "1", "topic": "moderate", "target_id": "7", "time": SECONDS, "subscription_id": "2",
            "values": {"value": value, "field": "replies"}}  # fmt: skip


def test_an_answer_on_threads() -> None:
    (found,) = ThreadsPush().read(json.dumps(pushed_answer()).encode(), AT)
    one = found.mention
    assert found.account_id == "3001"
    assert (one.remote_id, one.parent_id, one.thread_key, one.kind) == (
        "8901234",
        "567890",
        "123456",
        MentionKind.REPLY,
    )
    assert (one.sent_at, one.own) == (datetime(2026, 11, 23, 8, 33, 16, tzinfo=UTC), False)
    (ours,) = ThreadsPush().read(json.dumps(pushed_answer(username="kopisenja")).encode(), AT)
    assert ours.mention.own


def test_a_mention_on_threads_is_for_whose_address_was_called() -> None:
    event = pushed_answer()
    event["values"]["field"] = "mentions"
    (found,) = ThreadsPush().read(json.dumps([event]).encode(), AT)
    assert (found.account_id, found.mention.kind, found.mention.own) == ("", MentionKind.MENTION, False)
    event["values"]["field"] = "publish"
    assert ThreadsPush().read(json.dumps(event).encode(), AT) == []
    for rubbish in (b"", b"null", b"{}", b"[5]", b"x"):
        with pytest.raises(PlatformError):
            ThreadsPush().read(rubbish, AT)


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(("id", "from", "text", "media", "parent_id")), value=_ODD, message=_ODD)
def test_values_of_any_shape_bring_clean_texts_or_nothing(name: str, value: Any, message: Any) -> None:
    entry = {"id": ME, "time": value, "changes": [comment(**{name: value})], "messaging": [event(text=value), message]}
    threads = json.dumps(pushed_answer(**{name: value}) | {"time": value}).encode()
    for pushed in (*read(entry), *ThreadsPush().read(threads, AT)):
        assert clean(pushed.mention.body) == pushed.mention.body and pushed.mention.sent_at <= AT + timedelta(minutes=5)
