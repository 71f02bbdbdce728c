"""The rows of the matrix, device by device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.matrix.table import (
    DESFIRE,
    DISPLAY,
    IDLE,
    MID_MESSAGE,
    MID_SALE,
    NTAG,
    NTAG424,
    PN532,
    PRINTER,
    READER,
    READER_NAME,
    SCANNER,
    SERVICE,
    Row,
    Step,
    do,
)

SALE, PREVIEW = Step("SALE"), Step("PREVIEW")

NO_CARD = {IDLE: "it is a fault of a conversation with a card, and there is none"}
NO_TEXT = {IDLE: "nothing is written to a display that has nothing new to show"}
NO_SLIP = {IDLE: "it happens inside a slip"}
NO_SALE = {
    MID_SALE: "its driver runs without a till here; what a sale needs of any printer is shown over TCP and serial"
}
NO_TYPED_SALE = {
    MID_SALE: "a pipe cannot be grabbed as an input device, so its driver runs without a till; a sale meets its events"
    " as it meets the serial scanner's"
}
ALL = (IDLE, MID_MESSAGE, MID_SALE)


def _tap(card: str = NTAG) -> tuple[Step, ...]:
    return (do("insert", reader=READER_NAME, card=card),)


def _pcsc_message(fault: str, *put: Step, **more: Any) -> Row:
    return Row(
        "pcsc", fault, put, stroke=_tap(), **{"exempt": NO_CARD, "lift": (do("calm", reader=READER_NAME),), **more}
    )


PCSC = (
    Row(
        "pcsc",
        "reader_unplugged",
        (do("unplug", reader=READER_NAME),),
        (do("plug", reader=READER_NAME),),
        lost=(READER,),
    ),
    Row("pcsc", "daemon_crash", (do("crash"),), (do("start"),), lost=SERVICE, cost_s=4),
    Row("pcsc", "daemon_mute", (do("silence", on=True),), (do("silence", on=False),), lost=SERVICE, cost_s=8),
    Row(
        "pcsc",
        "access_denied",
        # Who is in already stays in.
        (do("deny", on=True), do("crash"), do("start")),
        (do("deny", on=False),),
        lost=SERVICE,
        cost_s=4,
    ),
    _pcsc_message("apdu_error", do("fail_apdu", reader=READER_NAME, n=1, code="8010002F"), found=True),
    _pcsc_message("card_away_mid_exchange", do("fail_apdu", reader=READER_NAME, n=1, code="remove"), found=False),
    _pcsc_message("garbled_answer", do("garble", reader=READER_NAME, n=1, how="flip"), found=False),
    _pcsc_message("sharing_violation", do("busy", reader=READER_NAME, n=3), found=True),
    _pcsc_message("slow_answer", do("delay", reader=READER_NAME, seconds=0.3)),
    Row(
        "pcsc",
        "card_reset_by_other",
        (do("reset", reader=READER_NAME),),
        exempt={**NO_CARD, MID_SALE: "it needs a card in conversation, as mid-message has it"},
    ),
    Row("pcsc", "mute_card", stroke=(do("mute", reader=READER_NAME, card=NTAG),), found=False, exempt=NO_CARD),
    Row("pcsc", "random_uid", stroke=_tap("phone"), found=False, exempt=NO_CARD),
    Row(
        "pcsc",
        "swap_unseen",
        stroke=(*_tap("unknown"), do("swap", reader=READER_NAME, card=NTAG)),
        found=True,
        exempt=NO_CARD,
    ),
)


def _chip(fault: str, **more: Any) -> Row:
    """Return a fault that strikes at a search when idle, and at a question to the card in its midst."""
    in_message = (do("fault", name=fault, command="42"), do("insert", card=NTAG))
    return Row("pn532", fault, (do("fault", name=fault),), (do("clear"),), in_message=in_message, **more)


CHIP = (
    *(
        _chip(fault)
        for fault in (
            *("no_ack", "ack_lost", "nack", "error_frame"),
            *("bad_lcs", "bad_dcs", "cut_frame", "late_answer", "noise", "byte_by_byte"),
        )
    ),
    Row(
        "pn532",
        "card_gone",
        (do("fault", name="card_gone", command="42"),),
        (do("clear"),),
        stroke=(do("insert", card=NTAG),),
        found=False,
        exempt=NO_CARD,
    ),
    _chip("brown_out", lost=(PN532,), lasting=False, cost_s=4),
    # A chip that lost its power sleeps, and the driver's next command falls on deaf ears.
    Row(
        "pn532",
        "asleep",
        (do("fault", name="brown_out"),),
        (do("clear"),),
        in_message=(do("fault", name="brown_out", command="42"), do("insert", card=NTAG)),
        lost=(PN532,),
        lasting=False,
        hits=("brown_out", "asleep"),
        cost_s=4,
    ),
    Row("pn532", "mute", (do("mute", on=True),), (do("mute", on=False),), lost=(PN532,), cost_s=4),
    Row("pn532", "unplugged", (do("unplug"),), (do("plug"),), lost=(PN532,)),
    Row(
        "pn532",
        "wrong_speed",
        exempt=dict.fromkeys(ALL, "the driver has one speed, the chip's; the simulator's own tests show the other"),
    ),
)


def _card(fault: str, spec: Mapping[str, Any], *before: Step, **more: Any) -> Row:
    """Return a fault of the card itself; `CARD` in an argument stands for the new card's id."""
    return Row(
        "card",
        fault,
        (do("add_card", card={"id": "CARD", **spec}), *before),
        stroke=(do("insert", card="CARD"),),
        **{"exempt": NO_CARD, "cost_s": 3, **more},
    )


