"""The flow of issues as a table: which move leads from which state to which, who makes it, and what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gridmap.model import IssueLevel, IssueState, Role

ASKS = ("note", "assignee", "department", "until", "photo")
"""What a move may ask."""
ROLES = (Role.SECRETARY, Role.DESK, Role.GRID_LEADER, Role.GRID_WORKER)
"""Whom a move may be given to."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """One move.

    Parameters
    ----------
    action
        Its code.
    zh, en
        What it is called.
    start
        The states it leads away from.
    to
        The state it leads to.
    roles
        Who makes it.
    asks, may
        What has to be given with it, and what may be.
    levels
        The levels of issues it is for.
    live
        Whether the community makes it at all.
    """

    action: str
    zh: str
    en: str
    start: frozenset[IssueState]
    to: IssueState
    roles: frozenset[Role]
    asks: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    levels: frozenset[IssueLevel] = frozenset(IssueLevel)
    live: bool = True

    def label(self, language: str) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Flow:
    """The table: moves by action, and for each state the action that is next and in whose hands it is."""

    moves: Mapping[str, Move]
    next: Mapping[IssueState, str]
    owners: Mapping[IssueState, str]

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Flow:
        """Read the catalogue ``issue_flow``.

        Raises
        ------
        KeyError, ValueError
            If a row is no state and no move.
        """
        told = list(rows)
        moves = [_move(row) for row in told if row["kind"] == "move"]
        states = {IssueState(row["code"].partition(".")[2]): row for row in told if row["kind"] == "state"}
        return cls(
            moves=MappingProxyType({move.action: move for move in moves}),
            next=MappingProxyType({state: str(row["next"]) for state, row in states.items()}),
            owners=MappingProxyType({state: str(row["owner"]) for state, row in states.items()}),
        )

    def allowed(self, state: IssueState, level: IssueLevel) -> tuple[Move, ...]:
        """Return the moves out of a state, the usual next one first."""
        found = [move for move in self.moves.values() if move.live and state in move.start and level in move.levels]
        return tuple(sorted(found, key=lambda move: move.action != self.next_of(state, level)))

    def next_of(self, state: IssueState, level: IssueLevel) -> str:
        """Return the action that is next: what is accepted goes to the committees or the street by its level."""
        usual = self.next[state]
        if usual != "assign" or level is IssueLevel.SMALL:
            return usual
        wanted = "committees" if level is IssueLevel.MIDDLING else "whistle"
        move = self.moves.get(wanted)
        return wanted if move is not None and move.live and state in move.start and level in move.levels else usual

    def way(
        self, before: IssueState, after: IssueState, level: IssueLevel, role: Role | None
    ) -> tuple[Move, ...] | None:
        """Return the fewest moves from one state to another that ask nothing but words; None where there are none.

        ``role`` is whose moves they are, None for the command line, which makes them all.
        """
        level = IssueLevel(level)
        ways: dict[IssueState, tuple[Move, ...]] = {before: ()}
        waiting = [before]
        while waiting and after not in ways:
            state = waiting.pop(0)
            for move in self.allowed(state, level):
                if move.to not in ways and set(move.asks) <= {"note"} and (role is None or role in move.roles):
                    ways[move.to] = (*ways[state], move)
                    waiting.append(move.to)
        return ways.get(after)


def _move(row: Mapping[str, Any]) -> Move:
    asks, may = tuple(row["asks"]), tuple(row["may"])
    if not {*asks, *may} <= set(ASKS):
        raise ValueError(f"{row['code']} asks what nobody can give")
    return Move(
        action=row["code"],
        zh=row["zh"],
        en=row["en"],
        start=frozenset(map(IssueState, row["from"])),
        to=IssueState(row["to"]),
        roles=frozenset(map(Role, row["roles"])),
        asks=asks,
        may=tuple(one for one in may if one not in asks),
        levels=frozenset(map(IssueLevel, row["levels"])),
        live=not row.get("retired", False),
    )
