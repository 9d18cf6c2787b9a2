"""Smoothing: what a head makes of a sentence's neighbours, from which a run of sentences is known as one."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bot.nlp.embeddings import Floats

_WINDOWS = (3, 6, 12)
_NEAREST = 3
_BEYOND = -3.0
"""The log-odds of what is before the first and after the last sentence."""


def neighbourhood(log_odds: Floats) -> Floats:
    """Return features of each of n sentences in order from their log-odds: n × 19.

    They are its own, those of the three before and after it one by one, and the mean and greatest of the 3, 6 and 12
    before it and after it.
    """
    count, reach = len(log_odds), max(_WINDOWS)
    padded = np.pad(log_odds, reach, constant_values=_BEYOND)
    columns = [log_odds]
    for distance in range(1, _NEAREST + 1):
        columns += [padded[reach - distance :][:count], padded[reach + distance :][:count]]
    for width in _WINDOWS:
        windows = sliding_window_view(padded, width)
        before, after = windows[reach - width :][:count], windows[reach + 1 :][:count]
        columns += [before.mean(axis=1), after.mean(axis=1), before.max(axis=1), after.max(axis=1)]
    return np.stack(columns, axis=1).astype(np.float32)
