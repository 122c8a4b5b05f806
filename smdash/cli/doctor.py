"""``smdash doctor``: look for drift, say each in a sentence, and mend what this user may mend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import labels
from smdash.core.errors import SettingsError, SmdashError, StoreReadOnly
from smdash.core.health import Finding, Severity
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _

MARKS = {Severity.GOOD: "✓", Severity.WARNING: "!", Severity.ERROR: "✗"}
PLAIN_MARKS = {Severity.GOOD: "ok", Severity.WARNING: "! ", Severity.ERROR: "x "}


@click.command(help=_("Look for what is wrong with the database, its files and the service; mend it with --fix."))
@click.option("--fix", is_flag=True, help=_("mend what you may mend, and say what was done"))
@click.option("--full", is_flag=True, help=_("compare the whole full-text index too, while members wait"))
@as_json
@click.pass_obj
def command(desk: Desk, fix: bool, full: bool, as_json: bool) -> None:
    if fix and desk.read_only:
        raise StoreReadOnly(desk.why_read_only or _("--read-only mends nothing; leave it or --fix out"))
    marks = _marks(desk)
    found: list[Finding] = []
    for finding in examine(desk, fix=fix, full=full):
        found.append(finding)
        if not as_json:
            mark = marks[Severity.GOOD] if finding.ok else marks[finding.severity]
            output.say(f"{mark} {labels.check(finding.check)}: {finding.sentence}")
    if as_json:
        output.dump([finding.as_dict() for finding in found])
    if not all(finding.ok for finding in found):
        raise click.exceptions.Exit(1)


def examine(desk: Desk, *, fix: bool, full: bool = False) -> Iterator[Finding]:
    """Every check's findings; with *fix* those that can be mended come after their mending."""
    from smdash.cli.checks import database, incoming, leftovers, media, outgoing, place, service
    from smdash.cli.checks.patient import Patient

    patient = Patient(desk.path, desk.clock, thorough=full, may_write=not desk.read_only)
    try:
        for check in (
            *place.CHECKS,
            *leftovers.CHECKS,
            *database.CHECKS,
            *media.CHECKS,
            *service.CHECKS,
            *incoming.CHECKS,
            *outgoing.CHECKS,
        ):
            try:
                for finding in check(patient):
                    yield _mend(finding) if fix else finding
            except SmdashError as problem:
                yield Finding(check.__name__, Severity.ERROR, str(problem))
            except OSError as problem:
                # One place that can't be looked into keeps nobody from hearing of the others.
                yield Finding(check.__name__, Severity.ERROR, f"{problem.filename or desk.path}: {why(problem)}")
    finally:
        patient.close()


def _mend(finding: Finding) -> Finding:
    if finding.mend is None:
        return finding
    try:
        return finding.mended(finding.mend())
    except SmdashError as problem:
        said = _("{sentence}; it could not be mended: {problem}").format(sentence=finding.sentence, problem=problem)
        return replace(finding, sentence=said)


def _marks(desk: Desk) -> dict[Severity, str]:
    try:
        plain = desk.settings.plain
    except SettingsError:
        plain = False
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return MARKS if utf8 and not plain else PLAIN_MARKS
