"""Posts with their deliveries, and campaigns."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import day_span
from smdash.core.errors import InputError, Refused
from smdash.core.posts import lateness
from smdash.core.records import Account, Actor, CampaignKind, Category, DeliveryState, Format, Phase, Post, PostState
from smdash.store import campaigns, outbox, posts, teams
from smdash.store.connection import Store

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY = day_span(date(2026, 11, 23), ZoneInfo("Asia/Jakarta"))


@pytest.fixture
def accounts(store: Store) -> list[Account]:
    with store.writing() as conn:
        for platform, name in (("instagram", "kopi"), ("mastodon", "kopi"), ("x", "senja")):
            teams.put_account(conn, platform, name, NOW)
        return teams.accounts(conn)


def add(store: Store, who: Actor, accounts: list[Account], due_at: datetime | None, **more: object) -> int:
    fields = {
        "category": Category.EDUCATION,
        "format": Format.IMAGE,
        "body": "5 cara seduh V60",
        "zone": "Asia/Jakarta",
    }
    with store.writing() as conn:
        return posts.add(conn, who, NOW, accounts=accounts, due_at=due_at, **(fields | more))  # type: ignore[arg-type]


def get(store: Store, post_id: int) -> Post:
    with store.reading() as conn:
        return posts.get(conn, post_id)


def of_day(store: Store) -> list[int]:
    with store.reading() as conn:
        return [post.id for post in posts.of_day(conn, TODAY)]


def put(store: Store, post_id: int, state: str, account: str | None = None) -> None:
    with store.writing() as conn:
        conn.execute(
            "UPDATE delivery SET state = ? WHERE post_id = ? AND (? IS NULL OR account_id = "
            "(SELECT id FROM account WHERE platform = ?))",
            (state, post_id, account, account),
        )


def test_a_post_with_a_time_is_ready_and_has_a_delivery_for_each_account(
    store: Store, actor: Actor, accounts: list[Account]
) -> None:
    post = get(store, add(store, actor, accounts, NOW + HOUR))
    assert (post.state, post.shown, post.author) == (PostState.READY, "scheduled", "Ana")
    assert [(one.platform, one.state, one.due_at) for one in post.deliveries] == [
        (account.platform, DeliveryState.QUEUED, NOW + HOUR) for account in accounts
    ]
    assert post.accounts == (("instagram", "kopi"), ("mastodon", "kopi"), ("x", "senja"))


def test_a_post_without_a_time_is_a_draft_without_deliveries(
    store: Store, actor: Actor, accounts: list[Account]
) -> None:
    post = get(store, add(store, actor, accounts, None))
    assert (post.state, post.shown, post.deliveries, len(post.accounts)) == (PostState.DRAFT, "draft", (), 3)


def test_each_delivery_has_a_key_of_its_own(store: Store, actor: Actor, accounts: list[Account]) -> None:
    for _ in range(5):
        add(store, actor, accounts, NOW)
    with store.reading() as conn:
        keys = [row[0] for row in conn.execute("SELECT key FROM delivery")]
    assert len(keys) == len(set(keys)) == 15 and all(len(key) == 32 for key in keys)


def test_a_post_that_is_not_there(store: Store) -> None:
    with pytest.raises(InputError, match="no post 7"):
        get(store, 7)


def test_the_posts_of_today_come_by_time(store: Store, actor: Actor, accounts: list[Account]) -> None:
    late = add(store, actor, accounts, TODAY.end - timedelta(milliseconds=1))
    early = add(store, actor, accounts, TODAY.start)
    add(store, actor, accounts, TODAY.end)
    draft = add(store, actor, accounts, None)
    assert of_day(store) == [early, late]
    with store.writing() as conn:
        conn.execute("UPDATE post SET due_at = ? WHERE id = ?", ("2026-11-23T05:00:00.000Z", draft))
    assert of_day(store) == [early, draft, late]


@pytest.mark.parametrize(("state", "stays"), [("queued", True), ("held", True), ("failed", True), ("unknown", True),
                                              ("sending", True), ("sent", False), ("cancelled", False)])  # fmt: skip
def test_a_post_of_yesterday_stays_while_it_waits(
    store: Store, actor: Actor, accounts: list[Account], state: str, stays: bool
) -> None:
    post_id = add(store, actor, accounts, TODAY.start - HOUR)
    put(store, post_id, state)
    assert of_day(store) == ([post_id] if stays else [])


def test_a_cancelled_post_is_gone_from_the_day(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = add(store, actor, accounts, NOW)
    with store.writing() as conn:
        conn.execute("UPDATE post SET state = 'cancelled' WHERE id = ?", (post_id,))
    assert of_day(store) == []


def test_what_is_shown_follows_the_deliveries(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = add(store, actor, accounts, NOW - HOUR)
    assert lateness(get(store, post_id), NOW) == HOUR
    put(store, post_id, "sent", "instagram")
    assert get(store, post_id).shown == "sending"
    put(store, post_id, "failed", "x")
    assert get(store, post_id).shown == "partly"
    put(store, post_id, "sent")
    assert get(store, post_id).shown == "sent"
    assert lateness(get(store, post_id), NOW) is None


def test_an_account_is_found_by_name_or_with_its_network(store: Store, accounts: list[Account]) -> None:
    with store.reading() as conn:
        assert posts.find_account(conn, "senja").platform == "x"
        assert posts.find_account(conn, "mastodon/kopi").platform == "mastodon"
        with pytest.raises(InputError, match="instagram/kopi, mastodon/kopi"):
            posts.find_account(conn, "kopi")
        with pytest.raises(InputError, match="known: instagram/kopi"):
            posts.find_account(conn, "teh")


def test_a_post_of_a_campaign_that_is_not_there_is_not_written(
    store: Store, actor: Actor, accounts: list[Account]
) -> None:
    with pytest.raises(InputError, match="no campaign “Gajian”"):
        add(store, actor, accounts, NOW, campaign="Gajian")
    with store.reading() as conn:
        assert posts.select(conn) == ()


def test_a_delivery_goes_its_way_step_by_step(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = add(store, actor, accounts[:1], NOW)
    with store.writing() as conn:
        (one,) = outbox.due(conn, NOW, ())
        outbox.begin(conn, one, NOW)
        assert outbox.due(conn, NOW, ()) == []
        with pytest.raises(Refused):
            outbox.begin(conn, one, NOW)
        outbox.sent(conn, one, NOW, "remote-1", "https://contoh.id/1", what="send", seconds=0.5)
        with pytest.raises(Refused):
            outbox.failed(conn, one, NOW, "too late")
    post = get(store, post_id)
    assert (post.shown, post.deliveries[0].remote_url, post.deliveries[0].sent_at) == (
        "sent",
        "https://contoh.id/1",
        NOW,
    )


def test_a_networks_error_is_kept_clean_and_short(store: Store, actor: Actor, accounts: list[Account]) -> None:
    post_id = add(store, actor, accounts[:1], NOW)
    with store.writing() as conn:
        (one,) = outbox.due(conn, NOW, ())
        outbox.begin(conn, one, NOW)
        outbox.failed(conn, one, NOW, "\x1b]0;x\x07ditolak\n" + "y" * 5_000)
    error = get(store, post_id).deliveries[0].error
    assert error is not None and "ditolak" in error and error.isprintable() and len(error) <= outbox.ERROR_LIMIT


def campaign(
    store: Store, who: Actor, name: str = "Lomba foto", start: int = 0, hours: int = 100, *phases: Phase
) -> int:
    with store.writing() as conn:
        return campaigns.add(
            conn, who, NOW, name=name, kind=CampaignKind.CONTEST, starts_at=NOW + start * HOUR,
            ends_at=NOW + (start + hours) * HOUR, zone="Asia/Jakarta", phases=phases,
        )  # fmt: skip


def test_a_campaign_counts_its_posts(store: Store, actor: Actor, accounts: list[Account]) -> None:
    campaign(store, actor)
    ids = [add(store, actor, accounts, NOW, campaign="Lomba foto") for _ in range(5)]
    add(store, actor, accounts, None, campaign="Lomba foto")
    add(store, actor, accounts, NOW)
    put(store, ids[0], "sent")
    put(store, ids[1], "sent", "x")
    put(store, ids[2], "sent", "x")
    put(store, ids[2], "cancelled", "mastodon")
    put(store, ids[2], "cancelled", "instagram")
    with store.writing() as conn:
        conn.execute("UPDATE post SET state = 'cancelled' WHERE id = ?", (ids[4],))
        (found,) = campaigns.select(conn)
    assert (found.posts_done, found.posts_planned) == (2, 5)


def test_campaigns_come_by_their_end_and_over_ones_are_left_out(store: Store, actor: Actor) -> None:
    campaign(store, actor, "long", 0, 500)
    campaign(store, actor, "short", 0, 5)
    campaign(store, actor, "over", -10, 10)
    with store.reading() as conn:
        assert [one.name for one in campaigns.select(conn, ending_after=NOW)] == ["short", "long"]
        assert [one.name for one in campaigns.select(conn)] == ["over", "short", "long"]


def test_phases_come_in_their_order(store: Store, actor: Actor) -> None:
    wrap, tease = Phase("wrap", NOW + 90 * HOUR, NOW + 100 * HOUR), Phase("tease", NOW, NOW + HOUR)
    campaign(store, actor, "Lomba", 0, 100, wrap, tease)
    with store.reading() as conn:
        assert campaigns.select(conn)[0].phases == (tease, wrap)


@pytest.mark.parametrize(
    ("hours", "phases", "words"),
    [
        (0, (), "ends before it starts"),
        (-5, (), "ends before it starts"),
        (10, (Phase("p", NOW - HOUR, NOW + HOUR),), "“p” is outside"),
        (10, (Phase("p", NOW, NOW + 11 * HOUR),), "“p” is outside"),
        (10, (Phase("p", NOW + HOUR, NOW + HOUR),), "“p” is outside"),
        (10, (Phase("p", NOW, NOW + HOUR), Phase("p", NOW + HOUR, NOW + 2 * HOUR)), "“p” is there twice"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(
    store: Store, actor: Actor, hours: int, phases: tuple[Phase, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        campaign(store, actor, "Lomba", 0, hours, *phases)
    with store.reading() as conn:
        assert campaigns.select(conn) == ()


def test_a_name_is_given_once(store: Store, actor: Actor) -> None:
    campaign(store, actor)
    with pytest.raises(InputError, match="already"):
        campaign(store, actor)
