"""A Threads account in memory, behind its API in the shapes that Meta documents. All people are made up.

It answers over httpx' mock transport (``transport``) and over a socket (``handle``), and shows the team's public media
folder as well. Lists name a cursor as long as they hold anything, and never say ``next``.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from .fake_graph import error
from .faulty import Request, answer

BASE = "https://graph.example"
MEDIA = "https://media.example/kopi"
ME, TOKEN, RENEWED = "3001", "TH-token-of-kopi-senja", "TH-renewed-token-of-kopi"
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
Json = dict[str, Any]


def at(seconds: float) -> str:
    """A time as Threads writes it, so many seconds after the fake's beginning."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass
class Fake:
    """``items`` are all posts and answers; ``refuse`` and ``spoil`` put something else in place of answers.

    ``looks`` is how often a container is looked at until it is done. ``lost`` says that publishing works, and its
    answer never comes.
    """

    items: list[Json] = field(default_factory=list)
    containers: dict[str, Json] = field(default_factory=dict)
    public: dict[str, tuple[int, Json]] = field(default_factory=dict)
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    refuse: dict[str, tuple[int, Any]] = field(default_factory=dict)
    spoil: Callable[[str, int, Any], tuple[int, Any]] = lambda _call, status, body: (status, body)
    headers: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    scopes: list[str] = field(default_factory=lambda: ["threads_basic", "threads_content_publish"])
    renewals: int = 0
    used: int = 3
    used_answers: int = 7
    now: float = 9 * 3600
    looks: int = 0
    fails: str = ""
    lost: bool = False
    most: int = 100
    approved: bool = True
    made: int = 0
    figures: Json = field(default_factory=dict)

    # What people do

    def add(self, text: str = "", seconds: float = 0, who: str = "kopisenja", **more: Any) -> Json:
        """A post; ``below`` makes it an answer to that one, ``names`` says that it names the account."""
        self.made += 1
        below: Json | None = more.pop("below", None)
        made = {
            "id": f"1800{self.made:04}", "text": text or f"nomor {self.made}", "username": who, "timestamp": at(seconds),
            "permalink": f"https://www.threads.net/@{who}/post/P{self.made}", "media_type": "TEXT_POST",
            "is_reply": below is not None, "_below": None if below is None else below["id"], "_names": False,
        }  # fmt: skip
        if below is not None:
            root = below.get("root_post", {}).get("id", below["id"])
            made |= {
                "replied_to": {"id": below["id"]}, "root_post": {"id": root}, "hide_status": "NOT_HUSHED",
                "is_reply_owned_by_me": who == "kopisenja",
            }  # fmt: skip
        self.items.append(made | more)
        return self.items[-1]

    def of(self, remote_id: str) -> Json | None:
        return next((one for one in self.items if one["id"] == remote_id), None)

    def show(self, digest: str, ending: str, kind: str, size: int) -> None:
        """Put a file into the public media folder."""
        self.public[f"{digest}{ending}"] = (200, {"content-type": kind, "content-length": str(size)})

    def asked(self, method: str = "") -> list[str]:
        """The paths of all calls, or of those of a method."""
        return [path for verb, path, _fields in self.calls if method in ("", verb)]

    # How it is asked

    def transport(self) -> httpx.MockTransport:
        def respond(request: httpx.Request) -> httpx.Response:
            if str(request.url).startswith(MEDIA):
                status, headers = self.public.get(request.url.path.rsplit("/", 1)[1], (404, {}))
                return httpx.Response(status, headers=headers)
            token = request.headers.get("authorization", "").partition(" ")[2]
            query = dict(request.url.params.items())
            status, body = self.ask(request.method, request.url.path, query, request.read(), token)
            if status == 0:
                raise httpx.ReadTimeout("silence")
            return httpx.Response(status, json=body, headers=self.headers)

        return httpx.MockTransport(respond)

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer over a socket; files of the media folder are below /public/."""
        split = urlsplit(request.target)
        if split.path.startswith("/public/"):
            status, headers = self.public.get(split.path.rsplit("/", 1)[1], (404, {}))
            # Who only looks at the headers does not wait for the rest.
            told = {"Content-Type": headers.get("content-type", "text/html")}
            await answer(writer, status, b"", headers=told | {"Content-Length": headers.get("content-length", "0")})
            return
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        token = request.headers.get("authorization", "").partition(" ")[2]
        status, body = self.ask(request.method, unquote(split.path), query, request.body, token)
        await answer(writer, status, json.dumps(body).encode(), headers=self.headers)

    def ask(self, method: str, path: str, query: Json, content: bytes, token: str) -> tuple[int, Any]:
        path = path.strip("/").removeprefix("v1.0/")
        fields = json.loads(content) if content else {}
        self.calls.append((method, path, query | fields))
        call = f"{method} {path}"
        if call in self.refuse:
            return self.refuse[call]
        status, body = self._answer(method, path, query, fields, token)
        return self.spoil(call, status, body)

    def _answer(self, method: str, path: str, query: Json, fields: Json, token: str) -> tuple[int, Any]:
        if path == "refresh_access_token":
            if query["access_token"] not in self.tokens or query["grant_type"] != "th_refresh_token":
                return 400, error(190, 463, "Session has expired")
            self.renewals += 1
            self.tokens = {RENEWED}
            return 200, {"access_token": RENEWED, "token_type": "bearer", "expires_in": 5_184_000}
        if token not in self.tokens:
            return 401, error(190, 463, "Error validating access token: Session has expired")
        if path == "debug_token":
            return 200, {"data": {"is_valid": True, "type": "USER", "scopes": self.scopes, "expires_at": 1_800_000_000}}
        node, _slash, edge = path.partition("/")
        if method == "GET":
            return self._read(node, edge, query)
        return self._write(node, edge, fields)

    # Reading

    def _read(self, node: str, edge: str, query: Json) -> tuple[int, Any]:
        newest = sorted(self.items, key=lambda one: (str(one["timestamp"]), str(one["id"])), reverse=True)
        if node == "me" and not edge:
            return 200, {"id": ME, "username": "kopisenja", "name": "Kopi Senja"}
        if node == "keyword_search":
            assert query["search_type"] == "RECENT" and query["search_mode"] in ("KEYWORD", "TAG")
            found = [
                one for one in newest
                if query["q"] in str(one.get("text")) and (self.approved or one["username"] == "kopisenja")
                and datetime.fromisoformat(str(one["timestamp"])).timestamp() >= float(query["since"])
            ]  # fmt: skip
            return 200, self._list(found, query)
        if edge == "threads_publishing_limit":
            told = {
                "quota_usage": self.used, "config": {"quota_total": 250, "quota_duration": 86_400},
                "reply_quota_usage": self.used_answers, "reply_config": {"quota_total": 1_000, "quota_duration": 86_400},
            }  # fmt: skip
            return 200, {"data": [{name: told[name] for name in query["fields"].split(",")}]}
        if edge == "threads":
            own = [one for one in newest if one["username"] == "kopisenja" and one["_below"] is None]
            return 200, self._list([{"has_replies": self._has_replies(one["id"])} | one for one in own], query)
        if edge == "replies" and node == "me":
            own = [one for one in newest if one["username"] == "kopisenja" and one["_below"] is not None]
            return 200, self._list(own, query)
        if edge == "mentions":
            return 200, self._list([one for one in newest if one["_names"]], query)
        if edge == "conversation":
            if self.of(node) is None:
                return 400, error(100, 33, "Object does not exist")
            below = [one for one in newest if one.get("root_post", {}).get("id") == node]
            return 200, self._list(below if query.get("reverse") == "true" else below[::-1], query)
        if edge in ("insights", "threads_insights"):
            return self._insights(query, account=edge != "insights")
        if node in self.containers:
            return 200, self._state(node)
        found = self.of(node)
        return (400, error(100, 33, "Object does not exist")) if found is None else (200, _shown(found))

    def _has_replies(self, remote_id: str) -> bool:
        return any(one.get("root_post", {}).get("id") == remote_id for one in self.items)

    def _state(self, container: str) -> Json:
        made = self.containers[container]
        if made["left"] > 0:
            made["left"] -= 1
            return {"id": container, "status": "IN_PROGRESS"}
        if made["state"] == "IN_PROGRESS":
            made["state"] = "ERROR" if self.fails else "FINISHED"
        told = {"id": container, "status": made["state"]}
        return told | ({"error_message": self.fails} if made["state"] == "ERROR" else {})

    def _list(self, items: list[Json], query: Json) -> Json:
        begin = 0
        if after := query.get("after"):
            last = base64.urlsafe_b64decode(after).decode()
            begin = next((place + 1 for place, one in enumerate(items) if one["id"] == last), len(items))
        page = items[begin : begin + min(int(query.get("limit", 25)), self.most)]
        if not page:
            return {"data": []}
        cursor = base64.urlsafe_b64encode(page[-1]["id"].encode()).decode()
        return {"data": [_shown(one) for one in page], "paging": {"cursors": {"before": "x", "after": cursor}}}

    def _insights(self, query: Json, *, account: bool) -> tuple[int, Any]:
        rows: list[Json] = []
        for name in query["metric"].split(","):
            if name in self.figures:
                value = self.figures[name]
                told = {"total_value": {"value": value}} if account else {"values": [{"value": value}]}
                rows.append({"name": name, "period": "day" if account else "lifetime"} | told)
        return 200, {"data": rows}

    # Writing

    def _write(self, node: str, edge: str, fields: Json) -> tuple[int, Any]:
        if edge == "threads":
            parent = fields.get("reply_to_id")
            if parent is not None and self.of(parent) is None:
                return 400, error(100, 33, "The post that is answered does not exist")
            self.made += 1
            container = f"1700{self.made:04}"
            self.containers[container] = {"fields": fields, "state": "IN_PROGRESS", "left": self.looks}
            return 200, {"id": container}
        if edge == "threads_publish":
            return self._publish(fields["creation_id"])
        found = self.of(node)
        if edge == "manage_reply" and found is not None:
            found["hide_status"] = "HIDDEN" if fields["hide"] else "NOT_HUSHED"
            return 200, {"success": True}
        return 400, error(100, 33, "Object does not exist")

    def _publish(self, container: str) -> tuple[int, Any]:
        made = self.containers.get(container)
        if made is None or made["state"] != "FINISHED":
            return 400, error(24, 4279009, "The requested resource does not exist")
        fields = made["fields"]
        kinds = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}
        kind = kinds.get(fields["media_type"], fields["media_type"])
        parent = fields.get("reply_to_id")
        below = {} if parent is None else {"below": self.of(parent)}
        post = self.add(fields.get("text", " "), self.now, media_type=kind, **below)
        if "text" not in fields:
            del post["text"]
        made["state"] = "PUBLISHED"
        return (0, None) if self.lost else (200, {"id": post["id"]})


def _shown(one: Json) -> Json:
    return {name: value for name, value in one.items() if not name.startswith("_")}
