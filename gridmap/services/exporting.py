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

from gridmap import access, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.datums import Datum
from gridmap.errors import Forbidden, InputError
from gridmap.exchange import delivery, workbook, writing_kml, writing_vector
from gridmap.services import audit, community_data, community_settings, registers, sight
from gridmap.services.community_data import CommunityData
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
    return tuple(one for one in FORMATS.values() if not one.places or REGISTERS[kind].shape)


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
    datum: Datum = Datum.WGS84,
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
        Datum of its places.
    address
        Network address it goes to.
    now
        The moment; this one if left out.

    Raises
    ------
    Forbidden
        If they may not take tables along, or see nothing of this kind.
    InputError
        If there is no such kind or form, or the two do not go together.
    """
    moment = now or dt.datetime.now(dt.UTC)
    zone = settings.from_environment().time_zone
    data, seen = _seen(store, community, actor, moment.astimezone(ZoneInfo(zone)).date())
    made = make(store, data, seen, kind, format, language=language, datum=datum, now=moment)
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
    datum: Datum = Datum.WGS84,
    now: dt.datetime,
) -> Exported:
    """Make a file as `export` does, of what somebody sees of a community; the audit is the caller's."""
    chosen = _checked(seen, kind, format, datum)
    # Households in need are not swept along: who takes them asks for them by name.
    wanted = tuple(one for one in kinds(seen) if one != "households-in-need") if kind == WHOLE else (kind,)
    frames = {one: registers.rows(store, data, REGISTERS[one], seen) for one in wanted}
    tables = {one: registers.table(data, REGISTERS[one], frames[one], language, datum) for one in wanted}
    title = i18n.text("export.title", language, community=data.community.name, kind=words(kind, language))
    note = _note(data, datum, language, now)
    if chosen.name == "gpkg":
        file = _geopackage(tables, language)
    elif chosen.name == "xlsx":
        file = _book(tables, title, note, language)
    elif chosen.name == "csv":
        file = delivery.csv(_local(_plain_table(kind, tables[kind], language)))
    else:
        colours = registers.colours(data, REGISTERS[kind], frames[kind])
        file = _PLACED[chosen.name](tables[kind], REGISTERS[kind], title, note, language, colours, datum)
    return Exported(kind=kind, format=chosen, rows=sum(map(len, tables.values())), data=file)


def words(kind: str, language: str) -> str:
    """Return what a kind is called, `WHOLE` too."""
    return i18n.text("export.whole" if kind == WHOLE else f"kind.{kind}", language)


def _seen(store: Store, community: model.Community, actor: Actor | None, day: dt.date) -> tuple[CommunityData, Sight]:
    number = community_settings.number(community)
    data = community_data.read(store, number, day=day)
    if actor is None:
        return data, sight.EVERYTHING
    access.demand_somewhere(actor, Action.DOWNLOAD_TABLES)
    seen = Sight.of(actor, data.community)
    return sight.masked(data, seen), seen


def _checked(seen: Sight, kind: str, format: str, datum: Datum) -> Format:
    if kind != WHOLE and kind not in REGISTERS:
        raise InputError("export_kind", kind=kind, kinds=[*KINDS, WHOLE])
    if format not in FORMATS:
        raise InputError("export_format", format=format, formats=list(FORMATS))
    chosen = FORMATS[format]
    if chosen not in formats(kind):
        possible = [one.name for one in formats(kind)]
        raise InputError("export_not_so", kind=i18n.Phrase(_words_key(kind)), format=format, formats=possible)
    if datum is not Datum.WGS84 and not chosen.datum:
        raise InputError("export_datum", format=format)
    if not seen.tables or (kind != WHOLE and kind not in kinds(seen)):
        raise Forbidden("forbidden_role", action=Action.DOWNLOAD_TABLES.value)
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


def _plain_table(kind: str, table: Any, language: str) -> pd.DataFrame:
    """Return a table without its geometry, with its headings."""
    headed: pd.DataFrame = _headed(kind, pd.DataFrame(table).drop(columns="geom", errors="ignore"), language)
    return headed


def _book(tables: Mapping[str, Any], title: str, note: str, language: str) -> bytes:
    sheets = {words(kind, language): _plain_table(kind, table, language) for kind, table in tables.items()}
    aids = {words(kind, language): aids_of(kind, language) for kind in tables}
    zone = settings.from_environment().time_zone
    return workbook.write(sheets, title=title, note=note, time_zone=zone, aids=aids)


def aids_of(kind: str, language: str, spare_rows: int = 0) -> workbook.Aids:
    """Return what a sheet of a kind offers whoever fills it in."""
    fields = REGISTERS[kind].fields
    label = {name: registers.heading(kind, name, language) for name in fields}
    lists = {label[name]: list(registers.options(kind, name, language).values()) for name in fields}
    return workbook.Aids(
        choices={heading: words for heading, words in lists.items() if words},
        degrees=[label[name] for name in fields if name in registers.PLACE],
        plain=[label[name] for name in fields if name in registers.PLAIN],
        spare_rows=spare_rows,
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
    return writing_kml.kml(headed, title=title, note=note, names=names, colours=colours)


def _shapefile(
    table: gpd.GeoDataFrame, of: Register, _title: str, _note: str, language: str, _colours: list[str], _datum: Datum
) -> bytes:
    names = {registers.heading(of.kind, field, language): registers.names(of.kind, field) for field in of.fields}
    headed = _local(_headed(of.kind, table, language))
    return writing_vector.shapefile(headed, of.kind, kind=of.shape or "point", names=names)


_PLACED: Mapping[str, Callable[..., bytes]] = {"geojson": _geojson, "kml": _kml, "shp": _shapefile}
