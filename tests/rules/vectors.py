"""The entries whose bytes and hashes are golden: a journal of a first day, what followed, and the cloud's own."""

from __future__ import annotations

from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId, LotId
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry, account_of_life

CHAIN = ChainId("c0" * 16)
DEVICE = DeviceId("d0" * 16)
CLOUD = DeviceId("cd" * 16)
MEMBER = AccountId("a0" * 16)
PAID: dict[str, Canonical] = {"paid_fen": 100000, "bonus_fen": 20000}


def action(number: int) -> ActionId:
    """Return an action id."""
    return ActionId(f"{number:032x}")


def bucket(
    asset: str,
    seq: int,
    *,
    lot: int,
    value: int = 0,
    expires_on: str = "",
    attributes: dict[str, Canonical] | None = None,
    device: DeviceId = DEVICE,
) -> Bucket:
    """Return the facts of a member's bucket made by entry `seq` of a device's first life."""
    return Bucket(
        chain=CHAIN,
        owner=MEMBER,
        asset=asset,
        lot=LotId(f"{lot:032x}"),
        source=Source(device, 1, seq),
        expires_on=expires_on,
        unit_value_fen=value,
        attributes=attributes or {},
    )


def entry(
    seq: int,
    payload: dict[str, Canonical],
    effects: list[tuple[str, Bucket, int]],
    postings: dict[str, int],
    *,
    made: list[Bucket] | None = None,
    device: DeviceId = DEVICE,
    gid: str = "",
    cursor: int = 0,
) -> Entry:
    """Return entry `seq` of a device's first life; `made` are the buckets it names first."""
    return Entry(
        chain=CHAIN,
        device=device,
        epoch=1,
        seq=seq,
        nonce=f"{seq:016x}",
        at=1_795_000_000_000 + seq,
        at_quality="trusted" if seq > 1 else "untrusted",
        action_id=action(seq),
        effects=tuple(Effect(kind, facts.id, amount) for kind, facts, amount in effects),
        buckets=tuple(made if made is not None else [facts for _, facts, _ in effects]),
        postings=tuple(sorted(postings.items())),
        payload={"request": "ab" * 32, **payload},
        gid=gid,
        cursor=cursor,
    )


def _right(seq: int, lot: int, target: Bucket) -> Bucket:
    attributes: dict[str, Canonical] = {"of": "bill", "target": target.facts()}
    return bucket("refund_right", seq, lot=lot, expires_on="2026-12-21", attributes=attributes)


PRINCIPAL = bucket("principal", 3, lot=1, value=1, attributes=PAID)
BONUS = bucket("bonus", 3, lot=2, attributes=PAID)
TOP_UP_RIGHT = bucket("refund_right", 3, lot=3, attributes={**PAID, "of": "top_up", "tender": "cash"})
POINTS = bucket("points", 4, lot=4, expires_on="2028-11-30")
IMPORTED = bucket("principal", 2, lot=5, value=1, attributes={"paid_fen": 75000, "bonus_fen": 0})
PASS = bucket("pass", 2, lot=6, attributes={"name": "十次剪发", "total": 10})

JOURNAL = {
    "shift_open": entry(1, {"kind": "shift_open", "shift": 1, "float_fen": 0}, [], {}),
    "import": entry(
        2,
        {"kind": "import", "account": MEMBER, "profile": "cd" * 32},
        [("create", IMPORTED, 75000), ("create", PASS, 7)],
        {"opening": 75000, "deferred": -75000},
    ),
    "top_up": entry(
        3,
        {"kind": "top_up", "account": MEMBER, "amount_fen": 100000, "tender": "cash", "rules": {"top_up": 1}},
        [("create", PRINCIPAL, 100000), ("create", BONUS, 20000), ("create", TOP_UP_RIGHT, 100000)],
        {"tender/cash": 100000, "deferred": -100000},
    ),
    "charge": entry(
        4,
        {"kind": "charge", "account": MEMBER, "amount_fen": 30000, "confirmed": "photo"},
        [
            ("spend", PRINCIPAL, 25000),
            ("create", _right(4, 7, PRINCIPAL), 25000),
            ("spend", BONUS, 5000),
            ("create", _right(4, 8, BONUS), 5000),
            ("create", POINTS, 25),
        ],
        {"deferred": 25000, "bonus_discount": 5000, "sales/service": -30000},
        made=[_right(4, 7, PRINCIPAL), _right(4, 8, BONUS), POINTS],
    ),
}

# What the same journal went on with when there was a cloud: units of a top-up made elsewhere come, are given back, and
# a session is past its end.
GRANT = "f1" * 16
ELSEWHERE = bucket("principal", 9, lot=9, value=1, attributes=PAID, device=DeviceId("d1" * 16))
SESSION = bucket("pass", 5, lot=10, value=16500, expires_on="2026-11-30", attributes={"name": "护理", "total": 1})

LATER = {
    "pass_sale": entry(
        5,
        {"kind": "pass_sale", "account": MEMBER},
        [("create", SESSION, 1)],
        {"tender/wechat": 16500, "deferred": -16500},
    ),
    "accept": entry(
        6,
        {"kind": "feed"},
        [("accept", ELSEWHERE, 10000)],
        {"interstore": 10000, "deferred": -10000},
        gid=GRANT,
        cursor=1,
    ),
    "return": entry(
        7,
        {"kind": "feed"},
        [("return", ELSEWHERE, 4000), ("return", POINTS, 5)],
        {"interstore": -4000, "deferred": 4000},
        made=[],
        cursor=2,
    ),
    "expire": entry(
        8,
        {"kind": "expire"},
        [("expire", SESSION, 1)],
        {"sales/breakage": -16500, "deferred": 16500},
        made=[],
        cursor=2,
    ),
}

# The journal of the cloud: it takes what a till returned, grants a part of it, and closes a life of which 250 fen of
# deferred value is missing.
CLOSED = DeviceId("d2" * 16)
POT = bucket("principal", 3, lot=11, value=1, device=CLOSED)

CLOUD_JOURNAL = {
    "take": entry(
        1,
        {"kind": "take"},
        [("take", ELSEWHERE, 4000), ("take", POINTS, 5)],
        {"interstore": 4000, "deferred": -4000},
        device=CLOUD,
    ),
    "grant": entry(
        2,
        {"kind": "grant"},
        [("grant", ELSEWHERE, 1500)],
        {"interstore": -1500, "deferred": 1500},
        made=[],
        device=CLOUD,
        gid="f2" * 16,
    ),
    "close": entry(
        3,
        {"kind": "close", "life": [CLOSED, 2]},
        [("close", POT, 700), ("take", ELSEWHERE, 1500)],
        {
            "interstore": 2200,
            "deferred": -2200,
            "loss": 250,
            account_of_life("deferred", CLOSED, 2): 450,
            account_of_life("interstore", CLOSED, 2): -700,
        },
        made=[POT],
        device=CLOUD,
    ),
}
