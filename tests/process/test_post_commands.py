"""Approval, edits, import and export as people type them, in processes of their own."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Smdash

# Process tests run on the machine's clock; a plan of the year after next is still to come.
SOON = f"{datetime.now(UTC).year + 2}-01-05 10:00"
LATER = f"{datetime.now(UTC).year + 2}-02-05 10:00"
BUDI = {"SMDASH_MEMBER": "budi"}


@pytest.fixture
def desk(smdash: Smdash) -> Smdash:
    """A desk with two accounts, and nothing planned."""
    for platform in ("instagram", "mastodon"):
        line = (
            f'{{"platform": "{platform}", "account": "kopi", "remote_id": "1", "kind": "comment", "author_handle": "r", '
            '"body": "x", "sent_at": "2026-11-20T07:00:00Z"}'
        )
        smdash.ok("mention", "ingest", "-", stdin=line)
    return smdash


def approval(desk: Smdash, word: str) -> None:
    desk.ok("team", "import", "-", stdin=f'approval = "{word}"\n')


def add(desk: Smdash, *more: str, body: str = "Cara seduh", at: str = SOON) -> None:
    desk.ok("post", "add", "--account", "instagram/kopi", "--category", "other", "--body", body, "--at", at, *more)


def states(desk: Smdash) -> list[tuple[int, str, int]]:
    """Each post, what people see of it, and how many deliveries it has."""
    return [(row["id"], row["state"], len(row["deliveries"])) for row in desk.ok("post", "list", "--json").json]


def test_the_setting_is_shown_exported_and_refused_where_it_is_none(desk: Smdash) -> None:
    assert desk.ok("team", "show", "--json").json["approval"] == "none"
    assert desk.ok("team", "import", "-", stdin='approval = "required"\n').out == "approval of posts: none → required\n"
    assert 'approval = "required"' in desk.ok("team", "export").out
    said = desk.refused("team", "import", "-", stdin='approval = "maybe"\n')
    assert "approval" in said and "none, optional, required" in said
    assert desk.ok("team", "show", "--json").json["approval"] == "required"


def test_from_planning_to_approval(desk: Smdash) -> None:
    add(desk, body="bebas")
    assert states(desk) == [(1, "scheduled", 1)]
    approval(desk, "required")
    add(desk, at=LATER)
    add(desk, at=SOON)
    assert states(desk) == [(1, "scheduled", 1), (3, "review", 0), (2, "review", 0)]
    assert desk.ok("post", "list", "--awaiting", "-q").out == "3\n2\n"
    assert "yours" in desk.refused("post", "approve", "2")
    assert "scheduled" in desk.ok("post", "approve", "2", **BUDI).out
    assert desk.ok("delivery", "list", "--json").json[-1]["post"] == 2
    assert "scheduled" in desk.refused("post", "approve", "2", **BUDI)
    assert "sent back" in desk.ok("post", "reject", "3", "harga salah", **BUDI).out
    assert "harga salah" in desk.ok("post", "show", "3").out
    assert "waits for approval" in desk.ok("post", "submit", "3").out
    assert desk.ok("post", "edit", "2", "--body", "Lain", "--json").json["state"] == "review"
    assert desk.ok("post", "list", "--awaiting", "-q").out == "3\n2\n"
    assert [row["post"] for row in desk.ok("delivery", "list", "--json").json] == [1]
    history = desk.ok("post", "show", "2", "--json").json["history"]
    assert [one["verb"] for one in history] == ["add", "submit", "approve", "edit", "submit"]
    assert history[2]["who"] == "budi"


def test_what_can_t_be_done_is_one_sentence(desk: Smdash) -> None:
    add(desk)
    approval(desk, "required")
    for words, says in (
        (("approve", "1"), "scheduled"), (("reject", "1", "x"), "scheduled"), (("submit", "1"), "scheduled"),
        (("approve", "9"), "no post 9"), (("edit", "9", "--body", "x"), "no post 9"),
        (("edit", "1", "--at", "now"), "still to come"), (("edit", "1", "--account", "x/kopi"), "no account"),
        (("edit", "1", "--campaign", "Lomba"), "no campaign"),
    ):  # fmt: skip
        assert says in desk.refused("post", *words), words
    for words in (("edit", "1"), ("edit", "1", "--body", " "), ("edit", "1", "--at", "soon"), ("reject", "1"),
                  ("edit", "1", "--category", "reel"), ("approve", "x")):  # fmt: skip
        desk.refused("post", *words, code=2)
    desk.refused("post", "add", "--account", "instagram/kopi", "--category", "other", "--body", "x", "--at", "now")
    assert states(desk) == [(1, "scheduled", 1)]
    assert "nothing was changed" in desk.ok("post", "edit", "1", "--body", "Cara seduh").err


def test_several_approve_a_post_each_in_a_process_of_their_own(desk: Smdash) -> None:
    said = desk.ok("team", "import", "-", stdin='approval = "several"\napprovers = 3\n').out
    assert "approval of posts: none → several" in said and "approvers of a post: 2 → 3" in said
    add(desk)
    assert "waits for 3 approvals" in desk.ok("post", "edit", "1", "--body", "Cara seduh V60").out
    crew = [f"anggota{at}" for at in range(6)]
    for login in crew:
        desk.ok("post", "list", "--awaiting-me", "-q", SMDASH_MEMBER=login)
    started = [
        subprocess.Popen(desk.command("post", "approve", "1"), env=desk.env | {"SMDASH_MEMBER": login},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for login in crew
    ]  # fmt: skip
    ended = [(one.communicate(timeout=60), one.returncode) for one in started]
    assert sorted(code for _said, code in ended) == [0, 0, 0, 1, 1, 1]
    out = sorted(said[0] for said, code in ended if not code)
    assert "scheduled" in out[0] and "waits for 1 approval;" in out[1] and "waits for 2 approvals;" in out[2]
    assert all("scheduled" in said[1] for said, code in ended if code)
    shown = desk.ok("post", "show", "1", "--json").json
    assert len({one["by"] for one in shown["approvals"]}) == 3 and set(shown["approvals"][0]) == {"by", "at"}
    assert (shown["state"], shown["approvals_missing"], len(shown["deliveries"])) == ("scheduled", 0, 1)
    assert [one["detail"] for one in shown["history"] if one["verb"] == "approve"] == ["1/3", "2/3", "3/3"]


def test_what_waits_for_a_member_and_what_a_post_says_of_it(desk: Smdash) -> None:
    approval(desk, "several")
    add(desk, body="punya sendiri")
    add(desk, body="lain", at=LATER)
    assert desk.ok("post", "list", "--awaiting-me", "--json").json == []
    assert "nothing waits for your approval" in desk.ok("post", "list", "--awaiting-me").err
    assert desk.ok("post", "list", "--awaiting-me", "-q", **BUDI).out == "1\n2\n"
    assert "waits for 1 approval;" in desk.ok("post", "approve", "1", **BUDI).out
    assert "you approved post 1 already; 1 more member has to" in desk.refused("post", "approve", "1", **BUDI)
    assert desk.ok("post", "list", "--awaiting-me", "-q", **BUDI).out == "2\n"
    assert desk.ok("post", "list", "--awaiting", "-q").out == "1\n2\n"
    said = desk.ok("post", "show", "1").out
    assert "waits for 1 of 2 approvals" in said and "approved by budi (" in said and "(1/2)" in said
    assert said.count("recorded, not verified") == 1 and "if it is approved by then, else it expires" in said
    # Undo takes it back on the command line as well.
    assert "approved" in desk.ok("undo", **BUDI).out
    assert desk.ok("post", "show", "1", "--json").json["approvals"] == []


def test_another_rule_says_what_it_leaves_as_it_is(desk: Smdash) -> None:
    add(desk)
    said = desk.ok("team", "import", "-", "--dry-run", stdin='approval = "several"\n').out
    assert said.endswith("1 post is ready already and stays so; a change of it asks for approval\n")
    assert desk.ok("team", "import", "-", stdin='approval = "several"\napprovers = 3\n').out.endswith(said[-20:])
    assert states(desk) == [(1, "scheduled", 1)]
    add(desk, at=LATER)
    for member in ("budi", "cici"):
        desk.ok("post", "approve", "2", SMDASH_MEMBER=member)
    assert "1 post in review has enough approvals now" in desk.ok("team", "import", "-", stdin="approvers = 2\n").out
    assert states(desk) == [(1, "scheduled", 1), (2, "review", 0)]
    # Not one's own, and who said yes lets it go by saying so again.
    assert "yours" in desk.refused("post", "approve", "2")
    assert "scheduled" in desk.ok("post", "approve", "2", **BUDI).out
    add(desk, at=LATER)
    assert "1 post is in review still" in desk.ok("team", "import", "-", stdin='approval = "none"\n').out
    assert "scheduled" in desk.ok("post", "approve", "3").out
    # A number that counts nowhere changes nothing that one must know.
    assert desk.ok("team", "import", "-", stdin="approvers = 5\n").out == "approvers of a post: 2 → 5\n"
    assert "from 2 to 9" in desk.refused("team", "import", "-", stdin="approvers = 1\n")


def test_what_was_held_goes_on_by_one_command(desk: Smdash) -> None:
    add(desk)
    assert "no member holds anything of post 1" in desk.refused("post", "release", "1")
    desk.ok("post", "hold", "1")
    assert desk.ok("post", "release", "1").out == "1 delivery of post 1 goes on\n"
    assert states(desk) == [(1, "scheduled", 1)]


def test_help_says_that_names_are_recorded_and_not_verified(desk: Smdash) -> None:
    for verb in ("approve", "reject"):
        assert "Recorded, not verified" in desk.ok("post", verb, "--help").out


def test_an_export_is_safe_in_a_spreadsheet_and_comes_back_unchanged(desk: Smdash, tmp_path: Path) -> None:
    add(desk, "--offer", "+62 diskon", body='=HYPERLINK(1)\n- dua; "tiga", é')
    desk.ok("post", "add", "--account", "mastodon/kopi", "--category", "quote", "--body", "tanpa waktu")
    said = desk.ok("post", "export")
    rows = list(csv.DictReader(io.StringIO(said.out, newline="")))
    assert [row["body"] for row in rows] == ['\'=HYPERLINK(1)\n- dua; "tiga", é', "tanpa waktu"]
    assert rows[0]["offer"] == "'+62 diskon"
    assert (rows[0]["accounts"], rows[0]["state"]) == ("instagram/kopi", "scheduled")
    assert rows[0]["due_at"] == SOON.replace(" ", "T") + ":00+07:00"
    before = desk.ok("post", "list", "--json").out
    for name, count in (("plan.csv", 2), ("plan.ics", 1)):
        file = tmp_path / name
        assert desk.ok("post", "export", file).out.startswith(f"{count} post")
        assert file.read_bytes().startswith(b"\xef\xbb\xbfid," if count == 2 else b"BEGIN:VCALENDAR\r\n")
        assert "already" in desk.refused("post", "export", file)
        desk.ok("post", "export", file, "--force")
        assert desk.ok("post", "import", file).out == f"0 new, 0 changed, {count} unchanged, 0 refused\n"
    assert desk.ok("post", "import", "-", stdin=said.out).out.startswith("0 new, 0 changed, 2 unchanged")
    assert desk.ok("post", "list", "--json").out == before
    changed = desk.ok("post", "export", "--separator", "semicolon").out.replace("tanpa waktu", "tanpa jam")
    assert desk.ok("post", "import", "-", stdin=changed).out == "0 new, 1 changed, 1 unchanged, 0 refused\n"


def test_an_export_of_some_days(desk: Smdash) -> None:
    add(desk)
    add(desk, at=LATER)
    desk.ok("post", "add", "--account", "mastodon/kopi", "--category", "quote", "--body", "tanpa waktu")
    for words, ids in (
        ((), ["1", "2", "3"]), (("--from", SOON[:10], "--to", SOON[:10]), ["1"]), (("--from", LATER[:10]), ["2"]),
        (("--to", "2020-01-01"), []),
    ):  # fmt: skip
        assert [row["id"] for row in csv.DictReader(io.StringIO(desk.ok("post", "export", *words).out))] == ids
    desk.refused("post", "export", "--from", "2026-12-02", "--to", "2026-12-01", code=2)
    desk.refused("post", "export", "--from", "tomorrow", code=2)


PLAN = f"""due_at;accounts;category;body;catatan\r
{SOON};instagram/kopi mastodon/kopi;hard sell;"Diskon; 10%\r
hari ini";x\r
2020-01-05 10:00;instagram/kopi;other;lama;\r
5/1/2030 10:00;instagram/kopi;other;x;\r
{LATER};instagram/teh;other;x;\r
{LATER}+09:00;instagram/kopi;other;baik;\r
"""


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(desk: Smdash, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes(PLAN.encode())
    before = desk.db.read_bytes()
    ran = desk("post", "import", file, "--dry-run")
    assert ran.code == 1
    assert ran.lines[-1] == "would be: 2 new, 0 changed, 0 unchanged, 3 refused"
    assert [line.split(":")[0] for line in ran.lines[:-1]] == ["line 2", "line 7"]
    assert "instagram/kopi mastodon/kopi" in ran.lines[0] and "scheduled" in ran.lines[0]
    told = ran.err.splitlines()
    assert [line.split(":")[0] for line in told[:3]] == ["line 4", "line 5", "line 6"]
    assert "Asia/Jakarta" in ran.err and "catatan" in ran.err
    assert desk.ok("post", "list", "--json").json == []
    assert desk.db.read_bytes() == before


def test_an_import_keeps_the_good_lines_names_the_bad_ones_and_adds_nothing_twice(desk: Smdash) -> None:
    ran = desk("post", "import", "-", stdin=PLAN)
    assert (ran.code, ran.out) == (1, "2 new, 0 changed, 0 unchanged, 3 refused\n")
    (first, other) = desk.ok("post", "list", "--json").json
    assert (first["body"], first["category"], len(first["deliveries"])) == ("Diskon; 10%\nhari ini", "hard_sell", 2)
    assert first["due_at"] == SOON[:11].replace(" ", "T") + "03:00:00.000Z"  # 10:00 in the team's zone
    assert other["due_at"] == LATER[:11].replace(" ", "T") + "01:00:00.000Z"  # in its own
    again = desk("post", "import", "-", "--json", stdin=PLAN).json
    assert again["new"] == again["changed"] == 0 and again["unchanged"] == 2
    assert [one["line"] for one in again["refusals"]] == [4, 5, 6]
    assert (again["zone"], again["without_zone"]) == ("Asia/Jakarta", 3)
    assert [(one["line"], one["what"], one["post"]) for one in again["lines"]] == [
        (2, "unchanged", 1),
        (7, "unchanged", 2),
    ]
    assert len(desk.ok("post", "list", "-q").lines) == 2


def test_an_import_in_several_batches_is_taken_in_once(desk: Smdash) -> None:
    text = "body,category,accounts,due_at\n" + "".join(
        f"nomor {n},other,instagram/kopi,{SOON}\n" if n % 100 else "rusak\n" for n in range(1, 451)
    )
    assert desk("post", "import", "-", stdin=text).out == "446 new, 0 changed, 0 unchanged, 4 refused\n"
    assert desk("post", "import", "-", stdin=text).out == "0 new, 0 changed, 446 unchanged, 4 refused\n"


def test_a_calendar_of_somebody_elses_needs_accounts_from_the_command_line(desk: Smdash) -> None:
    text = (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:{SOON[:10].replace('-', '')}T100000\r\nSUMMARY:Promo\\, ya\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nSUMMARY:tanpa waktu\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    ran = desk("post", "import", "-", "--category", "other", stdin=text)
    assert "line 2: “accounts” is empty" in ran.err and "line 7" in ran.err
    for new in (1, 0):
        ran = desk("post", "import", "-", "--account", "mastodon/kopi", "--category", "other", stdin=text)
        assert ran.out == f"{new} new, 0 changed, {1 - new} unchanged, 1 refused\n"
    (post,) = desk.ok("post", "list", "--json").json
    assert (post["body"], post["accounts"]) == ("Promo, ya", ["mastodon/kopi"])


def test_what_is_no_plan_is_refused_in_one_sentence(desk: Smdash, tmp_path: Path) -> None:
    for data, says in (("", "headings"), ("a,b\n1,2\n", "body"), (b"\x00\xff\xfe\n", "body")):
        assert says in desk.refused("post", "import", "-", stdin=data)
    assert "calendar" in desk.refused("post", "import", "-", "--format", "ics", stdin="body,category\n")
    assert "no such file" in desk.refused("post", "import", tmp_path / "none.csv")
    assert "folder" in desk.refused("post", "import", tmp_path)
    assert "larger" in desk.refused("post", "import", "-", stdin=b"x" * 20_000_001)
    desk.refused("--read-only", "post", "import", "-", stdin="body,category\nx,other\n")


def test_letters_that_a_terminal_would_obey_are_neither_kept_nor_shown(desk: Smdash) -> None:
    text = f"due_at,accounts,category,body\n{SOON},instagram/kopi,other,\x1b]0;x\x07a\u202eb\n\x1b[31m,x,\x9b,\x1b[2J\n"
    ran = desk("post", "import", "-", "--dry-run", stdin=text)
    desk("post", "import", "-", stdin=text)
    for shown in (ran.out, ran.err, desk.ok("post", "export").out, desk.ok("post", "export", "--format", "ics").out):
        assert not any(letter in shown for letter in "\x1b\x07\x9b\u202e")
    assert desk.ok("post", "list", "--json").json[0]["body"] == "]0;xab"


def test_a_calendar_that_lost_what_it_does_not_know_brings_no_post_a_second_time(desk: Smdash, tmp_path: Path) -> None:
    add(desk)
    ours = desk.ok("post", "export", "-", "--format", "ics").out
    lost = "".join(line for line in ours.splitlines(keepends=True) if not line.startswith("X-SMDASH"))
    assert lost != ours
    file = tmp_path / "back.ics"
    file.write_text(lost, newline="")
    done = desk("post", "import", file, "--account", "instagram/kopi", "--category", "other", "--json").json
    assert (done["new"], len(desk.ok("post", "list", "--json").json)) == (0, 1)