CARD = (
    _card("clone", {**DESFIRE, "clone": True, "applications": {"F53042": {"settings": "0F"}}}, found=False),
    Row(
        "card",
        "other_uid",
        exempt=dict.fromkeys(
            ALL, "it takes a card that has another card's key; the tests of the cards' proofs make one"
        ),
    ),
    _card("authentication_delayed", {**NTAG424, "failures": 60}, found=False),
    Row(
        "card",
        "locked_out",
        exempt=dict.fromkeys(
            ALL, "only a card with a foreign key counts wrong tries, and that is refused as a clone is"
        ),
    ),
    _card("damaged_answer", DESFIRE, do("damage", card="CARD", at=5)),
    _card("field_lost_before", DESFIRE, do("tear", card="CARD", at=3, how="before")),
    _card("field_lost_after", DESFIRE, do("tear", card="CARD", at=3, how="after")),
    Row(
        "card",
        "half_write",
        exempt=dict.fromkeys(ALL, "a till at work writes on no card; issuing has tests of its own"),
    ),
)

SCANS = (
    Row("serial_scanner", "half_line", (do("half", text="13800138"),)),
    Row("serial_scanner", "two_lines", (do("two", text1="HELLO-1", text2="HELLO-2"),)),
    Row("serial_scanner", "byte_by_byte", (do("slow", text="HELLO-SLOW"),)),
    Row("serial_scanner", "noise", (do("noise"),)),
    Row("serial_scanner", "endless_line", (do("endless"),)),
    Row("serial_scanner", "unplugged", (do("unplug"),), (do("plug"),), lost=(SCANNER,)),
)


def _switch(fault: str, *lift: Step, **more: Any) -> Row:
    return Row(
        "printer",
        fault,
        (do("set", switch=fault, value=True),),
        lift or (do("set", switch=fault, value=False),),
        **{"cost_s": 5, **more},
    )


TCP = (
    # Standing still shows once something waits for paper.
    _switch("paper_end", do("reload"), says="printer_paper_out", stroke=(SALE,), exempt={}),
    _switch("paper_near_end", do("reload"), says="打印纸快用完了"),
    _switch("lid_open", do("reload"), says="printer_lid_open", stroke=(SALE,), exempt={}),
    _switch("cutter_error", says="printer_cutter", stroke=(SALE,), exempt={}),
    _switch("silent", lost=(PRINTER,), cost_s=19),
    Row(
        "printer",
        "late",
        exempt=dict.fromkeys(ALL, "an id names its slip however late it comes; the driver's tests have late fences"),
    ),
    _switch("black_hole", lost=(PRINTER,), cost_s=19),
    Row(
        "printer",
        "refuse",
        # A connection that stands is not touched by a port that is closed for new ones.
        (do("set", switch="refuse", value=True), do("reset_after", bytes=0)),
        (do("set", switch="refuse", value=False),),
        lost=(PRINTER,),
        cost_s=7,
    ),
    Row("printer", "power_cut", (do("power_cut"),), lost=(PRINTER,), lasting=False, cost_s=6),
    Row(
        "printer",
        "connection_reset",
        (do("reset_after", bytes=0),),
        in_message=(do("reset_after", bytes=300), SALE),
        lost=(PRINTER,),
        lasting=False,
        cost_s=6,
    ),
    Row(
        "printer",
        "paper_end_mid_receipt",
        (do("paper_end_after", rows=100),),
        (do("reload"),),
        stroke=(SALE,),
        says="printer_paper_out",
        exempt=NO_SLIP,
        cost_s=5,
    ),
)

