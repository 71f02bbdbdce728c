"""A receipt's bytes as lines people can read: one command or one run of text a line, every byte kept.

Written from the commands' descriptions, apart from the code that makes receipts, so that the two check each other.
"""

from __future__ import annotations

from collections.abc import Iterator

# Command start, bytes of arguments, name.
_FIXED = (
    (b"\x1b@", 0, "initialise"),
    (b"\x1c&", 0, "double-byte on"),
    (b"\x1c.", 0, "double-byte off"),
    (b"\x1ba", 1, "align"),
    (b"\x1bE", 1, "bold"),
    (b"\x1d!", 1, "size"),
    (b"\x1dB", 1, "reverse"),
    (b"\x1bJ", 1, "feed dots"),
    (b"\x1dVB", 1, "feed and cut"),
    (b"\x1da", 1, "automatic status"),
    (b"\x1dr", 1, "fence"),
)


def listing(data: bytes, codec: str = "gbk") -> str:
    """Return the listing of `data`; text is shown in `codec`; raise `ValueError` for anything unknown."""
    return "".join(f"{line}\n" for line in _lines(data, codec))


def raster_blocks(data: bytes) -> list[tuple[int, int, bytes]]:
    """Return width in bytes, rows and pixels of every raster block."""
    return [
        (int.from_bytes(part[4:6], "little"), int.from_bytes(part[6:8], "little"), part[8:])
        for part in commands(data)
        if part.startswith(b"\x1dv0")
    ]


def texts(data: bytes, codec: str = "gbk") -> list[str]:
    """Return the lines of text, decoded."""
    return [
        part[:-1].decode(codec)
        for part in commands(data)
        if (part.endswith(b"\n") and part[0] >= 0x20) or part == b"\n"
    ]


def commands(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of each command, and of each text with its line feed."""
    at = 0
    while at < len(data):
        length = _length(data, at)
        yield data[at : at + length]
        at += length


def _length(data: bytes, at: int) -> int:
    for start, arguments, _name in _FIXED:
        if data.startswith(start, at):
            return len(start) + arguments
    if data.startswith(b"\x1d(", at):
        return 5 + int.from_bytes(data[at + 3 : at + 5], "little")
    if data.startswith(b"\x1dv0", at):
        pixels = int.from_bytes(data[at + 4 : at + 6], "little") * int.from_bytes(data[at + 6 : at + 8], "little")
        return 8 + pixels
    if data[at] >= 0x20 or data[at] == 0x0A:
        return data.index(b"\n", at) + 1 - at
    raise ValueError(f"unknown command at {at}: {data[at : at + 4].hex(' ')}")


def _lines(data: bytes, codec: str) -> Iterator[str]:
    for part in commands(data):
        if part.startswith(b"\x1dv0"):
            yield f"{part[:8].hex(' ')} | raster {part[4] + part[5] * 256} bytes x {part[6] + part[7] * 256} rows"
            yield from (f"  {part[at : at + 32].hex()}" for at in range(8, len(part), 32))
        elif part.startswith(b"\x1d(k"):
            yield f"{part.hex(' ')} | QR {part[7:].decode() if part[6:7] == b'P' else ''}".rstrip()
        elif part.startswith(b"\x1d("):
            yield f"{part.hex(' ')} | setting {part[2:3].decode()}"
        elif part.endswith(b"\n") and (part[0] >= 0x20 or part == b"\n"):
            yield f"{part.hex()} | «{part[:-1].decode(codec)}»"
        else:
            yield f"{part.hex(' ')} | {_name(part)}"


def _name(part: bytes) -> str:
    start, arguments, name = next(found for found in _FIXED if part.startswith(found[0]))
    return f"{name} {part[len(start)]}" if arguments else name
