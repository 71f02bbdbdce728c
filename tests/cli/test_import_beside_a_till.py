"""`terminal import members` while the till serves: through its door, with taps answered in between."""

from __future__ import annotations

import subprocess

import pytest

from terminal.store.database import Database
from terminal.store.log_keeper import ENOUGH_PAGES
from tests.cli.home import REPOSITORY, Home, command
from tests.cli.simulators import till_with_devices
from tests.timing import wait_until

pytestmark = pytest.mark.slow

PIN = "135790"
LINES = 1_000


def test_an_import_through_the_door_lets_taps_in_and_is_the_same_as_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    known = "会员编号,姓名,手机,卡号,余额\nW,王雨桐,13800138001,0BE2FB0B,10\n"
    many = "".join(f"F{number},会员{number},139{number:08d},,{number}.00\n" for number in range(LINES))
    with till_with_devices(tmp_path_factory.mktemp("door"), PIN, known) as devices:
        home, pages = devices.home, devices.pages
        path = home.file("many.csv", known + many)
        live = pages.live("/kiosk/live")
        words = command("import", "members", path, "--config", home.config)
        booked: set[int] = set()
        with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                devices.hold_card("kiosk", "wang")
                live.until(lambda message: message["state"] == "member", "the member")
                booked.add(pages.health()["book_entries"])
                devices.lift_card("kiosk")
            assert process.stdout is not None
            assert process.stdout.read() == f"Done: {LINES} imported, 1 same.\n"
        live.close()
        # However slow the machine is: taps were answered while part of the lines was booked and part was not.
        midway = {entries for entries in booked if 1 < entries < LINES + 1}
        assert len(midway) >= 2, booked
        assert pages.health()["book_entries"] == LINES + 1
        again = home.run("import", "members", path)
        assert (again.exit_code, again.out) == (0, f"Done: {LINES + 1} same.\n")
        path.write_text(known.replace(",10\n", ",11\n"))
        changed = home.run("import", "members", path)
        assert changed.exit_code == 1
        assert "line 2: was imported before with other content; NOT changed" in changed.out
        assert pages.health()["book_entries"] == LINES + 1
        rehearsed = home.run("import", "members", home.file("new.csv", "姓名,手机\n新,13500000001\n"), "--dry-run")
        assert (rehearsed.exit_code, rehearsed.out) == (0, "line 2: would be imported\nWould be: 1 imported.\n")
        assert pages.health()["book_entries"] == LINES + 1
        # All of it is in the log first; a till that serves carries it over by itself, while nobody waits for it.
        wait_until(lambda: _behind(home) < ENOUGH_PAGES)


def _behind(home: Home) -> int:
    """Return the pages of the store that are in its log alone."""
    store = Database(home.data / "store.db", (home.data / "store.key").read_bytes())
    with store.connection_context():
        _, pages, carried = store.rows("PRAGMA wal_checkpoint(NOOP)")[0]
    return int(pages - carried)
