"""Bluesky's direct messages: a first sync, then the change log; each message once, ours as answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms.base import Credentials, MemoryVault, Pull
from smdash.platforms.bluesky import Bluesky
from smdash.platforms.client import Client

from .test_bluesky import ME, NOW, PASSWORD, RINA, stamp


@dataclass
class Chat:
    """Conversations in memory; every message is an entry of the change log."""

    log: list[dict[str, Any]] = field(default_factory=list)
    proxies: set[str] = field(default_factory=set)

    def say(self, convo: str, who: str, text: str, days_ago: float = 0.1) -> None:
        number = len(self.log) + 1
        sent_at = NOW - timedelta(days=days_ago) + timedelta(seconds=number)
        message = {"$type": "chat.bsky.convo.defs#messageView", "id": f"m{number}", "text": text}
        message |= {"sender": {"did": who}, "sentAt": stamp(sent_at)}
        kind = "chat.bsky.convo.defs#logCreateMessage"
        self.log.append({"$type": kind, "rev": f"{number:05}", "convoId": convo, "message": message})

    def of(self, convo: str) -> list[dict[str, Any]]:
        return [entry["message"] for entry in self.log if entry["convoId"] == convo][::-1]

    def handle(self, request: httpx.Request) -> httpx.Response:
        method, params = request.url.path.split(".")[-1], request.url.params
        if method == "createSession":
            made = {"did": ME, "handle": "kopi.example", "accessJwt": "access-one", "refreshJwt": "refresh-one"}
            return httpx.Response(200, json=made)
        self.proxies.add(request.headers.get("atproto-proxy", ""))
        members = [
            {"did": ME, "handle": "kopi.example"},
            {"did": RINA, "handle": "rina.example", "displayName": "Rina"},
        ]
        if method == "getLog":
            # As many servers do: without a cursor only where the log ends, with one what came after it.
            after = params.get("cursor")
            news = [entry for entry in self.log if after is not None and entry["rev"] > after][:3]
            end = news[-1]["rev"] if news else (after or f"{len(self.log):05}")
            return httpx.Response(200, json={"logs": news, "cursor": end})
        if method == "listConvos":
            ids = dict.fromkeys(entry["convoId"] for entry in reversed(self.log))
            convos = [{"id": one, "members": members, "lastMessage": self.of(one)[0]} for one in ids]
            return httpx.Response(200, json={"convos": convos})
        if method == "getConvo":
            return httpx.Response(200, json={"convo": {"id": params["convoId"], "members": members}})
        start = int(params.get("cursor", 0))
        rest = self.of(params["convoId"])[start:]
        return httpx.Response(200, json={"messages": rest[:2]} | ({"cursor": str(start + 2)} if len(rest) > 2 else {}))


async def drain(chat: Chat, cursor: str | None) -> tuple[list[IncomingMention], str | None]:
    found: list[IncomingMention] = []
    one = Credentials("bluesky", "kopi", "https://pds.example", PASSWORD, "kopi.example", MemoryVault())
    async with Client(transport=httpx.MockTransport(chat.handle)) as client:
        for _count in range(60):
            pulled = await Bluesky().pull(Pull("messages", one, cursor, NOW), client)
            found += pulled.mentions
            cursor = pulled.cursor
            if not pulled.more:
                return found, cursor
    raise AssertionError("it asks for more without end")


async def test_messages_come_in_and_ours_answer_them() -> None:
    chat = Chat()
    chat.say("c-old", RINA, "tahun lalu", days_ago=300)
    for text in ("satu", "dua", "tiga"):
        chat.say("c-1", RINA, text)
    first, cursor = await drain(chat, None)
    assert sorted(one.body for one in first) == ["dua", "satu", "tiga"]
    assert {(one.kind, one.author_handle, one.author_name, one.thread_key) for one in first} == {
        (MentionKind.DM, "rina.example", "Rina", "dm:c-1")
    }
    assert chat.proxies == {"did:web:api.bsky.chat#bsky_chat"}
    again, cursor = await drain(chat, cursor)
    assert again == []

    chat.say("c-1", ME, "jawaban")
    for number in range(5):
        chat.say(f"c-{number + 2}", RINA, f"baru {number}")
    more, cursor = await drain(chat, cursor)
    assert {one.body for one in more} >= {"jawaban", *(f"baru {number}" for number in range(5))}
    (ours,) = {one for one in more if one.own}
    assert (ours.body, ours.parent_id) == ("jawaban", "m4")
    assert (await drain(chat, cursor))[0] == []


async def test_a_password_without_the_right_is_a_remark_and_asked_seldom() -> None:
    chat = Chat()

    def refuse(request: httpx.Request) -> httpx.Response:
        if ".convo." in request.url.path:
            return httpx.Response(400, json={"error": "InvalidToken", "message": "Bad token method"})
        return chat.handle(request)

    credentials = Credentials("bluesky", "kopi", "https://pds.example", PASSWORD, "kopi.example", MemoryVault())
    async with Client(transport=httpx.MockTransport(refuse)) as client:
        for cursor in (None, '{"log": "00001", "started": true}'):
            found = await Bluesky().pull(Pull("messages", credentials, cursor, NOW), client)
            assert found.cursor == cursor and not found.more and not found.mentions
            assert found.interval == timedelta(hours=6)
            assert found.notice is not None and found.notice.startswith("the app password of kopi has no right")
