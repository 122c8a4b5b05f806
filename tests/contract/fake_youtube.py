"""A made-up YouTube in memory: one channel of a coffee roastery, comments below its videos, uploads, Google's tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

ME, RINA, BUDI = "UCkopi", "UCrina", "UCbudi"
NAMES = {ME: "@kopisenja", RINA: "@rina", BUDI: "@budi"}
UPLOADS = "UUkopi"


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Comment:
    id: str
    author: str
    text: str
    at: datetime
    updated: datetime | None = None
    status: str = "published"
    replies: list[Comment] = field(default_factory=list)
    video: str = "vid1"

    def resource(self, *, to_owner: bool) -> dict[str, Any]:
        snippet = {
            "textDisplay": self.text,
            "authorDisplayName": NAMES[self.author],
            "authorChannelId": {"value": self.author},
            "publishedAt": stamp(self.at),
            "updatedAt": stamp(self.updated or self.at),
            "likeCount": 0,
        }
        if to_owner:
            snippet["moderationStatus"] = self.status
        return {"kind": "youtube#comment", "id": self.id, "snippet": snippet}


@dataclass
class Video:
    id: str
    body: dict[str, Any]
    content: bytes
    at: datetime


@dataclass
class FakeYouTube:
    now: datetime
    threads: list[Comment] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    clips: list[dict[str, str]] = field(default_factory=list)  # videos of everybody, which a search finds
    page: int = 100
    inline: int = 5  # answers that a thread shows itself
    requests: list[httpx.Request] = field(default_factory=list)
    spoil: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
    after: Callable[[httpx.Request], None] = lambda _request: None  # an exception here loses the answer
    access: str = "access-1"
    refresh: str = "refresh-token-1"
    renewals: int = 0
    grant: dict[str, Any] = field(default_factory=dict)
    stops_at: int | None = None  # a piece is taken up to here, once

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.url.path.removeprefix('/youtube/v3')}" for one in self.requests]

    def thread(self, author: str, text: str, minutes_ago: float, status: str = "published") -> Comment:
        at = self.now - timedelta(minutes=minutes_ago)
        one = Comment(f"Ug{len(self.threads) + 1:04}", author, text, at, status=status)
        self.threads.append(one)
        return one

    def answer_to(self, one: Comment, author: str, text: str, minutes_ago: float) -> Comment:
        at = self.now - timedelta(minutes=minutes_ago)
        below = Comment(f"{one.id}.r{len(one.replies) + 1}", author, text, at)
        one.replies.append(below)
        return below

    def every(self) -> list[Comment]:
        return [below for one in self.threads for below in (one, *one.replies)]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (spoiled := self.spoil(request)) is not None:
            return spoiled
        if request.url.host == "oauth2.googleapis.com":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.access}":
            return error(401, "authError", "Invalid Credentials")
        found = self._answer(request)
        self.after(request)
        return found

    def _token(self, request: httpx.Request) -> httpx.Response:
        asked = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        assert asked["grant_type"] == "refresh_token" and asked["client_id"] == "the-client"
        if asked["client_secret"] != "the-client-secret":
            return httpx.Response(401, json={"error": "invalid_client"})
        if asked["refresh_token"] != self.refresh:
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": "Token has been revoked."})
        self.renewals += 1
        self.access = f"access-{self.renewals + 1}"
        return httpx.Response(200, json={"access_token": self.access, "expires_in": 3599, **self.grant})

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path.removeprefix("/youtube/v3"), dict(request.url.params)
        if path.startswith("/upload/"):
            return self._upload(request, params)
        if request.method == "GET":
            return self._read(path, params)
        if path == "/comments/setModerationStatus":
            one = next((one for one in self.every() if one.id == params["id"]), None)
            if one is None:
                return error(404, "commentNotFound", "The comment could not be found.")
            one.status = params["moderationStatus"]
            return httpx.Response(204)
        if request.method == "DELETE":
            for one in self.threads:
                one.replies = [below for below in one.replies if below.id != params["id"]]
            self.threads = [one for one in self.threads if one.id != params["id"]]
            return httpx.Response(204)
        snippet = json.loads(request.content)["snippet"]
        if path == "/commentThreads":
            made = self.thread(ME, snippet["topLevelComment"]["snippet"]["textOriginal"], 0)
            made.video = snippet["videoId"]
            return httpx.Response(200, json={"kind": "youtube#commentThread", "id": made.id})
        above = next((one for one in self.threads if one.id == snippet["parentId"]), None)
        if above is None:
            return error(404, "parentCommentNotFound", "The parent comment could not be found.")
        made = self.answer_to(above, ME, snippet["textOriginal"], 0)
        return httpx.Response(200, json=made.resource(to_owner=True))

    def _read(self, path: str, params: dict[str, str]) -> httpx.Response:
        if path == "/channels":
            assert params["mine"] == "true"
            one = {
                "kind": "youtube#channel",
                "id": ME,
                "snippet": {"title": "Kopi Senja", "customUrl": "@kopisenja"},
                "statistics": {"viewCount": "1200", "subscriberCount": "345", "hiddenSubscriberCount": False},
                "contentDetails": {"relatedPlaylists": {"uploads": UPLOADS}},
            }
            return listed("channel", [one])
        if path == "/search":
            assert params["type"] == "video" and params["order"] == "date" and int(params["maxResults"]) <= 50
            found = [one for one in self.clips if params["q"] in one["title"] and one["at"] >= params["publishedAfter"]]
            found.sort(key=lambda one: one["at"], reverse=True)
            start = int(params.get("pageToken", "s0")[1:])
            size = min(self.page, int(params["maxResults"]))
            made = {"kind": "youtube#searchListResponse", "items": [_clip(one) for one in found[start:][:size]]}
            following = {"nextPageToken": f"s{start + size}"} if start + size < len(found) else {}
            return httpx.Response(200, json=made | following)
        if path == "/commentThreads":
            state = params.get("moderationStatus", "published")
            those = [one for one in self.threads if one.status == state]
            if "videoId" in params:
                those = [one for one in those if one.video == params["videoId"]]
            those.sort(key=lambda one: one.at, reverse=True)
            return self._paged("commentThread", those, params, self._thread)
        if path == "/comments" and "parentId" in params:
            above = next((one for one in self.threads if one.id == params["parentId"]), None)
            below = [] if above is None else above.replies
            return self._paged("comment", below, params, lambda one: one.resource(to_owner=True))
        if path == "/comments":
            ids = params["id"].split(",")
            assert len(ids) <= 50
            return listed("comment", [one.resource(to_owner=True) for one in self.every() if one.id in ids])
        if path == "/playlistItems":
            assert params["playlistId"] == UPLOADS
            return listed("playlistItem", [self._item(one) for one in reversed(self.videos)])
        assert path == "/videos", path
        ids = params["id"].split(",")
        figures = {"viewCount": "70", "likeCount": "7", "commentCount": "3", "favoriteCount": "0"}
        return listed("video", [{"id": one.id, "statistics": figures} for one in self.videos if one.id in ids])

    def _thread(self, one: Comment) -> dict[str, Any]:
        found: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "id": one.id,
            "snippet": {
                "channelId": ME,
                "videoId": one.video,
                "topLevelComment": one.resource(to_owner=False),
                "totalReplyCount": len(one.replies),
                "canReply": True,
            },
        }
        if one.replies:
            shown = [below.resource(to_owner=False) for below in one.replies[-self.inline :]]
            found["replies"] = {"comments": shown[: self.inline]}
        return found

    def _item(self, one: Video) -> dict[str, Any]:
        snippet = one.body["snippet"]
        shown = {"title": snippet["title"], "description": snippet["description"], "publishedAt": stamp(one.at)}
        return {"snippet": {**shown, "resourceId": {"kind": "youtube#video", "videoId": one.id}}}

    def _paged(
        self, kind: str, items: list[Comment], params: dict[str, str], shown: Callable[[Comment], dict[str, Any]]
    ) -> httpx.Response:
        start = int(params.get("pageToken", "p0")[1:])
        size = min(self.page, int(params["maxResults"]))
        found: dict[str, Any] = {
            "kind": f"youtube#{kind}ListResponse",
            "items": [shown(one) for one in items[start:][:size]],
        }
        if start + size < len(items):
            found["nextPageToken"] = f"p{start + size}"
        return httpx.Response(200, json=found)

    def _upload(self, request: httpx.Request, params: dict[str, str]) -> httpx.Response:
        if request.method == "POST":
            assert params["uploadType"] == "resumable" and set(params["part"].split(",")) == {"snippet", "status"}
            session = f"s{len(self.sessions) + 1}"
            total = int(request.headers["x-upload-content-length"])
            self.sessions[session] = {
                "body": json.loads(request.content),
                "content": b"",
                "total": total,
                "video": None,
            }
            place = f"https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&upload_id={session}"
            return httpx.Response(200, headers={"Location": place})
        held = self.sessions.get(params["upload_id"])
        if held is None:
            return error(404, "notFound", "Upload session not found")
        asked = request.headers["content-range"]
        if (found := re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", asked)) is not None:
            first, last, total = map(int, found.groups())
            assert total == held["total"] and last - first + 1 == len(request.content)
            assert first == len(held["content"]), "pieces come one behind the other"
            assert last + 1 == total or len(request.content) % (256 * 1024) == 0
            data = request.content
            if self.stops_at is not None:
                data, self.stops_at = data[: self.stops_at], None
                held["content"] += data
                return httpx.Response(503)
            held["content"] += data
        else:
            assert asked == f"bytes */{held['total']}", asked
        if len(held["content"]) < held["total"]:
            there = len(held["content"])
            return httpx.Response(308, headers={"Range": f"bytes=0-{there - 1}"} if there else {})
        if held["video"] is None:
            held["video"] = f"video-{len(self.videos) + 1}"
            self.videos.append(Video(held["video"], held["body"], held["content"], self.now))
        return httpx.Response(200, json={"kind": "youtube#video", "id": held["video"], **held["body"]})


def _clip(one: dict[str, str]) -> dict[str, Any]:
    """A video as a search shows it, its title escaped."""
    title = one["title"].replace("&", "&amp;")
    shown = {"publishedAt": one["at"], "channelId": one["channel"], "title": title, "description": ""}
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": one["id"]},
        "snippet": shown | {"channelTitle": NAMES[one["channel"]]},
    }


def listed(kind: str, items: list[dict[str, Any]]) -> httpx.Response:
    return httpx.Response(200, json={"kind": f"youtube#{kind}ListResponse", "items": items})


def error(status: int, reason: str, message: str = "no") -> httpx.Response:
    one = {"domain": "youtube", "reason": reason, "message": message}
    return httpx.Response(status, json={"error": {"code": status, "message": message, "errors": [one]}})
