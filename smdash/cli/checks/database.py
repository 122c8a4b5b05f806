"""What is in the file: its version, journal, pages, references, kept figures, texts' index, schema and times."""

from __future__ import annotations

from collections.abc import Iterator

from smdash.cli.checks.patient import Check, Patient, error, good, warning, words
from smdash.core.errors import StoreDamaged, StoreMissing
from smdash.core.formats import in_words
from smdash.core.health import CLOCK_SLACK, FUTURE, Finding
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import driver, health, migrations
from smdash.store.connection import look, open_store, set_journal
from smdash.store.troubles import translate, translated


def opens(patient: Patient) -> Iterator[Finding]:
    """The file can be opened, and its schema is this smdash's."""
    if patient.problem is not None:
        patient.damaged = not isinstance(patient.problem, StoreMissing)
        yield error("database", str(patient.problem))
        return
    if patient.version < migrations.VERSION:

        def mend() -> str:
            open_store(patient.path, clock=patient.clock).close()
            patient.version = migrations.VERSION
            return _("the schema of {path} is up to date now").format(path=patient.path)

        yield warning(
            "database",
            _("{path} was written by an older smdash; make a backup, then mend it with: smdash doctor --fix").format(
                path=patient.path
            ),
            mend,
        )
        return
    yield good("database", _("{path} can be read; its schema is this smdash's").format(path=patient.path))


def sqlite(patient: Patient) -> Iterator[Finding]:
    """The SQLite in use, and the journal that suits it."""
    version = ".".join(map(str, driver.VERSION))
    fixed = driver.has_wal_fix()
    if patient.conn is None or patient.damaged:
        return
    with patient.reading() as conn:
        mode = health.journal(conn)
    wanted = driver.journal_mode()
    if mode == wanted:
        yield good("sqlite", _("SQLite {version} with the journal {journal}").format(version=version, journal=mode))
        return

    def mend() -> str:
        conn = look(patient.path, writes=True)
        try:
            with translated(patient.path):
                set_journal(conn)
        finally:
            conn.close()
        return _("the journal of {path} is {journal} now").format(path=patient.path, journal=wanted)

    if mode == "wal" and not fixed:
        said = _("SQLite {version} can damage a shared file in WAL mode; install pysqlite3 or SQLite 3.51.3 or later")
    else:
        said = _(
            "the journal is {journal}, and SQLite {version} works best with {wanted}; mend it with: smdash doctor --fix"
        )
    yield warning("sqlite", said.format(version=version, journal=mode, wanted=wanted), mend)


def pages(patient: Patient) -> Iterator[Finding]:
    """The file's pages are whole, and rows refer to rows that exist."""
    if patient.conn is None or patient.damaged:
        return
    with patient.reading() as conn:
        try:
            problems = health.page_problems(conn)
        except driver.Error as problem:
            # SQLite gave up before the end; nothing more is read from a damaged file, and nothing is mended in it.
            patient.damaged = isinstance(translate(problem, patient.path), StoreDamaged)
            raise
        except UnicodeDecodeError as problem:
            problems = [str(problem)]
        if problems:
            patient.damaged = True
            yield error(
                "pages",
                _("{path} is damaged ({problem}); keep a copy of it and restore the last backup").format(
                    path=patient.path, problem=words(problems[0])
                ),
            )
            return
        lost = health.lost_references(conn) if patient.readable else []
    for table, parent, number in lost:
        yield error(
            "pages",
            ngettext(
                "{n} row of {table} refers to nothing in {parent}; restore the last backup",
                "{n} rows of {table} refer to nothing in {parent}; restore the last backup",
                number,
            ).format(n=number, table=words(table), parent=words(parent)),
        )
    if not lost:
        yield good("pages", _("every page is whole, every reference leads to a row"))


