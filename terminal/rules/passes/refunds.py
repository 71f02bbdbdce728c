"""What is paid back for a pass: more when the shop cannot serve, less when the member no longer wants it."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.base.errors import Refusal
from terminal.rules.passes.sale import shares
from terminal.rules.passes.terms import TIME_PASS, PassTerms
from terminal.rules.split import half_up


def refund_not_members_fault(terms: PassTerms, price_fen: int, used: Sequence[int]) -> int:
    """Return price x unused / all in fen, half up, for each part on its share of the price, added up.

    `used` are the sessions used of each part, the free ones among them, or the paid days done of a time pass. Raises
    `Refusal` `pass_used_bad` when they are not of this pass, `pass_price_bad`.
    """
    _check(terms, price_fen, used)
    each = zip(shares(terms, price_fen), used, terms.counts, strict=True)
    return sum(half_up(share_fen * (count - gone), count) for share_fen, gone, count in each)


def refund_members_wish(terms: PassTerms, price_fen: int, used: Sequence[int], agreed_fen: int | None = None) -> int:
    """Return the price less all used sessions at their single price in fen, never below 0.

    Nor is it more than when the shop cannot serve: sessions that were had are not paid back. A time pass has no single
    price: there it is what was agreed (`agreed_fen`). Raises the same `Refusal`s, and for a time pass
    `pass_refund_agree` with what its days left are worth (`most_fen`) when nothing, or more than that, was agreed.
    """
    most_fen = refund_not_members_fault(terms, price_fen, used)
    if terms.kind == TIME_PASS:
        if agreed_fen is None or not 0 <= agreed_fen <= most_fen:
            raise Refusal("pass_refund_agree", most_fen=most_fen)
        return agreed_fen
    used_fen = sum(gone * part.single_fen for gone, part in zip(used, terms.parts, strict=True))
    return min(most_fen, max(0, price_fen - used_fen))


def _check(terms: PassTerms, price_fen: int, used: Sequence[int]) -> None:
    if price_fen < 0:
        raise Refusal("pass_price_bad", price_fen=price_fen)
    counts = terms.counts
    if len(used) != len(counts) or any(not 0 <= gone <= count for gone, count in zip(used, counts, strict=True)):
        raise Refusal("pass_used_bad")
