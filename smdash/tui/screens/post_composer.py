"""Writing a post: its fields above, the text below, and beside it what each network would show.

What stands here is the member's own draft, kept as it is typed, until it is saved as a post. Nothing is sent from here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import TextArea

from smdash.core import drafting, formats
from smdash.core.drafting import ALL, Typed
from smdash.core.errors import Refused, SmdashError
from smdash.core.posts import is_over
from smdash.core.records import Category, PostState
from smdash.locale import gettext as _
from smdash.store import post_drafts, posts
from smdash.tui.actions import binding
from smdash.tui.screens import post_preview
from smdash.tui.screens.ask import Words
from smdash.tui.screens.details import PlainScreen
from smdash.tui.screens.picker import Picker
from smdash.tui.screens.post_fields import PostFields
from smdash.tui.screens.post_keeping import Keeping
from smdash.tui.screens.post_writing import State
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.fields import Fields
from smdash.tui.widgets.lines import Piece
from smdash.tui.widgets.ruled import Ruled

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from smdash.core.records import Actor, Post
    from smdash.store.driver import Connection

# How long after a letter the preview follows (seconds).
BESIDE_AFTER_S = 0.05
# From this width on the preview stands beside the text (cells).
WIDE = 110


class PostComposer(PostFields, Screen[int | None], inherit_bindings=False):
    """``dismiss`` gives the post that was saved, or nothing."""

    CSS = """
    PostComposer { layout: vertical; }
    PostComposer Fields { max-height: 50%; }
    PostComposer TextArea { height: 1fr; border: none; padding: 0 1; }
    PostComposer #beside { width: 2fr; display: none; }
    PostComposer #written { width: 3fr; }
    PostComposer.wide #beside { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        binding(one)
        for one in ("post.save", "post.fields", "post.version", "post.preview", "compose.editor", "compose.leave")
    ]

    def __init__(self, post_id: int = post_drafts.NEW, *, begin: Typed | None = None) -> None:
        """*begin*: what stands in the fields of a new post at first, where no draft is kept."""
        super().__init__()
        self.post_id = post_id
        self.state = State(begin or Typed())
        self.fields = Fields()
        self.rule = Ruled(across=True)
        self.area = TextArea(compact=True, soft_wrap=True, tab_behavior="focus")
        self.counts = Ruled()
        self.words = Words(Piece(""))
        self.beside = Document()
        self.beside.can_focus = False
        # Whose text is written: ALL, or an account that has one of its own.
        self.writing = ALL
        self.keeping = Keeping(self)
        self._showing: asyncio.TimerHandle | None = None
        self._warned = False
        self._leaving = False
        self._ready = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="written"):
                yield self.fields
                yield self.rule
                yield self.area
            with Vertical(id="beside"):
                yield self.beside
        yield self.counts
        yield self.words

    async def on_mount(self) -> None:
        self.area.focus()
        await self._begin()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "wide")
        if self._ready:
            self.show()

    # Reading and beginning.

    async def _begin(self) -> None:
        post_id, actor = self.post_id, self.host.backend.actor

        def read(conn: Connection) -> tuple[Post | None, post_drafts.Kept | None]:
            post = posts.get(conn, post_id) if post_id else None
            return post, None if actor is None else post_drafts.kept(conn, actor.member_id, post_id)

        if not await self.read_around():
            return
        try:
            post, kept = await self.host.backend.read(read)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        self.state.post = post
        if post is not None:
            self.state.typed = drafting.of_post(post)
        if kept is not None:
            self.state.typed = kept.typed
        elif post is None and self.state.typed.category is Category.OTHER:
            self.suggest()
        self.keeping.found()
        self._ready = True
        self._show_text(ALL)
        self.show()
        self.look_later()
        if kept is not None:
            at = formats.short_moment(kept.at, self.host.zone)
            self.say(_("your draft of {time}").format(time=at), "accent")
        elif post is not None and is_over(post):
            self.say(_("this post is “{state}”; it can't be changed any more").format(state=post.shown), "warning")

    def reload(self, topics: frozenset[str]) -> None:
        """What stands around the text moved; what is typed stays."""
        if not self._ready:
            return
        if topics & {"team", "campaign"}:
            self.host.spawn(self._read_again(self.read_around()))
        elif "post" in topics and self.post_id:
            # While others' posts go out, this one's files are all that matters here.
            self.host.spawn(self._read_again(self.read_files()))

    async def _read_again(self, reading: Coroutine[None, None, bool]) -> None:
        if await reading:
            self.show()

    def tick(self) -> None:
        """The clock moved on: how long it is until it goes out."""
        if self._ready:
            self.show()

    # What stands on the screen.

    def show(self) -> None:
        """Draw all of it for what is typed now."""
        self.fields.show(self.rows())
        self._show_written()

    def _show_written(self) -> None:
        """Draw what follows each letter: the counts, and the preview where there is room for one."""
        typed, places = self.state.typed, self.state.places
        self.counts.show(post_preview.counts(typed, places) or [Piece(_("no account is chosen"), "dim")])
        if self.has_class("wide") and self._showing is None:
            # A moment behind the letter, which must not wait for it.
            self._showing = asyncio.get_running_loop().call_later(BESIDE_AFTER_S, self._show_beside)
        title = _("Post {id}").format(id=self.post_id) if self.post_id else _("New post")
        pieces = [Piece(title, "bold"), Piece(" · ", "dim")]
        for key, words in post_preview.texts(self.state.typed, self.state.places):
            pieces.append(Piece(words, "accent" if key == self.writing else "dim"))
            pieces.append(Piece(" · ", "dim"))
        self.rule.show(pieces[:-1])
        self._hint()

    def _preview(self) -> list[Piece]:
        remarks = [Piece(words, style) for words, style in self.state.remarks]
        return post_preview.paragraphs(self.state.typed, self.state.places, remarks)

    def _show_beside(self) -> None:
        self._showing = None
        if self.is_attached:
            self.beside.show(_("Preview"), self._preview(), keep_place=True)

    def _hint(self) -> None:
        if self.state.remark is not None:
            self.words.say(self.state.remark)
            return
        hints = [
            ("post.fields", _("fields")),
            ("post.save", _("save")),
            ("post.version", _("other text")),
            ("post.preview", _("preview")),
            ("compose.editor", _("editor")),
            ("compose.leave", _("leave, the draft is kept") if self.size.width >= WIDE else _("leave")),
        ]
        said = [f"{self.host.key_words(one)[0]} {label}" for one, label in hints if self.host.keys_of(one)]
        self.words.say(Piece("  ".join(said), "dim"))

    def say(self, words: str, style: str = "accent") -> None:
        """Show a remark on the last line, until something is typed."""
        self.state.remark = Piece(words, style)
        self.words.say(self.state.remark)

    @on(Fields.Opened)
    def _opened(self, event: Fields.Opened) -> None:
        if self._ready:
            self.open_field(event.key)

    # Typing.

    def changed(self, typed: Typed) -> None:
        """A field has another value."""
        self._take(typed)
        if self.writing not in ("", *typed.accounts):
            self._show_text(ALL)
        self.show()

    def _take(self, typed: Typed) -> None:
        self.state.typed = typed
        self.state.remark = None
        self._warned = self._leaving = False
        self.keeping.later()
        self.look_later()

    @on(TextArea.Changed)
    def _typed(self) -> None:
        texts = self.state.typed.texts
        if not self._ready or self.area.text == self._text_of(self.writing):
            return
        self._take(self.state.typed._replace(texts={**texts, self.writing: self.area.text}))
        self._show_written()

    def _show_text(self, key: str) -> None:
        """Write on at the text for all, or at an account's own."""
        self.writing = key
        self.area.text = self._text_of(key)
        self.area.move_cursor(self.area.document.end)

    def _text_of(self, key: str) -> str:
        """What stands in the text: an account without its own begins with the text for all."""
        texts = self.state.typed.texts
        return texts[key] if key in texts else texts.get(ALL, "")

    def action_fields(self) -> None:
        """From the text to the fields, and back."""
        # At once: what is typed right behind the key is for where it leads.
        self.set_focus(self.area if self.fields.has_focus else self.fields)

    def action_version(self) -> None:
        """The next account's text; one without its own begins with the text for all."""
        keys = [key for key, _words in post_preview.texts(self.state.typed, self.state.places)]
        if len(keys) < 2:
            self.say(_("choose an account first"), "warning")
            return
        at = keys.index(self.writing) if self.writing in keys else 0
        key = keys[(at + 1) % len(keys)]
        # One that was emptied takes the text for all again.
        texts = {one: text for one, text in self.state.typed.texts.items() if one == ALL or text.strip()}
        self.state.typed = self.state.typed._replace(texts=texts)
        self._show_text(key)
        self.set_focus(self.area)
        self.show()
        if key != ALL:
            self.say(_("what you change here is for {account} alone; empty it to take the text for all").format(
                account=key
            ))  # fmt: skip

    def action_editor(self) -> None:
        """Write on in $EDITOR."""
        from smdash.tui.outside import edit

        text = edit(self.host, self.area.text)
        if text is not None:
            self.area.text = text

    def action_preview(self) -> None:
        """The post as each network shows it, on a screen of its own."""
        self.host.push_screen(PlainScreen(_("Preview"), self._preview(), self.state.typed.body, None))

    # Saving.

    def is_looked_at(self) -> bool:
        """Whether nothing lies over it, and it is still there."""
        return self.is_current

    async def settled(self) -> bool:
        """Make sure that there is a post: a new one is kept as a draft; returns whether there is one."""
        if self.post_id:
            return True
        typed, now, zone = self.state.typed, self.host.clock.now(), self.host.backend.team.zone
        try:
            post = await self.host.backend.write(
                lambda conn, actor: post_drafts.save(conn, actor, post_drafts.NEW, typed, now, zone, unready=True)
            )
        except SmdashError as problem:
            self.say(str(problem), "error")
            return False
        self.post_id, self.state.post = post.id, post
        self.state.typed = typed._replace(seen=drafting.of_post(post).seen)
        self.keeping.anew()
        return True

    def action_save(self) -> None:
        """Ask what the post is to become, where there is a choice, and write it."""
        if self.keeping.rests or not self._ready:
            return
        choices = post_preview.wishes(self.state.typed, self.state.post, self.state.approval, self.host.zone)
        if len(choices) == 1:
            self._save(choices[0].value)
            return
        self.host.push_screen(Picker(_("What is it now?"), choices), self._save)

    def _save(self, wish: str | None) -> None:
        if wish is not None:
            self.host.spawn(self._write(wish))

    async def _write(self, wish: str) -> None:
        typed, post_id, now, anyway = self.state.typed, self.post_id, self.host.clock.now(), self._warned
        zone = self.host.backend.team.zone

        def write(conn: Connection, actor: Actor) -> Post:
            return post_drafts.save(
                conn, actor, post_id, typed, now, zone, wish=PostState(wish) if wish else None, anyway=anyway,
                unready=wish == "draft",
            )  # fmt: skip

        self.keeping.rests = True
        try:
            post = await self.host.backend.write(write)
        except Refused as problem:
            # Asked once: who saves again after reading this means it.
            self.say(str(problem), "warning")
            self._warned = True
            return
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        finally:
            self.keeping.rests = False
        self._end()
        self.dismiss(post.id)
        self.host.say(post_preview.saved_words(post, self.host.zone))

    # Leaving.

    def discard(self) -> None:
        """Forget the draft and leave."""
        post_id = self.post_id
        self._end()
        self.host.spawn(self.host.perform(lambda conn, actor: post_drafts.discard(conn, actor.member_id, post_id)))
        self.dismiss(None)

    async def action_leave(self) -> None:
        # What can't be kept is thrown away only by who asks for that twice.
        if not self._ready or await self.keeping.keep() or self._leaving:
            self._end()
            self.dismiss(None)
        self._leaving = True

    def _end(self) -> None:
        self.keeping.cancel()
        self.end_looking()

    def on_key(self, event: events.Key) -> None:
        # What was typed while this was on its way is text already.
        if event.character and event.is_printable and self.focused is None:
            event.stop()
            self.area.insert(event.character)
