"""A token is found nowhere but in its own file: not in the database, logs at any level, output, or other files."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import Smdash

CANARY = "kenari+7f3/9a1c=5e2d"
STATUS = {
    "id": "9", "created_at": "2026-11-23T07:00:00Z", "visibility": "public", "in_reply_to_id": None,
    "in_reply_to_account_id": None, "mentions": [{"id": "1", "acct": "kopi"}], "media_attachments": [],
}  # fmt: skip


class Server:
    """A Mastodon on loopback that repeats the token wherever it can; ``habit`` says how it answers a pull."""

    def __init__(self) -> None:
        self.habit = "echo"
        self.seen: list[tuple[str, str]] = []
        self.elsewhere = ""
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                server.seen.append((self.path, token))
                status, body, headers = server.answer(self.path, token)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, path: str, token: str) -> tuple[int, bytes, dict[str, str]]:
        kind = {"Content-Type": "application/json"}
        if "verify_credentials" in path:
            return 200, json.dumps({"id": "1", "acct": "kopi", "display_name": f"Kopi {token}"}).encode(), kind
        if "/api/v2/instance" in path:
            return 200, b"{}", kind
        if self.habit == "error":
            return (
                500,
                f"broken: Authorization: Bearer {token} access_token={quote(token)}".encode(),
                {"X-Token": token},
            )
        if self.habit == "refused":
            return 401, json.dumps({"error": f"the token {token} is not valid"}).encode(), kind
        if self.habit == "redirect":
            return 302, b"", {"Location": f"{self.elsewhere}/next?access_token={quote(token)}"}
        if self.habit == "nonsense":
            return 200, f"<html>{token}</html>".encode(), kind
        if "conversations" in path:
            return 200, b"[]", kind
        name = {"id": "77", "acct": f"rina_{token}", "display_name": f"Rina {token}"}
        body = STATUS | {
            "account": name,
            "content": f"<p>kamu kirim {token}</p>",
            "url": f"https://x.example/{quote(token, safe='')}",
        }
        rows = [{"id": "5", "type": "mention", "created_at": STATUS["created_at"], "status": body}]
        return (
            200,
            json.dumps(rows).encode(),
            kind | {"Link": f'<{self.url}/api/v1/notifications?min_id={token}>; rel="prev"'},
        )


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token.txt"
    file.write_text(CANARY)
    file.chmod(0o600)
    return file


def leaks(folder: Path, *allowed: Path) -> list[str]:
    """Files below the folder that hold the token, as it is or as an address would carry it."""
    forms = [CANARY.encode(), quote(CANARY, safe="").encode(), json.dumps(CANARY)[1:-1].encode()]
    found = []
    for file in folder.rglob("*"):
        if file.is_file() and file not in allowed and any(form in file.read_bytes() for form in forms):
            found.append(str(file.relative_to(folder)))
    return found


def connect(smdash: Smdash, server: Server, token_file: Path) -> str:
    ran = smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", server.url, "--token-file", token_file)
    return ran.out + ran.err


@pytest.mark.parametrize("habit", ["echo", "error", "refused", "redirect", "nonsense", "gone"])
def test_whatever_a_server_does_the_token_stays_in_its_file(
    smdash: Smdash, server: Server, token_file: Path, tmp_path: Path, habit: str
) -> None:
    stranger = Server()
    server.elsewhere = stranger.url.replace("127.0.0.1", "localhost")
    said = connect(smdash, server, token_file)
    server.habit = habit
    if habit == "gone":
        server.http.shutdown()
        server.http.server_close()
    for words in (
        ["sync", "--once", "--verbose"], ["sync", "--once", "--json"], ["account", "check"], ["account", "list", "--json"],
        ["mention", "list", "--json"], ["mention", "list"], ["schema", "--sql"], ["status"], ["doctor"], ["team", "show"],
        ["backup", tmp_path / "copy.db"],
    ):  # fmt: skip
        ran = smdash(*words, PYTHONASYNCIODEBUG="1", PYTHONDEVMODE="1")
        said += ran.out + ran.err
    stranger.http.shutdown()
    stranger.http.server_close()
    assert CANARY not in said and quote(CANARY, safe="") not in said
    assert leaks(tmp_path, token_file) == []
    assert all(token == "" for _path, token in stranger.seen)
    if habit != "gone":
        assert any(token == CANARY for _path, token in server.seen)
    if habit == "echo":
        (row,) = smdash.ok("mention", "list", "--json").json
        assert row["body"] == "kamu kirim [secret]"


def test_a_token_in_sync_toml_stays_there(smdash: Smdash, server: Server, tmp_path: Path, token_file: Path) -> None:
    connect(smdash, server, token_file)
    file = tmp_path / "config" / "sync.toml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("token_file")]
    file.write_text("\n".join([*lines, f'token = "{CANARY}"', "colour = 1"]) + "\n")
    token_file.unlink()
    ran = smdash("sync", "--once", "--verbose")
    assert CANARY not in ran.out + ran.err
    assert leaks(tmp_path, file) == []
    assert file.stat().st_mode & 0o077 == 0


def test_no_process_shows_it(smdash: Smdash, server: Server, token_file: Path) -> None:
    connect(smdash, server, token_file)
    running = smdash.start("sync")
    try:
        deadline = time.monotonic() + 20
        while not any("notifications" in path for path, _token in server.seen) and time.monotonic() < deadline:
            time.sleep(0.05)
        shown = Path(f"/proc/{running.pid}/cmdline").read_bytes() + Path(f"/proc/{running.pid}/environ").read_bytes()
        assert CANARY.encode() not in shown
    finally:
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)
    assert CANARY.encode() not in out + err


def test_a_crash_in_an_adapter_tells_no_secret(
    smdash: Smdash, server: Server, token_file: Path, tmp_path: Path
) -> None:
    connect(smdash, server, token_file)
    script = f"""
