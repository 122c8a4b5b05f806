"""A made-up Reddit in memory: one account, comments and messages for it, one subreddit, a place for pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

ME = "kopisenja"
STORE = "https://pictures.example/bucket"


@dataclass
class FakeReddit:
    now: datetime
    things: list[dict[str, Any]] = field(default_factory=list)  # each its kind's data
    number: int = 0
    page: int = 100
    requests: list[httpx.Request] = field(default_factory=list)
    spoil: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
    after: Callable[[httpx.Request], None] = lambda _request: None
    refusal: list[Any] = field(default_factory=list)  # what json.errors holds
    ratelimit: float | None = None
    access: str = "access-1"
    refresh: str = "refresh-token-1"
    renewals: int = 0
    scope: str = "*"
    left: str = "599.0"
    slow_pictures: int = 0  # looks before the post of a picture is there
    waiting: list[dict[str, Any]] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.url.path}" for one in self.requests]

    def _made(self, kind: str, author: str | None, minutes_ago: float, **fields: Any) -> dict[str, Any]:
        self.number += 1
        number = self.number
        made = (self.now - timedelta(minutes=minutes_ago)).timestamp()
        one = {"id": f"z{number}", "name": f"{kind}_z{number}", "author": author, "created_utc": made} | fields
        self.things.append(one)
        return one

    def comment(
        self, author: str, body: str, minutes_ago: float, parent: str = "t3_p1", **fields: Any
    ) -> dict[str, Any]:
        shown = {"body": body, "parent_id": parent, "link_id": "t3_p1", "edited": False, "subreddit": "kopi"}
        return self._made("t1", author, minutes_ago, permalink="/r/kopi/comments/p1/menu/z/", **(shown | fields))

    def inboxed(self, author: str, body: str, minutes_ago: float, kind: str = "comment_reply") -> dict[str, Any]:
        """A comment as the inbox shows it: without the post's own name."""
        one = self.comment(author, body, minutes_ago, parent="t1_ours")
        one |= {"type": kind, "was_comment": True, "context": "/r/kopi/comments/p1/menu/z9/?context=3", "inbox": True}
        for name in ("link_id", "permalink", "edited"):
            del one[name]
        return one

    def message(self, author: str | None, body: str, minutes_ago: float, **fields: Any) -> dict[str, Any]:
        shown = {"body": body, "subject": "Pesanan", "parent_id": None, "first_message_name": None, "inbox": True}
        return self._made("t4", author, minutes_ago, **(shown | fields))

    def post(self, author: str, title: str, minutes_ago: float, **fields: Any) -> dict[str, Any]:
        one = self._made("t3", author, minutes_ago, title=title, subreddit="kopi", selftext="", is_self=True)
        one |= {
            "permalink": f"/r/kopi/comments/{one['id']}/x/",
            "ups": 5,
            "num_comments": 2,
            "removed_by_category": None,
        }
        one.update(fields)
        return one

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (spoiled := self.spoil(request)) is not None:
            return spoiled
        if request.url.host == "pictures.example":
            assert "authorization" not in request.headers
            self.stored.append(request.read())
            return httpx.Response(201, content=f"<r><Location>{STORE}/key-1&amp;x</Location></r>".encode())
        if request.url.path == "/api/v1/access_token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.access}":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        found = self._answer(request)
        found.headers["x-ratelimit-remaining"], found.headers["x-ratelimit-reset"] = self.left, "300"
        self.after(request)
        return found

    def _token(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "www.reddit.com"
        pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        if pair != "the-client:the-client-secret":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        if asked != {"grant_type": "refresh_token", "refresh_token": self.refresh}:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.renewals += 1
        self.access = f"access-{self.renewals + 1}"
        granted = {"access_token": self.access, "token_type": "bearer", "expires_in": 86_400, "scope": self.scope}
        return httpx.Response(200, json=granted)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path, dict(request.url.params)
        assert params["raw_json"] == "1"
        if request.method == "GET":
            return self._read(path, params)
        asked = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        if path == "/api/media/asset.json":
            shown = [{"name": "key", "value": "key-1"}, {"name": "policy", "value": "p"}]
            place = {"action": STORE.removeprefix("https:"), "fields": shown}
            return httpx.Response(200, json={"args": place, "asset": {"asset_id": "a1"}})
        assert asked["api_type"] == "json"
        if self.refusal:
            return httpx.Response(200, json={"json": {"errors": [self.refusal], "ratelimit": self.ratelimit}})
        if path == "/api/del":
            for one in self.things:
                if one["name"] == asked["id"] and one["author"] == ME:
                    one.update(author="[deleted]", body="[deleted]")
            return httpx.Response(200, json={})
        if path == "/api/comment":
            kind = self.message if asked["thing_id"].startswith("t4_") else self.comment
            made = kind(ME, asked["text"], 0)
            made.update(parent_id=asked["thing_id"], inbox=False)
            things = [{"kind": made["name"][:2], "data": made}]
            return httpx.Response(200, json={"json": {"errors": [], "data": {"things": things}}})
        assert path == "/api/submit" and asked["resubmit"] == "true"
        made = self.post(ME, asked["title"], 0, subreddit=asked["sr"], is_self=asked["kind"] == "self")
        if asked["kind"] == "image":
            made["url"] = asked["url"]
            self.things.remove(made)
            self.waiting.append(made)
            return httpx.Response(200, json={"json": {"errors": [], "data": {"websocket_url": "wss://x"}}})
        made.update(selftext=asked.get("text", ""), url=asked.get("url", "https://www.reddit.com" + made["permalink"]))
        made_of_it = {"id": made["id"], "name": made["name"], "url": "https://www.reddit.com" + made["permalink"]}
        return httpx.Response(200, json={"json": {"errors": [], "data": made_of_it}})

    def _read(self, path: str, params: dict[str, str]) -> httpx.Response:
        if path == "/api/v1/me":
            about = {"title": "Kopi Senja", "subscribers": 41}
            return httpx.Response(200, json={"name": ME, "id": "x1", "subreddit": about})
        if path == "/api/info":
            ids = params["id"].split(",")
            return self._listed([one for one in self.things if one["name"] in ids], {})
        if path == "/message/inbox":
            assert params["mark"] == "false"
            return self._listed([one for one in self.things if one.get("inbox")], params)
        if path in ("/search", "/r/kopi/search"):
            assert (
                params["sort"] == "new"
                and params["type"] == "link"
                and ("restrict_sr" in params) == (path != "/search")
            )
            posts = [one for one in self.things if one["name"].startswith("t3_") and params["q"] in one["title"]]
            within = [one for one in posts if path == "/search" or one["subreddit"] == "kopi"]
            return self._listed(within, params)
        own = [one for one in self.things if one["author"] == ME]
        if path == "/message/sent":
            return self._listed([one for one in own if one["name"].startswith("t4_")], params)
        if path == f"/user/{ME}/submitted":
            if self.slow_pictures:
                self.slow_pictures -= 1
            else:
                self.things += self.waiting
                self.waiting = []
                own = [one for one in self.things if one["author"] == ME]
            return self._listed([one for one in own if one["name"].startswith("t3_")], params)
        assert path == f"/user/{ME}/comments", path
        return self._listed([one for one in own if one["name"].startswith("t1_")], params)

    def _listed(self, those: list[dict[str, Any]], params: dict[str, str]) -> httpx.Response:
        those = sorted(those, key=lambda one: -one["created_utc"])
        names = [one["name"] for one in those]
        after = params.get("after")
        # What was deleted meanwhile is no place to go on from.
        start = names.index(after) + 1 if after in names else 0 if after is None else len(those)
        shown = those[start : start + self.page]
        more = shown[-1]["name"] if shown and start + self.page < len(those) else None
        children = [{"kind": one["name"][:2], "data": one} for one in shown]
        return httpx.Response(
            200, json={"kind": "Listing", "data": {"children": children, "after": more, "before": None}}
        )
