"""``smdash receive`` as a process, over real HTTP: nothing that was answered 200 is lost, and strangers learn nothing."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smdash.core.records import Actor
from smdash.store import driver, erase, received, teams
from smdash.store.connection import Store, create_file, open_store
from tests.conftest import NOW, TEAM, ZONE, Smdash
from tests.pushing import TOKEN, Receiver, Said, body_of, event, flood, put_beside, receiving, signed

LATER = "2026-11-23T07:01:00.000Z"
LAST = "2026-11-23T07:02:00.000Z"


@pytest.fixture
def env(smdash: Smdash, tmp_path: Path) -> dict[str, str]:
    """The service user's environment, with an account of the network that pushes."""
    put_beside(tmp_path / "site")
    config = Path(smdash.env["SMDASH_CONFIG_DIR"])
    config.mkdir(parents=True, exist_ok=True)
    write_account(config)
    connect(smdash.db)
    smdash.env["PYTHONPATH"] = str(tmp_path / "site")
    return smdash.env


def write_account(config: Path, token: str = TOKEN, more: str = "") -> None:
    file = config / "sync.toml"
    file.write_text(f'{more}\n[[account]]\nplatform = "warung"\nname = "kopi"\ntoken = "{token}"\n')
    file.chmod(0o600)


def connect(db: Path) -> None:
    with open_store(db) as store, store.writing() as conn:
        teams.put_account(conn, "warung", "kopi", NOW, remote_id="w1")
        teams.put_account(conn, "warung", "teh", NOW, remote_id="w2")


@pytest.fixture
def receiver(db: Path, env: dict[str, str]) -> Iterator[Receiver]:
    with receiving(db, env) as running:
        yield running


def rows(db: Path, sql: str, *values: object) -> list[Any]:
    conn = driver.connect(f"file:{db}?mode=ro", uri=True, timeout=5)
    try:
        return conn.execute(sql, values).fetchall()
    finally:
        conn.close()


def mentions(db: Path) -> dict[str, tuple[str, str]]:
    """Text and state by the network's id."""
    return {key: (body, state) for key, body, state in rows(db, "SELECT remote_id, body, state FROM mention")}


def eventually(look: Any, patience_s: float = 30.0) -> None:
    """Until it is so."""
    end = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def all_read(db: Path) -> bool:
    return rows(db, "SELECT count(*) FROM received WHERE processed_at IS NULL") == [(0,)]


def test_what_is_pushed_is_a_mention_a_moment_later(db: Path, receiver: Receiver) -> None:
    said = receiver.push(event(1, "Kak, masih buka?"))
    assert (said.status, said.text) == (200, "")
    assert rows(db, "SELECT platform, account_id FROM received") == [("warung", 1)]
    eventually(lambda: mentions(db) == {"m1": ("Kak, masih buka?", "open")})
    # Those of a second account of the team come in by the first one's address, too; a stranger's do not.
    assert receiver.push(event(2, "untuk teh", account="w2"), event(3, "untuk orang lain", account="w9")).status == 200
    eventually(lambda: len(mentions(db)) == 2)
    assert rows(db, "SELECT account_id FROM mention WHERE remote_id = 'm2'") == [(2,)]
    eventually(lambda: rows(db, "SELECT sum(left_out) FROM received") == [(1,)])


