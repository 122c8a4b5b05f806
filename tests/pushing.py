"""A network that pushes, made up: put beside smdash by an entry point, as a third party would; and who pushes to it.

Its bodies are JSON: ``{"events": [{"account", "id", "handle", "name", "text", "at", "edited_at", "deleted"}]}``, signed
with HMAC-SHA256 of the account's token in ``X-Signature``.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "rahasia-warung-0123456789"
MODULE = """
import hashlib, hmac, json, os
from datetime import datetime
from smdash.core.clock import decode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms.base import Abilities, Platform
from smdash.platforms.push import Pushed

HASTE = os.environ.get("PUSHING_HASTE")
if HASTE:
    from smdash.sync.receive import app, connections
    app.BODY_S = connections.HEAD_S = float(HASTE)
if os.environ.get("PUSHING_BROKEN"):
    BROKEN = True
else:
    BROKEN = False


def key(secrets):
    return secrets.get("token", "").encode()


class Receiver:
    def challenge(self, request, secrets):
        said = request.query.get("verify", "").encode()
        return request.query.get("challenge") if key(secrets) and hmac.compare_digest(said, key(secrets)) else None

    def is_genuine(self, request, secrets):
        if not key(secrets):
            return False
        right = hmac.new(key(secrets), request.body, hashlib.sha256).hexdigest().encode()
        return hmac.compare_digest(request.headers.get("x-signature", "").encode("latin-1"), right)

    def read(self, body, received_at):
        try:
            events = json.loads(body)["events"]
        except (ValueError, KeyError, TypeError) as problem:
            raise PlatformError(ErrorKind.UNKNOWN, "not what Warung sends") from problem
        if BROKEN and b"new kind" in body:
            raise KeyError("new kind")
        found = []
        for one in events:
            when = decode(one.get("at", "2026-11-23T07:00:00.000Z"))
            edited = decode(one["edited_at"]) if "edited_at" in one else None
            text = one.get("text", "") if one.get("raw") else clean(one.get("text", ""))
            found.append(Pushed(one.get("account", "w1"), IncomingMention(
                "warung", "", one["id"], MentionKind.DM, one.get("handle", "rina"), one.get("name", "Rina"),
                text, None, when, edited, deleted=one.get("deleted", False))))
        return found


class Adapter:
    pass


PLATFORM = Platform(
    name="warung", title="Warung", code="WR", status="live", load=Adapter, abilities=Abilities(inbox=True, push=True),
    receive=Receiver,
)
"""


def put_beside(folder: Path) -> Path:
    """Write the network's package as pip would; returns the folder for PYTHONPATH."""
    info = folder / "warung-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "warung_network.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: warung\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[smdash.platforms]\nwarung = warung_network:PLATFORM\n")
    return folder


def event(number: int | str, text: str = "halo", **fields: Any) -> dict[str, Any]:
    """One event; its network's id is ``m`` and the number."""
    return {"id": f"m{number}", "text": text, **fields}


def body_of(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events}).encode()


def signed(body: bytes, token: str = TOKEN) -> dict[str, str]:
    return {"X-Signature": hmac.new(token.encode(), body, hashlib.sha256).hexdigest()}


@dataclass
class Said:
    """An answer."""

    status: int
    text: str
    headers: dict[str, str]


@dataclass
class Receiver:
    """A running ``smdash receive``."""

    process: subprocess.Popen[bytes]
    port: int
    lines: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 20.0,
    ) -> Said:
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            caller.request(method, path, body, headers or {})
            got = caller.getresponse()
            return Said(got.status, got.read().decode(), {k.lower(): v for k, v in got.getheaders()})
        finally:
            caller.close()

    def push(self, *events: dict[str, Any], path: str = "/warung/kopi", **headers: str) -> Said:
        body = body_of(*events)
        return self.ask("POST", path, body, signed(body) | {k.replace("_", "-"): v for k, v in headers.items()})

    def push_body(self, body: bytes, path: str = "/warung/kopi") -> Said:
        return self.ask("POST", path, body, signed(body))

    def raw(self, data: bytes) -> socket.socket:
        """A connection over which this was sent."""
        caller = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        caller.sendall(data)
        return caller

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> tuple[int, float, str]:
        """SIGTERM: the exit code, how long it took (seconds), and what stood on stderr."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _out, err = self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - began, err.decode()


@contextmanager
def receiving(db: Path, env: dict[str, str], *words: str) -> Iterator[Receiver]:
    """Start it on a free port, and end it at the end."""
    command = [sys.executable, "-m", "smdash", "--db", str(db), "receive", "--listen", "127.0.0.1:0", *words]
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline().decode()
        if not first:
            raise AssertionError(process.stderr.read().decode())
        os.set_blocking(process.stdout.fileno(), False)
        yield Receiver(process, int(first.rpartition(":")[2]))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


async def flood(
    port: int, bodies: list[bytes], callers: int, seconds: float | None = None
) -> list[tuple[bytes, int, float]]:
    """Push these as quickly as *callers* connections can, or spread over some seconds: body, status, seconds it took.

    What was not answered has the status 0. Where they are spread, an answer's time begins when its push was due.
    """
    queue = list(reversed(list(enumerate(bodies))))
    outcomes: list[tuple[bytes, int, float]] = []
    began = time.perf_counter()
    gap = 0.0 if seconds is None else seconds / max(len(bodies), 1)

    async def call() -> None:
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        while queue:
            number, body = queue.pop()
            if (wait := began + number * gap - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            asked = time.perf_counter() if seconds is None else began + number * gap
            status = 0
            try:
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                (name, value), *_ = signed(body).items()
                writer.write(
                    b"POST /warung/kopi HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s: %s\r\n\r\n%s"
                    % (len(body), name.encode(), value.encode(), body)
                )
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                status = int(head.split()[1])
                if b"connection: close" in head.lower():
                    writer.close()
                    reader = writer = None
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                if writer is not None:
                    writer.close()
                reader = writer = None
            outcomes.append((body, status, time.perf_counter() - asked))

    await asyncio.gather(*(call() for _caller in range(callers)))
    return outcomes
