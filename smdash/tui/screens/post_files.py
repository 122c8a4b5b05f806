"""The files of a post that is being written, and what is asked of a designer for it.

Both hang on a post, so that a new one is kept as a draft of its own before the first of them. They are written at once:
a file can be big, and somebody else begins to work.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from smdash.core import formats, labels
from smdash.core.errors import InputError, SmdashError
from smdash.core.media import short_type
from smdash.core.snooze import parse_planned
from smdash.locale import gettext as _
from smdash.store import assets, attachments, media, teams
from smdash.tui.cells import fit, literal
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.screens.post_writing import Writing
from smdash.tui.widgets.fields import Field

if TYPE_CHECKING:
    from smdash.core.assets import Asset
    from smdash.core.media import Attachment
    from smdash.core.records import Actor
    from smdash.store.driver import Connection


class PostFiles(Writing):
    """The composer's part for both."""

    async def read_files(self) -> bool:
        """Read what hangs on the post; returns whether that went well."""
        post_id = self.post_id
        try:
            self.state.files, self.state.assets = await self.host.backend.read(
                lambda conn: (attachments.of_post(conn, post_id), assets.of_post(conn, post_id))
            )
        except SmdashError as problem:
            self.say(str(problem), "error")
            return False
        return True

    # What stands there.

    def file_rows(self) -> list[Field]:
        """The fields for both."""
        files, asked = self.state.files, self.state.assets
        if not files:
            rows = [Field("files", _("files"), _("none"), "dim")]
        else:
            bare = any(not one.probe.alt and one.probe.kind != "audio" for one in files)
            words = ", ".join(self._file_words(one) for one in files)
            rows = [Field("files", _("files"), words, "warning" if bare else "base")]
        if not asked:
            return [*rows, Field("assets", _("to be made"), _("nothing"), "dim")]
        return [*rows, Field("assets", _("to be made"), ", ".join(map(self._asset_words, asked)), "warning")]

    def _file_words(self, one: Attachment) -> str:
        words = [one.name]
        if one.part > 1:
            words.append(_("part {n}").format(n=one.part))
        words.append(_("described") if one.probe.alt else _("no description"))
        return " ".join((words[0], f"({', '.join(words[1:])})"))

    def _asset_words(self, one: Asset) -> str:
        words = f"{one.what} ({one.owner})"
        if one.due_at is not None:
            words += " " + formats.short_moment(one.due_at, self.host.zone)
        return words

    # Files.

    def ask_files(self) -> None:
        """Attach one, or choose one of those that are there."""
        choices = [Choice("new", _("attach a file"))]
        for number, one in enumerate(self.state.files[: MOST_CHOICES - 1], start=1):
            choices.append(Choice(str(number), literal(one.name), short_type(one.probe.media_type)))
        if len(choices) == 1:
            self._ask_path()
            return
        self.host.push_screen(Picker(_("Files"), choices), self._file_chosen)

    def _file_chosen(self, value: str | None) -> None:
        if value == "new":
            self._ask_path()
        elif value is not None:
            number = int(value)
            one = self.state.files[number - 1]
            choices = [
                Choice("alt", _("describe it for those who can't see or hear it")),
                Choice("part", _("to another part of the thread")),
                Choice("remove", _("take it away")),
            ]
            self.host.push_screen(Picker(literal(one.name), choices), lambda what: self._file_act(number, one, what))

    def _file_act(self, number: int, one: Attachment, what: str | None) -> None:
        if what == "alt":
            self._ask_alt(number, one)
        elif what == "part":
            self._ask_part(number, one)
        elif what == "remove":
            self._change(
                lambda conn, actor: attachments.remove(conn, actor, self.post_id, number, self.host.clock.now())
            )

    def _ask_path(self) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                self.host.spawn(self._take_file(text))

        asked = _("Which file? Its path on this machine")
        self.host.push_screen(Ask(asked, lambda _text: "", hint="~/foto.jpg"), take)

    async def _take_file(self, typed: str) -> None:
        self.say(_("copying…"), "dim")
        database = self.host.backend.path
        try:
            source = path_of(typed)
            if not await self.settled():
                return
            limits = await self.host.backend.read(teams.limits)
            taken = await asyncio.to_thread(media.take, database, source, limits)
            post_id, now = self.post_id, self.host.clock.now()
            number = await self.host.backend.write(
                lambda conn, actor: attachments.add(conn, actor, post_id, taken, now)
            )
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        await self._changed_around()
        if number <= len(self.state.files) and self.is_looked_at():
            self._ask_alt(number, self.state.files[number - 1])

    def _ask_alt(self, number: int, one: Attachment) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                alt = "" if text == "-" else text
                self._change(
                    lambda conn, actor: attachments.describe(
                        conn, actor, self.post_id, number, alt, self.host.clock.now()
                    )
                )

        asked = _("What is to be seen or heard in {name}? (- for nothing)").format(name=fit(one.name, 30).rstrip())
        self.host.push_screen(Ask(asked, lambda _text: "", value=one.probe.alt), take)

    def _ask_part(self, number: int, one: Attachment) -> None:
        def read(text: str) -> int:
            if not (text.isascii() and text.isdigit() and len(text) < 4):
                raise InputError(_("a thread's parts count from 1"))
            return int(text)

        def check(text: str) -> str:
            return _("part {n}").format(n=read(text))

        def take(text: str | None) -> None:
            if text is not None:
                part = read(text)
                self._change(
                    lambda conn, actor: attachments.move(
                        conn, actor, self.post_id, number, MOST_CHOICES, self.host.clock.now(), part=part
                    )
                )

        self.host.push_screen(Ask(_("Which part of the thread?"), check, value=str(one.part)), take)

    # What is to be made.

    def ask_assets(self) -> None:
        """Ask for one, or choose one of those that were asked for."""
        choices = [Choice("new", _("ask somebody to make something"))]
        for one in self.state.assets[: MOST_CHOICES - 1]:
            choices.append(Choice(str(one.id), literal(one.what), literal(one.owner)))
        if len(choices) == 1:
            self._ask_what()
            return
        self.host.push_screen(Picker(_("To be made"), choices), self._asset_chosen)

    def _asset_chosen(self, value: str | None) -> None:
        if value == "new":
            self._ask_what()
        elif value is not None:
            asset_id = int(value)
            choices = [Choice("done", _("it is made")), Choice("drop", _("it is not needed any more"))]
            acts: dict[str, Callable[[Connection, Actor], object]] = {
                "done": lambda conn, actor: assets.done(conn, actor, asset_id, self.host.clock.now()),
                "drop": lambda conn, actor: assets.drop(conn, actor, asset_id, self.host.clock.now()),
            }
            self.host.push_screen(
                Picker(_("What about it?"), choices), lambda what: self._change(acts[what]) if what else None
            )

    def _ask_what(self) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                self.host.spawn(self._ask_whom(text))

        self.host.push_screen(
            Ask(_("What is to be made?"), lambda _text: "", hint=_("photo, 4:5, with the new cup")), take
        )

    async def _ask_whom(self, what: str) -> None:
        try:
            found = await self.host.backend.read(assets.choices)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        choices = [Choice(one.login, literal(one.name), labels.role(one.role)) for one in found[:MOST_CHOICES]]

        def chosen(login: str | None) -> None:
            if login is not None:
                self._ask_until(what, login)

        self.host.push_screen(Picker(_("Who makes it?"), choices), chosen)

    def _ask_until(self, what: str, login: str) -> None:
        zone = self.host.zone

        def check(text: str) -> str:
            return "" if text == "-" else formats.whole_moment(parse_planned(text, zone, self.host.clock.now()), zone)

        def take(text: str | None) -> None:
            if text is None:
                return
            now = self.host.clock.now()
            due_at = None if text == "-" else parse_planned(text, zone, now)

            async def write() -> None:
                if await self.settled():
                    name = self.host.backend.team.zone
                    await self._change_now(
                        lambda conn, actor: assets.ask(
                            conn, actor, now, what=what, owner=login, post_id=self.post_id, due_at=due_at, zone=name
                        )
                    )

            self.host.spawn(write())

        asked = _("Until when? (- for no time)")
        self.host.push_screen(Ask(asked, check, hint=_("tomorrow 9, Fri 14:00, 15:30, 3h")), take)

    # Writing.

    def _change(self, work: Callable[[Connection, Actor], object]) -> None:
        self.host.spawn(self._change_now(work))

    async def _change_now(self, work: Callable[[Connection, Actor], object]) -> None:
        try:
            await self.host.backend.write(work)
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        await self._changed_around()

    async def _changed_around(self) -> None:
        if await self.read_files():
            self.state.remark = None
            self.show()
            self.look_later()


def path_of(typed: str) -> Path:
    """The path that somebody typed, or that a terminal pasted: quoted, with spaces escaped, as file:// or with ~.

    Raises InputError for none.
    """
    text = typed.strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    elif text[:1] in "'\"" or "\\ " in text:
        try:
            text = " ".join(shlex.split(text))
        except ValueError:
            text = text.strip("'\"")
    try:
        path = Path(text).expanduser()
    except (RuntimeError, ValueError) as problem:
        raise InputError(_("“{path}” leads nowhere").format(path=typed)) from problem
    if not text or "\0" in text:
        raise InputError(_("“{path}” leads nowhere").format(path=typed))
    return path
