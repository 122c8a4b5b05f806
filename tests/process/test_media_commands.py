"""Files of posts and assets as people type them, in processes of their own."""

import os
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Smdash
from tests.media_files import MAKER, moving, mp4, picture, put

SOON = f"{datetime.now(UTC).year + 2}-01-05 10:00"
EARLIER = f"{datetime.now(UTC).year + 2}-01-04 10:00"
PLAN = ("post", "add", "--category", "other", "--body", "halo", "--at", SOON)


@pytest.fixture
def desk(smdash: Smdash, tmp_path: Path) -> Smdash:
    """A desk with two accounts, and three files."""
    for platform in ("instagram", "mastodon"):
        line = (
            f'{{"platform": "{platform}", "account": "kopi", "remote_id": "1", "kind": "comment", "author_handle": "r", '
            '"body": "x", "sent_at": "2026-11-20T07:00:00Z"}'
        )
        smdash.ok("mention", "ingest", "-", stdin=line)
    for name, data in (("a.jpg", picture(size=(40, 40))), ("b.gif", moving("GIF")), ("c.mp4", mp4())):
        put(tmp_path, name, data)
    return smdash


def folder(desk: Smdash) -> Path:
    return desk.db.with_name(desk.db.name + ".media")


def test_a_post_is_planned_with_its_files_and_each_alt_belongs_to_the_file_before_it(
    desk: Smdash, tmp_path: Path
) -> None:
    a, b, c = (str(tmp_path / name) for name in ("a.jpg", "b.gif", "c.mp4"))
    ran = desk.ok(
        *PLAN, "--account", "mastodon/kopi", "--media", a, "--alt", "Cangkir", f"--media={b}", "--media", c, "--alt",
        "-- Film", "--json",
    )  # fmt: skip
    assert ran.json["format"] == "image"  # of its first file, where nothing else was said
    assert [(one["name"], one["alt"], one["part"]) for one in ran.json["attachments"]] == [
        ("a.jpg", "Cangkir", 1), ("b.gif", "", 1), ("c.mp4", "-- Film", 1),
    ]  # fmt: skip
    assert "media: mastodon/kopi: it takes pictures, or videos, or sound" in ran.err
    assert "no alternative text for file 2" in ran.err and "held when it is due" in ran.err
    assert len(ran.json["deliveries"]) == 1 and desk.ok("delivery", "list", "--json").json[0]["id"] == 1
    shown = desk.ok("post", "show", "1").out
    assert "file 1: a.jpg, JPEG" in shown and "40 × 40, “Cangkir”" in shown and "file 3: c.mp4, MP4, 1.6 kB" in shown
    assert "mastodon/kopi: it takes pictures" in shown and "no alternative text for file 2" in shown
    (listed,) = desk.ok("post", "list", "--json").json
    assert (
        listed["attachments"] == ran.json["attachments"] == desk.ok("post", "show", "1", "--json").json["attachments"]
    )
    assert {one.name for one in folder(desk).iterdir()} == {one["sha256"] for one in listed["attachments"]}
    assert all(MAKER.encode() not in one.read_bytes() for one in folder(desk).iterdir())
    said = desk.refused(*PLAN, "--account", "mastodon/kopi", "--alt", "x", "--media", a, code=2)
    assert "--alt belongs to the --media before it" in said
    assert "no such file" in desk.refused(*PLAN, "--account", "mastodon/kopi", "--media", str(tmp_path / "nix"))
    assert (
        desk.ok(*PLAN, "--account", "mastodon/kopi", "--media", a, "--format", "text", "--json").json["format"]
        == "text"
    )
    assert len(desk.ok("post", "list", "-q").out.split()) == 2


def test_files_come_and_go(desk: Smdash, tmp_path: Path) -> None:
    desk.ok(*PLAN, "--account", "instagram/kopi")
    assert "takes no post without a picture or video" in desk.ok("post", "show", "1").out
    ran = desk.ok("post", "attach", "1", str(tmp_path / "a.jpg"), "--alt", "Cangkir")
    assert ran.out.startswith("file 1: a.jpg, JPEG") and not ran.err
    assert "it takes JPEG" in desk.ok("post", "attach", "1", str(tmp_path / "b.gif"), "--json").err
    assert "Gerak" in desk.ok("post", "alt", "1", "2", "Gerak").out
    assert desk.ok("post", "alt", "1", "2", "", "--json").json[1]["alt"] == ""
    assert "a.jpg does not go out" in desk.ok("post", "detach", "1", "1").out
    assert [one["name"] for one in desk.ok("post", "show", "1", "--json").json["attachments"]] == ["b.gif"]
    history = [one["verb"] for one in desk.ok("post", "show", "1", "--json").json["history"]]
    assert history == ["add", "attach", "attach", "describe", "describe", "detach"]
    for words, says in (
        (("attach", "9", str(tmp_path / "a.jpg")), "no post 9"), (("attach", "1", str(tmp_path / "nix")), "no such file"),
        (("attach", "1", str(tmp_path)), "not a plain file"), (("attach", "1", str(desk.db)), "is the database"),
        (("detach", "1", "2"), "no file 2"), (("alt", "1", "2", "x"), "no file 2"),
        (("attach", "1", str(tmp_path / "b.gif")), "already"),
    ):  # fmt: skip
        assert says in desk.refused("post", *words), words
    for words in (("attach", "1"), ("attach", "x", "y"), ("alt", "1", "1"), ("attach", "1", "y", "--part", "0")):
        desk.refused("post", *words, code=2)
    assert "--read-only" in desk.refused("--read-only", "post", "attach", "1", str(tmp_path / "a.jpg"))
    desk.ok("post", "cancel", "1")
    before = set(folder(desk).iterdir())
    put(tmp_path, "lain.jpg", picture(size=(11, 11)))
    assert "called off" in desk.refused("post", "attach", "1", str(tmp_path / "lain.jpg"))
    assert set(folder(desk).iterdir()) == before  # refused before it was copied


