"""What `terminal refund` shows before something is given back, and of what is owed, as lines of label and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terminal.base.money import format_yuan
from terminal.base.words.refund_phrases import phrase
from terminal.cli.tables import table
from terminal.rules.refunds.slip_words import back_words_of
from terminal.rules.slip_words import words_of

_COUNTS = ("points_taken", "points_given", "points_owed", "coupons", "sessions")
_FIGURES = ("paid_fen", "bonus_fen", "charged_fen", "list_fen", "principal_left_fen")
_HEADS = ("number", "place", "day", "member", "means", "state", "amount")
Row = tuple[str, str]


def means(name: str, language: str) -> str:
    """Return the word for a means of payment, or for where stored value goes back to."""
    return back_words_of(language).balances.get(name) or words_of(language).tender(name)


def bill_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return the preview of a bill's refund: its lines, where money goes, points, and what is left of the bill."""
    rows = [(phrase("bill", language), shown["bill"]), *_member(shown, language)]
    for each in shown["lines"]:
        text = f"{each['line']}. {each['name']} x{each['quantity']}"
        if each["goods_back"]:
            text = phrase("on_shelf", language, text=text, quantity=each["goods_back"])
        rows.append((text, format_yuan(each["fen"])))
    rows += [*_given(shown, language), *_counts(shown, language)]
    rows += _amounts(shown, ("deducted_fen", "lapsed_fen", "payable_fen", "debt_fen"), language)
    rows.append((phrase("left_fen", language), format_yuan(shown["left_fen"])))
    return table(rows, 1)


def top_up_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return the preview of a top-up's refund: what was paid and used, both formulas, and which offer is the best."""
    rows = [(phrase("top_up", language), shown["number"]), *_member(shown, language)]
    rows += [(phrase(name, language), format_yuan(shown[name])) for name in _FIGURES]
    rows += [(phrase(name, language), format_yuan(fen)) for name, fen in shown["formulas"].items()]
    others = (each for each in shown["offers"] if each["basis"] not in shown["formulas"])
    rows += [(phrase(each["basis"], language), format_yuan(each["fen"])) for each in others]
    rows += [(phrase("basis", language), phrase(shown["basis"], language)), *_given(shown, language)]
    rows += _counts(shown, language)
    badge = "badge" if shown["cooling_off"] else "badge_over" if shown["cooling_off_until"] else "badge_none"
    return [*table(rows, 1), phrase(badge, language, day=shown["cooling_off_until"]) + "\n"]


def pass_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return the preview of a pass's refund: what is left of it, its price, and what comes back."""
    rows = [(phrase("pass", language), shown["name"]), *_member(shown, language)]
    rows.append((phrase("units", language), str(shown["units"])))
    rows.append((phrase("price_fen", language), format_yuan(shown["price_fen"])))
    return table([*rows, *_given(shown, language), *_counts(shown, language)], 1)


def case_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return a card return as it stands, with each payout and the steps that are missing."""
    rows = [*_member(shown, language), (phrase("state", language), phrase(shown["state"], language))]
    if shown["state"] == "none":
        return table(rows, 1)
    rows += [(phrase("reason", language), phrase(shown["reason"], language)) for _ in range(bool(shown["reason"]))]
    rows += [(phrase(name, language), shown[name]) for name in ("begun_by", "approved_by") if shown[name]]
    if shown["refund_fen"] >= 0:
        rows.append((phrase("due", language), format_yuan(shown["refund_fen"])))
    for each in shown["payouts"]:
        state = next((name for name in ("paid", "failed", "sent") if each[name]), "open")
        label = f"{each['place']}. {means(each['means'], language)} ({phrase(state, language)})"
        rows.append((label, format_yuan(each["fen"])))
    rows.append((phrase("owed_fen", language), format_yuan(shown["owed_fen"])))
    rows += [(phrase("missing", language), _step(step, language)) for step in shown["missing"]]
    return table(rows, 1)


def payout_lines(payouts: Sequence[Mapping[str, Any]], past_fen: int, language: str) -> list[str]:
    """Return the list of what is to be paid out, and what is owed beside it from entries that are no longer kept."""
    past = [phrase("past_fen", language, amount=format_yuan(past_fen)) + "\n" for _ in range(past_fen > 0)]
    if not payouts:
        return past or [phrase("nothing_owed", language) + "\n"]
    cells = [
        (
            each["number"],
            str(each["place"]),
            each["day"],
            each["member"],
            means(each["means"], language),
            phrase(each["state"], language),
            format_yuan(each["fen"]),
        )
        for each in payouts
    ]
    return [*table([tuple(phrase(name, language) for name in _HEADS), *cells], 1), *past]


def pay_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return the preview of a payout: what owes it to whom, by which means, and by which else it was approved."""
    names = ("number", "place", "day")
    rows = [*((phrase(name, language), str(shown[name])) for name in names), *_member(shown, language)]
    rows.append((phrase("state", language), phrase(shown["state"], language)))
    if shown["by"] != shown["means"]:
        rows.append((phrase("approved_for", language), means(shown["means"], language)))
    rows.append((phrase("means", language), means(shown["by"], language)))
    return table([*rows, (phrase("amount", language), format_yuan(shown["fen"]))], 1)


def _member(shown: Mapping[str, Any], language: str) -> list[Row]:
    return [(phrase("member", language), shown["member"]) for _ in range(bool(shown["member"]))]


def _given(shown: Mapping[str, Any], language: str) -> list[Row]:
    rows = [(phrase("given", language), format_yuan(shown["given_fen"]))]
    for each in shown["ways"]:
        name = means(each["means"], language)
        label = phrase("later", language, means=name) if each["later"] else name
        rows.append((label, format_yuan(each["fen"])))
    return rows


def _counts(shown: Mapping[str, Any], language: str) -> list[Row]:
    return [(phrase(name, language), str(shown[name])) for name in _COUNTS if shown.get(name)]


def _amounts(shown: Mapping[str, Any], names: Sequence[str], language: str) -> list[Row]:
    return [(phrase(name, language), format_yuan(shown[name])) for name in names if shown.get(name)]


def _step(step: str, language: str) -> str:
    # The payout of a return has its own word beside that of an entry of payouts.
    return phrase("paid_out_step" if step == "paid_out" else step, language)
