"""Real servers on loopback, started for a test and ended with it: mastodon-mock, nginx, and Bluesky's own.

Each skips the test, with the reason, where the server isn't installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .faulty import free_port

START_S = 20.0

_MOCK = """
[server]
host = "127.0.0.1"
port = {port}

[[seed.accounts]]
username = "kopi"
display_name = "Kopi Senja"
access_token = "kopi_token"

[[seed.accounts]]
username = "rina"
display_name = "Rina"
access_token = "rina_token"
"""

_NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log warn;
{user}
events {{ worker_connections 64; }}
http {{
    access_log {work}/access.log;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    types {{ application/rss+xml xml; application/feed+json json; text/html html; }}
    default_type application/octet-stream;
    etag on;
    gzip on;
    gzip_min_length 1;
    gzip_types application/rss+xml application/feed+json;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location = /moved.xml {{ return 301 /feed.xml; }}
        location = /gone.xml {{ return 410; }}
        location = /busy.xml {{ add_header Retry-After 900 always; return 503; }}
        location = /closed.xml {{ return 444; }}
    }}
}}
"""


@dataclass(frozen=True)
class Mock:
    """A running mastodon-mock with the accounts kopi (ours) and rina."""

    url: str
    token: str = "kopi_token"
    other_token: str = "rina_token"


@contextmanager
def mastodon_mock() -> Iterator[Mock]:
    """Run mastodon-mock, in memory. Its own environment may be named by SMDASH_TEST_MOCK_PYTHON."""
    python = os.environ.get("SMDASH_TEST_MOCK_PYTHON")
    if python is None:
        if importlib.util.find_spec("mastodon_mock") is None:
            pytest.skip("mastodon-mock is not installed")
        python = sys.executable
    with tempfile.TemporaryDirectory(prefix="smdash-mock-") as work:
        port = free_port()
        config = Path(work, "mock.toml")
        config.write_text(_MOCK.format(port=port))
        command = [python, "-m", "mastodon_mock", "serve", "--config", str(config), "--in-memory"]
        with _running([*command, "--host", "127.0.0.1", "--port", str(port)], Path(work)) as process:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/api/v2/instance", process, Path(work, "output"))
            yield Mock(url)


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Serve *folder* over HTTP with ETag and gzip; yields the base address.

    /moved.xml leads to /feed.xml for good, /gone.xml is 410, /busy.xml 503 with Retry-After, /closed.xml
    closes without an answer.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    with tempfile.TemporaryDirectory(prefix="smdash-nginx-") as work:
        port = free_port()
        config = Path(work, "nginx.conf")
        # As root, nginx would drop to a user who can't read the test's folder.
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(_NGINX.format(work=work, port=port, folder=folder, user=user))
        with _running([program, "-c", str(config), "-p", work, "-e", f"{work}/error.log"], Path(work)) as process:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, Path(work, "output"))
            yield url


@dataclass(frozen=True)
class Bluesky:
    """A running network of Bluesky's reference server; ``appview`` says whether notifications are made."""

    url: str
    appview: bool

    def ask(self, method: str, body: dict[str, object] | None = None, *, token: str = "") -> dict[str, Any]:
        """Call a method: POST with a body, else GET (*method* with its query)."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/xrpc/{method}", data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found = json.loads(answer.read() or b"{}")
        assert isinstance(found, dict)
        return found


def bluesky_home() -> Path:
    """Where ``tests/servers/bluesky.sh`` installs the npm package."""
    base = os.environ.get("SMDASH_TEST_SERVERS") or Path.home() / ".cache" / "smdash-test-servers"
    return Path(base) / "bluesky"


@contextmanager
def bluesky() -> Iterator[Bluesky]:
    """Run the reference PDS, and its AppView where PostgreSQL is installed; everything is gone afterwards."""
    home, node = bluesky_home(), shutil.which("node")
    if node is None or not (home / "node_modules" / "@atproto" / "dev-env").is_dir():
        pytest.skip(f"Bluesky's server is not installed in {home}; tests/servers/bluesky.sh does it")
    with tempfile.TemporaryDirectory(prefix="smdash-bluesky-") as name, ExitStack() as stack:
        work = Path(name)
        work.chmod(0o711)  # PostgreSQL's user must reach its folder
        env = {"PATH": os.environ["PATH"], "HOME": name, "TMPDIR": name, "SMDASH_BLUESKY_HOME": str(home)}
        if (address := stack.enter_context(_postgresql(work / "database"))) is not None:
            # The AppView wants a Redis to be named, but nothing of what is asked here connects to it.
            env |= {"DB_POSTGRES_URL": address, "REDIS_HOST": "127.0.0.1:1"}
        script = Path(__file__).parents[1] / "servers" / "bluesky.cjs"
        log = stack.enter_context((work / "log").open("wb"))
        process = subprocess.Popen(
            [node, "--no-deprecation", str(script)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith(b'{"pds"'):
                    ready = json.loads(line)
                    yield Bluesky(ready["pds"], ready["appview"] is not None)
                    return
            said = (work / "log").read_text(errors="replace")[-2000:]
            pytest.fail(f"Bluesky's server did not start (exit {process.wait()}): {said}")
        finally:
            process.kill()
            process.communicate()


@contextmanager
def _postgresql(folder: Path) -> Iterator[str | None]:
    """A PostgreSQL of its own; yields its address, or nothing where it isn't installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    where = shutil.which("initdb")
    programs = Path(where).resolve().parent if where else found[-1].parent if found else None
    if programs is None:
        yield None
        return
    folder.mkdir(0o700)
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)
    options: dict[str, Any] = {"user": user, "cwd": folder, "stdin": subprocess.DEVNULL}
    data, port = folder / "data", free_port()
    command = [programs / "initdb", "-D", data, "-U", "smdash", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
    subprocess.run(command, check=True, capture_output=True, **options)
    command = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"]
    with (folder.parent / "postgresql.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **options)
    try:
        command = [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
        end = time.monotonic() + START_S
        while subprocess.run(command, check=False, capture_output=True).returncode:
            assert time.monotonic() < end and process.poll() is None, "PostgreSQL did not start"
            time.sleep(0.1)
        yield f"postgresql://smdash@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # ends its sessions, too
        process.wait(10)


@contextmanager
def _running(command: list[str], work: Path) -> Iterator[subprocess.Popen[bytes]]:
    with Path(work, "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=work, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    """Until the server answers anything at all."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    said = output.read_text(errors="replace")[-2000:]
    pytest.fail(f"the server did not start (exit {process.poll()}): {said}")
