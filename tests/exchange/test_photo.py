"""Photos come in small and bare, and what is no photo is refused in a sentence."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from gridmap import errors
from gridmap.exchange import photo

ZONE = "Asia/Shanghai"
LON, LAT = 108.9531, 34.2174


def drawn(width: int = 640, height: int = 480) -> Image.Image:
    """A picture whose upper left is red and whose rest is blue."""
    picture = Image.new("RGB", (width, height), (20, 40, 200))
    picture.paste((220, 30, 30), (0, 0, width // 4, height // 4))
    return picture


def sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole, rest = divmod(degrees, 1)
    return (whole, rest * 60 // 1, round(rest * 60 % 1 * 60, 4))


def exif(*, orientation: int = 1, at: str = "2026:11:24 09:30:00", lon: float = LON) -> bytes:
    made = Image.Exif()
    made[ExifTags.Base.Make], made[ExifTags.Base.Model] = "某牌", "某型"
    made[ExifTags.Base.Orientation] = orientation
    made.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: at})
    made.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: sexagesimal(LAT),
            ExifTags.GPS.GPSLongitudeRef: "W" if lon < 0 else "E",
            ExifTags.GPS.GPSLongitude: sexagesimal(abs(lon)),
        }
    )
    return made.tobytes()


def written(picture: Image.Image, kind: str, **how: Any) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, kind, **how)
    return kept.getvalue()


def heic(picture: Image.Image, told: bytes) -> bytes:
    pillow_heif.register_heif_opener()
    return written(picture, "HEIF", exif=told, quality=80)


FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: written(drawn(), "JPEG", exif=exif()),
    "png": lambda: written(drawn(), "PNG", exif=exif()),
    "webp": lambda: written(drawn(), "WEBP", exif=exif()),
    "heic": lambda: heic(drawn(), exif()),
}


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_is_read_with_its_place_and_moment(kind: str) -> None:
    taken = photo.take(FILES[kind](), time_zone=ZONE)
    assert (taken.width, taken.height) == (640, 480)
    assert taken.lon == pytest.approx(LON, abs=1e-6)
    assert taken.lat == pytest.approx(LAT, abs=1e-6)
    assert taken.taken_at == dt.datetime(2026, 11, 24, 1, 30, tzinfo=dt.UTC)
    with Image.open(io.BytesIO(taken.jpeg)) as kept:
        assert (kept.format, kept.size, kept.mode) == ("JPEG", (640, 480), "RGB")
        red, _, blue = kept.getpixel((10, 10))
        assert red > 180 > 90 > blue


def test_upright_small_and_named_by_its_bytes() -> None:
    sideways = drawn(4000, 3000).transpose(Image.Transpose.ROTATE_90)  # shown upright by orientation 6
    taken = photo.take(written(sideways, "JPEG", exif=exif(orientation=6)), time_zone=ZONE)
    assert (taken.width, taken.height) == (2048, 1536)
    with Image.open(io.BytesIO(taken.jpeg)) as kept, Image.open(io.BytesIO(taken.thumb)) as thumb:
        assert kept.getpixel((20, 20))[0] > 180
        assert max(thumb.size) == photo.THUMB_PX
    again = photo.take(written(sideways, "JPEG", exif=exif(orientation=6)), time_zone=ZONE)
    assert again.sha256 == taken.sha256


def rich() -> bytes:
    """A JPEG with all that a picture may carry: EXIF with a preview, XMP, IPTC, a comment, a colour profile."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>somebody</dc:creator></x:xmpmeta>'
    plain = written(drawn(), "JPEG", exif=exif(), icc_profile=profile, xmp=xmp, comment="somebody")
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0d\x1c\x02\x50\x00\x08somebody\x00"
    return plain[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + plain[2:]


def test_stripped_photo_tells_nothing_by_exiftool(tmp_path: Path) -> None:
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("no exiftool here (libimage-exiftool-perl)")

    def groups(content: bytes) -> set[str]:
        file = tmp_path / "photo"
        file.write_bytes(content)
        told = subprocess.run(
            [program, "-json", "-a", "-u", "-G0", "-b", str(file)], capture_output=True, check=True, text=True
        )
        return {name.partition(":")[0] for name in json.loads(told.stdout)[0]}

    before = rich()
    assert {"EXIF", "XMP", "IPTC", "ICC_Profile"} <= groups(before)
    taken = photo.take(before, time_zone=ZONE)
    for content in (taken.jpeg, taken.thumb, photo.take(FILES["heic"](), time_zone=ZONE).jpeg):
        assert groups(content) <= {"SourceFile", "ExifTool", "File", "JFIF", "Composite"}
        assert b"somebody" not in content


def animated() -> bytes:
    pages = [Image.new("RGB", (80, 60), colour) for colour in ("red", "blue", "green")]
    return written(pages[0], "GIF", save_all=True, append_images=pages[1:], duration=40)


def test_of_an_animation_the_first_picture_is_kept() -> None:
    taken = photo.take(animated(), time_zone=ZONE)
    with Image.open(io.BytesIO(taken.jpeg)) as kept:
        assert kept.getpixel((40, 30))[0] > 200


def test_transparent_picture_stands_on_white() -> None:
    clear = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    with Image.open(io.BytesIO(photo.take(written(clear, "PNG"), time_zone=ZONE).jpeg)) as kept:
        assert kept.getpixel((25, 25)) == (255, 255, 255)


def huge(width: int, height: int) -> bytes:
    """The head of a JPEG that says it is so large: nothing of it has to be unpacked to be refused."""
    plain = written(drawn(16, 16), "JPEG")
    at = plain.index(b"\xff\xc0") + 5
    return plain[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + plain[at + 4 :]


def bomb() -> bytes:
    return written(Image.new("1", (12_000, 12_000)), "PNG")


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "photo_empty"),
    "50 MB": (lambda: b"\xff\xd8\xff" + b"0" * 50_000_000, "photo_large"),
    "truncated": (lambda: FILES["jpeg"]()[:3000], "photo_broken"),
    "truncated in its head": (lambda: FILES["jpeg"]()[:40], "photo_broken"),
    "truncated heic": (lambda: FILES["heic"]()[:600], "photo_broken"),
    "a table called jpg": (lambda: b"PK\x03\x04" + b"0" * 500, "photo_none"),
    "a page called jpg": (lambda: b"<svg onload=alert(1)></svg>", "photo_none"),
    "over 100 megapixels": (lambda: huge(12_000, 9_000), "photo_pixels"),
    "65535 x 65535": (lambda: huge(65_535, 65_535), "photo_pixels_many"),
    "bomb": (bomb, "photo_pixels"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_no_photo_is_refused_in_a_sentence(fault: str) -> None:
    make, key = BAD[fault]
    with pytest.raises(errors.InputError) as refused:
        photo.take(make(), time_zone=ZONE)
    assert refused.value.key == key
    for language in ("zh", "en"):
        assert not refused.value.sentence(language).startswith("error.")


def test_jpeg_of_almost_100_megapixels_is_read_at_a_fraction() -> None:
    wide = written(Image.new("L", (12_000, 8_000), 128), "JPEG")
    taken = photo.take(wide, time_zone=ZONE)
    assert (taken.width, taken.height) == (2048, 1365)


def test_place_is_told_by_the_beginning_of_a_jpeg() -> None:
    whole = written(drawn(2400, 1800), "JPEG", exif=exif(lon=-LON), quality=95)
    told = photo.tell(whole[:4096], time_zone=ZONE)
    assert (told.lon, told.lat) == (pytest.approx(-LON, abs=1e-6), pytest.approx(LAT, abs=1e-6))
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert photo.tell(whole[:4096], time_zone=ZONE, now=now).taken_at is None


SMALL = written(drawn(32, 24), "JPEG", exif=exif())


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 700))
def test_whatever_is_in_the_metadata_the_picture_is_taken_or_refused(noise: bytes, at: int) -> None:
    plain = SMALL
    spoilt = plain[:at] + noise + plain[at + len(noise) :]
    try:
        taken = photo.take(spoilt, time_zone=ZONE)
    except errors.InputError:
        return
    assert taken.jpeg.startswith(b"\xff\xd8\xff")
