"""YouTube, outwards: comments, moderation, videos in pieces; each once, and found again."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms import youtube_upload
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.youtube import YouTube

from . import publishing
from .fake_youtube import ME, RINA, Comment, FakeYouTube, error, listed
from .faulty import Request, answer
from .test_faults import NOW, TOKEN
from .test_youtube import credentials

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind


@pytest.fixture
def fake() -> FakeYouTube:
    return FakeYouTube(NOW)


async def no_sleep(_seconds: float) -> None:
    return


def outgoing(kind: OutgoingKind, text: str = "Terima kasih!", **changes: Any) -> Outgoing:
    fields: dict[str, Any] = {"credentials": credentials(), "key": "key-1", "now": NOW, "first_at": NOW} | changes
    return Outgoing(kind, text=text, **fields)


def to(one: Comment, thread: str | None = None) -> Addressee:
    url = f"https://www.youtube.com/watch?v={one.video}&lc={one.id}"
    return Addressee(one.id, MentionKind.COMMENT, "rina", url, thread or one.id)


async def publish(fake: FakeYouTube, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await YouTube(no_sleep).publish(out, client)


async def find(fake: FakeYouTube, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await YouTube(no_sleep).find(out, client)


async def is_there(fake: FakeYouTube, out: Outgoing, remote_id: str) -> bool:
    async with Client(transport=fake.transport()) as client:
        return await YouTube(no_sleep).is_there(out, remote_id, client)


async def refused(fake: FakeYouTube, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    return caught.value


async def test_an_answer(fake: FakeYouTube) -> None:
    asked = fake.thread(RINA, "Buka jam berapa?", 50)
    below = fake.answer_to(asked, RINA, "Halo?", 40)
    out = outgoing(REPLY, "Jam 8 & sampai malam", addressee=to(below, asked.id))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    assert made.url == f"https://www.youtube.com/watch?v=vid1&lc={made.remote_id}"
    assert await find(fake, out) == made
    assert [one.author for one in asked.replies] == [RINA, ME]
    assert await is_there(fake, out, made.remote_id)
    asked.replies.pop()
    assert not await is_there(fake, out, made.remote_id)
    assert await find(fake, out) is None


async def test_the_first_comment_below_an_own_video(fake: FakeYouTube) -> None:
    out = outgoing(POST, "Pesan di sini: https://kopi.example", above=Above("vid7", "vid7"))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    assert await find(fake, out) == made
    assert made.url == f"https://www.youtube.com/watch?v=vid7&lc={made.remote_id}"
    # The same words, but from before this delivery began.
    assert await find(fake, replace(out, first_at=NOW + timedelta(minutes=5))) is None


async def test_what_is_answered_is_gone(fake: FakeYouTube) -> None:
    gone = Comment("Ug9", RINA, "x", NOW)
    caught = await refused(fake, outgoing(REPLY, addressee=to(gone)))
    assert (caught.kind, caught.arrived) == (ErrorKind.GONE, False)


async def test_hiding_holds_back_and_is_seen(fake: FakeYouTube) -> None:
    rude = fake.thread(RINA, "jelek", 5)
    out = outgoing(HIDE, "", addressee=to(rude))
    assert await find(fake, out) is None
    assert await publish(fake, out) == Published(rude.id)
    assert rude.status == "heldForReview"
    assert await find(fake, out) == Published(rude.id)


async def test_deleting_own_and_other_comments(fake: FakeYouTube) -> None:
    theirs, ours = fake.thread(RINA, "jelek", 5), fake.thread(ME, "halo", 4)
    for one in (theirs, ours):
        out = outgoing(DELETE, "", addressee=to(one))
        assert await find(fake, out) is None
        assert await publish(fake, out) == Published(one.id) == await find(fake, out)
    assert theirs.status == "rejected" and fake.threads == [theirs]
    out = outgoing(DELETE, "", addressee=to(ours))
    assert await publish(fake, out) == Published(ours.id)


async def test_what_youtube_does_not_know_is_refused_before_anything_is_asked(fake: FakeYouTube) -> None:
    one = fake.thread(RINA, "enak", 5)
    caught = await refused(fake, outgoing(LIKE, "", addressee=to(one)))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    for out in (outgoing(REPLY), outgoing(HIDE), outgoing(POST)):
        caught = await refused(fake, out)
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert fake.requests == []


async def test_units_end_before_a_comment(fake: FakeYouTube) -> None:
    one = fake.thread(RINA, "enak", 5)
    who = credentials(options={"daily_units": "99"})
    out = outgoing(REPLY, addressee=to(one), credentials=who)
    await publish(fake, out)
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived, len(fake.requests)) == (ErrorKind.QUOTA, False, 1)


# Videos


def film(folder: Path, size: int, name: str = "promo.mp4") -> Medium:
    content = (b"kopi" * (size // 4 + 1))[:size]
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    return Medium(path, "video/mp4", size, digest, seconds=12.0, name=name)


TEXT = "Kopi baru dari Gayo\n\nDipetik minggu lalu.\nhttps://kopi.example"


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 5000])
async def test_a_video_in_pieces(fake: FakeYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(youtube_upload, "PIECE", 256 * 1024)
    medium = film(tmp_path, 256 * size)
    out = outgoing(POST, TEXT, media=(medium,), credentials=credentials(options={"privacy": "unlisted"}))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    (video,) = fake.videos
    assert made == Published(video.id, f"https://www.youtube.com/watch?v={video.id}")
    assert video.content == medium.path.read_bytes()
    assert video.body == {
        "snippet": {
            "title": "Kopi baru dari Gayo",
            "description": "Dipetik minggu lalu.\nhttps://kopi.example",
            "categoryId": "22",
        },
        "status": {"privacyStatus": "unlisted", "selfDeclaredMadeForKids": False},
    }
    assert await find(fake, out) == made and await is_there(fake, out, made.remote_id)


@pytest.mark.parametrize("stops_at", [0, 1, 200 * 1024, 256 * 1024])
async def test_a_piece_that_breaks_off_goes_on_where_it_stands(
    fake: FakeYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops_at: int
) -> None:
    monkeypatch.setattr(youtube_upload, "PIECE", 256 * 1024)
    fake.stops_at = stops_at
    medium = film(tmp_path, 256 * 1024 * 2 + 7)
    await publish(fake, outgoing(POST, TEXT, media=(medium,)))
    (video,) = fake.videos
    assert video.content == medium.path.read_bytes()


async def test_the_answer_to_the_last_piece_is_lost_and_the_video_is_one(fake: FakeYouTube, tmp_path: Path) -> None:
    out = outgoing(POST, TEXT, media=(film(tmp_path, 5000),))
    lost = []

    def lose(request: httpx.Request) -> None:
        if request.method == "PUT" and not lost:
            lost.append(request)
            raise httpx.ReadError("cut")

    fake.after = lose
    made = await publish(fake, out)
    assert len(fake.videos) == 1 and made.remote_id == fake.videos[0].id


async def test_the_line_is_dead_after_the_last_piece_and_the_session_finds_it(
    fake: FakeYouTube, tmp_path: Path
) -> None:
    out = outgoing(POST, TEXT, media=(film(tmp_path, 5000),))

    def lose(request: httpx.Request) -> None:
        if request.method == "PUT":
            raise httpx.ReadError("cut")

    fake.after = lose
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.NETWORK, True)
    fake.after = lambda _request: None
    found = await find(fake, out)
    assert found is not None and found.remote_id == fake.videos[0].id
    # Without the session it is found among the newest uploads.
    assert await find(fake, replace(out, credentials=credentials())) == found
    fake.videos[0].body["snippet"]["description"] = "lain"
    with pytest.raises(PlatformError) as told:
        await find(fake, replace(out, credentials=credentials()))
    assert told.value.kind is ErrorKind.UNKNOWN


async def test_the_line_is_dead_before_the_last_piece(
    fake: FakeYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youtube_upload, "PIECE", 256 * 1024)
    out = outgoing(POST, TEXT, media=(film(tmp_path, 256 * 1024 + 5),))

    def cut(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT":
            raise httpx.ReadError("cut")
        return None

    fake.spoil = cut
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.NETWORK, False)
    fake.spoil = lambda _request: None
    assert await find(fake, out) is None and fake.videos == []


async def test_a_file_that_was_changed_is_never_whole_there(
    fake: FakeYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(youtube_upload, "PIECE", 256 * 1024)
    medium = film(tmp_path, 256 * 1024 * 3)
    content = bytearray(medium.path.read_bytes())
    content[5] ^= 1
    medium.path.write_bytes(content)
    out = outgoing(POST, TEXT, media=(medium,))
    changed = await refused(fake, out)
    medium.path.write_bytes(b"short")
    short = await refused(fake, out)
    medium.path.unlink()
    gone = await refused(fake, out)
    for caught in (changed, short, gone):
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and "promo.mp4" in str(caught)
    assert fake.videos == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line of a post is the video's title"),
        ("\n \n", "the first line of a post is the video's title"),
        ("k" * 101, "which takes 100 characters, not 101"),
        ("kopi\n" + "é" * 2501, "takes 5000 bytes on YouTube, not 5002"),
        ("kopi <3", "no < and no >"),
        ("kopi\na > b", "no < and no >"),
    ],
)
async def test_titles_and_descriptions_that_youtube_would_refuse(
    fake: FakeYouTube, tmp_path: Path, text: str, said: str
) -> None:
    caught = await refused(fake, outgoing(POST, text, media=(film(tmp_path, 9),)))
    assert said in str(caught) and (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert fake.requests == []


async def test_who_may_see_it_must_be_known(fake: FakeYouTube, tmp_path: Path) -> None:
    who = credentials(options={"privacy": "friends"})
    caught = await refused(fake, outgoing(POST, TEXT, media=(film(tmp_path, 9),), credentials=who))
    assert "“friends”" in str(caught) and not caught.arrived


async def test_uploads_of_a_day_end(fake: FakeYouTube, tmp_path: Path) -> None:
    out = outgoing(POST, TEXT, media=(film(tmp_path, 9),))
    for number in range(100):
        await publish(fake, replace(out, key=f"key-{number}"))
    before = len(fake.requests)
    caught = await refused(fake, replace(out, key="key-100"))
    assert (caught.kind, caught.arrived, len(fake.requests)) == (ErrorKind.QUOTA, False, before)
    fake.spoil = lambda _request: error(400, "uploadLimitExceeded")
    caught = await refused(fake, replace(out, credentials=credentials()))
    assert (caught.kind, caught.arrived) == (ErrorKind.QUOTA, False)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_session_that_is_refused(fake: FakeYouTube, tmp_path: Path, status: int) -> None:
    fake.spoil = lambda request: error(status, "") if request.method == "PUT" else None
    caught = await refused(fake, outgoing(POST, TEXT, media=(film(tmp_path, 9),)))
    assert not caught.arrived and caught.kind is not ErrorKind.NETWORK


async def test_a_place_elsewhere_gets_no_token(fake: FakeYouTube, tmp_path: Path) -> None:
    asked = []

    def elsewhere(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            return httpx.Response(200, headers={"Location": "https://upload.example/x"})
        asked.append(request)
        return httpx.Response(200, json={"id": "video-1"})

    fake.spoil = elsewhere
    await publish(fake, outgoing(POST, TEXT, media=(film(tmp_path, 9),)))
    assert [one.url.host for one in asked] == ["upload.example"] and "authorization" not in asked[0].headers


# The cases that every network has


def _outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    who = Credentials("youtube", "kopi", url, TOKEN, "kopi.example")
    if kind is POST:
        return outgoing(POST, "Pesan di sini", above=Above("vid7", "vid7"), credentials=who)
    one = Comment("Ug1", RINA, "x", NOW)
    return outgoing(kind, addressee=to(one), credentials=who)


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    if request.path.startswith("/upload/"):
        await answer(writer, 200, headers={"Location": "/upload/session"} if request.method == "POST" else {})
    elif request.path.endswith("/channels"):
        await answer(writer, 200, listed("channel", [{"id": ME}]).content)
    else:
        await answer(writer, 200, listed("comment", [Comment("Ug1", RINA, "x", NOW).resource(to_owner=True)]).content)


NETWORK = publishing.Network(
    lambda: YouTube(no_sleep),
    _outgoing,
    _reads,
    lambda request: request.method != "GET" and "upload" not in request.path,
)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_a_spoiled_write(behaviour: str, kind: OutgoingKind) -> None:
    await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, DELETE, behaviour)


@pytest.mark.parametrize("kind", [POST, REPLY, HIDE, DELETE])
async def test_what_never_leaves(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)


@pytest.mark.parametrize("kind", [POST, REPLY, HIDE, DELETE])
async def test_a_server_that_dies_before_it_answers(kind: OutgoingKind) -> None:
    await publishing.cut_before_the_answer(NETWORK, kind)


def _video(folder: Path) -> publishing.Network:
    medium = film(folder, 5000)

    def made(url: str, _kind: OutgoingKind) -> Outgoing:
        who = Credentials("youtube", "kopi", url, TOKEN, "kopi.example")
        return outgoing(POST, TEXT, media=(medium,), credentials=who)

    async def reads(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "POST":
            await answer(writer, 200, headers={"Location": "/upload/session"})
        else:
            await answer(writer, 503)  # how far the session is

    def is_write(request: Request) -> bool:
        return request.method == "PUT" and "*" not in request.headers.get("content-range", "")

    return publishing.Network(lambda: YouTube(no_sleep), made, reads, is_write)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_last_piece(tmp_path: Path, behaviour: str) -> None:
    network = _video(tmp_path)
    out = network.outgoing("", POST)
    await publishing.spoiled_write(network, POST, behaviour, *out.media)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_beginning_of_an_upload(tmp_path: Path, behaviour: str) -> None:
    await publishing.spoiled_read(_video(tmp_path), POST, behaviour)
