"""Restoring: the same balances under a name of their own, a till of a chain that rejoins, and never half of a store."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import random
import shutil
from collections.abc import Iterator

import pytest

from cloud.core import Cloud
from cloud.errors import Refused
from cloud.proof import wrongs
from cloud.sqlite_storage import SqliteStorage
from terminal.base.config import parse_config
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, ChainId, new_id
from terminal.ledger.book import Book
from terminal.ledger.lives import Journal
from terminal.ledger.verify import verify
from terminal.rules import canonical, entry
from terminal.rules.canonical import Canonical
from terminal.services.backup import sealed_file
from terminal.services.backup.label import Label, read_label
from terminal.services.backup.recovery_key import LOCK_FILE, load_lock
from terminal.services.backup.swapping import held_place
from terminal.services.files.asked import Asked, Filled
from terminal.services.files.erasing import Erasing, remember
from terminal.services.files.files import Files
from terminal.services.joining import Joining
from terminal.services.media_life.asked import By
from terminal.services.refunds.desk import records_over
from terminal.store.database import Database, WriterLock, write_private
from terminal.store.migrations import MIGRATIONS, SCHEMA, migrate
from terminal.sync.wire import Accepted, Push
from tests.services.backup_box import KEY, OTHER_KEY, Box, label_of
from tests.services.joined_bench import sell_before, take_back
from tests.services.refund_bench import RefundBench, open_bench
from tests.support import STORE_KEY, TestBook
from tests.sync.till import OWNER, Till, accepted

pytestmark = pytest.mark.slow

CHAIN = ChainId("c7" * 16)


@pytest.fixture
def boxes(tmp_path: pathlib.Path) -> list[Box]:
    """Give three machines: the one that is lost, and two to restore to."""
    return [Box(tmp_path / name) for name in ("lost", "first", "second")]


@pytest.fixture
def source(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give the name of a backup."""
    return tmp_path / "b.cfbackup"


@pytest.fixture
def storage() -> Iterator[SqliteStorage]:
    made = SqliteStorage()
    yield made
    made.close()


def sheet(till: Till) -> list[str]:
    return list(Joining(till.database, till.book).sheet())


def names(till: Till) -> set[tuple[str, int, int]]:
    """Return the names of all entries of a till: device, life, number."""
    rows = till.database.rows("SELECT bytes FROM entry")
    return {(read.device, read.epoch, read.seq) for read in (entry.from_bytes(row[0]) for row in rows)}


def done(till: Till) -> None:
    till.prove()
    till.database.close()


