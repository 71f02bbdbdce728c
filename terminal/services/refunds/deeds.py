"""What commands of giving back do, and which rights that needs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.services.shifts.allowing import Deed

# What commands do, by their own names.
DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "bill": Deed("refund"),
        "void": Deed("void"),
        "reopen": Deed("reopen_bill"),
        "top_up": Deed("refund_prepayment", in_shift=False),
        "pass": Deed("refund_prepayment"),
        "pay": Deed(),
        "note": Deed(in_shift=False),
        "give_up": Deed("refund_prepayment", in_shift=False),
        "repay": Deed(),
        "card_start": Deed(in_shift=False),
        "card_note": Deed(in_shift=False),
        "card_approve": Deed("return_card", in_shift=False),
        "card_pay_out": Deed(),
        "card_withdraw": Deed("refund_prepayment", in_shift=False),
    }
)
