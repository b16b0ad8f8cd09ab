"""The presentation that a briefing is written into: our own look, or the street's template with its layouts."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import pptx
from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from gridmap.errors import InputError

FONT = "Microsoft YaHei"
"""The typeface for Chinese where a template names none: what the recipients' machines have."""
_LATIN = "Arial"
LARGEST_MB = 100
_UNPACKED_MB = 500
_TITLE = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
_SMALL = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER)
_TEMPLATE = b"presentationml.template.main+xml"
_PRESENTATION = b"presentationml.presentation.main+xml"
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file begins that is locked by a password, or of the old form."""
_DROPPED = ("/extended-properties", "/metadata/thumbnail", "/custom-properties")
_INK, _ACCENTS = "0B3C5D", ("0B3C5D", "9AA9B8", "C98A1B", "3E7F6C", "B5332E", "54278F")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A presentation without slides, and what of it a briefing goes by.

    Parameters
    ----------
    file
        The presentation.
    cover, plain
        Layouts of the first slide and of all others; None where the template has no such one.
    font
        Typeface for Chinese.
    own
        Whether it is ours.
    missing
        Names of the layouts that were looked for and are not there: ``cover``, ``plain``.
    """

    file: Any
    cover: Any
    plain: Any
    font: str
    own: bool
    missing: tuple[str, ...] = ()


def opened(template: bytes | None, name: str = "") -> Template:
    """Open a template, or make the presentation that briefings have without one.

    Parameters
    ----------
    template
        A ``.pptx`` or ``.potx``; its own slides are left out.
    name
        What it is called, for the fault.

    Raises
    ------
    InputError
        If it is no presentation, locked by a password, or far too large.
    """
    if template is None:
        return _ours()
    file = _read(template, name)
    _empty(file)
    cover = _layout(file, ("title slide", "标题幻灯片", "封面", "cover"), subtitle=True)
    plain = _layout(file, ("title only", "仅标题", "只有标题"), subtitle=False)
    missing = tuple(key for key, layout in (("cover", cover), ("plain", plain)) if layout is None)
    return Template(file=file, cover=cover, plain=plain, font=_font(file), own=False, missing=missing)


def blank(file: Any) -> Any:
    """Return the layout with the fewest things of its own."""
    return min(file.slide_layouts, key=lambda layout: len(list(layout.placeholders)))


def title_of(layout: Any) -> Any:
    """Return the placeholder for the heading of a layout; None where it has none."""
    return next((one for one in layout.placeholders if one.placeholder_format.type in _TITLE), None)


def small_of(layout: Any) -> dict[Any, Any]:
    """Return the placeholders for footer, date and number of a layout, by their type."""
    return {one.placeholder_format.type: one for one in layout.placeholders if one.placeholder_format.type in _SMALL}


def drop_personal(file: Any, *, title: str, language: str) -> None:
    """Leave nothing in the file's own description but what it is: no author, no preview, no names of earlier slides."""
    package = file.part.package
    for key, one in list(package._rels.items()):
        if one.reltype.endswith(_DROPPED):
            package._rels.pop(key)
    known = file.core_properties
    for name in ("author", "category", "comments", "content_status", "identifier", "keywords", "last_modified_by"):
        setattr(known, name, "")
    known.author, known.title, known.subject, known.version = "gridmap", title[:255], "", ""
    known.language = "zh-CN" if language == "zh" else "en-GB"


def _read(template: bytes, name: str) -> Any:
    try:
        if len(template) > LARGEST_MB * 2**20:
            raise InputError("briefing_template_large", file=name, most=LARGEST_MB)
        if template.startswith(_COMPOUND):
            raise InputError("briefing_template_locked", file=name)
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _UNPACKED_MB * 2**20:
                raise InputError("briefing_template_large", file=name, most=_UNPACKED_MB)
            kinds = archive.read("[Content_Types].xml")
            # Macros go into nobody's briefing.
            if b"macroEnabled" in kinds or b"vbaProject" in kinds:
                raise InputError("briefing_template_macros", file=name)
        return pptx.Presentation(io.BytesIO(_as_presentation(template) if _TEMPLATE in kinds else template))
    except (
        zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, AttributeError, etree.LxmlError, OSError
    ) as fault:  # fmt: skip
        if isinstance(fault, InputError):
            raise
        raise InputError("briefing_template", file=name) from fault


