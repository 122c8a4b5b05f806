"""The media folder: what gets in, under which name and mode, and what is left of what went wrong."""

import io
import os
import stat
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from smdash.core.errors import InputError, StoreDamaged, StoreFull, StoreMissing, StoreReadOnly
from smdash.store import media, media_probe, media_reading
from smdash.store.connection import Store
from tests.media_files import MAKER, PLACE, bomb, moving, mp4, picture, put, sound


def inside(db: Path) -> list[str]:
    folder = media.folder_of(db)
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def test_a_picture_is_there_under_its_digest_without_its_past(db: Path, tmp_path: Path) -> None:
    taken = media.take(db, put(tmp_path, "foto.dat", picture("JPEG", (30, 20), orientation=6, quality=92)))
    assert taken.name == "foto.dat" and inside(db) == [taken.digest]
    assert (taken.probe.media_type, taken.probe.width, taken.probe.height) == ("image/jpeg", 20, 30)
    path = media.verified(media.folder_of(db), taken.digest)
    assert path == media.path_of(media.folder_of(db), taken.digest)
    data = path.read_bytes()
    assert len(data) == taken.probe.bytes and MAKER.encode() not in data
    with Image.open(io.BytesIO(data)) as seen:
        # Held turned to the right, the red corner is at the right of what is seen.
        assert seen.size == (20, 30) and dict(seen.getexif()) == {}
        assert seen.convert("RGB").getpixel((17, 2))[1] < 90 < seen.convert("RGB").getpixel((2, 27))[1]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_of_holding_a_camera(db: Path, tmp_path: Path, kind: str, orientation: int) -> None:
    path = put(tmp_path, "x", picture(kind, orientation=orientation))
    found = media_reading.examine(path)
    assert (found.width, found.height) == ((20, 30) if orientation > 4 else (30, 20))
    with Image.open(path) as seen:
        assert seen.size == (found.width, found.height) and not dict(seen.getexif())


def test_videos_sounds_and_moving_pictures(db: Path, tmp_path: Path) -> None:
    for name, data, found in (
        ("film.txt", mp4(place=True), ("video/mp4", 64, 48, 4.0, 25.0)),
        ("film.mov", mp4(brand=b"qt  ", rotated=True, rate=30, seconds=2), ("video/quicktime", 48, 64, 2.0, 30.0)),
        ("suara.mp4", mp4(sound=True, brand=b"M4A "), ("audio/mp4", None, None, 4.0, None)),
        ("suara.wav", sound(), ("audio/wav", None, None, 1.0, None)),
        ("gerak.gif", moving("GIF"), ("image/gif", 40, 30, 0.6, None)),
        ("gerak.webp", moving("WEBP"), ("image/webp", 40, 30, 0.6, None)),
        ("gerak.png", moving("PNG"), ("image/png", 40, 30, 0.6, None)),
    ):
        taken = media.take(db, put(tmp_path, name, data))
        probe = taken.probe
        assert (probe.media_type, probe.width, probe.height, probe.seconds, probe.frame_rate) == found, name
        assert PLACE not in media.verified(media.folder_of(db), taken.digest).read_bytes()


def test_the_same_content_is_there_once_whatever_its_name(db: Path, tmp_path: Path) -> None:
    first = media.take(db, put(tmp_path, "a.png", picture("PNG")))
    old = time.time() - 1e6
    os.utime(media.path_of(media.folder_of(db), first.digest), (old, old))
    second = media.take(db, put(tmp_path, "b.jpg", picture("PNG")))
    assert first.digest == second.digest and second.name == "b.jpg" and inside(db) == [first.digest]
    # It counts as new again, so that no doctor takes it away before its row is there.
    assert media.verified(media.folder_of(db), first.digest).stat().st_mtime > old + 1e5


