"""An Instagram account in memory, behind both of its APIs in the shapes that Meta documents. All people are made up.

Instagram Login and Facebook Login share nearly everything; the token decides which one it is. It answers over httpx'
mock transport (``transport``) and over a socket (``handle``), and shows the team's public media folder as well.
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
ME, ALIAS, PAGE = "17841400000000001", "9001", "100200300"
TOKEN, RENEWED, PAGE_TOKEN = "IG-token-of-kopi-senja", "IG-renewed-token-of-kopi", "EA-page-token-of-kopi"
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
Json = dict[str, Any]


def at(seconds: float) -> str:
    """A time as Instagram writes it, so many seconds after the fake's beginning."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass
class Fake:
    """``refuse`` answers in place of a path; ``spoil`` may put something else in place of an answer.

    ``looks`` is how often a container is looked at until it is done; ``working`` what it says until then. ``lost`` says
    that publishing works, and its answer never comes.
    """

    posts: list[Json] = field(default_factory=list)  # newest first, each with "_comments", oldest first
    tags: list[Json] = field(default_factory=list)
    conversations: list[Json] = field(default_factory=list)  # newest first, each with "_messages", oldest first
    containers: dict[str, Json] = field(default_factory=dict)
    uploads: list[tuple[str, int]] = field(default_factory=list)
    public: dict[str, tuple[int, Json]] = field(default_factory=dict)
    named: list[Json] = field(default_factory=list)
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    refuse: dict[str, tuple[int, Any]] = field(default_factory=dict)
    spoil: Callable[[str, int, Any], tuple[int, Any]] = lambda _call, status, body: (status, body)
    headers: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    page_token: str = PAGE_TOKEN
    renewals: int = 0
    used: int = 3
    total: int = 100
    now: float = 9 * 3600
    looks: int = 0
    fails: str = ""
    lost: bool = False
    most: int = 100
    made: int = 0
    figures: Json = field(default_factory=dict)

    # What people do

    def add_post(self, caption: str = "Kopi baru", seconds: float = 0, **more: Any) -> Json:
        self.made += 1
        number = f"18{self.made:04}"
        made = {
            "id": number, "caption": caption, "permalink": f"https://www.instagram.com/p/{number}/",
            "timestamp": at(seconds), "media_type": "IMAGE", "_comments": [],
        }  # fmt: skip
        self.posts.insert(0, made | more)
        self.posts.sort(key=lambda one: str(one["timestamp"]), reverse=True)
        return next(one for one in self.posts if one["id"] == number)

    def add_comment(self, post: Json, text: str = "", seconds: float = 60, who: str = "rina", **more: Any) -> Json:
        """A comment; ``above`` makes it an answer to that one."""
        self.made += 1
        above = more.pop("above", None)
        author = {"id": ME if who == "kopisenja" else f"7{len(who)}", "username": who}
        made = {
            "id": f"c{self.made}", "text": text or f"nomor {self.made}", "timestamp": at(seconds), "username": who,
            "from": author, "hidden": False, "_above": above,
        } | more  # fmt: skip
        post["_comments"].append(made)
        return made

    def add_tag(self, caption: str, seconds: float, who: str = "budi") -> Json:
        self.made += 1
        made = {
            "id": f"19{self.made:04}", "caption": caption, "timestamp": at(seconds), "username": who,
            "permalink": f"https://www.instagram.com/p/x{self.made}/", "media_type": "IMAGE",
        }  # fmt: skip
        self.tags.insert(0, made)
        return made

    def add_conversation(self, person: str = "55", name: str = "budi") -> Json:
        made = {
            "id": f"t_{person}",
            "_messages": [],
            "updated_time": at(0),
            "_person": {"id": person, "username": name},
        }
        self.conversations.insert(0, made)
        return made

    def add_message(self, conversation: Json, text: str, seconds: float, *, own: bool = False, **more: Any) -> Json:
        self.made += 1
        us, them = {"id": ME, "username": "kopisenja"}, conversation["_person"]
        made = {
            "id": f"m_{self.made}=", "message": text, "created_time": at(seconds), "from": us if own else them,
            "to": {"data": [them if own else us]},
        } | more  # fmt: skip
        conversation["_messages"].append(made)
        conversation["updated_time"] = max(conversation["updated_time"], at(seconds))
        self.conversations.sort(key=lambda one: str(one["updated_time"]), reverse=True)
        return made

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
        path = path.strip("/").removeprefix("v26.0/")
        if path.startswith("ig-api-upload/"):
            return self._upload(path.partition("/")[2], content, token)
        fields = json.loads(content) if content else {}
        self.calls.append((method, path, query | fields))
        call = f"{method} {path}"
        if call in self.refuse:
            return self.refuse[call]
        status, body = self._answer(method, path, query, fields, token)
        return self.spoil(call, status, body)

    def _answer(self, method: str, path: str, query: Json, fields: Json, token: str) -> tuple[int, Any]:
        if path == "refresh_access_token":
            if query["access_token"] not in self.tokens or query["grant_type"] != "ig_refresh_token":
                return 400, error(190, 463, "Session has expired")
            self.renewals += 1
            self.tokens = {RENEWED}
            return 200, {"access_token": RENEWED, "token_type": "bearer", "expires_in": 5_183_944}
        if path == "debug_token":
            scopes = ["instagram_basic", "instagram_content_publish", "pages_read_engagement"]
            return 200, {"data": {"is_valid": True, "type": "PAGE", "expires_at": 0, "scopes": scopes}}
        if token not in self.tokens:
            return 401, error(190, 463, "Error validating access token: Session has expired")
        parts = path.split("/")
        node, edge = parts[0], parts[1] if len(parts) > 1 else ""
        if method == "GET":
            return self._read(node, edge, query)
        return self._write(method, node, edge, fields)

    # Reading

    def _read(self, node: str, edge: str, query: Json) -> tuple[int, Any]:
        if node == "ig_hashtag_search":
            assert query["user_id"] == ME and not query["q"].startswith("#")
            return 200, {"data": [{"id": f"h-{query['q']}"}]}
        if node.startswith("h-") and edge == "recent_media":
            assert query["user_id"] == ME and "username" not in query["fields"]
            found = [one for one in (*self.tags, *self.posts) if f"#{node[2:]}" in one["caption"]]
            found.sort(key=lambda one: str(one["timestamp"]), reverse=True)
            return 200, self._list([{name: one[name] for name in query["fields"].split(",")} for one in found], query)
        if node == "me" and not edge:
            return 200, {"id": ALIAS, "user_id": ME, "username": "kopisenja", "name": "Kopi Senja"}
        if node == PAGE and not edge:
            linked = {"id": ME, "username": "kopisenja", "name": "Kopi Senja"}
            if "access_token" in query["fields"]:
                return 200, {"id": PAGE, "access_token": self.page_token}
            return 200, {"id": PAGE, "instagram_business_account": linked}
        if node == ME and not edge:
            return 200, {"id": ME, "followers_count": 1234}
        if edge == "content_publishing_limit":
            config = {"quota_total": self.total, "quota_duration": 86_400}
            return 200, {"data": [{"quota_usage": self.used, "config": config}]}
        if edge == "media":
            return 200, self._list([self._post(one) for one in self.posts], query)
        if edge == "tags":
            return 200, self._list(self.tags, query)
        if edge == "conversations":
            wanted = query.get("user_id")
            found = [one for one in self.conversations if wanted in (None, one["_person"]["id"])]
            shown = [{"id": one["id"], "updated_time": one["updated_time"]} for one in found]
            return 200, self._list(shown, query)
        if edge == "insights" and (node == ME or any(one["id"] == node for one in self.posts)):
            return self._insights(query)
        return self._node(node, edge, query)

    def _node(self, node: str, edge: str, query: Json) -> tuple[int, Any]:
        if node in self.containers:
            return 200, self._state(node)
        for conversation in self.conversations:
            if conversation["id"] == node:
                newest = conversation["_messages"][::-1][:20]
                return 200, {"id": node, "messages": {"data": newest}}
        for post in (*self.posts, *self.tags):
            comments = post.get("_comments", [])
            if post["id"] == node and edge == "comments":
                top = [self._comment(post, one) for one in comments[::-1] if one["_above"] is None]
                return 200, self._list(top, query)
            if post["id"] == node:
                return 200, self._post(post) | {"like_count": 9}
            for comment in comments:
                if comment["id"] == node and edge == "replies":
                    return 200, self._list(self._below(post, node), query)
                if comment["id"] == node:
                    return 200, _shown(comment)
        return 400, error(100, 33, "Unsupported get request. Object does not exist")

    def _post(self, post: Json) -> Json:
        return {"comments_count": len(post.get("_comments", []))} | _shown(post)

    def _below(self, post: Json, comment_id: str) -> list[Json]:
        return [_shown(one) for one in post["_comments"] if one["_above"] == comment_id]

    def _comment(self, post: Json, comment: Json) -> Json:
        below = self._below(post, comment["id"])
        return _shown(comment) | ({"replies": self._list(below, {"limit": "50"})} if below else {})

    def _state(self, container: str) -> Json:
        made = self.containers[container]
        if made["left"] > 0:
            made["left"] -= 1
            return {"id": container, "status_code": "IN_PROGRESS"}
        if made["state"] == "IN_PROGRESS":
            made["state"] = "ERROR" if self.fails else "FINISHED"
        told = {"id": container, "status_code": made["state"]}
        return told | ({"status": self.fails} if made["state"] == "ERROR" else {})

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
        if any(name not in self.figures for name in names):
            return 400, error(100, None, "(#100) The Media Insights API does not support these metrics")
        rows = [{"name": name, "period": "lifetime", "values": [{"value": self.figures[name]}]} for name in names]
        return 200, {"data": rows}

    # Writing

    def _write(self, method: str, node: str, edge: str, fields: Json) -> tuple[int, Any]:
        if edge == "media":
            return self._prepare(fields)
        if edge == "media_publish":
            return self._publish(fields["creation_id"])
        if edge == "messages":
            person = fields["recipient"]["id"]
            conversation = next((one for one in self.conversations if one["_person"]["id"] == person), None)
            if conversation is None:
                return 400, error(100, 2534014, "The requested user cannot be found")
            made = self.add_message(conversation, fields["message"]["text"], self.now, own=True)
            return 200, {"recipient_id": person, "message_id": made["id"]}
        if edge == "mentions":
            self.named.append(fields)
            return 200, {"id": f"n{len(self.named)}"}
        for post in self.posts:
            if post["id"] == node and edge == "comments":
                return 200, {"id": self.add_comment(post, fields["message"], self.now, "kopisenja")["id"]}
            for comment in list(post["_comments"]):
                if comment["id"] != node:
                    continue
                if edge == "replies":
                    top = comment["_above"] or node
                    made = self.add_comment(post, fields["message"], self.now, "kopisenja", above=top)
                    return 200, {"id": made["id"]}
                if method == "DELETE":
                    post["_comments"].remove(comment)
                elif fields.get("hide") is True:
                    comment["hidden"] = True
                return 200, {"success": True}
        return 400, error(100, 33, "Unsupported post request. Object does not exist")

    def _prepare(self, fields: Json) -> tuple[int, Any]:
        self.made += 1
        container = f"17{self.made:05}"
        self.containers[container] = {"fields": fields, "state": "IN_PROGRESS", "left": self.looks, "post": None}
        made = {"id": container}
        if fields.get("upload_type") == "resumable":
            made["uri"] = f"https://rupload.facebook.com/ig-api-upload/v26.0/{container}"
        return 200, made

    def _upload(self, path: str, content: bytes, token: str) -> tuple[int, Any]:
        if token not in self.tokens:
            return 401, error(190, 463)
        self.uploads.append((path.rsplit("/", 1)[-1], len(content)))
        return 200, {"success": True, "message": "Upload successful."}

    def _publish(self, container: str) -> tuple[int, Any]:
        made = self.containers.get(container)
        if made is None:
            return 400, error(24, 2207006, "The media with id was not found")
        if made["state"] == "PUBLISHED":
            return 400, error(9007, None, "The media was published already")
        if made["state"] != "FINISHED":
            return 400, error(9007, 2207027, "The media is not ready for publishing, please wait for a moment")
        fields = made["fields"]
        kinds = {"REELS": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM"}
        kind = kinds.get(fields.get("media_type", ""), "IMAGE")
        post = self.add_post(fields.get("caption", ""), self.now, media_type=kind)
        made |= {"state": "PUBLISHED", "post": post["id"]}
        self.used += 1
        return (0, None) if self.lost else (200, {"id": post["id"]})


def _shown(one: Json) -> Json:
    return {name: value for name, value in one.items() if not name.startswith("_")}