def test_the_network_is_told_that_the_address_is_ours(receiver: Receiver) -> None:
    right = receiver.ask("GET", f"/warung/kopi?verify={TOKEN}&challenge=abc%20123")
    assert (right.status, right.text) == (200, "abc 123")
    assert right.headers["content-type"].startswith("text/plain")
    assert receiver.ask("GET", "/warung/kopi?verify=guess&challenge=abc").status == 403
    assert receiver.ask("GET", "/warung/kopi").status == 403


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/warung/kopi", {}, 403),
        ("POST", "/warung/kopi", {"X-Signature": "0" * 64}, 403),
        ("POST", "/warung/kopi", {"X-Signature": "ü"}, 403),
        ("POST", "/warung/kopi", signed(b"another body"), 403),
        ("POST", "/warung/kopi", signed(body_of(event(1)), token=""), 403),
        ("POST", "/warung/nobody", signed(body_of(event(1))), 404),
        ("POST", "/warung/teh", signed(body_of(event(1))), 404),
        ("POST", "/mastodon/kopi", {}, 404),
        ("POST", "/warung/kopi/", {}, 404),
        ("POST", "/", {}, 404),
        ("GET", "/", {}, 404),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/warung/%00", {}, 404),
        ("PUT", "/warung/kopi", signed(body_of(event(1))), 404),
        ("HEAD", "/warung/kopi", {}, 404),
    ],
)
def test_a_stranger_learns_nothing_and_leaves_nothing(
    db: Path, receiver: Receiver, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    said = receiver.ask(method, path, body_of(event(1)) if method in ("POST", "PUT") else None, headers)
    assert (said.status, said.text) == (status, "")
    assert "uvicorn" not in str(said.headers) and "server" not in said.headers
    assert rows(db, "SELECT count(*) FROM received") == [(0,)]


def test_the_same_again_changes_nothing(db: Path, receiver: Receiver) -> None:
    for _turn in range(5):
        assert receiver.push(event(1), event(2)).status == 200
    # The same events in another body, as a network that sends anew may put them.
    assert receiver.push(event(2), event(1), event(1)).status == 200
    eventually(lambda: all_read(db))
    assert rows(db, "SELECT count(*) FROM received") == [(2,)]
    assert set(mentions(db)) == {"m1", "m2"}


def test_what_comes_in_another_order_ends_the_same(db: Path, receiver: Receiver) -> None:
    first, second = event(1, "satu"), event(1, "dua", edited_at=LATER)
    third = event(1, "tiga", edited_at=LAST)
    # Each by itself, since those of one turn are sorted before.
    for one in (third, first, second, event(1, "satu", handle="rina")):
        receiver.push(one)
        eventually(lambda: all_read(db))
    gone = event(2, "", deleted=True)
    receiver.push(gone)
    eventually(lambda: all_read(db))
    receiver.push(event(2, "yang dihapus"))
    receiver.push(event(3, "akhir", edited_at=LAST), event(3, "awal"))
    eventually(lambda: all_read(db) and "m3" in mentions(db))
    found = mentions(db)
    assert found["m1"] == ("tiga", "open") and found["m3"] == ("akhir", "open")
    assert found["m2"][1] == "hidden"


def test_what_cannot_be_read_is_kept_told_and_tried_again(
    db: Path, env: dict[str, str], smdash: Smdash, tmp_path: Path
) -> None:
    with receiving(db, env | {"PUSHING_BROKEN": "1"}) as receiver:
        assert receiver.push_body(b"<html>no json</html>").status == 200
        assert receiver.push(event(1, "new kind")).status == 200
        # What SQLite can't hold spoils its own body only.
        assert receiver.push(event(2, "\ud800", raw=True)).status == 200
        assert receiver.push(event(3, "baik")).status == 200
        eventually(lambda: all_read(db))
        assert set(mentions(db)) == {"m3"}
        problems = [row[0] for row in rows(db, "SELECT problem FROM received ORDER BY id")]
        assert problems[0] == "not what Warung sends" and "KeyError" in problems[1] and problems[3] is None
        assert "UnicodeEncodeError" in problems[2]
        assert rows(db, "SELECT count(*) FROM received WHERE body IS NOT NULL") == [(4,)]
        told = smdash("doctor")
        assert "3 pushes to warung/kopi could not be read" in told.out and "the receiver listens" in told.out
        ((error, failures),) = rows(db, "SELECT error, failures FROM sync_job WHERE name = 'warung/kopi/push'")
        assert "3 pushes could not be read" in error and failures == 0
        _code, _took, logged = receiver.end()
        # Where it went wrong is logged, and nobody's words.
        assert "KeyError < warung_network.py:" in logged and "new kind" not in logged and "html" not in logged
    # A newer adapter may understand them.
    with receiving(db, env):
        eventually(lambda: all_read(db) and "m1" in mentions(db))
        assert rows(db, "SELECT count(*) FROM received WHERE problem IS NOT NULL") == [(2,)]


def test_a_giant_body_and_a_giant_head_are_refused(db: Path, receiver: Receiver) -> None:
    giant = body_of(event(1, "x" * 5_000_000))
    assert receiver.push_body(giant).status == 413
    assert receiver.ask("POST", "/nowhere", giant).status == 413
    large = body_of(event(2, "x" * 3_900_000))
    assert receiver.push_body(large).status == 200
    caller = receiver.raw(b"GET /warung/kopi HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n")
    with caller:
        assert caller.recv(4_096).split()[1] in (b"400", b"431")
    endless = b"POST /warung/kopi HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with receiver.raw(endless) as caller:
        chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
        sent = 0
        try:
            while sent < 100:
                caller.sendall(chunk)
                sent += 1
        except OSError:
            pass
        assert sent < 60
    assert receiver.push(event(3)).status == 200
    assert rows(db, "SELECT count(*) FROM received") == [(2,)]


def test_who_is_slow_is_cut_off_and_keeps_nobody_waiting(db: Path, env: dict[str, str]) -> None:
    with receiving(db, env | {"PUSHING_HASTE": "1"}) as receiver:
        heads = [receiver.raw(b"POST /warung/kopi HTT") for _turn in range(60)]
        bodies = [
            receiver.raw(b"POST /warung/kopi HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            for _turn in range(60)
        ]
        silent = [receiver.raw(b"") for _turn in range(60)]
        began = time.monotonic()
        assert receiver.push(event(1)).status == 200
        assert time.monotonic() - began < 0.9
        for caller in (*heads, *bodies, *silent):
            caller.settimeout(5)
            assert caller.recv(100).startswith(b"HTTP/1.1 408")
            caller.close()
        dripping = receiver.raw(b"GET /warung/kopi HTTP/1.1\r\n")
        try:
            for _turn in range(100):
                dripping.sendall(b"X: y\r\n")
                time.sleep(0.05)
            raise AssertionError("a byte now and then got around the limit")
        except OSError:
            dripping.close()
        assert time.monotonic() - began < 8


def test_there_are_only_so_many_connections(db: Path, env: dict[str, str]) -> None:
    with receiving(db, env | {"PUSHING_HASTE": "3"}) as receiver:
        idle = [receiver.raw(b"") for _turn in range(400)]
        with receiver.raw(b"") as caller:
            caller.settimeout(2)
            refused = caller.recv(200)
        assert refused.startswith(b"HTTP/1.1 503") and b"Retry-After" in refused
        for one in idle:
            one.close()
        eventually(lambda: receiver.push(event(1)).status == 200)


def test_who_makes_mistakes_has_to_wait_and_others_do_not(db: Path, receiver: Receiver) -> None:
    def wrong(who: str) -> Said:
        return receiver.ask("POST", "/warung/kopi", b"{}", {"X-Signature": "0", "X-Forwarded-For": f"10.9.8.7, {who}"})

    answers = [wrong("203.0.113.9") for _turn in range(40)]
    assert answers[0].status == 403 and answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert sum(one.status == 403 for one in answers) < 30
    assert receiver.push(event(1), X_Forwarded_For="203.0.113.10").status == 200
    assert receiver.ask("GET", "/elsewhere", None, {"X-Forwarded-For": "203.0.113.9"}).status == 404
    # What it claims of itself before the proxy's word counts for nothing; and after a while it is heard again.
    eventually(lambda: wrong("203.0.113.9").status == 429)
    assert receiver.push(event(2), X_Forwarded_For="203.0.113.10, 203.0.113.9").status == 429
    eventually(lambda: receiver.push(event(2), X_Forwarded_For="203.0.113.9").status == 200)


def test_while_the_file_is_locked_the_network_is_asked_to_come_again(db: Path, receiver: Receiver) -> None:
    assert receiver.push(event(0)).status == 200
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        said = receiver.push(event(1))
        assert said.status == 503 and int(said.headers["retry-after"]) > 0 and said.text == ""
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert receiver.push(event(1)).status == 200
    eventually(lambda: set(mentions(db)) == {"m0", "m1"})


def test_while_the_file_is_away_the_network_is_asked_to_come_again(
    db: Path, receiver: Receiver, tmp_path: Path
) -> None:
    assert receiver.push(event(0)).status == 200
    away = tmp_path / "away.db"
    db.rename(away)
    assert receiver.push(event(1)).status == 503
    away.rename(db)
    eventually(lambda: receiver.push(event(1)).status == 200)
    eventually(lambda: set(mentions(db)) == {"m0", "m1"})


def test_a_file_that_took_its_place_ends_the_receiver(db: Path, receiver: Receiver, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    shutil.copyfile(db, other)
    other.replace(db)
    # Unless it has ended by itself by then.
    with contextlib.suppress(OSError):
        assert receiver.push(event(1)).status == 503
    assert receiver.process.wait(10) == 1
    assert receiver.process.stderr is not None
    said = receiver.process.stderr.read().decode()
    assert "smdash: " in said and "replaced" in said and "Traceback" not in said


def test_a_full_disk_loses_nothing_that_was_answered(small_disk: Path, tmp_path: Path, env: dict[str, str]) -> None:
    db = small_disk / "desk.db"
    create_file(db)
    with open_store(db) as store, store.writing() as conn:
        teams.start(conn, TEAM, ZONE)
    connect(db)
    with receiving(db, env) as receiver:
        kept, refused = [], 0
        for number in range(200):
            said = receiver.push(event(number, "x" * 8_000))
            if said.status == 200:
                kept.append(f"m{number}")
            else:
                assert said.status == 503 and "retry-after" in said.headers
                refused += 1
                if refused > 3:
                    break
        assert kept and refused
        receiver.kill()
    with open_store(db, read_only=True) as store, store.reading() as conn:
        bodies = b"".join(row[0] for row in conn.execute("SELECT body FROM received").fetchall())
    assert all(f'"{one}"'.encode() in bodies for one in kept)


def test_nothing_that_was_answered_is_lost_when_it_is_killed(db: Path, env: dict[str, str], smdash: Smdash) -> None:
    bodies = [body_of(event(number, f"pesan {number}")) for number in range(3_000)]
    answered: set[str] = set()
    sent = 0
    for _round in range(3):
        with receiving(db, env) as receiver:
            threading.Timer(0.5, receiver.process.kill).start()
            part = bodies[sent : sent + 1_000]
            outcomes = asyncio.run(flood(receiver.port, part, 32))
            sent += 1_000
            assert receiver.process.wait(10) == -signal.SIGKILL
            good = [json.loads(body)["events"][0]["id"] for body, status, _took in outcomes if status == 200]
            answered |= set(good)
    assert len(answered) > 100
    kept = {json.loads(row[0])["events"][0]["id"] for row in rows(db, "SELECT body FROM received")}
    assert answered <= kept
    # The service takes what the receiver left.
    ran = smdash("sync", "--once", "--json")
    assert all_read(db)
    assert answered <= set(mentions(db))
    results = {row["job"]: row for row in map(json.loads, ran.lines)}
    assert "receive" not in results or results["receive"]["ok"]


def test_many_at_once_are_all_kept(db: Path, receiver: Receiver) -> None:
    bodies = [body_of(event(number)) for number in range(1_500)]
    outcomes = asyncio.run(flood(receiver.port, bodies, 64))
    assert {status for _body, status, _took in outcomes} == {200}
    eventually(lambda: len(mentions(db)) == 1_500, 30)


def test_several_receivers_do_each_other_no_harm(db: Path, env: dict[str, str]) -> None:
    with receiving(db, env) as one, receiving(db, env) as other:
        for number in range(50):
            assert one.push(event(number)).status == other.push(event(number)).status == 200
        eventually(lambda: all_read(db))
        assert rows(db, "SELECT count(*) FROM received") == [(50,)] == rows(db, "SELECT count(*) FROM mention")


def test_two_receivers_do_not_fight_over_one_port(db: Path, receiver: Receiver, smdash: Smdash) -> None:
    said = smdash.refused("receive", "--listen", f"127.0.0.1:{receiver.port}")
    assert "somebody listens at" in said and "--listen" in said
    assert receiver.push(event(1)).status == 200


def test_what_brought_nothing_of_ours_is_not_kept_and_still_known(db: Path, receiver: Receiver) -> None:
    for _turn in range(2):
        assert receiver.push(event(1, "untuk orang lain", account="w9")).status == 200
        assert receiver.push().status == 200
        eventually(lambda: all_read(db))
    assert rows(db, "SELECT body, length(digest) FROM received") == [(None, 32), (None, 32)]


def test_a_deletion_and_a_nameless_edit_take_nothing_away(db: Path, receiver: Receiver) -> None:
    receiver.push(event(1, "satu", name="Rina Sari"), event(2, "dua", name="Rina Sari"))
    eventually(lambda: all_read(db))
    receiver.push(event(1, "satu dan", name="rina", edited_at=LATER), event(2, "", handle="", name="", deleted=True))
    # Both in one body, and so in one turn.
    receiver.push(event(3, "tiga", name="Rina Sari"), event(3, "", handle="", name="", deleted=True))
    eventually(lambda: all_read(db) and "m3" in mentions(db))
    assert rows(db, "SELECT body, author_handle, author_name, state FROM mention ORDER BY remote_id") == [
        ("satu dan", "rina", "Rina Sari", "open"),
        ("dua", "rina", "Rina Sari", "hidden"),
        ("tiga", "rina", "Rina Sari", "hidden"),
    ]


def test_it_ends_when_it_is_told_to_after_what_it_accepted(db: Path, receiver: Receiver) -> None:
    outcomes: list[tuple[bytes, int, float]] = []
    bodies = [body_of(event(number)) for number in range(4_000)]
    work = threading.Thread(target=lambda: outcomes.extend(asyncio.run(flood(receiver.port, bodies, 32))))
    hanging = receiver.raw(b"POST /warung/kopi HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    work.start()
    time.sleep(0.5)
    code, took, err = receiver.end()
    work.join(30)
    hanging.close()
    assert code == 0 and took < 2 and err == ""
    good = {json.loads(body)["events"][0]["id"] for body, status, _took in outcomes if status == 200}
    kept = {json.loads(row[0])["events"][0]["id"] for row in rows(db, "SELECT body FROM received")}
    assert good and good <= kept


def test_a_new_secret_counts_at_once_and_a_lost_one_asks_to_wait(
    db: Path, receiver: Receiver, env: dict[str, str]
) -> None:
    config = Path(env["SMDASH_CONFIG_DIR"])
    body = body_of(event(1))
    assert receiver.ask("POST", "/warung/kopi", body, signed(body, "another")).status == 403
    write_account(config, "another")
    eventually(lambda: receiver.ask("POST", "/warung/kopi", body, signed(body, "another")).status == 200)
    file = config / "sync.toml"
    file.write_text(file.read_text().replace('token = "another"', f'token_file = "{config}/none"'))
    eventually(lambda: receiver.ask("POST", "/warung/kopi", body, signed(body, "another")).status == 503)


def test_a_socket_in_the_file_system(db: Path, env: dict[str, str], smdash: Smdash, tmp_path: Path) -> None:
    place = tmp_path / "push.sock"
    command = [sys.executable, "-m", "smdash", "--db", str(db), "receive", "--socket", str(place), "--mode", "600"]

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None and place.name.encode() in process.stdout.readline()
        return process

    process = start()
    try:
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        body = body_of(event(1))
        (signature,) = signed(body).values()
        asked = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", str(place), "-H",
             f"X-Signature: {signature}", "--data-binary", body.decode(), "http://x/warung/kopi"],
            capture_output=True, check=True,
        )  # fmt: skip
        assert asked.stdout == b"200"
        assert "listens" in smdash.refused("receive", "--socket", place)
        process.kill()
        process.communicate()
        # What a killed one left is taken over.
        process = start()
        process.terminate()
        assert process.wait(5) == 0
        assert not place.exists()
    finally:
        process.kill()
        process.communicate()
    place.write_text("a file of somebody")
    assert "no socket" in smdash.refused("receive", "--socket", place)
    assert place.read_text() == "a file of somebody"


def test_what_is_typed_wrongly_is_said_in_a_sentence(db: Path, env: dict[str, str], smdash: Smdash) -> None:
    for wrong in ("8787", "localhost", ":1", "localhost:99999", "localhost:x", "[::1]"):
        smdash.refused("receive", "--listen", wrong, code=2)
    smdash.refused("receive", "--socket", "x", "--mode", "999", code=2)
    smdash.refused("receive", "--mode", "600", code=2)
    smdash.refused("receive", "--listen", "127.0.0.1:1", "--socket", "x", code=2)
    assert "can't listen on" in smdash.refused("receive", "--listen", "192.0.2.1:80")
    with open_store(db) as store, store.writing() as conn:
        teams.put(conn, "service", {"login": "other", "host": "h", "state": ""})
    assert "sudo -u other smdash receive" in smdash.refused("receive")


def test_doctor_says_whether_somebody_listens_and_when_something_came(
    db: Path, env: dict[str, str], smdash: Smdash
) -> None:
    assert "receiver" not in {row["check"] for row in smdash("doctor", "--json").json if row["ok"]}
    assert "smdash receive" in smdash("doctor").out
    with receiving(db, env) as receiver:
        eventually(lambda: rows(db, "SELECT next_at FROM sync_job WHERE name LIKE '%/push'")[0][0] is not None)
        assert "nothing was pushed to warung/kopi yet" in smdash("doctor").out
        receiver.push(event(1))
        eventually(lambda: all_read(db))
        told = smdash("doctor").out
        assert "the receiver listens" in told and "the last push to warung/kopi came 0m ago" in told
        receiver.kill()
    assert "the receiver does not run" in smdash("doctor").out
    # The service leaves the row alone.
    smdash("sync", "--once")
    assert rows(db, "SELECT count(*) FROM sync_job WHERE name = 'warung/kopi/push'") == [(1,)]


def test_an_erased_person_is_gone_from_what_was_pushed(
    db: Path, store: Store, actor: Actor, env: dict[str, str], smdash: Smdash
) -> None:
    with receiving(db, env | {"PUSHING_BROKEN": "1"}) as receiver:
        receiver.push(event(1, "alamat saya di Jalan Melati", handle="rina.melati"))
        receiver.push(event(2, "halo", handle="budi.s"))
        receiver.push(event(3, "new kind", handle="rina.melati"))
        receiver.push(event(4, "new kind", handle="budi.s"))
        eventually(lambda: all_read(db))
        ((mention,),) = rows(db, "SELECT id FROM mention WHERE remote_id = 'm1'")
        smdash.ok("mention", "erase", str(mention), "--yes")
        bodies = [row[0] for row in rows(db, "SELECT body FROM received ORDER BY id")]
        assert bodies[0] is None and bodies[2] is None and bodies[1] is not None and bodies[3] is not None
        # A repeat is known, and another body with the same event does not stay.
        receiver.push(event(1, "alamat saya di Jalan Melati", handle="rina.melati"))
        receiver.push(event(1, "alamat saya di Jalan Melati", handle="rina.melati"), event(5, "baru", handle="sari"))
        eventually(lambda: all_read(db) and "m5" in mentions(db))
        receiver.end()
    assert b"Melati" not in b"".join(row[0] or b"" for row in rows(db, "SELECT body FROM received"))
    assert "Jalan Melati" not in str(mentions(db))
    assert erase.digest("m1") in mentions(db)


def test_what_was_read_is_removed_in_the_end(db: Path, store: Store) -> None:
    with store.writing() as conn:
        account = teams.put_account(conn, "warung", "kopi", NOW)
        arrived = [received.Arrived("warung", account, b"%d" % number, NOW) for number in range(10)]
        received.keep(conn, arrived)
        received.keep(conn, arrived[:3])
        outcomes = [
            received.Outcome(number + 1, ((account, f"m{number}"),), problem="odd" if number == 9 else None)
            for number in range(9)
        ]
        outcomes.append(received.Outcome(10, problem="odd"))
        received.finish(conn, outcomes, NOW)
        assert received.remove_old(conn, NOW + received.KEPT) == 0
        assert received.any_old(conn, NOW + received.KEPT * 1.01)
        assert received.remove_old(conn, NOW + received.KEPT * 1.01) == 9
        assert conn.execute("SELECT count(*) FROM received_mention").fetchone() == (0,)
        assert received.health(conn)[account].unread == 1
        assert received.remove_old(conn, NOW + received.KEPT_UNREAD * 1.01) == 1


def test_a_paused_account_is_kept_and_read_later(db: Path, receiver: Receiver) -> None:
    def put(state: str) -> None:
        with open_store(db) as store, store.writing() as conn:
            conn.execute("UPDATE sync_job SET state = ? WHERE name = 'warung/kopi/push'", (state,))

    put("paused")
    assert receiver.push(event(1)).status == 200
    time.sleep(1.5)
    assert mentions(db) == {}
    put("active")
    eventually(lambda: set(mentions(db)) == {"m1"})


def test_the_server_library_is_imported_by_this_command_alone(env: dict[str, str], db: Path) -> None:
    script = "import sys, smdash.cli.app, smdash.cli.receive, smdash.cli.sync, smdash.sync.service; print('uvicorn' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False", ran.stdout
    assert os.environ.get("PYTHONPATH") != env["PYTHONPATH"]
