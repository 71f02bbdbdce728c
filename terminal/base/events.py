"""Events: what devices and workers saw, in the past tense; values only, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a card could prove of itself, as `CardTapped.proof` has it.
AUTHENTICATED, REFUSED, DELAYED, NO_PROOF = "authenticated", "refused", "delayed", "none"
# Genuine once: the card's own count of its taps must be above the last one that is known.
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class DeviceUp:
    """A device that was missing or new is ready."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceDown:
    """A device is lost; reported once until it is back. `code` is a stable fault code."""

    device: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CardDetected:
    """A card came into a reader's field; reading has begun. `at_s` is the monotonic time of the reader's own event."""

    device: str
    slot: str
    at_s: float


@dataclass(frozen=True, slots=True)
class CardTapped:
    """A card was identified.

    `kind` is one of `m1` `ntag` `ultralight` `sle4442` `em4100` `desfire` `ntag424` `ultralight_aes` `cpu` `unknown`;
    `uid` is the chip number in reading order (empty for contact memory cards); `number` is a number read from the
    card's memory or typed by a reader (else empty). Neither may be logged. `proof` is `authenticated` (the card knows
    the shop's key for it), `counted` (its tap address is genuine, and is its `counter`th: good where it is a new one),
    `refused` (it should and does not), `delayed` (it makes us wait), `none` (a kind without a key), or empty where this
    till has no keys at all.
    """

    device: str
    slot: str
    kind: str
    at_s: float
    uid: bytes = field(default=b"", repr=False)
    number: str = field(default="", repr=False)
    proof: str = ""
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class CardRefused:
    """A card was seen that cannot identify a member.

    `code` is one of `card_unreadable` (mute, damaged, pulled away too early: present it again), `card_foreign` (bank,
    transit or identity card), `card_random_uid` (a phone, whose number changes at each tap), `card_no_number`
    (memory card without a member number).
    """

    device: str
    slot: str
    code: str


@dataclass(frozen=True, slots=True)
class CardIssued:
    """A card laid on a reader that was told to issue one carries its own keys now, and has proved it.

    `kind` is `desfire`, `ntag424` or `ultralight_aes`; `uid` is the chip number in reading order, never logged; `order`
    is the id of the order that it was written for.
    """

    device: str
    slot: str
    kind: str
    uid: bytes = field(repr=False)
    order: str


@dataclass(frozen=True, slots=True)
class CardIssueFailed:
    """A card laid on a reader that was told to issue one was not issued.

    `code` is `card_issuing_failed` or `card_unreadable` where the card may be half-issued, and ordering the same again
    finishes it. Any other comes from a check before the first write (`card_not_blank` is the usual one); only on a card
    that was reset in the midst, which is looked at a second time, something may have been written before it. `order` is
    the id of the order.
    """

    device: str
    slot: str
    code: str
    order: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card left the reader, or the reader left with it."""

    device: str
    slot: str


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A scanner read a whole code. The text may be a payment code: it is never logged."""

    device: str
    at_s: float
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScanRejected:
    """A scanner sent something that is no code: `code` is `scan_too_long` or `scan_undecodable`."""

    device: str
    code: str


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """The printer's state changed.

    `blocked` is empty when it can print, else a stable code: `printer_paper_out` `printer_lid_open`
    `printer_cutter` `printer_error` `printer_offline`; `paper_low` is the near-end sensor.
    """

    device: str
    blocked: str
    paper_low: bool


@dataclass(frozen=True, slots=True)
class ReceiptPrinted:
    """The printer confirmed that everything of this job was printed (process id) or parsed (fence)."""

    device: str
    job: int


@dataclass(frozen=True, slots=True)
class ReceiptInDoubt:
    """Bytes of this job left, and nothing proves that they reached paper."""

    device: str
    job: int
    code: str


@dataclass(frozen=True, slots=True)
class DrawerKicked:
    """The printer confirmed that it carried out this pulse; whether the drawer moved, only its own switch tells."""

    device: str
    job: int


@dataclass(frozen=True, slots=True)
class DrawerFailed:
    """This pulse was not confirmed, and is never sent again.

    `code` is `drawer_unavailable` (not a byte left: the drawer stayed shut) or `drawer_in_doubt` (bytes left, and
    nothing proves what they did).
    """

    device: str
    job: int
    code: str


DeviceEvent = (
    DeviceUp
    | DeviceDown
    | CardDetected
    | CardTapped
    | CardRefused
    | CardIssued
    | CardIssueFailed
    | CardRemoved
    | CodeScanned
    | ScanRejected
    | PrinterStatus
    | ReceiptPrinted
    | ReceiptInDoubt
    | DrawerKicked
    | DrawerFailed
)
