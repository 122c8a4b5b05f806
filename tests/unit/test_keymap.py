"""The table of actions, and the keys that members wish for instead."""

from __future__ import annotations

from itertools import combinations

import pytest

from smdash.core.errors import InputError
from smdash.settings.keys import KeyWish
from smdash.tui import keymap
from smdash.tui.actions import ACTIONS, BY_ID, PLACES, UNBOUND, binding, key_word


def make(**wishes: str | list[str]) -> tuple[keymap.Keymap, tuple[str, ...]]:
    """The keymap of these wishes; a double underscore stands for the dot of an id."""
    made = [
        KeyWish(name.replace("__", "."), (keys,) if isinstance(keys, str) else tuple(keys), f"c.toml:{at}: keys.x")
        for at, (name, keys) in enumerate(wishes.items(), start=1)
    ]
    return keymap.make(made)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_named_explained_and_rebound(action) -> None:  # type: ignore[no-untyped-def]
    assert BY_ID[action.id] is action, "two actions have this id"
    assert action.label and action.help and action.where in PLACES
    bound = binding(action.id)
    assert (bound.id, bound.tooltip) == (action.id, action.help)
    # Each default is a key that a member could write as well: every terminal sends it, no other key is the same byte.
    for key in filter(None, action.keys.split(",")):
        assert keymap.normal(key) == key == keymap.normal(key_word(key))


def test_no_two_defaults_clash_where_both_work() -> None:
    for one, other in combinations(ACTIONS, 2):
        if one.scenes & other.scenes:
            shared = set(filter(None, one.keys.split(","))) & set(other.keys.split(","))
            assert not shared, (one.id, other.id, shared)


def test_everything_is_reached_by_keyboard_alone() -> None:
    unkeyed = [action for action in ACTIONS if not action.keys]
    assert [action.id for action in unkeyed] == [
        "mention.like", "mention.hide", "mention.delete", "mention.merge", "mention.unmerge", "assets", "since", "freeze",
        "theme",
    ]  # fmt: skip
    assert all(action.palette for action in unkeyed)
    # The list of commands needs no entry in itself, and what goes back does so over the desk alone.
    # The composer has the keyboard to itself, and its keys stand on the screen, as those of a document do.
    elsewhere = {
        action.id for action in ACTIONS if action.where in ("composer", "documents", "review", "sync", "writing")
    }
    assert {action.id for action in ACTIONS if not action.palette} == {"palette", "back"} | elsewhere


def test_palette_entries_and_help_lines_are_told_apart() -> None:
    helps = [action.help for action in ACTIONS]
    assert len(set(helps)) == len(helps)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("d", "d"), ("G", "G"), ("?", "question_mark"), ("/", "slash"), ("space", "space"), ("^d", "ctrl+d"),
        ("Ctrl+D", "ctrl+d"), ("C-d", "ctrl+d"), ("esc", "escape"), ("F5", "f5"), ("alt+s", "alt+s"), ("M-s", "alt+s"),
        ("shift-tab", "shift+tab"), ("backtab", "shift+tab"), ("PgUp", "pageup"), ("↓", "down"), ("é", "é"),
        ("ctrl+left", "ctrl+left"),
    ],
)  # fmt: skip
def test_keys_as_people_write_them(written: str, meant: str) -> None:
    key = keymap.normal(written)
    assert key == meant or key == keymap.normal(meant)
    assert keymap.normal(key_word(key)) == key, "help shows a key that could not be written so"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("ctrl+i", "the same as tab"), ("^m", "the same as enter"), ("ctrl+[", "the same as esc"),
        ("ctrl+shift+a", "can't send"), ("ctrl+1", "can't send"), ("alt+up", "can't send"), ("super+a", "is not a key"),
        ("f25", "is not a key"), ("", "is not a key"), (UNBOUND, "is not a key"), ("dd", "is not a key"),
    ],
)  # fmt: skip
def test_keys_that_no_terminal_sends_are_refused(written: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        keymap.normal(written)


def test_a_clash_is_told_by_its_place_and_the_first_one_counts() -> None:
    keys, said = make(mention__done="b", list__copy="b", help="f1")
    assert keys == {"mention.done": ("b",), "help": ("f1",)}
    assert len(said) == 1
    assert said[0].startswith("c.toml:2: keys.x: ") and "mention.done" in said[0]


def test_a_key_that_a_default_has_is_a_clash_and_one_of_another_place_is_not() -> None:
    keys, said = make(list__copy="o", hours__team="d", mention__done="M")
    assert "list.link" in said[0] and len(said) == 1
    assert keys == {"hours.team": ("d",), "mention.done": ("M",)}


def test_a_pair_is_swapped_and_a_ring_turned() -> None:
    assert make(list__copy="o", list__link="y") == ({"list.copy": ("o",), "list.link": ("y",)}, ())
    keys, said = make(list__copy="o", list__link="u", undo="y")
    assert (keys, said) == ({"list.copy": ("o",), "list.link": ("u",), "undo": ("y",)}, ())


def test_a_refused_wish_gives_its_action_the_old_key_back_and_that_is_a_clash_again() -> None:
    keys, said = make(list__copy="ctrl+i", undo="y")
    assert keys == {} and len(said) == 2
    assert "the same as tab" in said[0] and "list.copy" in said[1]


def test_an_unknown_action_is_told_with_the_nearest_name() -> None:
    keys, said = make(mention__don="x", help="f1")
    assert keys == {"help": ("f1",)}
    assert said == ("c.toml:1: keys.x: there is no such action; did you mean mention.done?",)


def test_dialogs_keep_a_way_out_and_the_desk_one_to_leave() -> None:
    assert make(back="f9")[0] == {"back": ("f9", "escape")}
    assert make(leave=[])[0] == {"leave": ()}
    keys, said = make(leave=[], leave__now=[])
    assert keys == {"leave": ()} and "must have a key" in said[0]
    assert "is text where one types" in make(leave__now="Q")[1][0]
