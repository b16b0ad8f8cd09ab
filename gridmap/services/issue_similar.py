"""Past issues like this one, and how they were solved."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gridmap.model import IssueState
from gridmap.services import issue_ties
from gridmap.services.community_data import CommunityData

LEAST = 0.2
"""Issues that are less alike than this have nothing to say to each other."""
_NEAR_M = 150.0
_PLACE = 0.25  # part of the likeness that the place makes
_WORDS = re.compile(r"\W+")
_SOLVED = (IssueState.DONE.value, IssueState.CHECKED.value, IssueState.CLOSED.value)


@dataclass(frozen=True, kw_only=True)
class Past:
    """A past issue.

    Parameters
    ----------
    number
        Its id.
    likeness
        How alike they are, from 0 to 1: by their texts, and by how near they are.
    solved
        The words with which it was settled, persons masked; "" where nobody wrote any.
    """

    number: int
    likeness: float
    solved: str


def past(data: CommunityData, number: int, most: int = 5) -> list[Past]:
    """Return settled issues of the same category that are like an issue, the likest first.

    Texts are compared by the pairs of signs in them, rare pairs counting more (cosine of tf-idf): Chinese needs no
    cutting into words for that. What is within some 150 metres is a little more alike.

    Parameters
    ----------
    data
        The community, as far as the person sees it.
    number
        The issue.
    most
        So many at most.
    """
    issues = data.issues
    same = (issues["category"] == issues.at[number, "category"]) & issues["state"].isin(_SOLVED)
    others = issues[same & (issues.index != number) & (issues["reported_at"] <= issues.at[number, "reported_at"])]
    if others.empty:
        return []
    likeness = (1 - _PLACE) * alike(str(issues.at[number, "text"]), others["text"].tolist())
    likeness += _PLACE * _nearness(data, number, others)
    order = np.argsort(-likeness, kind="stable")[:most]
    return [
        Past(number=int(others.index[one]), likeness=float(likeness[one]), solved=solved(data, int(others.index[one])))
        for one in order
        if likeness[one] >= LEAST
    ]


def alike(text: str, others: list[str]) -> NDArray[np.float64]:
    """Return how alike each of some texts is to one: 1 the same, 0 with no pair of signs in common."""
    pairs: dict[str, int] = {}
    rows, columns = [], []
    for row, one in enumerate([text, *others]):
        for pair in _pairs(one):
            rows.append(row)
            columns.append(pairs.setdefault(pair, len(pairs)))
    if not pairs:
        return np.zeros(len(others))
    counts = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(others) + 1, len(pairs)))
    counts.sum_duplicates()
    known_in = np.bincount(counts.indices, minlength=len(pairs))
    weights = counts * (np.log((1 + counts.shape[0]) / (1 + known_in)) + 1)
    lengths = np.sqrt(np.asarray((weights * weights).sum(axis=1)).ravel())
    product = np.asarray((weights[1:] @ weights[[0]].T).todense()).ravel()
    both = lengths[1:] * lengths[0]
    found: NDArray[np.float64] = np.divide(product, both, out=np.zeros(len(others)), where=both > 0)
    return found


def solved(data: CommunityData, number: int) -> str:
    """Return the words with which an issue was settled: what was written down as done, else the last move's note."""
    if handling := str(data.issues.at[number, "handling"]):
        return handling
    moves = data.events[data.events["issue_id"].isin(issue_ties.family(data, number))]
    said = moves[(moves["note"] != "") & moves["to_state"].isin(_SOLVED)].sort_values("at", kind="stable")
    return "" if said.empty else str(said["note"].iloc[-1])


def _pairs(text: str) -> list[str]:
    plain = _WORDS.sub("", text.casefold())[:2000]
    return [plain[at : at + 2] for at in range(len(plain) - 1)]


def _nearness(data: CommunityData, number: int, others: pd.DataFrame) -> NDArray[np.float64]:
    """Return 1 for what is at the same place, falling to nothing with the distance; 0 where a place is not known."""
    here = data.issues.geometry[[number]]
    if here.is_empty.all():
        return np.zeros(len(others))
    metric = data.buildings_m.crs
    away_m = others.geometry.to_crs(metric).distance(here.to_crs(metric).iloc[0]).to_numpy()
    near: NDArray[np.float64] = np.nan_to_num(np.exp(-away_m / _NEAR_M), nan=0.0)
    return near