def test_a_lone_box_has_the_same_balances_under_another_name(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    till = lost.till()
    purse = till.sell(5_000)
    till.spend(purse, 1_200)
    before, life, key = sheet(till), till.book.life(), till.book.public_key()
    label = lost.backup(source).label
    till.spend(purse, 500)  # which the backup does not know
    done(till)
    restored = first.restore(source)
    assert (restored.rejoins, restored.aside, restored.entries) == (False, None, 4)
    again = first.till()
    assert sheet(again) == before
    assert again.book.balances(OWNER)["principal"] == 3_800
    now = again.book.life()
    assert (now.chain, now.epoch, now.seq, now.rejoin_id) == (life.chain, life.epoch + 1, 1, "")
    assert now.device != life.device
    assert again.book.public_key() == key
    opened = again.last()
    assert (opened.kind, opened.payload["restored"]) == ("opening", label.backup_id)
    assert opened.payload["joined_from"][:3] == [life.chain, life.device, life.epoch]  # type: ignore[index]
    again.sell(5)  # and it goes on
    done(again)


@pytest.mark.parametrize("times", [1, 2])
def test_what_the_lost_box_sold_is_given_back_by_a_restored_one(
    boxes: list[Box], source: pathlib.Path, times: int
) -> None:
    lost, first, second = boxes
    with open_bench(lost.data) as bench:
        before, sections = sell_before(bench), bench.sections
    lost.backup(source)
    first.restore(source)
    if times == 2:
        first.backup(source.with_name("later"))
        second.restore(source.with_name("later"))
        first = second
    till = first.till()
    made = TestBook(first.data, till.database, till.book, first.clock)
    take_back(RefundBench(made, records_over(till.database, till.book, first.clock), sections), before)
    done(till)


def test_two_boxes_from_one_backup_share_no_name_with_each_other_or_the_lost_one(
    boxes: list[Box], source: pathlib.Path
) -> None:
    lost, first, second = boxes
    till = lost.till()
    till.sell(5_000)
    lost.backup(source)
    old = names(till)
    till.sell(100)
    lost_since = names(till) - old
    done(till)
    made = []
    for box in (first, second):
        box.restore(source)
        till = box.till()
        till.sell(300)
        made.append((names(till) - old, till.book.life().device, till.book.life().hash))
        done(till)
    (names_one, device_one, head_one), (names_two, device_two, head_two) = made
    closing = {name for name in names_one if name in lost_since}
    assert (device_one, head_one) != (device_two, head_two)
    assert device_one != device_two
    # Both close the life they found in its own name; what they do from then on has names of their own.
    assert names_one & names_two == closing
    assert all(name[1] == 1 for name in closing)
    assert not {name for name in names_one if name[1] > 1} & (names_two | lost_since)


def test_a_till_of_a_chain_rejoins_before_it_spends_and_nothing_is_spent_twice(
    boxes: list[Box], source: pathlib.Path, storage: SqliteStorage
) -> None:
    lost, first, second = boxes
    cloud = Cloud(storage, lost.clock.now_ms, random.Random(3).randbytes)
    till = lost.till()
    Joining(till.database, till.book).join(CHAIN)
    assert cloud.enrol(CHAIN, till.book.life().device, till.book.public_key(), till.book.life().epoch) > 0
    purse = till.sell(5_000)
    rest(till, cloud)
    till.sell(70)
    lost.backup(source)
    till.spend(purse, 4_000)
    rest(till, cloud)
    done(till)
    epochs = []
    for box in (first, second):
        assert box.restore(source).rejoins
        again = box.till()
        assert again.book.life().rejoin_id
        with pytest.raises(Refusal, match="till_rejoining"):
            again.spend(purse, 4_000)
        again.sell(30)
        rest(again, cloud)
        life = again.book.life()
        assert (life.rejoin_id, life.chain) == ("", CHAIN)
        assert again.book.balances(OWNER) == {}, "what it held is the cloud's to give"
        epochs.append(life.epoch)
        done(again)
    assert epochs[0] < epochs[1], "each of two copies has a life of its own"
    assert list(wrongs(storage, CHAIN)) == []
    assert storage.rows("SELECT sum(amount) FROM holding", ()) == [(5_000 - 4_000 + 70 + 2 * 30,)]
    assert storage.rows("SELECT 1 FROM loss WHERE amount > 0", ()) == []


def rest(till: Till, cloud: Cloud) -> None:
    """Let a till talk to the cloud until both have nothing to say."""
    for _ in range(30):
        message = till.courier.message(100)
        answer = cloud.push(message) if isinstance(message, Push) else cloud.rejoin(message)
        assert not isinstance(answer, Refused), answer
        till.courier.hear(message, answer)
        till.take_all()
        quiet = isinstance(answer, Accepted) and till.journal.marked().acked == till.book.life().seq
        if quiet and not till.book.life().rejoin_id:
            return
    raise AssertionError(f"the till never comes to rest: {answer}")


@pytest.mark.parametrize("why", ["acknowledged", "joined", "rejoining"])
def test_a_till_that_a_chain_knows_is_no_lone_box(boxes: list[Box], source: pathlib.Path, why: str) -> None:
    lost, first, _ = boxes
    till = lost.till()
    till.sell(5)
    if why == "acknowledged":
        sent = till.push()
        till.courier.hear(sent, accepted(sent))
    elif why == "joined":
        Joining(till.database, till.book).join(CHAIN)
    else:
        till.journal.set_rejoining("a" * 32)
    life = till.book.life()
    lost.backup(source)
    done(till)
    assert first.restore(source).rejoins
    again = first.till()
    now = again.book.life()
    assert (now.device, now.epoch, now.hash) == (life.device, life.epoch, life.hash)
    assert now.rejoin_id
    done(again)


def test_a_box_that_was_restored_before_is_still_alone(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, second = boxes
    till = lost.till()
    till.sell(5)
    done(till)
    lost.backup(source)
    first.restore(source)
    later = source.with_name("later")
    first.backup(later)
    assert not second.restore(later).rejoins
    again = second.till()
    assert again.book.life().epoch == 3
    assert again.book.balances(OWNER)["principal"] == 5
    done(again)


def test_slips_that_waited_say_that_they_may_be_a_second_copy(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    till = lost.till()
    for state in ("queued", "sending", "printed"):
        till.database.run(
            "INSERT INTO print_job (printer, state, attempt, process_id, body, kind, bill_no, account, amount_fen, at)"
            " VALUES ('p', ?, 0, x'', x'', 'top_up', '1-000001', ?, 0, 0)",
            (state, bytes.fromhex(AccountId("a1" * 16))),
        )
    done(till)
    lost.backup(source)
    first.restore(source)
    again = first.till()
    assert again.database.rows("SELECT state, marked FROM print_job ORDER BY id") == [
        ("queued", 1),
        ("sending", 0),
        ("printed", 0),
    ]
    done(again)


def test_a_store_that_is_there_stays_unless_it_may_be_replaced(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    till = lost.till()
    till.sell(5_000)
    done(till)
    lost.backup(source)
    mine = first.till()
    mine.sell(77)
    head = mine.book.life().hash
    done(mine)
    before = first.files()
    with pytest.raises(Refusal, match="restore_store_exists"):
        first.restore(source)
    assert first.files() == before
    restored = first.restore(source, replace=True)
    assert restored.aside == first.data / "store.replaced-20261121-143200.db"
    old = Database(restored.aside, STORE_KEY)
    old.connect()
    assert Journal(old).head().hash == head
    assert verify(old, first.data / "scratch").code == ""
    old.close()
    again = first.till()
    assert again.book.balances(OWNER)["principal"] == 5_000
    done(again)
    assert not list(first.data.glob("restore.*"))


def test_the_old_store_is_kept_with_what_was_still_in_its_log(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, second = boxes
    done(lost.till())
    lost.backup(source)
    mine = first.till()
    mine.sell(77)
    for path in first.data.glob("store.db*"):  # as a till that was killed leaves it
        shutil.copy(path, second.data / path.name)
    done(mine)
    assert (second.data / "store.db-wal").stat().st_size
    aside = second.restore(source, replace=True).aside
    assert aside is not None
    old = Database(aside, STORE_KEY)
    assert old.rows("SELECT sum(amount) FROM held") == [(77,)]
    old.close()
    again = second.till()
    assert again.database.rows("SELECT sum(amount) FROM held") == [(None,)]
    done(again)


def test_a_log_of_a_store_that_nobody_can_open_is_not_taken_for_the_new_ones(
    boxes: list[Box], source: pathlib.Path
) -> None:
    lost, first, _ = boxes
    done(lost.till())
    lost.backup(source)
    first.store.write_bytes(b"what a broken disk left" * 1000)
    log = first.data / "store.db-wal"
    log.write_bytes(b"and its log")
    aside = first.restore(source, replace=True).aside
    assert aside is not None
    assert aside.read_bytes() == b"what a broken disk left" * 1000
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"and its log"
    done(first.till())


def test_a_running_till_is_in_the_way(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    done(lost.till())
    lost.backup(source)
    lock = WriterLock(first.data / "store.lock")
    try:
        with pytest.raises(Refusal, match="store_in_use"):
            first.restore(source, replace=True)
    finally:
        lock.release()
    with held_place(first.config, replace=False), pytest.raises(Refusal, match="store_in_use"):
        WriterLock(first.data / "store.lock")


def test_a_store_that_this_release_may_not_write_is_refused(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    till = lost.till()
    till.database.run("UPDATE meta SET value = ? WHERE name = 'schema'", (SCHEMA + 1,))
    done(till)
    lost.backup(source)
    label = label_of(source)
    assert (label.schema, label.min_writer) == (SCHEMA + 1, 1)
    first.restore(source)  # newer, and says itself that this release may write it
    newer = sealed(dataclasses.replace(label, min_writer=SCHEMA + 1), source.with_name("newer"))
    before = first.files()
    with pytest.raises(Refusal) as caught:
        first.restore(newer, replace=True)
    assert caught.value.code == "backup_newer"
    assert dict(caught.value.values) == {"file": "newer", "needs": SCHEMA + 1, "has": SCHEMA}
    assert first.files() == before


def sealed(label: Label, path: pathlib.Path) -> pathlib.Path:
    """Write a backup with this label and no store, as a release of another time might."""
    header = sealed_file.seal_header(KEY.lock(), bytes(32))
    with path.open("wb") as file:
        file.write(header)
        keys = sealed_file.keys_of(header, bytes(32), KEY.lock().witness)
        sealed_file.write_chunks(file, [label.to_bytes()], keys.chunks)
    return path


def test_a_backup_of_an_older_schema_is_brought_to_this_one(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    older = Database(lost.store, STORE_KEY)
    migrate(older, [step for step in MIGRATIONS if step.schema < SCHEMA])
    Book(older, lost.clock).open()
    device = older.rows("SELECT device FROM device")
    older.close()
    assert lost.backup(source).label.schema == SCHEMA - 1
    first.restore(source)
    again = first.till()
    assert again.database.rows("SELECT value FROM meta WHERE name = 'schema'") == [(SCHEMA,)]
    assert again.database.rows("SELECT device FROM life WHERE n = 1") == device
    done(again)
    assert not list(first.data.glob("restore.*")), "not even what was kept before each step"


@pytest.mark.parametrize(
    ("harm", "code"),
    [("UPDATE held SET amount = amount + 1", "units_wrong"), ("DELETE FROM entry WHERE seq = 2", "gap")],
)
def test_a_book_that_is_not_right_never_takes_the_place(
    boxes: list[Box], source: pathlib.Path, harm: str, code: str
) -> None:
    lost, first, _ = boxes
    till = lost.till()
    till.sell(40)
    till.sell(50)
    till.sell(60)
    till.database.run(harm)
    till.database.close()
    lost.backup(source)
    mine = first.till()
    done(mine)
    before = first.files()
    with pytest.raises(Refusal) as caught:
        first.restore(source, replace=True)
    assert (caught.value.code, caught.value.values["wrong"]) == ("restore_book_wrong", code)
    assert first.files() == before


def test_another_key_and_a_damaged_file_change_nothing(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    till = lost.till()
    for _ in range(30):
        till.mailbox.put("x", random.Random(1).randbytes(100_000))
    done(till)
    lost.backup(source)
    mine = first.till()
    done(mine)
    before = first.files()
    with pytest.raises(Refusal, match="recovery_key_other"):
        first.restore(source, OTHER_KEY, replace=True)
    data = bytearray(source.read_bytes())
    data[-100] ^= 1
    source.write_bytes(data)
    with pytest.raises(Refusal, match="backup_damaged"):
        first.restore(source, replace=True)
    assert first.files() == before
    with pytest.raises(Refusal, match="file_unreadable"):
        first.restore(source.with_name("none"), replace=True)


def test_a_new_machine_makes_its_own_key_and_goes_on_with_the_recovery_key(
    boxes: list[Box], source: pathlib.Path
) -> None:
    lost, first, second = boxes
    done(lost.till())
    lost.backup(source)
    (first.data / "store.key").unlink()
    first.restore(source)
    own = (first.data / "store.key").read_bytes()
    assert own != STORE_KEY
    opened = Database(first.store, own)
    assert opened.rows("SELECT count(*) FROM life") == [(2,)]
    opened.close()
    assert load_lock(first.data) == KEY.lock()
    write_private(second.data / LOCK_FILE, OTHER_KEY.lock().public + OTHER_KEY.lock().witness)
    second.restore(source)
    assert load_lock(second.data) == OTHER_KEY.lock(), "a key that was made later stays in use"


def test_what_a_killed_restore_left_is_in_nobodys_way(boxes: list[Box], source: pathlib.Path) -> None:
    lost, first, _ = boxes
    done(lost.till())
    lost.backup(source)
    mine = first.till()
    mine.sell(9)
    done(mine)
    for name in ("restore.opened", "restore.db", "restore.db-wal", "restore.scratch", "restore.before-7"):
        (first.data / name).write_bytes(b"half")
    alias = first.data / "store.replaced-20260101-000000.db"
    alias.hardlink_to(first.store)
    aside = first.restore(source, replace=True).aside
    assert not alias.exists()
    assert aside is not None
    assert aside.stat().st_nlink == 1
    assert not list(first.data.glob("restore.*"))
    done(first.till())


def test_a_place_that_cannot_be_a_data_folder_is_named(boxes: list[Box], tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("no folder")
    config = parse_config('[till]\ndata_dir = "file/data"\n', tmp_path)
    with pytest.raises(Refusal, match="data_dir_unusable"), held_place(config, replace=False):
        pass
    lost, first, _ = boxes
    done(lost.till())
    made = lost.backup(tmp_path / "b")
    first.config = parse_config('[till]\ndata_dir = "data"\nkey_file = "/proc/no/such.key"\n', first.folder)
    with pytest.raises(Refusal, match="key_unusable"):
        first.restore(made.path)
    assert set(first.files()) == {"store.key"}


def test_a_folder_that_is_missing_is_made_and_two_stores_of_one_second_are_both_kept(
    boxes: list[Box], source: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    lost, first, _ = boxes
    done(lost.till())
    lost.backup(source)
    first.config = parse_config('[till]\ndata_dir = "new/folder"\nkey_file = "keys/store.key"\n', tmp_path)
    first.restore(source)
    asides = [first.restore(source, replace=True).aside for _ in range(2)]
    names = [aside.name for aside in asides if aside is not None]
    assert names == ["store.replaced-20261121-143200.db", "store.replaced-20261121-143200-2.db"]
    assert (tmp_path / "keys" / "store.key").stat().st_mode & 0o777 == 0o600


def test_a_label_of_another_form_is_damage_and_one_that_says_more_is_read(
    source: pathlib.Path, boxes: list[Box]
) -> None:
    lost, _, _ = boxes
    done(lost.till())
    label = lost.backup(source).label
    values = json.loads(label.to_bytes())
    assert read_label(canonical.encode({**values, "later": 5}), "b") == label
    wrongs_of_form: list[Canonical] = [{**values, "seq": "1"}, {**values, "seq": True}, [], {"shop": "x"}]
    for wrong in wrongs_of_form:
        with pytest.raises(Refusal, match="backup_damaged"):
            read_label(canonical.encode(wrong), "b")
    with pytest.raises(Refusal, match="backup_damaged"):
        read_label(b"{", "b")


def test_who_was_erased_after_the_backup_is_erased_again_where_it_was_done(
    boxes: list[Box], source: pathlib.Path
) -> None:
    box, other, _ = boxes
    till = box.till()
    made = Files(till.database, till.book, box.clock).add(
        Asked(ActionId(new_id()), By("cashier")), Filled({"name": "王小芳", "phone": "13812345678"})
    )
    till.database.close()
    box.backup(source)
    till = box.till()
    Erasing(till.database, till.book).erase(Asked(ActionId(new_id()), By("cashier")), made.account)
    till.database.close()
    remember(box.data, [AccountId(made.account)])
    for place, names in ((box, 0), (other, 1)):
        place.restore(source, replace=True)
        till = place.till()
        rows = till.database.rows("SELECT name FROM member WHERE name = '王小芳' OR phone <> ''")
        assert len(rows) == names
        assert verify(till.database, place.data / "scratch").code == ""
        till.database.close()
