"""Triage on the command line: what scripts do, what they get back, and what they are refused."""

import io
import json
import os
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from smdash.cli.app import run
from smdash.core.clock import SystemClock
from smdash.store import teams
from smdash.store.connection import open_store
from tests.conftest import Ran, Smdash

LINE = {
    "platform": "instagram",
    "account": "kopi",
    "remote_id": "1",
    "kind": "comment",
    "author_handle": "rina",
    "author_name": "Rina {order_url}",
    "body": "Kak, pesanan saya belum sampai",
    "url": "https://instagram.example/1",
    "sent_at": "2026-11-20T07:00:00Z",
}


class Inside(Smdash):
    """The same command line in this process: eighty starts of a process would cost half a minute."""

    def __call__(
        self, *words: str | bytes | Path, stdin: str | bytes | None = None, db: Path | None = None, **env: str
    ) -> Ran:
        typed = stdin.encode() if isinstance(stdin, str) else stdin or b""
        out, err = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, self.env | env, clear=True))
            stack.enter_context(mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8")))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            code = run(["--db", str(db or self.db), *(os.fsdecode(word) for word in words)])
        return Ran(code, out.getvalue(), err.getvalue())


def filled(smdash: Smdash) -> Smdash:
    """Ana's desk with three mentions on an account of the team's, a fourth on somebody else's. Budi is a member."""
    with open_store(smdash.db, clock=SystemClock()) as store, store.writing() as conn:
        now = store.clock.now()
        teams.put_account(conn, "instagram", "kopi", now)
        for login in ("ana", "budi"):
            teams.join(conn, login, login.title(), login, now)
    smdash.env["SMDASH_MEMBER"] = "ana"
    batch = [LINE | {"remote_id": str(number)} for number in (1, 2, 3)]
    batch.append(LINE | {
        "remote_id": "4", "account": "teh", "author_handle": "dewi", "author_name": "Dewi", "body": "Halo", "url": None
    })  # fmt: skip
    smdash.ok("mention", "ingest", "-", stdin="".join(json.dumps(one) + "\n" for one in batch))
    return smdash


@pytest.fixture
def desk(smdash: Smdash) -> Smdash:
    return filled(Inside(smdash.db, smdash.env))


def row(desk: Smdash, mention_id: int = 1) -> dict[str, object]:
    found: dict[str, object] = desk.ok("mention", "show", str(mention_id), "--json").json
    return found


def test_ids_are_piped_from_a_list_and_undo_takes_the_batch_back(smdash: Smdash) -> None:
    desk = filled(smdash)
    ids = desk.ok("mention", "list", "-q").out
    assert desk.ok("mention", "done", "-", "--json", stdin=ids).json == {"changed": 4, "ids": [1, 2, 3, 4]}
    assert desk.ok("mention", "list", "-q").lines == []
    undone = desk.ok("undo", "--json").json
    assert undone == {"verb": "done", "subject": "mention", "changed": 4, "ids": [1, 2, 3, 4], "refused": 0, "by": None}
    assert desk.ok("redo").out == "done again: set to done (4)\n"
    assert desk.ok("undo").out == "undone: set to done (4)\n"
    assert len(desk.ok("mention", "list", "-q").lines) == 4
    assert desk.refused("undo", SMDASH_MEMBER="budi") == "there is nothing of yours to undo"


def test_each_verb_does_what_it_says(desk: Smdash) -> None:
    assert desk.ok("mention", "take", "1", "2").out == "2 mentions are yours now\n"
    assert desk.ok("mention", "assign", "budi", "1", "--json").json == {"changed": 1, "ids": [1], "assignee": "Budi"}
    assert desk.ok("mention", "label", "keluhan", "1", "2", "--json").json["ids"] == [1, 2]
    assert desk.ok("mention", "unlabel", "keluhan", "2").out == "label keluhan taken off 1 mention\n"
    assert desk.ok("mention", "priority", "2", "1").out == "1 mention has priority 2 now\n"
    assert desk.ok("mention", "star", "1", "--json").json == {"changed": 1, "ids": [1], "star": True}
    found = row(desk)
    assert (found["assignee"], found["labels"], found["priority"]) == ("Budi", ["keluhan"], 2)
    snoozed = desk.ok("mention", "snooze", "pasti besok 9", "1", "--json").json
    assert (snoozed["changed"], snoozed["snooze"]) == (1, "hard") and snoozed["until"].endswith("T02:00:00.000Z")
    assert "its author writes" in desk.ok("mention", "snooze", "balas", "2").out
    assert row(desk)["state"] == "snoozed"
    assert desk.ok("mention", "assign", "nobody", "1").out == "1 mention given to nobody\n"
    assert "2 notes written, for Budi" in desk.ok("mention", "note", "@budi cek ya", "1", "2").out
    assert desk.ok("undo").out == "undone: noted (2)\n"


def test_a_claim_names_who_has_it(desk: Smdash) -> None:
    assert desk.ok("mention", "claim", "1", "2", "--json").json["ids"] == [1, 2]
    ran = desk("mention", "claim", "2", "3", "--json", SMDASH_MEMBER="budi")
    assert (ran.code, ran.json["ids"]) == (1, [3])
    assert [(one["id"], one["by"]) for one in ran.json["taken"]] == [(2, "Ana")]
    assert ran.err.startswith("Ana is on mention 2 since ")
    assert desk.ok("mention", "claim", "--release", "1", "2").out == "2 mentions given back\n"
    desk.ok("mention", "claim", "2", SMDASH_MEMBER="budi")


def test_an_answer_is_queued_named_to_colleagues_and_taken_back(desk: Smdash) -> None:
    sent = desk.ok("mention", "reply", "1", "-", "--undo", "60", "--json", stdin="Halo kak,\nsudah dikirim\n").json
    assert (sent["changed"], sent["body"]) == (1, "Halo kak,\nsudah dikirim")
    assert "Ana answered this at" in desk.refused("mention", "reply", "1", "Halo", SMDASH_MEMBER="budi")
    desk.ok("mention", "reply", "1", "Halo", "--anyway", SMDASH_MEMBER="budi")
    assert desk.ok("undo").out == "undone: replied (1)\n"
    assert "not sent again" in desk.refused("redo")
    assert "answer on the network itself" in desk.refused("mention", "reply", "4", "Halo")
    assert "is too long" in desk.refused("mention", "reply", "2", "a" * 2_201)


def test_a_saved_reply_fills_its_fields_and_a_strangers_braces_stay(desk: Smdash) -> None:
    said = desk.ok("saved", "add", "kirim", "Halo {name}, cek {order_url} — {member}")
    assert "{order_url}" in said.err
    assert desk.refused("mention", "reply", "1", "--saved", "kirim") == "not sent: fill {order_url} with --field"
    sent = desk.ok("mention", "reply", "1", "--saved", "KIRIM", "--field", "order_url=https://kopi.example/7", "--json")
    assert sent.json["body"] == "Halo Rina {order_url}, cek https://kopi.example/7 — Ana"
    assert [(one["name"], one["uses"]) for one in desk.ok("saved", "list", "--json").json] == [("kirim", 1)]
    desk.ok("saved", "add", "rahasia", "Punyaku", "--private")
    assert "rahasia" not in desk.ok("saved", "list", SMDASH_MEMBER="budi").out
    assert desk.ok("saved", "edit", "kirim", "--name", "ongkir", "--json").json["changed"] == 1
    assert desk.ok("saved", "remove", "ongkir").out == "ongkir removed\n"
    assert "is not closed" in desk.refused("saved", "add", "rusak", "Halo {name")


def test_comments_are_hidden_where_the_network_knows_that(desk: Smdash) -> None:
    assert desk.ok("mention", "hide", "1", "2", "--json").json["ids"] == [1, 2]
    assert desk.refused("mention", "like", "1") == "instagram lets no program like comments"
    assert desk.ok("undo").out == "undone: hidden (2)\n"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("done", "99"), 1, "there is no mention 99"),
        (("done", "satu"), 2, "is not an id"),
        (("assign", "siti", "1"), 1, "no member “siti”"),
        (("label", "dua kata", "1"), 1, "expected one word"),
        (("unlabel", "tidakada", "1"), 1, "there is no label"),
        (("snooze", "kemarin", "1"), 2, "is not a time"),
        (("priority", "9", "1"), 2, "9"),
        (("note", " ", "1"), 1, "needs words"),
        (("reply", "1", ""), 1, "needs words"),
        (("reply", "1"), 2, "either a text or --saved"),
        (("reply", "1", "--saved", "tidakada"), 1, "no saved reply"),
        (("erase",), 2, "either ids or --author"),
        (("erase", "1"), 1, "needs --yes"),
        (("erase", "--author", "rina", "--yes"), 2, "is no author"),
        (("erase", "--author", "instagram/x", "--yes"), 1, "nobody called x"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_changes_nothing(
    desk: Smdash, words: tuple[str, ...], code: int, why: str
) -> None:
    assert why in desk.refused("mention", *words, code=code)
    assert desk.refused("undo") == "there is nothing of yours to undo"


def test_a_desk_that_only_looks_changes_nothing(desk: Smdash) -> None:
    for words in (("mention", "take", "1"), ("mention", "erase", "1", "--yes"), ("undo",), ("saved", "add", "a", "b")):
        assert "--read-only" in desk.refused("--read-only", *words)
    assert row(desk)["assignee"] is None


def test_a_person_is_erased_for_good(smdash: Smdash, db: Path) -> None:
    desk = filled(smdash)
    desk.ok("mention", "reply", "1", "Halo kanarikata")
    done = desk.ok("mention", "erase", "--author", "instagram/rina", "--yes", "--json")
    assert done.json == {"changed": 3, "replies": 1, "notes": 0, "log_cleared": True}
    raw = b"".join(one.read_bytes() for one in db.parent.glob(db.name + "*"))
    assert not [word for word in (b"kanarikata", b"Rina", b"belum sampai", b"instagram.example") if word in raw]
    assert row(desk)["author_handle"] == "" and len(desk.ok("mention", "list", "-q").lines) == 1
    # The network brings it again, and it stays erased.
    again = json.dumps(LINE) + "\n"
    assert desk.ok("mention", "ingest", "-", "--json", stdin=again).json["unchanged"] == 1
