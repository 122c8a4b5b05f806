"""LinkedIn's versioned API in memory behind httpx' mock transport: one page, its posts, comments, notices and files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx

from smdash.platforms.base import Credentials, MemoryVault, Vault

BASE = "https://api.linkedin.com"
PAGE, RINA = "urn:li:organization:77", "urn:li:person:rina01"
CLOCK = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RESERVED = set("\\|{}@[]()<>#*_~")
_Answer = httpx.Response | Exception


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def refusal(status: int, message: str = "", code: str = "", **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "message": message, "code": code} | more)


@dataclass
class FakeLinkedIn:
    """``clock`` is when the next thing is made; each takes a second. ``spoil`` may put something else in an answer's place.

    ``most`` is how many elements a page of comments has; ``counts`` says whether counts are told; ``looks`` is how often
    a video is looked at until it is ready.
    """

    clock: datetime = CLOCK
    spoil: Callable[[httpx.Request, httpx.Response], _Answer] = lambda _request, made: made
    most: int = 100
    counts: bool = True
    looks: int = 0
    pages: list[tuple[str, str]] = field(default_factory=lambda: [(PAGE, "ADMINISTRATOR")])
    posts: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    comments: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    reactions: set[tuple[str, str]] = field(default_factory=set)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    site: dict[str, str] = field(default_factory=dict)  # other hosts: path to HTML

    def credentials(self, vault: Vault | None = None, **options: str) -> Credentials:
        return Credentials("linkedin", "kopi", BASE, "token-1", vault=vault or MemoryVault(), options=options)

    def post(self, commentary: str = "Panen raya", **changes: Any) -> str:
        number = len(self.posts) + 1
        urn = f"urn:li:{'share' if number % 2 else 'ugcPost'}:{number * 7919 % 100_003}"
        made = {
            "id": urn,
            "author": PAGE,
            "commentary": commentary,
            "createdAt": ms(self.clock),
            "lifecycleState": "PUBLISHED",
        } | changes
        self.posts.append(made)
        self.clock += timedelta(seconds=1)
        return str(made["id"])

    def comment(
        self, post: str, text: str, actor: str = RINA, parent: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        number = str(len(self.comments) * 31 + 600)
        activity = post.replace("share", "activity").replace("ugcPost", "activity")
        urn = f"urn:li:comment:({activity},{number})"
        stamp = {"actor": actor, "time": ms(self.clock)}
        made = {
            "id": number,
            "commentUrn": urn,
            "actor": actor,
            "object": activity,
            "message": {"attributes": [], "text": text},
            "created": stamp,
            "lastModified": dict(stamp),
            **({"parentComment": parent} if parent else {}),
        } | changes
        self.comments.append(made)
        self.clock += timedelta(seconds=1)
        return made

    def note(self, action: str, at: datetime | None = None, **changes: Any) -> None:
        made = {
            "notificationId": len(self.notes) + 1,
            "organizationalEntity": PAGE,
            "action": action,
            "lastModifiedAt": ms(at or self.clock),
        } | changes
        self.notes.append(made)
        self.clock += timedelta(seconds=1)

    def of_comment(self, action: str, comment: dict[str, Any]) -> None:
        told = {"owner": comment["actor"], "text": comment["message"]["text"], "entity": comment["commentUrn"]}
        short = comment["commentUrn"].replace("(urn:li:", "(")
        self.note(action, generatedActivity=short, decoratedGeneratedActivity={"comment": told})

    def asked(self) -> list[tuple[str, str]]:
        """Method and path of every call."""
        return [(one.method, one.url.path) for one in self.requests]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        made = self.spoil(request, self._answer(request))
        if isinstance(made, Exception):
            raise made
        return made

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "upload.linkedin.com":
            return self._uploaded(request)
        if request.url.host not in ("api.linkedin.com", "www.linkedin.com"):
            assert "authorization" not in request.headers
            page = self.site.get(request.url.path)
            return (
                httpx.Response(200, text=page, headers={"Content-Type": "text/html"}) if page else httpx.Response(404)
            )
        raw, _mark, query = request.url.raw_path.decode().partition("?")
        if raw == "/oauth/v2/introspectToken":
            ends = ms(CLOCK + timedelta(days=40)) // 1000
            return httpx.Response(200, json={"active": True, "expires_at": ends, "scope": "r_organization_social,w_organization_social_feed"})  # fmt: skip
        if request.headers.get("authorization") != "Bearer token-1":
            return refusal(401, "Expired", serviceErrorCode=65602)
        assert request.headers["linkedin-version"] and request.headers["x-restli-protocol-version"] == "2.0.0"
        parts = [unquote(part) for part in raw.split("/")[2:]]
        pairs = dict(part.partition("=")[::2] for part in query.split("&") if part)
        body = json.loads(request.content) if request.headers.get("content-type") == "application/json" else {}
        match (request.method, *parts):
            case ("GET", "organizationAcls"):
                rows = [{"organization": urn, "role": role, "state": "APPROVED"} for urn, role in self.pages]
                return _list(rows, pairs)
            case ("GET", "organizations", number):
                return httpx.Response(
                    200, json={"id": int(number), "localizedName": "Kopi Senja", "vanityName": "kopi-senja"}
                )
            case ("GET", "posts"):
                assert request.headers["x-restli-method"] == "FINDER" and unquote(pairs["author"]) == PAGE
                return _list(self.posts[::-1], pairs)
            case ("GET", "posts", urn):
                found = next((one for one in self.posts if one["id"] == urn), None)
                return httpx.Response(200, json=found) if found else refusal(404, "not found")
            case ("POST", "posts"):
                return self._create(body)
            case ("GET", "socialMetadata"):
                return self._counts(pairs["ids"])
            case (method, "socialActions", urn, "comments", *rest):
                return self._comments(method, urn, rest, pairs, body)
            case ("GET", "organizationalEntityNotifications"):
                return self._notes(pairs)
            case ("POST", "reactions"):
                self.reactions.add((unquote(pairs["actor"]), body["root"]))
                return httpx.Response(201, json={"root": body["root"], "reactionType": body["reactionType"]})
            case ("GET", "reactions", key):
                found_one = re.fullmatch(r"\(actor:(.+),entity:(.+)\)", key)
                assert found_one is not None
                there = (found_one[1], found_one[2]) in self.reactions
                return httpx.Response(200, json={"reactionType": "LIKE"}) if there else refusal(404)
            case ("GET", "networkSizes", _page):
                return httpx.Response(200, json={"firstDegreeSize": 4321})
            case ("GET", "organizationalEntityShareStatistics"):
                return self._statistics(pairs)
            case (method, "images" | "videos" | "documents" as kind, *rest):
                return self._file(method, kind, rest, pairs, body)
        return refusal(404, f"{request.method} {raw}")

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        assert set(body) <= {
            "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "content",
        }  # fmt: skip
        for other in self.posts:
            if other["commentary"] == body["commentary"] and other.get("content") == body.get("content"):
                details = {"inputErrors": [{"code": "DUPLICATE_POST"}]}
                return refusal(422, f"Content is a duplicate of {other['id']}", errorDetails=details)
        held = body.get("content", {})
        for one in [held.get("media", {}), *held.get("multiImage", {}).get("images", ())]:
            if one and self.files[one["id"]]["left"]:
                return refusal(400, "media asset is not ready")
        # LinkedIn ends a text at what it can't read.
        made = self.post(body["commentary"], **({"content": held} if held else {}))
        return httpx.Response(201, headers={"x-restli-id": made})

    def _below(self, urn: str) -> list[dict[str, Any]]:
        found = re.fullmatch(r"urn:li:comment:\((.+),(\d+)\)", urn)
        if found:
            return [one for one in self.comments if one.get("parentComment") == urn]
        activity = urn.replace("share", "activity").replace("ugcPost", "activity")
        return [one for one in self.comments if one["object"] == activity and not one.get("parentComment")]

    def _counts(self, ids: str) -> httpx.Response:
        if not self.counts:
            return refusal(404, "no such resource")
        urns = [unquote(one) for one in ids.removeprefix("List(").removesuffix(")").split(",")]
        results = {}
        for urn in urns:
            below = self._below(urn)
            answers = sum(len(self._below(one["commentUrn"])) for one in below if one["commentUrn"])
            results[urn] = {"commentSummary": {"count": len(below) + answers, "topLevelCount": len(below)}}
        return httpx.Response(200, json={"results": results, "statuses": {}, "errors": {}})

    def _comments(
        self, method: str, urn: str, rest: list[str], pairs: dict[str, str], body: dict[str, Any]
    ) -> httpx.Response:
        if rest:
            found = next((one for one in self.comments if one["id"] == rest[0]), None)
            if found is None:
                return refusal(404, "comment not found")
            if method == "DELETE":
                assert unquote(pairs["actor"]) == PAGE
                self.comments.remove(found)
                return httpx.Response(204)
            return httpx.Response(200, json=found)
        if method == "POST":
            post = body["object"]
            below = body.get("parentComment")
            assert (below or post) == urn
            if below and not any(one["commentUrn"] == below for one in self.comments):
                return refusal(404, "parent not found")
            made = self.comment(post, body["message"]["text"], body["actor"], below)
            return httpx.Response(201, json=made, headers={"x-restli-id": made["id"]})
        rows = []
        for one in self._below(urn):
            answers = len(self._below(one["commentUrn"])) if one["commentUrn"] else 0
            rows.append(one | ({"commentsSummary": {"totalFirstLevelComments": answers}} if answers else {}))
        return _list(rows, pairs | {"count": str(min(self.most, int(pairs.get("count", 10))))})

    def _notes(self, pairs: dict[str, str]) -> httpx.Response:
        found = re.fullmatch(r"\(start:(\d+),end:(\d+)\)", pairs["timeRange"])
        assert found is not None and pairs["q"] == "criteria" and unquote(pairs["organizationalEntity"]) == PAGE
        wanted = pairs["actions"].removeprefix("List(").removesuffix(")").split(",")
        since, until = int(found[1]), int(found[2])
        rows = [one for one in self.notes if since <= one["lastModifiedAt"] <= until and one["action"] in wanted]
        return _list(rows[::-1], pairs)

    def _statistics(self, pairs: dict[str, str]) -> httpx.Response:
        rows = []
        for name, key in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for one in pairs.get(name, "List()").removeprefix("List(").removesuffix(")").split(","):
                if one:
                    figures = {"likeCount": 5, "commentCount": 2, "impressionCount": 300, "uniqueImpressionsCount": 200}
                    rows.append(
                        {key: unquote(one), "totalShareStatistics": figures | {"clickCount": 9, "engagement": 0.1}}
                    )
        return _list(rows, pairs)

    def _file(
        self, method: str, kind: str, rest: list[str], pairs: dict[str, str], body: dict[str, Any]
    ) -> httpx.Response:
        if method == "POST" and pairs["action"] == "initializeUpload":
            asked = body["initializeUploadRequest"]
            assert asked["owner"] == PAGE
            urn = f"urn:li:{kind[:-1]}:C{len(self.files)}"
            made: dict[str, Any] = {"bytes": b"", "left": 1, "parts": {}}
            self.files[urn] = made
            number = len(self.files) - 1
            if kind != "videos":
                value = {"uploadUrl": f"https://upload.linkedin.com/{number}/0", kind[:-1]: urn}
                return httpx.Response(200, json={"value": value})
            size, part = asked["fileSizeBytes"], 1000
            made["left"] = 1 + self.looks
            steps = [
                {
                    "uploadUrl": f"https://upload.linkedin.com/{number}/{at // part}",
                    "firstByte": at,
                    "lastByte": min(at + part, size) - 1,
                }
                for at in range(0, size, part)
            ]
            return httpx.Response(
                200, json={"value": {"video": urn, "uploadInstructions": steps, "uploadToken": "tok"}}
            )
        if method == "POST":
            asked = body["finalizeUploadRequest"]
            made = self.files[asked["video"]]
            assert (
                asked["uploadedPartIds"] == [f"tag-{at}" for at in sorted(made["parts"])]
                and asked["uploadToken"] == "tok"
            )
            made["bytes"] = b"".join(made["parts"][at] for at in sorted(made["parts"]))
            return httpx.Response(200)
        made = self.files[rest[0]]
        made["left"] = max(0, made["left"] - 1)
        return httpx.Response(200, json={"id": rest[0], "status": "PROCESSING" if made["left"] else "AVAILABLE"})

    def _uploaded(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "PUT"
        number, part = (int(one) for one in request.url.path.strip("/").split("/"))
        made = list(self.files.values())[number]
        made["parts"][part] = request.content
        made["bytes"] = request.content
        return httpx.Response(201, headers={"ETag": f'"tag-{part}"'})


def _list(rows: list[dict[str, Any]], pairs: dict[str, str]) -> httpx.Response:
    start, count = int(pairs.get("start", 0)), int(pairs.get("count", 10))
    page = rows[start : start + count]
    paging = {"start": start, "count": count, "total": len(rows), "links": []}
    return httpx.Response(200, json={"paging": paging, "elements": page})


def unescaped(commentary: str) -> str:
    """What LinkedIn shows of a text: up to the first letter of its own that stands there unescaped, elements apart."""
    shown = ""
    while commentary:
        element = re.match(
            r"\{hashtag\|\\#\|((?:\\.|[^\\{}|])+)\}|@\[((?:\\.|[^\\\[\]])+)\]\((urn:[\w:-]+)\)", commentary
        )
        if element:
            word = ("#" + element[1]) if element[1] else element[2]
            shown += re.sub(r"\\(.)", r"\1", word)
            commentary = commentary[element.end() :]
        elif commentary[0] == "\\" and len(commentary) > 1:
            shown, commentary = shown + commentary[1], commentary[2:]
        elif commentary[0] in RESERVED:
            return shown
        else:
            shown, commentary = shown + commentary[0], commentary[1:]
    return shown
