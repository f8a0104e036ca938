"""Lists over several cases that cost what one page costs, however much there is and whoever asks."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from claims.models import Case


def first_of(rows: QuerySet[Any], cases: QuerySet[Case], by: str, most: int) -> QuerySet[Any]:
    """The first ``most`` of the rows that lie in these cases, by ``by`` and their key.

    Asked for in one step, a database sorts all rows of these cases, or walks past those of all others.
    So their last one is bounded first: it stands no later than the ``most``-th row of any one case. An
    index of (case, ``by``) finds each of those rows, and then all that lie before the bound. The cases
    are named one by one, for a planner that knows how much lies in which.
    """
    of_one_case = rows.filter(case=OuterRef("pk")).order_by(by, "pk").values(by)
    ends = dict(cases.order_by().values_list("pk", Subquery(of_one_case[most - 1 : most])))
    bound = min((end for end in ends.values() if end is not None), default=None)
    if bound is not None:
        rows = rows.filter(**{f"{by}__lte": bound})
    return rows.filter(case__in=list(ends)).order_by(by, "pk")[:most]
