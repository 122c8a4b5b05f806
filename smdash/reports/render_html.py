"""A report as one page of HTML that needs nothing else: no script, no picture, no address.

Every text is escaped by the templates (Jinja2, autoescape on); the page's own policy forbids whatever else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.locale import language
from smdash.reports.document import Document
from smdash.reports.svg import bars

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("smdash.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_cleaned,
    )  # fmt: skip
    made.filters["bars"] = bars
    return made


def _cleaned(value: object) -> object:
    """The second wall: what another program wrote into the database is clean on the page, too."""
    from markupsafe import Markup

    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def render(document: Document) -> str:
    """The whole page."""
    words = {
        "contents": _("Contents"),
        "attention": _("needs attention"),
    }
    page: str = _environment().get_template("page.html").render(document=document, language=language(), words=words)
    return page
