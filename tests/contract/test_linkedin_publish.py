"""LinkedIn, outwards: each delivery once, files and cards, and the truth of what may have arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.client import Client
from smdash.platforms.linkedin import LinkedIn
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published

from .fake_linkedin import CLOCK, PAGE, RINA, FakeLinkedIn, refusal, unescaped
from .publishing import picture

NOW = CLOCK + timedelta(minutes=7)


async def sleep(_seconds: float) -> None:
    pass


async def public(_host: str, _port: int) -> list[str]:
    return ["93.184.216.34"]


def outgoing(
    fake: FakeLinkedIn,
    text: str = "Panen raya",
    kind: OutgoingKind = OutgoingKind.POST,
    to: Addressee | None = None,
    media: tuple[Medium, ...] = (),
    above: Above | None = None,
) -> Outgoing:
    one = fake.credentials(organization="77")
    return Outgoing(kind, one, "kunci-1", NOW, CLOCK, text, to, media=media, above=above)


async def publish(fake: FakeLinkedIn, out: Outgoing) -> Published:
    async with Client(transport=fake.transport(), resolver=public) as client:
        return await LinkedIn(sleep).publish(out, client)


async def find(fake: FakeLinkedIn, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await LinkedIn().find(out, client)


async def is_there(fake: FakeLinkedIn, remote_id: str) -> bool:
    async with Client(transport=fake.transport()) as client:
        return await LinkedIn().is_there(outgoing(fake), remote_id, client)


async def refused(fake: FakeLinkedIn, out: Outgoing, *, arrived: bool = False) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert caught.value.arrived is arrived, str(caught.value)
    assert str(caught.value).isprintable() and "token-1" not in str(caught.value)
    return caught.value


def lost(method: str, end: str) -> Callable[[httpx.Request, httpx.Response], httpx.Response | Exception]:
    def spoil(request: httpx.Request, made: httpx.Response) -> httpx.Response | Exception:
        return httpx.ReadTimeout("x") if request.method == method and request.url.path.endswith(end) else made

    return spoil


def to(remote_id: str, thread: str | None = None, kind: MentionKind = MentionKind.COMMENT) -> Addressee:
    return Addressee(remote_id, kind, "rina01", thread_key=thread)


# Posts


async def test_a_post_is_one_call_and_shows_all_that_was_typed() -> None:
    fake = FakeLinkedIn()
    text = "Panen (raya)! #Gayo a_b @[Kopi Senja](urn:li:organization:77)"
    made = await publish(fake, outgoing(fake, text))
    assert fake.asked() == [("POST", "/rest/posts")]
    assert made.remote_id == fake.posts[0]["id"]
    assert made.url == f"https://www.linkedin.com/feed/update/{made.remote_id}"
    assert unescaped(fake.posts[0]["commentary"]) == "Panen (raya)! #Gayo a_b Kopi Senja"
    assert await find(fake, outgoing(fake, text)) == made


async def test_a_lost_answer_is_found_and_no_second_post_is_made() -> None:
    fake = FakeLinkedIn(spoil=lost("POST", "/rest/posts"))
    out = outgoing(fake)
    assert await find(fake, out) is None
    error = await refused(fake, out, arrived=True)
    assert error.kind is ErrorKind.NETWORK and len(fake.posts) == 1
    fake.spoil = lambda _request, made: made
    made = await find(fake, out)
    assert made is not None and made.remote_id == fake.posts[0]["id"]
    # Sent again, LinkedIn names the post that has it.
    assert await publish(fake, out) == made and len(fake.posts) == 1


async def test_a_duplicate_of_an_older_or_a_deleted_post_is_a_refusal() -> None:
    fake = FakeLinkedIn(clock=CLOCK - timedelta(hours=1))
    fake.post("Panen raya")
    error = await refused(fake, outgoing(fake))
    assert error.kind is ErrorKind.DUPLICATE and "takes it only once" in str(error)
    said = "Content is a duplicate of urn:li:share:404"
    fake.spoil = lambda request, made: refusal(422, said, errorDetails={"inputErrors": [{"code": "DUPLICATE_POST"}]}) if request.method == "POST" else made  # fmt: skip
    assert (await refused(fake, outgoing(fake))).kind is ErrorKind.DUPLICATE
    fake.spoil = lambda request, _made: (
        refusal(422, said, "DUPLICATE_POST") if request.method == "POST" else refusal(503)
    )
    assert (await refused(fake, outgoing(fake), arrived=True)).kind is ErrorKind.SERVER


async def test_of_equal_posts_the_first_after_the_first_try_is_ours() -> None:
    fake = FakeLinkedIn(clock=CLOCK - timedelta(minutes=2))
    fake.post("Panen raya")
    fake.clock = CLOCK + timedelta(seconds=3)
    ours = fake.post("Panen raya")
    fake.post("Panen  raya")
    found = await find(fake, outgoing(fake))
    assert found is not None and found.remote_id == ours


async def test_a_look_ends_at_the_first_try_or_with_a_person() -> None:
    fake = FakeLinkedIn(clock=CLOCK - timedelta(hours=1))
    fake.post("Panen raya")
    fake.clock = CLOCK
    for count in range(60):
        fake.post(f"lain {count}")
    assert await find(fake, outgoing(fake)) is None
    for count in range(60):
        fake.post(f"lagi {count}")
    with pytest.raises(PlatformError) as caught:
        await find(fake, outgoing(fake))
    assert caught.value.kind is ErrorKind.UNKNOWN and "look there" in str(caught.value)


@pytest.mark.parametrize("said", [refusal(503), refusal(429), refusal(403), httpx.Response(200, json=[])])
async def test_find_does_not_take_an_error_for_an_answer(said: httpx.Response) -> None:
    fake = FakeLinkedIn(spoil=lambda _request, _made: said)
    for out in (
        outgoing(fake),
        outgoing(fake, "x", OutgoingKind.REPLY, to("urn:li:comment:(urn:li:activity:1,2)")),
        outgoing(fake, "x", OutgoingKind.LIKE, to("urn:li:share:1")),
        outgoing(fake, "x", OutgoingKind.DELETE, to("urn:li:comment:(urn:li:activity:1,2)")),
    ):
        with pytest.raises(PlatformError):
            await find(fake, out)
    with pytest.raises(PlatformError):
        await is_there(fake, "urn:li:share:1")


# Comments, reactions, deletions


async def test_an_answer_goes_below_the_comment_that_began_it() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    first = fake.comment(post, "Jam berapa?")
    second = fake.comment(post, "ya?", parent=first["commentUrn"])
    out = outgoing(
        fake, "Jam (8)", OutgoingKind.REPLY, to(second["commentUrn"], first["commentUrn"], MentionKind.REPLY)
    )
    assert await find(fake, out) is None
    fake.spoil = lost("POST", "/comments")
    await refused(fake, out, arrived=True)
    fake.spoil = lambda _request, made: made
    made = await find(fake, out)
    ours = fake.comments[-1]
    assert made is not None and made.remote_id == ours["commentUrn"]
    assert (ours["parentComment"], ours["actor"], ours["object"]) == (first["commentUrn"], PAGE, first["object"])
    assert ours["message"]["text"] == "Jam (8)", "comments are plain text"
    assert await find(fake, replace(out, first_at=NOW + timedelta(hours=1))) is None
    assert await is_there(fake, made.remote_id)
    gone = outgoing(fake, "x", OutgoingKind.REPLY, to("urn:li:comment:(urn:li:activity:1,9)"))
    assert (await refused(fake, gone)).kind is ErrorKind.GONE


async def test_a_mention_is_answered_by_a_comment_and_a_post_by_a_first_one() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    theirs = to("urn:li:share:9001", "urn:li:share:9001", MentionKind.MENTION)
    await publish(fake, outgoing(fake, "Terima kasih", OutgoingKind.REPLY, theirs))
    assert fake.comments[0]["object"] == "urn:li:activity:9001" and "parentComment" not in fake.comments[0]
    out = outgoing(fake, "Tautan: kopi.id", above=Above(post, post))
    made = await publish(fake, out)
    assert fake.comments[1]["object"].rsplit(":", 1)[1] == post.rsplit(":", 1)[1] and made.url is not None
    assert await find(fake, out) == made
    assert len(fake.posts) == 1
    fake.spoil = lambda _request, _made: refusal(404, "Unable to obtain activity for urn")
    error = await refused(fake, out)
    assert error.kind is ErrorKind.SERVER and "ready for comments" in str(error), "the next try may find it"


async def test_a_comment_whose_answer_names_only_its_number() -> None:
    fake = FakeLinkedIn()
    post = fake.post()
    fake.spoil = lambda request, made: (
        httpx.Response(201, headers={"x-restli-id": "600"}) if request.method == "POST" else made
    )
    made = await publish(fake, outgoing(fake, "satu", above=Above(post, post)))
    assert made.remote_id == f"urn:li:comment:({post},600)"
    fake.spoil = lambda request, made: httpx.Response(201) if request.method == "POST" else made
    await refused(fake, outgoing(fake, "dua", above=Above(post, post)), arrived=True)


async def test_a_reaction_and_its_look() -> None:
    fake = FakeLinkedIn()
    theirs = fake.comment(fake.post(), "enak")["commentUrn"]
    out = outgoing(fake, "", OutgoingKind.LIKE, to(theirs))
    assert await find(fake, out) is None
    made = await publish(fake, out)
    assert fake.reactions == {(PAGE, theirs)} and await find(fake, out) == made


async def test_deleting_and_what_linkedin_does_not_do() -> None:
    fake = FakeLinkedIn()
    theirs = fake.comment(fake.post(), "huh")["commentUrn"]
    out = outgoing(fake, "", OutgoingKind.DELETE, to(theirs))
    assert await find(fake, out) is None and await is_there(fake, theirs)
    await publish(fake, out)
    assert not fake.comments and await find(fake, out) == Published(theirs) and not await is_there(fake, theirs)
    assert (await refused(fake, out)).kind is ErrorKind.GONE
    fake.requests.clear()
    for kind, words in ((OutgoingKind.HIDE, "no program hide"), (OutgoingKind.DELETE, "only comments")):
        assert words in str(await refused(fake, outgoing(fake, "", kind, to("urn:li:share:1"))))
    assert "send messages" in str(
        await refused(fake, outgoing(fake, "x", OutgoingKind.REPLY, to("1", "dm:1", MentionKind.DM)))
    )
    assert "does not say what it answers" in str(await refused(fake, outgoing(fake, "x", OutgoingKind.REPLY)))
    assert not fake.requests and await find(fake, outgoing(fake, "", OutgoingKind.HIDE, to("1"))) is None


# Files and cards


def film(folder: Path, size: int, kind: str = "video/mp4") -> Medium:
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    digest = hashlib.sha256(content).hexdigest()
    (folder / digest).write_bytes(content)
    return Medium(folder / digest, kind, size, digest, seconds=3.0, name="film.mp4")


async def test_one_picture_and_several(tmp_path: Path) -> None:
    fake = FakeLinkedIn()
    one, two = picture(tmp_path), picture(tmp_path, "dua.png", "", side=41)
    out = outgoing(fake, media=(one,))
    made = await publish(fake, out)
    assert fake.posts[0]["content"] == {"media": {"id": "urn:li:image:C0", "altText": "Secangkir kopi"}}
    assert await find(fake, out) == made
    await publish(fake, outgoing(fake, "dua", media=(one, two)))
    images = [{"id": "urn:li:image:C1", "altText": "Secangkir kopi"}, {"id": "urn:li:image:C2"}]
    assert fake.posts[1]["content"] == {"multiImage": {"images": images}}
    assert [file["bytes"] for file in fake.files.values()] == [
        one.path.read_bytes(),
        one.path.read_bytes(),
        two.path.read_bytes(),
    ]
    puts = [request for request in fake.requests if request.method == "PUT"]
    assert {request.headers["authorization"] for request in puts} == {"Bearer token-1"}


async def test_a_video_goes_up_in_its_parts_and_is_waited_for(tmp_path: Path) -> None:
    fake = FakeLinkedIn(looks=3)
    medium = film(tmp_path, 2500)
    await publish(fake, outgoing(fake, media=(medium,)))
    (file,) = fake.files.values()
    assert file["bytes"] == medium.path.read_bytes() and len(file["parts"]) == 3
    assert fake.posts[0]["content"] == {"media": {"id": "urn:li:video:C0"}}
    document = film(tmp_path, 300, "application/pdf")
    await publish(fake, outgoing(fake, "dua", media=(document,)))
    assert fake.posts[1]["content"] == {"media": {"id": "urn:li:document:C1", "title": "film.mp4"}}


async def test_a_video_that_is_never_ready_or_refused(tmp_path: Path) -> None:
    fake = FakeLinkedIn(looks=10_000)
    medium = film(tmp_path, 2500)
    error = await refused(fake, outgoing(fake, media=(medium,)))
    assert error.kind is ErrorKind.SERVER and "after 10 minutes" in str(error) and not fake.posts
    failed = {"status": "PROCESSING_FAILED", "processingFailureReason": "bad codec"}
    fake.spoil = lambda request, made: httpx.Response(200, json=failed) if "/videos/" in request.url.path else made
    error = await refused(fake, outgoing(fake, media=(medium,)))
    assert error.kind is ErrorKind.REJECTED and "film.mp4" in str(error) and "bad codec" in str(error)


async def test_a_token_goes_to_linkedin_alone(tmp_path: Path) -> None:
    fake = FakeLinkedIn()
    seen: list[httpx.Request] = []

    def elsewhere(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if request.url.host == "evil-linkedin.com":
            seen.append(request)
            return httpx.Response(201)
        if "initializeUpload" in str(request.url):
            value = {"uploadUrl": "https://evil-linkedin.com/x", "image": "urn:li:image:C0"}
            return httpx.Response(200, json={"value": value})
        return made

    fake.spoil = elsewhere
    await publish(fake, outgoing(fake, media=(picture(tmp_path),)))
    assert len(seen) == 1 and "authorization" not in seen[0].headers


async def test_files_that_linkedin_takes_from_nobody(tmp_path: Path) -> None:
    fake = FakeLinkedIn()
    image, video = picture(tmp_path), film(tmp_path, 300)
    for media in ((image, video), (video, video), (image,) * 21, (replace(video, media_type="audio/mpeg"),)):
        assert (await refused(fake, outgoing(fake, media=media))).kind is ErrorKind.REJECTED
    with_comment = outgoing(fake, "x", OutgoingKind.REPLY, to("urn:li:share:1"), media=(image,))
    assert "no files with comments" in str(await refused(fake, with_comment))
    assert not fake.requests


async def test_a_link_gets_a_card_and_no_post_fails_for_the_lack_of_one() -> None:
    head = '<meta property="og:title" content="Menu kami"><meta property="og:description" content="Kopi &amp; teh">'
    fake = FakeLinkedIn(site={"/menu": f"<html><head>{head}</head></html>"})
    await publish(fake, outgoing(fake, "Lihat https://kopi.example/menu!"))
    card = {"source": "https://kopi.example/menu", "title": "Menu kami", "description": "Kopi & teh"}
    assert fake.posts[0]["content"] == {"article": card}
    await publish(fake, outgoing(fake, "Lihat https://kopi.example/tidak-ada"))
    assert "content" not in fake.posts[1]
    assert RINA
