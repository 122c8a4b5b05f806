"""Members under several OS users share one file, whatever their umask and however their programs end."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smdash.store import driver
from tests.conftest import Smdash, isolated

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become several users")

GROUP = 41_000
USERS = (41_001, 41_002, 41_003)
UMASKS = (0o000, 0o002, 0o022, 0o027, 0o077)


@pytest.fixture
def shared() -> Iterator[Smdash]:
    """A desk of the group, in a folder that everybody may enter."""
    place = Path(tempfile.mkdtemp(prefix="smdash-users-"))
    place.chmod(0o755)
    desk = Smdash(place / "desk" / "desk.db", isolated(place / "root"))
    desk.ok("init", "--team", "Kopi Senja", "--group", str(GROUP))
    yield desk
    shutil.rmtree(place)


def _runs_for_others() -> bool:
    """Whether another user may run this Python (not so where it lies in root's home)."""
    try:
        return (
            subprocess.run(
                [sys.executable, "-c", "import smdash"], user=USERS[0], group=GROUP, extra_groups=[], check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


others = pytest.mark.skipif(os.getuid() != 0 or not _runs_for_others(), reason="other users may not run this Python")


def start(desk: Smdash, user: int, umask: int, *words: str, group: int = GROUP) -> subprocess.Popen[bytes]:
    home = desk.db.parent.parent / f"home{user}"
    if not home.exists():
        home.mkdir()
        os.chown(home, user, user)
    return subprocess.Popen(
        [sys.executable, "-m", "smdash", "--db", str(desk.db), *words], env=isolated(home), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, user=user, group=user, extra_groups=[group], umask=umask,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err.decode()
    return process.returncode, (out + err).decode()


def lines(desk: Smdash, name: str, count: int) -> str:
    """A file of mentions that everybody may read."""
    file = desk.db.parent.parent / f"{name}.jsonl"
    row = {"platform": "x", "account": "kopi", "kind": "mention", "author_handle": "budi", "body": "halo"}
    file.write_text(
        "".join(
            json.dumps(row | {"remote_id": f"{name}-{at}", "sent_at": "2026-11-23T07:00:00Z"}) + "\n"
            for at in range(count)
        )
    )
    file.chmod(0o644)
    return str(file)


@others
@pytest.mark.parametrize("seed", range(2))
def test_members_with_every_umask_write_and_are_killed_and_nobody_is_locked_out(shared: Smdash, seed: int) -> None:
    dice = random.Random(seed)
    turns = [(user, umask) for user in USERS for umask in UMASKS]
    dice.shuffle(turns)
    kept = 0
    for at in range(0, len(turns), 3):
        running = [
            start(shared, *turn, "mention", "ingest", lines(shared, f"keep-{at}-{place}", 3))
            for place, turn in enumerate(turns[at : at + 3])
        ]
        big = lines(shared, f"lost-{at}", 20_000)
        victim = start(shared, dice.choice(USERS), dice.choice(UMASKS), "mention", "ingest", big)
        time.sleep(dice.random())
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        for one in running:
            code, said = finish(one)
            assert code == 0, said
            kept += 3
    for user in USERS:
        code, said = finish(start(shared, user, 0o077, "mention", "ingest", lines(shared, f"keep-{user}", 3)))
        assert code == 0, said
        kept += 3
    for one in shared.db.parent.iterdir():
        assert (one.stat().st_gid, one.stat().st_mode & 0o7777) == (GROUP, 0o660), one
    conn = driver.connect(f"file:{shared.db}?mode=ro", uri=True)
    (found,) = conn.execute("SELECT count(*) FROM mention WHERE remote_id LIKE 'keep-%'").fetchone()
    assert (found, conn.execute("PRAGMA integrity_check").fetchone()) == (kept, ("ok",))
    conn.close()
    assert shared.db.parent.stat().st_mode & 0o7777 == 0o2770


@others
def test_somebody_outside_the_group_gets_one_sentence(shared: Smdash) -> None:
    code, said = finish(start(shared, 41_009, 0o022, "status", group=41_009))
    assert code == 1 and said.startswith("smdash: ") and said.count("\n") == 1 and "permission denied" in said


def test_doctor_mends_modes_that_drifted(shared: Smdash) -> None:
    shared.db.chmod(0o604)
    shared.db.parent.chmod(0o755)
    assert shared("doctor").code == 1
    assert shared("doctor", "--fix").code == 0
    assert shared.db.stat().st_mode & 0o7777 == 0o660 and shared.db.parent.stat().st_mode & 0o7777 == 0o2770
    assert shared("doctor").code == 0


def test_a_sticky_folder_is_not_shared() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o1777)
        desk = Smdash(Path(place) / "desk.db", isolated(Path(place)))
        assert "sticky" in desk.refused("init", "--group", str(GROUP))
