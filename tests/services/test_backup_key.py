"""The recovery key on paper: every likely slip of the hand is noticed and named, and nothing but the lock is kept."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.services.backup.recovery_key import (
    ALPHABET,
    GROUP_CHARS,
    GROUPS,
    LOCK_FILE,
    RecoveryKey,
    check_group,
    keep_lock,
    load_lock,
    new_key,
    parse_key,
)
from tests.services.backup_box import KEY

pytestmark = pytest.mark.slow

keys = st.binary(min_size=16, max_size=16).map(RecoveryKey)
places = st.integers(0, GROUPS * GROUP_CHARS - 1)


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse_key(text)
    return caught.value


@given(keys, st.sampled_from([str.lower, str.upper, str.swapcase]), st.sampled_from(["", " ", "-", " - ", "\n", "　"]))
def test_a_key_is_read_however_it_is_grouped_and_cased(key: RecoveryKey, case: object, between: str) -> None:
    assert callable(case)
    assert parse_key(case(between.join(key.groups)) + "\n") == key
    assert parse_key(key.text.replace("1", "l").replace("0", "o")) == key
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in key.text)
    assert parse_key(wide) == key


@given(keys, places, st.sampled_from(ALPHABET + "U*?中"))
def test_one_wrong_letter_names_its_group(key: RecoveryKey, place: int, other: str) -> None:
    letters = list("".join(key.groups))
    if letters[place] == other:
        return
    letters[place] = other
    refusal = refused("".join(letters))
    assert (refusal.code, refusal.values["group"]) == ("recovery_group_wrong", place // GROUP_CHARS + 1)


@given(keys, places)
def test_two_neighbours_changed_about_are_noticed(key: RecoveryKey, place: int) -> None:
    letters = list("".join(key.groups))
    other = min(place + 1, len(letters) - 1)
    letters[place], letters[other] = letters[other], letters[place]
    if "".join(letters) == "".join(key.groups):
        return
    refused("".join(letters))


@given(keys, st.permutations(range(GROUPS)))
def test_groups_in_another_order_are_noticed_at_the_first_that_moved(key: RecoveryKey, order: list[int]) -> None:
    groups = key.groups
    moved = next((n for n, (now, was) in enumerate(zip(order, range(GROUPS), strict=True), 1) if now != was), 0)
    if moved:
        refusal = refused("".join(groups[n] for n in order))
        assert (refusal.code, refusal.values["group"]) == ("recovery_group_wrong", moved)


@given(keys, st.integers(0, GROUPS * GROUP_CHARS + 3))
def test_too_few_and_too_many_letters_are_counted(key: RecoveryKey, count: int) -> None:
    letters = ("".join(key.groups) + "777")[:count]
    if count != GROUPS * GROUP_CHARS:
        refusal = refused(letters)
        assert (refusal.code, dict(refusal.values)) == ("recovery_key_length", {"has": count, "needs": 35})


def test_groups_that_are_each_right_but_of_two_keys_are_no_key() -> None:
    one, other = RecoveryKey(b"a" * 16).groups, RecoveryKey(b"b" * 16).groups
    assert refused("-".join([*one[:3], *other[3:]])).code == "recovery_key_mistyped"


def test_a_group_is_checked_by_itself_while_it_is_typed() -> None:
    for number, group in enumerate(KEY.groups, 1):
        check_group(number, group)
        with pytest.raises(Refusal):
            check_group(number % GROUPS + 1, group)
        with pytest.raises(Refusal):
            check_group(number, group[:-1])


def test_the_text_of_a_key_never_changes() -> None:
    # Papers written today must open backups for as long as there are any.
    assert KEY.text == "000G0-40R47-0M30J-E209D-185GT-R38E6-1YZ4V"
    assert KEY.lock().public.hex() == "6caa08b0a0067ce315fdc1f1febc747125f9efa72fc92284898d688f5a7a8c4d"


def test_the_till_keeps_a_lock_that_says_nothing_of_the_key(tmp_path: pathlib.Path) -> None:
    assert load_lock(tmp_path) is None
    keep_lock(tmp_path, KEY.lock())
    file = tmp_path / LOCK_FILE
    kept = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_lock(tmp_path) == KEY.lock()
    assert KEY.seed not in kept
    assert KEY.private_key().private_bytes_raw() not in kept
    assert repr(KEY) == "RecoveryKey()"
    assert KEY.lock().witness.hex() not in repr(KEY.lock())
    keep_lock(tmp_path, new_key().lock())
    assert load_lock(tmp_path) != KEY.lock()
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]


def test_a_lock_that_others_can_read_or_that_is_none_is_refused(tmp_path: pathlib.Path) -> None:
    keep_lock(tmp_path, KEY.lock())
    file = tmp_path / LOCK_FILE
    file.chmod(0o644)
    with pytest.raises(Refusal, match="backup_lock_unusable"):
        load_lock(tmp_path)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Refusal, match="backup_lock_unusable"):
        load_lock(tmp_path)


def test_keys_are_drawn_and_have_names_of_their_own() -> None:
    made = {new_key() for _ in range(20)}
    assert len({key.seed for key in made}) == 20
    assert len({key.lock().name for key in made}) > 15
    assert all(len(key.lock().name) == 4 for key in made)
