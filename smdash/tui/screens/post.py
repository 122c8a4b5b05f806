"""A post whole: its words, its deliveries, what was tried of each, and the only safe next steps.

No key here sends anything: what a member decides is written down, and the service acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import BindingType

from smdash.core import approval_words, figures, formats, labels
from smdash.core.errors import SmdashError
from smdash.core.posts import lateness
from smdash.core.records import DeliveryState, PostState
from smdash.locale import gettext as _
from smdash.store import approving, attachments, metrics, posts, resolving, steps
from smdash.tui.actions import binding
from smdash.tui.folded import Folded
from smdash.tui.post_keys import PostKeys
from smdash.tui.screens.details import DetailScreen
from smdash.tui.screens.picker import Choice, Picker
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from smdash.core.approval_words import Way
    from smdash.core.figures import Figure
    from smdash.core.media import Attachment
    from smdash.core.records import Actor, Delivery, Post
    from smdash.store.driver import Connection
    from smdash.store.resolving import Attempt, Row
    from smdash.tui.app import DeskApp

_STYLES = {"sent": "success", "failed": "error", "unknown": "error", "held": "warning"}


class Shown(NamedTuple):
    """What the screen shows: the post, each delivery's row, what was tried of it, and its way to approval.

    ``seen`` is the last event that all of it knows.
    """

    post: Post
    rows: dict[int, Row]
    tried: dict[int, list[Attempt]]
    way: Way
    seen: int
    files: tuple[Attachment, ...] = ()
    figures: Mapping[int, tuple[Figure, ...]] = MappingProxyType({})

    @property
    def whole(self) -> bool:
        """Whether each account gets all of it at once."""
        return all(one.part == 1 for one in self.rows.values())


def read(conn: Connection, post_id: int, member_id: int) -> Shown:
    """A post as this member sees it (0: one whom the team doesn't know yet). Raises InputError for no such post."""
    post = posts.get(conn, post_id)
    ids = [one.id for one in post.deliveries]
    return Shown(
        post, {one: resolving.get(conn, one) for one in ids}, {one: resolving.attempts(conn, one) for one in ids},
        approving.way(conn, post, member_id), steps.last_seen(conn), attachments.of_post(conn, post_id),
        metrics.of_deliveries(conn, ids),
    )  # fmt: skip


class PostScreen(PostKeys, DetailScreen):
    """`D` decides about a delivery that needs a person; `v`, `x` and `h` as in the lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding("post.approve", show=True),
        binding("post.reject", show=True),
        binding("post.hold", show=True),
        binding("post.edit", show=True),
        binding("delivery.resolve", show=True),
        binding("undo", show=True),
        binding("redo"),
        # Eighty cells hold the other hints.
        binding("list.copy"),
    ]
    topics = frozenset({"post", "campaign", "team", "metric"})

    def __init__(self, post_id: int) -> None:
        super().__init__()
        self.post_id = post_id
        self._shown: Shown | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    async def _reload(self) -> None:
        me = self.host.backend.actor
        try:
            found = await self.host.backend.read(lambda conn: read(conn, self.post_id, me.member_id if me else 0))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        again, self._shown, self.seen = self._shown is not None, found, found.seen
        title = _("Post {id}").format(id=self.post_id)
        self.document.show(title, paragraphs(self.host, found), keep_place=again)

    def chosen_posts(self) -> Sequence[Post]:
        return [self._shown.post] if self._shown else []

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()

    def text(self) -> str:
        return self._shown.post.body if self._shown else ""

    def link(self) -> str | None:
        found = self._shown.post.deliveries if self._shown else ()
        return next((one.remote_url for one in found if one.remote_url), None)

    def action_edit_post(self) -> None:
        self.host.edit_post(self.post_id)

    def action_resolve(self) -> None:
        """Ask what is to become of the deliveries that a person must decide about."""
        shown = self._shown
        choices = [] if shown is None else [
            Choice(f"{row.id} {what}", f"{place(row, shown.whole)}: {words}")
            for row in shown.rows.values()
            for what, words in next_steps(row)
        ]  # fmt: skip
        if not choices:
            self.say(_("nothing here needs a decision"), "dim")
            return
        self.host.push_screen(Picker(_("What is to become of it?"), choices), self._chosen)

    def _chosen(self, value: str | None) -> None:
        if value is None:
            return
        number, what = value.split(" ")
        self.host.spawn(self._resolve(int(number), what))

    async def _resolve(self, delivery_id: int, what: str) -> None:
        now = self.host.clock.now()
        work: dict[str, Callable[[Connection, Actor], None]] = {
            "sent": lambda conn, actor: resolving.saw_sent(conn, actor, delivery_id, now, None),
            "again": lambda conn, actor: resolving.send_again(conn, actor, delivery_id, now),
            "cancel": lambda conn, actor: resolving.cancel(conn, actor, delivery_id, now),
        }
        try:
            await self.host.backend.write(work[what])
        except SmdashError as problem:
            self.say(str(problem), "error")


def next_steps(row: Row) -> list[tuple[str, str]]:
    """The only safe things to do with a delivery, each with its words."""
    again = ("again", _("it is not there: send it again"))
    if row.state is DeliveryState.UNKNOWN:
        # While the service is finding out, a person would be guessing.
        return [] if row.next_at is not None else [("sent", _("it is there: I saw it")), again]
    if row.state is DeliveryState.FAILED:
        return [("again", _("send it again")), ("cancel", _("keep it here"))]
    if row.state is DeliveryState.HELD:
        return [("again", _("let it go out now")), ("cancel", _("keep it here"))]
    return [("cancel", _("keep it here"))] if row.state is DeliveryState.QUEUED else []


def paragraphs(app: DeskApp, shown: Shown) -> list[Piece]:
    """The whole of it, for a document."""
    post, now, zone = shown.post, app.clock.now(), app.zone
    parts = [labels.state(post.shown), labels.category(post.category), labels.post_format(post.format)]
    pieces = [Piece(" · ".join(parts), "bold")]
    if post.due_at is not None:
        pieces.append(Piece(formats.whole_moment(post.due_at, zone), "dim"))
    if late := lateness(post, now):
        pieces.append(Piece(_("late {span}").format(span=formats.in_words(late)), "error"))
    pieces.append(Piece(" · ".join([post.author, *([post.campaign] if post.campaign else [])]), "dim"))
    if post.offer:
        pieces.append(offer(app, post))
    if post.accounts and not post.deliveries:
        pieces.append(Piece(" ".join(f"{platform}/{name}" for platform, name in post.accounts), "dim"))
    pieces += approval_pieces(app, shown)
    pieces += [Piece(""), *words(shown), Piece(""), Piece(_("Deliveries"), "bold")]
    for one in post.deliveries:
        pieces += _delivery(app, one, shown.rows[one.id], shown.tried[one.id], shown.whole)
        if counted := shown.figures.get(one.id):
            pieces.append(Piece("  " + figures.sentence(counted, zone), "dim"))
    if not post.deliveries:
        why = _("none yet: the post has no time") if post.due_at is None else _("none yet: the post is not ready")
        pieces.append(Piece(why, "dim"))
    return pieces


def offer(app: DeskApp, post: Post) -> Piece:
    """What a post offers, and until when."""
    until = formats.short_moment(post.offer_until, app.zone) if post.offer_until else _("no end")
    return Piece(_("offer: {offer}, until {until}").format(offer=post.offer, until=until), "warning")


def words(shown: Shown) -> list[Piece]:
    """All that goes out: the text, those of accounts that have one of their own, the first comment, and the files."""
    post, pieces = shown.post, [Piece(shown.post.body)]
    for account, text in post.versions:
        title = _("version for {account}:").format(account="/".join(account))
        pieces += [Piece(""), Piece(title, "dim"), Piece(text)]
    if post.first_comment:
        pieces += [Piece(""), Piece(_("first comment: {text}").format(text=post.first_comment))]
    for number, one in enumerate(shown.files, start=1):
        pieces += [Piece("")] if number == 1 else []
        pieces.append(Piece(_("file {number}: {name}").format(number=number, name=one.name), "accent"))
        if one.probe.alt:
            pieces.append(Piece(f"  “{one.probe.alt}”"))
        elif one.probe.kind != "audio":
            pieces.append(Piece("  " + _("no description"), "warning"))
    return pieces


def approval_pieces(app: DeskApp, shown: Shown) -> list[Piece]:
    """Where the post is on its way to approval; nothing where that plays no part."""
    said = approval_words.sentences(shown.post, shown.way, app.zone)
    if not said:
        return []
    first, *rest = said
    waits = shown.post.state in (PostState.REVIEW, PostState.EXPIRED, PostState.DRAFT)
    pieces = [Piece(first, "warning" if waits else "success"), *(Piece(one) for one in rest)]
    if shown.way.hindrance:
        pieces.append(Piece(shown.way.hindrance, "dim"))
    return [*pieces, Piece(approval_words.recorded(), "dim")]


def place(row: Row, whole: bool) -> str:
    """Where a delivery goes, and which part of a thread it is where the post is not *whole* in one."""
    account = f"{row.platform}/{row.account}"
    return account if whole else f"{account} {labels.part(row.part)}"


def _delivery(app: DeskApp, one: Delivery, row: Row, tried: list[Attempt], whole: bool) -> list[Piece]:
    zone = app.zone
    words = f"{place(row, whole)}: {labels.state(one.state)}"
    if one.sent_at is not None:
        words += f", {formats.short_moment(one.sent_at, zone)}"
    pieces = [Piece(words, _STYLES.get(one.state.value, "base"))]
    if one.remote_url:
        pieces.append(Piece("  " + one.remote_url, "accent", link=one.remote_url))
    if one.error:
        pieces.append(Piece("  " + one.error, "error"))
    if row.gone_at is not None:
        at = formats.short_moment(row.gone_at, zone)
        pieces.append(Piece("  " + _("it was there, and at {time} it was not any more").format(time=at), "error"))
    if row.next_at is not None and one.state is DeliveryState.UNKNOWN:
        at = formats.clock_time(row.next_at, zone)
        pieces.append(Piece("  " + _("the service looks for it at {time}").format(time=at), "warning"))
    elif row.next_at is not None and one.state is DeliveryState.QUEUED:
        at = formats.clock_time(row.next_at, zone)
        pieces.append(Piece("  " + _("tried again at {time}").format(time=at), "warning"))
    # What went well at once needs no history.
    if one.state is not DeliveryState.SENT or len(tried) > 1:
        for attempt in tried:
            said = f"  {formats.clock_time(attempt.at, zone)} {labels.attempt(attempt.what, attempt.outcome)}"
            pieces.append(Piece(said + (f": {attempt.error}" if attempt.error else ""), "dim"))
    return pieces
