"""Rules, goals and waking from outside: the command line and a running service over one file."""

import json
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smdash.core.clock import encode
from smdash.core.records import Snooze
from smdash.store import driver, triage
from smdash.store.connection import open_store
from tests.conftest import Smdash, member

SETTINGS = """
goals_count = "all_hours"

[[response_goal]]
kind = "dm"
platform = "instagram"
minutes = "15m"

[[rule]]
name = "Keluhan"
query = '"belum sampai"'
label = "komplain"
priority = 2

[[rule]]
name = "Pesohor"
query = "followers:>=10000"
star = true
"""


def line(number: int, body: str, **more: object) -> str:
    sent = encode(datetime.now(UTC) - timedelta(hours=number))
    return json.dumps(
        {
            "platform": "instagram", "account": "kopi", "remote_id": f"r{number}", "kind": "dm",
            "author_handle": f"tamu{number}", "body": body, "sent_at": sent, **more,
        }
    )  # fmt: skip


LINES = (
    line(1, "Kak, pesanan belum sampai", followers=12),
    line(2, "Kopinya enak", followers=20_000),
    line(3, "Paket belum sampai juga", followers=30_000),
)


def until(holds: Callable[[], bool], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_rules_are_tried_on_the_past_before_they_act(smdash: Smdash, tmp_path: Path) -> None:
    smdash.ok("mention", "ingest", "-", stdin="\n".join(LINES))
    assert "smdash team edit" in smdash.ok("rule", "list").err
    assert "--file" in smdash.refused("rule", "test")
    draft = tmp_path / "rules.toml"
    draft.write_text(SETTINGS)
    found = smdash.ok("rule", "test", "--file", draft, "--json").json
    assert found["mentions"] == 3
    assert [(one["name"], one["met"], one["actions"]) for one in found["rules"]] == [
        ("Keluhan", 2, {"label komplain": 2, "priority 2": 2}),
        ("Pesohor", 2, {"star": 2}),
    ]
    assert [one["body"] for one in found["rules"][0]["examples"]] == [
        "Paket belum sampai juga",
        "Kak, pesanan belum sampai",
    ]
    shown = smdash.ok("rule", "test", "keluhan", "--file", draft, "--limit", "1").out
    assert "Keluhan: 1 mention\n  label komplain: 1\n  priority 2: 1\n" in shown and "Pesohor" not in shown
    # Nothing was changed, and no rule is kept.
    assert all(not row["labels"] and row["priority"] == 0 for row in smdash.ok("mention", "list", "--json").json)
    assert smdash.ok("rule", "list", "--json").json == []


def test_what_can_not_be_tried_is_told(smdash: Smdash, tmp_path: Path) -> None:
    draft = tmp_path / "rules.toml"
    draft.write_text('[[rule]]\nname = "A"\nquery = "colour:red"\nstar = true\n')
    assert f"{draft}:3: rule.query: " in smdash.refused("rule", "test", "--file", draft)
    draft.write_text(SETTINGS)
    assert "Keluhan, Pesohor" in smdash.refused("rule", "test", "Pujian", "--file", draft)
    assert "30d" in smdash.refused("rule", "test", "--file", draft, "--since", "long", code=2)
    assert smdash.ok("rule", "test", "--file", draft, "--since", "9999w", "--json").json["mentions"] == 0


def test_rules_of_the_team_act_on_what_is_ingested(smdash: Smdash) -> None:
    smdash.ok("mention", "ingest", "-", stdin=LINES[0])
    told = smdash.ok("team", "import", "-", stdin=SETTINGS).out
    assert "Keluhan" in told and "minutes 15" in told
    (old,) = smdash.ok("mention", "list", "--json").json
    sent = datetime.fromisoformat(old["sent_at"])
    # Its goal moved with the settings; the rules act on new ones alone.
    assert datetime.fromisoformat(old["due_at"]) == sent + timedelta(minutes=15)
    assert old["labels"] == []
    smdash.ok("mention", "ingest", "-", stdin="\n".join(LINES))
    rows = {row["author_handle"]: row for row in smdash.ok("mention", "list", "--json").json}
    assert (rows["tamu3"]["labels"], rows["tamu3"]["priority"]) == (["komplain"], 2)
    assert (rows["tamu2"]["labels"], rows["tamu2"]["priority"]) == ([], 0)
    history = smdash.ok("mention", "show", str(rows["tamu3"]["id"]), "--json").json["history"]
    assert [(one["who"], one["verb"]) for one in history] == [("Keluhan", "rule"), ("Pesohor", "rule")]
    # What is exported can be taken back unchanged.
    exported = smdash.ok("team", "export").out
    assert smdash.ok("team", "import", "-", stdin=exported).out == "nothing was changed\n"


def test_followers_that_are_no_number_are_refused_by_their_line(smdash: Smdash) -> None:
    lines = "\n".join(
        [LINES[0], line(4, "x", followers="many"), line(5, "x", followers=-1), line(6, "x", followers=None)]
    )
    ran = smdash("mention", "ingest", "-", "--json", stdin=lines)
    assert (ran.code, ran.json["new"], [one["line"] for one in ran.json["refusals"]]) == (1, 2, [2, 3])


def test_a_running_service_wakes_what_was_put_aside_and_counts_goals_that_were_left(smdash: Smdash) -> None:
    smdash.ok("mention", "ingest", "-", stdin="\n".join(LINES))
    with open_store(smdash.db) as store:
        ana = member(store, "ana", "Ana")
        until_at = datetime.now(UTC) + timedelta(seconds=2)
        with store.writing() as conn:
            triage.snooze(conn, ana, [1], Snooze.UNTIL, until_at, datetime.now(UTC))
            triage.snooze(conn, ana, [2], Snooze.HARD, until_at + timedelta(days=1), datetime.now(UTC))
            # As a command leaves it that was killed after it changed the goals.
            conn.execute("UPDATE setting SET value = '{\"dm\": 7}' WHERE key = 'response_goals'")
            conn.execute("INSERT INTO setting (key, value) VALUES ('goals_to_count', '\"left\"')")
    service = smdash.start("sync")
    try:
        with closing(driver.connect(str(smdash.db))) as conn:

            def ask(query: str) -> object:
                return conn.execute(query).fetchone()[0]

            until(lambda: ask("SELECT state FROM mention WHERE id = 1") == "open", "it did not wake")
            assert datetime.now(UTC) >= until_at
            assert ask("SELECT woke FROM mention WHERE id = 1") == "time"
            assert ask("SELECT state FROM mention WHERE id = 2") == "snoozed"
            until(
                lambda: ask("SELECT count(*) FROM setting WHERE key = 'goals_to_count'") == 0, "goals were not counted"
            )
            late = "SELECT count(*) FROM mention WHERE due_at = strftime('%Y-%m-%dT%H:%M:%fZ', sent_at, '+7 minutes')"
            assert ask(late) == 3
    finally:
        service.send_signal(signal.SIGTERM)
        _out, err = service.communicate(timeout=10)
    assert service.returncode == 0, err
