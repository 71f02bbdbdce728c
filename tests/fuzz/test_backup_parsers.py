"""What comes from a stick or off a paper: a backup, its label or a recovery key, or a refusal."""

from __future__ import annotations

import pathlib
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules import canonical
from terminal.services.backup import sealed_file
from terminal.services.backup.label import Label, read_label
from terminal.services.backup.recovery_key import parse_key
from tests.services.backup_box import read_all

REFUSED = {"backup_damaged", "backup_not_one", "backup_form_newer", "recovery_key_other"}
LABEL = {name: "x" if hint == "str" else 1 for name, hint in Label.__annotations__.items()}
PARTS = st.integers(-5, 5) | st.text(max_size=5) | st.booleans()


@settings(deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_backup_or_refused(data: bytes, begun: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tried"
        path.write_bytes(sealed_file.MAGIC + data if begun else data)
        try:
            read_all(path)
        except Refusal as refusal:
            assert refusal.code in REFUSED  # noqa: PT017 - nothing else is raised
        else:
            raise AssertionError("believed")


@given(st.binary(max_size=80) | st.dictionaries(st.sampled_from([*LABEL, "later"]), PARTS).map(LABEL.__or__))
def test_any_bytes_are_a_backups_label_or_refused(given_label: bytes | dict[str, object]) -> None:
    data = given_label if isinstance(given_label, bytes) else canonical.encode(given_label)  # type: ignore[arg-type]
    try:
        label = read_label(data, "b")
    except Refusal as refusal:
        assert refusal.code == "backup_damaged"  # noqa: PT017 - only one of the two ends raises
    else:
        assert read_label(label.to_bytes(), "b") == label


@given(st.text(max_size=60) | st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ-", min_size=35, max_size=41))
def test_any_text_is_a_recovery_key_or_refused(text: str) -> None:
    try:
        found = parse_key(text)
    except Refusal:
        return
    assert parse_key(found.text) == found
