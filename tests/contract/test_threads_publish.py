"""Threads, outwards: posts, threads and answers once each, by their containers, and the truth of what may have arrived."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials, MemoryVault
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.threads import Threads

from . import publishing, test_faults
from .fake_graph import error
from .fake_threads import BASE, MEDIA, START, TOKEN, Fake
from .faulty import Request

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = START + timedelta(hours=9)


async def no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def fake() -> Fake:
    return Fake()


def credentials() -> Credentials:
    return Credentials("threads", "kopi", BASE, TOKEN, options={"media_url": MEDIA}, vault=MemoryVault())


def file(folder: Path, fake: Fake | None = None, name: str = "promo.jpg", kind: str = "image/jpeg") -> Medium:
    """A small file in the media folder, which the team's web server shows where *fake* is given."""
    content = f"the content of {name}".encode()
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    if fake is not None:
        fake.show(digest, {"image/jpeg": ".jpg", "video/mp4": ".mp4"}[kind], kind, len(content))
    return Medium(path, kind, len(content), digest, "Secangkir kopi", 1080, 1080, name=name)


def outgoing(kind: OutgoingKind = POST, text: str = "Kopi baru", **changes: Any) -> Outgoing:
    return replace(Outgoing(kind, credentials(), "post-0123abcd", NOW, NOW, text), **changes)


def to(post: dict[str, Any], kind: MentionKind = MentionKind.REPLY) -> Addressee:
    return Addressee(post["id"], kind, post["username"], post["permalink"])


async def publish(fake: Fake, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await Threads(no_sleep).publish(out, client)


async def refused(fake: Fake, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


async def find(fake: Fake, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await Threads(no_sleep).find(out, client)


def made(fake: Fake) -> list[dict[str, Any]]:
    return [one["fields"] for one in fake.containers.values()]


async def test_a_text(fake: Fake) -> None:
    sent = await publish(fake, outgoing())
    (post,) = fake.items
    assert sent == Published(post["id"], post["permalink"])
    assert made(fake) == [{"text": "Kopi baru", "media_type": "TEXT"}]
    assert fake.asked("POST") == ["me/threads", "me/threads_publish"]


async def test_files(fake: Fake, tmp_path: Path) -> None:
    photo, clip = file(tmp_path, fake), file(tmp_path, fake, "seduh.mp4", "video/mp4")
    await publish(fake, outgoing(media=(photo,), text="", key="post-1"))
    await publish(fake, outgoing(media=(photo, clip), key="post-2"))
    picture, first, second, album = made(fake)
    address = f"{MEDIA}/{photo.digest}.jpg"
    assert picture == {"media_type": "IMAGE", "image_url": address, "alt_text": "Secangkir kopi"}
    assert first == picture | {"is_carousel_item": True}
    assert second["video_url"] == f"{MEDIA}/{clip.digest}.mp4" and second["media_type"] == "VIDEO"
    ids = list(fake.containers)
    assert album == {"text": "Kopi baru", "media_type": "CAROUSEL", "children": f"{ids[1]},{ids[2]}"}


async def test_a_thread_and_an_answer(fake: Fake) -> None:
    first = await publish(fake, outgoing(key="post-1"))
    part = outgoing(text="bagian dua", key="post-2", above=Above(first.remote_id, first.remote_id))
    second = await publish(fake, part)
    assert made(fake)[1]["reply_to_id"] == first.remote_id
    asked = fake.add("Buka jam berapa?", 60, "rina", below=fake.items[0])
    reply = outgoing(REPLY, "Jam 8", key="reply-1", addressee=to(asked))
    third = await publish(fake, reply)
    assert made(fake)[2]["reply_to_id"] == asked["id"]
    # With or without what was kept.
    for lost in (False, True):
        for out, sent in ((part, second), (reply, third)):
            assert await find(fake, replace(out, credentials=credentials()) if lost else out) == sent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "x" * 501}, "501 characters, and Threads takes 500"),
        ({"text": "😀" * 126}, "504 characters"),
        ({"text": " ".join(f"https://toko.example/{number}" for number in range(6))}, "6 links"),
    ],
)
async def test_what_threads_would_refuse(fake: Fake, changes: dict[str, Any], words: str) -> None:
    caught = await refused(fake, outgoing(**changes))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and words in str(caught)
    assert fake.asked("POST") == []


