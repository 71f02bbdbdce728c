"""The character ROM of a receipt printer: which character a pair of bytes is, and its dots.

Font A is 12x24 dots for single bytes and 24x24 for double-byte characters (makers' ESC/POS references), so ASCII is one
column and everything from the Chinese ROM is two.
"""

from __future__ import annotations

import pathlib

from PIL import Image, ImageChops, ImageDraw, ImageFont

ROM_CODECS = {"gb18030": "gb18030", "gb18030-full": "gb18030", "gbk": "gbk", "gb2312": "gb2312", "big5": "big5"}
CHARSETS = (*ROM_CODECS, "none")
CODE_PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858",
}  # fmt: skip
CELL_ROWS = 24
CELL_DOTS = 12
REPLACEMENT = "\ufffd"
FONT_FILE = pathlib.Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FONT_FACE = "Noto Sans Mono CJK SC"
HAN_RISE_DOTS = 7  # the face has seven empty rows above a Han character at 24 pixels,
ASCII_RISE_DOTS = 10  # and its descenders end three rows lower than Han: lifted, so that they fit the cell
INK_THRESHOLD = 150  # of 255: grey of the outline font that becomes a burnt dot

# Code 128 (ISO/IEC 15417, table 1): bar and space widths in modules (six digits a value) for values 0-105.
CODE_128_WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221"
    "223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321"
    "112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131"
    "311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114"
    "122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232"
)
CODE_128_STOP = "2331112"
CODE_128_START = {ord("A"): 103, ord("B"): 104, ord("C"): 105}
CODE_128_SHIFT_TO = {ord("A"): 101, ord("B"): 100, ord("C"): 99}


def decode_pair(pair: bytes, charset: str) -> str | None:
    """The character of two (four in gb18030-full) bytes, or None when the ROM has no such character."""
    try:
        text = pair.decode(ROM_CODECS[charset])
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def code_128_modules(data: bytes) -> str | None:
    """Widths of bars and spaces for `{B...` data as GS k 73 takes it, or None when it is not valid."""
    if len(data) < 3 or data[0] != ord("{") or data[1] not in CODE_128_START:
        return None
    subset = data[1]
    values = [CODE_128_START[subset]]
    index = 2
    while index < len(data):
        if data[index] == ord("{") and index + 1 < len(data) and data[index + 1] in CODE_128_SHIFT_TO:
            subset = data[index + 1]
            values.append(CODE_128_SHIFT_TO[subset])
            index += 2
            continue
        value = _code_128_value(data[index], subset)
        if value is None:
            return None
        values.append(value)
        index += 1
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return "".join(CODE_128_WIDTHS[6 * value : 6 * value + 6] for value in (*values, check)) + CODE_128_STOP


def _code_128_value(byte: int, subset: int) -> int | None:
    if subset == ord("C"):
        return byte if byte < 100 else None
    if subset == ord("A"):
        return byte - 32 if 32 <= byte < 96 else byte + 64 if byte < 32 else None
    return byte - 32 if 32 <= byte < 128 else None


class GlyphRom:
    """Dots of characters, drawn from a font once each: `mask` gives a 1-bit image in which 1 is ink."""

    def __init__(self, font_file: pathlib.Path = FONT_FILE) -> None:
        """Open the monospaced Chinese face of `font_file`; raise `OSError` when it is not installed."""
        self._font = _mono_face(font_file)
        self._masks: dict[tuple[str, bool, bool, int, int], Image.Image] = {}

    def mask(self, character: str, *, han: bool, bold: bool, width: int, height: int) -> Image.Image:
        """Dots of one character, `width` and `height` times its cell."""
        key = (character, han, bold, width, height)
        if key not in self._masks:
            self._masks[key] = self._draw(character, han=han, bold=bold, width=width, height=height)
        return self._masks[key]

    def _draw(self, character: str, *, han: bool, bold: bool, width: int, height: int) -> Image.Image:
        dots = 2 * CELL_DOTS if han else CELL_DOTS
        grey = Image.new("L", (dots, CELL_ROWS), 0)
        draw = ImageDraw.Draw(grey)
        if character == REPLACEMENT:
            draw.rectangle((1, 1, dots - 2, CELL_ROWS - 2), fill=255)  # what the ROM lacks comes out as a block
        else:
            # Brackets reach higher than letters: they are lifted only as far as their top allows.
            rise = HAN_RISE_DOTS if han else min(ASCII_RISE_DOTS, int(self._font.getbbox(character)[1]))
            draw.text((0, -rise), character, font=self._font, fill=255)
        if bold:
            grey = ImageChops.lighter(grey, ImageChops.offset(grey, 1, 0))
        ink = grey.point(lambda value: 255 if value > 255 - INK_THRESHOLD else 0).convert("1")
        return ink.resize((dots * width, CELL_ROWS * height), Image.Resampling.NEAREST)


def _mono_face(font_file: pathlib.Path) -> ImageFont.FreeTypeFont:
    for index in range(32):
        face = ImageFont.truetype(str(font_file), CELL_ROWS, index=index)
        if face.getname()[0] == FONT_FACE:
            return face
    raise OSError(f"{font_file} has no face called {FONT_FACE}")