def test_backup_carries_the_files_along_and_restore_brings_them_back(desk: Smdash, tmp_path: Path) -> None:
    copy = tmp_path / "malam" / "desk.db"
    copy.parent.mkdir()
    assert "media" not in desk.ok("backup", str(copy), "--json").json
    desk.ok(*PLAN, "--account", "mastodon/kopi", "--media", str(tmp_path / "a.jpg"), "--media", str(tmp_path / "c.mp4"))
    desk.ok("post", "attach", "1", str(tmp_path / "b.gif"))
    ran = desk.ok("backup", str(copy), "--force")
    beside = Path(f"{copy}.media")
    assert f"{beside}: 3 files" in ran.out
    assert {one.name: one.read_bytes() for one in beside.iterdir()} == {
        one.name: one.read_bytes() for one in folder(desk).iterdir()
    }
    assert {stat.S_IMODE(one.stat().st_mode) for one in beside.iterdir()} == {0o600}
    desk.ok("post", "detach", "1", "2")
    said = desk.ok("backup", str(copy), "--force", "--json").json
    assert (said["media"], said["files"], said["missing"]) == (str(beside), 2, 0) and len(list(beside.iterdir())) == 2
    assert str(folder(desk)) in desk.ok("backup", str(tmp_path / "saja.db"), "--no-media").err
    assert not Path(f"{tmp_path}/saja.db.media").exists()

    gone = shutil.rmtree(folder(desk))
    assert gone is None and "2 attached files are not in" in desk("doctor").out
    ran = desk("backup", str(tmp_path / "kurang.db"))
    assert ran.code == 0 and "2 files of posts are not there" in ran.err
    desk.ok("restore", str(copy), "--yes")
    assert {one.name for one in folder(desk).iterdir()} == {one.name for one in beside.iterdir()}
    assert "2 files of posts in" in desk("doctor").out and "attached" not in desk("doctor", "--full").out
    one = next(beside.iterdir())
    one.write_bytes(b"rusak")
    (folder(desk) / one.name).unlink()
    assert "1 file of a post is not there" in desk.ok("restore", str(copy), "--yes").err
    assert not (folder(desk) / one.name).exists()


def test_doctor_mends_the_media_folder(desk: Smdash, tmp_path: Path) -> None:
    def about(*words: str) -> str:
        return "\n".join(line for line in desk("doctor", *words).lines if "files of posts:" in line)

    assert about() == ""
    desk.ok(*PLAN, "--account", "mastodon/kopi", "--media", str(tmp_path / "a.jpg"), "--media", str(tmp_path / "b.gif"))
    desk.ok("post", "detach", "1", "2")
    kept = desk.ok("post", "show", "1", "--json").json["attachments"][0]["sha256"]
    assert "1 file of posts in" in about()
    for one in folder(desk).iterdir():
        os.utime(one, (0, 0))
    put(folder(desk), ".0123456789abcdef.new", b"x")
    (folder(desk) / kept).chmod(0o644)
    put(folder(desk), "catatan.txt", b"not ours")
    found = about()
    assert "1 file in" in found and "belongs to no post any more" in found
    assert "left by a copy that was killed" in found and "another mode or group" in found
    about("--fix")
    assert {one.name for one in folder(desk).iterdir()} == {kept, "catatan.txt"}
    assert stat.S_IMODE((folder(desk) / kept).stat().st_mode) == 0o600 and "✓" in about()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another group")
