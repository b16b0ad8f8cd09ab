"""Taking registers along: which one, in which form, and blank ones to be filled in."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.datums import Datum
from gridmap.exchange import workbook
from gridmap.services import exporting, import_profiles, templates
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import downloads, field_view, sources


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show what can be taken along."""
    seen = Sight.of(actor, data.community)
    kinds = exporting.kinds(seen)
    if not kinds:
        st.info(i18n.text("data.export.nothing", language), icon=":material/info:")
        return
    _register(data, kinds, language)
    _blank(data, language)
    if access.permission(actor.role, Action.IMPORT_DATA):
        field_view.show(data, language)


def _register(data: CommunityData, kinds: tuple[str, ...], language: str) -> None:
    def say(key: str) -> str:
        return i18n.text(f"data.export.{key}", language)

    with st.container(border=True, key="export-register"):
        st.markdown(f"**{say('register')}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                say("kind"),
                [*kinds, exporting.WHOLE],
                format_func=lambda one: exporting.words(one, language),
                key="export-kind",
                width=240,
            )
            forms = {one.name: one for one in exporting.formats(kind)}
            form = forms[
                st.segmented_control(
                    say("form"),
                    list(forms),
                    default=next(iter(forms)),
                    required=True,
                    format_func=lambda name: i18n.text(f"export.format.{name}", language),
                    key=f"export-form-{'-'.join(forms)}",
                )
            ]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            datum = Datum.WGS84
            if form.datum:
                datum = Datum(
                    st.segmented_control(
                        say("datum"),
                        [one.value for one in Datum],
                        default=Datum.WGS84.value,
                        required=True,
                        format_func=lambda one: i18n.text(f"datum.{one}", language),
                        key="export-datum",
                        help=say("datum.help"),
                    )
                )
            profile = _profile(data, kind, language) if form.name in ("xlsx", "csv") else None
            community, address = data.community, st.context.ip_address or ""
            st.download_button(
                say("download"),
                data=downloads.asked(
                    lambda who: exporting.export(
                        sources.store(), community, kind, form.name, actor=who, language=language, datum=datum,
                        profile=profile, address=address,
                    ).data
                ),
                file_name=downloads.file_name(community.name, exporting.words(kind, language), ending=form.ending),
                mime=form.mime,
                type="primary",
                icon=":material/download:",
                on_click="ignore",
                key="export-download",
            )  # fmt: skip
        st.caption(say("sealed"))


def _profile(data: CommunityData, kind: str, language: str) -> str | None:
    """Ask whether the columns are to be those of a file that came in, where such are remembered."""
    if kind == exporting.WHOLE:
        return None
    known = [one.name for one in import_profiles.profiles(sources.store(), data.community, kind)]
    if not known:
        return None
    return st.selectbox(
        i18n.text("data.export.columns", language),
        known,
        index=None,
        placeholder=i18n.text("data.export.columns.own", language),
        key=f"export-profile-{kind}",
        width=220,
    )


def _blank(data: CommunityData, language: str) -> None:
    def say(key: str) -> str:
        return i18n.text(f"data.template.{key}", language)

    with st.container(border=True, key="export-template"):
        st.markdown(f"**{say('title')}**")
        st.caption(say("help"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                i18n.text("data.export.kind", language),
                list(exporting.KINDS),
                format_func=lambda one: exporting.words(one, language),
                key="template-kind",
                width=240,
            )
            st.download_button(
                say("download"),
                data=lambda: templates.template(kind, language, data.catalogues),
                file_name=downloads.file_name(exporting.words(kind, language), say("name"), ending="xlsx"),
                mime=workbook.MIME,
                icon=":material/table_view:",
                on_click="ignore",
                key="template-download",
            )
