"""Takes the registers of a community out of the store, in the forms that others ask for.

Nobody takes along more than they see, and nobody takes along what is kept sealed. Each export is in the audit.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.datums import Datum
from gridmap.errors import Forbidden, InputError
from gridmap.exchange import delivery, workbook, writing_kml, writing_vector
from gridmap.services import audit, community_data, community_settings, import_profiles, registers, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.import_profiles import Profile
from gridmap.services.issue_catalogue import Catalogues
from gridmap.services.registers import REGISTERS, Register
from gridmap.services.sight import Sight
from gridmap.store import Store

KINDS = tuple(REGISTERS)
WHOLE = "all"
"""All registers that somebody sees but households in need, in one workbook or GeoPackage."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A form of file.

    Parameters
    ----------
    name
        Its words are ``export.format.<name>``.
    ending
        How the name of such a file ends.
    mime
        Its media type.
    places
        Whether it holds only things with a place.
    whole
        Whether one file holds several kinds.
    datum
        Whether another datum than WGS 84 may be asked for.
    """

    name: str
    ending: str
    mime: str
    places: bool = False
    whole: bool = False
    datum: bool = True


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format(name="xlsx", ending="xlsx", mime=workbook.MIME, whole=True),
        Format(name="csv", ending="csv", mime="text/csv"),
        Format(name="geojson", ending="geojson", mime="application/geo+json", places=True),
        Format(name="kml", ending="kml", mime=writing_kml.MIME, places=True),
        Format(name="gpkg", ending="gpkg", mime="application/geopackage+sqlite3", whole=True, datum=False),
        Format(name="shp", ending="zip", mime="application/zip", places=True, datum=False),
    )
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Exported:
    """A file made of a register.

    Parameters
    ----------
    kind, format
        What it holds, and in which form.
    rows
        How many things it holds.
    data
        The file.
    """

    kind: str
    format: Format
    rows: int
    data: bytes


def kinds(seen: Sight) -> tuple[str, ...]:
    """Return the kinds that somebody may take along."""
    if not seen.tables:
        return ()
    return tuple(kind for kind, register in REGISTERS.items() if register.reach(seen) != frozenset())


def formats(kind: str) -> tuple[Format, ...]:
    """Return the forms in which a kind can be taken along."""
    if kind == WHOLE:
        return tuple(one for one in FORMATS.values() if one.whole)
    # A GeoPackage of one table without places is read by few.
    return tuple(one for one in FORMATS.values() if REGISTERS[kind].shape or not (one.places or one.name == "gpkg"))


def format_of(path: Path) -> Format:
    """Return the form of file that a name means by its ending.

    Raises
    ------
    InputError
        If it means none.
    """
    for one in FORMATS.values():
        if path.name.lower().endswith(f".{one.ending}"):
            return one
    raise InputError("export_ending", file=str(path), endings=[f".{one.ending}" for one in FORMATS.values()])


def export(
    store: Store,
    community: model.Community,
    kind: str,
    format: str,
    *,
    actor: Actor | None = None,
    language: str = "zh",
    datum: Datum | None = None,
    profile: str | None = None,
    address: str = "",
    now: dt.datetime | None = None,
) -> Exported:
    """Make a file of a register, and write into the audit that somebody took it along.

    Parameters
    ----------
    store, community
        Whose register.
    kind
        One of `KINDS`, or `WHOLE`.
    format
        One of `FORMATS`.
    actor
        Who takes it along; None for the command line, whose user has the store itself.
    language
        Language of headings and words.
    datum
        Datum of its places; that of the profile, else WGS 84, if left out.
    profile
        Name or file of the profile of an import, by whose columns a table is written; what a profile names and no
        register tells, such as who called, stays empty.
    address
        Network address it goes to.
    now
        The moment; this one if left out.

    Raises
    ------
    Forbidden
        If they may not take tables along, or see nothing of this kind.
    InputError
        If there is no such kind, form or profile, or they do not go together.
    """
    moment = now or dt.datetime.now(dt.UTC)
    data, seen = seen_by(store, community, actor, moment)
    made = make(store, data, seen, kind, format, language=language, datum=datum, profile=profile, now=moment)
    told = f"{words(kind, language)} · {made.format.ending}"
    audit.note(
        store,
        actor,
        Action.DOWNLOAD_TABLES.value,
        target=told,
        community_id=data.community.id,
        address=address,
        now=now,
    )
    return made


def make(
    store: Store,
    data: CommunityData,
    seen: Sight,
    kind: str,
    format: str,
    *,
    language: str,
    datum: Datum | None = None,
    profile: str | None = None,
    now: dt.datetime,
) -> Exported:
    """Make a file as `export` does, of what somebody sees of a community; the audit is the caller's."""
    chosen = _checked(seen, kind, format)
    by = None
    if profile is not None:
        if kind == WHOLE or format not in ("xlsx", "csv"):
            raise InputError("export_profile_tables")
        by = import_profiles.named(store, data.community, kind, profile)
    datum = datum or (Datum.WGS84 if by is None else Datum(by.datum))
    if datum is not Datum.WGS84 and not chosen.datum:
        raise InputError("export_datum", format=format)
    # Households in need are not swept along: who takes them asks for them by name.
    wanted = (
        tuple(one for one in kinds(seen) if one not in ("households-in-need", "care-helps"))
        if kind == WHOLE
        else (kind,)
    )
    frames = {one: registers.rows(store, data, REGISTERS[one], seen) for one in wanted}
    tables = {one: registers.table(data, REGISTERS[one], frames[one], language, datum) for one in wanted}
    title = i18n.text("export.title", language, community=data.community.name, kind=words(kind, language))
    note = _note(data, datum, language, now)
    if chosen.name == "gpkg":
        file = _geopackage(tables, language)
    elif chosen.name == "xlsx":
        file = _book(tables, title, note, language, by, data.catalogues)
    elif chosen.name == "csv":
        file = delivery.csv(_local(_plain_table(kind, tables[kind], language, by)))
    else:
        colours = registers.colours(data, REGISTERS[kind], frames[kind])
        file = _PLACED[chosen.name](tables[kind], REGISTERS[kind], title, note, language, colours, datum)
    return Exported(kind=kind, format=chosen, rows=sum(map(len, tables.values())), data=file)


