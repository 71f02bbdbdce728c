"""Slips on the emulated printer's paper look as they did when they were last reviewed."""

from __future__ import annotations

import pathlib

import pytest
from PIL import Image, ImageChops

from tests.golden import bills, pictures

# Listings compare the bytes of the same slips in every run; of the many pictures of bills one is enough there.
OFTEN = pictures.PICTURES.keys() - (bills.PICTURES.keys() - {"bill_58mm_zh_CN"})


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in OFTEN else pytest.mark.slow) for each in pictures.PICTURES]
)
def test_the_paper_looks_as_last_reviewed(name: str, tmp_path: pathlib.Path) -> None:
    if pictures.font_hash() != pictures.recorded_hash():
        pytest.skip("golden pictures were drawn with another font file")
    with Image.open(pictures.print_to(tmp_path, name)) as made, Image.open(pictures.FOLDER / f"{name}.png") as golden:
        assert made.size == golden.size
        assert ImageChops.difference(made.convert("L"), golden.convert("L")).getbbox() is None
