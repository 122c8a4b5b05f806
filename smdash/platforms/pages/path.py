"""Path, which was shut down: only named, never called."""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    cannot=(
        noop(
            "The network was shut down: announced on 2018-09-17, ended on 2018-10-18. Who owns its address "
            "today is not known, so nothing is ever sent there."
        ),
        noop(
            "Accounts of it can be kept as archived rows: they are never called, and count in no total and no deadline."
        ),
    ),
)
