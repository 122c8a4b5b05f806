"""What a restore that was killed left beside the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from smdash.cli.checks.patient import Check, Patient, error, good, warning
from smdash.core.health import Finding, size
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import files
from smdash.store import leftovers as store


def leftovers(patient: Patient) -> Iterator[Finding]:
    """No unfinished copy lies beside the database, and no second name leads to it."""
    live = files.real(patient.path)
    if not live.parent.is_dir():
        return  # the folder's check says so
    try:
        found = [(made, store.is_at_work(made, live)) for made in store.unfinished(live)]
        ours, foreign = store.second_names(live)
        sizes = {made: sum(one.lstat().st_size for one in store.parts(made)) for made, _busy in found}
    except OSError as problem:
        yield error("leftovers", f"{live.parent}: {why(problem)}")
        return
    clean = True
    for made, at_work in found:
        if at_work:
            continue
        clean = False
        said = _("{path} ({size}) was left by a restore that was killed").format(path=made, size=size(sizes[made]))
        if at_work is None:
            yield warning("leftovers", _("{said}; its owner or root can look at it").format(said=said))
        else:
            yield warning(
                "leftovers", _("{said}; mend it with: smdash doctor --fix").format(said=said), _drop(made, live)
            )
    states = [at_work for _made, at_work in found]
    for one in ours if True not in states else ():  # for a moment each restore gives the old file two names
        clean = False
        yield error(
            "leftovers",
            _("since a restore was killed the database is called {path} too; mend it with: smdash doctor --fix").format(
                path=one
            ),
            _unlink(one, live) if None not in states else None,
        )
    for one in foreign:
        clean = False
        yield error(
            "leftovers",
            _("the database is called {path} too, and who opens it so damages it; mend it with: rm {path}").format(
                path=one
            ),
        )
    if clean:
        yield good("leftovers", _("nothing was left by a restore that did not end"))


def _drop(made: Path, live: Path) -> Callable[[], str]:
    def work() -> str:
        store.remove(made, live)
        return _("{path} is gone").format(path=made)

    return work


def _unlink(name: Path, live: Path) -> Callable[[], str]:
    def work() -> str:
        store.unlink(name, live)
        return _("the database has one name now: {path}").format(path=live)

    return work


CHECKS: tuple[Check, ...] = (leftovers,)
