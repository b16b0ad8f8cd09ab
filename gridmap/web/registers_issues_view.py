"""The issues that something in a register has to do with: shown, and linked by hand."""

from __future__ import annotations

import streamlit as st

from gridmap import i18n
from gridmap.services import register_issues
from gridmap.services.community_data import CommunityData
from gridmap.services.register_issues import Subject
from gridmap.web import acts, registers_list_view, registers_state, sources


def show(
    data: CommunityData, subject: Subject, number: int, title: str, language: str, *, grid_id: int | None, may: bool
) -> None:
    """Show the linked issues, and (``may``) what links another or takes a link away.

    Parameters
    ----------
    subject, number, title
        What they have to do with, and what that is called.
    grid_id
        The grid it belongs to; None for the whole community.
    """
    linked = register_issues.linked(sources.store(), data, subject, number)
    word = f"register.issues.{subject}"
    st.markdown(f"**{i18n.text(word, language)}**")
    if linked:
        table = register_issues.table(data, linked, language)
        st.dataframe(table.apply(registers_list_view.days_told), hide_index=True, width="stretch", placeholder="")
    else:
        st.caption(i18n.text("register.issues.none", language))
    if not may:
        return
    known = register_issues.choices(data, language, settled=subject == "resident_group_id")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one = st.selectbox(
            i18n.text("register.issues.which", language), list(known.index), index=None,
            format_func=lambda n: known[n], key=f"register-issue-{subject}-{number}", width=360,
            placeholder=i18n.text("record.choose", language),
        )  # fmt: skip
        issue, there = int(one or 0), one in linked
        key = "unlink" if there else "link"

        def act() -> str:
            writes = registers_state.writer(data, language)
            if there:
                register_issues.unlink(writes, subject, number, issue, grid_id, title)
            else:
                register_issues.link(writes, subject, number, issue, grid_id, title)
            return i18n.text("register.saved", language, title=title)

        pressed = st.button(
            i18n.text(f"register.issues.{key}", language),
            key=f"register-{key}-{subject}-{number}",
            disabled=one is None,
        )
        if pressed and acts.attempt(act, language):
            st.rerun()
