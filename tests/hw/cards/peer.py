"""Cards for tests, computed with the library's AES alone: nothing of the terminal takes part, so both must be right."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

ZERO = bytes(16)
NDEF_FACTORY = "0000E0EE000100"


class Gone(Exception):  # noqa: N818 - said of the card
    """The card was taken away."""


def cbc(key: bytes, data: bytes, iv: bytes = ZERO, *, back: bool = False) -> bytes:
    cipher = Cipher(AES(key), CBC(iv))
    way = cipher.decryptor() if back else cipher.encryptor()
    return way.update(data) + way.finalize()


def mac16(key: bytes, data: bytes) -> bytes:
    code = CMAC(AES(key))
    code.update(data)
    return code.finalize()


def turned(data: bytes) -> bytes:
    return data[1:] + data[:1]


def xored(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


def jam(data: bytes) -> bytes:
    return (zlib.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


def padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(15 - len(data) % 16)


def own_key(master: bytes, what: bytes) -> bytes:
    """Return AN10922's key by another road: a plain CMAC, unless the input is short, when K2 is worked out here."""
    if len(what) >= 16:
        return mac16(master, b"\x01" + what)
    k0 = int.from_bytes(cbc(master, ZERO), "big")
    for _ in range(2):
        k0 = (k0 << 1) % (1 << 128) ^ (0x87 if k0 >> 127 else 0)
    filled = (b"\x01" + what + b"\x80").ljust(32, b"\0")
    return cbc(master, filled[:16] + xored(filled[16:], k0.to_bytes(16, "big")))[16:]


def chained_mac(key: bytes, data: bytes, iv: bytes) -> bytes:
    """Return the CMAC that goes on from an earlier block: the first block is altered by it beforehand."""
    if len(data) > 16 or not data:
        raise AssertionError("these tests chain single blocks only")
    if len(data) == 16:
        return mac16(key, xored(data, iv))
    # A short block is padded under the second subkey; take that subkey from a known code and do the last step by hand.
    subkey = xored(cbc(key, mac16(key, b""), back=True), padded(b""))
    return cbc(key, xored(xored(padded(data), subkey), iv))


class Peer:
    """What every card of these tests is: transmit, a count of what was asked, and a moment to be taken away."""

    def __init__(self, uid: bytes, rnd_b: bytes) -> None:
        self.uid = uid
        self.rnd_b = rnd_b
        self.asked: list[bytes] = []
        self.cut_at: int | None = None
        self.cut_after = False

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if self.cut_at is not None and len(self.asked) == self.cut_at:
            if self.cut_after:
                self._answer(command)
            raise Gone
        self.asked.append(command)
        return self._answer(command)

    def _answer(self, command: bytes) -> tuple[bytes, int]:
        return (self.uid, 0x9000) if command == bytes.fromhex("FFCA000000") else self.answer(command)

    def answer(self, command: bytes) -> tuple[bytes, int]:
        raise NotImplementedError

    def put_back(self) -> None:
        """Lay the card on the reader again: it forgets whatever was going on."""
        self.asked.clear()
        self.cut_at = None


