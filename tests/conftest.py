"""Fixtures that every suite shares: a standing clock, a fresh database, and the real command line.

``clock``   stands at 2026-11-23 07:05 UTC, which is Monday 14:05 in Jakarta, week 48.
``zone``    the team's zone.
``db``      the path of a fresh database of the team “Kopi Senja”.
``store``   that database, open, at ``clock``.
``actor``   Ana, a member of the team; ``second`` is Budi.
``small_disk``   a file system of 1 MiB, and ``open_folder`` a folder that everybody may enter.
``own_folders``  this process, too, reads and writes settings and state below the test's folder.
``smdash``  runs the real command line in a process of its own, with folders of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import teams
from smdash.store.connection import Store, create_file, open_store

settings.register_profile(
    "smdash", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("smdash")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: about half of a test's time is another process's, or a wait."""
    return max((os.cpu_count() or 1) * 2, 2)


NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
TEAM = "Kopi Senja"
ZONE = "Asia/Jakarta"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def zone() -> ZoneInfo:
    return ZoneInfo(ZONE)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as ``init`` leaves it, made once and copied by ``db``."""
    path = tmp_path_factory.mktemp("template") / "smdash.db"
    create_file(path)
    with open_store(path, clock=FixedClock(NOW)) as made, made.writing() as conn:
        teams.start(conn, TEAM, ZONE)
    return path


@pytest.fixture
def db(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "desk.db"
    shutil.copyfile(template, path)
    return path


@pytest.fixture
def store(db: Path, clock: FixedClock) -> Iterator[Store]:
    with open_store(db, clock=clock) as opened:
        yield opened


@pytest.fixture
def actor(store: Store) -> Actor:
    return member(store, "ana", "Ana")


@pytest.fixture
def second(store: Store) -> Actor:
    return member(store, "budi", "Budi")


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody may enter (pytest's own are 0700)."""
    folder = Path(tempfile.mkdtemp(prefix="smdash-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=False).returncode
    ):
        pytest.skip("needs root and leave to mount a small file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def member(store: Store, login: str, name: str) -> Actor:
    """A member of the store's team."""
    with store.writing() as conn:
        return teams.join(conn, login, name, login, store.clock.now())


@dataclass
class Ran:
    """A finished run of the command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Smdash:
    """The command line over one database; each call is a process of its own.

    Every run is checked for what must never happen: a traceback, or a raw control byte on the way to the terminal.
    """

    db: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *words: str | bytes | Path, stdin: str | bytes | None = None, db: Path | None = None, **env: str
    ) -> Ran:
        """Run to the end; *env* adds variables. *db* names another database than the fixture's."""
        done = subprocess.run(
            self.command(*words, db=db),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=self.env | env,
            timeout=60,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        assert "Traceback" not in ran.err + ran.out, ran.err
        return ran

    def ok(self, *words: str | bytes | Path, stdin: str | bytes | None = None, **env: str) -> Ran:
        """Run something that must go well."""
        ran = self(*words, stdin=stdin, **env)
        assert ran.code == 0, ran.err or ran.out
        return ran

    def refused(self, *words: str | bytes | Path, code: int = 1, stdin: str | bytes | None = None, **env: str) -> str:
        """Run something that must fail; returns the one plain sentence without its prefix."""
        ran = self(*words, stdin=stdin, **env)
        assert ran.code == code, (ran.code, ran.out, ran.err)
        assert ran.err.startswith("smdash: "), ran.err
        assert not any(letter < " " and letter != "\n" for letter in ran.err), ran.err
        return ran.err.removeprefix("smdash: ").strip()

    def start(self, *words: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        """Start it and go on; the test ends the process."""
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command(*words), env=self.env, **(pipes | options))

    def command(self, *words: str | bytes | Path, db: Path | None = None) -> Sequence[str | bytes | Path]:
        return [sys.executable, "-m", "smdash", "--db", db or self.db, *words]


@pytest.fixture
def smdash(db: Path, tmp_path: Path) -> Smdash:
    return Smdash(db, isolated(tmp_path))


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folders of ``smdash`` for this process too, so that nothing is read of whoever runs the tests."""
    for name, value in isolated(tmp_path).items():
        monkeypatch.setenv(name, value)


def isolated(folder: Path) -> dict[str, str]:
    """The environment of a user who has nothing yet, with every folder below *folder*."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "SMDASH_CONFIG_DIR": str(folder / "config"),
        "SMDASH_STATE_DIR": str(folder / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
