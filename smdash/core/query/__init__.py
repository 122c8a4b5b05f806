"""The query language of lists, views and rules: ``is:open from:@budi platform:instagram label:complaint "kata"``."""

from __future__ import annotations

from smdash.core.query.completing import complete, word_at
from smdash.core.query.reading import FIELDS, Names, QueryError, parse
from smdash.core.query.terms import Bound, Facts, Moment, Query, Term

__all__ = [
    "FIELDS", "Bound", "Facts", "Moment", "Names", "Query", "QueryError", "Term", "complete", "parse", "word_at",
]  # fmt: skip
