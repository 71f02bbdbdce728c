"""The stand-in daemon as the real, unchanged libpcsclite and pyscard meet it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from smartcard import scard

from tests.hw_sim.pcsc_daemon import DEFAULT_READERS, PcscDaemon
from tests.hw_sim.pcsc_desk import FAULTS
from tests.hw_sim.program_under_test import until

TAP, CONTACT = DEFAULT_READERS
UID = "FFCA000000"
ANY = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
WAIT_S = 40.0
WAKE_MS_MAX = 10.0


@pytest.fixture(scope="session")
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    # The library reads the variable once a process: whoever comes first in this process chooses for all.
    return os.environ.setdefault("PCSCLITE_CSOCK_NAME", str(tmp_path_factory.mktemp("pcsc") / "comm"))


@pytest.fixture
def daemon(socket_path: str) -> Iterator[PcscDaemon]:
    running = PcscDaemon(socket_path)
    running.start()
    yield running
    running.close()


class Client:
    """A context of the real library, with codes as unsigned hex."""

    def __init__(self) -> None:
        code, self.context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self.established = code & 0xFFFFFFFF

    def readers(self) -> list[str]:
        answer: list[str] = scard.SCardListReaders(self.context, [])[1]
        return answer

    def change(self, known: int = 0, timeout_ms: int = 0, reader: str = TAP) -> tuple[int, int, bytes]:
        """Return (code, event state, ATR)."""
        code, states = scard.SCardGetStatusChange(self.context, timeout_ms, [(reader, known)])
        return code & 0xFFFFFFFF, states[0][1], bytes(states[0][2])

    def known(self, reader: str = TAP) -> int:
        return int(self.change(reader=reader)[1] & ~scard.SCARD_STATE_CHANGED)

    def connect(
        self, reader: str = TAP, share: int = scard.SCARD_SHARE_SHARED, protocols: int = ANY
    ) -> tuple[int, int, int]:
        """Return (code, handle, protocol)."""
        code, handle, protocol = scard.SCardConnect(self.context, reader, share, protocols)
        return code & 0xFFFFFFFF, handle, protocol

    def release(self) -> None:
        scard.SCardReleaseContext(self.context)


@pytest.fixture
def client(daemon: PcscDaemon) -> Iterator[Client]:
    assert daemon.state()["running"]
    opened = Client()
    yield opened
    opened.release()


def send(handle: int, command: str, pci: object = scard.SCARD_PCI_T1) -> tuple[int, str]:
    code, answer = scard.SCardTransmit(handle, pci, list(bytes.fromhex(command)))
    return code & 0xFFFFFFFF, bytes(answer).hex().upper()


def waiting(daemon: PcscDaemon, pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Future[Any]:
    future = pool.submit(call)
    # A short wait may be over before anybody looks, on a machine that is held up.
    until(lambda: daemon.desk.waiters or future.done())
    return future


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def hits(daemon: PcscDaemon) -> set[str]:
    return {name for name, count in daemon.fault_counter.counts().items() if count}


def test_an_insertion_wakes_a_waiting_client_at_once(
    daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor
) -> None:
    delays_ms = []
    for turn in range(20):
        known = client.known()

        def wait(known: int = known) -> tuple[float, tuple[int, int, bytes]]:
            answer = client.change(known, 40_000)
            return time.perf_counter(), answer

        future = waiting(daemon, pool, wait)
        started_s = time.perf_counter()
        if turn % 2:
            daemon.desk.remove(TAP)
        else:
            daemon.desk.insert(TAP, "wang")
        woken_s, (code, state, atr) = future.result(WAIT_S)
        delays_ms.append((woken_s - started_s) * 1000)
        assert code == 0
        assert state >> 16 == turn + 1
        assert bool(state & scard.SCARD_STATE_PRESENT) is not bool(turn % 2)
        assert atr.hex().upper() == ("" if turn % 2 else "3B8F8001804F0CA000000306030001000000006A")
    # Fifths of a millisecond on a quiet machine; other programs cannot make all of them longer.
    assert min(delays_ms) < WAKE_MS_MAX, delays_ms


def test_a_card_is_read_and_its_handle_dies_with_the_insertion(daemon: PcscDaemon, client: Client) -> None:
    assert client.connect()[0] == 0x8010000C
    daemon.desk.insert(TAP, "wang")
    code, handle, protocol = client.connect()
    assert (code, protocol) == (0, scard.SCARD_PROTOCOL_T1)
    assert send(handle, UID) == (0, "0BE2FB0B9000")
    assert send(handle, UID, scard.SCARD_PCI_T0)[0] == 0x8010000F
    daemon.desk.remove(TAP)
    daemon.desk.insert(TAP, "wang")
    assert send(handle, UID)[0] == 0x80100069
    assert scard.SCardStatus(handle)[0] & 0xFFFFFFFF == 0x80100069
    assert scard.SCardReconnect(handle, scard.SCARD_SHARE_SHARED, ANY, scard.SCARD_LEAVE_CARD)[0] == 0
    assert send(handle, UID) == (0, "0BE2FB0B9000")
    assert scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD) == 0


def test_a_swap_between_two_looks_raises_the_counter_by_two(daemon: PcscDaemon, client: Client) -> None:
    daemon.desk.insert(TAP, "wang")
    before = client.known()
    daemon.desk.swap(TAP, "unknown")
    assert hits(daemon) == set()
    code, after, atr = client.change(before, 1000)
    assert (code, (after >> 16) - (before >> 16)) == (0, 2)
    assert after & scard.SCARD_STATE_PRESENT
    assert atr == bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
    assert hits(daemon) == {"swap_unseen"}


def test_readers_come_and_go_up_to_sixteen(daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor) -> None:
    daemon.desk.insert(TAP, "wang")
    handle = client.connect()[1]
    known = client.known()
    future = waiting(daemon, pool, lambda: client.change(known, 40_000))
    daemon.desk.unplug(TAP)
    code, state, _ = future.result(WAIT_S)
    assert code == 0x80100009 or state & scard.SCARD_STATE_UNKNOWN
    assert client.readers() == [CONTACT]
    assert client.connect()[0] == 0x80100009
    assert send(handle, UID)[0] == 0x80100017
    assert hits(daemon) == {"reader_unplugged"}
    for number in range(15):
        daemon.desk.plug(f"Spare {number:02d} 00")
    assert len(client.readers()) == 16
    with pytest.raises(ValueError, match="16 are there"):
        daemon.desk.plug("One more")


def test_the_service_vanishes_and_returns_on_the_same_path(
    daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor
) -> None:
    daemon.desk.insert(TAP, "wang")
    handle = client.connect()[1]
    other = Client()
    known = other.known()
    future = waiting(daemon, pool, lambda: other.change(known, 40_000))
    daemon.crash()
    assert future.result(WAIT_S)[0] in {0x80100013, 0x8010001D}
    assert send(handle, UID)[0] in {0x80100013, 0x8010001D}
    assert Client().established == 0x8010001D
    assert hits(daemon) == {"daemon_crash"}
    daemon.start()
    again = Client()
    code, state, _ = again.change()
    assert (code, state >> 16) == (0, 0)
    assert send(again.connect()[1], UID) == (0, "0BE2FB0B9000")
    again.release()


@pytest.mark.parametrize("times", range(5))
def test_waits_that_time_out_are_cancelled_or_are_woken_leave_the_stream_in_step(
    daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor, times: int
) -> None:
    known = client.known()
    assert client.change(known, 1 + times)[0] == 0x8010000A
    future = waiting(daemon, pool, lambda: client.change(known, 40_000))
    # The library ignores a cancel that comes before its thread has begun to wait, so it is repeated.
    until(lambda: scard.SCardCancel(client.context) == 0 and future.done())
    assert future.result(WAIT_S)[0] == 0x80100002
    assert not daemon.desk.waiters
    # A change on another reader wakes the wait, which then goes on with what is left of its time.
    future = waiting(daemon, pool, lambda: client.change(known, 300))
    daemon.desk.insert(CONTACT, "zhao")
    assert future.result(WAIT_S)[0] == 0x8010000A
    daemon.desk.insert(TAP, "wang")
    assert client.change(known, 40_000)[1] >> 16 == 1
    assert client.readers() == [TAP, CONTACT]


def test_exclusive_use_and_transactions_keep_others_out(
    daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor
) -> None:
    daemon.desk.insert(TAP, "wang")
    other = Client()
    handle = client.connect(share=scard.SCARD_SHARE_EXCLUSIVE)[1]
    assert other.connect()[0] == 0x8010000B
    assert other.change()[1] & scard.SCARD_STATE_EXCLUSIVE
    assert scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD) == 0
    mine, yours = client.connect()[1], other.connect()[1]
    assert client.connect(share=scard.SCARD_SHARE_EXCLUSIVE)[0] == 0x8010000B
    assert scard.SCardEndTransaction(mine, scard.SCARD_LEAVE_CARD) & 0xFFFFFFFF == 0x80100016
    assert scard.SCardBeginTransaction(mine) == 0
    # The library itself repeats what meets a transaction, so the others just wait.
    blocked = pool.submit(lambda: send(yours, UID))
    third = pool.submit(Client).result(WAIT_S)
    late = pool.submit(third.connect)
    assert [send(mine, UID)[0] for _ in range(50)] == [0] * 50
    assert not blocked.done()
    assert not late.done()
    assert scard.SCardEndTransaction(mine, scard.SCARD_RESET_CARD) == 0
    assert late.result(WAIT_S)[0] == 0
    assert blocked.result(WAIT_S)[0] == 0x80100068
    other.release()
    third.release()


def test_the_nth_apdu_fails_with_the_chosen_code_and_the_card_stays(daemon: PcscDaemon, client: Client) -> None:
    daemon.desk.insert(TAP, "wang")
    handle = client.connect()[1]
    daemon.desk.fail_apdu(TAP, 2, "80100016")
    codes = [send(handle, UID)[0] for _ in range(3)]
    assert codes == [0, 0x80100016, 0]
    assert hits(daemon) == {"apdu_error"}
    assert [entry.get("rv") for entry in daemon.desk.apdus()["apdus"]] == [None, "80100016", None]


@pytest.mark.parametrize(("moment", "written"), [("remove", False), ("remove_after", True)])
def test_a_card_pulled_away_mid_exchange_may_or_may_not_have_obeyed(
    daemon: PcscDaemon, client: Client, moment: str, written: bool
) -> None:
    daemon.desk.insert(TAP, "li")
    handle = client.connect()[1]
    daemon.desk.fail_apdu(TAP, 1, moment)
    assert send(handle, "FFD600050441424344")[0] == 0x80100069
    assert client.connect()[0] == 0x8010000C
    daemon.desk.insert(TAP, "li")
    assert (send(client.connect()[1], "FFB0000504")[1] == "414243449000") is written
    assert hits(daemon) == {"card_away_mid_exchange"}


def test_a_slow_reader_answers_late_and_notices_a_removal_at_once(
    daemon: PcscDaemon, client: Client, pool: ThreadPoolExecutor
) -> None:
    daemon.desk.insert(TAP, "wang")
    handle = client.connect()[1]
    daemon.desk.delay(TAP, 0.05)
    started_s = time.monotonic()
    assert send(handle, UID)[0] == 0
    assert time.monotonic() - started_s >= 0.05
    assert hits(daemon) == {"slow_answer"}
    daemon.desk.delay(TAP, 60)
    future = pool.submit(lambda: send(handle, UID))
    until(lambda: daemon.state()["readers"][0]["held_up"])
    daemon.desk.remove(TAP)
    assert future.result(WAIT_S)[0] == 0x80100069
    assert hits(daemon) == {"slow_answer", "card_away_mid_exchange"}


@pytest.mark.slow
def test_faults_of_answers_and_states_reach_the_client_and_are_counted(daemon: PcscDaemon, client: Client) -> None:
    daemon.desk.mute(TAP, "wang")
    assert client.change()[1] & scard.SCARD_STATE_MUTE
    assert client.connect()[0] == 0x80100066
    daemon.desk.remove(TAP)
    daemon.desk.insert(TAP, "phone")
    daemon.desk.busy(TAP, 2)
    assert [client.connect()[0] for _ in range(3)] == [0x8010000B, 0x8010000B, 0]
    handle = client.connect()[1]
    first = send(handle, UID)[1]
    assert (first[:2], first[8:]) == ("08", "9000")
    daemon.desk.garble(TAP, 1)
    assert send(handle, UID)[1] != first
    daemon.desk.garble(TAP, 1, "short")
    assert send(handle, UID) == (0, "08")
    daemon.desk.reset(TAP)
    assert send(handle, UID)[0] == 0x80100068
    daemon.desk.remove(TAP)
    daemon.desk.insert(TAP, "phone")
    assert send(client.connect()[1], UID)[1] != first
    daemon.desk.deny(on=True)
    assert Client().established == 0x8010006A
    assert hits(daemon) == {
        *("mute_card", "sharing_violation", "garbled_answer", "card_reset_by_other", "random_uid", "access_denied"),
    }
    assert hits(daemon) < FAULTS


def test_escape_commands_need_a_driver_that_allows_them(daemon: PcscDaemon, client: Client) -> None:
    handle = client.connect(share=scard.SCARD_SHARE_DIRECT, protocols=0)[1]
    beep = list(bytes.fromhex("E00000280103"))
    assert scard.SCardControl(handle, 0x42000DAC, beep)[0] & 0xFFFFFFFF == 0x8010001F
    daemon.desk.escape(TAP, allowed=True)
    assert scard.SCardControl(handle, 0x42000DAC, beep) == [0, list(bytes.fromhex("E1000000010" + "3"))]
    assert scard.SCardGetAttrib(handle, 0x00010103)[0] & 0xFFFFFFFF == 0x80100022
    assert send(handle, UID)[0] == 0x8010000C
