"""A made-up TikTok in memory: one account, places for videos, and what becomes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

PLACE = "https://open-upload.example/video/"


@dataclass
class FakeTikTok:
    now: datetime
    requests: list[httpx.Request] = field(default_factory=list)
    spoil: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
    after: Callable[[httpx.Request], None] = lambda _request: None
    creator: dict[str, Any] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)  # by publish_id
    looks: int = 2  # before a post is made of a whole video
    fails: str = ""
    public: bool = True
    access: str = "access-1"
    refresh: str = "refresh-token-1"
    renewals: int = 0
    scope: str = "user.info.basic,user.info.stats,video.list,video.publish"

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.url.path}" for one in self.requests]

    @property
    def made(self) -> list[dict[str, Any]]:
        return [one for one in self.posts.values() if one["post_id"]]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (spoiled := self.spoil(request)) is not None:
            return spoiled
        found = self._answer(request)
        self.after(request)
        return found

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "open-upload.example":
            return self._put(request)
        path = request.url.path.removeprefix("/v2")
        if path == "/oauth/token/":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.access}":
            return error(401, "access_token_invalid", "The access token is invalid or not found in the request.")
        body = json.loads(request.content) if request.content else {}
        if path == "/user/info/":
            user = {"open_id": "open-1", "display_name": "Kopi Senja", "follower_count": 34, "likes_count": 56}
            return good(
                {"user": {name: user[name] for name in request.url.params["fields"].split(",") if name in user}}
            )
        if path == "/post/publish/creator_info/query/":
            told = {
                "creator_username": "kopisenja",
                "privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
                "comment_disabled": False,
                "duet_disabled": True,
                "stitch_disabled": False,
                "max_video_post_duration_sec": 300,
            }
            return good(told | self.creator)
        if path == "/post/publish/video/init/":
            return self._init(body)
        if path == "/post/publish/status/fetch/":
            return self._status(body)
        ids = body.get("filters", {}).get("video_ids")
        shown = [
            {
                "id": one["post_id"],
                "create_time": int(self.now.timestamp()),
                "title": one["info"]["title"],
                "video_description": one["info"]["title"],
                "share_url": f"https://www.tiktok.com/@kopisenja/video/{one['post_id']}",
                "view_count": 100,
                "like_count": 10,
            }
            for one in self.made
            if ids is None or one["post_id"] in ids
        ]
        assert path in ("/video/list/", "/video/query/"), path
        return good({"videos": shown, "cursor": 0, "has_more": False})

    def _token(self, request: httpx.Request) -> httpx.Response:
        asked = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        assert asked["client_key"] == "the-client" and asked["grant_type"] == "refresh_token"
        if asked["refresh_token"] != self.refresh:
            # With 200, as TikTok's token endpoint does.
            return httpx.Response(200, json={"error": "invalid_grant", "error_description": "expired", "log_id": "1"})
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals + 1}", f"refresh-token-{self.renewals + 1}"
        granted = {
            "access_token": self.access,
            "expires_in": 7_200,
            "refresh_token": self.refresh,
            "refresh_expires_in": 15_552_000,
            "open_id": "open-1",
            "scope": self.scope,
        }
        return httpx.Response(200, json=granted)

    def _init(self, body: dict[str, Any]) -> httpx.Response:
        source, info = body["source_info"], body["post_info"]
        assert source["source"] == "FILE_UPLOAD"
        size, chunk, count = source["video_size"], source["chunk_size"], source["total_chunk_count"]
        assert count == max(size // chunk, 1) and (count == 1 or 5 * 2**20 <= chunk <= 64 * 2**20)
        publish_id = f"v_pub_file~v2.{len(self.posts) + 1}"
        self.posts[publish_id] = {
            "info": info, "size": size, "content": b"", "looks": self.looks, "post_id": "", "chunks": 0, "count": count
        }  # fmt: skip
        return good({"publish_id": publish_id, "upload_url": f"{PLACE}?upload_id={publish_id}"})

    def _put(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        one = self.posts[request.url.params["upload_id"]]
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers["content-range"])
        assert found is not None
        first, last, total = map(int, found.groups())
        assert (first, total) == (len(one["content"]), one["size"]) and last - first + 1 == len(request.content)
        one["content"] += request.content
        one["chunks"] += 1
        whole = last + 1 == total
        assert not whole or one["chunks"] == one["count"]
        return httpx.Response(201 if whole else 206)

    def _status(self, body: dict[str, Any]) -> httpx.Response:
        one = self.posts.get(body["publish_id"])
        if one is None:
            return error(400, "invalid_publish_id", "The publish_id does not exist.")
        if len(one["content"]) < one["size"]:
            return good({"status": "PROCESSING_UPLOAD", "uploaded_bytes": len(one["content"])})
        if self.fails:
            return good({"status": "FAILED", "fail_reason": self.fails})
        one["looks"] -= 1
        if one["looks"] > 0:
            return good({"status": "PROCESSING_UPLOAD", "uploaded_bytes": one["size"]})
        one["post_id"] = one["post_id"] or str(7_000_000_000 + len(self.made))
        ids = [int(one["post_id"])] if self.public else []
        return good({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids})


def good(data: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"data": data, "error": {"code": "ok", "message": "", "log_id": "1"}})


def error(status: int, code: str, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"data": {}, "error": {"code": code, "message": message, "log_id": "1"}})