def words(kind: str, language: str) -> str:
    """Return what a kind is called, `WHOLE` too."""
    return i18n.text("export.whole" if kind == WHOLE else f"kind.{kind}", language)


def seen_by(
    store: Store, community: model.Community, actor: Actor | None, now: dt.datetime
) -> tuple[CommunityData, Sight]:
    """Return what somebody sees of a community at a moment; all of it for the command line.

    Raises
    ------
    Forbidden
        If they may not even see its map.
    """
    day = now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    data = community_data.read(store, community_settings.number(community), day=day)
    if actor is None:
        return data, sight.EVERYTHING
    seen = Sight.of(actor, data.community)
    return sight.masked(data, seen), seen


def demand(seen: Sight, kind: str | None = None) -> None:
    """Refuse whoever may not take tables along, or sees nothing of a kind.

    Raises
    ------
    Forbidden
    """
    if not seen.tables or (kind is not None and kind not in kinds(seen)):
        raise Forbidden("forbidden_role", action=Action.DOWNLOAD_TABLES.value)


def _checked(seen: Sight, kind: str, format: str) -> Format:
    if kind != WHOLE and kind not in REGISTERS:
        raise InputError("export_kind", kind=kind, kinds=[*KINDS, WHOLE])
    if format not in FORMATS:
        raise InputError("export_format", format=format, formats=list(FORMATS))
    chosen = FORMATS[format]
    if chosen not in formats(kind):
        possible = [one.name for one in formats(kind)]
        raise InputError("export_not_so", kind=i18n.Phrase(_words_key(kind)), format=format, formats=possible)
    demand(seen, None if kind == WHOLE else kind)
    return chosen


def _words_key(kind: str) -> str:
    return "export.whole" if kind == WHOLE else f"kind.{kind}"


