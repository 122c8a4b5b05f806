"""Bad input: one plain sentence that says what is wrong, the right exit code, nothing lost, never a traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smdash.store import migrations
from tests.conftest import Ran, Smdash
from tests.payloads import HOSTILE

RAW_SQL = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute(sys.argv[2])"


def sql(path: Path, statement: str) -> None:
    """What another program does to the file."""
    subprocess.run([sys.executable, "-c", RAW_SQL, path, statement], check=True)


def good(**changes: object) -> str:
    fields = {
        "platform": "x", "account": "kopi", "remote_id": "1", "kind": "comment", "author_handle": "rina",
        "body": "Halo", "sent_at": "2026-11-20T07:00:00Z",
    }  # fmt: skip
    return json.dumps(fields | changes) + "\n"


# --- the database

READS = [
    ("status",),
    ("mention", "list"),
    ("post", "list", "--json"),
    ("hours", "week"),
    ("schema",),
    ("sync", "--once"),
]


@pytest.fixture(params=["missing", "folder-missing", "folder", "empty", "text", "strange", "newer", "device", "fifo"])
def broken(request: pytest.FixtureRequest, smdash: Smdash, tmp_path: Path) -> tuple[Path, str]:
    """A database that can't be used, and a word that the sentence about it must hold."""
    path = tmp_path / "broken.db"
    match request.param:
        case "missing":
            return path, "init"
        case "folder-missing":
            return tmp_path / "no" / "folder" / "desk.db", "init"
        case "folder":
            return tmp_path, "folder"
        case "empty":
            path.touch()
            return path, "init"
        case "text":
            path.write_text("dear diary\n" * 1_000)
            return path, "not a smdash database"
        case "strange":
            sql(path, "CREATE TABLE bookmarks (url TEXT)")
            return path, "not a smdash database"
        case "newer":
            sql(smdash.db, f"PRAGMA user_version = {migrations.VERSION + 1}")
            return smdash.db, "update smdash"
        case "device":
            return Path("/dev/null"), "not a plain file"
    os.mkfifo(path)
    return path, "not a plain file"


def test_a_database_that_cannot_be_used_ends_in_one_sentence(smdash: Smdash, broken: tuple[Path, str]) -> None:
    smdash.db, word = broken
    for words in READS if word == "not a smdash database" else READS[:2]:
        said = smdash.refused(*words)
        assert word in said and str(smdash.db) in said and "\n" not in said


