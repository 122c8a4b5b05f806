"""A network of a third party, as a package that pip installs, and a server for it: for what no built-in network shows.

It needs an option and a secret beside the token, has a consent page with a pasted code and a device flow, and renews its
sessions. All that its server was told stands in ``Server.seen``.
"""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PLATFORM = """
from smdash.platforms.base import Abilities, JobKind, Need, Platform


def load():
    from smdash_forum.adapter import Forum

    return Forum()


def connect():
    from smdash_forum.adapter import Connect

    return Connect()


PLATFORM = Platform(
    name="forum",
    title="Forum",
    code="FO",
    status="live",
    load=load,
    connect=connect,
    abilities=Abilities(inbox=True),
    jobs=(JobKind("mentions", 300),),
    needs_url=True,
    needs=(
        Need("client_id", "the app's id", "on the page of the app"),
        Need("client_secret", "the app's secret", secret=True),
        Need("board", "the board", required=False),
    ),
    pages="https://forum.example/apps",
    scopes=("read", "write"),
    cost="each look costs a cent",
)
"""
ADAPTER = """
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from smdash.core import ingest
from smdash.core.records import Quota
from smdash.platforms import sessions
from smdash.platforms.answers import check
from smdash.platforms.base import Pulled, Verified
from smdash.platforms.connect import LOOPBACK, DeviceCode, Grant, Opened, Waiting
from smdash.platforms.sessions import Tokens


async def ask(client, credentials, path, **wish):
    wish |= {"client_id": credentials.options["client_id"], "client_secret": credentials.secrets["client_secret"]}
    return await client.request(
        "POST", credentials.url + path, owner_typed=True, content=urlencode(wish).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


async def token(credentials, client, now):
    async def renew(old):
        answer = await ask(client, credentials, "/token", grant_type="refresh_token", refresh_token=old.refresh)
        return sessions.read_tokens(answer, now)

    start = Tokens(access=credentials.token) if credentials.token else None
    return (await sessions.fresh(credentials, now, renew, start=start)).access


class Forum:
    async def verify(self, credentials, client, now):
        secret = await token(credentials, client, now)
        found = check(await client.get(credentials.url + "/me", owner_typed=True, token=secret), now).json()
        return Verified(
            found["id"], found["handle"], found["name"], None,
            missing_scopes=tuple(found.get("missing", ())),
            expires_at=now + timedelta(days=found["days"], hours=1) if "days" in found else None,
            quota=Quota(240, 300, None),
        )

    async def pull(self, pull, client):
        secret = await token(pull.credentials, client, pull.now)
        found = check(
            await client.get(pull.credentials.url + "/mentions", owner_typed=True, token=secret), pull.now
        ).json()
        return Pulled(
            mentions=[ingest.from_fields(one | {"platform": "forum", "account": pull.credentials.name}) for one in found]
        )


class Connect:
    async def authorize_url(self, credentials, attempt, client, now):
        query = {
            "client_id": credentials.options["client_id"], "redirect_uri": LOOPBACK, "state": attempt.state,
            "code_challenge": attempt.challenge,
        }
        return Opened(f"{credentials.url}/agree?{urlencode(query)}", kept=attempt.state)

    async def exchange(self, credentials, attempt, opened, code, client, now):
        assert opened.kept == attempt.state
        answer = await ask(
            client, credentials, "/token", grant_type="authorization_code", code=code, code_verifier=attempt.verifier
        )
        return Grant(session=sessions.read_tokens(answer, now).dump(), options={"board": "7"})

    async def device_start(self, credentials, client, now):
        found = check(await ask(client, credentials, "/device"), now).json()
        return DeviceCode(
            found["url"], found["user_code"], found["device_code"], now + timedelta(seconds=found["expires_in"]), 1.0
        )

    async def device_poll(self, credentials, code, client, now):
        answer = await ask(client, credentials, "/token", grant_type="device", device_code=code.device_code)
        if sessions.error_of(answer) == "authorization_pending":
            return Waiting()
        return Grant(session=sessions.read_tokens(answer, now).dump())
"""
METADATA = "Metadata-Version: 2.1\nName: smdash-forum\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY = "[smdash.platforms]\nforum = smdash_forum:PLATFORM\n"


def install(folder: Path, platform: str = PLATFORM, adapter: str = ADAPTER) -> Path:
    """Make a wheel of it and have pip install that below *folder*; returns the path for PYTHONPATH."""
    wheel = folder / "smdash_forum-1.0-py3-none-any.whl"
    about = "smdash_forum-1.0.dist-info"
    files = {
        "smdash_forum/__init__.py": platform,
        "smdash_forum/adapter.py": adapter,
        f"{about}/METADATA": METADATA,
        f"{about}/WHEEL": WHEEL,
        f"{about}/entry_points.txt": ENTRY,
    }
    record = "".join(
        f"{name},sha256={urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text.encode())}\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(wheel, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
        made.writestr(f"{about}/RECORD", record + f"{about}/RECORD,,\n")
    place = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", place, wheel]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place


class Server:
    """The network: ``code`` and ``user_code`` are what it takes, ``agreed`` whether the owner typed the latter.

    ``good`` are the access tokens that it knows; ``secret`` is the app's.
    """

    def __init__(self) -> None:
        self.code, self.user_code, self.secret = "kode-senja-1", "KOPI-7", "rahasia-aplikasi-9"
        self.good = {"token-buatan-tangan"}
        self.refresh = ""
        self.agreed = False
        self.days: int | None = 30
        self.missing: list[str] = []
        self.made = 0
        self.down = False
        self.seen: list[tuple[str, dict[str, str]]] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(*server.get(self.path, self.headers.get("Authorization") or ""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                server.seen.append((self.path, form))
                self.answer(*server.post(self.path, form))

            def answer(self, status: int, found: Any) -> None:
                body = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def get(self, path: str, authorization: str) -> tuple[int, Any]:
        if self.down:
            return 503, {"error": "resting"}
        if authorization.removeprefix("Bearer ") not in self.good:
            return 401, {"error": "who is that?"}
        if urlsplit(path).path == "/me":
            found: dict[str, Any] = {"id": "1", "handle": "kopi", "name": "Kopi Senja", "missing": self.missing}
            return 200, found | ({} if self.days is None else {"days": self.days})
        mention = {
            "remote_id": "1", "kind": "comment", "author_handle": "budi_s", "body": "Buka jam berapa?",
            "sent_at": "2026-11-23T07:00:00Z",
        }  # fmt: skip
        return 200, [mention]

    def post(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if form.get("client_secret") != self.secret:
            return 401, {"error": "invalid_client", "error_description": "the app is not known"}
        if path == "/device":
            return 200, {
                "url": f"{self.url}/type", "user_code": self.user_code, "device_code": "gawai-77", "expires_in": 60,
            }  # fmt: skip
        kind = form["grant_type"]
        if kind == "authorization_code" and form["code"] != self.code:
            return 400, {"error": "invalid_grant", "error_description": "the code is old"}
        if kind == "device" and not self.agreed:
            return 400, {"error": "authorization_pending"}
        if kind == "refresh_token" and form["refresh_token"] != self.refresh:
            return 400, {"error": "invalid_grant"}
        self.made += 1
        self.refresh = f"penyegar-nomor-{self.made}"
        access = f"akses-nomor-{self.made}"
        self.good.add(access)
        return 200, {"access_token": access, "refresh_token": self.refresh, "expires_in": 3600, "scope": "read write"}