def test_a_content_that_rotted_is_noticed_and_put_right_by_attaching_it_again(db: Path, tmp_path: Path) -> None:
    source = put(tmp_path, "a.png", picture("PNG"))
    taken = media.take(db, source)
    path = media.verified(media.folder_of(db), taken.digest)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreDamaged, match="attach it again"):
        media.verified(media.folder_of(db), taken.digest)
    media.take(db, source)
    assert media.verified(media.folder_of(db), taken.digest) == path
    path.unlink()
    with pytest.raises(StoreMissing):
        media.verified(media.folder_of(db), taken.digest)
    with pytest.raises(InputError):
        media.verified(media.folder_of(db), "../desk.db")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("kosong.png", b"", "empty"),
        ("nol.mp4", bytes(5_000), "no picture"),
        ("logo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        ("foto.jpg", picture()[:-20], "cut off"),
        ("foto.png", picture("PNG")[:60], "cut off"),
        ("foto.webp", picture("WEBP")[:-8], "cut off"),
        ("film.mp4", mp4()[:-100], "cut off"),
        ("besar.mp4", mp4()[:-1008] + b"\x40\0\0\0mdat" + bytes(1_000), "cut off"),
        ("tanpa.mp4", mp4()[:28], "broken|cut off|no video"),
        ("bom.png", bomb(60_000), "60000 × 60000 pixels"),
        ("teks.txt", b"Cara seduh V60", "no picture"),
        ("skrip.sh", b"#!/bin/sh\nrm -rf ~\n", "no picture"),
        ("matroska.mkv", b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska" + bytes(100), "no video|cut off"),
        ("id3.mp3", b"ID3\4\0\0\0\0\0\0" + bytes(300), "no video|cut off"),
    ],
)  # fmt: skip
def test_what_is_broken_or_not_taken_is_one_sentence_and_leaves_nothing(
    db: Path, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        media.take(db, put(tmp_path, name, data))
    assert name in str(refused.value) and "\n" not in str(refused.value)
    assert inside(db) == []


def test_what_can_t_be_read_is_one_sentence(db: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipa")
    for path, words in (
        (tmp_path / "nix.png", "no such file"), (tmp_path, "plain file"), (tmp_path / "pipa", "plain file"),
        (Path("/dev/zero"), "plain file"), (tmp_path / "a\0b", "null"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            media.take(db, path)


def test_what_no_network_takes_is_refused_before_it_is_copied(db: Path, tmp_path: Path) -> None:
    path = put(tmp_path, "besar.png", picture("PNG"))
    os.truncate(path, 51 * 1024 * 1024)
    with pytest.raises(InputError, match=r"53\.5 MB; no network takes more than 52\.4 MB"):
        media.take(db, path)
    # A server of ours may take more; what hangs behind the picture goes.
    assert media.take(db, path, [{"image_size_limit": 60_000_000}]).probe.bytes < 1_000
    film = put(tmp_path, "film.mp4", mp4())
    os.truncate(film, 300 * 1024**3)
    with pytest.raises(InputError, match="no network takes more"):
        media.take(db, film)


def test_a_disk_without_room_is_one_sentence(small_disk: Path, db: Path, tmp_path: Path) -> None:
    place = small_disk / "desk.db"
    place.write_bytes(db.read_bytes()[:4096])
    made = Image.effect_noise((900, 900), 90)
    out = io.BytesIO()
    made.save(out, format="PNG")
    assert len(out.getvalue()) < 1_000_000
    filler = put(small_disk, "isi", bytes(600_000))
    with pytest.raises(StoreFull, match="no room"):
        media.take(place, put(tmp_path, "foto.png", out.getvalue()))
    assert inside(place) == []
    filler.unlink()
    assert media.take(place, put(tmp_path, "kecil.png", picture("PNG"))).probe.width == 30


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(("folder_mode", "modes"), [(0o2770, (0o2770, 0o660)), (0o755, (0o700, 0o600))])
def test_modes_are_those_of_the_folder_and_never_the_umask_s(
    open_folder: Path, tmp_path: Path, umask: int, folder_mode: int, modes: tuple[int, int]
) -> None:
    place = open_folder / "desk"
    place.mkdir()
    place.chmod(folder_mode)
    database = put(place, "desk.db", b"")
    before = os.umask(umask)
    try:
        taken = media.take(database, put(tmp_path, "a.png", picture("PNG")))
    finally:
        os.umask(before)
    folder = media.folder_of(database)
    found = tuple(stat.S_IMODE(one.stat().st_mode) for one in (folder, media.path_of(folder, taken.digest)))
    assert found == modes and {one.stat().st_gid for one in (folder, place)} == {place.stat().st_gid}
    assert sorted(one.name for one in place.iterdir()) == ["desk.db", "desk.db.media"]


def test_who_may_not_write_there_hears_it(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = put(tmp_path, "a.png", picture("PNG"))
    if os.getuid() == 0:
        put(tmp_path, db.name + ".media", b"a file in the folder's place")
    else:
        media.make_folder(db).chmod(0o500)
    with pytest.raises(StoreReadOnly, match="can't write"):
        media.take(db, source)


def test_many_at_once_meet_in_one_folder(db: Path, tmp_path: Path) -> None:
    sources = [put(tmp_path, f"{one}.png", picture("PNG", (20 + one % 3, 20))) for one in range(8)]
    taken: list[str] = []
    threads = [threading.Thread(target=lambda one=one: taken.append(media.take(db, one).digest)) for one in sources]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(taken) == 8 and inside(db) == sorted(set(taken)) and len(set(taken)) == 3


def test_a_copy_that_was_killed_counts_for_nothing_and_is_told(db: Path, tmp_path: Path) -> None:
    folder = media.make_folder(db)
    line = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom smdash.store import media, media_probe\n"
        "media_probe.probe = lambda path: os.kill(os.getpid(), signal.SIGKILL)\n"
        "media.take(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    source = put(tmp_path, "a.png", picture("PNG"))
    subprocess.run([sys.executable, "-c", line, db, source], check=False, timeout=30)
    (left,) = media.unfinished(folder)
    assert left.stat().st_size == source.stat().st_size and media.contents(folder) == []
    assert media.take(db, source).digest in inside(db)
    with media._temporary(folder) as (made, _handle):
        assert made.exists() and media.unfinished(folder) == [left]


def test_only_what_is_old_and_named_by_no_row_goes(store: Store, db: Path, tmp_path: Path) -> None:
    folder = media.make_folder(db)
    young = media.take(db, put(tmp_path, "a.png", picture("PNG"))).digest
    old = media.take(db, put(tmp_path, "b.png", picture("PNG", (9, 9)))).digest
    now = store.clock.now()
    for digest, age in ((young, timedelta(hours=23)), (old, timedelta(hours=25))):
        moment = (now - age).timestamp()
        os.utime(folder / digest, (moment, moment))
    assert [one.name for one in media.unnamed(folder, set(), now)] == [old]
    assert media.unnamed(folder, {old}, now) == []
    with store.writing() as conn:
        assert media.beside(conn) == folder
        assert not media.remove_unnamed(conn, folder / young, now)
        assert media.remove_unnamed(conn, folder / old, now)
    assert inside(db) == [young]


def test_a_reader_that_hangs_or_dies_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "a.png", picture("PNG"))
    with pytest.raises(InputError, match="too much time or memory"):
        media_probe.probe(path, patience_s=0.001)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InputError, match="broken"):
        media_probe.probe(path)


WHOLE = {
    "jpeg": picture(), "png": picture("PNG"), "webp": picture("WEBP"), "gif": moving("GIF"), "awebp": moving("WEBP"),
    "apng": moving("PNG"), "mp4": mp4(place=True), "mov": mp4(brand=b"qt  "), "m4a": mp4(sound=True), "wav": sound(),
}  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1), st.binary(max_size=9), st.floats(0, 1), st.booleans())
def test_no_broken_file_is_more_than_a_sentence(
    tmp_path: Path, name: str, where: float, rubbish: bytes, end: float, cut: bool
) -> None:
    data = bytearray(WHOLE[name])
    place = int(where * len(data))
    data[place : place + len(rubbish)] = rubbish
    path = put(tmp_path, "x", bytes(data[: int(end * len(data))] if cut else data))
    try:
        found = media_reading.examine(path)
    except InputError:
        return
    assert found.bytes == path.stat().st_size
    if found.kind != "audio":
        assert found.width and found.height


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become several users")
def test_members_under_several_users_share_the_folder_whatever_their_umask(open_folder: Path) -> None:
    place = open_folder / "desk"
    place.mkdir()
    os.chown(place, -1, 41_000)
    place.chmod(0o2770)
    database = put(place, "desk.db", b"")
    folder = media.folder_of(database)

    def run(user: int, umask: int, data: bytes) -> int:
        child = os.fork()
        if not child:
            code = 1
            try:
                os.umask(umask)
                os.setgroups([41_000])
                os.setgid(user)
                os.setuid(user)
                media.verified(folder, media.put(folder, data))
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    for user, umask, data in (
        (41_001, 0o077, b"a"),
        (41_002, 0o022, b"b"),
        (41_002, 0o077, b"a"),
        (41_001, 0o027, b"b"),
    ):
        assert run(user, umask, data) == 0
    found = {(one.stat().st_gid, stat.S_IMODE(one.stat().st_mode)) for one in folder.iterdir()}
    assert found == {(41_000, 0o660)} and len(list(folder.iterdir())) == 2
    assert (folder.stat().st_gid, stat.S_IMODE(folder.stat().st_mode)) == (41_000, 0o2770)
