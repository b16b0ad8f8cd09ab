"""Writes a project of QGIS, which QField opens too: layers of one GeoPackage beside it, their colours and their forms.

The elements are those that QGIS 3.22 writes; what is left out, it fills in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gridmap.exchange import xml_text

Shape = Literal["polygon", "line", "point"]
Widget = Literal["line", "text", "whole", "number", "choice", "yes_no", "moment", "hidden"]
_GEOMETRY = {"polygon": "Polygon", "line": "Line", "point": "Point"}
_WKB = {"polygon": "MultiPolygon", "line": "LineString", "point": "Point"}
_SYMBOL = {"polygon": "fill", "line": "line", "point": "marker"}
_WGS84 = (
    "<spatialrefsys><proj4>+proj=longlat +datum=WGS84 +no_defs</proj4><srsid>3452</srsid><srid>4326</srid>"
    "<authid>EPSG:4326</authid><description>WGS 84</description><projectionacronym>longlat</projectionacronym>"
    "<ellipsoidacronym>EPSG:7030</ellipsoidacronym><geographicflag>true</geographicflag></spatialrefsys>"
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a form.

    Parameters
    ----------
    name, label
        Name of the column, and what it is called.
    widget
        How it is filled in.
    choices
        Codes of a choice and their words.
    default
        Expression of QGIS by which a new thing has it.
    fixed
        Whether it may only be read.
    """

    name: str
    label: str
    widget: Widget = "line"
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    fixed: bool = False


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of the GeoPackage.

    Parameters
    ----------
    name, label
        Name in the file, and what it is called.
    shape
        Its geometry.
    fields
        Of its form, in order.
    by
        Field that chooses the colour; "" for one colour.
    colours
        By value of that field, colour (``#RRGGBB``) and words; the value "" is every other.
    title
        Field by which a thing is labelled on the map; "" for none.
    fixed
        Whether the layer may only be read.
    hollow
        Whether areas are only their outline, and points squares.
    """

    name: str
    label: str
    shape: Shape
    fields: Sequence[Field]
    by: str = ""
    colours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    title: str = ""
    fixed: bool = False
    hollow: bool = False


def write(layers: Sequence[Layer], *, file: str, title: str, extent: tuple[float, float, float, float]) -> bytes:
    """Return a project.

    Parameters
    ----------
    layers
        From the top of the map to its bottom.
    file
        Name of the GeoPackage, which lies in the same folder.
    title
        Name of the project.
    extent
        West, south, east and north of what is shown first, in degrees.
    """
    west, south, east, north = extent
    tree = "".join(
        f'<layer-tree-layer id={_id(one)} name={xml_text.attribute(one.label)} checked="Qt::Checked" expanded="0" '
        f'providerKey="ogr" source={xml_text.attribute(_source(one, file))}><customproperties/></layer-tree-layer>'
        for one in layers
    )
    order = "".join(f"<layer id={_id(one)}/>" for one in layers)
    named = xml_text.attribute(title)
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.22.0-Białowieża" projectname={named}><homePath path=""/>'
        f"<title>{xml_text.text(title)}</title>"
        f"<projectCrs>{_WGS84}</projectCrs>"
        f'<layer-tree-group><customproperties/>{tree}<custom-order enabled="0"/></layer-tree-group>'
        f'<mapcanvas name="theMapCanvas" annotationsVisible="1"><units>degrees</units><extent><xmin>{west!r}</xmin>'
        f"<ymin>{south!r}</ymin><xmax>{east!r}</xmax><ymax>{north!r}</ymax></extent><rotation>0</rotation>"
        f"<destinationsrs>{_WGS84}</destinationsrs></mapcanvas>"
        f"<projectlayers>{''.join(_layer(one, file) for one in layers)}</projectlayers><layerorder>{order}</layerorder>"
        '<properties><Paths><Absolute type="bool">false</Absolute></Paths>'
        '<SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys></properties></qgis>\n'
    ).encode()


def _source(layer: Layer, file: str) -> str:
    return f"./{file}|layername={layer.name}"


def _id(layer: Layer) -> str:
    return xml_text.attribute(f"{layer.name}_gridmap")


def _layer(layer: Layer, file: str) -> str:
    configured = "".join(
        f'<field name={xml_text.attribute(one.name)} configurationFlags="None">{_widget(one)}</field>'
        for one in layer.fields
    )
    aliases = "".join(
        f'<alias field={xml_text.attribute(one.name)} index="{at}" name={xml_text.attribute(one.label)}/>'
        for at, one in enumerate(layer.fields, start=1)
    )
    defaults = "".join(
        f"<default field={xml_text.attribute(one.name)} expression={xml_text.attribute(one.default)} "
        'applyOnUpdate="0"/>'
        for one in layer.fields
        if one.default
    )
    editable = "".join(
        f'<field name={xml_text.attribute(one.name)} editable="{int(not (one.fixed or layer.fixed))}"/>'
        for one in layer.fields
    )
    return (
        f'<maplayer type="vector" geometry="{_GEOMETRY[layer.shape]}" wkbType="{_WKB[layer.shape]}" '
        f'readOnly="{int(layer.fixed)}" labelsEnabled="{int(bool(layer.title))}" autoRefreshEnabled="0" '
        'hasScaleBasedVisibilityFlag="0" simplifyDrawingHints="1" refreshOnNotifyEnabled="0">'
        f"<id>{layer.name}_gridmap</id><datasource>{xml_text.text(_source(layer, file))}</datasource>"
        f"<layername>{xml_text.text(layer.label)}</layername><srs>{_WGS84}</srs>"
        '<provider encoding="UTF-8">ogr</provider>'
        "<flags><Identifiable>1</Identifiable><Removable>1</Removable><Searchable>1</Searchable></flags>"
        f"{_renderer(layer)}{_labels(layer)}"
        f"<fieldConfiguration>{configured}</fieldConfiguration><aliases>{aliases}</aliases>"
        f"<defaults>{defaults}</defaults><editable>{editable}</editable>"
        f"<previewExpression>{xml_text.text(layer.title and _quoted(layer.title))}</previewExpression></maplayer>"
    )


def _widget(one: Field) -> str:
    kind, options = {
        "line": ("TextEdit", _flags(IsMultiline=False, UseHtml=False)),
        "text": ("TextEdit", _flags(IsMultiline=True, UseHtml=False)),
        "whole": ("TextEdit", _flags(IsMultiline=False, UseHtml=False)),
        "number": ("TextEdit", _flags(IsMultiline=False, UseHtml=False)),
        "yes_no": ("CheckBox", ""),
        "moment": ("DateTime", '<Option name="display_format" type="QString" value="yyyy-MM-dd HH:mm"/>'),
        "hidden": ("Hidden", ""),
        "choice": ("ValueMap", ""),
    }[one.widget]
    if one.widget == "choice":
        listed = "".join(
            f'<Option type="Map"><Option name={xml_text.attribute(word)} value={xml_text.attribute(code)} '
            'type="QString"/></Option>'
            for code, word in one.choices.items()
        )
        options = f'<Option name="map" type="List">{listed}</Option>'
    return f'<editWidget type="{kind}"><config><Option type="Map">{options}</Option></config></editWidget>'


def _flags(**flags: bool) -> str:
    return "".join(f'<Option name="{name}" type="bool" value="{str(on).lower()}"/>' for name, on in flags.items())


def _renderer(layer: Layer) -> str:
    if not layer.by:
        colour = layer.colours[""][0]
        return (
            f'<renderer-v2 type="singleSymbol" forceraster="0" enableorderby="0"><symbols>{_symbol(layer, 0, colour)}'
            "</symbols></renderer-v2>"
        )
    categories = "".join(
        f'<category value={xml_text.attribute(value)} symbol="{at}" label={xml_text.attribute(words)} render="true"/>'
        for at, (value, (_, words)) in enumerate(layer.colours.items())
    )
    symbols = "".join(_symbol(layer, at, colour) for at, (colour, _) in enumerate(layer.colours.values()))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={xml_text.attribute(layer.by)} forceraster="0" '
        f'enableorderby="0"><categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>'
    )


def _symbol(layer: Layer, at: int, colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    kind, own = {
        "polygon": (
            "SimpleFill",
            {
                "color": f"{red},{green},{blue},{0 if layer.hollow else 90}",
                "outline_color": f"{red},{green},{blue},255",
                "outline_width": "0.4",
                "outline_width_unit": "MM",
                "style": "solid",
            },
        ),
        "line": (
            "SimpleLine",
            {"line_color": f"{red},{green},{blue},255", "line_width": "0.5", "line_width_unit": "MM"},
        ),
        "point": (
            "SimpleMarker",
            {
                "name": "square" if layer.hollow else "circle",
                "color": f"{red},{green},{blue},255",
                "outline_color": "255,255,255,255",
                "size": "2.4" if layer.hollow else "3.4",
                "size_unit": "MM",
            },
        ),
    }[layer.shape]
    options = "".join(f'<Option name="{name}" type="QString" value="{value}"/>' for name, value in own.items())
    return (
        f'<symbol name="{at}" type="{_SYMBOL[layer.shape]}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{kind}" enabled="1" pass="0" locked="0"><Option type="Map">{options}</Option></layer></symbol>'
    )


def _labels(layer: Layer) -> str:
    if not layer.title:
        return ""
    return (
        f'<labeling type="simple"><settings><text-style fieldName={xml_text.attribute(layer.title)} fontSize="8" '
        'textColor="40,50,56,255" fontSizeUnit="Point" isExpression="0"><text-buffer bufferDraw="1" bufferSize="0.8" '
        'bufferColor="255,255,255,255" bufferSizeUnits="MM"/></text-style><placement placement="1"/></settings>'
        "</labeling>"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
