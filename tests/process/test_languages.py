"""No word of the command line misses the catalogue: all of it is read in a made-up language.

What one types stays as it is: names of commands, options, their choices, and the programs that a sentence tells to
run. Texts of people are Cyrillic here, and what is said of a machine (paths, logins, versions) is named below.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from smdash.cli.app import COMMANDS, root
from smdash.platforms.registry import all_platforms
from smdash.store.connection import Store
from tests import foreign, pseudo
from tests.conftest import isolated

HERE = Path(__file__).parents[2]


def groups() -> Iterator[tuple[list[str], click.Command]]:
    """Every command with the words that call it."""
    context = click.Context(root)
    for name in sorted(COMMANDS):
        command = root.get_command(context, name)
        assert command is not None
        yield [name], command
        for below, one in sorted(getattr(command, "commands", {}).items()):
            yield [name, below], one
            for deeper, last in sorted(getattr(one, "commands", {}).items()):
                yield [name, below, deeper], last


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pseudo.make(tmp_path_factory.mktemp("pseudo"))


def run(folder: Path, tmp_path: Path, lines: list[list[str]]) -> list[tuple[list[str], int, str, str]]:
    """Run the command lines in the made-up language, all in one process."""
    env = isolated(tmp_path) | {"COLUMNS": "100", "SMDASH_MEMBER": foreign.LOGIN, "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.pseudo", str(folder)],
        input=json.dumps(lines), capture_output=True, text=True, encoding="utf-8", env=env, cwd=HERE, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout)
    return [(line, code, out, err) for line, (code, out, err) in zip(lines, said, strict=True)]


def typed(text: str) -> str:
    """The help without what one types."""
    text = re.sub(r"(?<![\w])--?[a-zA-Z][\w-]*", "", text)  # options
    text = re.sub(r"[\[{][\w-]+(\|[\w-]+)*[\]}]", "", text)  # choices
    text = re.sub(r"(đéƒáúĺţ: )[a-z]+", r"\1", text)  # a default
    text = re.sub(r"(?m)^  [a-z]+  ", "", text)  # a command in a list
    text = re.sub(r"(?m)^(⟦\S+ \S+) smdash( [a-z]+)*", r"\1", text)  # the usage line
    return re.sub(r"\b(URL|ID)\b", "", text)  # the same in every language


def quoted(text: str, tmp_path: Path) -> str:
    """What commands say, without what it quotes: paths, what was typed, and what can be typed instead."""
    text = typed(re.sub(rf"{tmp_path}\S*", "", text))
    text = re.sub(r"(?m)^smdash: ", "", text)
    text = re.sub(r"smdash( [a-z]+){0,3}(?= --)", "", text.replace(" --ħéĺþ", " --"))
    text = re.sub(r"'[\w.-]+'|“\w+”|/nothing|https://", "", text)
    text = re.sub(r"(: |óƒ )[a-z_-]+(, [a-z_-]+)+", "", text)  # a list of what is known
    text = re.sub(r"(?m)^[a-z_]+ = .*?(?=#|$)|^\[+[a-z_]+\]+", "", text)  # keys and values of TOML
    text = re.sub(r"(?m)^v_\w+$|^  [a-z_]+(, [a-z_]+)+$", "", text)  # views and their columns
    return re.sub(r"\b[a-z]+(_[a-z]+)+\b", "", text)  # a rule's name


# Logins, networks with their codes, names of zones and days that are typed so, units and names of programs.
DATA = pseudo.names_of_time() | {
    *(word for one in all_platforms() for word in (*one.name.split("_"), one.code)),
    *("ana", "budi", "citra", "instagram", "mastodon", "bluesky", "feeds", "google", "plus", "path", "MA", "BS", "RS"),
    *("media", "asset"),  # rules' names of one word
    *(
        "PA",
        "Asia",
        "Jakarta",
        "WIB",
        "mon",
        "fri",
        "GB",
        "kB",
        "chmod",
        "SQLite",
        "ICS",
        "wal",
        "monday",
        "sunday",
        "ok",
        "ID",
    ),
}


def test_help_of_every_command(folder: Path, tmp_path: Path) -> None:
    lines = [["--help"], *([*words, "--help"] for words, _command in groups())]
    assert len(lines) > 45
    for line, code, out, err in run(folder, tmp_path, lines):
        assert code == 0 and not err
        assert not pseudo.left_out(typed(out), set()), (line, out)


# A line that is good, and those that are bad in each way that a line can be.
PLAN = """due_at,accounts,category,body,state,столбец
2099-12-01 10:00,instagram/кофе,other,Хорошо,,
2009-12-01 10:00,instagram/кофе,other,Поздно,,
x,instagram/кофе,other,х,,
,instagram/кофе,x,х,,
,"'",other,х,,
,instagram/кофе,other,,,
,instagram/кофе,other,х,sent,
,instagram/кофе,other,х,x,
,instagram/чай,other,х,,
,instagram/кофе,other,х,,,
"х"х
"х
"""


EVENT = "BEGIN:VEVENT\r\nUID:{}\r\nSUMMARY:Ярмарка\r\nDTSTART;VALUE=DATE:20991201\r\n{}\r\nEND:VEVENT\r\n"
# What is wrong with an event is said in a process of its own, which does not speak as this test does.
CALENDAR = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Календарь\r\n{}END:VCALENDAR\r\n".format(
    EVENT.format("1", "DTEND;VALUE=DATE:20991203") + EVENT.format("4", "").replace("2099", "2009")
)
# Hours as another program has them: one that is good, and some that are bad.
HOURS = """[
{"start":"20091123T020000Z","end":"20091123T030000Z","tags":["updates","кофе"]},
{"start":"20091123T020000Z","tags":["updates"]},
{"start":"20091123T020000Z","end":"20091123T020000Z","tags":["updates"]},
{"start":"20091123T020000Z","end":"20091125T020000Z","tags":["updates"]},
{"start":"х","end":"20091125T020000Z","tags":["updates"]},
{"start":"20091123T020000Z","end":"20091123T030000Z","tags":["кофе"]},
{"start":"20991123T020000Z","end":"20991123T030000Z","tags":["updates"]},
{"start":"20091123T023000Z","end":"20091123T033000Z","tags":["updates"]}
]"""


def test_what_commands_say(folder: Path, tmp_path: Path, store: Store, db: Path) -> None:
    foreign.desk(store)
    plan = tmp_path / "plan.csv"
    plan.write_text(PLAN, encoding="utf-8")
    events = tmp_path / "events.ics"
    events.write_text(CALENDAR, encoding="utf-8", newline="")
    hours = tmp_path / "hours.json"
    hours.write_text(HOURS, encoding="utf-8")
    said = [
        ["status"], ["doctor"], ["team", "show"], ["member", "list"], ["member", "show", "ana"], ["account", "list"],
        ["member", "absent", "ana", "2026-12-01", "2026-12-03"], ["member", "absences", "--all"], ["feed", "list"],
        ["campaign", "list", "--all"], ["campaign", "show", "1"],
        ["campaign", "milestone", "add", "1", "Жюри", "--due", "2099-12-01"], ["campaign", "milestone", "list"],
        ["campaign", "goal", "set", "1", "likes=5", "mentions=2"], ["campaign", "scope", "add", "1", "--label", "акция"],
        ["campaign", "show", "1"], ["campaign", "edit", "1", "--note", "Новое"],
        ["hours", "week"], ["hours", "week", "--team"], ["hours", "start", "updates"],
        ["insights"], ["hours", "stop"], ["hours", "log", "curation", "1h30m", "--at", "2026-11-16 09:00"],
        ["hours", "resume"], ["hours", "note", "х"], ["hours", "list"], ["hours", "list", "--week", "2026-W47", "--team"],
        ["hours", "edit", "1", "--end", "10:00"], ["hours", "show", "1"], ["hours", "split", "1", "--at", "09:30"],
        ["hours", "propose"], ["hours", "accept", "--all"], ["undo"], ["hours", "propose"], ["hours", "drop", "--all"],
        ["hours", "accept", "--all"], ["undo"],
        ["undo"], ["hours", "remove", "1"], ["mention", "list"], ["mention", "show", "1"],
        ["mention", "done", "1", "2"], ["mention", "reopen", "1"], ["mention", "list", "--all"], ["post", "list"],
        ["post", "show", "1"], ["post", "show", "6"], ["platform", "list"], ["sync", "--once"],
        ["backup", str(tmp_path / "copy.db")], ["member", "add", "citra"], ["member", "edit", "citra", "--role", "lead"],
        ["account", "check"], ["schema"], ["post", "lint", "1"], ["post", "lint", "6"], ["post", "mix"],
        ["post", "list", "--awaiting"], ["post", "edit", "6", "--body", "Новое"], ["post", "import", str(plan), "--dry-run"],
        ["post", "import", str(plan)], ["post", "export", str(tmp_path / "plan.ics")], ["report", "week"],
        ["report", "campaign", "Зарплата"], ["decision", "add", "Решение", "--owner", "ana"], ["decision", "list"],
        ["decision", "edit", "1", "--text", "Другое"], ["report", "week"], ["decision", "done", "1"],
        ["decision", "remove", "1"],
        ["campaign", "import", str(events), "--dry-run"], ["campaign", "import", str(events)],
        ["campaign", "export", str(tmp_path / "out.ics")], ["undo"], ["campaign", "import", str(events)],
        ["calendar", "add", "https://k.example/k.ics", "--name", "Праздники", "--no-check"], ["calendar", "list"],
        ["calendar", "remove", "Праздники"],
        ["hours", "target", "set", "blogging", "6h"], ["hours", "target"], ["hours", "target", "clear"],
        ["hours", "export", str(tmp_path / "hours.csv")], ["hours", "import", str(hours)],
        ["hours", "import", str(hours), "--dry-run"],
    ]  # fmt: skip
    refused = [
        [], ["nothing"], ["--lang", "xx"], ["--nothing"], ["post"], ["post", "add"], ["post", "show", "x"],
        ["post", "show", "99"], ["mention", "show", "99"], ["mention", "done", "x"], ["mention", "done"],
        ["mention", "list", "--state", "x"], ["mention", "list", "--limit", "x"], ["hours", "log", "updates", "x"],
        ["hours", "log", "x", "1h"], ["hours", "resume"], ["hours", "accept"],
        ["hours", "accept", "99"], ["hours", "drop", "1"], ["hours", "drop", "1", "--day", "today"],
        ["hours", "edit", "99", "--note", "x"], ["hours", "edit", "1"],
        ["hours", "week", "--week", "x"], ["member", "absent", "ana", "x"],
        ["member", "show", "x"], ["member", "edit", "ana"], ["team", "import", "/nothing"], ["backup"],
        ["backup", str(db)], ["restore", "/nothing"], ["--at", "x", "mention", "list"], ["--theme", "x"],
        ["campaign", "add", "x", "--kind", "event", "--starts", "2026-11-20", "--ends", "2026-11-10"],
        ["campaign", "goal", "set", "1", "x=5"], ["campaign", "goal", "set", "1", "x"], ["campaign", "edit", "1"],
        ["campaign", "scope", "add", "1", "--link", "x"], ["campaign", "phase", "remove", "1", "x"],
        ["campaign", "restore", "1"], ["campaign", "milestone", "done", "99"],
        ["calendar", "add"], ["calendar", "add", "x"], ["calendar", "remove", "x"], ["campaign", "import", "/nothing"],
        ["calendar", "add", "https://k.example/private-1/k.ics"], ["campaign", "export", "x", "-"],
        ["feed", "add", "x"], ["account", "add", "x"], ["init", "--zone", "x"], ["post", "list", "--state", "x"],
        ["post", "overrule", "1", "too_long", "x"], ["post", "overrule", "99", "x"], ["post", "lint", "99"],
        ["mention", "ingest", "/nothing"], ["status", "--format", "x"], ["schema", "--json=x"], ["post", "show"],
        ["post", "show", "1", "2"], ["hours", "stop", "--at"], ["sync", "--only", "x"],
        ["post", "approve", "1"], ["post", "reject", "1", "х"], ["post", "submit", "6"], ["post", "edit", "1"],
        ["post", "edit", "1", "--at", "x"], ["post", "import", "/nothing"], ["post", "export", "--from", "x"], ["report", "week", "--week", "2998-W01"],
        ["report", "campaign", "х"], ["decision", "add", " "], ["decision", "edit", "9"], ["decision", "done", "9"],
        ["hours", "export", "--team", "--format", "watson"], ["hours", "import", "-", "--map", "x"],
        ["hours", "target", "set", "x", "1h"], ["hours", "week", "--team", "--member", "x"],
    ]  # fmt: skip
    for line, code, out, err in run(folder, tmp_path, [["--db", str(db), *line] for line in said + refused]):
        words = line[2:]
        assert code in ((0, 1) if words in said else (1, 2)), (line, out, err)
        assert not pseudo.left_out(quoted(out + err, tmp_path), DATA), (words, out, err)
