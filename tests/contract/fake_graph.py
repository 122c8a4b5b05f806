"""A Facebook page and its inbox in memory, behind the Graph API in the shapes that Meta documents. All people are made up.

It answers over httpx' mock transport (``transport``) and over a socket (``handle``). Lists page by opaque cursors and say
``next`` as long as there is more; what strangers wrote can be told without its author.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from .faulty import Request, answer

BASE = "https://graph.example"
PAGE = "100200300"
TOKEN = "page-token-of-kopi-senja"
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
Json = dict[str, Any]


def at(seconds: float) -> str:
    """A time as the Graph API writes it, so many seconds after the fake's beginning."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def error(code: int, subcode: int | None = None, message: str = "no", **more: Any) -> Json:
    """An error object in its envelope."""
    made = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbC-1_x"} | more
    return {"error": made if subcode is None else made | {"error_subcode": subcode}}


@dataclass
class Fake:
    """``tokens`` are those that are taken, with the node each belongs to; ``refuse`` answers in place of a path."""

    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: PAGE})
    posts: list[Json] = field(default_factory=list)  # newest first, each with "_comments", oldest first
    tagged: list[Json] = field(default_factory=list)
    conversations: list[Json] = field(default_factory=list)  # newest first, each with "_messages", oldest first
    uploads: list[str] = field(default_factory=list)
    liked: set[str] = field(default_factory=set)
    sent: list[Json] = field(default_factory=list)
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    refuse: dict[str, tuple[int, Any]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    now: float = 9 * 3600
    scopes: list[str] | None = None
    expires_at: int = 0
    anonymous: bool = False
    insights: dict[str, Any] = field(default_factory=dict)
    most: int = 100
    made: int = 0
    on_call: Callable[[int], None] = lambda _count: None

    # What people do

    def add_post(self, message: str = "Kopi baru", seconds: float = 0, **more: Any) -> Json:
        self.made += 1
        post = {
            "id": f"{PAGE}_{9000 + self.made}", "message": message, "created_time": at(seconds), "_comments": [],
            "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{9000 + self.made}", "from": {"id": PAGE},
        }  # fmt: skip
        self.posts.insert(0, post | more)
        return self.posts[0]

    def add_comment(self, post: Json, message: str = "", seconds: float = 60, who: str = "77", **more: Any) -> Json:
        self.made += 1
        comment = {
            "id": f"{post['id'].split('_')[1]}_{self.made}", "message": message or f"nomor {self.made}",
            "created_time": at(seconds), "from": {"id": who, "name": "Rina" if who == "77" else f"Orang {who}"},
            "permalink_url": f"https://www.facebook.com/x/{self.made}", "is_hidden": False, "can_comment": True,
        }  # fmt: skip
        post["_comments"].append(comment | more)
        post["_comments"].sort(key=lambda one: str(one["created_time"]))
        return comment | more

    def add_conversation(self, person: str = "55", name: str = "Budi") -> Json:
        made = {
            "id": f"t_{person}", "_messages": [], "updated_time": at(0),
            "participants": {"data": [{"id": person, "name": name}, {"id": PAGE, "name": "Kopi Senja"}]},
        }  # fmt: skip
        self.conversations.insert(0, made)
        return made

    def add_message(self, conversation: Json, text: str, seconds: float, *, own: bool = False, **more: Any) -> Json:
        self.made += 1
        person = conversation["participants"]["data"][0]
        sender = {"id": PAGE, "name": "Kopi Senja"} if own else person
        other = person if own else {"id": PAGE}
        message = {
            "id": f"m_{self.made}+/=", "message": text, "created_time": at(seconds), "from": sender,
            "to": {"data": [other]},
        }  # fmt: skip
        conversation["_messages"].append(message | more)
        conversation["updated_time"] = max(conversation["updated_time"], at(seconds))
        self.conversations.sort(key=lambda one: str(one["updated_time"]), reverse=True)
        return message | more

    # How it is asked

    def transport(self) -> httpx.MockTransport:
        def respond(request: httpx.Request) -> httpx.Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            query = dict(request.url.params.items())
            status, body = self.ask(request.method, request.url.path, query, request.read(), token)
            return httpx.Response(status, json=body, headers=self.headers)

        return httpx.MockTransport(respond)

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer over a socket."""
        split = urlsplit(request.target)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        status, body = self.ask(request.method, unquote(split.path), query, request.body, token)
        await answer(writer, status, json.dumps(body).encode(), headers=self.headers)

    def ask(self, method: str, path: str, query: Json, content: bytes, token: str) -> tuple[int, Any]:
        path = path.strip("/").removeprefix("v26.0/")
        fields = _fields(content)
        self.calls.append((method, path, query | fields))
        self.on_call(len(self.calls))
        if f"{method} {path}" in self.refuse:
            return self.refuse[f"{method} {path}"]
        if path == "debug_token":
            return self._debug(query)
        if token not in self.tokens:
            return 401, error(190, 463, "Error validating access token: Session has expired")
        parts = path.split("/")
        if parts[0] == "me":
            parts[0] = self.tokens[token]
        node, edge = parts[0], parts[1] if len(parts) > 1 else ""
        if method == "GET":
            return self._read(node, edge, query)
        return self._write(method, node, edge, fields)

    def _debug(self, query: Json) -> tuple[int, Any]:
        token = query["input_token"]
        kind = "PAGE" if self.tokens.get(token) == PAGE else "SYSTEM_USER"
        told = {"is_valid": token in self.tokens, "type": kind, "expires_at": self.expires_at, "profile_id": PAGE}
        return 200, {"data": told if self.scopes is None else told | {"scopes": self.scopes}}

    def _read(self, node: str, edge: str, query: Json) -> tuple[int, Any]:
        if edge == "published_posts":
            return 200, self._list([self._post(one, query) for one in self.posts], query)
        if edge == "tagged":
            return 200, self._list(self.tagged, query)
        if edge == "conversations":
            wanted = query.get("user_id")
            found = [one for one in self.conversations if wanted is None or one["id"] == f"t_{wanted}"]
            return 200, self._list([self._conversation(one, query) for one in found], query)
        if edge == "messages":
            found = next(one for one in self.conversations if one["id"] == node)
            return 200, self._list(found["_messages"][::-1], query)
        if edge == "insights":
            return self._insights(query)
        thing = self.find(node)
        if thing is None:
            return 400, error(100, 33, "Unsupported get request. Object does not exist")
        if edge == "comments":
            return 200, self._list([self._comment(one) for one in self._below(node)], query)
        return 200, {name: value for name, value in self._comment(thing).items() if not name.startswith("_")}

    def find(self, node: str) -> Json | None:
        """Whatever has this id."""
        if node == PAGE:
            return {
                "id": PAGE, "name": "Kopi Senja", "username": "kopisenja", "link": "https://www.facebook.com/kopisenja",
                "followers_count": 1234, "access_token": TOKEN,
            }  # fmt: skip
        for post in (*self.posts, *self.tagged):
            if post["id"] == node:
                return post
            for comment in post.get("_comments", ()):
                if comment["id"] == node:
                    return comment | {"user_likes": node in self.liked}
        for conversation in self.conversations:
            for message in conversation["_messages"]:
                if message["id"] == node:
                    return message
        return None

    def _below(self, node: str) -> list[Json]:
        """The comments below a post or a comment, newest first."""
        for post in self.posts:
            if post["id"] == node:
                return post["_comments"][::-1]
            found = [one for one in post["_comments"] if one.get("parent", {}).get("id") == node]
            if found:
                return found[::-1]
        return []

    def _post(self, post: Json, query: Json) -> Json:
        made = {name: value for name, value in post.items() if not name.startswith("_")}
        limit = re.search(r"comments\.limit\((\d+)\)", query.get("fields", ""))
        if limit and post["_comments"]:
            comments = [self._comment(one) for one in post["_comments"][::-1]]
            made["comments"] = self._list(comments, {"limit": limit[1]})
        return made

    def _comment(self, comment: Json) -> Json:
        if self.anonymous and comment.get("from", {}).get("id") != PAGE:
            return {name: value for name, value in comment.items() if name != "from"}
        return comment

    def _conversation(self, one: Json, query: Json) -> Json:
        limit = re.search(r"messages\.limit\((\d+)\)", query.get("fields", ""))
        made = {name: value for name, value in one.items() if not name.startswith("_")}
        return made | {"messages": self._list(one["_messages"][::-1], {"limit": limit[1] if limit else "25"})}

    def _list(self, items: list[Json], query: Json) -> Json:
        """A page of a list; a cursor stands for the last item that was seen, not for a place."""
        begin = 0
        if after := query.get("after"):
            last = base64.urlsafe_b64decode(after).decode()
            begin = next((place + 1 for place, one in enumerate(items) if one["id"] == last), len(items))
        limit = min(int(query.get("limit", 25)), self.most)
        page = items[begin : begin + limit]
        if not page:
            return {"data": []}
        cursor = base64.urlsafe_b64encode(page[-1]["id"].encode()).decode()
        paging: Json = {"cursors": {"before": "x", "after": cursor}}
        if begin + limit < len(items):
            paging["next"] = f"{BASE}/next?access_token=never-to-be-called&after={cursor}"
        return {"data": page, "paging": paging}

    def _insights(self, query: Json) -> tuple[int, Any]:
        names = query["metric"].split(",")
        if any(name not in self.insights for name in names):
            return 400, error(100, None, "(#100) The value must be a valid insights metric")
        values = [{"value": 1, "end_time": at(0)}, {"value": 0, "end_time": at(3600)}]
        return 200, {
            "data": [
                {"name": name, "period": "day", "values": [values[0], {**values[1], "value": self.insights[name]}]}
                for name in names
            ]
        }

    def _write(self, method: str, node: str, edge: str, fields: Json) -> tuple[int, Any]:
        if edge == "photos" or edge == "videos":
            self.uploads.append(edge)
            made = f"up{len(self.uploads)}"
            if edge == "videos":
                shown = {"data": [{"media_type": "video"}]}
                self.add_post(fields.get("description", ""), self.now, attachments=shown, id=f"{PAGE}_{made}")
            return 200, {"id": made}
        if edge == "feed":
            media = [{"media_type": "photo"} for _one in fields.get("attached_media", ())]
            shown = {"attachments": {"data": media}} if media else {}
            made = self.add_post(fields.get("message", ""), self.now, **shown)
            return 200, {"id": made["id"], "permalink_url": made["permalink_url"]}
        if edge == "messages":
            self.sent.append(fields)
            conversation = next(one for one in self.conversations if one["id"] == f"t_{fields['recipient']['id']}")
            made = self.add_message(conversation, fields["message"]["text"], self.now, own=True)
            return 200, {"recipient_id": fields["recipient"]["id"], "message_id": made["id"]}
        thing = self.find(node)
        if thing is None:
            return 400, error(100, 33, "Object does not exist")
        if edge == "comments":
            return self._answer(node, fields)
        if edge == "likes":
            self.liked.add(node)
            return 200, {"success": True}
        for post in self.posts:
            for comment in list(post["_comments"]):
                if comment["id"] == node and method == "DELETE":
                    post["_comments"].remove(comment)
                elif comment["id"] == node:
                    comment |= fields
        return 200, {"success": True}

    def _answer(self, node: str, fields: Json) -> tuple[int, Any]:
        for post in self.posts:
            ids = {one["id"] for one in post["_comments"]}
            if node == post["id"] or node in ids:
                parent = {"parent": {"id": node, "from": {"id": "77"}}} if node in ids else {}
                made = self.add_comment(post, fields["message"], self.now, PAGE, **parent)
                return 200, {"id": made["id"], "permalink_url": made["permalink_url"]}
        self.made += 1
        return 200, {"id": f"c{self.made}"}


def _fields(content: bytes) -> Json:
    """What a body says: JSON, or the short texts of a form."""
    if content.startswith(b"{"):
        found: Json = json.loads(content)
        return found
    pairs = re.findall(rb'name="(\w+)"\r\n\r\n([^\r]*)\r\n', content)
    return {name.decode(): value.decode("utf-8", "replace") for name, value in pairs}
