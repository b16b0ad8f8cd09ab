"""Reads XML that somebody hands in: no entities, nothing from elsewhere, no more than a stated size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gridmap.errors import InputError
from gridmap.exchange import opening

if TYPE_CHECKING:
    from lxml import etree

_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]")
_BESIDE_ROOT = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_BYTE_ORDER = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Programs write prefixes that they forget to declare; what they mean is plain all the same.
_HARMLESS = "NAMESPACE"
_WRONG_ENCODING = ("ERR_INVALID_ENCODING", "ERR_INVALID_CHAR", "ERR_UNKNOWN_ENCODING", "ERR_DOCUMENT_EMPTY")
_FALLBACK = "GB18030"


def root_name(head: bytes) -> str:
    """Return what the first bytes of a file call its root element, in small letters; ``""`` where it is no XML."""
    encoding = next((name for mark, name in _BYTE_ORDER.items() if head.startswith(mark)), "utf-8")
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    found = _ROOT.match(_BESIDE_ROOT.sub("", text).lstrip()) if text.startswith("<") else None
    return found[1].casefold() if found else ""


def elements(path: Path, name: str) -> tuple[etree._Element, str]:
    """Return the root element of an XML file, and the encoding of its text.

    A file that says no encoding and is no UTF-8 is read as GB18030.

    Raises
    ------
    InputError
        If it is too large, declares a document type (entities), or is no sound XML; ``file_damaged`` names the line.
    """
    # Half a megabyte that only who reads XML has to load.
    from lxml import etree

    limit_mb = opening.import_limits()["largest_xml_mb"]
    size_mb = path.stat().st_size // 1_000_000
    if size_mb >= limit_mb:
        raise InputError("file_too_large", source=name, size_mb=size_mb, limit_mb=limit_mb)
    # Two bytes a sign, whatever the document says of itself.
    wide = opening.first_bytes(path, name).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("UTF-16",) if wide else (None, _FALLBACK):
        parser = etree.XMLParser(
            encoding=encoding, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
            recover=True, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        try:
            with path.open("rb") as file:
                tree = etree.parse(file, parser)
        except (etree.XMLSyntaxError, LookupError, OSError) as fault:
            raise InputError("xml_broken", source=name, line=getattr(fault, "lineno", None) or 1) from fault
        faults = [entry for entry in parser.error_log if entry.domain_name != _HARMLESS]
        root = tree.getroot()
        # What grows out of entities in an attribute is cut off before there is a root.
        if (root is None and any(fault.type_name == "ERR_RESOURCE_LIMIT" for fault in faults)) or (
            root is not None and tree.docinfo.internalDTD is not None
        ):
            raise InputError("xml_entities", source=name)
        if not faults and root is not None:
            return root, encoding or tree.docinfo.encoding or "UTF-8"
        if encoding is None and faults and faults[0].type_name in _WRONG_ENCODING:
            continue
        break
    raise InputError("xml_broken", source=name, line=faults[0].line if faults else 1)


def tag(element: etree._Element) -> str:
    """Return an element's name without its namespace; ``""`` for what is no element."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the children of an element with one of these names, whatever their namespace."""
    return (child for child in element if tag(child) in names)


def said(element: etree._Element, name: str) -> str:
    """Return the trimmed text of the first child of a name; ``""`` where there is none."""
    return next((inner_text(child) for child in children(element, name)), "")


def inner_text(element: etree._Element) -> str:
    """Return all text inside an element, trimmed."""
    return "".join(element.itertext()).strip()
