"""What a file from a phone is, by what it holds, and without what it tells of its sender (T7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

from tenants.files import LARGEST_FILE

LARGEST_PICTURE = LARGEST_FILE - 64
"""Bytes of a file from a phone: what it is under its key fits beside the others."""

MOST_PIXELS = 40_000_000
WIDEST = 2560
"""Pixels along the longer side; more than that shows no more of a leak or of a certificate."""

KINDS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png")}
KEPT_AS = {"JPEG": "JPEG", "MPO": "JPEG", "WEBP": "JPEG", "PNG": "PNG", "GIF": "PNG"}
"""How each kind of picture is kept, unless it would be too large then: what a phone packs into few colours grows as it is
painted anew."""

QUALITIES = (88, 75, 60, 40)
"""How finely a photo is kept; the first that is small enough."""


class NotAPicture(Exception):
    """Neither a picture nor a PDF, or one that nobody can open or keep."""


@dataclass(frozen=True)
class Clean:
    """A file that may be shown."""

    kind: str
    content_type: str
    content: bytes = field(repr=False)


def cleaned(content: bytes) -> Clean:
    """A picture painted anew, so that neither the place nor the phone it was taken with is in it, the right way up; a PDF as it
    is. Raises ``NotAPicture``."""
    if content.startswith(b"%PDF-"):
        return Clean("pdf", "application/pdf", content)
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture
            return _painted_anew(picture)
    except NotAPicture:
        raise
    except Exception as broken:
        # A decoder says in many ways that it cannot make sense of a file that somebody broke, or made to break it.
        raise NotAPicture from broken


def _painted_anew(picture: Image.Image) -> Clean:
    kept_as = KEPT_AS[picture.format or ""]
    if picture.format == "JPEG":
        picture.draft("RGB", (WIDEST, WIDEST))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((WIDEST, WIDEST))
    plain = upright.convert("RGBA" if kept_as == "PNG" or upright.has_transparency_data else "RGB")
    if kept_as == "PNG":
        fresh = Image.new(plain.mode, plain.size)
        fresh.paste(plain)
        content = _written(fresh, "PNG", optimize=False)
        if len(content) <= LARGEST_PICTURE:
            return Clean(*KINDS["PNG"], content)
    return _as_photo(plain)


def _as_photo(plain: Image.Image) -> Clean:
    """What is transparent becomes white, as on a page."""
    fresh = Image.new("RGB", plain.size, "white")
    fresh.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
    for quality in QUALITIES:
        content = _written(fresh, "JPEG", quality=quality)
        if len(content) <= LARGEST_PICTURE:
            return Clean(*KINDS["JPEG"], content)
    raise NotAPicture


def _written(picture: Image.Image, kind: str, **how: int) -> bytes:
    written = BytesIO()
    picture.save(written, kind, **how)
    return written.getvalue()