def test_init_refuses_what_is_not_its_own(smdash: Smdash, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary\n" * 1_000)
    smdash.db = diary
    assert "not a smdash database" in smdash.refused("init")
    assert diary.read_text() == "dear diary\n" * 1_000
    mode = Path("/dev/null").stat().st_mode
    smdash.db = Path("/dev/null")
    smdash.refused("init")
    assert Path("/dev/null").stat().st_mode == mode


def test_a_damaged_database_says_what_to_do(smdash: Smdash) -> None:
    smdash.ok("mention", "ingest", "-", stdin="".join(good(remote_id=str(n), body="x" * 500) for n in range(2_000)))
    size = smdash.db.stat().st_size
    with smdash.db.open("r+b") as file:
        for page in range(3, size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    assert "restore the last backup" in smdash.refused("mention", "list")
    assert "restore the last backup" in smdash.refused("status")


@pytest.fixture
def holder(smdash: Smdash) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that holds the write lock."""
    script = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, smdash.db], stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_locked_database_can_be_read_and_says_why_it_can_not_be_written(
    smdash: Smdash, holder: subprocess.Popen[bytes]
) -> None:
    assert smdash.ok("status").out
    assert "locked by another program; try again" in smdash.refused("mention", "ingest", "-", stdin=good())
    holder.kill()
    holder.wait()
    assert smdash.ok("mention", "ingest", "-", stdin=good()).out.startswith("1 new")


def test_read_only_writes_nothing(smdash: Smdash, tmp_path: Path) -> None:
    smdash.ok("mention", "ingest", "-", stdin=good())
    before = smdash.db.read_bytes()
    assert len(smdash.ok("--read-only", "mention", "list", "-q").lines) == 1
    for words in (("mention", "done", "1"), ("hours", "start", "updates"), ("sync", "--once"), ("init",)):
        assert "--read-only" in smdash.refused("--read-only", *words)
    assert smdash.db.read_bytes() == before
    smdash.db = tmp_path / "new.db"
    smdash.refused("--read-only", "init")
    assert not smdash.db.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_somebody_without_permission_is_told_whom_to_ask(smdash: Smdash) -> None:
    smdash.db.chmod(0o600)
    folder = smdash.db.parent
    while folder != Path("/tmp"):
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    try:
        ran = subprocess.run(
            smdash.command("status"), env=smdash.env, capture_output=True, text=True, check=False, user=65534, group=65534,
            extra_groups=[], cwd="/",
        )  # fmt: skip
    except PermissionError:
        pytest.skip("other users can't run this interpreter; tests/store covers the same without it")
    if "No module named" in ran.stderr:
        pytest.skip("other users can't read this checkout; tests/store covers the same without it")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("smdash: ") and "ask its owner" in ran.stderr


# --- the command line

WRONG_USAGE: list[tuple[tuple[str, ...], str]] = [
    (("nonsense",), "nonsense"),
    (("mention", "nonsense"), "nonsense"),
    (("mention", "done"), "ID"),
    (("mention", "done", "abc"), "“abc” is not an id"),
    (("mention", "done", "-5"), "-5"),
    (("mention", "done", "9" * 30), "is not an id"),
    (("mention", "show", "9" * 30), "ID"),
    (("mention", "show", "abc"), "abc"),
    (("mention", "list", "--limit", "0"), "--limit"),
    (("mention", "list", "--limit", "9" * 30), "--limit"),
    (("mention", "list", "--state", "nonsense"), "nonsense"),
    (("post", "show", "9" * 30), "ID"),
    (("post", "list", "--state", "nonsense"), "nonsense"),
    (("post", "add"), "--account"),
    (("post", "add", "--account", "a", "--category", "nonsense", "--body", "x"), "--category"),
    (("post", "add", "--account", "a", "--category", "quote", "--body", ""), "--body"),
    (("post", "add", "--account", "a", "--category", "quote", "--body", " \x1b\x07 "), "--body"),
    (("post", "add", "--account", "a", "--category", "quote", "--body", "x", "--at", "soon"), "“soon” is not a time"),
    (("post", "add", "--account", "a", "--category", "quote", "--body", "x", "--at", "0001-01-01 00:00"), "too far"),
    (("post", "add", "--account", "a", "--category", "quote", "--body", "x", "--offer-until", "9999-12-31"), "too far"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-30", "--ends", "2026-03-01"), "is not a date"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-01", "--ends", "9999-12-31"), "too far"),
    (("campaign", "add", "", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-02"), "name"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-09", "--phase", "p"), "“p” is not a phase"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-09", "--phase", "=2026-02-01..2026-02-02"), "not a phase"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-09", "--template", "--phase",
      "p=2026-02-01..2026-02-02"), "or take those of --template"),
    (("campaign", "edit", "x"), "say what to change"),
    (("campaign", "edit", "x", "--zone", "Mars"), "no time zone “Mars”"),
    (("campaign", "phase", "add", "x"), "give the phases"),
    (("campaign", "goal", "set", "x", "likes=many"), "“likes=many” is not a goal"),
    (("campaign", "scope", "add", "x"), "--label, --search or --link"),
    (("hours", "log", "updates", "nonsense"), "is not a duration"),
    (("hours", "log", "updates", "9" * 5_000), "is not a duration"),
    (("hours", "log", "updates", "1h", "--at", "25:00"), "is not a time"),
    (("hours", "start", "updates", "--at", "later"), "is not a time"),
    (("hours", "week", "--week", "2026-W99"), "is not a week"),
    (("hours", "log", "updates", "25h"), "to 24 hours"),
    (("hours", "edit", "7"), "name what to change"),
    (("hours", "edit", "x", "--note", "x"), "not a valid integer"),
    (("hours", "remove", "x"), "“x” is not an id"),
    (("hours", "list", "--day", "x"), "is not a date"),
    (("hours", "list", "--day", "today", "--week", "2026-W48"), "a week or a day, not both"),
    (("hours", "week", "--week", "0001-W01"), "is not a week"),
    (("feed", "add", "ftp://contoh.id/feed"), "is not an http or https address"),
    (("feed", "add", "http://[::1"), "is not an http or https address"),
    (("feed", "add", "--no-check", "http://[::1"), "is not an http or https address"),
    (("feed", "add", "javascript:alert(1)"), "is not an http or https address"),
    (("account", "add", "mastodon", "--name", "a/b", "--url", "https://contoh.id"), "--name"),
    (("account", "add", "mastodon", "--name", "kopi", "--url", "contoh.id"), "--url"),
    (("account", "add", "mastodon", "--name", "kopi", "--url", "https://contoh.id"), "--token-file"),
    (("sync", "--only", "x"), "--only goes with --once"),
    (("init", "--zone", "Mars/Phobos"), "Asia/Jakarta"),
]  # fmt: skip

REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("mention", "show", "7"), "there is no mention 7"),
    (("mention", "done", "7"), "there is no mention 7"),
    (("mention", "ingest", "/nowhere.jsonl"), "can't read /nowhere.jsonl"),
    (("mention", "ingest", "/"), "can't read /: it is a folder"),
    (("post", "show", "7"), "there is no post 7"),
    (("post", "add", "--account", "kopi", "--category", "quote", "--body", "x"), "there is no account “kopi”; known: none yet"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-09", "--ends", "2026-02-01"), "ends before it starts"),
    (("campaign", "add", "x", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-09", "--phase", "p=2026-02-01..2026-02-02",
      "--phase", "p=2026-02-03..2026-02-04"), "there twice"),
    (("campaign", "show", "x"), "there is no campaign “x”"),
    (("campaign", "restore", "x"), "no campaign “x” was called off"),
    (("campaign", "milestone", "done", "7"), "there is no milestone 7"),
    (("hours", "log", "juggling", "1h"), "choose one of updates"),
    (("hours", "start", "juggling"), "choose one of updates"),
    (("hours", "log", "updates", "1h", "--at", "2990-01-01 09:00"), "in the future"),
    (("hours", "stop"), "no activity is running"),
    (("hours", "note", "x"), "no activity is running"),
    (("hours", "resume"), "nothing to resume"),
    (("hours", "start", "updates", "--at", "2026-01-01 09:00"), "at most 24 hours"),
    (("hours", "start", "updates", "--campaign", "Gajian"), "no campaign “Gajian”"),
    (("hours", "edit", "7", "--note", "x"), "there is no time entry 7"),
    (("hours", "show", "7"), "there is no time entry 7"),
    (("hours", "split", "7", "--at", "09:00"), "there is no time entry 7"),
    (("hours", "remove", "7"), "there is no time entry 7"),
    (("hours", "list", "--member", "zaki"), "no member “zaki”"),
    (("account", "add", "friendster", "--name", "kopi"), "there is no platform “friendster”"),
    (("account", "add", "google_plus", "--name", "kopi"), "was shut down on 2019-04-02"),
    (("account", "add", "mastodon", "--name", "kopi", "--url", "https://contoh.id", "--token-file", "/nowhere"), "there is no token file /nowhere"),
    (("account", "check", "kopi"), "there is no account “kopi”"),
    (("init", "--group", "no-such-group"), "there is no group “no-such-group”"),
    (("sync", "--once", "--only", "nonsense"), "there is no job “nonsense”"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"), WRONG_USAGE, ids=lambda value: " ".join(value)[:50] if type(value) is tuple else ""
)
def test_wrong_usage_exits_with_two(smdash: Smdash, words: tuple[str, ...], said: str) -> None:
    assert said in smdash.refused(*words, code=2)


@pytest.mark.parametrize(
    ("words", "said"), REFUSED, ids=lambda value: " ".join(value)[:50] if type(value) is tuple else ""
)
def test_what_is_refused_exits_with_one(smdash: Smdash, words: tuple[str, ...], said: str) -> None:
    assert said in smdash.refused(*words)


BYTES = b"a\xff\xfe\x1b]0;x\x07b"
BYTE_WORDS: list[tuple[tuple[str | bytes, ...], int]] = [
    ((BYTES,), 2),
    (("mention", "done", BYTES), 2),
    (("mention", "ingest", BYTES), 1),
    (("hours", "start", BYTES), 1),
    (("hours", "log", BYTES, "1h"), 1),
    (("hours", "week", "--week", BYTES), 2),
    (("init", "--zone", BYTES), 2),
    (("init", "--group", BYTES), 1),
    (("feed", "add", BYTES), 2),
    (("account", "add", BYTES, "--name", "x"), 1),
    (("account", "check", BYTES), 1),
    (("post", "add", "--account", BYTES, "--category", "quote", "--body", "x"), 1),
    (("sync", "--once", "--only", BYTES), 1),
]


@pytest.mark.parametrize(("words", "code"), BYTE_WORDS, ids=lambda value: str(value)[:40])
def test_words_that_are_no_text_are_refused_and_never_reach_the_terminal(
    smdash: Smdash, words: tuple[str | bytes, ...], code: int
) -> None:
    smdash.refused(*words, code=code)


def test_words_that_are_no_text_are_cleaned_where_text_is_kept(smdash: Smdash) -> None:
    smdash.ok("init", "--team", BYTES)
    smdash.ok("mention", "ingest", "-", stdin=good())
    smdash.ok("campaign", "add", b"Lomba\xff", "--kind", "event", "--starts", "2026-02-01", "--ends", "2026-02-09")
    smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--body", BYTES, "--campaign", b"Lomba\xff")
    smdash.ok("hours", "log", "updates", "5m", "--note", BYTES)
    for words in (("post", "list"), ("post", "show", "1"), ("campaign", "list", "--all"), ("status",)):
        ran = smdash.ok(*words)
        assert "\x1b" not in ran.out and "\x07" not in ran.out
    assert smdash.ok("post", "list", "--json").json[0]["body"] == "a\ufffd\ufffd]0;xb"


def test_a_member_who_is_no_login_is_refused(smdash: Smdash) -> None:
    env = {os.fsencode(key): os.fsencode(value) for key, value in smdash.env.items()} | {b"SMDASH_MEMBER": BYTES}
    ran = subprocess.run(smdash.command("status"), env=env, capture_output=True, check=False)
    assert ran.returncode == 1 and ran.stderr.startswith(b"smdash: SMDASH_MEMBER is not a login")


def test_hostile_texts_reach_the_store_clean_and_no_terminal(smdash: Smdash) -> None:
    batch = "".join(
        good(remote_id=str(number), body=payload.text, author_name=payload.text, author_handle=payload.text)
        for number, payload in enumerate(HOSTILE)
    )
    assert smdash.ok("mention", "ingest", "-", stdin=batch).out.startswith(f"{len(HOSTILE)} new")
    for words in (("mention", "list"), ("mention", "show", "1"), ("mention", "list", "--json")):
        out = smdash.ok(*words).out
        assert not any((letter < " " and letter != "\n") or "\x7f" <= letter < "\xa0" for letter in out)
    bodies = {int(row["id"]): row["body"] for row in smdash.ok("mention", "list", "--json").json}
    for number, payload in enumerate(HOSTILE, start=1):
        assert payload.visible in bodies[number], payload.name


def test_ingest_of_binary_rubbish_refuses_every_line(smdash: Smdash, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(
        os.urandom(50_000) + b"\n" + b"[" * 100_000 + b"\n" + b'{"a":' * 50_000 + b"\n" + good().encode()
    )
    ran = smdash("mention", "ingest", rubbish)
    assert ran.code == 1 and ran.out.startswith("1 new, 0 changed, 0 unchanged, ")
    assert all(letter >= " " or letter == "\n" for letter in ran.err)


def test_a_line_without_an_end_takes_no_memory(smdash: Smdash, tmp_path: Path) -> None:
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(600_000_000)
    with endless.open("ab") as file:
        file.write(b"\n" + good().encode())
    command = f"ulimit -v 450000; exec {' '.join(map(str, smdash.command('mention', 'ingest', endless)))}"
    ran = subprocess.run(
        ["bash", "-c", command], env=smdash.env, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.stdout == "1 new, 0 changed, 0 unchanged, 1 refused\n", ran.stderr
    assert ran.stderr.startswith("line 1: the line is longer than ")


# --- settings files


def test_broken_settings_are_named_with_file_line_and_key(smdash: Smdash, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir(exist_ok=True)
    (folder / "sync.toml").write_text('feed_interval_s = "often"\n[[account]]\nname = "kopi"\ntokn = "rahasia"\n')
    said = smdash.refused("sync", "--once").splitlines()
    found = [line.split("sync.toml:")[1].rsplit(":", 1)[0].split(": unknown")[0] for line in said]
    assert sorted(found) == ["1: feed_interval_s", "2: account.platform", "4: account.tokn"]
    assert "rahasia" not in "".join(said)
    (folder / "sync.toml").unlink()
    (folder / "config.toml").write_text("database = ")
    assert smdash.ok("status").out  # --db needs no settings


def test_settings_that_are_needed_and_broken_are_reported(smdash: Smdash, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text("database = ")
    done = subprocess.run(
        [sys.executable, "-m", "smdash", "mention", "list"], env=smdash.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr.startswith("smdash: ") and "config.toml" in done.stderr
    assert "Traceback" not in done.stderr


# --- streams


def shell(smdash: Smdash, line: str, **env: str) -> Ran:
    """Run a shell line in which $SMDASH is the command line."""
    command = f"SMDASH='{' '.join(map(str, smdash.command()))}'; {line}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], env=smdash.env | env, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def many(smdash: Smdash) -> Smdash:
    smdash.ok("mention", "ingest", "-", stdin="".join(good(remote_id=str(n), body="kopi " * 20) for n in range(3_000)))
    return smdash


@pytest.mark.parametrize("words", ["mention list", "mention list --json", "mention list -q", "schema --sql"])
def test_a_reader_that_leaves_early_is_no_error(many: Smdash, words: str) -> None:
    ran = shell(many, f"$SMDASH {words} | head -c 10")
    assert len(ran.out) == 10 and ran.err == ""


@pytest.mark.parametrize("words", ["status", "mention list --json", "mention list", "platform list --json", "schema"])
def test_a_reader_that_was_never_there_is_no_error(smdash: Smdash, words: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        smdash.command(*words.split()), env=smdash.env, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.returncode in (0, 1) and b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("words", ["status", "mention list --json", "platform list --json", "hours week"])
def test_streams_that_are_closed_or_full(smdash: Smdash, words: str) -> None:
    assert shell(smdash, f"$SMDASH {words} >&-").code == 0
    assert shell(smdash, f"$SMDASH {words} 2>&- <&-").code == 0
    full = shell(smdash, f"$SMDASH {words} >/dev/full")
    assert (full.code, full.err) == (1, "smdash: the disk is full\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_few_letters_shows_what_it_can(smdash: Smdash, encoding: str) -> None:
    smdash.ok("mention", "ingest", "-", stdin=good(body="Kopi ☕ — é"))
    for words in (
        ("status",),
        ("mention", "list"),
        ("mention", "list", "--json"),
        ("mention", "show", "1"),
        ("--help",),
    ):
        assert smdash.ok(*words, PYTHONIOENCODING=encoding, LANG="C").out
    assert smdash.ok("mention", "list", "--json", PYTHONIOENCODING=encoding).json[0]["body"] == "Kopi ☕ — é"


def test_ids_from_stdin_that_are_no_text(smdash: Smdash) -> None:
    smdash.ok("mention", "ingest", "-", stdin=good())
    assert "is not an id" in smdash.refused("mention", "done", "-", stdin=b"1 \xff\xfe", code=2)
    assert smdash.ok("mention", "done", "-", stdin=b"").out == "0 mentions done\n"
    assert smdash.ok("mention", "done", "-", stdin=b" 1\n\n1\r\n").out == "1 mention done\n"
    assert shell(smdash, "$SMDASH mention done - <&-").out == "0 mentions done\n"
