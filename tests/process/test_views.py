"""Queries and views on the real command line."""

import json

from tests.conftest import Smdash


def take_in(smdash: Smdash) -> None:
    lines = [
        {"platform": platform, "account": "senja", "remote_id": str(number), "kind": kind, "author_handle": who,
         "body": body, "sent_at": f"2026-11-20T07:0{number}:00Z"}
        for number, (platform, kind, who, body) in enumerate(
            [("instagram", "dm", "rina", "Pesanan belum sampai"), ("x", "comment", "budi", "Kopi susu enak"),
             ("instagram", "comment", "Rina", "Kopi pesanan saya enak sekali")]
        )
    ]  # fmt: skip
    smdash.ok("mention", "ingest", "-", stdin="\n".join(map(json.dumps, lines)))


def test_a_list_takes_a_query_a_view_and_an_order(smdash: Smdash) -> None:
    take_in(smdash)
    first, second, third = smdash.ok("mention", "list", "-q").out.split()
    assert smdash.ok("mention", "list", "pesan platform:ig", "-q").out.split() == [first, third]
    assert smdash.ok("mention", "list", "from:@rina", "--sort", "newest", "-q").out.split() == [third, first]
    assert smdash.ok("mention", "list", '"kopi susu"', "--json").json[0]["author_handle"] == "budi"
    assert smdash.ok("mention", "list", "--sort", "newest", "--limit", "1", "-q").out.split() == [third]
    smdash.ok("mention", "done", second)
    assert smdash.ok("mention", "list", "kopi", "-q").out.split() == [third]
    assert smdash.ok("mention", "list", "kopi", "--all", "-q").out.split() == [second, third]
    assert smdash.ok("mention", "list", "kopi", "--state", "done", "-q").out.split() == [second]
    smdash.ok("view", "add", "pesanan", "pesan")
    assert smdash.ok("mention", "list", "--view", "Pesanan", "kind:dm", "-q").out.split() == [first]
    assert "no mention answers" in smdash.ok("mention", "list", "tidakada").err


def test_what_is_no_query_or_view_is_told_in_a_sentence(smdash: Smdash) -> None:
    for arguments, words in (
        (("mention", "list", "is:opn"), "did you mean open?"),
        (("mention", "list", 'kopi "susu'), "not closed"),
        (("view", "add", "x", "warna:biru"), "no field “warna”"),
        (("view", "edit", "mine"), "--name, --query or --place"),
    ):
        ran = smdash(*arguments)
        assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err, ran
    assert "did you mean urgent?" in smdash.refused("mention", "list", "--view", "urgnt")
    assert "the team's" in smdash.refused("view", "remove", "urgent")


def test_views_are_listed_with_their_counts_and_changed(smdash: Smdash) -> None:
    take_in(smdash)
    smdash.ok("view", "add", "pesanan", "PESAN  platform:ig")
    smdash.ok("view", "add", "mine", "is:mine is:urgent")
    found = smdash.ok("view", "list", "--json").json
    assert [(one["name"], one["own"], one["count"]) for one in found] == [
        ("mine", False, 0), ("unassigned", False, 3), ("overdue", False, 3), ("complaints", False, 0),
        ("urgent", False, 0), ("waiting", False, 0), ("pesanan", True, 2), ("mine", True, 0),
    ]  # fmt: skip
    said = smdash.ok("view", "edit", "pesanan", "--name", "antar", "--query", "kopi", "--place", "2").out
    assert said == "view antar: kopi\n"
    rows = smdash.ok("view", "list").out.splitlines()
    assert rows[-1].split()[1:] == ["yours", "antar", "2", "kopi"]
    assert len(smdash.ok("view", "list", "-q").out.split()) == 8
    smdash.ok("view", "remove", "antar")
    assert "antar" not in smdash.ok("view", "list").out
    text = smdash.ok("team", "export").out
    assert '[[view]]\nname = "mine"\nquery = "is:mine"\n' in text
    changed = text.replace('query = "is:urgent"', 'query = "priority:>=1"')
    assert "priority:>=1" in smdash.ok("team", "import", "-", stdin=changed).out
    assert "is:urgent" in smdash.ok("view", "list").out and "priority:>=1" in smdash.ok("view", "list").out