def test_sharing_the_database_shares_its_files(smdash: Smdash, tmp_path: Path) -> None:
    place = tmp_path / "berbagi"
    db = place / "desk.db"
    assert smdash("init", "--team", "Kopi", db=db).code == 0
    put(tmp_path, "a.jpg", picture())
    assert smdash("post", "add", "--category", "other", "--body", "x", "--media", str(tmp_path / "a.jpg"), "--account",
                  "x/kopi", db=db).code == 1  # fmt: skip
    (content,) = Path(f"{db}.media").iterdir()
    assert smdash("init", "--team", "Kopi", "--group", "41000", db=db).code == 0
    assert (content.stat().st_gid, stat.S_IMODE(content.stat().st_mode)) == (41000, 0o660)
    above = content.parent.stat()
    assert (above.st_gid, stat.S_IMODE(above.st_mode)) == (41000, 0o2770)


def test_assets_are_asked_listed_and_made(desk: Smdash) -> None:
    desk.ok("member", "add", "zul", "--name", "Zul", "--role", "designer")
    desk.ok("campaign", "add", "Gajian", "--kind", "discount", "--starts", "2028-01-01", "--ends", "2028-01-09")
    desk.ok(*PLAN, "--account", "mastodon/kopi")
    said = desk.refused("asset", "ask", "1", "foto", code=2)
    assert said.startswith("say who makes it with --owner: zul (Graphic Designer), ")
    assert "asked of Zul until" in desk.ok("asset", "ask", "1", "foto", "kedai", "--owner", "zul", "--due", SOON).out
    made = desk.ok("asset", "ask", "video pendek", "--campaign", "Gajian", "--owner", "zul", "--due", EARLIER, "--json")
    assert (made.json["id"], made.json["campaign"], made.json["post"]) == (2, "Gajian", None)
    rows = desk.ok("asset", "list", "--json").json
    assert [(one["id"], one["what"], one["owner"], one["late_minutes"]) for one in rows] == [
        (2, "video pendek", "zul", 0), (1, "foto kedai", "zul", 0),
    ]  # fmt: skip
    assert desk.ok("asset", "list", "--mine", "-q").out == ""
    assert desk.ok("asset", "list", "--mine", "-q", SMDASH_MEMBER="zul").out == "2\n1\n"
    late = desk.ok("--at", f"{datetime.now(UTC).year + 2}-01-06 10:00", "asset", "list", "--json").json
    assert [one["late_minutes"] for one in late] == [2 * 1440, 1440]
    assert "Zul has not made “foto kedai” yet" in desk.ok("post", "show", "1").out
    assert "is made: foto kedai" in desk.ok("asset", "done", "1", SMDASH_MEMBER="zul").out
    assert "made already" in desk.refused("asset", "done", "1")
    desk.ok("asset", "drop", "2")
    assert desk.ok("asset", "list", "-q").out == "" and desk.ok("asset", "list", "--all", "-q").out == "2\n1\n"
    assert "does not need it" in desk.ok("undo").out
    assert desk.ok("asset", "list", "-q").out == "2\n"
    for words, says in (
        (("ask", "9", "x", "--owner", "zul"), "no post 9"), (("ask", "1", "x", "--owner", "yo"), "no member"),
        (("ask", "x", "--campaign", "Lomba", "--owner", "zul"), "no campaign"), (("done", "9"), "no asset 9"),
        (("ask", "1", "x", "--owner", "zul", "--due", "2020-01-01 10:00"), "over already"),
    ):  # fmt: skip
        assert says in desk.refused("asset", *words), words
    for words in (("ask",), ("ask", "x", "y", "--owner", "zul"), ("ask", "1", "--owner", "zul"), ("done", "x"),
                  ("ask", "1", "x", "--owner", "zul", "--due", "kapan")):  # fmt: skip
        desk.refused("asset", *words, code=2)


@pytest.mark.parametrize("words", [("status",), ("post", "list"), ("post", "attach", "1", "{file}")])
def test_no_command_loads_the_libraries_for_pictures_and_videos(
    desk: Smdash, tmp_path: Path, words: tuple[str, ...]
) -> None:
    desk.ok(*PLAN, "--account", "mastodon/kopi")
    line = [one.replace("{file}", str(tmp_path / "a.jpg")) for one in words]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "smdash", "--db", desk.db, *line],
        env=desk.env, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = {
        row.rpartition("|")[2].strip().partition(".")[0] for row in done.stderr.splitlines() if "import time" in row
    }
    assert "smdash" in loaded and not loaded & {"PIL", "pymediainfo"}


def test_the_dashboard_starts_without_them(desk: Smdash) -> None:
    line = (
        "import sys; from pathlib import Path; from smdash.cli.desk import Desk; "
        "from smdash.cli.dashboard import make_dashboard; make_dashboard(Desk(Path(sys.argv[1])), None); "
        "print(sorted({'PIL', 'pymediainfo', 'smdash.store.media'} & set(sys.modules)))"
    )
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", line, desk.db], env=desk.env, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE,
            text=True, timeout=60, check=True,
        )  # fmt: skip
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.stdout == "[]\n"
