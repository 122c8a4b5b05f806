"""``[[exec]]`` in the real service: any program is a source, as a newcomer would try it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil

from tests.conftest import Smdash

SCRIPT = """#!/bin/sh
# Prints one more comment each time.
n=$((${SMDASH_CURSOR:-0} + 1))
echo "{\\"remote_id\\": \\"$n\\", \\"kind\\": \\"comment\\", \\"author_handle\\": \\"budi_s\\", \\"body\\": \\"Nomor $n\\", \\"sent_at\\": \\"2026-11-23T07:00:00Z\\"}"
echo "{\\"cursor\\": \\"$n\\"}"
"""


def source(tmp_path: Path, script: str = SCRIPT, more: str = "") -> Path:
    program = tmp_path / "forum.sh"
    program.write_text(script)
    program.chmod(0o755)
    (tmp_path / "config").mkdir(exist_ok=True)
    file = tmp_path / "config" / "sync.toml"
    file.write_text(f'[[exec]]\nname = "forum"\nplatform = "forum"\naccount = "kopi"\ncommand = ["{program}"]\n{more}')
    file.chmod(0o600)
    return program


def once(smdash: Smdash) -> dict[str, object]:
    (found,) = [json.loads(line) for line in smdash("sync", "--once", "--json").lines]
    return dict(found)


def test_a_script_is_a_source(smdash: Smdash, tmp_path: Path) -> None:
    source(tmp_path)
    for new in (1, 2, 3):
        found = once(smdash)
        assert (found["job"], found["ok"], found["new"]) == ("exec/forum", True, 1), new
    rows = smdash.ok("mention", "list", "--json").json
    assert sorted(row["body"] for row in rows) == ["Nomor 1", "Nomor 2", "Nomor 3"]
    assert {(row["platform"], row["account"]) for row in rows} == {("forum", "kopi")}
    assert smdash.ok("account", "list", "--json").json[0]["status"] == "external"
    assert "settings" in smdash("doctor").out


def test_its_error_is_the_jobs_and_it_goes_on_afterwards(smdash: Smdash, tmp_path: Path) -> None:
    program = source(tmp_path)
    once(smdash)
    program.write_text("#!/bin/sh\necho '{\"cursor\": \"90\"}'\necho 'the forum is closed' >&2\nexit 75\n")
    found = once(smdash)
    assert (found["ok"], found["error"]) == (False, "forum ended with 75: the forum is closed")
    assert "the forum is closed" in smdash("doctor").out
    program.write_text(SCRIPT)
    found = once(smdash)
    assert found["ok"] and found["new"] == 1
    assert "Nomor 2" in {row["body"] for row in smdash.ok("mention", "list", "--json").json}


def test_a_mistake_elsewhere_in_the_file_keeps_its_place(smdash: Smdash, tmp_path: Path) -> None:
    source(tmp_path)
    once(smdash)
    file = tmp_path / "config" / "sync.toml"
    good = file.read_text()
    file.write_text(good.replace('name = "forum"', "name = forum"))
    assert smdash("sync", "--once").code == 1
    file.write_text(good)
    assert once(smdash)["new"] == 1
    assert "Nomor 2" in {row["body"] for row in smdash.ok("mention", "list", "--json").json}


def test_a_mistake_in_it_is_told_by_its_line(smdash: Smdash, tmp_path: Path) -> None:
    source(tmp_path, more="timeout_s = 0\n")
    found = once(smdash)
    assert not found["ok"] and "sync.toml:6: exec.timeout_s: expected 1 to 3600" in str(found["error"])
    assert "exec.timeout_s" in smdash("doctor").out


def test_nothing_is_sent_to_it(smdash: Smdash, tmp_path: Path) -> None:
    source(tmp_path)
    once(smdash)
    ran = smdash("post", "add", "--account", "forum/kopi", "--category", "quote", "--at", "now", "--body", "x")
    assert smdash("sync", "--once").code in (0, 1)
    if ran.code == 0:
        assert all(one["state"] != "sent" for one in smdash.ok("delivery", "list", "--json").json)


def test_the_service_ends_what_it_runs(smdash: Smdash, tmp_path: Path) -> None:
    source(tmp_path, "#!/bin/sh\nsetsid sleep 81.17 &\nsleep 81.17\n")
    service = smdash.start("sync")

    def sleepers() -> int:
        return sum(one.info["cmdline"] == ["sleep", "81.17"] for one in psutil.process_iter(["cmdline"]))

    until = time.monotonic() + 30
    while sleepers() < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert sleepers() == 2
    service.send_signal(signal.SIGTERM)
    assert service.wait(20) == 0
    until = time.monotonic() + 5
    while sleepers() and time.monotonic() < until:
        time.sleep(0.05)
    assert sleepers() == 0
