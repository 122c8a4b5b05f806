"""Telegram: what goes out, whether it may have arrived, and what can't be told afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.form_body import FilePart, form_of
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.telegram import Telegram

from . import publishing, test_faults
from .fake_telegram import BASE, TOKEN, BotServer, no, yes
from .faulty import Request, answer

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials("telegram", "kopi", BASE, TOKEN, options={"chat": "@kopisenja"})
RINA = Addressee("501/7", MentionKind.DM, "rinasari", "https://t.me/rinasari", "501")
COMMENT = Addressee("-1002222/21", MentionKind.COMMENT, "rinasari", "https://t.me/c/2222/21", "-1002222/20")
BUSINESS = Addressee("bcid-1/501/7", MentionKind.DM, "rinasari", None, "bcid-1/501")


@pytest.fixture
def bot() -> BotServer:
    return BotServer()


def outgoing(kind: OutgoingKind = POST, text: str = "Kopi baru dari Gayo", **changes: Any) -> Outgoing:
    to = RINA if kind is not POST else None
    return replace(Outgoing(kind, CREDENTIALS, "post-0123abcd", NOW, NOW, text, to), **changes)


async def publish(bot: BotServer, out: Outgoing) -> Published:
    async with Client(transport=bot.transport()) as client:
        return await Telegram().publish(out, client)


async def refused(bot: BotServer, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(bot, out)
    assert str(caught.value).isprintable() and "token-of-kopi_bot" not in str(caught.value)
    return caught.value


def file(folder: Path, media_type: str, *, size: int = 9, name: str = "promo", **more: Any) -> Medium:
    content = f"{media_type} {name} {more}".encode()
    path = folder / hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    return Medium(path, media_type, size, path.name, name=name, **more)


# Posts


async def test_a_post(bot: BotServer) -> None:
    assert await publish(bot, outgoing()) == Published("-1001111/41", "https://t.me/kopisenja/41")
    assert bot.calls == [("sendMessage", {"chat_id": "@kopisenja", "text": "Kopi baru dari Gayo"})]
    (request,) = bot.requests
    assert request.method == "POST" and request.headers["content-type"] == "application/json"


async def test_a_thread_stays_in_its_chat(bot: BotServer) -> None:
    moved = replace(CREDENTIALS, options={"chat": "@other"})
    await publish(bot, outgoing(above=Above("-1001111/41", "-1001111/41"), credentials=moved))
    _method, fields = bot.calls[-1]
    assert (fields["chat_id"], fields["reply_parameters"]) == (-1001111, {"message_id": 41})
    error = await refused(bot, outgoing(above=Above("-1001111/404", "-1001111/404")))
    assert (error.kind, error.arrived) == (ErrorKind.GONE, False)
    error = await refused(bot, outgoing(above=Above("s1/ä", "s1/ä")))
    assert (error.kind, error.arrived, len(bot.calls)) == (ErrorKind.REJECTED, False, 2)


async def test_no_channel_and_no_words(bot: BotServer) -> None:
    nowhere = await refused(bot, outgoing(credentials=replace(CREDENTIALS, options={})))
    empty = await refused(bot, outgoing(text=" \n"))
    for error in (nowhere, empty):
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert bot.calls == [] and "set chat" in str(nowhere)


# Answers, likes, deletions


async def test_an_answer_to_a_person(bot: BotServer) -> None:
    assert await publish(bot, outgoing(REPLY, "Buka, sampai malam")) == Published("501/41", None)
    _method, fields = bot.calls[-1]
    assert (fields["chat_id"], fields["text"]) == (501, "Buka, sampai malam")
    assert fields["reply_parameters"] == {"message_id": 7, "allow_sending_without_reply": True}


async def test_an_answer_to_a_comment(bot: BotServer) -> None:
    assert await publish(bot, outgoing(REPLY, addressee=COMMENT)) == Published("-1002222/41", "https://t.me/c/2222/41")
    assert bot.calls[-1][1]["reply_parameters"] == {"message_id": 21}
    gone = replace(COMMENT, remote_id="-1002222/404")
    error = await refused(bot, outgoing(REPLY, addressee=gone))
    assert (error.kind, error.arrived) == (ErrorKind.GONE, False)
    assert str(error).startswith("what is answered is not there any more (400): message to be replied not found")


async def test_an_answer_for_a_business(bot: BotServer) -> None:
    assert (await publish(bot, outgoing(REPLY, addressee=BUSINESS))).remote_id == "bcid-1/501/41"
    assert bot.calls[-1][1]["business_connection_id"] == "bcid-1"


async def test_a_like(bot: BotServer) -> None:
    assert await publish(bot, outgoing(LIKE, "", addressee=COMMENT)) == Published("-1002222/21", COMMENT.url)
    method, fields = bot.calls[-1]
    assert method == "setMessageReaction" and fields["reaction"] == [{"type": "emoji", "emoji": "👍"}]
    error = await refused(bot, outgoing(LIKE, "", addressee=BUSINESS))
    assert (error.kind, error.arrived, len(bot.calls)) == (ErrorKind.REJECTED, False, 1)


async def test_a_deletion(bot: BotServer) -> None:
    assert (await publish(bot, outgoing(DELETE, "", addressee=COMMENT))).remote_id == "-1002222/21"
    assert bot.calls[-1] == ("deleteMessage", {"chat_id": -1002222, "message_id": 21})
    already = replace(COMMENT, remote_id="-1002222/404")
    assert (await publish(bot, outgoing(DELETE, "", addressee=already))).remote_id == "-1002222/404"
    await publish(bot, outgoing(DELETE, "", addressee=BUSINESS))
    assert bot.calls[-1] == ("deleteBusinessMessages", {"business_connection_id": "bcid-1", "message_ids": [7]})
    bot.spoil = lambda *_: no(400, "Bad Request: message can't be deleted for everyone")
    assert (await refused(bot, outgoing(DELETE, "", addressee=COMMENT))).kind is ErrorKind.REJECTED


async def test_what_no_bot_may(bot: BotServer) -> None:
    for out in (
        outgoing(HIDE),
        outgoing(REPLY, addressee=None),
        outgoing(REPLY, addressee=replace(RINA, remote_id="x")),
    ):
        error = await refused(bot, out)
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert bot.calls == []


# What is refused


REFUSALS = [
    (400, "Bad Request: chat not found", ErrorKind.GONE, False),
    (400, "Bad Request: message is too long", ErrorKind.REJECTED, False),
    (400, "Bad Request: can't parse entities", ErrorKind.REJECTED, False),
    (400, "Bad Request: not enough rights to send text messages to the chat", ErrorKind.PERMISSION, False),
    (400, "Bad Request: need administrator rights in the channel chat", ErrorKind.PERMISSION, False),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ErrorKind.PERMISSION, False),
    (400, "Bad Request: REPLY_MESSAGE_ID_INVALID", ErrorKind.GONE, False),
    (401, "Unauthorized", ErrorKind.AUTH, False),
    (403, "Forbidden: bot was blocked by the user", ErrorKind.PERMISSION, False),
    (403, "Forbidden: user is deactivated", ErrorKind.GONE, False),
    (403, "Forbidden: bot is not a member of the channel chat", ErrorKind.PERMISSION, False),
    (403, "Forbidden: bot was kicked from the supergroup chat", ErrorKind.PERMISSION, False),
    (403, "Forbidden: bot can't initiate conversation with a user", ErrorKind.PERMISSION, False),
    (403, "Forbidden: something new", ErrorKind.PERMISSION, False),
    (404, "Not Found", ErrorKind.AUTH, False),
    (413, "Request Entity Too Large", ErrorKind.REJECTED, False),
    (418, "Something new", ErrorKind.REJECTED, False),
    (429, "Too Many Requests: retry after 5", ErrorKind.RATE, False),
    (500, "Internal Server Error", ErrorKind.SERVER, True),
    (502, "Bad Gateway", ErrorKind.SERVER, True),
    (600, "Odd", ErrorKind.SERVER, True),
    (302, "Odd", ErrorKind.UNKNOWN, True),
]


@pytest.mark.parametrize(("code", "words", "kind", "arrived"), REFUSALS)
@pytest.mark.parametrize("what", [POST, REPLY, LIKE])
async def test_what_a_refusal_means(
    bot: BotServer, what: OutgoingKind, code: int, words: str, kind: ErrorKind, arrived: bool
) -> None:
    said = {"ok": False, "error_code": code, "description": words}
    bot.spoil = lambda *_: httpx.Response(code if 400 <= code < 600 else 200, json=said)
    error = await refused(bot, outgoing(what))
    assert (error.kind, error.arrived) == (kind, arrived)
    assert len(bot.calls) == 1 and words.rpartition(": ")[2] in str(error)


async def test_a_wait(bot: BotServer) -> None:
    bot.spoil = lambda *_: no(429, "Too Many Requests: retry after 12", retry_after=12)
    assert (await refused(bot, outgoing())).retry_at == NOW + timedelta(seconds=12)


async def test_a_group_that_moved(bot: BotServer) -> None:
    bot.spoil = lambda *_: no(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1005
    )
    error = await refused(bot, outgoing(REPLY, addressee=COMMENT))
    assert (error.kind, error.arrived) == (ErrorKind.GONE, False) and "-1005" in str(error)


@pytest.mark.parametrize(
    "result",
    [None, True, {}, [], {"message_id": 5}, {"message_id": "5", "chat": {"id": 1}}, {"message_id": 5, "chat": 1}],
)
async def test_success_that_can_not_be_read_may_have_arrived(bot: BotServer, result: Any) -> None:
    bot.spoil = lambda *_: yes(result)
    error = await refused(bot, outgoing())
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, True)


# Afterwards


@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_nobody_can_tell_whether_it_is_out(bot: BotServer, kind: OutgoingKind) -> None:
    async with Client(transport=bot.transport()) as client:
        with pytest.raises(PlatformError, match="only a person can see") as caught:
            await Telegram().find(outgoing(kind), client)
    assert caught.value.kind is ErrorKind.UNKNOWN and bot.calls == []


@pytest.mark.parametrize("kind", [LIKE, DELETE, HIDE])
async def test_what_may_be_sent_again(bot: BotServer, kind: OutgoingKind) -> None:
    async with Client(transport=bot.transport()) as client:
        assert await Telegram().find(outgoing(kind), client) is None


async def test_whether_it_is_there_still(bot: BotServer) -> None:
    found = await publish(bot, outgoing())
    async with Client(transport=bot.transport()) as client:
        assert await Telegram().is_there(outgoing(), found.remote_id, client)
        assert not await Telegram().is_there(outgoing(), "-1001111/5", client)
        bot.spoil = lambda *_: yes({"message_id": 41})
        assert await Telegram().is_there(outgoing(), found.remote_id, client)
        for made in (no(400, "Bad Request: something new"), no(403, "Forbidden: bot was kicked"), no(500, "oh")):
            bot.spoil = lambda *_, made=made: made
            with pytest.raises(PlatformError):
                await Telegram().is_there(outgoing(), found.remote_id, client)
        with pytest.raises(PlatformError):
            await Telegram().is_there(outgoing(), "elsewhere", client)


# Files


@pytest.mark.parametrize(
    ("media_type", "more", "method", "field"),
    [
        ("image/jpeg", {}, "sendPhoto", "photo"),
        ("image/png", {"size": 11 * 1024 * 1024}, "sendDocument", "document"),
        ("image/png", {"width": 9_000, "height": 1_200}, "sendDocument", "document"),
        ("image/webp", {"width": 40, "height": 900}, "sendDocument", "document"),
        ("image/gif", {"seconds": 2.0}, "sendAnimation", "animation"),
        ("video/mp4", {"seconds": 9.6, "width": 640, "height": 360}, "sendVideo", "video"),
        ("video/webm", {}, "sendDocument", "document"),
        ("audio/mpeg", {"seconds": 3.0}, "sendAudio", "audio"),
        ("audio/flac", {}, "sendDocument", "document"),
    ],
)
async def test_one_file(
    bot: BotServer, tmp_path: Path, media_type: str, more: dict[str, Any], method: str, field: str
) -> None:
    medium = file(tmp_path, media_type, **more)
    assert (await publish(bot, outgoing(media=(medium,)))).remote_id == "-1001111/41"
    called, fields = bot.calls[-1]
    assert (called, fields["caption"], fields["chat_id"]) == (method, "Kopi baru dari Gayo", "@kopisenja")
    assert fields[field] == medium.path.read_bytes()
    if media_type == "video/mp4":
        assert [fields[name] for name in ("width", "height", "duration", "supports_streaming")] == [
            "640",
            "360",
            "10",
            "true",
        ]


async def test_an_answer_with_a_file(bot: BotServer, tmp_path: Path) -> None:
    await publish(bot, outgoing(REPLY, "", media=(file(tmp_path, "image/png"),)))
    _method, fields = bot.calls[-1]
    assert fields["chat_id"] == "501" and json.loads(fields["reply_parameters"])["message_id"] == 7
    assert "caption" not in fields


async def test_an_album(bot: BotServer, tmp_path: Path) -> None:
    media = (file(tmp_path, "image/png", name="a"), file(tmp_path, "video/mp4", name="b"), file(tmp_path, "image/jpeg"))
    assert await publish(bot, outgoing(media=media)) == Published("-1001111/41", "https://t.me/kopisenja/41")
    method, fields = bot.calls[-1]
    album = json.loads(fields["media"])
    assert method == "sendMediaGroup" and [one["type"] for one in album] == ["photo", "video", "photo"]
    assert [one.get("caption") for one in album] == ["Kopi baru dari Gayo", None, None]
    assert [fields[f"file{number}"] for number in range(3)] == [one.path.read_bytes() for one in media]


async def test_files_that_telegram_does_not_take_together(bot: BotServer, tmp_path: Path) -> None:
    picture, gif, sound = (file(tmp_path, kind) for kind in ("image/png", "image/gif", "audio/mpeg"))
    for media in ((picture, gif), (gif, gif), (picture, sound), (picture,) * 11):
        error = await refused(bot, outgoing(media=media))
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    error = await refused(bot, outgoing(text="😀" * 513, media=(picture,)))
    assert "1024" in str(error) and "1026" in str(error) and not error.arrived
    assert bot.calls == []
    await publish(bot, outgoing(text="😀" * 512, media=(picture,)))


def test_a_form_is_as_long_as_it_says(tmp_path: Path) -> None:
    files = [file(tmp_path, kind, name=kind) for kind in ("image/png", "video/mp4")]
    parts = [FilePart(f"f{number}", one.path, one.media_type) for number, one in enumerate(files)]

    async def sent() -> tuple[int, bytes]:
        with form_of({"caption": "Kopi ☕\r\n--x"}, parts, stall_s=1) as form:
            return form.size, b"".join([piece async for piece in form])

    size, body = asyncio.run(sent())
    assert size == len(body) and all(one.path.read_bytes() in body for one in files)
    assert files[0].path.name.encode() not in body


# The cases of all networks


def _network(base: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("telegram", "kopi", base, test_faults.TOKEN, options={"chat": "@kopisenja"})
    return outgoing(kind, credentials=credentials, now=test_faults.NOW)


async def _nothing_is_read(request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, 500)


NETWORK = publishing.Network(
    Telegram, _network, _nothing_is_read, lambda request: "/send" in request.target or "/set" in request.target
)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_a_spoiled_write(kind: OutgoingKind, behaviour: str) -> None:
    await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write_with_files(tmp_path: Path, behaviour: str) -> None:
    media = (publishing.picture(tmp_path), publishing.picture(tmp_path, "other.png", side=20))
    await publishing.spoiled_write(NETWORK, POST, behaviour, *media)


@pytest.mark.parametrize("kind", [POST, REPLY, LIKE])
async def test_lines(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)
    await publishing.cut_before_the_answer(NETWORK, kind)


async def test_a_file_of_no_use(tmp_path: Path) -> None:
    await publishing.file_of_no_use(NETWORK, publishing.picture(tmp_path))
