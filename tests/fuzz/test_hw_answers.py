"""Whatever printers, the card service and the kernel's device folders say, it is read as values and stays bounded."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import threading
import types
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import DeviceFault, Refusal
from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceDown, DeviceEvent, DeviceUp
from terminal.hw.card_reading import Identified, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import ALGORITHMS, AUTHENTICATIONS, CardKeys, CpuKeys, load_card_keys
from terminal.hw.discovery import find_devices
from terminal.hw.display_dialects import CELLS, CHARSETS, DIALECTS, Charset, Dialect, DisplayTexts, fit, language_of
from terminal.hw.escpos_answers import IDENTITY_BYTES_MAX, Answer, AnswerParser, ProcessId, StatusTracker
from terminal.hw.pcsc import PcscDriver, ReaderMatch
from terminal.hw.pcsc_card import Limits, read_card
from terminal.hw.pcsc_names import usable
from terminal.hw.pcsc_watch import WatchedLibrary

BLOCKED = {"", "printer_paper_out", "printer_lid_open", "printer_cutter", "printer_error", "printer_offline"}
lines = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\x12", b"\x16", b"\x14\x00\x00\x0f", b"\x3c\x00\x00\x0f", b"\x37\x22AB12\x00", b"_TM\x00"]),
        st.sampled_from([b"\x37", b"\x37\x22", b"\x37\x25\x00", b"_", b"_" + b"x" * 90, b"\x11", b"\x13", b"\x1c\x04"]),
    ),
    max_size=20,
).map(b"".join)


@settings(deadline=None)
@given(lines)
def test_whatever_a_printer_answers_the_parser_stays_bounded_and_the_next_process_id_counts(line: bytes) -> None:
    parser, tracker = AnswerParser(), StatusTracker()
    for number, answer in enumerate(parser.feed(line)):
        if number % 5 == 0:
            tracker.ask()
        tracker.hear(answer)
        assert tracker.state is None or tracker.state.blocked in BLOCKED
    assert len(parser._partial) <= IDENTITY_BYTES_MAX + 1
    assert not parser._again
    # A byte that no block has inside ends whatever was begun; then the word a slip waits for is heard.
    assert ProcessId(b"Zz19") in parser.feed(b"\xff\xff\x37\x22Zz19\x00")


@settings(deadline=None)
@given(lines, st.lists(st.integers(1, 9), max_size=60))
def test_how_a_printers_answers_are_cut_makes_no_difference(line: bytes, cuts: list[int]) -> None:
    whole = AnswerParser().feed(line)
    parser, found, rest = AnswerParser(), list[Answer](), line
    for cut in cuts:
        found += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert found + parser.feed(rest) == whole


OK, RESET, SHARING, COMMUNICATION, TIMEOUT = 0, 0x80100068, 0x8010000B, 0x8010002F, 0x8010000A
results = st.one_of(st.sampled_from([OK, OK, OK, OK, RESET, SHARING, COMMUNICATION]), st.integers(0, 0xFFFFFFFF))
answers = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [bytes.fromhex(each) for each in ("9000", "04A1B2C3D4E5809000", "0BE2FB0B9000", "6110", "6C04", "91AF", "6A81")]
    ),
)
says = st.lists(st.tuples(results, answers), min_size=1, max_size=12)
ATRS = [bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"), bytes.fromhex("3B8180018080"), b"", b"\x3b\x04"]
PRESENT, CHANGED, MUTE = 0x20, 0x2, 0x200
READERS = ["ACS ACR122U 00 00", "ACS ACR122U 01 00", "HID SAM 02 00", "x", '"\\\n']


class Service(types.ModuleType):
    """The card service's library (winscard.h of pcsc-lite) with a service behind it that answers anything."""

    SCARD_SHARE_SHARED, SCARD_SHARE_DIRECT, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 2, 3, 1, 2
    SCARD_SCOPE_SYSTEM, SCARD_LEAVE_CARD, SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR = 2, 0, TIMEOUT, 0x80100013
    SCARD_STATE_CHANGED, SCARD_STATE_PRESENT, SCARD_STATE_MUTE = CHANGED, PRESENT, MUTE

    def __init__(
        self, said: Sequence[tuple[int, bytes]], states: Sequence[Any] = (), stop: Impatient | None = None
    ) -> None:
        super().__init__("service")
        self._said, self._states, self._stop = said, list(states), stop
        self.asked = 0

    def _next(self) -> tuple[int, list[int]]:
        self.asked += 1
        result, data = self._said[self.asked % len(self._said)]
        return result, list(data)

    def SCardEstablishContext(self, *_: Any) -> list[Any]:  # noqa: N802 - the library's names, here and below
        return [OK, 1]

    def SCardReleaseContext(self, *_: Any) -> int:  # noqa: N802
        return OK

    def SCardCancel(self, *_: Any) -> int:  # noqa: N802
        return OK

    def SCardConnect(self, *_: Any) -> list[Any]:  # noqa: N802
        return [self._next()[0], 7, 1]

    def SCardReconnect(self, *_: Any) -> list[Any]:  # noqa: N802
        return [self._next()[0], 1]

    def SCardDisconnect(self, *_: Any) -> int:  # noqa: N802
        return self._next()[0]

    def SCardBeginTransaction(self, *_: Any) -> int:  # noqa: N802
        return self._next()[0]

    def SCardEndTransaction(self, *_: Any) -> int:  # noqa: N802
        return self._next()[0]

    def SCardStatus(self, *_: Any) -> list[Any]:  # noqa: N802
        result, data = self._next()
        return [result, "reader", 4, 1, data]

    def SCardTransmit(self, *_: Any) -> list[Any]:  # noqa: N802
        return list(self._next())

    def SCardListReaders(self, *_: Any) -> list[Any]:  # noqa: N802
        return [OK if self._states else self._next()[0], self._states[0][0] if self._states else []]

    def SCardGetStatusChange(self, _context: int, _ms: int, _asked: list[Any]) -> list[Any]:  # noqa: N802
        if not self._states:
            assert self._stop is not None, "whoever waits for readers can be stopped"
            self._stop.set()
            return [TIMEOUT, []]
        _, result, changed = self._states.pop(0)
        return [result, changed]


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(says, st.sampled_from(ATRS) | st.binary(max_size=33))
def test_whatever_the_card_service_answers_a_card_is_read_or_unfit_and_the_conversation_ends(
    said: list[tuple[int, bytes]], atr: bytes
) -> None:
    service, stop, now_s = Service(said), threading.Event(), iter(range(10_000))
    keys = CardKeys(cpu=(CpuKeys(b"\xd1\x56\x00\x01\x01", 1, "sm4", 3, bytes(range(16))),))
    # Whoever stops the till waits for nothing: patience with another program is pauses of `stop`, which are over.
    found = read_card(
        service,
        1,
        "reader",
        atr,
        cast("threading.Event", Impatient(stop)),
        look=lambda told, transmit: examine(told, transmit, keys),
        limits=Limits(2_000.0, 40),
        monotonic_s=lambda: float(next(now_s)),
    )
    assert isinstance(found, Identified | Unfit)
    assert service.asked < 300