class NativePeer(Peer):
    """A DESFire (`is_ntag` false) or an NTAG 424 DNA, with both authentications and full protection."""

    def __init__(
        self, uid: bytes, rnd_b: bytes, keys: list[bytes] | None, *, aid: bytes = b"", is_ntag: bool = False
    ) -> None:
        super().__init__(uid, rnd_b)
        self.is_ntag = is_ntag
        self.aid = aid
        self.keys = keys
        self.picc_settings = 0x0F
        self.other_aids: list[bytes] = []
        self.settings = b""
        self.file = bytearray(256)
        self.file_settings = bytes.fromhex(NDEF_FACTORY)
        self.delayed = False
        self.says_uid = uid
        self.iso_selected = False
        self.selected = is_ntag
        self._forget()

    def _forget(self) -> None:
        self.step: Callable[[bytes], tuple[bytes, int]] | None = None
        self.mode = ""
        self.key_no = -1

    def put_back(self) -> None:
        super().put_back()
        self._forget()
        self.selected = self.is_ntag
        self.iso_selected = False

    def answer(self, command: bytes) -> tuple[bytes, int]:
        if command[0] != 0x90:
            self._forget()
            self.iso_selected = self.is_ntag and command == bytes.fromhex("00A4040C07D2760000850101")
            return b"", 0x9000 if self.iso_selected else 0x6A82
        assert command[2:4] == b"\0\0"
        assert command[-1] == 0
        data = command[5:-1]
        if len(command) > 5:
            assert command[4] == len(data)
        if command[1] == 0xAF and self.step:
            step, self.step = self.step, None
            answer, status = step(data)
        else:
            answer, status = self._command(command[1], data)
        if status not in {0x9100, 0x91AF}:
            self._forget()
        return answer, status

    def _command(self, code: int, data: bytes) -> tuple[bytes, int]:
        plain: dict[int, Callable[[], tuple[bytes, int]]] = {
            0x60: lambda: (bytes.fromhex("04040230001105"), 0x91AF),
            0x5A: lambda: self._select(data),
            0x45: self._get_settings,
            0x6A: lambda: (b"".join(self.other_aids + ([self.aid] if self.keys else [])), 0x9100),
            0xCA: lambda: self._create(data),
            0xF5: lambda: (self.file_settings, 0x9100) if data == b"\x02" else (b"", 0x91F0),
            0x8D: lambda: self._write(data),
            0x71: lambda: self._begin(data, "ev2"),
            0xAA: lambda: self._begin(data, "ev1"),
        }
        if code in plain and not (self.is_ntag and code in {0x5A, 0x45, 0x6A, 0xCA, 0xAA}):
            return plain[code]()
        if code in {0x51, 0xC4, 0x5F} and self.mode:
            return self._secret(code, data)
        return b"", 0x911C if code not in {0x51, 0xC4, 0x5F} else 0x91AE

    def _select(self, aid: bytes) -> tuple[bytes, int]:
        self._forget()
        if aid == bytes(3):
            self.selected = False
            return b"", 0x9100
        self.selected = self.keys is not None and aid == self.aid
        return b"", 0x9100 if self.selected else 0x91A0

    def _get_settings(self) -> tuple[bytes, int]:
        return (self.settings if self.selected else bytes([self.picc_settings, 0x01])), 0x9100

    def _create(self, data: bytes) -> tuple[bytes, int]:
        if self.selected or not self.picc_settings & 0x04:
            return b"", 0x919D
        self.aid, self.settings = data[:3], data[3:]
        assert data[4] & 0xC0 == 0x80
        self.keys = [ZERO] * (data[4] & 0x3F)
        return b"", 0x9100

    def _write(self, data: bytes) -> tuple[bytes, int]:
        if self.mode or self.file_settings != bytes.fromhex(NDEF_FACTORY):
            return b"", 0x919D
        at, length = int.from_bytes(data[1:4], "little"), int.from_bytes(data[4:7], "little")
        assert data[0] == 2
        assert len(data) == 7 + length
        self.file[at : at + length] = data[7:]
        return b"", 0x9100

    def _begin(self, data: bytes, mode: str) -> tuple[bytes, int]:
        self._forget()
        if self.delayed:
            return b"", 0x91AD
        if not self.selected or not self.keys or (self.is_ntag and not self.iso_selected):
            return b"", 0x919D
        if data[0] >= len(self.keys):
            return b"", 0x9140
        key = self.keys[data[0]]
        e1 = cbc(key, self.rnd_b)
        self.step = lambda theirs: self._finish(theirs, data[0], key, mode, e1)
        return e1, 0x91AF

    def _finish(self, theirs: bytes, key_no: int, key: bytes, mode: str, e1: bytes) -> tuple[bytes, int]:
        both = cbc(key, theirs, e1 if mode == "ev1" else ZERO, back=True)
        a, b = both[:16], self.rnd_b
        if both[16:] != turned(b):
            return b"", 0x91AE
        self.mode, self.key_no = mode, key_no
        if mode == "ev1":
            self.session = a[:4] + b[:4] + a[12:] + b[12:]
            self.iv = ZERO
            return cbc(key, turned(a), theirs[16:]), 0x9100
        mixed = a[:2] + xored(a[2:8], b[:6]) + b[6:] + a[8:]
        self.enc = mac16(key, bytes.fromhex("A55A00010080") + mixed)
        self.mac = mac16(key, bytes.fromhex("5AA500010080") + mixed)
        self.ti, self.counter = bytes.fromhex("9D00C4DF"), 0
        return cbc(key, self.ti + turned(a) + bytes(12)), 0x9100

    def _secret(self, code: int, data: bytes) -> tuple[bytes, int]:
        return self._secret_ev1(code, data) if self.mode == "ev1" else self._secret_ev2(code, data)

    def _code(self, first: int, counter: int, data: bytes) -> bytes:
        return mac16(self.mac, bytes([first]) + counter.to_bytes(2, "little") + self.ti + data)[1::2]

    def _iv(self, label: str, counter: int) -> bytes:
        return cbc(self.enc, bytes.fromhex(label) + self.ti + counter.to_bytes(2, "little") + bytes(8))

    def _secret_ev2(self, code: int, data: bytes) -> tuple[bytes, int]:
        body, mac = data[:-8], data[-8:]
        if mac != self._code(code, self.counter, body):
            return b"", 0x911E
        answer = b""
        if code == 0x51:
            answer = cbc(self.enc, padded(self.says_uid), self._iv("5AA5", self.counter + 1))
        else:
            plain = cbc(self.enc, body[1:], self._iv("A55A", self.counter), back=True).rstrip(b"\0")[:-1]
            same = code == 0xC4 and body[0] == self.key_no
            if not (self._change_key(body[0], plain, b"") if code == 0xC4 else self._change_settings(plain)):
                return b"", 0x911E
            if same:
                self._forget()
                return b"", 0x9100
        self.counter += 1
        return answer + self._code(0, self.counter, answer), 0x9100

    def _secret_ev1(self, code: int, data: bytes) -> tuple[bytes, int]:
        if code == 0x51:
            self.iv = chained_mac(self.session, b"\x51", self.iv)
            plain = self.says_uid + jam(self.says_uid + b"\0")
            answer = cbc(self.session, plain + bytes(16 - len(plain)), self.iv)
            self.iv = answer
            return answer, 0x9100
        plain = cbc(self.session, data[1:], self.iv, back=True)
        self.iv = data[-16:]
        same = data[0] == self.key_no
        used = 21 if same else 25
        if any(plain[used:]) or plain[17:21] != jam(b"\xc4" + data[:1] + plain[:17]):
            return b"", 0x911E
        if not self._change_key(data[0], plain[:17] + plain[21:used], plain[21:used]):
            return b"", 0x911E
        if same:
            self._forget()
            return b"", 0x9100
        self.iv = chained_mac(self.session, b"\0", self.iv)
        return self.iv[:8], 0x9100

    def _change_key(self, key_no: int, plain: bytes, _: bytes) -> bool:
        assert self.keys
        if self.key_no not in {0, key_no}:
            return False
        same = key_no == self.key_no
        new = plain[:16] if same else xored(plain[:16], self.keys[key_no])
        if len(plain) != (17 if same else 21) or (not same and plain[17:] != jam(new)):
            return False
        self.keys[key_no] = new
        return True

    def _change_settings(self, plain: bytes) -> bool:
        self.file_settings = b"\0" + plain[:3] + bytes.fromhex("000100") + plain[3:]
        return True