def _note(data: CommunityData, datum: Datum, language: str, now: dt.datetime) -> str:
    zone = settings.from_environment().time_zone
    at = i18n.time(now, language, zone)
    key = "export.note.synthetic" if data.community.synthetic else "export.note"
    return i18n.text(key, language, at=at, datum=i18n.text(f"datum.{datum.value}", language))


def _headed(kind: str, table: Any, language: str) -> Any:
    return table.rename(columns={name: registers.heading(kind, name, language) for name in REGISTERS[kind].fields})


def _plain_table(kind: str, table: Any, language: str, by: Profile | None) -> pd.DataFrame:
    """Return a table without its geometry, with our headings or the columns of a profile."""
    plain = pd.DataFrame(table).drop(columns="geom", errors="ignore")
    if by is not None:
        columns = {heading: plain.get(field, "") for field, heading in by.mapping.items()}
        return pd.DataFrame(columns, index=plain.index)
    headed: pd.DataFrame = _headed(kind, plain, language)
    return headed


def _book(
    tables: Mapping[str, Any], title: str, note: str, language: str, by: Profile | None, known: Catalogues
) -> bytes:
    sheets = {words(kind, language): _plain_table(kind, table, language, by) for kind, table in tables.items()}
    aids = {words(kind, language): _aids(kind, language, by, known) for kind in tables}
    zone = settings.from_environment().time_zone
    return workbook.write(sheets, title=title, note=note, time_zone=zone, aids=aids)


def _aids(kind: str, language: str, by: Profile | None, known: Catalogues) -> workbook.Aids:
    own = {field: registers.heading(kind, field, language) for field in REGISTERS[kind].fields}
    label = own if by is None else {field: heading for field, heading in by.mapping.items() if field in own}
    lists = {
        heading: list(registers.options(kind, field, language, known).values()) for field, heading in label.items()
    }
    return workbook.Aids(
        choices={heading: words for heading, words in lists.items() if words},
        degrees=[heading for field, heading in label.items() if field in registers.PLACE],
        plain=[heading for field, heading in label.items() if field in registers.PLAIN],
    )


def _local(table: Any) -> Any:
    """Return a table whose moments are texts in the office's own time: a text file knows no zones."""
    zone = ZoneInfo(settings.from_environment().time_zone)
    made = table.copy()
    for name in table.columns:
        if isinstance(table[name].dtype, pd.DatetimeTZDtype):
            told = table[name].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M:%S")
            made[name] = told.astype(object).where(table[name].notna(), None)
    return made


def _geopackage(tables: Mapping[str, Any], language: str) -> bytes:
    shapes = {kind: REGISTERS[kind].shape or "point" for kind in tables}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        layers = {kind: _headed(kind, table, language) for kind, table in tables.items()}
        writing_vector.geopackage(layers, path, kinds=shapes)
        return path.read_bytes()


def _geojson(
    table: gpd.GeoDataFrame, of: Register, title: str, _note: str, language: str, _colours: list[str], datum: Datum
) -> bytes:
    # The standard knows WGS 84 only; another datum is said in the file.
    more = {"name": title} if datum is Datum.WGS84 else {"name": title, "datum": datum.value}
    return writing_vector.geojson(_local(_headed(of.kind, table, language)), more=more)


def _kml(
    table: gpd.GeoDataFrame, of: Register, title: str, note: str, language: str, colours: list[str], _datum: Datum
) -> bytes:
    called = "number" if of.kind == "buildings" else "code" if of.kind == "issues" else "name"
    kind = words(of.kind, language)
    names = [str(name) or kind for name in table[called]]
    headed = _local(_headed(of.kind, table, language))
    return writing_kml.kml(headed, title=title, note=note, folder=kind, names=names, colours=colours)


def _shapefile(
    table: gpd.GeoDataFrame, of: Register, _title: str, _note: str, language: str, _colours: list[str], _datum: Datum
) -> bytes:
    names = {registers.heading(of.kind, field, language): registers.names(of.kind, field) for field in of.fields}
    headed = _local(_headed(of.kind, table, language))
    return writing_vector.shapefile(headed, of.kind, kind=of.shape or "point", names=names)


_PLACED: Mapping[str, Callable[..., bytes]] = {"geojson": _geojson, "kml": _kml, "shp": _shapefile}
