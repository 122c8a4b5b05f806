"""``smdash report`` and ``smdash decision`` as people and programs call them."""

from pathlib import Path

from smdash.core.records import Actor
from smdash.store import decisions
from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.played_week import WEEK, at, play

AT = ("--at", "2026-11-23 14:05")


def test_a_played_week_in_every_format(
    store: Store, actor: Actor, second: Actor, smdash: Smdash, tmp_path: Path
) -> None:
    play(store, actor, second)
    week = (*AT, "report", "week", "--week", WEEK.label)
    found = smdash.ok(*week, "--format", "json").json
    assert (found["week"], found["over"], found["from"]) == ("2026-W47", True, "2026-11-15T17:00:00.000Z")
    assert (found["posts"]["planned"], found["posts"]["published"], found["posts"]["failed"]) == (5, 2, 1)
    assert (found["mentions"]["incoming"], found["mentions"]["median_s"]) == (5, 7200)
    assert sum(one["done_minutes"] for one in found["hours"]["activities"]) == 390
    text = smdash.ok(*week).lines
    assert text[0] == "Week 2026-W47 of Kopi Senja"
    assert ["first", "answer,", "median", "2h", "00m"] in [line.split() for line in text]
    page = tmp_path / "week.html"
    assert str(page) in smdash.ok(*week, "--out", page).out
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "is there already; add --force" in smdash.refused(*week, "--out", page)
    smdash.ok("--lang", "id", *week, "--out", page, "--force")
    assert '<html lang="id">' in page.read_text()
    table = tmp_path / "week.csv"
    smdash.ok(*week, "--out", table)
    assert table.read_bytes().startswith(b"\xef\xbb\xbfsection,table,")
    assert "carry_over,figures,posts,3" in smdash.ok(*week, "--format", "csv").out


def test_a_campaign(store: Store, actor: Actor, second: Actor, smdash: Smdash) -> None:
    play(store, actor, second)
    with store.writing() as conn:
        decisions.add(conn, actor, at(20, 16), WEEK, "Poster ulang", campaign="Gajian")
    found = smdash.ok(*AT, "report", "campaign", "Gajian", "--json").json
    assert (found["campaign"], found["planned"], found["over"]) == ("Gajian", 0, False)
    assert [one["milestone"] for one in found["milestones"]] == ["Poster", "Pemenang"]
    assert [one["decision"] for one in found["decisions"]] == ["Poster ulang"]
    lines = smdash.ok(*AT, "report", "campaign", "Gajian").lines
    assert lines[0] == "Campaign Gajian"
    assert any("overdue" in line and "Poster" in line for line in lines)
    assert "there is no campaign “Harbolnas”" in smdash.refused("report", "campaign", "Harbolnas")


def test_what_can_not_be_reported(smdash: Smdash) -> None:
    assert "has not begun" in smdash.refused("report", "week", "--week", "2998-W01")
    assert "not a week; expected one such as" in smdash.refused("report", "week", "--week", "2026-W54", code=2)
    assert "not both" in smdash.refused("report", "week", "--json", "--format", "csv", code=2)
    assert "no brand “Teh”" in smdash.refused("report", "week", "--brand", "Teh")
    assert "there is no such file" in smdash.refused("report", "week", "--out", "/nowhere/week.html")
    assert "says nothing of the format" in smdash.refused("report", "week", "--out", "week.pdf", code=2)


def test_decisions_are_written_changed_and_undone(smdash: Smdash) -> None:
    first = smdash.ok("decision", "add", "Lebih  banyak\nedukasi", "--week", "2026-W47", "--json")
    assert first.json == {"id": 1, "week": "2026-W47"}
    smdash.ok("decision", "edit", "1", "--text", "Dua artikel", "--week", "2026-W48")
    (found,) = smdash.ok("decision", "list", "--json").json
    assert (found["decision"], found["owner"], found["week"]) == ("Dua artikel", None, "2026-W48")
    smdash.ok("undo")
    assert smdash.ok("decision", "list", "--week", "2026-w47").lines[1].split()[:2] == ["1", "2026-W47"]
    assert "say what to change" in smdash.refused("decision", "edit", "1", code=2)
    assert "there is no decision 9" in smdash.refused("decision", "done", "9")