def _as_presentation(template: bytes) -> bytes:
    """Return a ``.potx`` as the ``.pptx`` that PowerPoint makes of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for one in source.infolist():
            read = source.read(one)
            made.writestr(
                one.filename, read.replace(_TEMPLATE, _PRESENTATION) if one.filename.startswith("[") else read
            )
    return out.getvalue()


def _empty(file: Any) -> None:
    """Take all slides out, with what only they refer to."""
    listed = file.slides._sldIdLst
    for one in list(listed):
        file.part.drop_rel(one.get(qn("r:id")))
        listed.remove(one)
    for sections in file.part._element.iter("{http://schemas.microsoft.com/office/powerpoint/2010/main}sectionLst"):
        extension = sections.getparent()
        extension.getparent().remove(extension)
        break


def _layout(file: Any, names: tuple[str, ...], *, subtitle: bool) -> Any:
    """Return a layout by its name, else by its placeholders; None where there is none."""
    named = [one for one in file.slide_layouts if one.name.strip().casefold() in names and title_of(one) is not None]
    if named:
        return named[0]
    for one in file.slide_layouts:
        kinds = [there.placeholder_format.type for there in one.placeholders]
        others = [kind for kind in kinds if kind not in (*_TITLE, *_SMALL)]
        if subtitle and PP_PLACEHOLDER.SUBTITLE in kinds and title_of(one) is not None:
            return one
        if not subtitle and title_of(one) is not None and not others:
            return one
    return None


def _font(file: Any) -> str:
    """Return the theme's typeface for Chinese, as it names it or lists it for simplified Chinese."""
    theme = _theme(file)
    if theme is None:
        return FONT
    space = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    for path in ("//a:minorFont/a:ea/@typeface", "//a:minorFont/a:font[@script='Hans']/@typeface"):
        found = [str(one) for one in theme.xpath(path, namespaces=space) if one]
        if found:
            return found[0]
    return FONT


def _theme_part(file: Any) -> Any:
    related = file.slide_masters[0].part.rels.values()
    return next((one.target_part for one in related if one.reltype.endswith("/theme")), None)


def _theme(file: Any) -> Any:
    part = _theme_part(file)
    return None if part is None else etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))


def _ours() -> Template:
    """Make a presentation of 16:9 with two layouts, our colours and a typeface that Chinese offices have."""
    file = pptx.Presentation()
    file.slide_width, file.slide_height = Pt(960), Pt(540)
    cover = _layout(file, ("title slide",), subtitle=True)
    plain = _layout(file, ("title only",), subtitle=False)
    for layout in list(file.slide_layouts):
        if layout not in (cover, plain):
            file.slide_layouts.remove(layout)
    _dress(file)
    for holder in (file.slide_master, cover, plain):
        for shape in list(holder.placeholders):
            if shape.placeholder_format.type in _SMALL:
                shape._element.getparent().remove(shape._element)
    master = next(iter(file.slide_master.placeholders))
    _place(master, 40, 26, 700, 46)
    _place(title_of(plain), 40, 26, 700, 46)
    _place(title_of(cover), 90, 150, 780, 130)
    for shape in cover.placeholders:
        if shape.placeholder_format.type == PP_PLACEHOLDER.SUBTITLE:
            _place(shape, 90, 300, 780, 70)
    return Template(file=file, cover=cover, plain=plain, font=FONT, own=True)


def _place(shape: Any, x: float, y: float, w: float, h: float) -> None:
    shape.left, shape.top, shape.width, shape.height = (Emu(Pt(value)) for value in (x, y, w, h))


def _dress(file: Any) -> None:
    part, theme = _theme_part(file), _theme(file)
    space = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    for number, colour in enumerate(_ACCENTS, 1):
        (accent,) = theme.xpath(f"//a:clrScheme/a:accent{number}", namespaces=space)
        accent[:] = [etree.Element(qn("a:srgbClr"), val=colour)]
    (dark,) = theme.xpath("//a:clrScheme/a:dk2", namespaces=space)
    dark[:] = [etree.Element(qn("a:srgbClr"), val=_INK)]
    for path in ("//a:majorFont", "//a:minorFont"):
        (fonts,) = theme.xpath(path, namespaces=space)
        for name in ("latin", "ea"):
            fonts.find(f"a:{name}", space).set("typeface", FONT if name == "ea" else _LATIN)
    part._blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)
