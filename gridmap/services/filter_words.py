"""What is filtered, in the words of a language."""

from __future__ import annotations

from gridmap import i18n
from gridmap.services import issue_words
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters


def told(data: CommunityData, filters: Filters, language: str, *, issues: bool = True) -> list[str]:
    """Return what each filter lets through, a phrase each; those that let all through say nothing.

    Parameters
    ----------
    data
        The community.
    filters
        What is shown.
    language
        Language of the phrases.
    issues
        Whether issues are told of; which of them are shown is then always said.
    """

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"filter.{key}", language, **fields)

    said = []
    if filters.letters:
        said.append(say("grids", names=filters.letters))
    if filters.compounds:
        there = data.compounds.index[data.compounds.index.isin(filters.compounds)]
        said.append(say("compounds", names=data.compounds.loc[there, "name"].tolist()))
    if issues:
        said.append(say("issues", name=i18n.text(f"overview.issues.{filters.issues}", language)))
        if filters.sources:
            said.append(say("sources", names=[i18n.text(f"issue_source.{one}", language) for one in filters.sources]))
        if filters.categories:
            names = [issue_words.label(data, code, language) for code in filters.categories]
            said.append(say("categories", names=names))
        if filters.states:
            said.append(say("states", names=[i18n.text(f"issue_state.{one}", language) for one in filters.states]))
        for name in ("assignees", "reporters"):
            there = data.staff.index[data.staff.index.isin(getattr(filters, name))]
            if len(there):
                said.append(say(name, names=data.staff.loc[there, "name"].tolist()))
        for name in ("since", "until"):
            if day := getattr(filters, name):
                said.append(say(name, day=i18n.date(day, language)))
        if filters.text:
            said.append(say("text", text=filters.text))
    return said
