"""A slow line for real: sshd on this machine, its client in a network namespace behind a throttled pair of devices.

Needs root, iproute2 with tc, and OpenSSH; ``missing`` says what isn't there. Keys are made for the occasion.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psutil

SSHD = "/usr/sbin/sshd"


def missing() -> str | None:
    """Why there can be no such line here."""
    if os.getuid() != 0:
        return "needs root to make a network namespace"
    for tool in ("ip", "tc", "ssh", "ssh-keygen", SSHD):
        if not shutil.which(tool):
            return f"needs {tool} (apt: iproute2, openssh-server, openssh-client)"
    probe = f"smdash-probe-{os.getpid()}"
    try:
        _run("ip", "netns", "add", probe)
        _run("ip", "netns", "exec", probe, "tc", "qdisc", "add", "dev", "lo", "root", *_throttle(20_000))
    except subprocess.CalledProcessError as problem:
        return f"needs leave to make a slow network device: {problem.stderr.decode(errors='replace').strip()}"
    finally:
        subprocess.run(["ip", "netns", "del", probe], capture_output=True, check=False)
    return None


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)


def _throttle(rate: int) -> list[str]:
    """A queue that lets so many bytes a second through, one packet at a time, and holds four seconds of them.

    Such deep queues are what makes slow lines feel slower than they are.
    """
    return ["tbf", "rate", f"{rate * 8}bit", "burst", "1600", "latency", "4s"]


class SshLine:
    """sshd behind a line of ``rate`` bytes a second, both ways."""

    def __init__(self, rate: int = 20_000) -> None:
        self._rate = rate
        self._name = f"smdash-{os.getpid()}"
        # 198.18.0.0/15 is for measuring devices (RFC 2544).
        block = os.getpid() % 16_000 * 4
        self._here = f"198.{18 + block // 65_536}.{block // 256 % 256}.{block % 256 + 1}"
        self._there = f"198.{18 + block // 65_536}.{block // 256 % 256}.{block % 256 + 2}"
        self._folder = Path(tempfile.mkdtemp(prefix="smdash-ssh-"))
        self._sshd: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> SshLine:
        try:
            self._lay()
            self._listen()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def _lay(self) -> None:
        name, here, there = self._name, f"sm{os.getpid()}a", f"sm{os.getpid()}b"
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        inside = ("ip", "netns", "exec", name)
        for prefix, device, address in (((), here, self._here), (inside, there, self._there)):
            _run(*prefix, "ip", "addr", "add", f"{address}/30", "dev", device)
            # Packets as they are on a wire; a bundle of forty would come at once, two seconds late.
            _run(*prefix, "ip", "link", "set", device, "gso_max_segs", "1", "up")
            _run(*prefix, "tc", "qdisc", "add", "dev", device, "root", *_throttle(self._rate))

    def _listen(self) -> None:
        folder = self._folder
        for key in ("host", "own"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
        shutil.copyfile(folder / "own.pub", folder / "authorized")
        with socket.socket() as free:
            free.bind((self._here, 0))
            self.port = free.getsockname()[1]
        config = folder / "sshd_config"
        config.write_text(
            f"ListenAddress {self._here}\nPort {self.port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
            "PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
            "UseDNS no\nPrintMotd no\nPrintLastLog no\n"
        )
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with (folder / "log").open("wb") as log:
            self._sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log)
        end = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self._here, self.port), 1):
                return
            if self._sshd.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)

    def command(self, *words: str, env: dict[str, str] | None = None) -> list[str]:
        """What runs a program over the line, in a terminal there."""
        settings = [f"{key}={value}" for key, value in (env or {}).items()]
        user = pwd.getpwuid(os.getuid()).pw_name
        return [
            "ip", "netns", "exec", self._name, "ssh", "-tt", "-F", "none", "-i", str(self._folder / "own"), "-p", str(self.port),
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            f"{user}@{self._here}", f"cd {shlex.quote(str(Path.cwd()))} && exec env {shlex.join([*settings, *words])}",
        ]  # fmt: skip

    def desk(self, db: Path, env: dict[str, str], *options: str) -> list[str]:
        """The dashboard over the line."""
        return self.command(sys.executable, "-m", "smdash", "--db", str(db), *options, env=env)

    def servers(self) -> list[psutil.Process]:
        """The server's processes of the connections that are open."""
        assert self._sshd is not None
        return psutil.Process(self._sshd.pid).children()

    def close(self) -> None:
        """Take everything away again."""
        if self._sshd is not None:
            for process in [*psutil.Process(self._sshd.pid).children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            self._sshd.kill()
            self._sshd.wait()
        subprocess.run(["ip", "netns", "del", self._name], capture_output=True, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