import sys
sys.argv = ["smdash", "--db", {str(smdash.db)!r}, "sync", "--once", "--verbose"]
from smdash.platforms.mastodon import Mastodon
async def pull(self, pull, client):
    token = pull.credentials.token
    raise RuntimeError(f"bug with {{token}} and {{pull.credentials!r}}")
Mastodon.pull = pull
from smdash.cli import main
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], env=smdash.env | {"PWD": os.getcwd()}, capture_output=True, text=True
    )
    assert ran.returncode == 1 and "RuntimeError" in ran.stdout + ran.stderr
    assert CANARY not in ran.stdout + ran.stderr
    assert leaks(tmp_path, token_file) == []


DEBUG = """
import logging, sys
from smdash.platforms import redact
installed = redact.install

def install(logger):
    # As an owner who hunts a fault would have it: every logger tells all.
    installed(logger)
    for name in ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "asyncio", "smdash", "smdash.sync"):
        logging.getLogger(name).setLevel(logging.DEBUG)

redact.install = install
from smdash.cli import main
main()
"""


@pytest.mark.parametrize("habit", ["echo", "error", "refused", "redirect"])
def test_with_every_logger_at_debug_the_token_stays_in_its_file(
    smdash: Smdash, server: Server, token_file: Path, tmp_path: Path, habit: str
) -> None:
    connect(smdash, server, token_file)
    server.habit, server.elsewhere = habit, server.url.replace("127.0.0.1", "localhost")
    ran = subprocess.run(
        [sys.executable, "-c", DEBUG, "--db", smdash.db, "sync", "--once", "--verbose"],
        env=smdash.env | {"PYTHONASYNCIODEBUG": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    said = ran.stdout + ran.stderr
    assert "DEBUG" in said and "receive_response_headers" in said
    assert any(token == CANARY for _path, token in server.seen)
    assert CANARY not in said and quote(CANARY, safe="") not in said
    assert leaks(tmp_path, token_file) == []


def test_over_plain_http_a_token_goes_to_private_hosts_only(smdash: Smdash, token_file: Path) -> None:
    said = smdash.refused(
        "account", "add", "mastodon", "--name", "kopi", "--url", "http://mastodon.example", "--token-file", token_file,
        code=2,
    )  # fmt: skip
    assert "http" in said and CANARY not in said
