"""Team settings, members, absences and settings files on the real command line, with a scripted editor."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Smdash

LINE = {
    "platform": "x", "account": "kopi", "remote_id": "1", "kind": "dm", "author_handle": "rina", "body": "Halo",
    "sent_at": "2026-11-20T07:00:00Z",
}  # fmt: skip


def editor(folder: Path, script: str) -> str:
    path = folder / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def kept(ran_err: str) -> Path:
    return Path(ran_err.split("is kept in ")[1].split(";")[0])


def test_export_then_import_changes_nothing_and_a_change_shows(smdash: Smdash, tmp_path: Path) -> None:
    file = tmp_path / "team.toml"
    smdash.ok("team", "export", file)
    assert "there already" in smdash.refused("team", "export", file)
    assert smdash.ok("team", "import", file).out == "nothing was changed\n"
    file.write_text('[activities]\nupdates = "6h"\nresearch = 90\n[response_goals]\ndm = 30\n')
    said = smdash.ok("team", "import", "--dry-run", file).out
    assert "updates: 240 → 360" in said
    assert smdash.ok("team", "show", "--json").json["activities"]["updates"] == 240
    assert smdash.ok("team", "import", "-", stdin=file.read_text()).out == said
    targets = smdash.ok("hours", "week", "--json").json["activities"]
    assert [(one["key"], one["target_minutes"]) for one in targets] == [("updates", 360), ("research", 90)]
    smdash.ok("mention", "ingest", "-", stdin=json.dumps(LINE))
    (mention,) = smdash.ok("mention", "list", "--json").json
    assert mention["due_at"] == "2026-11-20T07:30:00.000Z"


def test_an_activity_with_entries_is_not_lost(smdash: Smdash) -> None:
    smdash.ok("hours", "log", "blogging", "30m")
    said = smdash.refused("team", "import", "-", stdin='[activities]\nupdates = "4h"\n')
    assert "blogging" in said and "1 time entry" in said
    assert len(smdash.ok("team", "show", "--json").json["activities"]) == 11


def test_the_editor_changes_the_settings(smdash: Smdash, tmp_path: Path) -> None:
    script = editor(tmp_path, f'stat -c %a "$1" > {tmp_path}/mode; sed -i s/Asia.Jakarta/Asia\\\\/Makassar/ "$1"')
    assert smdash.ok("team", "edit", EDITOR=script).out == "zone: Asia/Jakarta → Asia/Makassar\n"
    assert (tmp_path / "mode").read_text() == "600\n"
    assert smdash.ok("team", "edit", EDITOR="true").out == "nothing was changed\n"


def test_mistakes_are_shown_and_the_editor_opens_again(smdash: Smdash, tmp_path: Path) -> None:
    script = editor(
        tmp_path,
        f'if [ -e {tmp_path}/again ]; then sed -i "s/munday/sunday/; s/ninety/90/" "$1"; '
        f'else touch {tmp_path}/again; sed -i "s/monday\\"/munday\\"/; s/^dm.*/dm = \\"ninety\\"/" "$1"; fi',
    )
    ran = smdash.ok("team", "edit", stdin="y\n", VISUAL=script)
    assert ":5: week_start: " in ran.err and "response_goals.dm: " in ran.err
    assert "monday → sunday" in ran.out


def test_nothing_typed_is_lost(smdash: Smdash, tmp_path: Path) -> None:
    script = editor(tmp_path, 'sed -i "s/monday\\"/munday\\"/" "$1"')
    for options in ({"stdin": "n\n"}, {"stdin": None}):
        ran = smdash("team", "edit", EDITOR=script, **options)
        path = kept(ran.err)
        assert ran.code == 1 and "munday" in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(smdash: Smdash, tmp_path: Path) -> None:
    other = " ".join(str(word) for word in smdash.command("team", "import", "-"))
    script = editor(tmp_path, f"""echo 'name = "Lain"' | {other}; sed -i 's/"Kopi Senja"/"Teh"/' "$1" """)
    ran = smdash("team", "edit", EDITOR=script)
    assert ran.code == 1 and "changed the team's settings" in ran.err
    path = kept(ran.err)
    assert smdash.ok("team", "show", "--json").json["name"] == "Lain"
    smdash.ok("team", "import", path)
    assert smdash.ok("team", "show", "--json").json["name"] == "Teh"
    path.unlink()


@pytest.mark.parametrize(
    ("command", "word"),
    [("false", "ended with 1"), ("/no/such/editor", "can't start"), ("vi '", "quote")],
)
def test_an_editor_that_fails_changes_nothing(smdash: Smdash, command: str, word: str) -> None:
    assert word in smdash.refused("team", "edit", EDITOR=command)


def test_what_is_no_settings_file(smdash: Smdash, tmp_path: Path) -> None:
    assert "can't read" in smdash.refused("team", "import", tmp_path)
    assert "no such file" in smdash.refused("team", "import", tmp_path / "none")
    assert "not UTF-8" in smdash.refused("team", "import", "-", stdin=b"\xff\xfe")


def test_nothing_is_changed_read_only_or_at_another_time(smdash: Smdash) -> None:
    assert "--read-only" in smdash.refused("--read-only", "team", "edit", EDITOR="/no/editor")
    for words in (
        ("team", "edit"),
        ("member", "add", "budi"),
        ("feed", "add", "http://x.example/"),
        ("sync", "--once"),
        ("doctor", "--fix"),
        ("restore", "copy.db"),
    ):
        assert "--at" in smdash.refused("--at", "14:30", *words)
    # Refused even where nothing that is shown depends on the time, and where no database is opened.
    for words in (("mention", "list"), ("post", "list"), ("platform", "list"), ()):
        assert "--at" in smdash.refused("--at", "25:00", *words, code=2)
    assert smdash.ok("--at", "14:30", "post", "list", "--json").json == []
    week = smdash.ok("--at", "2026-02-03 10:00", "hours", "week", "--json").json
    assert week["week"] == "2026-W06"


def test_a_member_and_their_absences(smdash: Smdash) -> None:
    smdash.ok("member", "add", "budi", "--name", "Budi", "--role", "designer", "--zone", "Asia/Tokyo")
    smdash.ok("member", "edit", "budi", "--hours", "mon 09:00-12:00,13:00-17:00")
    smdash.ok("member", "absent", "budi", "2030-12-01", "2030-12-10", "--kind", "training")
    assert "already" in smdash.refused("member", "absent", "budi", "2030-12-10")
    smdash.ok("member", "present", "budi", "2030-12-04", "2030-12-05")
    rows = smdash.ok("member", "absences", "budi", "--json").json
    assert [(row["first_day"], row["last_day"], row["kind"]) for row in rows] == [
        ("2030-12-01", "2030-12-03", "training"),
        ("2030-12-06", "2030-12-10", "training"),
    ]
    smdash.ok("member", "present", "budi", "2030-12-01", "2030-12-31")
    assert smdash.ok("member", "absences", "-q").out == ""
    shown = smdash.ok("member", "show", "budi", "--json").json
    assert shown["hours"] == {"mon": ["09:00-12:00", "13:00-17:00"]} and shown["zone"] == "Asia/Tokyo"
    assert [step["verb"] for step in shown["history"]] == ["add", "edit", "absent", "present", "present", "present"]
    smdash.ok("member", "edit", "budi", "--hours", "team", "--zone", "team", "--left")
    assert "budi" not in smdash.ok("member", "list", "-q").lines
    assert "budi" in smdash.ok("member", "list", "--all", "-q").lines
    smdash.ok("member", "edit", "budi", "--back")
    back = next(one for one in smdash.ok("member", "list", "--json").json if one["login"] == "budi")
    assert (back["own_hours"], back["own_zone"], back["left_at"]) == (False, False, None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "siapa"), 1),
        (("edit", "siapa", "--left"), 1),
        (("edit", "siapa"), 2),
        (("add", "dua kata"), 2),
        (("add", "x", "--zone", "Asia/Jakart"), 2),
        (("edit", "x", "--hours", "mon 17:00-09:00"), 2),
        (("absent", "x", "besok"), 2),
        (("absent", "siapa", "2030-01-02"), 1),
        (("present", "siapa", "2030-01-02", "2030-01-01"), 1),
    ],
)
def test_a_member_command_that_is_wrong_says_why(smdash: Smdash, words: tuple[str, ...], code: int) -> None:
    smdash.refused("member", *words, code=code)


def config(smdash: Smdash, name: str, text: str) -> None:
    folder = Path(smdash.env["SMDASH_CONFIG_DIR"])
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def test_a_broken_config_is_reported_and_the_command_does_its_work(smdash: Smdash) -> None:
    config(smdash, "config.toml", "theem = 'dark'\nlanguage = id\nplain = 3\n")
    ran = smdash.ok("hours", "week")
    assert "config.toml:1: theem: unknown key; did you mean theme?" in ran.err and "updates" in ran.out
    assert "config.toml:2: " in ran.err and "config.toml:3: plain: " in ran.err
    assert smdash.ok("status").err == ""


def test_another_database_is_not_taken_for_one_that_cannot_be_read(smdash: Smdash) -> None:
    config(smdash, "config.toml", "database = /srv/desk.db\n")
    command = [sys.executable, "-m", "smdash", "hours", "week"]  # without --db
    done = subprocess.run(command, env=smdash.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "config.toml:1: " in done.stderr and "--db" in done.stderr


def test_one_bad_account_leaves_the_other_jobs_running(smdash: Smdash) -> None:
    config(
        smdash, "sync.toml",
        '[[account]]\nplatform = "mastodon"\nname = "kopi"\nintervall_s = 60\n\n[[account]]\nname = "teh"\n'
        '\n[[account]]\nplatform = "mastodon"\nname = rusak\n',
    )  # fmt: skip
    ran = smdash("sync", "--once")
    assert ran.code == 1
    assert "did you mean interval_s?" in ran.out and "mastodon/kopi/" in ran.out
    assert "sync.toml:6: account.platform: " in ran.err and "sync.toml:11: " in ran.err
