"""A picture is shown without what it tells of its sender, and nothing but pictures and PDFs is kept (T7)."""

from __future__ import annotations

from io import BytesIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from channels import cleaning
from channels.cleaning import NotAPicture, cleaned
from tests.photos import photo, says_where


@pytest.mark.parametrize(
    ("kind", "kept_as"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")]
)
def test_neither_place_nor_phone_is_left_in_a_picture(kind: str, kept_as: str) -> None:
    taken = photo(kind)
    assert says_where(taken)
    clean = cleaned(taken)
    assert clean.content_type == kept_as
    assert not says_where(clean.content)


def test_a_picture_taken_on_its_side_stands_upright() -> None:
    with Image.open(BytesIO(cleaned(photo(size=(64, 48))).content)) as picture:
        assert picture.size == (48, 64)


def test_a_large_picture_is_made_as_small_as_is_still_read() -> None:
    with Image.open(BytesIO(cleaned(photo(size=(6000, 3000))).content)) as picture:
        assert max(picture.size) <= cleaning.WIDEST


def test_what_hides_behind_a_picture_is_cut_off() -> None:
    assert b"<script>" not in cleaned(photo() + b"<script>alert(1)</script>").content


def test_a_pdf_is_kept_as_it_is() -> None:
    assert cleaned(b"%PDF-1.7 licence").content == b"%PDF-1.7 licence"


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"GIF89a", b"PK\x03\x04", b"\xff\xd8\xff\xe0" + b"x" * 99, photo()[:200]]
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        cleaned(content)


def test_a_picture_too_large_to_be_painted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(NotAPicture):
        cleaned(photo())


def palette_png(noise: bytes, size: tuple[int, int]) -> bytes:
    """A picture of few colours, small as it is sent and several times as large painted anew."""
    speckled = Image.frombytes("P", size, noise)
    speckled.putpalette([value for tone in range(256) for value in (tone, 255 - tone, tone // 2)])
    written = BytesIO()
    speckled.save(written, "PNG", transparency=0)
    return written.getvalue()


def test_a_drawing_that_grows_too_large_to_be_kept_is_kept_as_a_photo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = palette_png(Random(5).randbytes(300 * 300), (300, 300))
    monkeypatch.setattr(cleaning, "LARGEST_PICTURE", len(drawn) + 20_000)
    clean = cleaned(drawn)
    assert (clean.kind, clean.content_type) == ("jpg", "image/jpeg")
    assert len(clean.content) <= cleaning.LARGEST_PICTURE
    monkeypatch.setattr(cleaning, "LARGEST_PICTURE", len(clean.content) - 1)
    assert len(cleaned(drawn).content) < len(clean.content)


def test_what_cannot_be_made_small_enough_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "LARGEST_PICTURE", 100)
    for content in (photo("PNG"), photo()):
        with pytest.raises(NotAPicture):
            cleaned(content)


def test_where_a_picture_is_transparent_the_photo_of_it_is_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(written, "WEBP", lossless=True)
    with Image.open(BytesIO(cleaned(written.getvalue()).content)) as picture:
        assert picture.getpixel((32, 32)) == (255, 255, 255)


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=300))
def test_no_bytes_break_the_look_at_a_file(content: bytes, cut: int) -> None:
    for tried in (content, photo()[:cut] + content, b"\x89PNG\r\n\x1a\n" + content):
        try:
            assert cleaned(tried).content
        except NotAPicture:
            continue
