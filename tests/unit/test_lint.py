"""Each rule on a post: what it finds, and what it lets pass."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import lint
from smdash.core.clock import Span
from smdash.core.lint import Campaign, Finding, House, Neighbour, Rule, Subject, Target
from smdash.core.media import Attachment, Probe
from smdash.core.records import Category
from smdash.core.team import Holiday

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOUSE = House(ZoneInfo("Asia/Jakarta"))
PICTURE = Attachment(1, 1, "a" * 64, "kopi.jpg", Probe("image/jpeg", 1_000, 100, 100, alt="Cangkir"))


def other(at: timedelta, *, category: Category = Category.QUOTE, text: str = "lain", post_id: int = 2) -> Neighbour:
    return Neighbour(post_id, NOW + at, category, text)


def post(text: str = "Cara seduh V60", *others: Neighbour, platform: str = "x", **changes: object) -> Subject:
    made = Subject(
        1, Category.EDUCATION, NOW, None, None, None, (Target(f"{platform}/kopi", platform, {}, text, others),),
        # Instagram takes no text alone.
        files=(PICTURE,) if platform == "instagram" else (),
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


def rules(subject: Subject, house: House = HOUSE) -> list[str]:
    return [one.rule.value for one in lint.find(subject, house, NOW)]


def only(subject: Subject, house: House = HOUSE) -> Finding:
    (found,) = lint.find(subject, house, NOW)
    return found


def test_an_ordinary_post_has_nothing_against_it() -> None:
    house = HOUSE._replace(banned_words=("gratis",), utm=True, holidays=(Holiday(date(2026, 12, 25), "Natal"),))
    campaign = Campaign("Gajian hemat", Span(NOW - DAY, NOW + DAY))
    assert rules(post("halo", other(-DAY), other(DAY), campaign=campaign), house) == []


@pytest.mark.parametrize(("platform", "limit"), [("x", 280), ("bluesky", 300), ("mastodon", 500), ("instagram", 2_200)])
def test_a_text_is_too_long_for_a_network_from_one_character_on(platform: str, limit: int) -> None:
    assert rules(post("k" * limit, platform=platform)) == []
    found = only(post("k" * (limit + 1), platform=platform))
    assert found.rule is Rule.TOO_LONG and found.blocks
    assert found.sentence.startswith(f"1 character too long for {platform}/kopi")


def test_an_account_may_have_more_room_than_its_network() -> None:
    target = Target("mastodon/kopi", "mastodon", {"max_characters": 1_000}, "k" * 1_000)
    assert rules(post(targets=(target,))) == []
    assert rules(post(targets=(target._replace(text="k" * 1_001),))) == ["too_long"]


@pytest.mark.parametrize(
    "text", ["Gratis!", "kopi GRATIS", "(ｇｒａｔｉｓ)", "harga murah\n meriah ya", "50% OFF", "今日は無料です"]
)
def test_a_banned_word_is_found_however_it_is_written(text: str) -> None:
    found = only(post(text), HOUSE._replace(banned_words=("gratis", "Murah Meriah", "50% off", "無料")))
    assert found.rule is Rule.BANNED_WORD and found.blocks


@pytest.mark.parametrize("text", ["gratisan", "digratiskan", "murah dan meriah", "150% off", "kopi"])
def test_a_word_that_only_holds_a_banned_one_passes(text: str) -> None:
    assert rules(post(text), HOUSE._replace(banned_words=("gratis", "murah meriah", "50% off"))) == []


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_banned_word_between_spaces_is_always_found(word: str, before: str, after: str) -> None:
    if lint._folded(word):
        assert "banned_word" in rules(post(f"{before} {word} {after}"), HOUSE._replace(banned_words=(word,)))


def test_the_same_text_within_a_month_at_the_same_account() -> None:
    same = other(-30 * DAY, text="CARA  seduh v60 ")
    found = only(post("Cara seduh V60", same))
    assert found.rule is Rule.IDENTICAL_TEXT and not found.blocks and "(post 2)" in found.sentence
    assert rules(post("Cara seduh V60", other(30 * DAY, text="Cara seduh V60"))) == ["identical_text"]
    assert rules(post("Cara seduh V60", same._replace(at=same.at - MINUTE))) == []
    assert rules(post("Cara seduh V60!", same)) == []


def test_a_draft_is_compared_with_what_is_around_now() -> None:
    draft = post("Cara seduh V60", other(-DAY, text="Cara seduh V60"), due_at=None)
    assert rules(draft) == ["identical_text"]


@pytest.mark.parametrize("sign", [-1, 1])
def test_two_posts_of_an_account_within_the_hour(sign: int) -> None:
    assert rules(post("halo", other(sign * (HOUR - MINUTE)))) == ["same_hour"]
    assert rules(post("halo", other(sign * HOUR))) == []


@pytest.mark.parametrize(
    ("link", "bare"),
    [
        ("https://kopi.example/menu", True),
        ("https://kopi.example/?utm_medium=x", True),
        ("https://kopi.example/?utm_source=", True),
        ("https://kopi.example/#utm_source=x", True),
        ("http://[kopi", True),
        ("https://kopi.example/?a=b&utm_source=ig#menu", False),
        ("kopi@kopi.example", False),
    ],
)
def test_links_say_where_their_visitors_come_from_where_the_team_wants_it(link: str, bare: bool) -> None:
    assert rules(post(f"Lihat {link}, ya"), HOUSE._replace(utm=True)) == (["missing_utm"] if bare else [])
    assert rules(post(f"Lihat {link}, ya")) == []


@pytest.mark.parametrize(
    ("offer", "until", "about"),
    [(None, None, "offer, until"), ("diskon 20%", None, "until"), (None, NOW + DAY, "offer"), ("diskon 20%", NOW, "")],
)
def test_a_hard_sell_names_its_offer_and_its_end(offer: str | None, until: datetime | None, about: str) -> None:
    hard = post(category=Category.HARD_SELL, offer=offer, offer_until=until)
    assert [one.about for one in lint.find(hard, HOUSE, NOW)] == ([about] if about else [])
    assert rules(hard._replace(category=Category.SOFT_SELL)) == []


@pytest.mark.parametrize("sign", [-1, 1])
def test_two_hard_sells_in_a_row(sign: int) -> None:
    hard = {"category": Category.HARD_SELL, "offer": "diskon", "offer_until": NOW + DAY}
    another = other(sign * 2 * DAY, category=Category.HARD_SELL)
    assert rules(post("halo", another, **hard)) == ["hard_sells_in_a_row"]
    assert rules(post("halo", another)) == []
    assert rules(post("halo", another, other(sign * DAY, post_id=3), **hard)) == []
    assert rules(post("halo", another, **hard | {"due_at": None})) == []


def test_a_post_outside_its_campaign() -> None:
    def at(start: timedelta, end: timedelta) -> list[str]:
        return rules(post(campaign=Campaign("Gajian hemat", Span(NOW + start, NOW + end))))

    assert at(timedelta(), MINUTE) == []
    assert at(MINUTE, DAY) == ["outside_campaign"]
    assert at(-DAY, timedelta()) == ["outside_campaign"]


def test_a_holiday_is_a_day_of_the_teams_zone() -> None:
    house = HOUSE._replace(holidays=(Holiday(date(2026, 12, 25), "Natal"),))
    jakarta = house.zone
    for hour, day, found in ((0, 25, True), (23, 25, True), (23, 24, False), (0, 26, False)):
        at = datetime(2026, 12, day, hour, tzinfo=jakarta).astimezone(UTC)
        assert rules(post(due_at=at), house) == (["holiday"] if found else [])
    assert "Natal" in only(post(due_at=datetime(2026, 12, 25, 5, tzinfo=UTC)), house).sentence


def test_a_finding_of_all_accounts_is_told_once_and_what_holds_comes_first() -> None:
    text = "gratis https://kopi.example " + "k" * 280
    targets = tuple(Target(f"x/{name}", "x", {}, text) for name in ("kopi", "senja"))
    house = HOUSE._replace(banned_words=("gratis",), utm=True, holidays=(Holiday(date(2026, 11, 23), "libur"),))
    assert rules(post(targets=targets), house) == ["too_long", "too_long", "banned_word", "missing_utm", "holiday"]
