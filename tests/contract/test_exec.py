"""Programs as sources: what they print is read, their errors are theirs, and nothing of them runs on."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import exec as programs
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.client import Client
from smdash.platforms.exec import Exec, Program
from tests.conftest import NOW

LINE = {
    "remote_id": "1",
    "kind": "comment",
    "author_handle": "budi_s",
    "body": "Buka?",
    "sent_at": "2026-11-23T07:30:00Z",
}


async def run(*command: str, cursor: str | None = None, **fields: Any) -> Pulled:
    program = Program("forum", "forum", "kopi", command, **fields)
    return await Exec(program).pull(Pull("exec", Credentials("forum", "kopi"), cursor, NOW), cast(Client, None))


async def shell(script: str, cursor: str | None = None, **fields: Any) -> Pulled:
    return await run("sh", "-c", script, cursor=cursor, **fields)


async def refused(script: str, **fields: Any) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await shell(script, **fields)
    assert "\n" not in str(caught.value) and str(caught.value).isprintable()
    return caught.value


def printed(*objects: object) -> str:
    return "; ".join(f"echo {shlex.quote(one if isinstance(one, str) else json.dumps(one))}" for one in objects)


def running(mark: str) -> list[psutil.Process]:
    """Processes that have the mark in their command line."""
    found = []
    for one in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(one.info["cmdline"] or ())
        if (
            mark in words
            and one.pid != os.getpid()
            and one.info["status"] != psutil.STATUS_ZOMBIE
            and "pytest" not in words
        ):
            found.append(one)
    return found


async def gone(mark: str) -> bool:
    """Whether nothing with the mark runs, a moment later at most."""
    until = time.monotonic() + 5
    while running(mark) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return not running(mark)


async def test_lines_are_mentions() -> None:
    found = await shell(printed(LINE, LINE | {"remote_id": "2", "platform": "guestbook", "account": "teh"}))
    assert [(one.platform, one.account, one.remote_id) for one in found.mentions] == [
        ("forum", "kopi", "1"), ("guestbook", "teh", "2"),
    ]  # fmt: skip
    assert found.cursor is None and not found.more and found.notice is None


async def test_the_cursor_goes_in_and_comes_out() -> None:
    script = """printf '{"cursor": "%s+1"}\\n' "$SMDASH_CURSOR" """
    assert (await shell(script)).cursor == "+1"
    assert (await shell(script, cursor="a b'c")).cursor == "a b'c+1"
    assert (await shell("true", cursor="before")).cursor == "before"
    last = await shell(printed({"cursor": "1"}, LINE, {"cursor": "2", "more": True}))
    assert last.cursor == "2" and last.more


async def test_one_that_comes_no_further_is_not_run_for_ever() -> None:
    found = await shell(printed({"cursor": "same", "more": True}), cursor="same")
    assert found.cursor == "same" and not found.more


async def test_bad_lines_are_counted_and_named_and_good_ones_kept() -> None:
    bad = ["nonsense", LINE | {"kind": "shout"}, [1], {"cursor": 5}, LINE | {"sent_at": "noon"}]
    found = await shell(printed(LINE, *bad[:2], "", LINE | {"remote_id": "2"}, *bad[2:]))
    assert [one.remote_id for one in found.mentions] == ["1", "2"] and found.cursor is None
    assert found.notice is not None and found.notice.startswith("5 lines were skipped: line 2: not JSON")
    assert "line 3: “kind” is “shout”" in found.notice and "line 6" in found.notice


@pytest.mark.parametrize("cursor", ["x" * 40_000, "a\0b", "\ud800"])
async def test_a_cursor_that_no_variable_holds_is_a_bad_line(cursor: str) -> None:
    found = await run(
        sys.executable, "-c", f"import json; print(json.dumps({{'cursor': {cursor!r}}}))", cursor="before"
    )
    assert found.cursor == "before" and found.notice is not None and "“cursor” has characters" in found.notice


async def test_escape_sequences_of_a_program_reach_nobody() -> None:
    found = await shell(printed(LINE | {"body": "a\x1b]52;c;x\x07b", "author_name": "\x1b[2J"}))
    assert "\x1b" not in found.mentions[0].body + found.mentions[0].author_name
    assert "\x1b" not in str(await refused("printf 'a\\033[2Jb\\n' >&2; exit 1"))


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        ("echo first >&2; echo 'the forum is closed' >&2; exit 3", ErrorKind.SERVER, "forum ended with 3: the forum is closed"),
        ("exit 1", ErrorKind.SERVER, "forum ended with 1: it said nothing"),
        ("echo 'token=abc123456' >&2; exit 77", ErrorKind.AUTH, "forum ended with 77: token=[secret]"),
        ("echo later >&2; exit 75", ErrorKind.NETWORK, "forum ended with 75: later"),
        ("exit 78", ErrorKind.REJECTED, "forum ended with 78: it said nothing"),
        ("kill -SEGV $$", ErrorKind.SERVER, "forum ended with 139: SIGSEGV"),
        ("printf 'no line end' >&2; exit 2", ErrorKind.SERVER, "forum ended with 2: no line end"),
        ("yes aaaaaaaa | head -n 300000 >&2; echo last >&2; exit 2", ErrorKind.SERVER, "forum ended with 2: last"),
    ],
)  # fmt: skip
async def test_the_last_line_on_stderr_is_the_error(script: str, kind: ErrorKind, said: str) -> None:
    found = await refused(printed(LINE) + "; " + script)
    assert (found.kind, str(found)) == (kind, said)


@pytest.mark.parametrize("name", ["/nowhere/forum", "no-such-program-anywhere", "/etc/passwd", "/"])
async def test_a_program_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(PlatformError, match="there is no program") as caught:
        await run(name)
    assert caught.value.kind is ErrorKind.REJECTED


async def test_what_the_system_will_not_run_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "forum"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    with pytest.raises(PlatformError, match=r"ended with 126: .*Exec format error"):
        await run(str(broken))


async def test_no_shell_is_asked(tmp_path: Path) -> None:
    found = await run(
        sys.executable, "-c", "import sys, json; print(json.dumps({'cursor': sys.argv[1]}))", "$HOME; ls *"
    )
    assert found.cursor == "$HOME; ls *"


async def test_it_gets_the_named_variables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORUM_TOKEN", "rahasia")
    monkeypatch.setenv("OTHER_TOKEN", "lain")
    script = "import json, os; print(json.dumps({'cursor': json.dumps(dict(os.environ))}))"
    found = await run(sys.executable, "-c", script, env=("FORUM_TOKEN", "NOT_SET"))
    names = set(json.loads(found.cursor or "")) - {"LC_CTYPE"}
    assert names <= {*programs.ALWAYS, "FORUM_TOKEN", "SMDASH_CURSOR"} and "FORUM_TOKEN" in names


async def test_stdin_is_empty() -> None:
    assert (await shell("cat; " + printed(LINE), timeout_s=5.0)).mentions


async def test_time_is_up_for_it_and_all_that_it_started() -> None:
    mark = "73.191"
    began = time.monotonic()
    found = await refused(
        f"setsid sleep {mark} & (sleep {mark} &) ; trap '' TERM; while :; do sleep {mark}; done", timeout_s=0.7
    )
    assert str(found) == "forum took longer than 0.7 s and was ended" and time.monotonic() - began < 4
    assert await gone(mark)


async def test_what_it_leaves_behind_ends_with_it() -> None:
    mark = "73.292"
    began = time.monotonic()
    found = await shell(f"setsid sleep {mark} & sleep {mark} & " + printed(LINE))
    assert len(found.mentions) == 1 and time.monotonic() - began < 4
    assert await gone(mark)


async def test_when_the_service_ends_it_ends() -> None:
    mark = "73.393"
    task = asyncio.create_task(shell(f"setsid sleep {mark} & sleep {mark}"))
    until = time.monotonic() + 5
    while len(running(mark)) < 2 and time.monotonic() < until:
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(mark)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's word for it is Linux's")
async def test_when_the_service_is_killed_it_ends() -> None:
    mark = "73.494"
    script = (
        "import asyncio\n"
        "from tests.contract.test_exec import shell\n"
        f"asyncio.run(shell('setsid sleep {mark} & sleep {mark}'))\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    until = time.monotonic() + 15
    while len([one for one in running(mark) if one.name() == "sleep"]) < 2 and time.monotonic() < until:
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await gone(mark)


async def test_a_flood_is_cut_off() -> None:
    began = time.monotonic()
    found = await refused("exec yes", timeout_s=30.0)
    assert "printed more than 16 MiB" in str(found) and time.monotonic() - began < 10


async def test_one_that_takes_the_memory_is_refused_it() -> None:
    with pytest.raises(PlatformError, match="MemoryError"):
        await run(sys.executable, "-c", "x = bytearray(400 * 1024 * 1024)", memory=100 * 1024 * 1024)


async def test_many_lines_are_read_in_little_time() -> None:
    script = f"import json\nline = {LINE!r}\nfor n in range(10_000): print(json.dumps(line | {{'remote_id': str(n)}}))"
    began = time.monotonic()
    assert len((await run(sys.executable, "-c", script)).mentions) == 10_000
    assert time.monotonic() - began < 10