def schema(patient: Patient) -> Iterator[Finding]:
    """Nothing was planted in the schema, and nothing of ours is missing."""
    if not patient.readable:
        return
    with patient.reading() as conn:
        found = health.drift(conn)

    def mend() -> str:
        with patient.writing() as conn:
            health.remake(conn, health.drift(conn))
        return _("triggers, views and indexes are as smdash makes them")

    for thing in found.planted:
        name = words(thing.name)
        if thing.kind == "trigger":
            yield error(
                "schema",
                _("the trigger {name} is not smdash's; it runs with every member's rights").format(name=name),
                mend,
            )
        else:
            yield warning(
                "schema",
                _("the {kind} {name} is not smdash's; if nobody needs it, drop it with SQL").format(
                    kind=thing.kind, name=name
                ),
            )
    for thing in found.missing:
        yield error(
            "schema",
            _("the {kind} {name} is missing").format(kind=thing.kind, name=thing.name)
            if thing.kind != "table"
            else _("the table {name} is missing; restore the last backup").format(name=thing.name),
            mend if thing.kind != "table" else None,
        )
    for thing in found.changed:
        yield error(
            "schema",
            _("the {kind} {name} is not as smdash makes it").format(kind=thing.kind, name=thing.name)
            if thing.kind != "table"
            else _("the table {name} is not as smdash makes it; restore the last backup").format(name=thing.name),
            mend if thing.kind != "table" else None,
        )
    if not any(found):
        yield good("schema", _("tables, views and triggers are smdash's own"))


def counters(patient: Patient) -> Iterator[Finding]:
    """The kept numbers of open mentions are those of a recount."""
    if not patient.readable:
        return

    def mend() -> str:
        with patient.writing() as conn:
            health.recount(conn)
        return _("the open mentions were counted anew")

    with patient.reading() as conn:
        off = health.counters_off(conn)
    if off:
        yield error(
            "counters", _("the numbers of open mentions in titles are off; mend them with: smdash doctor --fix"), mend
        )
    else:
        yield good("counters", _("the numbers in titles are those of a recount"))


def search(patient: Patient) -> Iterator[Finding]:
    """The full-text index holds the mentions' words."""
    if not patient.readable:
        return

    def mend() -> str:
        with patient.writing() as conn:
            health.rebuild_index(conn)
        return _("the full-text index was built anew")

    with patient.reading() as conn:
        quick = patient.thorough or health.mentions_up_to(conn, health.QUICK_MENTIONS)
    if not quick:
        yield good(
            "search", _("the full-text index is too large to be compared in passing; do it with: smdash doctor --full")
        )
        return
    if not patient.may_write:
        yield good("search", _("the full-text index is compared for those who may write"))
        return
    with patient.writing() as conn:
        wrong = health.index_disagrees(conn)
    if wrong:
        yield error(
            "search", _("the full-text index differs from the mentions; mend it with: smdash doctor --fix"), mend
        )
    else:
        yield good("search", _("the full-text index holds the mentions' words"))


def times(patient: Patient) -> Iterator[Finding]:
    """The clock is not behind what the file remembers."""
    if not patient.readable:
        return
    now = patient.now
    with patient.reading() as conn:
        event, mention = health.newest(conn)
        ahead = health.dated_after(conn, now + FUTURE)
    remembered = [one for one in (event, mention, *(job.last_started_at for job in patient.jobs)) if one is not None]
    newest = max(remembered, default=now)
    if newest > now + CLOCK_SLACK:
        yield error(
            "clock",
            _("the clock is {span} behind the newest row of the desk: look at it with: timedatectl").format(
                span=in_words(newest - now)
            ),
        )
    else:
        yield good("clock", _("the clock is not behind what the desk remembers"))
    if ahead:
        yield warning(
            "clock",
            ngettext(
                "{n} open mention is dated more than a day ahead; see it with: smdash mention list",
                "{n} open mentions are dated more than a day ahead; see them with: smdash mention list",
                ahead,
            ).format(n=ahead),
        )


CHECKS: tuple[Check, ...] = (opens, sqlite, pages, schema, counters, search, times)
