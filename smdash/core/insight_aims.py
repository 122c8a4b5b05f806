"""The source's three aims as figures in words: environment, engagement, trust."""

from __future__ import annotations

from smdash.core import formats, labels
from smdash.core.insight_parts import UNKNOWN, Said, Table, lasting, rate, share
from smdash.core.insight_posts import measured
from smdash.core.insights import Insights
from smdash.locale import gettext as _


def aims(found: Insights, _of_account: bool) -> Said:
    aims, whole = found.aims, found.whole
    if not aims.mentions and not measured(whole):
        return (
            UNKNOWN,
            (_("No mentions and no figures of posts in these weeks; accounts bring both: smdash account add."),),
            (),
            None,
        )
    of = _("{percent} of {n}")

    def part(n: int, all_of: int) -> str:
        return of.format(percent=share(n, all_of), n=formats.number(all_of))

    def labelled(n: int) -> str:
        return _("at least {n}").format(n=formats.number(n)) if aims.newest else part(n, aims.mentions)

    unknown = _("not known")
    complaints = aims.complaints
    tone = [
        (_("urgent"), part(aims.urgent, aims.mentions)),
        (_("with praise"), unknown if aims.praise is None else labelled(aims.praise)),
        (_("with a complaint"), unknown if complaints is None else labelled(complaints.number)),
    ]
    environment = [(_("answered"), part(aims.answered, aims.mentions)), (_("hidden"), part(aims.hidden, aims.mentions))]
    rates = [
        *((labels.category(one.name), rate(one.day)) for one in found.categories if one.day.rate is not None),
        *((labels.post_format(one.name), rate(one.day)) for one in found.formats if one.day.rate is not None),
    ]
    solved = unknown if complaints is None else part(complaints.solved, complaints.number)
    took = unknown if complaints is None else lasting(complaints.median_s)
    trust = [
        (_("authors who came back"), part(aims.returning, aims.authors)),
        (_("complaints solved"), solved),
        (_("half of them within"), took),
    ]
    said = []
    if aims.praise is None or complaints is None:
        said.append(
            _(
                "tone and complaints are known by labels alone: one called praise or thanks, and one called complaint; "
                "l on a mention puts one on, and so do rules (smdash rule)"
            )
        )
    if aims.newest:
        said.append(_("of mentions with such a label the newest are looked at"))
    if aims.sampled:
        said.append(_("who came back is counted from a sample of {n} authors").format(n=formats.number(aims.authors)))
    said.append(_("who came back wrote at least a day before"))
    return (
        _("{percent} answered").format(percent=share(aims.answered, aims.mentions)),
        tuple(said),
        (
            Table((_("ENVIRONMENT"), ""), tuple(environment + tone)),
            Table((_("ENGAGEMENT"), _("RATE, 24 H")), tuple(rates) or ((_("rate"), unknown),)),
            Table((_("TRUST"), ""), tuple(trust)),
        ),
        None,
    )
