"""What the terminal shows and what it should show: only the cells that differ are sent, the newest picture alone.

Textual draws whole screens when one opens or closes, twice when it changes its layout. Here what it draws is kept as
cells; what differs from the cells that were sent is written when the line has room for it, so that a slow line is never
behind by more than it has taken, and what a key changed goes before what others changed.
Sources: ECMA-48 (CUP, CHA, ECH, EL, SGR); OSC 8 hyperlinks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from rich.cells import cell_len

from smdash.tui.columns import pieces
from smdash.tui.lean import PLAIN, Look, linked, on_blanks, parse, step

# From this many blanks on they are erased, not written; an erase and the move after it take some ten bytes.
BLANKS = 12
# Cells that have not changed and are cheaper sent again than passed over.
GAP = 4
_TOKEN = re.compile(
    "\x1b\\[(?P<look>[0-9;]*)m|\x1b\\[(?P<row>\\d+);(?P<column>\\d+)H|\x1b\\]8;[^;\x07\x1b]*;(?P<link>[^\x07\x1b]*)(?:\x07|\x1b\\\\)"
    "|\x1b\\[[0-9;?<=>$]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\r?\n|\r"
)
# The shape of the mouse's pointer, which no terminal needs to hear of.
_POINTER = "\x1b]22;"


class Cell(NamedTuple):
    """What begins in a cell: a character, a wide one, or a word whose width is ``doubtful``."""

    text: str
    look: Look
    doubtful: bool = False


class _Letters(dict[str, Cell]):
    """The cells of one look by their letters; the same cell is made once, so that comparing is quick."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self[" "] = Cell(" ", on_blanks(look))

    def __missing__(self, letter: str) -> Cell:
        found = self[letter] = Cell(letter, self._look)
        return found


letters_of = lru_cache(256)(_Letters)


# A cell that the one before it covers, and one of which nothing is known.
Row = list[Cell | None]
UNKNOWN = Cell("", Look("?"))
HIDDEN = Cell(" ", PLAIN)


class Picture:
    """The cells of a terminal. ``erases``: whether an erased cell takes the background in use (terminfo's ``bce``)."""

    def __init__(self, *, erases: bool = True) -> None:
        self._erases = erases
        self._wanted: list[Row] = []
        self._shown: list[Row] = []
        # Rows that differ: those that answer a key, and the others, the longest waiting first.
        self._urgent: dict[int, None] = {}
        self._waiting: dict[int, None] = {}
        self._cursor = (1, 1)
        self._cursor_shown = (0, 0)

    @property
    def is_shown(self) -> bool:
        """Whether the terminal has all of it."""
        return not self._urgent and not self._waiting and self._cursor == self._cursor_shown

    def forget(self) -> None:
        """What is on the terminal is unknown, and what should be is drawn anew."""
        self._wanted, self._shown = [], []
        self._urgent, self._waiting = {}, {}
        self._cursor_shown = (0, 0)

    # What Textual draws.

    def take(self, data: str, *, urgent: bool = False) -> str:
        """Take what was drawn; returns the sequences in it that are no drawing (modes, titles, copies)."""
        rest: list[str] = []
        look, link, x, y, at = PLAIN, "", 0, 0, 0
        touched: dict[int, None] = {}
        for match in _TOKEN.finditer(data):
            if match.start() > at:
                x = self._put(data[at : match.start()], linked(look, link) if link else look, x, y)
                touched[y] = None
            at = match.end()
            kind = match.lastgroup
            if kind == "look":
                look = parse(match["look"]) or PLAIN if match["look"] not in ("", "0") else PLAIN
            elif kind == "column":
                x, y = int(match["column"]) - 1, int(match["row"]) - 1
                self._cursor = (y + 1, x + 1)
            elif kind == "link":
                link = match["link"]
            elif match[0] in ("\n", "\r\n"):
                x, y = 0, y + 1
            elif match[0] != "\r" and not match[0].startswith(_POINTER):
                rest.append(match[0])
        if at < len(data):
            self._put(data[at:], linked(look, link) if link else look, x, y)
            touched[y] = None
        for row in touched:
            self._note(row, urgent)
        return "".join(rest)

    def _note(self, y: int, urgent: bool) -> None:
        if y < len(self._shown) and self._shown[y] == self._wanted[y]:
            self._urgent.pop(y, None)
            self._waiting.pop(y, None)
        elif urgent:
            self._waiting.pop(y, None)
            self._urgent[y] = None
        elif y not in self._urgent:
            self._waiting[y] = None

    def _put(self, text: str, look: Look, x: int, y: int) -> int:
        """Put a text into the wanted cells; returns the column after it."""
        while len(self._wanted) <= y:
            self._wanted.append([])
        cells: Row = []
        letters = letters_of(look)
        for piece, size in pieces(text):
            if size == len(piece):
                cells += map(letters.__getitem__, piece)
            elif size < 0:
                cells.append(Cell(piece, look, True))
                cells += [None] * (-size - 1)
            elif size:
                for letter in piece:
                    width = pieces(letter)[0][1]
                    if width:
                        cells.append(letters[letter])
                        cells += [None] * (width - 1)
        row = self._wanted[y]
        end = x + len(cells)
        if len(row) < end:
            row += [UNKNOWN] * (end - len(row))
        _uncover(row, x)
        _uncover(row, end)
        row[x:end] = cells
        return end

    # What is sent.

    def changes(self, most: int) -> str:
        """What brings the terminal nearer, about this many bytes of it (at least a row); empty when nothing is left."""
        out = Strokes(self._erases)
        while (self._urgent or self._waiting) and out.size < most:
            rows = self._urgent or self._waiting
            y = next(iter(rows))
            del rows[y]
            while len(self._shown) <= y:
                self._shown.append([])
            out.row(y, self._wanted[y], self._shown[y])
            self._shown[y] = self._wanted[y].copy()
        if out.size or self._cursor != self._cursor_shown:
            out.finish(self._cursor)
            self._cursor_shown = self._cursor
        return "".join(out.parts)