async def test_the_same_link_five_times_is_one(fake: Fake) -> None:
    await publish(fake, outgoing(text=" ".join(["https://toko.example/1"] * 6)))
    assert len(fake.items) == 1


async def test_too_many_files_and_sound(fake: Fake, tmp_path: Path) -> None:
    many = tuple(file(tmp_path, fake, f"{number}.jpg") for number in range(21))
    assert "at most 20 files" in str(await refused(fake, outgoing(media=many)))
    sound = replace(file(tmp_path, fake), media_type="audio/mpeg", name="lagu.mp3")
    assert "lagu.mp3" in str(await refused(fake, outgoing(media=(sound,))))


async def test_posts_and_answers_have_limits_of_their_own(fake: Fake) -> None:
    fake.used = 250
    caught = await refused(fake, outgoing())
    assert (caught.kind, caught.arrived) == (ErrorKind.QUOTA, False) and "takes 250" in str(caught)
    asked = fake.add("Buka jam berapa?", 60, "rina")
    await publish(fake, outgoing(REPLY, "Jam 8", addressee=to(asked)))
    fake.used_answers = 1_000
    caught = await refused(fake, outgoing(REPLY, "Jam 9", key="reply-2", addressee=to(asked)))
    assert caught.kind is ErrorKind.QUOTA and "takes 1000" in str(caught)


async def test_an_answer_that_never_comes_leaves_one_post(fake: Fake) -> None:
    out = outgoing()
    fake.lost = True
    assert (await refused(fake, out)).arrived
    fake.lost = False
    found = await find(fake, out)
    assert found == Published(fake.items[0]["id"], fake.items[0]["permalink"])
    assert await publish(fake, out) == found and len(fake.items) == 1


async def test_one_that_did_not_go_out_goes_out_with_the_same_container(fake: Fake) -> None:
    out = outgoing()
    fake.refuse["POST me/threads_publish"] = (500, error(2))
    assert (await refused(fake, out)).arrived
    fake.refuse.clear()
    assert await find(fake, out) is None
    await publish(fake, out)
    assert len(fake.items) == len(fake.containers) == 1


async def test_a_container_at_work_tells_nothing_yet(fake: Fake) -> None:
    out = outgoing()
    fake.lost = True
    await refused(fake, out)
    next(iter(fake.containers.values()))["left"] = 3
    with pytest.raises(PlatformError) as caught:
        await find(fake, out)
    assert caught.value.kind is ErrorKind.UNKNOWN


async def test_a_post_that_is_out_and_not_in_sight_is_a_persons(fake: Fake) -> None:
    out = outgoing()
    fake.lost = True
    await refused(fake, out)
    fake.items.clear()
    with pytest.raises(PlatformError, match="says that the post is out"):
        await find(fake, out)
    assert (await refused(fake, out)).arrived and len(fake.asked("POST")) == 2


async def test_without_what_was_kept_the_newest_posts_tell(fake: Fake) -> None:
    fake.add("Kopi baru", 8 * 3600)
    out = outgoing()
    assert await find(fake, out) is None
    await publish(fake, out)
    found = await find(fake, replace(out, credentials=credentials()))
    assert found is not None and found.remote_id == fake.items[-1]["id"]
    for number in range(400):
        fake.add(f"nomor {number}", 9 * 3600 + number + 1)
    with pytest.raises(PlatformError, match="can't be told"):
        await find(fake, replace(out, text="lain", credentials=credentials()))


