"""Calendars from the command line: files in and out, and a real CalDAV server (radicale)."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import Smdash
from tests.contract.faulty import free_port
from tests.unit.test_observances import calendar

# Days count from here, so that a midnight changes none.
BEGUN = time.time()
PASSWORD = "kenari+7f3/9a1c=5e2d"


def event(uid: str, name: str, first: str, after: str, more: str = "") -> str:
    return f"UID:{uid}\nDTSTAMP:20261101T000000Z\nSUMMARY:{name}\nDTSTART;VALUE=DATE:{first}\nDTEND;VALUE=DATE:{after}{more}"


def soon(days: int) -> str:
    """A day so far from now, as calendars write it."""
    return time.strftime("%Y%m%d", time.gmtime(BEGUN + days * 86_400))


def test_a_file_in_and_out(smdash: Smdash, tmp_path: Path) -> None:
    file = tmp_path / "kantor.ics"
    harbolnas = event("h", "Harbolnas", soon(10), soon(13), "\nCATEGORIES:diskon\nDESCRIPTION:Besar")
    file.write_bytes(
        calendar(
            harbolnas,
            event("g", "Gajian", soon(20), soon(22), "\nRRULE:FREQ=WEEKLY;INTERVAL=52"),
            "UID:b\nSUMMARY:x\nDTSTART:apa",
        )
    )
    dry = smdash("campaign", "import", file, "--dry-run")
    assert dry.code == 1 and "would be 3 new" in dry.out and "line 20: it can't be read: DTSTART: Expected" in dry.err
    said = smdash("campaign", "import", file, "--json")
    assert said.code == 1 and (said.json["new"], said.json["refused"], said.json["calendar"]) == (3, 1, "kantor")
    rows = {row["name"]: row for row in smdash.ok("campaign", "list", "--json").json}
    assert len(rows) == 3 and rows["Harbolnas"]["kind"] == "discount"
    # A repeat changes nothing; what somebody changed here stays, and is told.
    good = calendar(harbolnas, event("g", "Gajian", soon(20), soon(22), "\nRRULE:FREQ=WEEKLY;INTERVAL=52"))
    file.write_bytes(good)
    assert smdash.ok("campaign", "import", file).out == "kantor: 0 new, 0 changed, 3 unchanged, 0 gone, 0 refused\n"
    smdash.ok("campaign", "edit", "Harbolnas", "--note", "Punya Ana")
    said = smdash.ok("campaign", "import", "-", "--calendar", "kantor", stdin=good.replace(b"Besar", b"Kecil"))
    assert "“Harbolnas”: the calendar changed its note, and so did somebody here" in said.err
    # What the file no longer has goes where it is told to be in step.
    less = calendar(harbolnas)
    assert "2 gone" in smdash.ok("campaign", "import", "-", "--calendar", "kantor", "--in-step", stdin=less).out
    assert [row["name"] for row in smdash.ok("campaign", "list", "--json").json] == ["Harbolnas"]
    # Out, and into another desk: the same campaigns.
    smdash.ok("campaign", "edit", "Harbolnas", "--note", "Punya Ana, “dua” baris; koma")
    out = tmp_path / "keluar.ics"
    smdash.ok("campaign", "export", out)
    assert "is there already" in smdash.refused("campaign", "export", out)
    assert "1 unchanged" in smdash.ok("campaign", "import", out).out
    other = Smdash(tmp_path / "other.db", smdash.env)
    other.ok("init", "--team", "Lain", "--zone", "Asia/Jakarta")
    other.ok("campaign", "import", out)
    keys = ("name", "kind", "starts_at", "ends_at", "note")
    (mine,), (theirs,) = (one.ok("campaign", "list", "--json").json for one in (smdash, other))
    assert [mine.get(key) for key in keys] == [theirs.get(key) for key in keys]


def test_what_is_wrong_is_said_in_a_sentence(
    db: Path, tmp_path: Path, own_folders: None, capsys: pytest.CaptureFixture[str]
) -> None:
    from smdash.cli.app import run

    def said(*words: str | Path, code: int) -> str:
        assert run(["--db", str(db), *map(str, words)]) == code, capsys.readouterr()
        found = capsys.readouterr()
        return found.out + found.err

    file = tmp_path / "kantor.ics"
    for data in (b"", b"\x00\xff"):
        file.write_bytes(data)
        assert "it is no calendar" in said("campaign", "import", file, code=1)
    assert "can't read" in said("campaign", "import", tmp_path / "nowhere.ics", code=1)
    assert "there is no campaign" in said("campaign", "export", "Nihil", "-", code=1)
    assert "go together" in said("calendar", "add", "https://k.example/", "--user", "kopi", code=2)
    assert "is not an http" in said("calendar", "add", "ftp://k.example/", code=2)
    assert "leave that part out" in said("calendar", "add", "https://a:b@k.example/", code=2)
    assert "looks like a secret" in said("calendar", "add", "https://k.example/private-0a1b/basic.ics", code=1)
    assert "there is no calendar" in said("calendar", "remove", "Nihil", code=1)
    said("calendar", "add", "webcal://k.example/k.ics", "--name", "Umum", "--no-check", code=0)
    assert "already" in said("calendar", "add", "https://k.example/l.ics", "--name", "umum", "--no-check", code=1)
    file.write_bytes(calendar())
    assert "that the service looks at" in said("campaign", "import", file, "--calendar", "Umum", code=1)
    assert '"url": "https://k.example/k.ics", "campaign_kind": "event", "campaigns": 0' in said(
        "calendar", "list", "--json", code=0
    )


class Radicale:
    """A CalDAV server on this machine; ``user`` is its one user."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "users").write_text(f"kopi:{PASSWORD}\n")
        (folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\n"
            f"htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {folder / 'store'}\n"
            "[web]\ntype = none\n[logging]\nlevel = error\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", folder / "config"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, method: str, path: str, body: bytes = b"") -> int:
        request = urllib.request.Request(self.url + path, method=method, data=body or None)
        request.add_header("Authorization", "Basic " + base64.b64encode(f"kopi:{PASSWORD}".encode()).decode())
        request.add_header("Content-Type", "text/calendar" if method == "PUT" else "application/xml")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)

    def is_up(self) -> bool:
        try:
            return self.ask("OPTIONS", "/") == 200
        except (urllib.error.URLError, OSError):
            return False

    def put(self, uid: str, *events: str) -> None:
        self.ask("PUT", f"/kopi/promo/{uid}.ics", calendar(*events, head="PRODID:x\r\n"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    server = Radicale(tmp_path / "radicale")
    deadline = time.monotonic() + 20
    while not server.is_up():
        if server.process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            pytest.skip("radicale does not start here")
        time.sleep(0.1)
    server.ask(
        "MKCALENDAR", "/kopi/promo/",
        b"<C:mkcalendar xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns:D='DAV:'><D:set><D:prop><D:displayname>Promo</D:displayname></D:prop></D:set></C:mkcalendar>",
    )  # fmt: skip
    yield server
    server.stop()


def test_campaigns_are_kept_in_step_with_a_real_caldav_server(
    smdash: Smdash, radicale: Radicale, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Asia/Jakarta\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0700\r\n"
        "TZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    radicale.put("h", event("h", "Harbolnas", soon(10), soon(13)))
    radicale.put("g", event("g", "Gajian", soon(20), soon(22), "\nRRULE:FREQ=MONTHLY;COUNT=3"))
    live = (
        f"UID:l\nDTSTAMP:20261101T000000Z\nSUMMARY:Siaran\nDTSTART;TZID=Asia/Jakarta:{soon(15)}T200000\nDURATION:PT2H"
    )
    radicale.ask("PUT", "/kopi/promo/l.ics", calendar(live, head=f"PRODID:x\r\n{zone}"))
    said = ""

    def run(*words: str | Path, code: int = 0) -> str:
        nonlocal said
        ran = smdash(*words)
        said += ran.out + ran.err
        assert ran.code == code, ran.err + ran.out
        return ran.out + ran.err

    def names() -> set[str]:
        return {row["name"] for row in smdash.ok("campaign", "list", "--json").json}

    # From the server's own address: its one calendar is found, and named as it names itself.
    assert "“Promo”" in run("calendar", "add", f"{radicale.url}/", "--user", "kopi", "--password-file", secret)
    assert f'url = "{radicale.url}/kopi/promo/"' in (tmp_path / "config" / "sync.toml").read_text()
    assert "5 new" in run("sync", "--once", "--verbose")
    rows = {row["name"]: row for row in smdash.ok("campaign", "list", "--json").json}
    assert len(rows) == 5 and rows["Siaran"]["starts_at"].endswith("T13:00:00.000Z")
    # Changed and removed at the server; a post belongs to one of those that are removed.
    smdash.ok("campaign", "goal", "set", "Harbolnas", "posts=5")
    radicale.ask("DELETE", "/kopi/promo/h.ics")
    radicale.ask("DELETE", "/kopi/promo/l.ics")
    radicale.put("g", event("g", "Gajian hemat", soon(20), soon(23), "\nRRULE:FREQ=MONTHLY;COUNT=2"))
    run("sync", "--once")
    left = names()
    assert (
        "Harbolnas" in left and len(left) == 3 and all(name.startswith("Gajian hemat") for name in left - {"Harbolnas"})
    )
    (row,) = smdash.ok("calendar", "list", "--json").json
    assert "“Harbolnas” is not in the calendar any more" in row["error"]
    # A wrong password, a calendar that is gone, a server that is gone: a sentence each, and the campaigns stay.
    secret.write_text("salah-salah\n")
    assert "does not accept the user name and the password (401)" in run("sync", "--once", code=1)
    secret.write_text(PASSWORD + "\n")
    radicale.ask("DELETE", "/kopi/promo/")
    assert "has no calendar at that address (404)" in run("sync", "--once", code=1)
    radicale.stop()
    assert "connection refused" in run("sync", "--once", code=1)
    assert len(names()) == 3
    run("calendar", "remove", "Promo")
    assert "[[calendar]]" not in (tmp_path / "config" / "sync.toml").read_text()
    # The password is in its own file, and in the server's.
    forms = [PASSWORD.encode(), quote(PASSWORD, safe="").encode(), base64.b64encode(f"kopi:{PASSWORD}".encode())]
    found = [
        file for file in tmp_path.rglob("*")
        if file.is_file() and "radicale" not in file.parts and file != secret and any(form in file.read_bytes() for form in forms)
    ]  # fmt: skip
    assert found == [] and not any(form.decode() in said for form in forms)
