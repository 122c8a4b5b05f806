"""The whole command line as the documents show it, in processes of its own."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Smdash

LINE = {
    "platform": "instagram",
    "account": "kopi",
    "remote_id": "1",
    "kind": "comment",
    "author_handle": "rina",
    "author_name": "Rina",
    "body": "Buka jam berapa?",
    "url": "https://instagram.example/1",
    "sent_at": "2026-11-20T07:00:00Z",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def lines(*changes: dict[str, object]) -> str:
    return "".join(json.dumps(LINE | change) + "\n" for change in changes)


@pytest.fixture
def desk(smdash: Smdash) -> Smdash:
    """A desk with three mentions, of which number 2 is the oldest, and two accounts."""
    batch = lines(
        {"remote_id": "1"},
        {"remote_id": "2", "sent_at": "2026-11-19T07:00:00Z", "kind": "dm", "author_handle": "budi_s", "url": None},
        {"remote_id": "3", "sent_at": "2026-11-21T07:00:00Z", "platform": "mastodon"},
    )
    smdash.ok("mention", "ingest", "-", stdin=batch)
    return smdash


def test_init_makes_the_file_its_folder_and_the_first_member(smdash: Smdash, tmp_path: Path) -> None:
    smdash.db = tmp_path / "new" / "folder" / "desk.db"
    said = smdash.ok("init", "--team", "Kopi Senja", "--zone", "Asia/Makassar").out
    assert "Kopi Senja" in said and "Asia/Makassar" in said
    assert smdash.db.stat().st_mode & 0o777 == 0o600
    assert smdash.db.parent.stat().st_mode & 0o777 == 0o700
    assert smdash.ok("mention", "list", "--json").json == []


def test_init_again_changes_what_is_named_and_keeps_the_rest(desk: Smdash) -> None:
    assert "Asia/Jakarta" in desk.ok("init", "--team", "Teh Pagi").out
    assert "Teh Pagi" in desk.ok("init", "--zone", "Asia/Jayapura").out
    assert len(desk.ok("mention", "list", "-q").lines) == 3


def test_mention_list_gives_the_open_ones_oldest_first(desk: Smdash) -> None:
    rows = desk.ok("mention", "list", "--json").json
    assert [row["author_handle"] for row in rows] == ["budi_s", "rina", "rina"]
    assert list(rows[0]) == [
        "id", "platform", "account", "kind", "author_handle", "author_name", "body", "url", "sent_at", "due_at", "state",
        "assignee", "priority", "labels",
    ]  # fmt: skip
    assert rows[0] | {"id": 0} == {
        "id": 0,
        "platform": "instagram",
        "account": "kopi",
        "kind": "dm",
        "author_handle": "budi_s",
        "author_name": "Rina",
        "body": "Buka jam berapa?",
        "url": None,
        "sent_at": "2026-11-19T07:00:00.000Z",
        "due_at": "2026-11-19T08:00:00.000Z",
        "state": "open",
        "assignee": None,
        "priority": 0,
        "labels": [],
    }


def test_ids_are_piped_from_one_command_to_the_next(desk: Smdash) -> None:
    ids = desk.ok("mention", "list", "-q").out
    assert desk.ok("mention", "done", "-", stdin=ids).out == "3 mentions done\n"
    assert desk.ok("mention", "list", "--json").json == []
    assert desk.ok("mention", "reopen", *ids.split()[:1]).out == "1 mention reopened\n"
    assert [row["state"] for row in desk.ok("mention", "list", "--all", "--json").json] == ["open", "done", "done"]
    assert len(desk.ok("mention", "list", "--state", "done", "-q").lines) == 2
    assert len(desk.ok("mention", "list", "--all", "--limit", "2", "-q").lines) == 2


def test_done_again_changes_nothing(desk: Smdash) -> None:
    assert desk.ok("mention", "done", "1").out == "1 mention done\n"
    assert desk.ok("mention", "done", "1", "1").out == "0 mentions done\n"


def test_mention_show_has_the_thread_and_the_history(desk: Smdash) -> None:
    desk.ok("mention", "done", "1")
    found = desk.ok("mention", "show", "1", "--json").json
    assert [one["verb"] for one in found["history"]] == ["done"]
    assert [one["id"] for one in found["thread"]] == [1]
    assert TIME.fullmatch(found["received_at"])
    said = desk.ok("mention", "show", "1").out
    assert "Rina (rina), comment, instagram/kopi" in said and "Buka jam berapa?" in said and "set to done" in said
    assert "Friday, 20 November 2026, 14:00 WIB" in said


def test_ingest_counts_what_was_new_changed_unchanged_and_refused(smdash: Smdash, tmp_path: Path) -> None:
    source = tmp_path / "lines.jsonl"
    source.write_text(lines({"remote_id": "1"}, {"remote_id": "2"}))
    assert smdash.ok("mention", "ingest", source).out == "2 new, 0 changed, 0 unchanged, 0 refused\n"
    source.write_text(lines({"remote_id": "1", "body": "x"}, {"remote_id": "2"}, {"remote_id": "3"}))
    assert smdash.ok("mention", "ingest", source).out == "1 new, 1 changed, 1 unchanged, 0 refused\n"


def test_ingest_keeps_the_good_lines_and_names_the_bad_ones(smdash: Smdash) -> None:
    fields = {key: value for key, value in LINE.items() if key != "body"}
    batch = (
        lines({"remote_id": "1"})
        + "nonsense\n\n"
        + json.dumps(fields)
        + "\n"
        + lines({"remote_id": "2"}, {"kind": "shout"})
    )
    ran = smdash("mention", "ingest", "-", stdin=batch)
    assert (ran.code, ran.out) == (1, "2 new, 0 changed, 0 unchanged, 3 refused\n")
    complaints = ran.err.splitlines()
    assert [complaint.split(":")[0] for complaint in complaints] == ["line 2", "line 4", "line 6"]
    assert "“body” is missing" in complaints[1] and "expected one of" in complaints[2]
    again = smdash("mention", "ingest", "-", "--json", stdin=batch)
    assert again.code == 1
    assert again.json | {"refusals": 0} == {"new": 0, "changed": 0, "unchanged": 2, "refused": 3, "refusals": 0}
    assert [one["line"] for one in again.json["refusals"]] == [2, 4, 6]


def test_ingest_of_many_bad_lines_names_some_and_numbers_the_rest(smdash: Smdash) -> None:
    ran = smdash("mention", "ingest", "-", stdin="bad\n" * 50)
    assert len(ran.err.splitlines()) == 21
    assert ran.err.splitlines()[-1].startswith("and 30 more: lines 21, 22")


def test_posts(desk: Smdash) -> None:
    desk.ok("campaign", "add", "Lomba foto", "--kind", "contest", "--starts", "2026-11-20", "--ends", "2026-11-29")
    said = desk.ok(
        "post", "add", "--account", "instagram/kopi", "--account", "mastodon/kopi", "--category", "education", "--format", "image",
        "--at", "2026-11-23 14:30", "--body", "5 cara seduh V60", "--campaign", "Lomba foto",
    ).out  # fmt: skip
    assert said == "post 1 is scheduled for Mon 23 Nov 14:30 WIB\n"
    (row,) = desk.ok("post", "list", "--json").json
    assert {key: row[key] for key in ("id", "due_at", "state", "category", "format", "body", "campaign")} == {
        "id": 1,
        "due_at": "2026-11-23T07:30:00.000Z",
        "state": "scheduled",
        "category": "education",
        "format": "image",
        "body": "5 cara seduh V60",
        "campaign": "Lomba foto",
    }
    assert row["deliveries"] == [
        {"account": "kopi", "platform": "instagram", "state": "queued", "remote_url": None, "error": None, "part": 1},
        {"account": "kopi", "platform": "mastodon", "state": "queued", "remote_url": None, "error": None, "part": 1},
    ]
    found = desk.ok("post", "show", "1", "--json").json
    assert [one["verb"] for one in found.pop("history")] == ["add"]
    assert (found.pop("figures"), found) == ([], row)
    assert "instagram/kopi: queued" in desk.ok("post", "show", "1").out
    assert desk.ok("post", "list", "-q").out == "1\n"
    (campaign,) = desk.ok("campaign", "list", "--all", "--json").json
    assert (campaign["posts_done"], campaign["posts_planned"]) == (0, 1)


def test_a_post_without_a_time_is_a_draft_and_its_text_may_come_from_stdin(desk: Smdash) -> None:
    said = desk.ok(
        "post", "add", "--account", "mastodon/kopi", "--category", "quote", "--body", "-", stdin="Satu\nDua\n"
    ).out
    assert "draft" in said
    (row,) = desk.ok("post", "list", "--json", "--state", "draft").json
    assert (row["state"], row["body"], row["due_at"], row["deliveries"]) == ("draft", "Satu\nDua", None, [])
    assert desk.ok("post", "list", "--json", "--state", "sent").json == []


def test_a_post_for_now_is_due_at_once(desk: Smdash) -> None:
    desk.ok("post", "add", "--account", "mastodon/kopi", "--category", "other", "--at", "now", "--body", "x")
    (row,) = desk.ok("post", "list", "--json").json
    assert TIME.fullmatch(row["due_at"]) and row["state"] == "scheduled"


# What a row of campaigns has beside what it always had.
CAMPAIGN_MORE = {"next_at", "zone", "note", "phases", "cancelled_at", "urgent"}


def test_campaigns(smdash: Smdash) -> None:
    smdash.ok(
        "campaign", "add", "Harbolnas", "--kind", "promotion", "--starts", "2990-12-01", "--ends", "2990-12-12",
        "--phase", "tease=2990-12-01..2990-12-09", "--phase", "launch=2990-12-10..2990-12-12",
    )  # fmt: skip
    smdash.ok("campaign", "add", "Dulu", "--kind", "event", "--starts", "2020-01-01", "--ends", "2020-01-02")
    (row,) = smdash.ok("campaign", "list", "--json").json
    assert {key: value for key, value in row.items() if key not in CAMPAIGN_MORE} == {
        "id": 1,
        "name": "Harbolnas",
        "kind": "promotion",
        "starts_at": "2990-11-30T17:00:00.000Z",
        "ends_at": "2990-12-12T17:00:00.000Z",
        "phase": "tease",
        "posts_done": 0,
        "posts_planned": 0,
        "brand": None,
    }
    assert smdash.ok("campaign", "list", "--all", "-q").out == "2\n1\n"


def test_hours(smdash: Smdash) -> None:
    smdash.ok("hours", "log", "conversation", "1h30m", "--at", "2026-11-16 09:00", "--note", "catatan")
    smdash.ok("hours", "log", "blogging", "45m", "--at", "2026-11-16 10:30")
    week = smdash.ok("hours", "week", "--week", "2026-W47", "--json").json
    assert week["week"] == "2026-W47" and len(week["activities"]) == 11
    assert week["activities"][2] == {
        "key": "blogging", "target_minutes": 450, "done_minutes": 45, "expected_minutes": 450, "fits": False,
    }  # fmt: skip
    assert (week["target_minutes"], week["done_minutes"], week["expected_minutes"]) == (2370, 135, 2370)
    done = {one["key"]: one["done_minutes"] for one in week["activities"]}
    assert done["conversation"] == 90 and sum(done.values()) == 135
    said = smdash.ok("hours", "week", "--week", "2026-W47").lines
    assert said[0].split() == ["2026-W47", "DONE", "PLAN", "EXPECTED", "±"]
    assert said[-1].split() == ["total", "2.2", "39.5", "39.5", "−37.2"]


def test_the_running_activity(smdash: Smdash) -> None:
    assert smdash.ok("hours", "start", "conversation").out.startswith("conversation is running since ")
    assert "▶ conversation 0:00" in smdash.ok("status").out
    assert smdash.ok("hours", "stop").out == "conversation: 0:00\n"
    assert "▶" not in smdash.ok("status").out
    assert "no activity is running" in smdash.refused("hours", "stop")


def test_entries_are_moved_split_removed_and_put_back(smdash: Smdash) -> None:
    smdash.ok("hours", "log", "blogging", "1h", "--at", "2026-11-16 09:00", "--note", "satu")
    assert smdash.ok("hours", "log", "updates", "30m", "--at", "2026-11-16 10:00", "-q").out == "2\n"
    said = smdash.ok("hours", "edit", "1", "--end", "09:40", "--note", "dua").lines
    assert said == [
        "entry 1: blogging, Mon 16 Nov 09:00 WIB to 09:40",
        "its neighbour follows: entry 2: updates, Mon 16 Nov 09:40 WIB to 10:30",
    ]
    found = smdash.ok("hours", "split", "2", "--at", "10:00", "--json").json
    assert found["ids"] == [2, 3] and found["entries"][1]["started_at"] == "2026-11-16T03:00:00.000Z"
    assert smdash.ok("hours", "list", "--day", "2026-11-16").lines == [
        "ID  DAY         FROM   TO     HOURS  ACTIVITY  NOTE",
        "1   Mon 16 Nov  09:00  09:40  0:40   blogging  dua",
        "2   Mon 16 Nov  09:40  10:00  0:20   updates",
        "3   Mon 16 Nov  10:00  10:30  0:30   updates",
    ]
    assert "choose another time" in smdash.refused("hours", "edit", "1", "--end", "10:10")
    assert smdash.ok("hours", "remove", "1", "3").out == "2 entries removed; smdash undo brings them back\n"
    assert smdash.ok("hours", "list", "--week", "2026-W47", "-q").out == "2\n"
    for said in ("removed (2)", "split (2)", "edited (2)", "logged (1)"):
        assert smdash.ok("undo").out == f"undone: {said}\n"
    assert [one["note"] for one in smdash.ok("hours", "list", "--week", "2026-W47", "--team", "--json").json] == [
        "satu"
    ]
    assert smdash.ok("redo").out == "done again: logged (1)\n"
    smdash.ok("hours", "show", "1")


def test_members_have_hours_of_their_own(smdash: Smdash) -> None:
    for login, minutes in (("ana", "30m"), ("budi", "45m")):
        smdash.ok("hours", "log", "updates", minutes, "--at", "2026-11-16 09:00", SMDASH_MEMBER=login)

    def updates(*words: str, **env: str) -> int:
        return smdash.ok("hours", "week", "--week", "2026-W47", "--json", *words, **env).json["activities"][0][
            "done_minutes"
        ]

    assert updates(SMDASH_MEMBER="ana") == 30
    assert updates("--team", SMDASH_MEMBER="ana") == 75
    assert updates(SMDASH_MEMBER="citra") == 0


def test_the_status_line(desk: Smdash) -> None:
    desk.ok(
        "post", "add", "--account", "mastodon/kopi", "--category", "other", "--at", "2020-01-01 10:00", "--body", "x"
    )
    said = desk.ok("status").out
    assert re.fullmatch(r"1 post, 1 late · 3 open, 3 overdue · sync: no jobs\n", said)


def test_the_status_line_of_an_empty_desk_in_full(smdash: Smdash) -> None:
    assert smdash.ok("status").out == "0 posts · 0 open · sync: no jobs\n"
    assert smdash.ok("status", "--format", "tmux").out == "0 posts · 0 open · sync: no jobs\n"


def test_the_schema_names_the_public_views(smdash: Smdash) -> None:
    views = smdash.ok("schema", "--json").json
    assert [view["name"] for view in views] == ["v_campaigns", "v_hours", "v_inbox", "v_schedule", "v_sync_health"]
    assert all(view["comment"] and view["columns"] for view in views)
    assert "CREATE TABLE mention (" in smdash.ok("schema", "--sql").out


def test_the_platforms(smdash: Smdash) -> None:
    rows = {row["name"]: row for row in smdash.ok("platform", "list", "--json").json}
    assert rows["mastodon"]["status"] == "live" and rows["mastodon"]["retired_on"] is None and rows["mastodon"]["inbox"]
    assert rows["google_plus"]["status"] == "retired" and rows["google_plus"]["retired_on"] == "2019-04-02"
    assert "demo" not in rows
    assert "mastodon" in smdash.ok("platform", "list").out


@pytest.mark.parametrize(
    "words", [("mention", "list"), ("post", "list"), ("campaign", "list"), ("account", "list"), ("feed", "list")]
)
def test_empty_lists_say_what_fills_them_and_are_empty_for_programs(smdash: Smdash, words: tuple[str, ...]) -> None:
    ran = smdash.ok(*words)
    assert ran.out == "" and ran.err
    assert smdash.ok(*words, "--json").out == "[]\n"
    assert smdash.ok(*words, "-q").out == ""


@pytest.mark.parametrize(
    "words",
    [(), ("account",), ("campaign",), ("demo",), ("feed",), ("hours",), ("init",), ("mention",), ("mention", "ingest"), ("platform",),
     ("post",), ("post", "add"), ("schema",), ("status",), ("sync",)],
)  # fmt: skip
def test_every_command_explains_itself(smdash: Smdash, words: tuple[str, ...]) -> None:
    ran = smdash.ok(*words, "--help")
    assert ran.out.startswith("Usage: smdash") and ran.err == ""


def test_a_noun_alone_shows_its_verbs(smdash: Smdash) -> None:
    ran = smdash("mention")
    assert ran.code == 2 and ran.err.startswith("Usage: smdash mention") and "ingest" in ran.err


def test_the_language_can_be_chosen(smdash: Smdash) -> None:
    indonesian = "0 konten · 0 terbuka · sinkron: tidak ada tugas\n"
    assert smdash.ok("--lang", "id", "status").out == indonesian
    assert smdash.ok("status", LANG="id_ID.UTF-8").out == indonesian
    assert smdash.ok("--lang", "en", "status", LANG="id_ID.UTF-8").out.startswith("0 posts")
    assert smdash.refused("--lang", "id", "mention", "done", "7") == "tidak ada sebutan 7"
    assert smdash.ok("--lang", "id", "mention", "list", "--json").json == []
    assert "--lang" in smdash.refused("--lang", "fr", "status", code=2)


def test_a_members_own_language_is_used(smdash: Smdash, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('language = "id"\n')
    assert smdash.ok("status").out.startswith("0 konten")
    assert smdash.ok("--lang", "en", "status").out.startswith("0 posts")


def test_the_database_is_named_by_option_then_variable_then_settings_then_home(smdash: Smdash, tmp_path: Path) -> None:
    import subprocess
    import sys

    def team_of(*words: str, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "smdash", *words, "init"],
            env=smdash.env | env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split(" is ready")[0]

    home, named, option = (tmp_path / name for name in ("home/.local/share/smdash/smdash.db", "named.db", "option.db"))
    config = tmp_path / "config"
    assert team_of() == str(home)
    config.mkdir(exist_ok=True)
    (config / "config.toml").write_text(f'database = "{named}"\n')
    assert team_of() == str(named)
    assert team_of(SMDASH_DB=str(tmp_path / "variable.db")) == str(tmp_path / "variable.db")
    assert team_of("--db", str(option), SMDASH_DB=str(tmp_path / "variable.db")) == str(option)
