"""A Mastodon list in memory, behind httpx' mock transport, with the habits of several servers."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

BASE = "https://kopi.example"
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def status(number: int, **changes: Any) -> dict[str, Any]:
    made = {
        "id": f"s{number}",
        "created_at": (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z"),
        "account": {"id": "77", "acct": "rina@toko.example", "display_name": "Rina"},
        "content": f"<p>nomor {number}</p>",
        "visibility": "public",
        "url": f"https://toko.example/@rina/{number}",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "mentions": [{"id": "1", "acct": "kopi"}],
        "media_attachments": [],
    }
    return made | changes


@dataclass
class Fake:
    """``habit`` is vanilla, ignores_min, min_is_since, ignores_all, no_link, prev_only or inventive."""

    habit: str = "vanilla"
    most: int = 40
    rows: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    said: list[dict[str, Any]] = field(default_factory=list)  # statuses that a search finds, oldest first
    calls: list[httpx.URL] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def add(self, count: int) -> None:
        for _count in range(count):
            number = len(self.rows) + 1
            self.rows.append(
                {
                    "id": self.name(number),
                    "type": "mention",
                    "created_at": status(number)["created_at"],
                    "status": status(number),
                }
            )

    def name(self, number: int) -> str:
        """Opaque: neither numbers nor in order, with letters that need quoting in addresses."""
        return base64.b64encode(str(number * 7919 % 1_000_003).encode()).decode() + "/ä"

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url)
        if request.url.path.endswith("verify_credentials"):
            return httpx.Response(200, json={"id": "1", "acct": "kopi", "display_name": "Kopi Senja"})
        if self.habit == "inventive":
            numbers = range(len(self.calls) * 1000, len(self.calls) * 1000 + 40)
            return httpx.Response(200, json=[{"id": f"n{n}", "type": "mention", "status": status(n)} for n in numbers])
        params = request.url.params
        path = request.url.path
        if path == "/api/v2/search":
            assert params["type"] == "statuses" and "since_id" not in params and request.headers["authorization"]
            found = [one for one in self.said if params["q"] in one["content"]]
            # A search leaves out what is older than "min_id", and begins at the top all the same.
            newest = httpx.QueryParams(
                {("since_id" if name == "min_id" else name): value for name, value in params.items()}
            )
            return httpx.Response(200, json={"statuses": self._select(newest, found)}, headers=self.headers)
        if path.startswith("/api/v1/timelines/tag/"):
            tag = "#" + path.rsplit("/", 1)[1]
            found = [one for one in self.said if tag in one["content"]]
            if not found:
                return httpx.Response(404, json={"error": "Record not found"})
            rows = self._select(params, found)
            return httpx.Response(200, json=rows, headers=self._link(rows) | self.headers)
        rows = self._select(params, self.rows)
        return httpx.Response(200, json=rows, headers=self._link(rows) | self.headers)

    def _place(self, name: str | None, every: list[dict[str, Any]]) -> int | None:
        names = [row["id"] for row in every]
        return names.index(name) if name in names else None

    def _select(self, params: httpx.QueryParams, every: list[dict[str, Any]]) -> list[dict[str, Any]]:
        limit = min(int(params.get("limit", 20)), self.most)
        above, since, below = (self._place(params.get(name), every) for name in ("min_id", "since_id", "max_id"))
        if self.habit == "ignores_all":
            above = since = below = None
        elif self.habit == "ignores_min":
            above = None
        elif self.habit == "min_is_since":
            since, above = (above if since is None else since), None
        rows = every[: below if below is not None else None]
        if above is not None:
            return rows[above + 1 :][:limit][::-1]
        return rows[(since + 1 if since is not None else 0) :][-limit:][::-1]

    def _link(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        if not rows or self.habit == "no_link":
            return {}
        path = f"{BASE}/api/v1/notifications"
        links = [f'<{path}?{urlencode({"min_id": rows[0]["id"]})}>; rel="prev"']
        if self.habit != "prev_only" and len(rows) == self.most:
            links.insert(0, f'<{path}?{urlencode({"max_id": rows[-1]["id"]})}>; rel="next"')
        return {"Link": ", ".join(links)}
