"""What to watch: what somebody said is to come; else nothing. We predict nothing ourselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from bot.claims.statements import write_statement
from bot.domain import Claim, Modality, Statement


def watch_candidates(claims: Sequence[Claim], today: dt.date) -> Iterator[Statement]:
    """Offer things to watch, the best first: what has a date after `today`, or is a forecast with a figure.

    `claims` are those of a story and around it that nothing tells yet, in order of how telling they are.
    """
    dated = [claim for claim in claims if claim.happened and claim.happened.last > today]
    forecasts = [claim for claim in claims if claim.modality is Modality.FORECAST and claim.figures]
    yield from map(write_statement, dict.fromkeys((*dated, *forecasts)))
