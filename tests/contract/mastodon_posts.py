"""A Mastodon server that takes posts, in memory behind httpx' mock transport; its habits are fields."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx

BASE = "https://kopi.example"
ME = "1"
_ENTITY = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?'()])|(?<![\w/])@(?P<name>\w+)(?:@(?P<domain>[\w.-]*\w))?"
)
_Answer = httpx.Response | Exception


def drawn(text: str) -> str:
    """Text as Mastodon draws it: links with hidden ends, names without their server, paragraphs and line ends."""
    parts, at = [], 0
    for found in _ENTITY.finditer(text):
        made = _link(found) if found["url"] else _person(found) if found["name"] else _tag(found)
        parts += [html.escape(text[at : found.start()]), made]
        at = found.end()
    body = "".join([*parts, html.escape(text[at:])]).strip()
    return "".join(f"<p>{part.replace(chr(10), '<br />')}</p>" for part in re.split(r"\n\n+", body))


def _link(found: re.Match[str]) -> str:
    url = found["url"]
    start = re.match(r"https?://(?:www\.)?", url)
    shown = len(start[0]) if start else 0
    first, middle, last = (html.escape(part) for part in (url[:shown], url[shown : shown + 30], url[shown + 30 :]))
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener"><span class="invisible">{first}</span>'
        f'<span class="{"ellipsis" if last else ""}">{middle}</span><span class="invisible">{last}</span></a>'
    )


def _person(found: re.Match[str]) -> str:
    name = found["name"].lower()
    host = found["domain"] or "kopi.example"
    return (
        f'<span class="h-card"><a href="https://{host}/@{name}" class="u-url mention">@<span>{name}</span></a></span>'
    )


def _tag(found: re.Match[str]) -> str:
    name = found["tag"]
    return f'<a href="{BASE}/tags/{name.lower()}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'


def rewritten(text: str) -> str:
    """The source that Mastodon keeps: names as their accounts write them, ours without the server."""

    def name(found: re.Match[str]) -> str:
        return _acct(found, "@") if found["name"] else found[0]

    return _ENTITY.sub(name, text)


def _acct(found: re.Match[str], before: str = "") -> str:
    domain = (found["domain"] or "").lower()
    # Some servers call their people by another name than their own.
    domain = "toko.example" if domain == "social.toko.example" else domain
    return before + found["name"].lower() + (f"@{domain}" if domain not in ("", "kopi.example") else "")


def _people(text: str) -> list[dict[str, str]]:
    return [{"id": one["name"], "acct": _acct(one)} for one in _ENTITY.finditer(text) if one["name"]]


@dataclass
class Posts:
    """``spoil`` may put something else in place of an answer; ``draw`` is how a text becomes HTML.

    ``clock`` is when the next status is made; each takes a second. ``most`` is how many are on a page. ``looks`` is
    how often a file that was uploaded is looked at until it is done; ``fails`` lets the work on it fail then.
    ``keeps_alt`` and ``checks_parents`` are what some servers don't.
    """

    clock: datetime
    draw: Callable[[str], str] = drawn
    spoil: Callable[[httpx.Request, httpx.Response], _Answer] = lambda _request, made: made
    knows_keys: bool = True
    tells_source: bool = True
    pages: bool = True
    lists_direct: bool = True
    most: int = 40
    looks: int = 0
    fails: bool = False
    keeps_alt: bool = True
    checks_parents: bool = True
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    keys: dict[str, str] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def add(self, text: str, **changes: Any) -> dict[str, Any]:
        """One more status; of the account itself unless *changes* say otherwise."""
        number = len(self.statuses) + 1
        made = {
            "id": f"{number}/ä",  # opaque, with letters that need quoting in addresses
            "created_at": self.clock.isoformat().replace("+00:00", "Z"),
            "account": {"id": ME, "acct": "kopi"},
            "content": self.draw(text),
            "source": rewritten(text),
            "visibility": "public",
            "url": f"{BASE}/@kopi/{number}",
            "uri": f"{BASE}/users/kopi/statuses/{number}",
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "mentions": _people(text),
            "media_attachments": [],
            "favourited": False,
            "reblog": None,
        } | changes
        self.statuses.append(made)
        self.clock += timedelta(seconds=1)
        return made

    def theirs(self, text: str, **changes: Any) -> dict[str, Any]:
        """A status that Rina wrote on her server."""
        author = {"id": "77", "acct": "rina@toko.example", "display_name": "Rina"}
        return self.add(text, **({"account": author} | changes))

    def of(self, remote_id: str) -> dict[str, Any] | None:
        return next((one for one in self.statuses if one["id"] == remote_id), None)

    def asked(self) -> list[tuple[str, str]]:
        """Method and path of every call."""
        return [(one.method, one.url.path) for one in self.requests]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        made = self.spoil(request, self._answer(request))
        if isinstance(made, Exception):
            raise made
        return made

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != "Bearer token-of-kopi":
            return httpx.Response(401, json={"error": "The access token is invalid"})
        # As sent, because an id may hold a "/" of its own.
        parts = [unquote(part) for part in request.url.raw_path.decode().partition("?")[0].split("/")[3:]]
        match (request.method, *parts):
            case ("GET", "accounts", "verify_credentials"):
                return httpx.Response(200, json={"id": ME, "acct": "kopi"})
            case ("GET", "accounts", "1", "statuses"):
                return httpx.Response(200, json=self._list(request.url.params))
            case ("POST", "statuses"):
                return self._create(request)
            case ("POST", "media"):
                return self._upload(request)
            case ("GET", "media", file_id) if file_id in self.files:
                return self._file(self.files[file_id])
            case (_, "statuses", remote_id, *rest):
                status = self.of(remote_id)
                if status is not None:
                    return self._one(request.method, status, rest)
        return httpx.Response(404, json={"error": "Record not found"})

    def _list(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        rows = self.statuses
        if self.pages and (below := params.get("max_id")) is not None:
            rows = rows[: next((at for at, one in enumerate(rows) if one["id"] == below), None)]
        mine = [one for one in rows if one.get("account", {}).get("id") == ME]
        mine = [one for one in mine if self.lists_direct or one["visibility"] != "direct"]
        return [_shown(one) for one in mine[-min(self.most, int(params.get("limit", 20))) :][::-1]]

    def _one(self, method: str, status: dict[str, Any], rest: list[str]) -> httpx.Response:
        match (method, *rest):
            case ("GET",):
                return httpx.Response(200, json=_shown(status))
            case ("GET", "source") if self.tells_source:
                return httpx.Response(200, json={"id": status["id"], "text": status["source"], "spoiler_text": ""})
            case ("GET", "context"):
                below = [_shown(one) for one in self.statuses if one["in_reply_to_id"] == status["id"]]
                return httpx.Response(200, json={"ancestors": [], "descendants": below})
            case ("POST", "favourite"):
                status["favourited"] = True
                return httpx.Response(200, json=_shown(status))
        return httpx.Response(404, json={"error": "Record not found"})

    def _create(self, request: httpx.Request) -> httpx.Response:
        asked, key = json.loads(request.content), request.headers.get("idempotency-key", "")
        if self.knows_keys and key in self.keys:
            return httpx.Response(200, json=_shown(self.of(self.keys[key]) or {}))
        parent = asked.get("in_reply_to_id")
        answered = self.of(parent) if parent is not None else None
        if parent is not None and answered is None and self.checks_parents:
            return httpx.Response(404, json={"error": "The post you are replying to does not exist"})
        held = [self.files[one] for one in asked.get("media_ids", [])]
        if any(one["left"] for one in held):
            said = "Cannot attach files that have not finished processing. Try again in a moment!"
            return httpx.Response(422, json={"error": f"Validation failed: {said}"})
        made = self.add(
            asked["status"],
            visibility=asked["visibility"],
            in_reply_to_id=answered["id"] if answered else None,
            in_reply_to_account_id=answered["account"]["id"] if answered else None,
            media_attachments=[_shown_file(one) for one in held],
        )
        self.keys[key] = made["id"]
        return httpx.Response(200, json=_shown(made))

    def _upload(self, request: httpx.Request) -> httpx.Response:
        parts = _form(request)
        number = f"{len(self.files) + 1}/b"
        made = {
            "id": number,
            "type": parts["file"][0].partition("/")[0],
            "url": f"{BASE}/media/{number}",
            "description": parts["description"][1].decode().strip()
            if self.keeps_alt and "description" in parts
            else None,
            "bytes": parts["file"][1],
            "left": self.looks,
        }
        self.files[number] = made
        return httpx.Response(202 if self.looks else 200, json=_shown_file(made))

    def _file(self, made: dict[str, Any]) -> httpx.Response:
        made["left"] = max(0, made["left"] - 1)
        if made["left"]:
            return httpx.Response(206, json=_shown_file(made))
        if self.fails:
            return httpx.Response(422, json={"error": "Error processing thumbnail for uploaded media"})
        return httpx.Response(200, json=_shown_file(made))


def _shown_file(made: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in made.items() if name not in ("bytes", "left")}
    return shown | ({"url": None} if made["left"] else {})


def _form(request: httpx.Request) -> dict[str, tuple[str, bytes]]:
    """Type and content of each part of a form, by its name."""
    boundary = b"\r\n--" + request.headers["content-type"].partition("boundary=")[2].encode()
    found: dict[str, tuple[str, bytes]] = {}
    for part in (b"\r\n" + request.content).split(boundary)[1:-1]:
        head, _blank, body = part.partition(b"\r\n\r\n")
        name = re.search(r'name="(\w+)"', head.decode())
        kind = re.search(r"Content-Type: (\S+)", head.decode())
        assert name is not None
        found[name[1]] = (kind[1] if kind else "", body)
    return found


def _shown(status: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in status.items() if name != "source"}
