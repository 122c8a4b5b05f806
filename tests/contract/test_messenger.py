"""Messenger: what messages become, that a cursor loses none, and that answers go out within the day that is allowed."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Credentials, Pull
from smdash.platforms.client import Client
from smdash.platforms.items import Malformed
from smdash.platforms.messenger import Messenger
from smdash.platforms.messenger_push import MessengerPush
from smdash.platforms.messenger_records import read_message
from smdash.platforms.outgoing import Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.registry import find as platform

from . import publishing, test_faults
from .fake_graph import BASE, PAGE, START, TOKEN, Fake, at, error
from .faulty import Request

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = START + timedelta(hours=9)
CREDENTIALS = Credentials("messenger", "kopi", BASE, TOKEN)


def message(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "m_1", "message": "Masih ada?", "created_time": at(60), "from": {"id": "55", "name": "Budi"},
        "to": {"data": [{"id": PAGE, "name": "Kopi Senja"}]},
    }  # fmt: skip
    return made | changes


def read(**changes: Any) -> IncomingMention:
    return read_message(message(**changes), account="kopi", me=PAGE, person="55")


# Decoding


def test_a_plain_message() -> None:
    sent_at = START + timedelta(minutes=1)
    assert read() == IncomingMention(
        platform="messenger",
        account="kopi",
        remote_id="m_1",
        kind=MentionKind.DM,
        author_handle="55",
        author_name="Budi",
        body="Masih ada?",
        url=None,
        sent_at=sent_at,
        thread_key="55",
        reply_until=sent_at + timedelta(hours=24),
    )


def test_own_messages_close_no_window_and_answer_what_they_name() -> None:
    own = read_message(message(**{"from": {"id": PAGE}}), account="kopi", me=PAGE, person="55", answers="m_0")
    assert own.own and own.reply_until is None and (own.thread_key, own.parent_id) == ("55", "m_0")
    assert read_message(message(), account="kopi", me=PAGE, person="55", answers="m_0").parent_id is None
    assert read(reply_to={"mid": "m_9"}).parent_id == "m_9"


def test_what_is_no_text_is_named() -> None:
    attachments = {"data": [
        {"mime_type": "image/jpeg"}, {"mime_type": "video/mp4"}, {"mime_type": "audio/mpeg"},
        {"mime_type": "application/pdf", "name": "menu.pdf"}, {"image_data": {}}, "x",
    ]}  # fmt: skip
    assert read(message="", attachments=attachments).body == "[image]\n[video]\n[audio]\n[file]\n[image]"
    assert read(message="", sticker="https://x.example/s.png").body == "[image]"
    shares = {"data": [{"link": "https://toko.example/a"}, {"link": "javascript:x"}]}
    assert read(message="", shares=shares).body == "https://toko.example/a"
    assert read(message="Ini", shares=shares).body == "Ini"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": ""}), ("id", {"id": None}), ("created_time", {"created_time": "x"}), ("from", {"from": None}),
        ("from", {"from": {"name": "Budi"}}), ("to", {"from": {"id": PAGE}, "to": None}),
    ],
)  # fmt: skip
def test_what_a_message_can_not_be_without(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=f"^{field}$"):
        read_message(message(**changes), account="kopi", me=PAGE)


def test_all_else_may_be_missing_or_strange() -> None:
    for name in (*message(), "attachments", "shares", "sticker", "reply_to", "tags"):
        if name not in ("id", "created_time", "from"):
            for value in (None, 5, "x", [], {}, True, {"data": 5}, {"data": [5, {"mime_type": 5, "link": 5}]}):
                read(**{name: value})
    hostile = read(message="\x1b]0;x\x07merah\ud800")
    assert clean(hostile.body) == hostile.body and "merah" in hostile.body


# Pulling


async def drain(fake: Fake, cursor: str | None, *, now: datetime = NOW) -> tuple[list[IncomingMention], str]:
    found: list[IncomingMention] = []
    async with Client(transport=fake.transport()) as client:
        for _count in range(200):
            pulled = await Messenger().pull(Pull("conversations", CREDENTIALS, cursor, now), client)
            found += pulled.mentions
            assert pulled.cursor is not None and len(pulled.cursor) < 50_000
            cursor = pulled.cursor
            if not pulled.more:
                return found, cursor
    raise AssertionError("it asks for more without end")


def ids(found: list[IncomingMention]) -> set[str]:
    return {one.remote_id for one in found}


@pytest.mark.parametrize("seed", range(6))
async def test_no_message_is_lost_when_conversations_move_and_the_service_is_restarted(seed: int) -> None:
    chance = random.Random(seed)
    fake = Fake(most=chance.choice([5, 25]))
    people = [fake.add_conversation(str(number + 500)) for number in range(chance.choice([1, 10, 60]))]
    now, expected, found = NOW, set(), set()
    cursor: str | None = None

    def write(count: int) -> None:
        for _count in range(count):
            seconds = (now - START).total_seconds() - chance.random() * 60
            made = fake.add_message(
                chance.choice(people), f"pesan {chance.random()}", seconds, own=chance.random() < 0.3
            )
            expected.add(made["id"])

    for _round in range(6):
        write(chance.choice([0, 1, 15, 60]))
        async with Client(transport=fake.transport()) as client:
            for _count in range(300):
                pulled = await Messenger().pull(Pull("conversations", CREDENTIALS, cursor, now), client)
                if chance.random() < 0.2:
                    continue
                found |= ids(list(pulled.mentions))
                cursor = pulled.cursor
                if chance.random() < 0.2:
                    write(1)  # the list moves while it is read
                if not pulled.more:
                    break
        now += timedelta(minutes=1)
    more, _cursor = await drain(fake, cursor, now=now)
    assert found | ids(more) == expected


async def test_the_first_sync_goes_back_a_week() -> None:
    fake = Fake()
    old, new = fake.add_conversation("1"), fake.add_conversation("2")
    week = 7 * 86_400
    fake.add_message(old, "lama", fake.now - week - 600)
    fake.add_message(new, "lama juga", fake.now - week - 600)
    made = fake.add_message(new, "baru", fake.now - week + 600)
    assert ids((await drain(fake, None))[0]) == {made["id"]}


async def test_a_quiet_round_is_one_call() -> None:
    fake = Fake()
    for number in range(60):
        fake.add_message(fake.add_conversation(str(number)), "halo", number * 60)
    _found, cursor = await drain(fake, None)
    before = len(fake.calls)
    await drain(fake, cursor)
    assert len(fake.calls) - before == 1


async def test_an_answer_from_elsewhere_answers_the_last_message_before_it() -> None:
    fake = Fake()
    talk = fake.add_conversation()
    asked = fake.add_message(talk, "Masih ada?", 100)
    fake.add_message(talk, "Masih", 200, own=True)
    found, _cursor = await drain(fake, None)
    own = next(one for one in found if one.own)
    assert own.parent_id == asked["id"] and {one.thread_key for one in found} == {"55"}


async def test_a_token_that_dies_the_end_of_the_quota_and_cursors_of_no_use() -> None:
    fake = Fake(most=5, headers={"X-App-Usage": '{"call_count": 85}'})
    expected = {fake.add_message(fake.add_conversation(str(number)), "halo", 100)["id"] for number in range(12)}
    async with Client(transport=fake.transport()) as client:
        first = await Messenger().pull(Pull("conversations", CREDENTIALS, None, NOW), client)
        assert first.more and first.not_before == NOW + timedelta(seconds=150)
        tokens, fake.tokens = fake.tokens, {}
        with pytest.raises(PlatformError) as caught:
            await Messenger().pull(Pull("conversations", CREDENTIALS, first.cursor, NOW), client)
        assert caught.value.kind is ErrorKind.AUTH
        fake.tokens = tokens
    more, _cursor = await drain(fake, first.cursor)
    assert ids(list(first.mentions)) | ids(more) == expected
    for cursor in ("", "{", '{"me": "%s", "waiting": [5, {"conversation": 5}], "mark": "x"}' % PAGE, "[]"):  # noqa: UP031
        assert ids((await drain(fake, cursor))[0]) >= (expected if cursor in ("", "{", "[]") else set())


async def test_odd_items_are_skipped_and_counted() -> None:
    fake = Fake()
    talk = fake.add_conversation()
    good = fake.add_message(talk, "halo", 100)
    talk["_messages"].insert(0, {"id": "m_x"})
    fake.conversations.append({"id": "t_0", "participants": {"data": []}, "_messages": []})
    async with Client(transport=fake.transport()) as client:
        pulled = await Messenger().pull(Pull("conversations", CREDENTIALS, None, NOW), client)
    assert ids(list(pulled.mentions)) == {good["id"]}
    assert pulled.notice == "2 items were skipped: created_time, updated_time missing or malformed"


async def test_verify() -> None:
    fake = Fake(scopes=["pages_messaging"])
    async with Client(transport=fake.transport()) as client:
        found = await Messenger().verify(CREDENTIALS, client, NOW)
    assert (found.remote_id, found.missing_scopes) == (PAGE, ("pages_manage_metadata", "pages_read_engagement"))


# Sending


def outgoing(kind: OutgoingKind = REPLY, text: str = "Masih ada", **changes: Any) -> Outgoing:
    whom = Addressee("m_1", MentionKind.DM, "55", None, "55")
    return replace(Outgoing(kind, CREDENTIALS, "reply-0123", NOW, NOW, text, whom), **changes)


async def publish(fake: Fake, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await Messenger().publish(out, client)


async def refused(fake: Fake, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


async def find(fake: Fake, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await Messenger().find(out, client)


def talking(seconds: float = 9 * 3600 - 60) -> Fake:
    fake = Fake()
    fake.add_message(fake.add_conversation(), "Masih ada?", seconds)
    return fake


async def test_an_answer_within_a_day() -> None:
    fake = talking()
    assert await find(fake, outgoing()) is None
    made = await publish(fake, outgoing())
    assert fake.sent == [
        {
            "recipient": {"id": "55"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Masih ada", "metadata": "reply-0123"},
        }
    ]
    assert await find(fake, outgoing()) == made
    async with Client(transport=fake.transport()) as client:
        assert await Messenger().is_there(outgoing(), made.remote_id, client)
        assert not await Messenger().is_there(outgoing(), "m_none", client)


async def test_after_a_day_nothing_is_sent_and_the_reason_is_said() -> None:
    fake = talking(seconds=9 * 3600 - 86_401)
    fake.add_message(fake.conversations[0], "Halo?", 9 * 3600 - 60, own=True)
    found = await refused(fake, outgoing())
    assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False) and "within a day" in str(found)
    assert fake.sent == []
    await publish(talking(seconds=9 * 3600 - 86_399), outgoing())


async def test_without_a_conversation_nothing_is_sent() -> None:
    found = await refused(Fake(), outgoing())
    assert (found.kind, found.arrived) == (ErrorKind.GONE, False)
    assert await find(Fake(), outgoing()) is None


@pytest.mark.parametrize("kind", [POST, LIKE, HIDE, DELETE])
async def test_what_messenger_does_not_know_is_refused(kind: OutgoingKind) -> None:
    fake = talking()
    found = await refused(fake, outgoing(kind))
    assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False) and not fake.calls
    assert await find(fake, outgoing(kind)) is None
    able = platform("messenger").abilities
    assert able.inbox and able.reply and able.push and not (able.publish or able.media or able.threads or able.search)


async def test_files_and_deliveries_that_name_nobody_are_refused(tmp_path: Any) -> None:
    medium: Medium = publishing.picture(tmp_path)
    for out in (outgoing(media=(medium,)), outgoing(addressee=None)):
        found = await refused(talking(), out)
        assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False)


@pytest.mark.parametrize(
    ("body", "kind", "arrived", "words"),
    [
        (error(10, 2018278), ErrorKind.REJECTED, False, "within a day"),
        (error(551, 1545041), ErrorKind.REJECTED, False, "can't be written to"),
        (error(100, 2018001), ErrorKind.GONE, False, "does not know this person"),
        (error(613), ErrorKind.RATE, False, "fewer calls"),
        (error(2), ErrorKind.SERVER, True, "in trouble"),
        (error(2, 2018344), ErrorKind.PERMISSION, False, "terms"),
        (error(200), ErrorKind.PERMISSION, False, "no right"),
    ],
)
async def test_errors_of_sending(body: Any, kind: ErrorKind, arrived: bool, words: str) -> None:
    fake = talking()
    fake.refuse[f"POST {PAGE}/messages"] = 400, body
    found = await refused(fake, outgoing())
    assert (found.kind, found.arrived) == (kind, arrived) and words in str(found)


async def test_what_only_looks_like_it_is_not_taken_for_it() -> None:
    fake = talking()
    talk = fake.conversations[0]
    fake.add_message(talk, "Masih ada", fake.now - 3_600, own=True)
    fake.add_message(talk, "Masih ada", fake.now)
    assert await find(fake, outgoing()) is None
    for number in range(25):
        fake.add_message(talk, f"pesan {number}", fake.now + number)
    with pytest.raises(PlatformError, match="can't be told"):
        await find(fake, outgoing())


# Pushes


def event(**changes: Any) -> dict[str, Any]:
    made = {
        "sender": {"id": "55"}, "recipient": {"id": PAGE}, "timestamp": 1_763_856_060_000,
        "message": {"mid": "m_1", "text": "Masih ada?"},
    }  # fmt: skip
    return {name: value for name, value in (made | changes).items() if value is not None}


def pushed(*events: Any, channel: str = "messaging") -> list[IncomingMention]:
    body = json.dumps({"object": "page", "entry": [{"id": PAGE, channel: list(events)}]}).encode()
    found = MessengerPush().read(body, datetime(2025, 11, 23, 1, tzinfo=UTC))
    assert all(one.account_id == PAGE for one in found)
    return [one.mention for one in found]


def test_a_pushed_message_is_the_same_as_a_pulled_one() -> None:
    pulled = read(created_time="2025-11-23T00:01:00+0000")
    for channel in ("messaging", "standby"):
        (made,) = pushed(event(), channel=channel)
        assert made._replace(account="kopi", author_name="Budi") == pulled
    image = event(message={"mid": "m_1", "attachments": [{"type": "image", "payload": {"url": "https://x.example/1"}}]})
    assert pushed(image)[0].body == read(message="", attachments={"data": [{"mime_type": "image/png"}]}).body
    link = {"type": "fallback", "payload": {"url": "https://toko.example/a"}}
    assert pushed(event(message={"mid": "m_1", "attachments": [link]}))[0].body == "https://toko.example/a"


def test_echoes_are_own_and_edits_deletions_and_buttons_are_read() -> None:
    (echo,) = pushed(
        event(sender={"id": PAGE}, recipient={"id": "55"}, message={"mid": "m_2", "text": "Masih", "is_echo": True})
    )
    assert echo.own and (echo.thread_key, echo.reply_until) == ("55", None)
    (edited,) = pushed(event(message=None, message_edit={"mid": "m_1", "text": "Masih ada ya?", "num_edit": 1}))
    assert (edited.remote_id, edited.body) == ("m_1", "Masih ada ya?") and edited.edited_at is not None
    (gone,) = pushed(event(message={"mid": "m_1", "is_deleted": True}))
    assert gone.deleted and gone.body == ""
    pressed = event(message=None, postback={"title": "Menu", "payload": "MENU"})
    (button,), (again,) = pushed(pressed), pushed(pressed)
    assert button == again and button.body == "Menu" and button.remote_id.startswith("postback:")
    assert pushed(event(message=None, postback={"title": "Menu", "mid": "m_7"}))[0].remote_id == "m_7"


def test_receipts_and_odd_things_are_left_out() -> None:
    assert pushed(event(message=None, read={"watermark": 1}), event(message=None, reaction={"mid": "m_1"}), 5, {}) == []
    assert pushed(event(sender=None), event(message={"text": "x"}), event(sender={"id": PAGE}, recipient=None)) == []
    for name in ("sender", "recipient", "timestamp", "message", "message_edit", "postback"):
        for value in (
            5,
            "x",
            [],
            {},
            True,
            {"id": 5, "mid": "m", "text": 5, "attachments": [5, {"type": 5}]},
            "\ud800",
        ):
            pushed(event(**{name: value}))
    with pytest.raises(PlatformError):
        MessengerPush().read(b"{}", NOW)
    late = event(timestamp=10**15)
    assert pushed(late)[0].sent_at == datetime(2025, 11, 23, 1, tzinfo=UTC)


# Over real sockets


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    fake = Fake(tokens={test_faults.TOKEN: PAGE})
    fake.add_message(fake.add_conversation(), "Masih ada?", (test_faults.NOW - START).total_seconds() - 60)
    await fake.handle(request, writer)


def _outgoing(base: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("messenger", "kopi", base, test_faults.TOKEN)
    whom = Addressee("m_1", MentionKind.DM, "55", None, "55")
    return Outgoing(kind, credentials, "reply-0123", test_faults.NOW, test_faults.NOW, "Masih ada", whom)


NETWORK = publishing.Network(Messenger, _outgoing, _reads, lambda request: request.method == "POST")


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_whatever_the_write_and_what_is_before_it_meet(behaviour: str) -> None:
    await publishing.spoiled_write(NETWORK, REPLY, behaviour)
    await publishing.spoiled_read(NETWORK, REPLY, behaviour)


async def test_nobody_listens_and_tokens_of_no_use() -> None:
    await publishing.nobody_listens(NETWORK, REPLY)
    await publishing.token_of_no_use(NETWORK, REPLY)
    await publishing.cut_before_the_answer(NETWORK, REPLY)
