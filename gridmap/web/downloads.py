"""Files that a person takes along: asked for again when they are made, and written into the audit."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import streamlit as st

from gridmap import access, errors, i18n
from gridmap.access import Action
from gridmap.exchange import workbook
from gridmap.services import audit
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import session, sources

_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_LONGEST_PART = 60


def file_name(*parts: str, ending: str) -> str:
    """Return a name for a file that leads nowhere, on any system, whatever its parts are called."""
    clean = (_NOT_IN_A_NAME.sub(" ", part).strip(" .")[:_LONGEST_PART].strip(" .") for part in parts)
    # Windows keeps names such as CON for itself; none begins with a low line.
    name = "-".join(part for part in clean if part) or "gridmap"
    return f"{'_' if re.fullmatch(r'(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]', name) else ''}{name}.{ending}"


def noted(
    data: CommunityData, seen: Sight, action: Action, what: str, make: Callable[[], bytes]
) -> Callable[[], bytes]:
    """Return what makes a file when its button is pressed, which may be long after the page was shown.

    Parameters
    ----------
    data
        The community, as far as the person sees it.
    seen
        What the person saw of it when the page was shown.
    action
        What the person does by taking the file.
    what
        What the file is, in words.
    make
        Makes it.
    """
    token, address = session.token(), st.context.ip_address or ""

    def made() -> bytes:
        actor = sources.actor(token)
        if actor is None or Sight.of(actor, data.community) != seen:
            raise errors.Forbidden("forbidden_role", action=action.value)
        file = make()
        audit.note(sources.store(), actor, action.value, target=what, community_id=data.community.id, address=address)
        return file

    return made


def asked(make: Callable[[access.Actor], bytes]) -> Callable[[], bytes]:
    """Return what makes a file when its button is pressed, for whoever the person is by then.

    Parameters
    ----------
    make
        Makes it for the person: it asks what they may, and notes that they took it along.
    """
    token = session.token()

    def made() -> bytes:
        actor = sources.actor(token)
        if actor is None:
            raise errors.Forbidden("forbidden_role", action=Action.DOWNLOAD_TABLES.value)
        return make(actor)

    return made


def listed(needs: Action, what: str, make: Callable[[access.Actor], bytes]) -> Callable[[], bytes]:
    """Return what makes a file of the store's own lists when its button is pressed.

    Parameters
    ----------
    needs
        What a person must be allowed to do to have the list.
    what
        What the file is, in words.
    make
        Makes it for the person.
    """
    token, address = session.token(), st.context.ip_address or ""

    def made() -> bytes:
        actor = sources.actor(token)
        if actor is None:
            raise errors.Forbidden("forbidden_role", action=needs.value)
        access.demand_somewhere(actor, needs)
        file = make(actor)
        audit.note(sources.store(), actor, Action.DOWNLOAD_TABLES.value, target=what, address=address)
        return file

    return made


def excel(table: pd.DataFrame, data: CommunityData, needs: Action, what: str, language: str, *, key: str) -> None:
    """Show the button by which a table that stands on the page is taken along as Excel.

    Parameters
    ----------
    table
        In the words of the language.
    data
        The community.
    needs
        What a person must be allowed to do to have it.
    what
        What it is, in words.
    key
        The button's own.
    """
    title = f"{data.community.name} · {what}"
    st.download_button(
        i18n.text("table.excel", language),
        data=listed(needs, what, lambda _: workbook.write({what: table}, title=title, time_zone=sources.time_zone())),
        file_name=file_name(data.community.name, what, ending="xlsx"),
        mime=workbook.MIME,
        icon=":material/table_view:",
        on_click="ignore",
        key=key,
    )
