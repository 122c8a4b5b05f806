"""Telegram: what is made of messages, whether they are fetched or pushed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smdash.core.records import MentionKind
from smdash.platforms.telegram_push import TelegramPush
from smdash.platforms.telegram_records import Place, place_of

from .fake_telegram import BOT, CHANNEL, GROUP, RINA, START, BotServer, message
from .test_telegram import NOW, pull


@pytest.fixture
def bot() -> BotServer:
    return BotServer()


async def one(bot: BotServer, kind: str = "message", **held: Any) -> Any:
    """The mention that an update becomes, the same whether it is fetched or pushed; nothing for none."""
    update = bot.push(kind, **held)
    bot.queue = [update]
    found = (await pull(bot)).mentions
    pushed = TelegramPush().read(json.dumps(update).encode(), NOW)
    assert [replaced.mention._replace(account="kopi") for replaced in pushed] == list(found)
    return found[0] if found else None


# Messages


async def test_a_private_message(bot: BotServer) -> None:
    found = await one(bot, **message(7, "Apakah buka hari ini?"))
    assert (found.remote_id, found.kind, found.thread_key, found.parent_id) == ("501/7", MentionKind.DM, "501", None)
    assert (found.author_handle, found.author_name, found.url) == ("rinasari", "Rina Sari", "https://t.me/rinasari")
    assert found.sent_at == datetime.fromtimestamp(START + 7, UTC)
    assert (found.edited_at, found.reply_until, found.own, found.deleted) == (None, None, False, False)


async def test_an_edit_has_the_same_place(bot: BotServer) -> None:
    found = await one(bot, "edited_message", **message(7, "Apakah buka besok?", edit_date=START + 90))
    assert (found.remote_id, found.body) == ("501/7", "Apakah buka besok?")
    assert found.edited_at == datetime.fromtimestamp(START + 90, UTC)


async def test_somebody_without_a_name(bot: BotServer) -> None:
    nobody = {"id": 9, "is_bot": False, "first_name": "\u202eanna\x1b[31m"}
    found = await one(bot, **message(7, "x\x00y\x1b]0;z\x07", **{"from": nobody}))
    assert (found.author_handle, found.author_name, found.url) == ("9", "anna[31m", None)
    assert found.body.isprintable()


async def test_a_group(bot: BotServer) -> None:
    found = await one(bot, **message(8, "kapan buka?", chat=GROUP))
    assert (found.kind, found.remote_id, found.thread_key) == (MentionKind.COMMENT, "-1002222/8", "-1002222/8")
    assert found.url == "https://t.me/c/2222/8"
    named = {"entities": [{"type": "mention", "offset": 3, "length": 9}]}
    assert (await one(bot, **message(9, "😀 @kopi_bot buka?", chat=GROUP, **named))).kind is MentionKind.MENTION
    other = {"entities": [{"type": "mention", "offset": 0, "length": 5}]}
    assert (await one(bot, **message(9, "@rina buka?", chat=GROUP, **other))).kind is MentionKind.COMMENT
    answer = {"reply_to_message": message(3, "Ya", chat=GROUP, **{"from": BOT}), "message_thread_id": 2}
    found = await one(bot, **message(10, "terima kasih", chat=GROUP, **answer))
    assert (found.kind, found.parent_id, found.thread_key) == (MentionKind.REPLY, "-1002222/3", "-1002222/2")
    public = GROUP | {"username": "obrolankopi"}
    assert (await one(bot, **message(8, chat=public))).url == "https://t.me/obrolankopi/8"
    topic = {
        "message_thread_id": 5,
        "reply_to_message": message(5, None, chat=GROUP, forum_topic_created={"name": "x"}),
    }
    found = await one(bot, **message(11, chat=GROUP, is_topic_message=True, **topic))
    assert (found.parent_id, found.thread_key) == (None, "-1002222/5")


async def test_comments_below_the_channel(bot: BotServer) -> None:
    telegram = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    post = message(20, "Kopi baru", chat=GROUP, sender_chat=CHANNEL, is_automatic_forward=True, **{"from": telegram})
    copy = await one(bot, **post)
    assert (copy.own, copy.author_handle, copy.thread_key) == (True, "kopisenja", "-1002222/20")
    below = {"chat": GROUP, "reply_to_message": post, "message_thread_id": 20}
    comment = await one(bot, **message(21, "mau!", **below))
    assert (comment.kind, comment.parent_id, comment.thread_key) == (
        MentionKind.COMMENT,
        copy.remote_id,
        copy.thread_key,
    )
    assert not comment.own
    fake = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    assert (await one(bot, **message(22, "Silakan", sender_chat=CHANNEL, **{"from": fake}, **below))).own
    other = {"id": -1009, "type": "channel", "title": "Lain"}
    stranger = await one(bot, **message(23, "promo", sender_chat=other, **{"from": fake}, **below))
    assert (stranger.own, stranger.author_handle, stranger.author_name) == (False, "-1009", "Lain")


async def test_business_chats(bot: BotServer) -> None:
    there = {"business_connection_id": "bcid-1_x"}
    found = await one(bot, "business_message", **message(5, "Halo kak", **there))
    assert (found.remote_id, found.kind, found.thread_key) == ("bcid-1_x/501/5", MentionKind.DM, "bcid-1_x/501")
    assert found.reply_until == found.sent_at + timedelta(hours=24)
    assert place_of(found.remote_id) == Place(501, 5, "bcid-1_x")
    owner = {"id": 42, "is_bot": False, "first_name": "Dewi"}
    own = await one(bot, "business_message", **message(6, "Halo!", **{"from": owner}, **there))
    assert own.own and own.reply_until is None
    edited = await one(bot, "edited_business_message", **message(5, "Halo, kak", edit_date=START + 60, **there))
    assert edited.remote_id == found.remote_id and edited.edited_at is not None
    chat = message(1)["chat"]
    bot.push("deleted_business_messages", chat=chat, message_ids=[5, 6], **there)
    gone = [one for one in (await pull(bot)).mentions if one.deleted]
    assert [one.remote_id for one in gone] == ["bcid-1_x/501/5", "bcid-1_x/501/6"]
    assert {one.author_handle for one in gone} == {"rinasari"}


THINGS = [
    ({"photo": [{"file_id": "a", "width": 90}], "caption": "Lihat ini"}, "[image]\nLihat ini"),
    ({"animation": {"file_id": "a"}, "document": {"file_id": "a", "file_name": "x.mp4"}}, "[animation]"),
    ({"document": {"file_name": "menu.pdf"}}, "[file: menu.pdf]"),
    ({"voice": {"duration": 3}}, "[voice message]"),
    ({"audio": {"performer": "Band", "title": "Lagu"}}, "[audio: Band - Lagu]"),
    ({"sticker": {"emoji": "☕"}}, "[sticker: ☕]"),
    ({"contact": {"first_name": "Budi", "phone_number": "+6281"}}, "[contact: Budi +6281]"),
    ({"venue": {"title": "Kopi", "address": "Jalan 1"}, "location": {"latitude": 1.0}}, "[location: Kopi, Jalan 1]"),
    ({"location": {"latitude": -6.2, "longitude": 106.8}}, "[location: -6.20000, 106.80000]"),
    ({"poll": {"question": "Suka?", "options": [{"text": "ya"}, {"text": "tidak"}]}}, "[poll: Suka?]\n[ ] ya\n[ ] tidak"),
    ({"dice": {"emoji": "🎲", "value": 4}}, "[dice: 🎲 4]"),
    ({"rich_message": {"blocks": []}}, "[formatted message]"),
    ({"video": "odd"}, "[video]"),
    (
        {"text": "😀 menu di sini ya", "entities": [
            {"type": "text_link", "offset": 3, "length": 4, "url": "https://kopi.example/menu"},
            {"type": "text_link", "offset": 900, "length": 4, "url": "https://kopi.example/x"},
            {"type": "text_link", "offset": 3, "length": 4, "url": "javascript:alert(1)"},
        ]},
        "😀 menu (https://kopi.example/menu) di sini ya",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("held", "body"), THINGS, ids=[next(iter(held)) for held, _body in THINGS])
async def test_things(bot: BotServer, held: dict[str, Any], body: str) -> None:
    assert (await one(bot, **(message(1, None) | held))).body == body


@pytest.mark.parametrize(
    "note",
    [{"new_chat_members": [RINA]}, {"pinned_message": message(1)}, {"migrate_to_chat_id": -1005}, {"text": "  "}],
)
async def test_notes_are_no_mentions(bot: BotServer, note: dict[str, Any]) -> None:
    assert await one(bot, **(message(1, None, chat=GROUP) | note)) is None
    assert await one(bot, **message(1, "hanya untukmu", chat=GROUP, ephemeral_message_id=4)) is None


@pytest.mark.parametrize("remote_id", ["", "5", "a/5", "5/", "5/x", "x/y/5/6", "5/6 ", "٣/5", "5/-6"])
def test_ids_that_are_none_of_ours(remote_id: str) -> None:
    assert place_of(remote_id) is None
