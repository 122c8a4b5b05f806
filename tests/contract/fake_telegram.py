"""A Bot API server in memory, behind httpx' mock transport: a queue of updates, a webhook, and chats that keep what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

import httpx

BASE = "https://api.telegram.example"
ME = 7000001
TOKEN = f"{ME}:token-of-kopi_bot"
CHANNEL = {"id": -1001111, "type": "channel", "title": "Kopi Senja", "username": "kopisenja"}
GROUP = {"id": -1002222, "type": "supergroup", "title": "Obrolan Kopi"}
RINA = {"id": 501, "is_bot": False, "first_name": "Rina", "last_name": "Sari", "username": "rinasari"}
BOT = {"id": ME, "is_bot": True, "first_name": "Kopi", "username": "kopi_bot"}
START = 1_795_000_000
Fields = dict[str, Any]
Spoil = Callable[[str, Fields, httpx.Response], "httpx.Response | Exception"]


def message(number: int, text: str | None = "halo", **changes: Any) -> dict[str, Any]:
    """What Rina wrote to the bot, unless *changes* say otherwise."""
    chat = {"id": RINA["id"], "type": "private", "first_name": "Rina", "username": "rinasari"}
    made = {"message_id": number, "date": START + number, "chat": chat, "from": RINA}
    return made | ({} if text is None else {"text": text}) | changes


def no(code: int, description: str, **parameters: Any) -> httpx.Response:
    said = {"ok": False, "error_code": code, "description": description}
    return httpx.Response(code, json=said | ({"parameters": parameters} if parameters else {}))


def yes(result: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


@dataclass
class BotServer:
    """``queue`` are the updates that nobody confirmed yet; ``sent`` the messages in the chats, by chat and number."""

    queue: list[dict[str, Any]] = field(default_factory=list)
    sent: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": "", "pending_update_count": 0})
    member: dict[str, Any] = field(default_factory=lambda: {"status": "administrator", "can_post_messages": True})
    calls: list[tuple[str, Fields]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    spoil: Spoil = lambda _method, _fields, made: made
    following: int = 900
    numbers: int = 40

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def push(self, kind: str = "message", **held: Any) -> dict[str, Any]:
        """Put an update into the queue."""
        self.following += 1
        update = {"update_id": self.following, kind: held}
        self.queue.append(update)
        return update

    def add(self, count: int) -> None:
        for number in range(1, count + 1):
            self.push(**message(number, f"nomor {number}"))

    def methods(self) -> list[str]:
        return [method for method, _fields in self.calls]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        bot, method = request.url.path.removeprefix("/").split("/")
        fields = _fields(request)
        self.calls.append((method, fields))
        if bot != f"bot{TOKEN}":
            made = no(401, "Unauthorized")
        else:
            made = getattr(self, f"_{method}", lambda _fields: no(404, "Not Found"))(fields)
        found = self.spoil(method, fields, made)
        if isinstance(found, Exception):
            raise found
        return found

    def _getMe(self, _fields: Fields) -> httpx.Response:
        return yes(BOT | {"can_read_all_group_messages": False})

    def _getUpdates(self, fields: Fields) -> httpx.Response:
        if self.webhook["url"]:
            words = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            return no(409, words)
        offset = fields.get("offset")
        if offset is not None and offset <= self.following + 1:
            self.queue = [one for one in self.queue if one["update_id"] >= offset]
        kinds = fields.get("allowed_updates", [])
        return yes([one for one in self.queue if set(one) & set(kinds)][: fields.get("limit", 100)])

    def _getWebhookInfo(self, _fields: Fields) -> httpx.Response:
        return yes(self.webhook)

    def _setWebhook(self, fields: Fields) -> httpx.Response:
        self.webhook = self.webhook | {"url": fields["url"]}
        return yes(True)

    def _deleteWebhook(self, _fields: Fields) -> httpx.Response:
        self.webhook = {"url": "", "pending_update_count": 0}
        return yes(True)

    def _getChat(self, fields: Fields) -> httpx.Response:
        return yes(self._chat(fields["chat_id"]))

    def _getChatMember(self, _fields: Fields) -> httpx.Response:
        return yes(self.member | {"user": BOT})

    def _getChatMemberCount(self, _fields: Fields) -> httpx.Response:
        return yes(1234)

    def _chat(self, chat_id: object) -> dict[str, Any]:
        for chat in (CHANNEL, GROUP):
            if str(chat_id) in (str(chat["id"]), f"@{chat.get('username')}"):
                return chat
        return {"id": int(str(chat_id)), "type": "private", "first_name": "Rina"}

    def _sendMessage(self, fields: Fields) -> httpx.Response:
        if len(fields["text"].encode("utf-16-le")) > 2 * 4096:
            return no(400, "Bad Request: message is too long")
        return self._keep(fields, {"text": fields["text"]})

    def _keep(self, fields: Fields, said: dict[str, Any]) -> httpx.Response:
        chat = self._chat(fields["chat_id"])
        above = fields.get("reply_parameters", {})
        above = json.loads(above) if isinstance(above, str) else above
        if above.get("message_id") == 404 and not above.get("allow_sending_without_reply"):
            return no(400, "Bad Request: message to be replied not found")
        self.numbers += 1
        made = {"message_id": self.numbers, "date": START, "chat": chat, "from": BOT, **said}
        self.sent[chat["id"], self.numbers] = made
        return yes(made)

    def _file(self, fields: Fields) -> httpx.Response:
        return self._keep(fields, {"caption": fields.get("caption", "")})

    _sendPhoto = _sendVideo = _sendAnimation = _sendAudio = _sendDocument = _file

    def _sendMediaGroup(self, fields: Fields) -> httpx.Response:
        album = json.loads(fields["media"])
        assert 2 <= len(album) <= 10
        for one in album:
            assert one["media"].removeprefix("attach://") in fields
        made = [self._keep(fields, {"caption": one.get("caption", "")}).json()["result"] for one in album]
        return yes(made)

    def _setMessageReaction(self, _fields: Fields) -> httpx.Response:
        return yes(True)

    def _deleteMessage(self, fields: Fields) -> httpx.Response:
        if fields["message_id"] == 404:
            return no(400, "Bad Request: message to delete not found")
        return yes(True)

    def _deleteBusinessMessages(self, _fields: Fields) -> httpx.Response:
        return yes(True)

    def _editMessageReplyMarkup(self, fields: Fields) -> httpx.Response:
        if (fields["chat_id"], fields["message_id"]) not in self.sent:
            return no(400, "Bad Request: message to edit not found")
        words = (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
        )
        return no(400, words)


def _fields(request: httpx.Request) -> Fields:
    """The fields of a call; of a form, files are their bytes."""
    kind = request.headers["content-type"]
    if kind == "application/json":
        found = json.loads(request.content)
        assert isinstance(found, dict)
        return found
    form = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.content)
    fields: Fields = {}
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        body = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(body, bytes):
            fields[name] = body if part.get_filename() else body.decode()
    return fields
