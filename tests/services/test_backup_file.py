"""A backup's file: whatever is changed, cut off, moved, doubled or forged, nothing of it is believed."""

from __future__ import annotations

import io
import pathlib
import random
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.services.backup import sealed_file
from terminal.services.backup.recovery_key import BackupLock
from tests.services.backup_box import KEY, OTHER_KEY, Box, label_of, read_all

pytestmark = pytest.mark.slow

REFUSED = {"backup_damaged", "backup_not_one", "backup_form_newer", "recovery_key_other"}
HEADER_BYTES = 122


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give a backup of a store of some three megabytes."""
    folder = tmp_path_factory.mktemp("backup")
    box = Box(folder / "box")
    till = box.till()
    chance = random.Random(5)
    for _ in range(40):
        till.mailbox.put("x", chance.randbytes(80_000))
    till.database.close()
    return box.backup(folder / "b.cfbackup").path


def code_of(data: bytes, folder: pathlib.Path) -> str:
    """Return the code with which a backup of these bytes is refused, empty if it is believed to its end."""
    path = folder / "tried"
    path.write_bytes(data)
    try:
        read_all(path)
    except Refusal as refusal:
        return refusal.code
    return ""


def chunks_of(data: bytes) -> list[bytes]:
    """Return the chunks behind a header, each with its length."""
    found, at = [], HEADER_BYTES
    while at < len(data):
        end = at + 4 + struct.unpack_from(">I", data, at)[0]
        found.append(data[at:end])
        at = end
    return found


def edges(data: bytes) -> Iterator[int]:
    """Yield places in every region: all of the header, and of each chunk its length, both ends, and its tag."""
    yield from range(HEADER_BYTES)
    at = HEADER_BYTES
    for chunk in chunks_of(data):
        yield from (at, at + 1, at + 2, at + 3, at + 4, at + 5, at + len(chunk) - 17, at + len(chunk) - 16)
        yield at + len(chunk) - 1
        at += len(chunk)


def test_what_was_backed_up_is_read_again(backup: pathlib.Path) -> None:
    label = label_of(backup)
    assert read_all(backup) == label.store_bytes > 3_000_000
    assert len(chunks_of(backup.read_bytes())) == 2 + label.store_bytes // sealed_file.CHUNK_BYTES_MAX
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_flipped_bit_in_any_region_is_refused(backup: pathlib.Path, tmp_path: pathlib.Path, seed: int) -> None:
    data, chance = backup.read_bytes(), random.Random(seed)
    assert code_of(data, tmp_path) == ""
    places = [*edges(data), *(chance.randrange(len(data)) for _ in range(100))]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        assert code_of(bytes(flipped), tmp_path) in REFUSED, f"byte {place}, seed {seed}"


def test_a_file_cut_off_anywhere_is_refused(backup: pathlib.Path, tmp_path: pathlib.Path, seed: int) -> None:
    data, chance = backup.read_bytes(), random.Random(seed)
    ends = [HEADER_BYTES]
    for chunk in chunks_of(data)[:-1]:
        ends.append(ends[-1] + len(chunk))
    lengths = {*range(HEADER_BYTES + 30), *ends, *(end + 4 for end in ends), len(data) - 1, len(data) - 16}
    for length in lengths | {chance.randrange(len(data)) for _ in range(50)}:
        assert code_of(data[:length], tmp_path) in REFUSED, f"{length} bytes, seed {seed}"


def test_chunks_moved_doubled_left_out_or_added_are_refused(backup: pathlib.Path, tmp_path: pathlib.Path) -> None:
    data = backup.read_bytes()
    header, chunks = data[:HEADER_BYTES], chunks_of(data)
    assert b"".join([header, *chunks]) == data
    for order in ([0, 2, 1, 3], [1, 0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 3], [0, 1, 2, 3, 3], [0, 3], [1, 2, 3], [3], []):
        tried = b"".join([header, *(chunks[n] for n in order)])
        assert code_of(tried, tmp_path) == "backup_damaged", order
    assert code_of(data + b"\0", tmp_path) == "backup_damaged"
    assert code_of(data + data, tmp_path) == "backup_damaged"


def test_chunks_of_another_backup_for_the_same_key_are_refused(backup: pathlib.Path, tmp_path: pathlib.Path) -> None:
    box = Box(tmp_path / "box")
    box.till().database.close()
    other = box.backup(tmp_path / "o").path.read_bytes()
    data = backup.read_bytes()
    assert code_of(other, tmp_path) == ""
    assert code_of(data[:HEADER_BYTES] + other[HEADER_BYTES:], tmp_path) == "backup_damaged"
    assert code_of(data[:42] + other[42:HEADER_BYTES] + data[HEADER_BYTES:], tmp_path) == "backup_damaged"
    mixed = [chunks_of(data)[0], *chunks_of(other)[1:]]
    assert code_of(data[:HEADER_BYTES] + b"".join(mixed), tmp_path) == "backup_damaged"


def test_another_recovery_key_opens_nothing_and_both_are_named(backup: pathlib.Path) -> None:
    with pytest.raises(Refusal) as caught:
        read_all(backup, OTHER_KEY)
    values = {"file": backup.name, "needs": KEY.lock().name, "has": OTHER_KEY.lock().name}
    assert (caught.value.code, dict(caught.value.values)) == ("recovery_key_other", values)


def test_who_knows_the_public_part_alone_cannot_forge_a_backup(tmp_path: pathlib.Path) -> None:
    box = Box(tmp_path / "box")
    box.till().database.close()
    assert code_of(box.backup(tmp_path / "b").path.read_bytes(), tmp_path) == ""
    forged = sealed_file.seal_header(BackupLock(KEY.lock().public, bytes(32)), bytes(32))
    keys = sealed_file.keys_of(forged, bytes(32), bytes(32))
    out = io.BytesIO()
    sealed_file.write_chunks(out, [b"{}"], keys.chunks)
    assert code_of(forged + out.getvalue(), tmp_path) == "backup_damaged"


def test_nothing_of_the_store_stands_in_the_clear(tmp_path: pathlib.Path) -> None:
    box = Box(tmp_path / "box")
    till = box.till()
    till.mailbox.put("x", b"a word to look for" * 100)
    device = till.book.life().device
    till.database.close()
    data = box.backup(tmp_path / "b").path.read_bytes()
    for secret in (b"a word to look for", b"CREATE TABLE", b"SQLite format", device.encode(), b"backup_id"):
        assert secret not in data
    assert KEY.seed not in data
    assert KEY.lock().witness not in data


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_pieces_come_back_in_their_order(pieces: list[bytes]) -> None:
    out = io.BytesIO()
    sealed_file.write_chunks(out, pieces, bytes(32))
    assert list(sealed_file.read_chunks(io.BytesIO(out.getvalue()), bytes(32), "b")) == (pieces or [b""])
