"""`terminal backup` and `terminal restore` killed between their steps: all of it is there, or nothing of it."""

from __future__ import annotations

import contextlib
import pathlib
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from terminal.base.config import load_config
from terminal.ledger.rows import open_life
from terminal.ledger.verify import verify
from terminal.services.backup.recovery_key import RecoveryKey, keep_lock
from terminal.services.backup.restoring import opened_backup
from terminal.services.storage import read_store
from tests.crash.ground import Ground, Shop
from tests.crash.kills import Cut, all_cuts, some_cuts
from tests.crash.recorder import CONTROL_VARIABLE, FILES
from tests.crash.tills import REPOSITORY

pytestmark = pytest.mark.crash

SAMPLE = 8
SAMPLE_ALL = 60
KEY = RecoveryKey(bytes(range(16)))
END_S = 120.0
WORD = re.compile(r"To go on, type (\w+): $")


@pytest.fixture(scope="module")
def backup(ground: Ground) -> Iterator[pathlib.Path]:
    """Give a backup of the prepared shop."""
    with ground.shop() as shop:
        keep_lock(shop.folder / "data", KEY.lock())
        source = ground.folder / "b.cfbackup"
        assert run(ground, shop, "backup", str(source)) == 0
        yield source


def run(ground: Ground, shop: Shop, *words: str) -> int:
    """Run a command under the recorder, answer what it asks for, and return its exit code; -9 where it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal.cli", *words, "--config", str(shop.config), "--language", "en"],
        cwd=REPOSITORY,
        env=ground.environment(CONTROL_VARIABLE, ground.control.path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        said = ""
        while not WORD.search(said) and (letter := process.stdout.read(1)):
            said += letter
        found = WORD.search(said)
        # A killed one reads nothing any more.
        with contextlib.suppress(BrokenPipeError):
            _, err = process.communicate(f"{found[1]}\n" if found else None, timeout=END_S)
            assert "Traceback" not in err, err
        return process.wait(END_S)


def head(shop: Shop) -> bytes:
    """Return the hash the store's proved book ends with."""
    store = read_store(load_config(shop.config))
    try:
        assert verify(store, shop.folder / "proof").code == ""
        return open_life(store).hash
    finally:
        store.close()


def each_cut(attempt: Callable[[Cut], tuple[int, int]], seed: int, what: str, *, all_wanted: bool) -> None:
    """Try an action, which returns exit code and steps, without a cut and then with many; most must kill it."""
    code, steps = attempt(Cut(0))
    assert (code, steps > 0) == (0, True)
    chance = random.Random(f"{seed} {what}")
    places = all_cuts(steps) if all_wanted and steps <= SAMPLE_ALL else []
    cuts = places or some_cuts(steps, SAMPLE_ALL if all_wanted else SAMPLE, chance)
    killed = 0
    for cut in cuts:
        try:
            killed += attempt(cut)[0] != 0
        except BaseException as error:
            error.add_note(f"{what}, killed {cut} of {steps}; repeat with --seed={seed}")
            raise
    print(f"{what}: {steps} steps, {len(cuts)} cuts, {killed} kills, seed {seed}")
    assert killed > len(cuts) // 2


@pytest.mark.timeout(900)
def test_a_restore_killed_between_any_two_steps_leaves_the_old_store_or_the_new(
    ground: Ground, backup: pathlib.Path, seed: int, all_cuts_wanted: bool
) -> None:
    key_file = ground.folder / "key.txt"
    key_file.write_text(KEY.text)
    words = ("restore", str(backup), "--replace", "--key-file", str(key_file))

    def attempt(cut: Cut) -> tuple[int, int]:
        with ground.shop() as shop:
            old = head(shop)
            ground.control.arm(FILES, kill_at=cut.number, moment=cut.moment)
            code = run(ground, shop, *words)
            steps = ground.control.disarm()
            now = head(shop)
            asides = [path for path in (shop.folder / "data").glob("store.replaced-*.db") if path.stat().st_nlink == 1]
            assert len(asides) == (now != old), "the old store is in its place, or kept aside"
            assert code == 0 or cut.number
            assert code != 0 or now != old
            # What was killed can be repeated, and a till starts on what it leaves.
            assert run(ground, shop, *words) == 0
            assert head(shop) not in {old, now}
            assert not list((shop.folder / "data").glob("restore.*"))
            shop.start().kill()
        return code, steps

    each_cut(attempt, seed, "restore", all_wanted=all_cuts_wanted)


@pytest.mark.timeout(900)
def test_a_backup_killed_between_any_two_steps_is_whole_or_not_there(
    ground: Ground, seed: int, all_cuts_wanted: bool
) -> None:
    def attempt(cut: Cut) -> tuple[int, int]:
        with ground.shop() as shop:
            keep_lock(shop.folder / "data", KEY.lock())
            old, dest = head(shop), shop.folder / "stick" / "b.cfbackup"
            dest.parent.mkdir()
            ground.control.arm(FILES, kill_at=cut.number, moment=cut.moment)
            code = run(ground, shop, "backup", str(dest))
            steps = ground.control.disarm()
            assert head(shop) == old
            assert code != 0 or dest.exists()
            if dest.exists():
                _take_all(dest)
                dest.unlink()
            assert run(ground, shop, "backup", str(dest)) == 0
            _take_all(dest)
            assert [path.name for path in dest.parent.iterdir()] == [dest.name]
        return code, steps

    each_cut(attempt, seed, "backup", all_wanted=all_cuts_wanted)


def _take_all(source: pathlib.Path) -> None:
    """Fail unless a backup is whole."""
    with opened_backup(source, KEY) as opened:
        assert sum(map(len, opened.pieces)) == opened.label.store_bytes
