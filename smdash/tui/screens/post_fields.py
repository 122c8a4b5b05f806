"""The fields of a post that is being written: what stands there, and how each is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core import formats, labels
from smdash.core.clock import Span
from smdash.core.drafting import Place
from smdash.core.errors import InputError, SmdashError
from smdash.core.records import Account, Category, Format
from smdash.core.snooze import parse_planned
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.store import campaigns, linting, post_drafts, posts, slots
from smdash.tui.cells import literal
from smdash.tui.screens import post_preview
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.screens.post_files import PostFiles
from smdash.tui.widgets.fields import Field
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from smdash.core.lint import Finding
    from smdash.store.driver import Connection

# How long after the last letter what speaks against the post is looked for (seconds).
LOOK_AFTER_S = 0.4
# What is due since less than this goes out as soon as it is saved; what is older waits for a person.
AT_ONCE = timedelta(minutes=50)
# How far back and ahead posts count for the mix.
MIX_SPAN = timedelta(days=30)


class PostFields(PostFiles):
    """The composer's half that asks; what it writes comes back to ``changed``."""

    _looking: asyncio.TimerHandle | None = None

    # Reading.

    async def read_around(self) -> bool:
        """Read what the fields can be; returns whether that went well."""
        now, actor = self.host.clock.now(), self.host.backend.actor

        def read(conn: Connection) -> tuple[Any, ...]:
            from smdash.core import mix
            from smdash.store import mixing

            span = Span(now - MIX_SPAN, now + MIX_SPAN)
            return (
                post_drafts.places(conn),
                [one.name for one in campaigns.select(conn, ending_after=now)],
                posts.approval(conn),
                mix.count(mixing.pieces(conn, span), mixing.targets(conn)).whole.next,
                post_drafts.usual_accounts(conn, actor.member_id) if actor else (),
            )

        try:
            found = await self.host.backend.read(read)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return False
        state = self.state
        state.places, state.campaigns, state.approval, state.wanted, state.usual = found
        return await self.read_files()

    def suggest(self) -> None:
        """Begin a new post where the member posted last, and with what the mix asks for."""
        state = self.state
        known = {one.key for one in state.places}
        accounts = state.typed.accounts or tuple(one for one in state.usual if one in known)
        if not accounts and len(state.places) == 1:
            accounts = (state.places[0].key,)
        state.typed = state.typed._replace(accounts=accounts, category=state.wanted or state.typed.category)

    def look_later(self) -> None:
        """Look soon for what speaks against the post."""
        self.end_looking()
        self._looking = asyncio.get_running_loop().call_later(LOOK_AFTER_S, self._look_soon)

    def end_looking(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look_soon(self) -> None:
        self._looking = None
        self.host.spawn(self._look())

    async def _look(self) -> None:
        typed, post_id, now = self.state.typed, self.post_id, self.host.clock.now()
        places = post_preview.chosen(typed, self.state.places)
        goes = [Account(one.id, one.platform, one.name, None, None, one.status) for one in places]

        def read(conn: Connection) -> tuple[list[Finding], datetime | None]:
            found = linting.of_typed(conn, post_id, typed, places, now) if places else []
            return found, slots.next_free(conn, now, goes)

        try:
            found, self.state.slot = await self.host.backend.read(read)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        if typed == self.state.typed:
            self.state.remarks = [(one.sentence, "error" if one.blocks else "warning") for one in found]
            self.show()

    # What stands there.

    def rows(self) -> list[Field]:
        """The fields with their values."""
        typed, zone = self.state.typed, self.host.zone
        goes = post_preview.chosen(typed, self.state.places)
        rows = [
            self._goes_row(goes),
            self._due_row(),
            Field("category", _("category"), self._category_words()),
            Field("format", _("format"), labels.post_format(typed.format)),
            Field("campaign", _("campaign"), typed.campaign or _("none"), "base" if typed.campaign else "dim"),
        ]  # fmt: skip
        if typed.category is Category.HARD_SELL or typed.offer or typed.offer_until:
            until = formats.whole_moment(typed.offer_until, zone) if typed.offer_until else _("no end")
            rows += [
                Field("offer", _("offer"), typed.offer or _("none"), "base" if typed.offer else "warning"),
                Field("offer_until", _("until"), until, "base" if typed.offer_until else "dim"),
            ]
        rows.append(
            Field(
                "comment",
                _("first comment"),
                typed.first_comment or _("none"),
                "base" if typed.first_comment else "dim",
            )
        )
        rows += self.file_rows()
        if remarks := self.state.remarks:
            more = f" (+{formats.number(len(remarks) - 1)})" if len(remarks) > 1 else ""
            rows.append(Field("remarks", _("remarks"), remarks[0][0] + more, remarks[0][1]))
        rows.append(Field("discard", _("throw away"), _("forget what was typed since it was saved"), "dim"))
        return rows

    def _goes_row(self, goes: Sequence[Place]) -> Field:
        if not goes:
            return Field("accounts", _("goes to"), _("nowhere yet"), "warning")
        paused = [one for one in goes if one.status == "paused"]
        said = (f"{post_preview.name(one)} ({labels.status(one.status)})" if one in paused else post_preview.name(one)
                for one in goes)  # fmt: skip
        return Field("accounts", _("goes to"), ", ".join(said), "warning" if paused else "base")

    def _due_row(self) -> Field:
        due, now = self.state.typed.due_at, self.host.clock.now()
        if due is None:
            words = _("no time yet")
            if self.state.slot is not None:
                moment = formats.short_moment(self.state.slot, self.host.zone)
                words += " (" + _("the next empty slot: {moment}").format(moment=moment) + ")"
            return Field("due", _("goes out"), words, "dim")
        words = formats.whole_moment(due, self.host.zone)
        if now - due > AT_ONCE:
            return Field("due", _("goes out"), words + ", " + _("that is over"), "warning")
        if due <= now:
            return Field("due", _("goes out"), words + ", " + _("at once"))
        return Field("due", _("goes out"), words + ", " + _("in {span}").format(span=formats.short_span(due - now)))

    def _category_words(self) -> str:
        typed, wanted = self.state.typed, self.state.wanted
        words = labels.category(typed.category)
        if wanted is not None and wanted is not typed.category:
            words += " (" + _("the mix asks for {category}").format(category=labels.category(wanted)) + ")"
        return words

    # Asking.

    def open_field(self, key: str) -> None:
        """Ask for the value of a field."""
        ask: dict[str, Callable[[], None]] = {
            "accounts": self._ask_accounts,
            "due": self._ask_due,
            "category": self._ask_category,
            "format": self._ask_format,
            "campaign": self._ask_campaign,
            "offer": self._ask_offer,
            "offer_until": self._ask_offer_until,
            "comment": self._ask_comment,
            "files": self.ask_files,
            "assets": self.ask_assets,
            "remarks": self._show_remarks,
            "discard": self._ask_discard,
        }
        ask[key]()

    def _ask_accounts(self, at: str | None = None) -> None:
        """Choose accounts one after the other; escape is done."""
        places = self.state.places
        if not places:
            self.say(_("there is no account yet; the service's owner adds them: smdash account add"), "warning")
            return
        if len(places) > MOST_CHOICES:
            self._ask_accounts_by_name()
            return
        mark = self.host.glyphs.marked
        choices = [
            Choice(
                one.key, (mark if one.key in self.state.typed.accounts else " ") + " " + literal(post_preview.name(one))
            )
            for one in places
        ]
        self.host.push_screen(Picker(_("Where does it go? (esc: done)"), choices, at), self._account_toggled)

    def _account_toggled(self, key: str | None) -> None:
        if key is None:
            return
        now = self.state.typed.accounts
        self._put(accounts=tuple(one for one in now if one != key) if key in now else (*now, key))
        self._ask_accounts(key)

    def _ask_accounts_by_name(self) -> None:
        """Where there are more accounts than keys to choose them with."""

        def find(text: str) -> list[str]:
            words = text.replace(",", " ").casefold().split()
            found = [
                one.key for one in self.state.places
                if any(word in f"{one.key} {post_preview.name(one)}".casefold() for word in words)
            ]  # fmt: skip
            if not found:
                raise InputError(_("no account has these words"))
            return found

        def check(text: str) -> str:
            return ", ".join(find(text))

        def take(text: str | None) -> None:
            if text is not None:
                self._put(accounts=tuple(find(text)))

        goes = " ".join(self.state.typed.accounts)
        self.host.push_screen(Ask(_("Where does it go? Parts of names"), check, value=goes), take)

    def _ask_due(self) -> None:
        zone, slot = self.host.zone, self.state.slot

        def read(text: str) -> datetime:
            if text.casefold() != "slot":
                return self._time(text)
            if slot is None:
                raise InputError(_("no slot is empty, or the team has none; name a time"))
            return slot

        def check(text: str) -> str:
            return "" if text in _NONE else formats.whole_moment(read(text), zone)

        def take(text: str | None) -> None:
            if text is not None:
                self._put(due_at=None if text in _NONE else read(text))

        asked = _("When does it go out? (- for no time yet)")
        hint = _("tomorrow 9, Fri 14:00, 15:30, 3h")
        if slot is not None:
            hint = f"slot, {hint}"
        self.host.push_screen(Ask(asked, check, hint=hint), take)

    def _time(self, text: str) -> datetime:
        """A time to come. Raises InputError."""
        now = self.host.clock.now()
        due = parse_planned(text, self.host.zone, now)
        if due < now:
            raise InputError(_("that time is over already; choose one that is still to come"))
        return due

    def _ask_category(self) -> None:
        choices = [Choice(one.value, labels.category(one)) for one in Category]
        self.host.push_screen(
            Picker(_("What kind of content?"), choices, self.state.typed.category.value),
            lambda value: self._put(category=Category(value)) if value else None,
        )

    def _ask_format(self) -> None:
        choices = [Choice(one.value, labels.post_format(one)) for one in Format]
        self.host.push_screen(
            Picker(_("Which format?"), choices, self.state.typed.format.value),
            lambda value: self._put(format=Format(value)) if value else None,
        )

    def _ask_campaign(self) -> None:
        names = self.state.campaigns[: MOST_CHOICES - 1]
        choices = [Choice("", _("none")), *(Choice(f"={name}", literal(name)) for name in names)]

        def take(value: str | None) -> None:
            if value is not None:
                self._put(campaign=value[1:] or None)

        chosen = f"={self.state.typed.campaign}" if self.state.typed.campaign else ""
        self.host.push_screen(Picker(_("Which campaign?"), choices, chosen), take)

    def _ask_offer(self) -> None:
        self._ask_text("offer", _("What does it offer? (- for nothing)"), self.state.typed.offer)

    def _ask_comment(self) -> None:
        asked = _("What does the account put below it itself? (- for nothing)")
        self._ask_text("first_comment", asked, self.state.typed.first_comment)

    def _ask_text(self, name: str, asked: str, value: str | None) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                self._put(**{name: None if text in _NONE else clean(text)})

        self.host.push_screen(Ask(asked, lambda _text: "", value=value or ""), take)

    def _ask_offer_until(self) -> None:
        zone = self.host.zone

        def check(text: str) -> str:
            return "" if text in _NONE else formats.whole_moment(self._time(text), zone)

        def take(text: str | None) -> None:
            if text is not None:
                self._put(offer_until=None if text in _NONE else self._time(text))

        asked = _("Until when does the offer hold? (- for no end)")
        self.host.push_screen(Ask(asked, check, hint=_("tomorrow 9, Fri 14:00, 15:30, 3h")), take)

    def _show_remarks(self) -> None:
        from smdash.tui.screens.details import PlainScreen

        pieces = [Piece(words, style) for words, style in self.state.remarks]
        text = "\n".join(words for words, _style in self.state.remarks)
        self.host.push_screen(PlainScreen(_("Remarks"), pieces, text, None))

    def _ask_discard(self) -> None:
        choices = [Choice("no", _("write on")), Choice("yes", _("throw away what was typed"))]
        self.host.push_screen(
            Picker(_("Throw it away?"), choices), lambda value: self.discard() if value == "yes" else None
        )

    def _put(self, **values: Any) -> None:
        self.changed(self.state.typed._replace(**values))


# What is typed for an empty field, since an empty line means nothing was said.
_NONE = ("-", "–")
