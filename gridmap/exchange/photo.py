"""Takes a photo in: what it is says its content, never its name; what is kept is the picture alone, and small.

Whatever a file says beside the picture (EXIF, XMP, IPTC, a preview, a colour profile) stays behind: the picture is
painted onto a new one. Where and when it was taken is read before, to be offered to whoever brings it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import math
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from gridmap.errors import InputError

LARGEST_MB = 30
"""A file may not be larger."""
MOST_MEGAPIXELS = 100
"""A JPEG may not have more pixels; it is read at an eighth where that is enough."""
MOST_MEGAPIXELS_WHOLE = 50
"""Nor may another picture, which has to be unpacked as a whole."""
LONG_SIDE_PX = 2048
THUMB_PX = 320
_QUALITY, _THUMB_QUALITY = 85, 78
# Only these readers are asked: some others of Pillow's start programs, or are seldom looked after.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_MEGA = 1_000_000
# What a photo of an hour ahead says of its moment is a wrong clock.
_AHEAD = dt.timedelta(hours=1)
# A picture is unpacked into memory: one at a time.
_one = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A photo as it is kept.

    Parameters
    ----------
    jpeg, thumb
        The picture, and a small one of it; JPEG without any metadata.
    width, height
        Size of the picture in pixels, the right way up.
    taken_at
        When it was taken, as its camera says; None where it does not.
    lon, lat
        Where, in WGS 84; None where it does not say.
    """

    jpeg: bytes
    thumb: bytes
    width: int
    height: int
    taken_at: dt.datetime | None = None
    lon: float | None = None
    lat: float | None = None

    @property
    def sha256(self) -> str:
        """The name under which it is kept."""
        return hashlib.sha256(self.jpeg).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a photo says of where (WGS 84) and when it was taken; None where it does not."""

    taken_at: dt.datetime | None = None
    lon: float | None = None
    lat: float | None = None


def take(content: bytes, *, time_zone: str, now: dt.datetime | None = None) -> Taken:
    """Read a photo, of which the first picture counts, and make it small and bare.

    Parameters
    ----------
    content
        The file: JPEG, PNG, WEBP, GIF or HEIC.
    time_zone
        In which its camera's clock runs, where the file does not say so.
    now
        This moment, timezone-aware; what was taken later has no moment.

    Raises
    ------
    errors.InputError
        If it is empty, too large, no photo, cut off, or has too many pixels.
    """
    demand_size(len(content))
    with _alone():
        picture = _opened(content)
        try:
            told = _told(picture, time_zone, now)
            if picture.format == "JPEG":
                picture.draft("RGB", (LONG_SIDE_PX, LONG_SIDE_PX))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            bare = _bare(upright, LONG_SIDE_PX)
        except (OSError, SyntaxError, ValueError, EOFError) as fault:
            raise InputError("photo_broken") from fault
        finally:
            picture.close()
        small = _bare(bare, THUMB_PX)
    return Taken(
        jpeg=_jpeg(bare, _QUALITY),
        thumb=_jpeg(small, _THUMB_QUALITY),
        width=bare.width,
        height=bare.height,
        taken_at=told.taken_at,
        lon=told.lon,
        lat=told.lat,
    )


def tell(content: bytes, *, time_zone: str, now: dt.datetime | None = None) -> Told:
    """Return where and when a photo says it was taken; of a JPEG its beginning is enough.

    Raises
    ------
    errors.InputError
        If it is empty or no photo.
    """
    demand_size(len(content))
    with _alone(), _opened(content) as picture:
        return _told(picture, time_zone, now)


def demand_size(size: int) -> None:
    """Refuse a file by its size in bytes.

    Raises
    ------
    errors.InputError
        If it is empty or too large.
    """
    if size == 0:
        raise InputError("photo_empty")
    if size > LARGEST_MB * _MEGA:
        raise InputError("photo_large", size=math.ceil(size / _MEGA), limit=LARGEST_MB)


@contextmanager
def _alone() -> Iterator[None]:
    with _one, warnings.catch_warnings():
        # What is odd about a file is judged here, and said in words.
        warnings.simplefilter("ignore")
        yield


def _opened(content: bytes) -> Image.Image:
    """Open a picture without unpacking it."""
    formats: tuple[str, ...] = _FORMATS
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF:
        from pi_heif import register_heif_opener  # loads a library of its own

        register_heif_opener(thumbnails=False)
        formats = ("HEIF",)
    try:
        picture = Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as fault:
        raise InputError("photo_pixels_many", limit=MOST_MEGAPIXELS) from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as fault:
        known = content.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")) or formats != _FORMATS
        raise InputError("photo_broken" if known else "photo_none") from fault
    limit = MOST_MEGAPIXELS if picture.format in ("JPEG", "MPO") else MOST_MEGAPIXELS_WHOLE
    if picture.width * picture.height > limit * _MEGA:
        found = math.ceil(picture.width * picture.height / _MEGA)
        picture.close()
        raise InputError("photo_pixels", found=found, limit=limit)
    return picture


def _bare(picture: Image.Image, longest: int) -> Image.Image:
    """Return a picture's colours alone on a new one, in sRGB on white, no longer than ``longest`` pixels."""
    small = picture.copy()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    profile = small.info.get("icc_profile")
    if small.mode in ("P", "LA", "PA") or "transparency" in small.info:
        small = small.convert("RGBA")
    if small.mode == "RGBA":
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    if profile and small.mode in ("RGB", "CMYK", "L"):
        small = _in_srgb(small, profile)
    bare = Image.new("RGB", small.size)
    bare.paste(small.convert("RGB"))
    return bare


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(picture, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture  # a profile that nobody can read tells nothing of the colours
    return changed or picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality, optimize=True)
    return kept.getvalue()


def _told(picture: Image.Image, time_zone: str, now: dt.datetime | None) -> Told:
    try:
        exif = picture.getexif()
        inner, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        at = _moment({**dict(exif), **inner}, time_zone)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Told()  # whatever a broken camera wrote: the picture is what is wanted
    if at is not None and now is not None and at > now + _AHEAD:
        at = None
    lon = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    lat = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        return Told(taken_at=at)
    return Told(taken_at=at, lon=lon, lat=lat)


def _moment(exif: Mapping[int, Any], time_zone: str) -> dt.datetime | None:
    written = str(exif.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime) or "")
    offset = str(exif.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    try:
        plain = dt.datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S")
        zone: dt.tzinfo | None = dt.datetime.strptime(offset, "%z").tzinfo if offset else ZoneInfo(time_zone)
        return plain.replace(tzinfo=zone).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _degrees(place: Mapping[int, Any], number: int, side: int, negative: str, most: float) -> float | None:
    try:
        parts = [float(part) for part in place[number]]
        degrees = sum((part / scale for part, scale in zip(parts, (1, 60, 3600), strict=False)), 0.0)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(degrees) or not 0 <= degrees <= most or not parts:
        return None
    return -degrees if str(place.get(side, "")).upper().startswith(negative) else degrees
