"""Every inbox of every network, filled with so many things: for the cases that all of them go through, and the benchmark.

``INBOXES`` has one maker for each job of an adapter that reads an inbox. It makes the network as the first sync finds
it, with nothing new; ``fill`` lets things come in after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from smdash.platforms.base import Credentials, MemoryVault

from . import fake_graph, fake_instagram, fake_telegram, fake_threads, fake_x, mastodon_fake
from .fake_linkedin import FakeLinkedIn
from .fake_reddit import ME as REDDIT
from .fake_reddit import FakeReddit
from .fake_x import FakeX
from .fake_youtube import RINA, FakeYouTube
from .test_bluesky import Fake as FakeBluesky
from .test_bluesky import credentials as bluesky
from .test_bluesky import notice
from .test_faults import NOW


@dataclass(frozen=True)
class Inbox:
    """One network in memory. ``fill`` makes so many new things and tells their ids; ``later`` is when they are there.

    ``size`` is how many things a page has at most where that can be chosen.
    """

    transport: Callable[[], httpx.MockTransport]
    credentials: Credentials
    fill: Callable[[int], set[str]]
    begun: datetime
    later: datetime
    size: Callable[[int], None] = lambda _most: None


def _graph(fake: fake_graph.Fake, network: str, fill: Callable[[int], set[str]]) -> Inbox:
    begun = fake_graph.START + timedelta(minutes=1)
    account = Credentials(network, "kopi", fake_graph.BASE, fake_graph.TOKEN)
    return Inbox(
        fake.transport, account, fill, begun, begun + timedelta(hours=4), lambda most: setattr(fake, "most", most)
    )


def _facebook_comments() -> Inbox:
    fake = fake_graph.Fake()
    posts = [fake.add_post(f"post {number}", number) for number in range(10)]

    def fill(count: int) -> set[str]:
        made = [fake.add_comment(posts[at % 10], seconds=60 + at) for at in range(count)]
        return {one["id"] for one in made}

    return _graph(fake, "facebook_page", fill)


def _facebook_tags() -> Inbox:
    fake = fake_graph.Fake()

    def fill(count: int) -> set[str]:
        for at in range(count):
            fake.tagged.insert(
                0,
                {
                    "id": f"77_{at}", "message": f"Kopi di @kopisenja {at}", "created_time": fake_graph.at(60 + at),
                    "from": {"id": "77", "name": "Rina"}, "permalink_url": f"https://www.facebook.com/77/posts/{at}",
                },
            )  # fmt: skip
        return {one["id"] for one in fake.tagged}

    return _graph(fake, "facebook_page", fill)


def _messenger() -> Inbox:
    fake = fake_graph.Fake()

    def fill(count: int) -> set[str]:
        people = [fake.add_conversation(str(500 + at)) for at in range(max(1, count // 20))]
        made = [fake.add_message(people[at % len(people)], f"pesan {at}", 60 + at) for at in range(count)]
        return {one["id"] for one in made}

    return _graph(fake, "messenger", fill)


def _instagram(what: str) -> Inbox:
    fake = fake_instagram.Fake()
    posts = [fake.add_post(seconds=number) for number in range(10)]

    def fill(count: int) -> set[str]:
        if what == "comments":
            return {fake.add_comment(posts[at % 10], seconds=60 + at)["id"] for at in range(count)}
        if what == "tags":
            return {fake.add_tag(f"Kopi {at}", 60 + at)["id"] for at in range(count)}
        # No more than the newest 20 of a conversation are told.
        people = [fake.add_conversation(str(500 + at), f"orang{at}") for at in range(max(1, count // 10))]
        return {fake.add_message(people[at % len(people)], f"pesan {at}", 60 + at)["id"] for at in range(count)}

    begun = fake_instagram.START + timedelta(minutes=1)
    account = Credentials("instagram", "kopi", fake_instagram.BASE, fake_instagram.TOKEN)
    later = begun + timedelta(hours=4)
    return Inbox(fake.transport, account, fill, begun, later, lambda most: setattr(fake, "most", most))


def _threads(what: str) -> Inbox:
    fake = fake_threads.Fake()
    # All posts of an account are asked for on one page; ten of them would not be on one of three.
    posts = [fake.add(f"Kopi {number}", number) for number in range(3)]

    def fill(count: int) -> set[str]:
        who = "kopisenja" if what == "answers" else "rina"
        made = [
            fake.add(seconds=60 + at, who=who, below=posts[at % 3], _names=what == "mentions") for at in range(count)
        ]
        return {one["id"] for one in made}

    begun = fake_threads.START + timedelta(minutes=1)
    account = Credentials("threads", "kopi", fake_threads.BASE, fake_threads.TOKEN)
    later = begun + timedelta(hours=4)
    return Inbox(fake.transport, account, fill, begun, later, lambda most: setattr(fake, "most", most))


def _x(what: str) -> Inbox:
    fake = FakeX()
    first = fake.add("@kopi dulu", fake_x.RINA)
    fake.add("Dulu sekali", below=first["id"])
    fake.say("halo")
    begun = fake.clock

    def fill(count: int) -> set[str]:
        if what == "messages":
            return {fake.say(f"pesan {at}", id=str(10**6 + at))["id"] for at in range(count)}
        if what == "answers":
            return {fake.add(f"jawaban {at}", below=first["id"])["id"] for at in range(count)}
        return {fake.add(f"@kopi {at}", fake_x.RINA)["id"] for at in range(count)}

    return Inbox(fake.transport, fake.credentials(), fill, begun, begun + timedelta(hours=4))


def _linkedin(what: str) -> Inbox:
    fake = FakeLinkedIn()
    posts = [fake.post(f"Panen {number}") for number in range(10)]
    begun = fake.clock

    def fill(count: int) -> set[str]:
        if what == "comments":
            return {fake.comment(posts[at % 10], f"nomor {at}")["commentUrn"] for at in range(count)}
        for at in range(count):
            share = {"share": {"entity": f"urn:li:share:{at}", "text": f"Kopi {at}"}}
            fake.note("SHARE_MENTION", decoratedGeneratedActivity=share)
        return {f"urn:li:share:{at}" for at in range(count)}

    later = begun + timedelta(hours=4)
    return Inbox(fake.transport, fake.credentials(), fill, begun, later, lambda most: setattr(fake, "most", most))


def _telegram() -> Inbox:
    fake = fake_telegram.BotServer()
    account = Credentials("telegram", "kopi", fake_telegram.BASE, fake_telegram.TOKEN, options={"chat": "@kopisenja"})

    def fill(count: int) -> set[str]:
        fake.add(count)
        return {f"{fake_telegram.RINA['id']}/{number}" for number in range(1, count + 1)}

    return Inbox(fake.transport, account, fill, NOW, NOW + timedelta(hours=4))


def _mastodon() -> Inbox:
    fake = mastodon_fake.Fake()
    fake.add(1)

    def fill(count: int) -> set[str]:
        before = len(fake.rows)
        fake.add(count)
        return {one["status"]["id"] for one in fake.rows[before:]}

    begun = mastodon_fake.START + timedelta(minutes=1)
    account = Credentials("mastodon", "kopi", mastodon_fake.BASE, "token-of-kopi")
    later = begun + timedelta(hours=4)
    return Inbox(fake.transport, account, fill, begun, later, lambda most: setattr(fake, "most", most))


def _bluesky() -> Inbox:
    fake = FakeBluesky()

    def fill(count: int) -> set[str]:
        fake.rows[:0] = [notice(number, NOW + timedelta(seconds=number)) for number in range(count, 0, -1)]
        return {one["uri"] for one in fake.rows}

    later = NOW + timedelta(hours=4)
    return Inbox(fake.transport, bluesky(), fill, NOW, later, lambda most: setattr(fake, "most", most))


def _youtube(what: str) -> Inbox:
    fake = FakeYouTube(NOW)
    status = "heldForReview" if what == "held" else "published"

    def fill(count: int) -> set[str]:
        return {fake.thread(RINA, f"halo {at}", -(60 + at) / 60, status).id for at in range(count)}

    account = Credentials(
        "youtube", "kopi", "", "refresh-token-1",
        options={"client_id": "the-client"}, secrets={"client_secret": "the-client-secret"},
    )  # fmt: skip
    later = NOW + timedelta(hours=4)
    return Inbox(fake.transport, account, fill, NOW, later, lambda most: setattr(fake, "page", most))


def _reddit(what: str) -> Inbox:
    fake = FakeReddit(NOW)

    def fill(count: int) -> set[str]:
        made = []
        for at in range(count):
            if what == "inbox":
                made.append(fake.inboxed("rina", f"halo {at}", -(60 + at) / 60))
            elif what == "answers":
                made.append(fake.comment(REDDIT, f"jawaban {at}", -(60 + at) / 60))
            else:
                made.append(fake.message(REDDIT, f"pesan {at}", -(60 + at) / 60, inbox=False))
        return {one["name"] for one in made}

    account = Credentials(
        "reddit", "kopi", "", "refresh-token-1",
        options={"client_id": "the-client", "username": REDDIT}, secrets={"client_secret": "the-client-secret"},
    )  # fmt: skip
    later = NOW + timedelta(hours=4)
    return Inbox(fake.transport, account, fill, NOW, later, lambda most: setattr(fake, "page", most))


INBOXES: dict[tuple[str, str], Callable[[], Inbox]] = {
    ("facebook_page", "comments"): _facebook_comments,
    ("facebook_page", "tags"): _facebook_tags,
    ("instagram", "comments"): lambda: _instagram("comments"),
    ("instagram", "messages"): lambda: _instagram("messages"),
    ("instagram", "tags"): lambda: _instagram("tags"),
    ("messenger", "conversations"): _messenger,
    ("x", "mentions"): lambda: _x("mentions"),
    ("x", "messages"): lambda: _x("messages"),
    ("x", "answers"): lambda: _x("answers"),
    ("linkedin", "comments"): lambda: _linkedin("comments"),
    ("linkedin", "mentions"): lambda: _linkedin("mentions"),
    ("threads", "mentions"): lambda: _threads("mentions"),
    ("threads", "replies"): lambda: _threads("replies"),
    ("threads", "answers"): lambda: _threads("answers"),
    ("telegram", "updates"): _telegram,
    ("mastodon", "notifications"): _mastodon,
    ("bluesky", "notifications"): _bluesky,
    ("youtube", "comments"): lambda: _youtube("comments"),
    ("youtube", "held"): lambda: _youtube("held"),
    ("reddit", "inbox"): lambda: _reddit("inbox"),
    ("reddit", "answers"): lambda: _reddit("answers"),
    ("reddit", "sent"): lambda: _reddit("sent"),
}
# What no list brings, or what other tests walk: WhatsApp is pushed; Mastodon's conversations have its notifications'
# walk (test_mastodon), Bluesky's answers and messages theirs (test_bluesky, test_bluesky_chat).
ELSEWHERE = {
    ("whatsapp", "number"),
    ("mastodon", "conversations"),
    ("bluesky", "answers"),
    ("bluesky", "messages"),
}


def afresh(inbox: Inbox) -> Credentials:
    """The account after a restart that kept nothing but the cursor."""
    return replace(inbox.credentials, vault=MemoryVault())
