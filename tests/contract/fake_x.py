"""X's API v2 in memory behind httpx' mock transport: posts, messages, files, tokens that rotate; its habits are fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx

from smdash.platforms.base import Credentials, MemoryVault, Vault
from smdash.platforms.sessions import Tokens

BASE = "https://api.x.com"
ME, RINA, BUDI = "900", "901", "902"
NAMES = {ME: ("kopi", "Kopi Senja"), RINA: ("rina_s", "Rina"), BUDI: ("budi", "Budi")}
CLOCK = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_URL = re.compile(r"(?:https?://)?(?:\w+\.)+(?:id|example)(?:/[\w/?=&.-]*)?")
_Answer = httpx.Response | Exception


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def refusal(status: int, detail: str = "", kind: str = "about:blank", **headers: str) -> httpx.Response:
    body = {"title": "Problem", "detail": detail, "type": kind, "status": status}
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class FakeX:
    """``clock`` is when the next thing is made; each takes a second. ``spoil`` may put something else in an answer's place.

    ``renamed``: the fields are spelled as in the OpenAPI document. ``looks`` is how often a video is looked at until
    it is done. ``late`` keeps new posts out of the account's own list.
    """

    clock: datetime = CLOCK
    spoil: Callable[[httpx.Request, httpx.Response], _Answer] = lambda _request, made: made
    renamed: bool = False
    looks: int = 0
    late: bool = False
    scopes: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    events: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    liked: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    requests: list[httpx.Request] = field(default_factory=list)
    access: str = "access-0"
    refresh: str = "refresh-0"
    renewals: int = 0
    said: int = 0
    typed: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def credentials(self, vault: Vault | None = None, **options: str) -> Credentials:
        return Credentials("x", "kopi", BASE, "access-0", vault=vault or MemoryVault(), options=options)

    def renewing(self, vault: Vault | None = None) -> Credentials:
        """An account that was connected by X's consent page: its session is in the vault."""
        vault = vault or MemoryVault()
        if vault.load() is None:
            vault.save(Tokens("access-0", "refresh-0").dump())
        hidden = {"client_secret": "geheim-1"}
        return Credentials("x", "kopi", BASE, vault=vault, options={"client_id": "app-1"}, secrets=hidden)

    def add(self, text: str, author: str = ME, below: str | None = None, **changes: Any) -> dict[str, Any]:
        """One more post, as X keeps it."""
        number = len(self.posts) + 1
        remote_id = str(number * 7919 % 1_000_003 + 10**12)  # opaque, not in order
        shown, urls = text, []
        for at, url in enumerate(dict.fromkeys(_URL.findall(text))):
            short = f"https://t.co/{number}x{at}"
            shown = shown.replace(url, short)
            urls.append({"url": short, "expanded_url": url if "://" in url else f"http://{url}", "display_url": url})
        parent = next((one for one in self.posts if one["id"] == below), None)
        made = {
            "id": remote_id,
            "text": shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "created_at": stamp(self.clock),
            "author_id": author,
            "conversation_id": parent["conversation_id"] if parent else remote_id,
            "edit_history_tweet_ids": [remote_id],
            **({"entities": {"urls": urls}} if urls else {}),
        }
        if below is not None:
            made["referenced_tweets"] = [{"type": "replied_to", "id": below}]
            made["in_reply_to_user_id"] = parent["author_id"] if parent else RINA
        made |= changes
        self.typed[str(made["id"])] = text
        self.posts.append(made)
        self.clock += timedelta(seconds=1)
        return made

    def say(self, text: str, sender: str = RINA, conversation: str = "900-901", **changes: Any) -> dict[str, Any]:
        made = {
            "id": str(self.said * 31 % 997 + 5000),
            "text": text,
            "event_type": "MessageCreate",
            "created_at": stamp(self.clock),
            "sender_id": sender,
            "dm_conversation_id": conversation,
        } | changes
        self.said += 1
        self.events.append(made)
        self.clock += timedelta(seconds=1)
        return made

    def asked(self) -> list[tuple[str, str]]:
        """Method and path of every call."""
        return [(one.method, one.url.path) for one in self.requests]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self._answer(request)
        answer.headers.update(self.headers)
        made = self.spoil(request, answer)
        if isinstance(made, Exception):
            raise made
        return made

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        parts = [unquote(part) for part in path.split("/")[2:]]
        if parts == ["oauth2", "token"]:
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.access}":
            return refusal(401, "Unauthorized")
        params = request.url.params
        body = json.loads(request.content) if request.headers.get("content-type") == "application/json" else {}
        match (request.method, *parts):
            case ("GET", "users", "me"):
                return httpx.Response(200, json={"data": self._user(ME)})
            case ("GET", "users", "900", "mentions"):
                rows = [one for one in self.posts if "@kopi" in one["text"] or one.get("in_reply_to_user_id") == ME]
                return self._page(rows, params)
            case ("GET", "users", "900", "tweets"):
                rows = [one for one in self.posts if one["author_id"] == ME and not self.late]
                return self._page(rows, params)
            case ("GET", "users", "900", "liked_tweets"):
                rows = [one for one in self.posts if one["id"] in self.liked]
                return self._page(rows, params)
            case ("POST", "users", "900", "likes"):
                self.liked.append(body["tweet_id"])
                return httpx.Response(200, json={"data": {"liked": True}})
            case ("GET", "dm_events"):
                return self._page(self.events, params)
            case ("GET", "dm_conversations", conversation, "dm_events"):
                return self._page([one for one in self.events if one["dm_conversation_id"] == conversation], params)
            case ("POST", "dm_conversations", conversation, "messages"):
                made = self.say(body["text"], ME, conversation)
                data = {"dm_conversation_id": conversation, "dm_event_id": made["id"]}
                return httpx.Response(201, json={"data": data})
            case ("POST", "tweets"):
                return self._create(body)
            case ("GET", "tweets"):
                return self._figures(params)
            case ("GET", "tweets", "search", "recent"):
                assert 10 <= int(params["max_results"]) <= 100 and len(params["query"]) <= 512
                assert "pagination_token" not in params
                rows = [one for one in self.posts if params["query"] in one["text"]]
                return self._page(rows, params)
            case ("GET", "tweets", remote_id):
                return self._one(remote_id)
            case ("DELETE", "tweets", remote_id):
                found = self.of(remote_id)
                if found is None or found["author_id"] != ME:
                    return refusal(403, "You are not allowed to delete this Post.") if found else refusal(404)
                self.posts.remove(found)
                return httpx.Response(200, json={"data": {"deleted": True}})
            case ("PUT", "tweets", remote_id, "hidden"):
                self.hidden.add(remote_id)
                return httpx.Response(200, json={"data": {"hidden": True}})
            case (_, "media", *rest):
                return self._media(request.method, rest, request, body, params)
        return refusal(404, "Not Found")

    def of(self, remote_id: str) -> dict[str, Any] | None:
        return next((one for one in self.posts if one["id"] == remote_id), None)

    def _user(self, user_id: str) -> dict[str, Any]:
        handle, name = NAMES[user_id]
        count = "post_count" if self.renamed else "tweet_count"
        return {"id": user_id, "username": handle, "name": name, "public_metrics": {"followers_count": 1234, count: 5}}

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
        if form.get("grant_type") == "authorization_code":
            good = form.get("code") == "kode-1" and bool(form.get("code_verifier"))
        else:
            good = form.get("refresh_token") == self.refresh
        if not good:
            return httpx.Response(
                400, json={"error": "invalid_request", "error_description": "Value passed was invalid"}
            )
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        made: dict[str, Any] = {"token_type": "bearer", "expires_in": 7200, "access_token": self.access}
        made |= {"refresh_token": self.refresh} | ({"scope": self.scopes} if self.scopes else {})
        return httpx.Response(200, json=made)

    def _page(self, rows: list[dict[str, Any]], params: httpx.QueryParams) -> httpx.Response:
        """Newest first; everything that is asked for alone is billed, and so counted by the tests."""
        ids = [one["id"] for one in rows]
        if (since := params.get("since_id")) is not None:
            rows = rows[ids.index(since) + 1 :] if since in ids else rows
        if (start := params.get("start_time")) is not None:
            rows = [one for one in rows if one["created_at"] is None or one["created_at"] >= start]
        below = params.get("pagination_token", params.get("next_token"))
        end = next((at for at, one in enumerate(rows) if f"t-{one['id']}" == below), len(rows))
        page = rows[:end][-int(params.get("max_results", 10)) :][::-1]
        if not page:
            return httpx.Response(200, json={"meta": {"result_count": 0}})
        meta: dict[str, Any] = {"result_count": len(page), "newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if rows[0] is not page[-1]:
            meta["next_token"] = f"t-{page[-1]['id']}"
        body: dict[str, Any] = {"data": [self._spelled(one) for one in page], "meta": meta}
        if "expansions" in params:
            people = {str(one.get("author_id", one.get("sender_id"))) for one in page}
            body["includes"] = {"users": [self._user(one) for one in sorted(people) if one in NAMES]}
            held = [one["attachments"] for one in page if isinstance(one.get("attachments"), dict)]
            keys = [key for one in held for key in one["media_keys"]]
            if keys:
                body["includes"]["media"] = [{"media_key": key, "type": "photo", "alt_text": "Cangkir"} for key in keys]
        return httpx.Response(200, json=body)

    def _spelled(self, post: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in post.items() if name != "metrics"}
        if self.renamed:
            names = {"referenced_tweets": "referenced_posts", "edit_history_tweet_ids": "edit_history_post_ids"}
            shown = {names.get(name, name): value for name, value in shown.items()}
        return shown

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        unknown = set(body) - {"text", "media", "reply"}
        if unknown:
            return refusal(400, f"One or more parameters to your request was invalid: {unknown}")
        below = body.get("reply", {}).get("in_reply_to_tweet_id")
        if below is not None and self.of(below) is None:
            return refusal(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        held = body.get("media", {}).get("media_ids", [])
        if any(self.files.get(one, {}).get("left", 1) for one in held):
            return refusal(400, "Your media IDs are invalid.")
        text = body.get("text", "")
        if not held and any(self.typed[one["id"]] == text for one in self.posts if one["author_id"] == ME):
            return refusal(403, "You are not allowed to create a Tweet with duplicate content.")
        made = self.add(text, ME, below)
        if held:
            made["attachments"] = {"media_keys": [f"3_{one}" for one in held]}
        data = {"id": made["id"], "text": made["text"], "edit_history_tweet_ids": [made["id"]]}
        return httpx.Response(201, json={"data": data})

    def _one(self, remote_id: str) -> httpx.Response:
        found = self.of(remote_id)
        if found is not None:
            return httpx.Response(200, json={"data": {"id": found["id"], "text": found["text"]}})
        error = {"title": "Not Found Error", "type": f"{BASE}/2/problems/resource-not-found", "value": remote_id}
        return httpx.Response(200, json={"errors": [error]})

    def _figures(self, params: httpx.QueryParams) -> httpx.Response:
        rows, errors = [], []
        for remote_id in params["ids"].split(","):
            found = self.of(remote_id)
            own = "non_public_metrics" in params["tweet.fields"]
            old = found is not None and found["created_at"] < stamp(CLOCK - timedelta(days=30))
            if found is None or (own and old):
                errors.append({"title": "Field Authorization Error", "resource_id": remote_id})
                continue
            shares = "repost_count" if self.renamed else "retweet_count"
            public = {"like_count": 3, shares: 2, "reply_count": 1, "quote_count": 0, "impression_count": 90, "x": "y"}
            row = {"id": remote_id, "public_metrics": public | {"bookmark_count": 4}}
            rows.append(row | ({"non_public_metrics": {"url_link_clicks": 7}} if own else {}))
        return httpx.Response(200, json={"data": rows} | ({"errors": errors} if errors else {}))

    def _media(
        self, method: str, rest: list[str], request: httpx.Request, body: dict[str, Any], params: httpx.QueryParams
    ) -> httpx.Response:
        match (method, *rest):
            case ("POST", "upload"):
                made = self._file(form(request)["media_category"].decode(), form(request)["media"])
                made["left"] = 0
                return httpx.Response(200, json={"data": {"id": made["id"], "media_key": f"3_{made['id']}"}})
            case ("POST", "upload", "initialize"):
                made = self._file(body["media_category"], b"")
                made["wanted"] = body["total_bytes"]
                return httpx.Response(200, json={"data": {"id": made["id"]}})
            case ("POST", "upload", media_id, "append"):
                made, parts = self.files[media_id], form(request)
                assert int(parts["segment_index"]) == made["parts"]
                made["parts"] += 1
                made["bytes"] += parts["media"]
                return httpx.Response(200, json={"data": {"expires_at": 1}})
            case ("POST", "upload", media_id, "finalize"):
                made = self.files[media_id]
                if len(made["bytes"]) != made["wanted"]:
                    return refusal(400, "segments do not add up")
                made["left"] = self.looks
                return httpx.Response(200, json={"data": self._status(made)})
            case ("GET", "upload"):
                made = self.files[params["media_id"]]
                made["left"] = max(0, made["left"] - 1)
                return httpx.Response(200, json={"data": self._status(made)})
            case ("POST", "metadata"):
                self.files[body["id"]]["alt"] = body["metadata"]["alt_text"]["text"]
                return httpx.Response(200, json={"data": {"id": body["id"]}})
        return refusal(404)

    def _file(self, category: str, content: bytes) -> dict[str, Any]:
        made = {"id": f"70{len(self.files)}", "category": category, "bytes": content, "parts": 0, "left": 1, "alt": ""}
        self.files[str(made["id"])] = made
        return made

    def _status(self, made: dict[str, Any]) -> dict[str, Any]:
        state = {"state": "in_progress", "check_after_secs": 2} if made["left"] else {"state": "succeeded"}
        return {"id": made["id"], "processing_info": state}


def form(request: httpx.Request) -> dict[str, bytes]:
    """The content of each part of a form, by its name."""
    boundary = b"\r\n--" + request.headers["content-type"].partition("boundary=")[2].encode()
    found: dict[str, bytes] = {}
    for part in (b"\r\n" + request.content).split(boundary)[1:-1]:
        head, _blank, body = part.partition(b"\r\n\r\n")
        name = re.search(r'name="(\w+)"', head.decode())
        assert name is not None
        found[name[1]] = body
    return found