SERIAL = (
    Row(
        "printer_serial",
        "hang",
        (do("set", switch="hang", value=True),),
        (do("set", switch="hang", value=False),),
        lost=(PRINTER,),
        cost_s=19,
    ),
    Row(
        "printer_serial",
        "slow",
        (do("set", switch="slow", value=True),),
        (do("set", switch="slow", value=False),),
        cost_s=6,
    ),
    Row("printer_serial", "unplugged", (do("unplug"),), (do("plug"),), lost=(PRINTER,), cost_s=6),
    Row(
        "printer_serial",
        "overrun",
        exempt=dict.fromkeys(ALL, "a till that keeps to its line's flow control causes none; the driver's tests try"),
    ),
)

SHOWS = (
    Row(
        "customer_display",
        "hung",
        (do("hang", on=True),),
        (do("hang", on=False),),
        stroke=(PREVIEW,),
        lost=(DISPLAY,),
        exempt=NO_TEXT,
        cost_s=5,
    ),
    Row("customer_display", "unplugged", (do("unplug"),), (do("plug"),), lost=(DISPLAY,)),
    Row(
        "customer_display",
        "wrong_speed",
        exempt=dict.fromkeys(
            ALL, "a setting, and nothing tells the till; the driver's tests show what the display sees"
        ),
    ),
)

TYPED = tuple(
    Row("wedge", fault, (step,), lift, lost=lost, exempt=NO_TYPED_SALE)
    for fault, step, lift, lost in (
        ("half_code", do("half", text="NEVER-WHOLE"), (), ()),
        ("torn_away", do("torn", text="NEVER-WHOLE"), (do("plug"),), (SCANNER,)),
        ("events_lost", do("lossy", text="NEVER-WHOLE"), (), ()),
        ("stuck_shift", do("stuck", text="aB1c"), (), ()),
        ("burst", do("burst", texts=["FIRST", "SECOND"]), (), ()),
        ("repeated_code", do("again", text="STAND", times=3, pause_s=0.05), (), ()),
        ("held_keys", do("held", text="HELD"), (), ()),
        ("two_nodes", do("spread", text="SPREAD", how="alternate"), (), ()),
        ("person_typing", do("person", text="13800138000", pace=0.0), (), ()),
        ("caps_lock", do("caps"), (do("caps"),), ()),
        ("unplugged", do("unplug"), (do("plug"),), (SCANNER,)),
    )
)


def _plug(device: str) -> tuple[Row, ...]:
    return (
        Row(
            device,
            "hang",
            (do("set", on="hang"),),
            (do("set", off="hang"),),
            lost=(PRINTER,),
            exempt=NO_SALE,
            cost_s=6,
        ),
        Row(device, "slow", (do("set", on="slow"),), (do("set", off="slow"),), exempt=NO_SALE, cost_s=3),
        Row(
            device, "empty_packets", (do("set", on="empty_packets"),), (do("set", off="empty_packets"),), exempt=NO_SALE
        ),
        Row(device, "unplugged", (do("unplug"),), (do("plug"),), lost=(PRINTER,), exempt=NO_SALE, cost_s=3),
        Row(
            device,
            "broken_transfer",
            (do("break_after", bytes=1),),
            lost=(PRINTER,),
            lasting=False,
            # The kernel's driver presumes that what it took goes well: of a transfer that breaks off between two calls
            # nobody is told (drivers/usb/class/usblp.c, usblp_write). The slip is in doubt then, and the printer there.
            unsaid=(MID_MESSAGE,) if device == "printer_usblp" else (),
            exempt=NO_SALE,
            cost_s=3,
        ),
    )


ROWS: tuple[Row, ...] = (
    *PCSC,
    *CHIP,
    *CARD,
    *SCANS,
    *TCP,
    *SERIAL,
    *SHOWS,
    *TYPED,
    *_plug("printer_usblp"),
    *_plug("printer_libusb"),
    Row("printer_libusb", "stalled", (do("stall"),), lost=(PRINTER,), lasting=False, exempt=NO_SALE, cost_s=3),
)