class UltralightPeer(Peer):
    """A MIFARE Ultralight AES behind a reader with a PN532: 60 pages, the last 12 of them unreadable."""

    def __init__(self, uid: bytes, rnd_b: bytes, key: bytes = ZERO, auth0: int = 0x3C) -> None:
        super().__init__(uid, rnd_b)
        self.pages = bytearray(60 * 4)
        self.pages[0x29 * 4 + 3] = auth0
        self.pages[0x30 * 4 : 0x34 * 4] = key[::-1]
        self.waiting = False
        self.is_open = False

    @property
    def key(self) -> bytes:
        return bytes(self.pages[0x30 * 4 : 0x34 * 4])[::-1]

    def put_back(self) -> None:
        super().put_back()
        self.waiting = self.is_open = False

    def answer(self, command: bytes) -> tuple[bytes, int]:
        if command[:3] == b"\xff\xb0\x00":
            at = command[3] * 4
            return bytes(self.pages[at : at + 16]), 0x9000
        if command[:3] == b"\xff\xd6\x00":
            assert command[4] == 4
            if command[3] >= self.pages[0x29 * 4 + 3] and not self.is_open:
                return b"", 0x6300
            self.pages[command[3] * 4 : command[3] * 4 + 4] = command[5:]
            return b"", 0x9000
        assert command[:4] == b"\xff\0\0\0"
        assert command[4] == len(command) - 5
        assert command[5:7] == b"\xd4\x42"
        answer = self._raw(command[7:])
        return (b"\xd5\x43\x00" + answer, 0x9000) if answer else (b"\xd5\x43\x01", 0x9000)

    def _raw(self, command: bytes) -> bytes:
        if command == b"\x1a\x00":
            self.waiting, self.is_open = True, False
            return b"\xaf" + cbc(self.key, self.rnd_b)
        if command[:1] == b"\xaf" and self.waiting:
            self.waiting = False
            both = cbc(self.key, command[1:], back=True)
            self.is_open = both[16:] == turned(self.rnd_b)
            return b"\0" + cbc(self.key, turned(both[:16])) if self.is_open else b""
        return b""
