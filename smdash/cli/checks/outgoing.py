"""What goes out: whether it does, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from smdash.cli.checks.patient import Check, Patient, good, warning
from smdash.core.health import Finding
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import freezing, resolving

# What a service that runs has sent by then.
OVERDUE = timedelta(minutes=5)


def deliveries(patient: Patient) -> Iterator[Finding]:
    """Nothing waits for a person, nothing is frozen, what is due goes out."""
    if not patient.readable:
        return
    with patient.reading() as conn:
        why, waiting = freezing.reason(conn), resolving.for_a_person(conn)
        late = resolving.overdue(conn, patient.now - OVERDUE)
    clean = True
    if why is not None:
        clean = False
        yield warning("deliveries", _("nothing goes out, {why}; lift it with: smdash freeze off").format(why=why))
    if waiting:
        clean = False
        yield warning(
            "deliveries",
            ngettext(
                "{n} delivery waits for a person; look at it: smdash delivery list",
                "{n} deliveries wait for a person; look at them: smdash delivery list",
                waiting,
            ).format(n=waiting),
        )
    if late:
        clean = False
        yield warning(
            "deliveries",
            ngettext(
                "{n} delivery should have gone out; does the service run, and does it have its account?",
                "{n} deliveries should have gone out; does the service run, and does it have their accounts?",
                late,
            ).format(n=late),
        )
    if clean:
        yield good("deliveries", _("what is due goes out, nothing waits for a person"))


CHECKS: tuple[Check, ...] = (deliveries,)
