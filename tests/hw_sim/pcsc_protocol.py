"""The messages between libpcsclite and its daemon, protocol 4.4.

A request is `uint32 size, uint32 command` and a body of `size` bytes; transmit and control are followed by their
data, which `size` does not count. The answer is the same body with fields filled in, without a header. All
numbers are in the machine's byte order. Source: pcsc-lite 1.9.9, `winscard_msg.h` and `eventhandler.h`.
"""

from __future__ import annotations

import dataclasses
import enum
import struct
from dataclasses import dataclass
from typing import ClassVar, Self

VERSION_MAJOR = 4
VERSION_MINOR = 4
READERS_MAX = 16
NAME_BYTES = 128
ATR_BYTES_MAX = 33
DATA_BYTES_MAX = 65548  # MAX_BUFFER_SIZE_EXTENDED of pcsclite.h
BODY_BYTES_MAX = 1024  # The largest body, get attribute, has 280 bytes.

HEADER = struct.Struct("=II")


class Command(enum.IntEnum):
    """What a client may ask."""

    ESTABLISH = 0x01
    RELEASE = 0x02
    CONNECT = 0x04
    RECONNECT = 0x05
    DISCONNECT = 0x06
    BEGIN = 0x07
    END = 0x08
    TRANSMIT = 0x09
    CONTROL = 0x0A
    STATUS = 0x0B
    CANCEL = 0x0D
    GET_ATTRIBUTE = 0x0F
    VERSION = 0x11
    GET_STATES = 0x12
    WAIT = 0x13
    STOP_WAITING = 0x14
    GET_READER_EVENTS = 0x15  # asked by client libraries 2.3 and later, also of a daemon that answered 4.4


class Code(enum.IntEnum):
    """PC/SC result codes (pcsclite.h)."""

    OK = 0
    CANCELLED = 0x80100002
    INVALID_HANDLE = 0x80100003
    INVALID_PARAMETER = 0x80100004
    INSUFFICIENT_BUFFER = 0x80100008
    UNKNOWN_READER = 0x80100009
    SHARING_VIOLATION = 0x8010000B
    NO_CARD = 0x8010000C
    PROTOCOL_MISMATCH = 0x8010000F
    INVALID_VALUE = 0x80100011
    NOT_TRANSACTED = 0x80100016
    READER_UNAVAILABLE = 0x80100017
    NO_SERVICE = 0x8010001D
    NOT_SUPPORTED = 0x8010001F
    NO_ATTRIBUTE = 0x80100022
    UNRESPONSIVE = 0x80100066
    CARD_RESET = 0x80100068
    CARD_REMOVED = 0x80100069
    ACCESS_DENIED = 0x8010006A


class State(enum.IntFlag):
    """Bits of a reader record's state."""

    ABSENT = 0x02
    PRESENT = 0x04
    SWALLOWED = 0x08  # How a card that does not answer its reset is reported; clients see STATE_MUTE.
    POWERED = 0x10
    NEGOTIABLE = 0x20
    SPECIFIC = 0x40


@dataclass(frozen=True, slots=True)
class Message:
    """A structure with a fixed layout, its fields in the order of `LAYOUT`."""

    LAYOUT: ClassVar[struct.Struct]

    def pack(self) -> bytes:
        """Return the bytes on the wire."""
        return self.LAYOUT.pack(*(getattr(self, field.name) for field in dataclasses.fields(self)))

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """Return the structure in `body`; raise `struct.error` unless the length is exactly right."""
        return cls(*cls.LAYOUT.unpack(body))


@dataclass(frozen=True, slots=True)
class Version(Message):
    """First message of a connection."""

    LAYOUT = struct.Struct("=iiI")
    major: int
    minor: int
    rv: int


@dataclass(frozen=True, slots=True)
class Establish(Message):
    """Ask for a context."""

    LAYOUT = struct.Struct("=III")
    scope: int
    context: int
    rv: int


@dataclass(frozen=True, slots=True)
class Release(Message):
    """Give a context back; the same layout cancels a wait."""

    LAYOUT = struct.Struct("=II")
    context: int
    rv: int


@dataclass(frozen=True, slots=True)
class ReaderEvents(Message):
    """How often readers came or went since the daemon started (pcsc-lite 2.3, `winscard_msg.h`)."""

    LAYOUT = struct.Struct("=II")
    events: int
    rv: int


@dataclass(frozen=True, slots=True)
class Connect(Message):
    """Connect to the card in a reader."""

    LAYOUT = struct.Struct(f"=I{NAME_BYTES}sIIiII")
    context: int
    reader: bytes
    share: int
    protocols: int
    card: int
    protocol: int
    rv: int

    @property
    def name(self) -> str:
        """The reader's name up to the first zero byte."""
        return self.reader.split(b"\0", 1)[0].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Reconnect(Message):
    """Take over the present insertion with an existing handle."""

    LAYOUT = struct.Struct("=iIIIII")
    card: int
    share: int
    protocols: int
    initialization: int
    protocol: int
    rv: int


@dataclass(frozen=True, slots=True)
class Disposition(Message):
    """Disconnect, or end a transaction: leave 0, reset 1, power off 2, eject 3."""

    LAYOUT = struct.Struct("=iII")
    card: int
    disposition: int
    rv: int


@dataclass(frozen=True, slots=True)
class Handle(Message):
    """Begin a transaction, or ask for the status."""

    LAYOUT = struct.Struct("=iI")
    card: int
    rv: int


@dataclass(frozen=True, slots=True)
class Transmit(Message):
    """Send an APDU of `length` bytes, which follow; `room` is the size of the client's buffer, then of the answer."""

    LAYOUT = struct.Struct("=iIIIIIII")
    card: int
    send_protocol: int
    send_size: int
    length: int
    receive_protocol: int
    receive_size: int
    room: int
    rv: int


@dataclass(frozen=True, slots=True)
class Control(Message):
    """Send `length` bytes, which follow, to the driver; `returned` bytes follow the answer."""

    LAYOUT = struct.Struct("=iIIIII")
    card: int
    code: int
    length: int
    room: int
    returned: int
    rv: int


@dataclass(frozen=True, slots=True)
class Attribute(Message):
    """Ask for an attribute of the reader."""

    LAYOUT = struct.Struct("=iI264sII")
    card: int
    attribute: int
    value: bytes
    length: int
    rv: int


@dataclass(frozen=True, slots=True)
class Wake(Message):
    """Tell a waiting client that something changed (rv 0) or that its wait was cancelled."""

    LAYOUT = struct.Struct("=II")
    timeout_ms: int
    rv: int


@dataclass(frozen=True, slots=True)
class ReaderRecord(Message):
    """What a client learns about one reader: 184 bytes."""

    LAYOUT = struct.Struct(f"={NAME_BYTES}sIIi{ATR_BYTES_MAX}s3xII")
    name: bytes = b""
    counter: int = 0
    state: int = 0
    sharing: int = 0
    atr: bytes = b""
    atr_length: int = 0
    protocol: int = 0
