"""X, outwards: each delivery once, threads, files, messages, and the truth of what may have arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from smdash.core.clock import EPOCH
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.x import X
from smdash.platforms.x_media import PART
from smdash.platforms.x_words import is_same

from .fake_x import BASE, CLOCK, ME, RINA, FakeX, refusal
from .publishing import picture

NOW = CLOCK + timedelta(minutes=7)
FIRST = CLOCK


async def sleep(_seconds: float) -> None:
    pass


def outgoing(
    fake: FakeX,
    text: str = "Panen raya",
    kind: OutgoingKind = OutgoingKind.POST,
    to: Addressee | None = None,
    one: Credentials | None = None,
    media: tuple[Medium, ...] = (),
    above: Above | None = None,
) -> Outgoing:
    return Outgoing(kind, one or fake.credentials(), "kunci-1", NOW, FIRST, text, to, media=media, above=above)


async def publish(fake: FakeX, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await X(sleep).publish(out, client)


async def find(fake: FakeX, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await X().find(out, client)


async def is_there(fake: FakeX, remote_id: str) -> bool:
    async with Client(transport=fake.transport()) as client:
        return await X().is_there(outgoing(fake), remote_id, client)


async def refused(fake: FakeX, out: Outgoing, *, arrived: bool = False) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert caught.value.arrived is arrived, str(caught.value)
    assert str(caught.value).isprintable() and "access-" not in str(caught.value)
    return caught.value


def writes(fake: FakeX) -> list[str]:
    """Every post that was asked for."""
    return [path for method, path in fake.asked() if (method, path) == ("POST", "/2/tweets")]


def lost(path: str) -> Callable[[httpx.Request, httpx.Response], httpx.Response | Exception]:
    return lambda request, made: (
        httpx.ReadTimeout("x") if request.url.path == path and request.method == "POST" else made
    )


def to(remote_id: str, kind: MentionKind = MentionKind.REPLY, thread: str | None = None) -> Addressee:
    return Addressee(remote_id, kind, "rina_s", thread_key=thread)


DM = to("5000", MentionKind.DM, "dm:900-901")


async def test_a_post_is_one_call() -> None:
    fake = FakeX()
    made = await publish(fake, outgoing(fake, "Panen raya & kopi.id/menu"))
    assert made == Published(fake.posts[0]["id"], f"https://x.com/i/status/{fake.posts[0]['id']}")
    assert fake.asked() == [("POST", "/2/tweets")]


async def test_a_thread_goes_below_its_parts() -> None:
    fake = FakeX()
    first = await publish(fake, outgoing(fake, "satu"))
    second = await publish(fake, outgoing(fake, "dua", above=Above(first.remote_id, first.remote_id)))
    assert fake.posts[1]["referenced_tweets"] == [{"type": "replied_to", "id": first.remote_id}]
    assert await find(fake, outgoing(fake, "dua", above=Above(first.remote_id, first.remote_id))) == second
    assert await find(fake, outgoing(fake, "dua")) is None, "at another place it is another post"


async def test_a_lost_answer_is_found_and_no_second_post_is_made() -> None:
    fake = FakeX(spoil=lost("/2/tweets"))
    out = outgoing(fake, "Halo @rina_s, lihat kopi.id/menu  & <b>")
    assert await find(fake, out) is None
    error = await refused(fake, out, arrived=True)
    assert error.kind is ErrorKind.NETWORK and len(fake.posts) == 1
    fake.spoil = lambda _request, made: made
    made = await find(fake, out)
    assert made is not None and made.remote_id == fake.posts[0]["id"]
    # Sent again all the same, it is the same post.
    assert await publish(fake, out) == made and len(fake.posts) == 1


async def test_a_duplicate_of_an_older_post_is_a_refusal() -> None:
    fake = FakeX(clock=CLOCK - timedelta(hours=1))
    fake.add("Panen raya")
    out = replace(outgoing(fake), first_at=NOW)
    error = await refused(fake, out)
    assert error.kind is ErrorKind.DUPLICATE and "takes it only once" in str(error)
    # After another try, the list may only be late.
    assert (await refused(fake, outgoing(fake), arrived=True)).kind is ErrorKind.DUPLICATE


async def test_a_duplicate_that_can_not_be_looked_for_may_be_out() -> None:
    fake = FakeX()
    fake.add("Panen raya")
    fake.spoil = lambda request, made: (
        refusal(503) if request.url.path.endswith("/tweets") and request.method == "GET" else made
    )
    await refused(fake, outgoing(fake), arrived=True)
    fake.spoil = lambda request, made: httpx.Response(403, json={"errors": [{"code": 187, "message": "Status is a duplicate."}]}) if request.method == "POST" else made  # fmt: skip
    assert (await publish(fake, outgoing(fake))).remote_id == fake.posts[0]["id"]


async def test_of_equal_posts_the_first_after_the_first_try_is_ours() -> None:
    fake = FakeX(clock=CLOCK - timedelta(minutes=3))
    fake.add("Panen raya")
    fake.clock = CLOCK + timedelta(seconds=5)
    ours = fake.add("Panen raya")
    fake.add("Panen raya", RINA)
    found = await find(fake, outgoing(fake))
    assert found is not None and found.remote_id == ours["id"]


async def test_a_look_goes_back_to_the_first_try_and_no_further() -> None:
    fake = FakeX(clock=CLOCK - timedelta(minutes=30))
    fake.add("Panen raya")
    fake.clock = CLOCK
    for count in range(60):
        fake.add(f"lain {count}")
    assert await find(fake, outgoing(fake)) is None
    for count in range(60):
        fake.add(f"lagi {count}")
    with pytest.raises(PlatformError) as caught:
        await find(fake, outgoing(fake))
    assert caught.value.kind is ErrorKind.UNKNOWN and "look there" in str(caught.value)
    with pytest.raises(PlatformError) as caught:
        await find(fake, replace(outgoing(fake), first_at=EPOCH))
    assert caught.value.kind is ErrorKind.UNKNOWN


@pytest.mark.parametrize(
    "said",
    [refusal(503), refusal(429), httpx.Response(200, json=[]), httpx.Response(200, json={"data": {}, "meta": {}})],
)
async def test_find_does_not_take_an_error_for_an_answer(said: httpx.Response) -> None:
    fake = FakeX(spoil=lambda request, made: said if request.url.path.endswith("/tweets") else made)
    with pytest.raises(PlatformError):
        await find(fake, outgoing(fake))


async def test_an_answer() -> None:
    fake = FakeX()
    asked = fake.add("@kopi jam berapa?", RINA)
    out = outgoing(fake, "Jam 8", OutgoingKind.REPLY, to(asked["id"]))
    made = await publish(fake, out)
    # X puts the name before it.
    fake.posts[-1]["text"] = "@rina_s Jam 8"
    assert await find(fake, out) == made
    gone = outgoing(fake, "Jam 8", OutgoingKind.REPLY, to("404"))
    assert (await refused(fake, gone)).kind is ErrorKind.GONE
    nobody = outgoing(fake, "Jam 8", OutgoingKind.REPLY)
    assert (await refused(fake, nobody)).kind is ErrorKind.REJECTED


async def test_who_did_not_name_us_can_not_be_answered() -> None:
    detail = (
        "Reply to this conversation is not allowed because you have not been mentioned. You are not permitted to reply"
    )
    fake = FakeX(spoil=lambda _request, _made: refusal(403, detail))
    error = await refused(fake, outgoing(fake, "Jam 8", OutgoingKind.REPLY, to("1")))
    assert error.kind is ErrorKind.PERMISSION and "only those who named the account" in str(error)


async def test_a_like_and_its_look() -> None:
    fake = FakeX()
    asked = fake.add("@kopi enak", RINA)
    out = outgoing(fake, "", OutgoingKind.LIKE, to(asked["id"]))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    assert fake.liked == [asked["id"]] and await find(fake, out) == made
    fake.spoil = lambda request, _made: refusal(403, "plan") if request.method == "POST" else _made
    error = await refused(fake, out)
    assert error.kind is ErrorKind.PERMISSION and "plan" in str(error)


async def test_hiding_and_deleting() -> None:
    fake = FakeX()
    theirs, ours = fake.add("@kopi huh", RINA), fake.add("Jam 9")
    await publish(fake, outgoing(fake, "", OutgoingKind.HIDE, to(theirs["id"])))
    assert fake.hidden == {theirs["id"]}
    assert await find(fake, outgoing(fake, "", OutgoingKind.HIDE, to(theirs["id"]))) is None
    out = outgoing(fake, "", OutgoingKind.DELETE, to(ours["id"]))
    assert await find(fake, out) is None
    await publish(fake, out)
    assert await find(fake, out) == Published(ours["id"])
    error = await refused(fake, outgoing(fake, "", OutgoingKind.DELETE, to(theirs["id"])))
    assert error.kind is ErrorKind.PERMISSION and "hide it instead" in str(error)
    fake.spoil = lambda request, made: httpx.Response(200, json={"data": {"deleted": False}}) if request.method == "DELETE" else made  # fmt: skip
    await refused(fake, out, arrived=True)
    fake.spoil = lambda _request, _made: refusal(403, "not in your conversation")
    assert "own posts can be hidden" in str(await refused(fake, outgoing(fake, "", OutgoingKind.HIDE, to("1"))))


async def test_is_there() -> None:
    fake = FakeX()
    made = await publish(fake, outgoing(fake))
    assert await is_there(fake, made.remote_id)
    fake.posts.clear()
    assert not await is_there(fake, made.remote_id)
    for said in (refusal(503), httpx.Response(200, json={"errors": [{"type": "x/not-authorized-for-resource"}]})):
        fake.spoil = lambda _request, _made, said=said: said  # type: ignore[misc]
        with pytest.raises(PlatformError):
            await is_there(fake, made.remote_id)


# Messages


async def test_a_message_goes_into_its_conversation_and_is_found_there() -> None:
    fake = FakeX()
    fake.say("Kak?")
    out = outgoing(fake, "Jam delapan", OutgoingKind.REPLY, DM)
    assert await find(fake, out) is None
    fake.spoil = lost("/2/dm_conversations/900-901/messages")
    await refused(fake, out, arrived=True)
    fake.spoil = lambda _request, made: made
    made = await find(fake, out)
    assert made == Published(fake.events[-1]["id"], "https://x.com/messages/900-901")
    assert await publish(fake, out) == Published(fake.events[-1]["id"], "https://x.com/messages/900-901")
    assert await find(fake, replace(out, first_at=NOW + timedelta(hours=1))) is None
    error = await refused(fake, replace(out, addressee=to("1", MentionKind.DM, "900-901")))
    assert error.kind is ErrorKind.REJECTED


async def test_a_long_conversation_is_left_to_a_person() -> None:
    fake = FakeX()
    for count in range(40):
        fake.say(f"halo {count}")
    with pytest.raises(PlatformError):
        await find(fake, outgoing(fake, "Jam delapan", OutgoingKind.REPLY, DM))


# Files


def film(folder: Path, size: int, kind: str = "video/mp4", seconds: float | None = 3.0) -> Medium:
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    digest = hashlib.sha256(content).hexdigest()
    (folder / digest).write_bytes(content)
    return Medium(folder / digest, kind, size, digest, seconds=seconds, name="film.mp4")


async def test_pictures_go_up_with_their_descriptions(tmp_path: Path) -> None:
    fake = FakeX()
    one, two = picture(tmp_path), picture(tmp_path, "dua.png", "", side=41)
    out = outgoing(fake, media=(one, two))
    made = await publish(fake, out)
    assert [file["bytes"] for file in fake.files.values()] == [one.path.read_bytes(), two.path.read_bytes()]
    assert [(file["category"], file["alt"]) for file in fake.files.values()] == [("tweet_image", "Secangkir kopi"), ("tweet_image", "")]  # fmt: skip
    assert fake.posts[0]["attachments"]["media_keys"] == ["3_700", "3_701"]
    assert await find(fake, out) == made
    assert await find(fake, outgoing(fake)) is None, "without its files it is another post"


async def test_a_video_goes_up_in_parts_and_is_waited_for(tmp_path: Path) -> None:
    fake = FakeX(looks=3)
    medium = film(tmp_path, 2 * PART + 100)
    await publish(fake, outgoing(fake, media=(medium,)))
    (file,) = fake.files.values()
    assert file["bytes"] == medium.path.read_bytes() and (file["parts"], file["category"]) == (3, "tweet_video")
    statuses = [request for request in fake.requests if request.url.params.get("command") == "STATUS"]
    assert len(statuses) == 3 and len(fake.posts) == 1


async def test_a_moving_picture_is_one_of_its_own_and_a_message_has_its_own_kind(tmp_path: Path) -> None:
    fake = FakeX()
    fake.say("Kak?")
    await publish(fake, outgoing(fake, media=(film(tmp_path, 300, "image/gif", 2.0),)))
    await publish(fake, outgoing(fake, "x", OutgoingKind.REPLY, DM, media=(picture(tmp_path),)))
    assert [file["category"] for file in fake.files.values()] == ["tweet_gif", "dm_image"]


async def test_a_file_that_x_can_not_use_is_named(tmp_path: Path) -> None:
    fake = FakeX()
    medium = film(tmp_path, 1000)
    info = {"state": "failed", "error": {"message": "InvalidMedia: unsupported codec"}}
    fake.spoil = lambda request, made: httpx.Response(200, json={"data": {"id": "1", "processing_info": info}}) if request.url.path.endswith("/finalize") else made  # fmt: skip
    error = await refused(fake, outgoing(fake, media=(medium,)))
    assert error.kind is ErrorKind.REJECTED and "film.mp4" in str(error) and "unsupported codec" in str(error)
    assert not writes(fake)
    sound = replace(medium, media_type="audio/mpeg")
    assert "film.mp4" in str(await refused(fake, outgoing(fake, media=(sound,))))


async def test_a_file_that_never_becomes_ready_is_given_up(tmp_path: Path) -> None:
    fake = FakeX(looks=10_000)
    error = await refused(fake, outgoing(fake, media=(film(tmp_path, 1000),)))
    assert error.kind is ErrorKind.SERVER and "after 10 minutes" in str(error) and not writes(fake)


async def test_a_file_that_was_changed_is_never_whole_on_x(tmp_path: Path) -> None:
    fake = FakeX()
    medium = film(tmp_path, PART + 10)
    medium.path.write_bytes(b"x" * (PART + 10))
    error = await refused(fake, outgoing(fake, media=(medium,)))
    assert error.kind is ErrorKind.REJECTED and "changed" in str(error)
    assert not any(path.endswith("/finalize") for _method, path in fake.asked())


async def test_a_token_that_dies_in_the_middle_is_renewed(tmp_path: Path) -> None:
    fake = FakeX()
    one = fake.renewing()

    def dies(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if request.url.path == "/2/media/upload" and fake.renewals == 0:
            fake.access = "access-other"
        return made

    fake.spoil = dies
    await publish(fake, outgoing(fake, one=one, media=(picture(tmp_path),)))
    assert fake.renewals == 1 and len(fake.posts) == 1
    fake.refresh, fake.access = "another", "another"
    error = await refused(fake, outgoing(fake, "dua", one=one))
    assert error.kind is ErrorKind.AUTH and len(fake.posts) == 1


@pytest.mark.parametrize(
    ("shown", "sent", "same"),
    [
        ("lihat http://kopi.id/menu ya", "lihat kopi.id/menu ya", True),
        ("lihat https://www.kopi.id/", "lihat https://www.kopi.id", True),
        ("Jam 8\n\nya", "Jam 8 ya", True),
        ("Jam 8", "Jam 9", False),
        ("@rina_s Jam 8", "Jam 8", False),
        ("", "", True),
    ],
)
def test_what_is_the_same_to_x(shown: str, sent: str, same: bool) -> None:
    assert is_same(shown, sent) is same
    assert is_same("@rina_s @budi " + shown, sent, answer=True) or not same
    assert ME and BASE
