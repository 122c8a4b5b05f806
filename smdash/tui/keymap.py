"""The member's own keys: what they wrote in ``[keys]``, checked against the table of actions.

Only read when there are any. A wish that can't be met is said by its place, and the action keeps its own keys: a wish
is held against those before it in the file and against the keys of every action that nobody rebinds, so that two
actions may swap their keys, and of two that want the same key the first one gets it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

from textual.keys import _character_to_key

from smdash.core.errors import InputError
from smdash.locale import gettext as _
from smdash.settings.keys import KeyWish
from smdash.tui.actions import ACTIONS, BY_ID, Action, character_of, key_word

Keymap = dict[str, tuple[str, ...]]

_NAMED = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "backtab": "shift+tab",
    "↓": "down",
    "↑": "up",
    "←": "left",
    "→": "right",
}
_MOVES = {"left", "right", "up", "down", "home", "end", "pageup", "pagedown", "insert", "delete"}
_PLAIN = _MOVES | {"escape", "enter", "tab", "space", "backspace"}
_FUNCTION = re.compile(r"f([1-9]|1\d|2[0-4])")
# What a terminal sends for these is another key's byte (ECMA-48, C0 control functions).
_SAME_BYTE = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "esc"}
_CTRL_SIGNS = {"backslash", "right_square_bracket", "circumflex_accent", "underscore"}
# Dialogs must always have a way out.
_ALWAYS = {"back": "escape"}


def make(wishes: Sequence[KeyWish]) -> tuple[Keymap, tuple[str, ...]]:
    """The keys of the actions that have others than their own, and what is wrong with the wishes."""
    problems: dict[int, list[str]] = {}
    wanted: dict[str, tuple[int, tuple[str, ...]]] = {}
    for at, wish in enumerate(wishes):
        problems[at] = []
        if wish.action not in BY_ID:
            problems[at].append(_unknown(wish.action))
            continue
        keys = _keys_of(wish, problems[at])
        if not problems[at]:
            wanted[wish.action] = (at, keys)
    refused = True
    while refused:
        # An action whose wish is refused has its own keys again, which may be in the way of another wish.
        refused = False
        for action_id, (at, keys) in list(wanted.items()):
            if found := _clash(BY_ID[action_id], keys, at, wanted):
                problems[at].append(found)
                del wanted[action_id]
                refused = True
    at, keys = wanted.get("leave.now", (0, ("ctrl+q",)))
    if not keys and not wanted.get("leave", (0, ("q",)))[1]:
        problems[at].append(_("one of leave and leave.now must have a key"))
        del wanted["leave.now"]
    said = [f"{wishes[at].place}: {words}" for at in sorted(problems) for words in problems[at]]
    return {action_id: keys for action_id, (_at, keys) in wanted.items()}, tuple(said)


def _keys_of(wish: KeyWish, problems: list[str]) -> tuple[str, ...]:
    """The wish's keys as Textual calls them; what is wrong with them is added to *problems*."""
    keys: list[str] = []
    for word in wish.keys:
        try:
            key = normal(word)
        except InputError as problem:
            problems.append(str(problem))
            continue
        if wish.action == "leave.now" and character_of(key):
            problems.append(
                _("“{key}” is text where one types; expected a key with ctrl or a function key").format(key=word)
            )
        elif key not in keys:
            keys.append(key)
    needed = _ALWAYS.get(wish.action)
    if needed and needed not in keys:
        keys.append(needed)
    return tuple(keys)


def _clash(action: Action, keys: tuple[str, ...], at: int, wanted: dict[str, tuple[int, tuple[str, ...]]]) -> str:
    """What another action that works in the same place has of these keys, as a sentence, or nothing."""
    for other in ACTIONS:
        if other.id == action.id or not other.scenes & action.scenes:
            continue
        place, theirs = wanted.get(other.id, (-1, tuple(other.keys.split(","))))
        for key in keys:
            if place < at and key in theirs:
                return _("“{key}” is already the key of {other}; give that another one, or take another here").format(
                    key=key_word(key), other=other.id
                )
    return ""


def _unknown(action: str) -> str:
    near = difflib.get_close_matches(action, BY_ID, 1)
    if near:
        return _("there is no such action; did you mean {near}?").format(near=near[0])
    return _("there is no such action; known: {known}").format(known=", ".join(BY_ID))


def normal(word: str) -> str:
    """A key as people write it (``^d``, ``G``, ``esc``, ``shift-tab``) as Textual calls it. Raises InputError."""
    text = unicodedata.normalize("NFC", word)
    if len(text) == 1 and text.isprintable() and text != " ":
        return _NAMED.get(text) or _character_to_key(text)
    if text == " ":
        return "space"
    modifiers, key = _split(text)
    key = _NAMED.get(key.lower(), key)
    if key == "shift+tab":
        modifiers.add("shift")
        key = "tab"
    if len(key) == 1 and key.isprintable():
        if modifiers == {"shift"} and key.isalpha() and len(key.upper()) == 1:
            return key.upper()
        key = _character_to_key(key.lower() if modifiers else key)
    elif key.lower() in _PLAIN or _FUNCTION.fullmatch(key.lower()):
        key = key.lower()
    elif not (sign := character_of(key)) or _character_to_key(sign) != key:
        # A sign's name counts only as Textual itself would write it.
        raise InputError(
            _("“{key}” is not a key; expected one such as d, G, ?, space, esc, f5, ctrl+d").format(key=word[:40])
        )
    full = "+".join([*(name for name in ("alt", "ctrl", "shift") if name in modifiers), key])
    if full in _SAME_BYTE:
        raise InputError(
            _("“{key}” is the same as {other} for a terminal; expected another key").format(
                key=word, other=_SAME_BYTE[full]
            )
        )
    if not _sendable(modifiers, key):
        raise InputError(_("a terminal can't send “{key}”; expected another key").format(key=word[:40]))
    return full


def _split(text: str) -> tuple[set[str], str]:
    """The modifiers and what is left; ``^d`` and ``shift-tab`` are how help writes them."""
    modifiers: set[str] = set()
    while True:
        if found := re.match(r"(ctrl|control|c|alt|meta|shift|s|m)[+-](?=.)", text, re.IGNORECASE):
            name = found[1].lower()
            modifiers.add({"control": "ctrl", "c": "ctrl", "m": "alt", "meta": "alt", "s": "shift"}.get(name, name))
            text = text[found.end() :]
        elif len(text) > 1 and text[0] == "^":
            modifiers.add("ctrl")
            text = text[1:]
        else:
            return modifiers, text


def _sendable(modifiers: set[str], key: str) -> bool:
    """Whether every common terminal has bytes of its own for the key with these modifiers."""
    if not modifiers:
        return True
    letter = len(key) == 1 and key.isascii() and key.isalnum()
    if modifiers == {"ctrl"}:
        return (letter and key.isalpha()) or key in _MOVES | _CTRL_SIGNS or bool(_FUNCTION.fullmatch(key))
    if modifiers == {"shift"}:
        return key in _MOVES | {"tab"}
    if modifiers == {"ctrl", "shift"}:
        return key in _MOVES
    return modifiers == {"alt"} and letter
