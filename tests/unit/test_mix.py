"""The mix of posts against its targets, and what the next post should be."""

from hypothesis import given
from hypothesis import strategies as st

from smdash.core import mix
from smdash.core.mix import Piece
from smdash.core.records import Category, Format

TARGETS = {"education": 50, "quote": 20, "soft_sell": 20, "hard_sell": 10}


def piece(post_id: int, category: Category, *, account: str = "x/kopi", out: bool = False) -> Piece:
    return Piece(post_id, account, category, Format.TEXT, out)


def test_a_post_counts_once_however_many_accounts_it_is_for() -> None:
    found = mix.count(
        [
            piece(1, Category.QUOTE, out=True),
            piece(1, Category.QUOTE, account="mastodon/kopi"),
            piece(2, Category.HARD_SELL),
        ],
        TARGETS,
    )
    whole = {one.category: (one.published, one.planned, one.share) for one in found.whole.lines if one.share}
    assert whole == {Category.QUOTE: (1, 0, 50.0), Category.HARD_SELL: (0, 1, 50.0)}
    assert [(one.name, one.posts) for one in found.accounts] == [("mastodon/kopi", 1), ("x/kopi", 2)]
    planned = {one.category: one.planned for one in found.accounts[0].lines}
    assert planned[Category.QUOTE] == 1  # at this account it is not out yet
    assert [one.name for one in found.formats] == ["text"]


def test_the_next_post_is_of_the_category_furthest_below_its_target() -> None:
    assert mix.count([], TARGETS).whole.next is Category.EDUCATION
    posts = [piece(1, Category.EDUCATION), piece(2, Category.EDUCATION), piece(3, Category.SOFT_SELL)]
    assert mix.count(posts, TARGETS).whole.next is Category.QUOTE
    assert mix.count([piece(1, Category.QUOTE)], {}).whole.next is None
    assert mix.count([piece(1, Category.QUOTE)], {"quote": 100}).whole.next is Category.QUOTE


def test_each_account_has_a_next_post_of_its_own() -> None:
    posts = [piece(1, Category.EDUCATION, account="x/a"), piece(2, Category.QUOTE, account="x/b")]
    assert [one.next for one in mix.count(posts, TARGETS).accounts] == [Category.QUOTE, Category.EDUCATION]


@given(
    st.lists(
        st.builds(
            Piece, st.integers(1, 9), st.sampled_from(["x/a", "x/b"]), st.sampled_from(Category), st.sampled_from(Format),
            st.booleans(),
        ),
        unique_by=lambda one: one.post_id,
    )
)  # fmt: skip
def test_all_posts_are_in_the_shares(pieces: list[Piece]) -> None:
    found = mix.count(pieces, TARGETS)
    for group in (found.whole, *found.accounts, *found.formats):
        assert sum(one.published + one.planned for one in group.lines) == group.posts
        assert not group.posts or abs(sum(one.share for one in group.lines) - 100) < 1e-6
    assert found.whole.posts == len(pieces) == sum(one.posts for one in found.formats)


def test_who_follows_the_advice_keeps_to_the_targets() -> None:
    posts: list[Piece] = []
    for post_id in range(100):
        advice = mix.count(posts, TARGETS).whole.next
        assert advice is not None
        posts.append(piece(post_id, advice))
    found = {one.category.value: one.planned for one in mix.count(posts, TARGETS).whole.lines if one.planned}
    assert found == TARGETS