async def test_files_that_can_not_be_used(fake: Fake, tmp_path: Path) -> None:
    fake.fails = "FAILED_DOWNLOADING_VIDEO"
    caught = await refused(fake, outgoing(media=(file(tmp_path, fake),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert "FAILED_DOWNLOADING_VIDEO" in str(caught)


async def test_an_answer_to_what_is_gone(fake: Fake) -> None:
    gone = {"id": "9", "username": "rina", "permalink": None}
    caught = await refused(fake, outgoing(REPLY, "Jam 8", addressee=to(gone)))
    assert (caught.kind, caught.arrived) == (ErrorKind.GONE, False)


async def test_hiding(fake: Fake) -> None:
    asked = fake.add("spam", 60, "jual_murah", below=fake.add("Kopi baru"))
    out = outgoing(HIDE, "", addressee=to(asked))
    assert await find(fake, out) is None
    assert await publish(fake, out) == await find(fake, out) == Published(asked["id"])
    assert asked["hide_status"] == "HIDDEN"
    fake.items.clear()
    assert await find(fake, out) is None


async def test_what_can_not_be_done_at_all(fake: Fake) -> None:
    asked = fake.add("halo", 60, "rina", below=fake.add("Kopi baru"))
    outs = (
        outgoing(LIKE, "", addressee=to(asked)),
        outgoing(DELETE, "", addressee=to(asked)),
        outgoing(HIDE, ""),
        outgoing(REPLY, "Jam 8"),
    )
    for out in outs:
        caught = await refused(fake, out)
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert await find(fake, outs[0]) is None and await find(fake, outs[1]) is None
    assert fake.asked("POST") == []


async def test_whether_a_post_is_there_still(fake: Fake) -> None:
    post = fake.add("Kopi baru")
    async with Client(transport=fake.transport()) as client:
        assert await Threads().is_there(outgoing(), post["id"], client)
        assert not await Threads().is_there(outgoing(), "gone", client)


# The cases that every network goes through, on real sockets


def network(photo: Medium | None = None) -> publishing.Network:
    fake = Fake(tokens={test_faults.TOKEN})
    asked = fake.add("Buka jam berapa?", 60, "rina", below=fake.add("Kopi baru"))
    if photo is not None:
        fake.show(photo.digest, ".png", photo.media_type, photo.bytes)

    def out(url: str, kind: OutgoingKind) -> Outgoing:
        one = Credentials("threads", "kopi", url, test_faults.TOKEN, options={"media_url": f"{url}/public"})
        made = Outgoing(kind, one, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8")
        return made if kind is POST else replace(made, addressee=to(asked))

    def is_write(request: Request) -> bool:
        return request.method == "POST" and not is_upload(request)

    def is_upload(request: Request) -> bool:
        return request.method == "POST" and request.path.endswith("/me/threads")

    return publishing.Network(lambda: Threads(no_sleep), out, fake.handle, is_write, is_upload)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_write(network(photo), POST, behaviour, photo)
    for kind in (POST, REPLY, HIDE):
        await publishing.spoiled_write(network(), kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    for kind in (POST, REPLY, HIDE):
        await publishing.spoiled_read(network(), kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_container(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(network(photo), behaviour, photo)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_refused_file(status: int, photo: Medium) -> None:
    await publishing.refused_file(network(photo), status, photo)


async def test_what_never_leaves(photo: Medium) -> None:
    for kind in (POST, REPLY, HIDE):
        await publishing.nobody_listens(network(), kind)
        await publishing.token_of_no_use(network(), kind)
    await publishing.file_of_no_use(network(photo), photo)


async def test_a_server_that_dies_before_it_answers(photo: Medium) -> None:
    for kind in (POST, REPLY, HIDE):
        await publishing.cut_before_the_answer(network(), kind)
    await publishing.cut_before_the_answer_to_a_file(network(photo), photo)
