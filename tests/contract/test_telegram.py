"""Telegram: whose token it is, the queue of updates, pushes, and what is made of messages."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Credentials, Measured, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.push import Pushed, Request
from smdash.platforms.registry import find as platform
from smdash.platforms.telegram import Telegram
from smdash.platforms.telegram_push import TelegramPush
from smdash.platforms.telegram_records import KINDS
from smdash.platforms.telegram_updates import LIMIT, LOOK, load

from .fake_telegram import BASE, ME, START, TOKEN, BotServer, message, no, yes

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials("telegram", "kopi", BASE, TOKEN, options={"chat": "@kopisenja"})
HOOK = "https://desk.kopi.example/telegram/kopi"
PUSHED = replace(
    CREDENTIALS, options={"chat": "@kopisenja", "webhook_url": HOOK}, secrets={"webhook_secret": "Rahasia-kopi_9"}
)


@pytest.fixture
def bot() -> BotServer:
    return BotServer()


async def pull(
    bot: BotServer, cursor: str | None = None, *, credentials: Credentials = CREDENTIALS, now: datetime = NOW
) -> Pulled:
    async with Client(transport=bot.transport()) as client:
        return await Telegram().pull(Pull("updates", credentials, cursor, now), client)


async def refused(bot: BotServer, credentials: Credentials = CREDENTIALS) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await pull(bot, credentials=credentials)
    assert TOKEN not in str(caught.value) and "token-of-kopi_bot" not in str(caught.value)
    return caught.value


async def verify(bot: BotServer, credentials: Credentials = CREDENTIALS) -> Any:
    async with Client(transport=bot.transport()) as client:
        return await Telegram().verify(credentials, client, NOW)


# Whose it is


async def test_verify(bot: BotServer) -> None:
    found = await verify(bot)
    assert (found.remote_id, found.handle, found.name) == (str(ME), "kopi_bot", "Kopi")
    assert (found.url, found.missing_scopes, found.expires_at) == ("https://t.me/kopi_bot", (), None)


@pytest.mark.parametrize(
    ("chat", "member", "lacking"),
    [
        ("@kopisenja", {"status": "administrator", "can_post_messages": False}, ("can_post_messages",)),
        ("@kopisenja", {"status": "left"}, ("can_post_messages",)),
        ("@kopisenja", {}, ("can_post_messages",)),
        ("-1002222", {"status": "member"}, ()),
        ("-1002222", {"status": "restricted", "can_send_messages": False}, ("can_send_messages",)),
        ("-1002222", {"status": "restricted", "can_send_messages": True}, ()),
    ],
)
async def test_rights_that_are_missing(bot: BotServer, chat: str, member: Any, lacking: tuple[str, ...]) -> None:
    bot.member = member
    assert (await verify(bot, replace(CREDENTIALS, options={"chat": chat}))).missing_scopes == lacking


async def test_a_webhook_that_the_settings_do_not_know(bot: BotServer) -> None:
    bot.webhook["url"] = "https://elsewhere.example/hooks/secret-path"
    with pytest.raises(PlatformError, match=r"a webhook at elsewhere\.example gets") as caught:
        await verify(bot)
    assert caught.value.kind is ErrorKind.REJECTED and "secret-path" not in str(caught.value)
    error = await refused(bot)
    assert error.kind is ErrorKind.REJECTED and "only one of both" in str(error)
    assert (await verify(bot, PUSHED)).handle == "kopi_bot"


async def test_another_program_fetches(bot: BotServer) -> None:
    words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    bot.spoil = lambda *_: no(409, words)
    error = await refused(bot)
    assert error.kind is ErrorKind.REJECTED and "another program" in str(error)


@pytest.mark.parametrize("token", ["", "two words", "7000001:a/../getMe", "x" * 201])
async def test_a_token_of_no_use_is_not_sent(bot: BotServer, token: str) -> None:
    error = await refused(bot, replace(CREDENTIALS, token=token))
    assert (error.kind, error.arrived, bot.calls) == (ErrorKind.AUTH, False, [])


async def test_a_token_that_died_loses_nothing(bot: BotServer) -> None:
    bot.add(LIMIT + 20)
    first = await pull(bot)
    bot.spoil = lambda *_: no(401, "Unauthorized")
    assert (await refused(bot)).kind is ErrorKind.AUTH
    bot.spoil = BotServer().spoil
    second = await pull(bot, first.cursor)
    assert len({one.remote_id for one in (*first.mentions, *second.mentions)}) == LIMIT + 20


async def test_members(bot: BotServer) -> None:
    async with Client(transport=bot.transport()) as client:
        assert await Telegram().measure(CREDENTIALS, ["-1001111/5"], client, NOW) == (Measured("followers", 1234, NOW),)
        assert await Telegram().measure(replace(CREDENTIALS, options={}), [], client, NOW) == ()


def test_what_the_registry_says() -> None:
    found = platform("telegram")
    assert found.abilities.push and found.abilities.publish and found.receive is not None
    assert isinstance(found.receive(), TelegramPush)


# The queue


async def test_what_came_is_confirmed_only_by_the_next_call(bot: BotServer) -> None:
    bot.add(2)
    first = await pull(bot)
    assert [one.body for one in first.mentions] == ["nomor 1", "nomor 2"] and not first.more
    assert "offset" not in bot.calls[-1][1] and bot.calls[-1][1]["allowed_updates"] == list(KINDS)
    assert (await pull(bot)).mentions == first.mentions, "a service that died before it kept the cursor"
    assert (await pull(bot, first.cursor)).mentions == [] and bot.queue == []


async def test_pages(bot: BotServer) -> None:
    bot.add(2 * LIMIT + 50)
    cursor, seen = None, []
    for _turn in range(5):
        found = await pull(bot, cursor)
        cursor = found.cursor
        seen += [one.remote_id for one in found.mentions]
        if not found.more:
            break
    assert len(seen) == len(set(seen)) == 2 * LIMIT + 50


async def test_restarts_lose_nothing(bot: BotServer) -> None:
    """The cursor is kept or not, updates come meanwhile and out of order: each is seen at least once."""
    dice = random.Random(7)
    cursor, seen, made = None, set(), 0
    for _turn in range(60):
        for _count in range(dice.randrange(80)):
            made += 1
            bot.push(**message(made, f"nomor {made}"))
        dice.shuffle(bot.queue) if dice.random() < 0.1 and len(bot.queue) < LIMIT else None
        found = await pull(bot, cursor)
        if dice.random() < 0.6:
            cursor = found.cursor
            seen |= {one.remote_id for one in found.mentions}
    while (found := await pull(bot, cursor)).mentions:
        cursor = found.cursor
        seen |= {one.remote_id for one in found.mentions}
    assert len(seen) == made


async def test_numbers_that_begin_anew_after_a_quiet_week(bot: BotServer) -> None:
    bot.add(1)
    cursor = (await pull(bot)).cursor
    cursor = (await pull(bot, cursor)).cursor
    bot.following = 5
    bot.add(1)
    later = NOW + timedelta(days=8)
    found = await pull(bot, cursor, now=later)
    assert len(found.mentions) == 1 and "offset" not in bot.calls[-1][1]
    again = await pull(bot, found.cursor, now=later)
    assert bot.calls[-1][1]["offset"] == 7 and again.mentions == []


@pytest.mark.parametrize(
    "cursor", ["", "[]", "null", '{"next": "9"}', '{"next": true, "at": 5}', '{"next": -1}', "{" * 9]
)
def test_a_cursor_of_no_use(cursor: str) -> None:
    assert load(cursor).next is None


async def test_odd_updates_are_counted_and_good_ones_kept(bot: BotServer) -> None:
    good = {"update_id": 5, "message": message(1), "unknown": {"deep": [1]}}
    odd: list[Any] = [
        None, 5, "x", [], {}, {"update_id": "7"}, {"update_id": True}, {"update_id": 2**60},
        {"update_id": 6, "message": "text"}, {"update_id": 7, "message": message(0)},
        {"update_id": 8, "message": message(1) | {"date": "soon"}}, {"update_id": 9, "message": message(1) | {"chat": 5}},
        {"update_id": 10, "message": {"message_id": 1, "date": START, "chat": {"id": 3}, "text": "x"}},
        {"update_id": 11, "new_kind_of_2027": {}},
    ]  # fmt: skip
    bot.spoil = lambda *_: yes([*odd, good])
    found = await pull(bot)
    assert [one.remote_id for one in found.mentions] == ["501/1"]
    assert load(found.cursor).next == 12
    assert found.notice is not None and "update_id" in found.notice and "chat.id" in found.notice
    bot.spoil = lambda *_: yes([{}, {"update_id": None}])
    assert (await refused(bot)).kind is ErrorKind.SERVER, "nothing of it could ever be confirmed"


@pytest.mark.parametrize("result", [None, {}, "x", 5, [[]] * 1_001])
async def test_results_of_another_shape(bot: BotServer, result: Any) -> None:
    bot.spoil = lambda *_: yes(result)
    assert (await refused(bot)).kind is ErrorKind.SERVER


async def test_a_wait(bot: BotServer) -> None:
    bot.spoil = lambda *_: no(429, "Too Many Requests: retry after 35", retry_after=35)
    error = await refused(bot)
    assert (error.kind, error.retry_at) == (ErrorKind.RATE, NOW + timedelta(seconds=35))
    bot.spoil = lambda *_: no(429, "Too Many Requests", retry_after=10**12)
    assert (await refused(bot)).retry_at == NOW + timedelta(hours=24)


# Pushes


async def test_the_webhook_is_set_once(bot: BotServer) -> None:
    first = await pull(bot, credentials=PUSHED)
    assert bot.methods() == ["getWebhookInfo", "setWebhook"]
    assert bot.calls[-1][1] == {"url": HOOK, "secret_token": "Rahasia-kopi_9", "allowed_updates": list(KINDS)}
    assert first.interval == LOOK and first.mentions == () and "Rahasia" not in str(first.cursor)
    second = await pull(bot, first.cursor, credentials=PUSHED)
    assert bot.methods()[2:] == ["getWebhookInfo"] and second.notice is None
    other = replace(PUSHED, secrets={"webhook_secret": "Rahasia-kopi_10"})
    await pull(bot, second.cursor, credentials=other)
    assert bot.methods()[3:] == ["getWebhookInfo", "setWebhook"]


async def test_back_to_fetching(bot: BotServer) -> None:
    cursor = (await pull(bot, credentials=PUSHED)).cursor
    bot.add(1)
    found = await pull(bot, cursor)
    assert bot.methods()[2:] == ["deleteWebhook", "getUpdates"] and len(found.mentions) == 1
    await pull(bot, found.cursor)
    assert bot.methods()[-1] == "getUpdates" and bot.methods().count("deleteWebhook") == 1


async def test_pushes_that_fail_are_told(bot: BotServer) -> None:
    cursor = (await pull(bot, credentials=PUSHED)).cursor
    stamp = int(NOW.timestamp()) - 60
    bot.webhook |= {"last_error_date": stamp, "last_error_message": "Connection refused", "pending_update_count": 3}
    found = await pull(bot, cursor, credentials=PUSHED)
    assert found.notice == "Telegram can't reach the webhook: Connection refused; 3 updates wait there, for 24 hours"
    bot.webhook |= {"last_error_date": stamp - 7_200}
    assert (await pull(bot, cursor, credentials=PUSHED)).notice is None


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ({"webhook_url": HOOK}, {}),
        ({}, {"webhook_secret": "x"}),
        ({"webhook_url": HOOK}, {"webhook_secret": "two words"}),
    ],
)
async def test_half_a_webhook(bot: BotServer, options: Any, secrets: Any) -> None:
    credentials = replace(CREDENTIALS, options=options, secrets=secrets)
    assert (await refused(bot, credentials)).kind is ErrorKind.REJECTED
    with pytest.raises(PlatformError):
        await verify(bot, credentials)
    assert bot.calls == []


def test_who_signed() -> None:
    receiver, secrets = TelegramPush(), PUSHED.secrets

    def asked(**headers: str) -> Request:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request("POST", "/telegram/kopi", {}, named, b"{}")

    good = asked(x_telegram_bot_api_secret_token="Rahasia-kopi_9")
    assert receiver.is_genuine(good, secrets) and receiver.challenge(good, secrets) is None
    for told in ("", "rahasia-kopi_9", "Rahasia-kopi_", "\udcff", "ä"):
        assert not receiver.is_genuine(asked(x_telegram_bot_api_secret_token=told), secrets)
    for unset in ({}, {"webhook_secret": ""}):
        assert not receiver.is_genuine(asked(), unset)
        assert not receiver.is_genuine(asked(x_telegram_bot_api_secret_token=""), unset)


def test_what_is_pushed() -> None:
    receiver = TelegramPush()
    body = json.dumps({"update_id": 1, "message": message(5, "halo")}).encode()
    (found,) = receiver.read(body, NOW)
    assert isinstance(found, Pushed) and found.account_id == "" and found.mention.account == ""
    assert receiver.read(body, NOW) == (found,)
    assert receiver.read(b'{"update_id": 2, "poll": {}}', NOW) == ()
    for bad in (b"", b"[]", b"null", b"{}", b"[" * 200_000, b'{"update_id": 3, "message": {"text": "x"}}'):
        with pytest.raises(PlatformError):
            receiver.read(bad, NOW)


async def test_a_bug_of_the_line(bot: BotServer) -> None:
    bot.spoil = lambda *_: httpx.ReadError("no")
    assert (await refused(bot)).kind is ErrorKind.NETWORK