def _uncover(row: Row, x: int) -> None:
    """Blank what reaches from before *x* over it: a wide character of which one half is overwritten is gone."""
    if x >= len(row) or row[x] is not None:
        return
    start = x
    while start and row[start] is None:
        start -= 1
    end = x
    while end < len(row) and row[end] is None:
        end += 1
    found = row[start]
    if found and found.doubtful and len(letters := _apart(found)) == end - start > 1:
        # A word is cut by letters, as it was drawn.
        row[start:end] = letters
        _uncover(row, x)
        return
    blank = Cell(" ", on_blanks(found.look)) if found else HIDDEN
    row[start:end] = [blank] * (end - start)


def _apart(word: Cell) -> Row:
    """The letters of a word as cells of their own, each with the marks on it."""
    cells: Row = []
    for letter in word.text:
        width = cell_len(letter)
        if not width and cells and (last := cells[-1] or cells[-2]):
            cells[-1 if cells[-1] else -2] = Cell(last.text + letter, word.look)
        elif width:
            cells += [Cell(letter, word.look if letter != " " else on_blanks(word.look)), *[None] * (width - 1)]
    return cells


class Strokes:
    """The sequences that turn shown rows into wanted ones."""

    def __init__(self, erases: bool) -> None:
        self.parts: list[str] = []
        self.size = 0
        self._erases = erases
        self._look = PLAIN
        self._link = ""
        # Where the terminal's cursor is, from 0; unknown at first.
        self._x = self._y = -1

    def _add(self, part: str) -> None:
        if part:
            self.parts.append(part)
            self.size += len(part) if part.isascii() else len(part.encode("utf-8", "replace"))

    def row(self, y: int, wanted: Row, shown: Row) -> None:
        """Draw the cells of a row that differ."""
        end = len(wanted)
        shown = shown + [UNKNOWN] * (end - len(shown))
        if wanted == shown:
            return
        # A word of doubtful width may have covered more than its cells, so what is right of it is drawn again.
        spills = [at for at, one in enumerate(shown) if one is not None and one.doubtful]
        x = 0
        while x < end:
            cell = wanted[x]
            if cell is None or cell is shown[x] or cell is UNKNOWN or cell == shown[x]:
                x += 1
                continue
            if (spills and spills[-1] >= x) or cell.doubtful:
                shown = shown[:x] + [UNKNOWN] * (end - x)
                spills = []
            if self._y == y and 0 < x - self._x <= GAP:
                self._again(wanted, self._x, x)
            self._move(x, y)
            x = self._draw(wanted, shown, x)
        self._leave_link()

    def _again(self, wanted: Row, start: int, end: int) -> None:
        """Send some cells that haven't changed instead of passing over them, where that costs no other look."""
        between = wanted[start:end]
        if all(
            one is not None and one is not UNKNOWN and not one.doubtful and one.look == self._look for one in between
        ):
            self._add("".join(one.text for one in between if one is not None))
            self._x = end

    def _move(self, x: int, y: int) -> None:
        if (x, y) == (self._x, self._y):
            return
        self._add(f"\x1b[{x + 1}G" if y == self._y else f"\x1b[{y + 1};{x + 1}H")
        self._x, self._y = x, y

    def _draw(self, wanted: Row, shown: Row, x: int) -> int:
        """Draw what begins at *x* and what follows in the same look; returns the column after it."""
        cell = wanted[x] or HIDDEN
        if cell.text == " ":
            return self._draw_blanks(wanted, shown, x, cell)
        look = cell.look
        self._wear(look)
        end = len(wanted)
        after = x + 1
        if cell.doubtful:
            while after < end and wanted[after] is None:
                after += 1
            size = after - x
            self._add(f"\x1b[{size}X" if self._erases or not look.back else f"{' ' * size}\x1b[{x + 1}G")
            self._add(f"{cell.text}\x1b[{after + 1}G" if after < end else cell.text)
            self._x = after
            return after
        texts = [cell.text]
        blank = letters_of(look)[" "]
        # Up to where cells differ; a few that don't are cheaper sent again than passed over.
        changed, kept = after, 1
        while after < end and after - changed <= GAP:
            following = wanted[after]
            if following is None:
                after += 1
                if changed == after - 1:
                    changed = after
                continue
            if following.doubtful:
                break
            if following is blank or following == blank:
                # A gap between words; a longer one is erased.
                if wanted[after : after + BLANKS].count(blank) == BLANKS:
                    break
            elif (following.look is not look and following.look != look) or following.text == " ":
                break
            texts.append(following.text)
            after += 1
            before = shown[after - 1]
            if following is not before and following != before:
                changed, kept = after, len(texts)
        self._add("".join(texts[:kept]))
        self._x = changed
        return changed

    def _draw_blanks(self, wanted: Row, shown: Row, x: int, blank: Cell) -> int:
        end, look = len(wanted), blank.look
        after = x + 1
        while after < end and wanted[after] == blank:
            after += 1
        self._wear_on_blanks(look)
        if after - x >= BLANKS and (self._erases or not look.back) and not look.marks and not look.link:
            # The place after them is said when something follows.
            self._add(f"\x1b[{after - x}X")
            return after
        while after > x + 1 and shown[after - 1] == blank:
            after -= 1
        self._add(" " * (after - x))
        self._x = after
        return after

    def _wear_on_blanks(self, look: Look) -> None:
        """Blanks show their background only: the look in use keeps the rest, if that can't be seen on them."""
        if not look.marks and not on_blanks(self._look._replace(link="")).marks and (look.back or not self._look.back):
            look = self._look._replace(back=look.back, link=look.link)
        self._wear(look)

    def _wear(self, look: Look) -> None:
        if look.link != self._link:
            self._leave_link()
            if look.link:
                # One address is one link, over however many rows it is wrapped.
                self._add(f"\x1b]8;id={crc32(look.link.encode()):x};{look.link}\x1b\\")
                self._link = look.link
        self._add(step(self._look, look))
        self._look = look

    def _leave_link(self) -> None:
        if self._link:
            self._add("\x1b]8;;\x1b\\")
            self._link = ""

    def finish(self, cursor: tuple[int, int]) -> None:
        """End with the terminal's own look, and the cursor where it belongs."""
        if self._look[:3] != PLAIN[:3]:
            self._add("\x1b[0m")
        self._add("\x1b[{};{}H".format(*cursor))
