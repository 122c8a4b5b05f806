"""WhatsApp's part of the Graph API in memory, behind httpx' mock transport, and the webhook bodies that it would push."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

BASE = "https://graph.example"
TOKEN = "token-of-the-system-user"
PHONE, BUSINESS, APP = "1122334455", "9988776655", "424242"
RINA, RINA_ID = "6281200000001", "ID.100200300"
START = 1_795_000_000
Spoil = Callable[[httpx.Request, httpx.Response], "httpx.Response | Exception"]


def no(code: int, message: str = "no", *, status: int = 400, details: str = "", **more: Any) -> httpx.Response:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Atrace"}
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    return httpx.Response(status, json={"error": error | more})


def message(number: int, kind: str = "text", held: Any = None, **more: Any) -> dict[str, Any]:
    """What Rina wrote; a text unless another *kind* is *held*."""
    held = {"body": f"nomor {number}"} if held is None else held
    return {
        "from": RINA, "from_user_id": RINA_ID, "id": f"wamid.{number}", "timestamp": str(START + number), "type": kind,
        kind: held, **more,
    }  # fmt: skip


def body(*messages: Any, name: str = "messages", inner: str = "messages", **more: Any) -> bytes:
    """A push with these messages, to our number."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "622100001", "phone_number_id": PHONE},
        "contacts": [{"profile": {"name": "Rina Sari"}, "wa_id": RINA, "user_id": RINA_ID}],
        inner: list(messages),
    } | more
    entry = {"id": BUSINESS, "changes": [{"field": name, "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@dataclass
class Graph:
    """``sent`` is what was posted to the number's messages, ``files`` how many were uploaded."""

    number: dict[str, Any] = field(
        default_factory=lambda: {
            "id": PHONE, "display_phone_number": "+62 21 0000 1", "verified_name": "Kopi Senja",
            "quality_rating": "GREEN", "status": "CONNECTED",
        }
    )  # fmt: skip
    token: dict[str, Any] = field(
        default_factory=lambda: {
            "is_valid": True, "type": "SYSTEM_USER", "expires_at": 0,
            "scopes": ["whatsapp_business_messaging", "whatsapp_business_management"],
        }
    )  # fmt: skip
    apps: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    files: int = 0
    requests: list[httpx.Request] = field(default_factory=list)
    spoil: Spoil = lambda _request, made: made

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self.spoil(request, self._answer(request))
        if isinstance(found, Exception):
            raise found
        return found

    def _answer(self, request: httpx.Request) -> httpx.Response:
        version, _slash, path = request.url.path.removeprefix("/").partition("/")
        assert re.fullmatch(r"v\d+\.\d", version)
        bearer = request.headers.get("authorization", "")
        if path == "debug_token":
            return httpx.Response(200, json={"data": self.token})
        if bearer != f"Bearer {TOKEN}":
            return no(190, "Error validating access token", status=401, error_subcode=463)
        if path == PHONE:
            return httpx.Response(200, json=self.number)
        if path == f"{PHONE}/messages":
            self.sent.append(json.loads(request.content))
            wamid = f"wamid.ours{len(self.sent)}"
            to = self.sent[-1].get("to") or self.sent[-1].get("recipient")
            contacts = [{"input": to, "wa_id": to}]
            return httpx.Response(
                200, json={"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": wamid}]}
            )
        if path == f"{PHONE}/media":
            assert b'name="file"' in request.content and b'name="messaging_product"' in request.content
            self.files += 1
            return httpx.Response(200, json={"id": f"media{self.files}"})
        if path == f"{BUSINESS}/subscribed_apps":
            if request.method == "POST":
                self.apps.append(APP)
                return httpx.Response(200, json={"success": True})
            data = [{"whatsapp_business_api_data": {"id": one, "name": "smdash"}} for one in self.apps]
            return httpx.Response(200, json={"data": data})
        return no(100, "Unsupported get request", error_subcode=33)
