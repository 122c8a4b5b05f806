"""Weekly targets, the week against its pace, and files of hours, through the command line.

Commands run in this process: so they take a tenth of the time.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from smdash.cli.app import run
from smdash.core.records import Actor, Role
from smdash.core.worktime import parse_week_times, to_plain
from smdash.store import brands, members
from smdash.store.connection import Store
from tests.conftest import NOW, Ran, Smdash


class Inside(Smdash):
    """The command line without a process of its own."""

    def __call__(
        self, *words: str | bytes | Path, stdin: str | bytes | None = None, db: Path | None = None, **env: str
    ) -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin or b""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _stream in range(2))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.env | env).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = run(["--db", str(db or self.db), *map(str, words)])
        said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
        assert "bug" not in said[1], said[1]
        return Ran(code, *said)


@pytest.fixture
def team(smdash: Smdash, store: Store, actor: Actor, second: Actor) -> Smdash:
    """Ana is a lead, Budi works half of the hours and is away on Thursday and Friday of week 47."""
    with store.writing() as conn:
        half = json.dumps(to_plain(parse_week_times("mon-fri 09:00-13:00")))
        members.change(conn, actor, NOW, "ana", {"role": Role.LEAD.value})
        members.change(conn, actor, NOW, "budi", {"hours": half})
        members.absent(conn, actor, NOW, "budi", date(2026, 11, 19), date(2026, 11, 20), "leave")
        brands.add(conn, actor, NOW, "Teh")
    return Inside(smdash.db, smdash.env | {"SMDASH_MEMBER": "ana"})


def test_targets_are_shown_set_undone_and_cleared(team: Smdash) -> None:
    assert team.ok("hours", "target", "set", "blogging", "10h").out == "ana: blogging 10.0 h a week\n"
    assert team.ok("hours", "target").lines[3].split() == ["blogging", "7.5", "7.5", "10.0", "10.0"]
    team.ok("undo")
    assert team.ok("hours", "target", "show", "--json").json["minutes"] == 2370
    team.ok("redo")
    assert team.ok("hours", "target", "show", "--json").json["minutes"] == 2370 - 450 + 600
    assert team.ok("hours", "target", "clear").out == "ana: blogging as in the team's plan\n"
    assert team.ok("hours", "target", "clear").out == "nothing was changed\n"
    team.ok("hours", "target", "set", "listening", "0", "--member", "budi")
    shown = team.ok("hours", "target", "show", "budi", "--json").json
    assert shown["activities"][5] == {
        "key": "listening", "plan_minutes": 150, "part_minutes": 75, "own_minutes": 0, "minutes": 0,
    }  # fmt: skip
    assert "only a lead" in team.refused(
        "hours", "target", "set", "blogging", "1h", "--member", "ana", SMDASH_MEMBER="budi"
    )
    assert "choose one of updates" in team.refused("hours", "target", "set", "juggling", "1h")
    assert "expected whole minutes" in team.refused("hours", "target", "set", "blogging", "x", code=2)


def test_the_week_says_part_time_days_off_and_what_ate_the_reserve(team: Smdash) -> None:
    team.ok(
        "hours", "log", "contingency", "2h", "--at", "2026-11-16 09:00", "--note", "Server mati", SMDASH_MEMBER="budi"
    )
    team.ok("hours", "log", "contingency", "30m", "--at", "2026-11-16 12:00", "--brand", "Teh", SMDASH_MEMBER="budi")
    found = team.ok("hours", "week", "--week", "2026-W47", "--member", "budi", "--json").json
    # Half of the plan, of which three days of five are left.
    assert (found["member"], found["part"], found["target_minutes"], found["days_off_minutes"]) == (
        "budi",
        0.5,
        711,
        480,
    )
    assert found["contingency"] == {
        "target_minutes": 90, "spent_minutes": 150, "spent": True,
        "went_to": [
            {"note": "Server mati", "campaign": None, "brand": None, "minutes": 120},
            {"note": None, "campaign": None, "brand": "Teh", "minutes": 30},
        ],
    }  # fmt: skip
    said = team.ok("hours", "week", "--week", "2026-W47", "--member", "budi").lines
    assert said[7].split() == ["contingency", "2.5", "1.5", "1.5", "+1.0"]
    assert said[-3:] == [
        "part-time: 50 % of the team's hours", "days off take 8.0 h of working time out of the week",
        "contingency went to: Server mati 2.0; Teh 0.5",
    ]  # fmt: skip
    both = team.ok("hours", "week", "--week", "2026-W47", "--team", "--json").json
    assert both["target_minutes"] == 2370 + 711 and both["member"] is None


def test_the_week_warns_when_the_rest_no_longer_fits(team: Smdash) -> None:
    said = team.ok("--at", "2026-11-27 15:00", "hours", "week").lines
    assert said[3].split() == ["blogging", "0.0", "7.5", "7.1", "−7.1", "!"]
    assert said[-2].startswith(
        "! no longer fits into the 2.0 h of working time that are left in the week: updates 4.0; "
    )
    assert said[-1] == "! all together 34.5 h are to be done still, and 2.0 h of working time are left in the week"
    assert not any("!" in line for line in team.ok("--at", "2026-11-23 09:00", "hours", "week").lines)


@pytest.mark.parametrize("kind", ["csv", "json", "ics", "timewarrior", "watson"])
def test_an_export_is_taken_in_by_another_team_and_twice_changes_nothing(
    team: Smdash, tmp_path: Path, kind: str
) -> None:
    team.ok(
        "hours", "log", "blogging", "1h", "--at", "2026-11-16 09:00", "--note", "=Artikel; “kopi”", "--brand", "Teh"
    )
    team.ok("hours", "log", "updates", "45m", "--at", "2026-11-16 10:00")
    file = tmp_path / f"jam.{kind}"
    assert team.ok("hours", "export", "--format", kind, "--week", "2026-W47", file).out == f"2 entries are in {file}\n"
    assert team.ok("hours", "import", file).out == "0 new, 2 unchanged, 0 refused\n"
    team.ok("hours", "remove", "1", "2")
    assert team.ok("hours", "import", "--dry-run", file).out == "would be: 2 new, 0 unchanged, 0 refused\n"
    assert team.ok("hours", "import", file, "--json").json["new"] == 2
    again = team.ok("hours", "import", file, "--json").json
    assert (again["format"], again["new"], again["unchanged"]) == (kind, 0, 2)
    copy = team.ok("hours", "export", "--format", kind, "--week", "2026-W47").out
    before = file.read_text("utf-8-sig").replace("\r\n", "\n")
    stamp = [line for line in before.splitlines() if not line.startswith("DTSTAMP")]
    assert [line for line in copy.replace("\r\n", "\n").splitlines() if not line.startswith("DTSTAMP")] == stamp
    # The import was one step.
    team.ok("undo")
    assert team.ok("hours", "export", "--format", "json").out == "[]\n"
    assert team.ok("hours", "import", file, "--json").json["new"] == 2


def test_bad_rows_are_named_and_the_good_ones_kept(team: Smdash) -> None:
    team.ok("hours", "log", "blogging", "1h", "--at", "2026-11-16 09:00")
    text = (
        "start,end,activity,member,brand\n"
        "2026-11-16 10:00,2026-11-16 11:00,Updates,,\n"
        "2026-11-16 09:30,2026-11-16 10:00,updates,,\n"  # 3
        "2026-11-16 12:00,2026-11-16 11:00,updates,,\n"  # 4
        "2026-11-16 12:00,2026-11-18 11:00,updates,,\n"  # 5
        "2026-11-16 12:00,2026-11-16 13:00,kedai,,\n"  # 6
        "2990-11-16 12:00,2990-11-16 13:00,updates,,\n"  # 7
        "2026-11-16 12:00,2026-11-16 13:00,updates,nobody,\n"  # 8
        "2026-11-16 12:00,2026-11-16 13:00,updates,,Nope\n"  # 9
        "2026-11-16 14:00,2026-11-16 15:00,updates,budi,\n"
    )
    ran = team("hours", "import", "-", stdin=text)
    assert ran.code == 1 and ran.out == "2 new, 0 unchanged, 7 refused\n"
    said = ran.err.splitlines()
    for line, words in zip(
        said,
        ("line 3: this overlaps with blogging", "line 4: it ends before", "line 5: it lasts 47", "line 6: no activity is called “kedai”; known: updates",
         "line 7: it ends in the future", "line 8: there is no member “nobody”", "line 9: there is no brand “Nope”",
         "2 entries have times without a zone"),
        strict=False,
    ):  # fmt: skip
        assert line.startswith(words), line
    assert len(said) == 8
    ran = team("hours", "import", "-", "--map", "kedai=strategy", stdin=text.replace("kedai", "Kedai"))
    assert "1 new, 2 unchanged, 6 refused" in ran.out


def test_only_a_lead_takes_in_the_hours_of_others(team: Smdash) -> None:
    text = "start,end,activity,member\n2026-11-16 10:00,2026-11-16 11:00,updates,ana\n"
    ran = team("hours", "import", "-", stdin=text, SMDASH_MEMBER="budi")
    assert ran.code == 1 and "line 2: only a lead" in ran.err
    assert team.ok("hours", "import", "-", "--member", "budi", stdin=text, SMDASH_MEMBER="budi").out.startswith("1 new")


def test_what_changed_here_since_is_not_written_over(team: Smdash, tmp_path: Path) -> None:
    team.ok("hours", "log", "blogging", "1h", "--at", "2026-11-16 09:00")
    file = tmp_path / "jam.csv"
    team.ok("hours", "export", file)
    assert "already; add --force" in team.refused("hours", "export", file)
    team.ok("hours", "edit", "1", "--note", "baru")
    ran = team("hours", "import", file)
    assert ran.code == 1 and "it is here already and differs; change entry 1 with: smdash hours edit 1" in ran.err


def test_days_rounding_and_what_runs(team: Smdash) -> None:
    for day in ("16", "17", "18"):
        team.ok("hours", "log", "blogging", "50m", "--at", f"2026-11-{day} 09:00")
    team.ok("hours", "start", "updates")
    ran = team.ok("hours", "export", "--from", "2026-11-17", "--round", "15", "--separator", "semicolon")
    rows = list(csv.DictReader(io.StringIO(ran.out, newline=""), delimiter=";"))
    assert [(row["start"][:10], row["minutes"]) for row in rows] == [("2026-11-17", "45"), ("2026-11-18", "45")]
    assert "1 entry is still running, so it is left out" in ran.err
    assert team.ok("hours", "export", "--to", "2026-11-16", "--format", "watson").out.count("blogging") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "--team", "--format", "watson"), "hours of one person"),
        (("export", "--team", "--member", "budi"), "not both"),
        (("export", "--format", "json", "--round", "15"), "only CSV is rounded"),
        (("export", "--week", "2026-W47", "--to", "2026-11-16"), "give --week, or"),
        (("export", "--from", "2026-11-17", "--to", "2026-11-16"), "before the first"),
        (("import", "-", "--map", "kedai"), "such as meeting=strategy"),
        (("import", "-", "--map", "kedai=juggling"), "such as meeting=strategy"),
        (("week", "--team", "--member", "budi"), "not both"),
    ],
)
def test_wrong_usage_of_hours_is_one_sentence(team: Smdash, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in team.refused("hours", *words, code=2, stdin="")


def test_what_is_no_file_of_hours_is_one_sentence(team: Smdash) -> None:
    for text, words in (("", "no line of headings"), ("[1", "no JSON"), ("BEGIN:VCALENDAR\n", "0 new")):
        ran = team("hours", "import", "-", stdin=text)
        assert words in ran.out + ran.err and (ran.err + ran.out).count("\n") == 1
