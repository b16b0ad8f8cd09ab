"""What one person's page holds between two runs: its state, the words searched for, and where the map is to go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import streamlit as st

from gridmap import access, i18n, settings
from gridmap.cartography import events
from gridmap.services import sight, tables
from gridmap.web import credentials, sources, state
from gridmap.web.state import PageState

_KEY = "gridmap_session"
RECORDS = "gridmap_records"
"""Where the page of records keeps what it holds (`records_state`)."""
ISSUES = "gridmap_issues"
"""Where the page of issues keeps what it holds (`issues_state`)."""
WALKS = "gridmap_walks"
"""Where the page of walks keeps what it holds (`walks_state`)."""
WALK_PLAN = "gridmap_walk_plan"
"""Where the page of walks keeps the plan that is being made (`walks_plan_state`)."""
REGISTERS = "gridmap_registers"
"""Where the page of registers keeps what it holds (`registers_state`)."""
_WHOSE = "gridmap_account"
_FOLLOWED = "gridmap_followed"
_OF_ISSUES = ("sources", "categories", "states", "assignees", "reporters")
SWITCH_KEYS = ("layers", "mode", "kind", "grids", "issues", "compounds", *_OF_ISSUES, "since", "until", "text")
"""Keys of the switches above the map."""


@dataclass
class Session:
    """One person's page.

    Parameters
    ----------
    page
        What the address says.
    first_view
        Where the map stands when it is mounted; it does not change afterwards.
    drawn
        Whether the map is on screen: what can wait until then does.
    closed
        How often a card was closed: a table's row is not ticked any longer then.
    searched
        Words searched for on the map.
    going
        ``target``, ``id`` and number of the thing the map is to go to.
    wanted
        The card's button that was pressed.
    asking
        What record is asked to be opened: the question why is on screen.
    lost_community, lost
        What the link named and is not there, until something else is done.
    """

    page: PageState
    first_view: events.View | None
    drawn: bool = False
    closed: int = 0
    searched: str = ""
    going: tuple[tables.Destination, int, int] | None = None
    wanted: events.Wanted | None = None
    asking: tuple[events.Subject, int] | None = None
    lost_community: bool = False
    lost: events.Target | None = None

    def take(self, event: events.Event) -> None:
        """Take what was done on the map into the page's state."""
        self.drawn = True
        if isinstance(event, events.Drawn):
            return  # where the map stands is nobody's choice yet
        self.page = replace(self.page, view=event.view)
        if not isinstance(event, (events.Moved, events.Stale)):
            self.lost_community, self.lost = False, None
        match event:
            case events.Clicked():
                self.choose(event.target, event.id)
            case events.Found():
                self.choose(event.target, event.id)
                self.go(event.target, event.id)
                self.searched = ""
            case events.Searched():
                self.searched = event.text
            case events.Wanted():
                self.wanted = event
            case events.Asked():
                self.asking = (event.subject, event.id)
            case events.Closed():
                self.asking = None
                self.page = replace(self.page, target=None, selected=None)
                self.closed += 1

    def take_switches(self) -> None:
        """Take what the switches above the map say into the page's state."""
        said = {key: st.session_state[key] for key in SWITCH_KEYS if key in st.session_state}
        page = self.page
        filters = page.filters
        chosen: dict[str, Any] = {name: tuple(said[name]) for name in _OF_ISSUES if name in said}
        chosen |= {name: said[name] for name in ("issues", "since", "until") if name in said}
        self.lost_community, self.lost = False, None
        self.page = replace(
            page,
            layers=tuple(name for name in state.SWITCHES if name in said.get("layers", page.layers)),
            mode=said.get("mode", page.mode),
            kind=said.get("kind", page.kind),
            filters=replace(
                filters,
                letters=tuple(sorted(said.get("grids", filters.letters))),
                compounds=tuple(said.get("compounds", filters.compounds)),
                text=state.searched(said.get("text", filters.text)),
                **chosen,
            ),
        )

    def choose(self, target: events.Target, number: int) -> None:
        """Choose a thing: its card is shown, and so is its layer."""
        self.asking = None
        layer = f"{target}s"
        shown = tuple(name for name in state.SWITCHES if name in (*self.page.layers, layer))
        if shown != self.page.layers and "layers" in st.session_state:
            st.session_state["layers"] = list(shown)
        self.page = replace(self.page, target=target, selected=number, layers=shown)

    def go(self, target: tables.Destination, number: int) -> None:
        """Let the map go to a thing; each call is a new journey."""
        self.going = (target, number, (self.going[2] if self.going else 0) + 1)


def current() -> Session:
    """Return this person's session, begun from the page's address."""
    if _KEY not in st.session_state:
        page = state.parse(st.query_params.to_dict())
        begun = st.session_state[_KEY] = Session(page=page, first_view=page.view)
        if page.target is not None and page.selected is not None and page.view is None:
            begun.choose(page.target, page.selected)
            begun.go(page.target, page.selected)
    session: Session = st.session_state[_KEY]
    return session


def actor(language: str) -> access.Actor:
    """Return who this page is for, looked up anew; where the session is over, show that and end the run.

    Every page asks this before anything else. The guard lets nobody in without a session, but a tab that is open
    stays connected when its session ends.
    """
    found = sources.actor(token(), present=not st.session_state.pop(_FOLLOWED, False))
    if found is None or found.must_change:
        st.session_state.clear()
        over = found is None
        link = credentials.base_path() + ("/sign-in" if over else "/password")
        said = i18n.text("sign_in.over" if over else "password.must", language)
        go = i18n.text("sign_in.again" if over else "password.title", language)
        with st.container(key="over"):
            st.html(f'<p>{escape(said)}</p><p><a href="{escape(link)}" target="_self">{escape(go)}</a></p>')
        st.stop()
    if st.session_state.setdefault(_WHOSE, found.account_id) != found.account_id:
        st.session_state.clear()
        st.session_state[_WHOSE] = found.account_id
    return found


def follow() -> None:
    """Note that this run follows a change by somebody else: nobody here has done anything."""
    st.session_state[_FOLLOWED] = True


def community(session: Session, who: access.Actor) -> int | None:
    """Return the community that the page is about, of those that the person may see; None where there is none."""
    known = [one.id for one in sources.store().communities() if one.id is not None and sight.sees(who, one)]
    if known and session.page.community not in known:
        session.page = replace(session.page, community=known[0])
    return session.page.community if known else None


def token() -> str | None:
    """Return the token of the session in which this page was opened."""
    return st.context.cookies.get(credentials.SESSION)


def begin_anew() -> None:
    """Forget this person's page: the next run begins from the address."""
    for key in (_KEY, RECORDS, ISSUES, WALKS, WALK_PLAN, REGISTERS, *SWITCH_KEYS):
        st.session_state.pop(key, None)


def language() -> str:
    """Return the person's language: as the address says, else as the browser asks, else the operator's."""
    return i18n.choose(st.query_params.get("lang") or st.context.locale or settings.from_environment().language)


def remember(session: Session, language: str) -> None:
    """Write the state into the page's address, so that the link shows a colleague the same thing."""
    wanted = state.params(session.page, language)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