class Impatient:
    """A stop that nobody gives, whose waits are over at once."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def is_set(self) -> bool:
        return self._stop.is_set()

    def set(self) -> None:
        self._stop.set()

    def wait(self, _timeout_s: float | None = None) -> bool:
        return self._stop.is_set()


reader_states = st.tuples(
    st.sampled_from(READERS),
    st.one_of(st.sampled_from([0x10022, 0x20022, 0x10012, 0x10222, 0x22, 0x12]), st.integers(0, 0xFFFFFFFF)),
    st.sampled_from(ATRS),
)
changes = st.lists(
    st.tuples(
        st.lists(st.sampled_from(READERS), max_size=4, unique=True),
        st.sampled_from([OK, OK, OK, TIMEOUT, 0x80100002, 0x80100009, 0x8010001D]),
        st.lists(reader_states.map(list), max_size=4),
    ),
    min_size=1,
    max_size=12,
)


def impatient_answers(said: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return the answers without the one that is worth waiting: a reader's thread waits in earnest."""
    return [(OK if result == SHARING else result, data) for result, data in said]


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(says.map(impatient_answers), changes)
def test_whatever_the_card_service_tells_of_readers_cards_come_and_go_in_turn(
    said: list[tuple[int, bytes]], told: list[Any]
) -> None:
    impatient = Impatient(threading.Event())
    stop = cast("threading.Event", impatient)
    driver = PcscDriver("pcsc", [ReaderMatch("mine", "ACR122U")])
    driver._scard = WatchedLibrary(Service(said, told, impatient))
    driver._context = 1
    events: list[DeviceEvent] = []
    with contextlib.suppress(DeviceFault):
        driver.serve(stop, events.append)
    lying: set[str] = set()
    for event in events:
        assert isinstance(event, DeviceUp | DeviceDown | CardDetected | CardTapped | CardRefused | CardRemoved)
        if isinstance(event, CardDetected):
            assert event.device not in lying
            lying.add(event.device)
        elif isinstance(event, CardRemoved):
            assert event.device in lying
            lying.discard(event.device)
    assert not any("SAM" in name for name in usable(READERS))


names = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) < 200
)
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"07\n", b"0416\n", b"5011\n", b"POS\n"]))


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from(["serial", "input"]), st.sampled_from(["by-id", "by-path"]), names), max_size=6),
    st.lists(
        st.tuples(names, st.dictionaries(st.sampled_from(["idVendor", "serial", "product"]), contents)), max_size=4
    ),
)
def test_whatever_stands_in_the_device_folders_is_told_once(
    links: list[tuple[str, str, str]], printers: list[tuple[str, dict[str, bytes]]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number, (kind, how, link) in enumerate(links):
            place = folder / "dev" / kind / how / f"{link}{'-event-kbd' if kind == 'input' else ''}"
            place.parent.mkdir(parents=True, exist_ok=True)
            node = folder / f"node{number % 3}"
            node.touch()
            with contextlib.suppress(FileExistsError):
                place.symlink_to(node)
        for number, (_, facts) in enumerate(printers):
            interface = folder / "sys/bus/usb/devices" / f"1-{number}:1.0"
            interface.mkdir(parents=True)
            (interface / "bInterfaceClass").write_bytes(b"07\n")
            device = interface.with_name(f"1-{number}")
            device.mkdir()
            for fact, data in facts.items():
                (device / fact).write_bytes(data)
        found = find_devices(folder / "dev", folder / "sys")
    assert all(each.name for each in found)
    stable = [each.name for each in found if each.kind != "usb_printer"]
    assert len(stable) == len(set(stable))


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(DIALECTS), st.sampled_from(CHARSETS))
def test_whatever_text_is_shown_a_display_gets_whole_lines_and_no_stray_command(
    upper: str, lower: str, dialect: Dialect, charset: Charset
) -> None:
    for text in (upper, lower):
        line = fit(text, charset)
        assert len(line) == CELLS
        assert min(line) >= 0x20
        line.decode("gbk" if charset == "gb18030" else "ascii")
    sent = language_of(dialect, charset).show(DisplayTexts(upper, lower))
    assert len(sent) <= 2 * CELLS + 16


KEY_VALUES = st.sampled_from(
    ['"00112233445566778899AABBCCDDEEFF"', f'"{"0" * 32}"', '"F53042"', '"000000"', '"salon"', "1", "99", "-1", "true"]
    + [f'"{word}"' for word in (*ALGORITHMS, *AUTHENTICATIONS, "https://a.example/t", "x" * 40, "D15600000101")]
    + ["[]", "{}", "nan", "2020-01-01", '""']
)
KEY_NAMES = [
    *("aid", "key_no", "system", "master", "auth", "sdm_meta", "sdm_file", "url_prefix", "algorithm", "file", "z"),
    *("sector", "block", "key_type", "key", "form", "offset", "length"),
]
KEY_LINES = st.tuples(st.sampled_from(KEY_NAMES), KEY_VALUES).map(" = ".join) | st.sampled_from(
    ["[desfire]", "[ntag424]", "[ultralight_aes]", "[[cpu]]", "[cpu]", "[classic]", "[other]"]
)


@settings(deadline=None)
@given(st.lists(KEY_LINES, max_size=14).map(lambda found: "\n".join(found).encode()) | st.binary(max_size=80))
def test_any_file_of_keys_is_read_or_refused_without_a_word_of_what_it_holds(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "keys.toml"
        path.write_bytes(data)
        path.chmod(0o600)
        found: CardKeys | Refusal
        try:
            found = load_card_keys(path, environment={})
        except Refusal as refusal:
            found = refusal
            assert refusal.code == "card_keys_malformed"  # noqa: PT017 - it need not be refused
    told = repr(found) if isinstance(found, CardKeys) else str(found.values)
    assert "00112233445566778899AABBCCDDEEFF" not in told
    assert "\\x11" not in told
