"""Bills as lines for a person at a terminal: what they cost and why, and what could pay them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.sentences import sentence
from terminal.base.words.bill_phrases import PHRASES, phrase
from terminal.cli.tables import table

SHORT = 8
BETTER = "coupon_better_found"
# Why nothing is left to refund, where what was taken back says it already.
ALL_GONE = ("", "refund_voided", "refund_done")


def list_lines(bills: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Return a line for each open bill: its number's first letters, state, when, who, what it is called."""
    if not bills:
        return [phrase("none_open", language) + "\n"]
    rows = [
        (
            short(bill["id"]),
            phrase(bill["state"], language),
            bill["opened_at"],
            _member(bill, language),
            bill["label"],
            bill["staff"],
            f"{len(bill['lines'])}",
        )
        for bill in bills
    ]
    return table(rows, 1)


def open_lines(shown: Mapping[str, Any], language: str) -> list[str]:
    """Return an open bill with its price: who, each line, each step, and what the member could pay it with."""
    bill, quote = shown["open"], shown.get("quote")
    facts = [
        (phrase("bill", language), short(bill["id"])),
        (phrase("state", language), phrase(bill["state"], language)),
        (phrase("member", language), _member(bill, language)),
        (phrase("label", language), bill["label"]),
        (phrase("opened", language), f"{bill['opened_at']}  {bill['staff']}"),
    ]
    if quote is None:
        trouble = shown["trouble"]
        rows = [(f"{place}", line["item"] or line["name"]) for place, line in enumerate(bill["lines"], start=1)]
        return [*_facts(facts), "\n", *table(rows, 0), "\n", _words(trouble, language) + "\n"]
    facts.insert(3, (phrase("level", language), quote["level"]))
    return [*_facts(facts), "\n", *quote_lines(quote, language, bill["lines"]), *_means_lines(quote, language)]


def quote_lines(quote: Mapping[str, Any], language: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what a bill costs: each line before and after, each step, and what is to be paid."""
    rows = []
    for place, price in enumerate(quote["prices"]):
        # An order that is only thought of has lines that the bill itself has not got.
        of_bill = lines[place] if place < len(lines) else {"quantity": 1, "people": []}
        rows.append(_line_row(place, {**price, **_counted(of_bill)}))
    sums = [(phrase("list_price", language), format_yuan(quote["list_fen"]))]
    sums += _steps(quote["steps"], language)
    sums.append((phrase("payable", language), format_yuan(quote["payable_fen"])))
    return [*table(rows, 2), "\n", *table(sums, 1)]


def settled_lines(bill: Mapping[str, Any], language: str) -> list[str]:
    """Return a settled bill as its entry says."""
    facts = [
        (phrase("bill", language), bill["number"]),
        (phrase("member", language), _member(bill, language)),
        (phrase("level", language), bill["level"]),
        (phrase("at", language), f"{bill['at']}  {bill['staff']}"),
        (phrase("shift", language), str(bill["shift"] or "")),
        (phrase("undone", language), ", ".join(dict.fromkeys(phrase(kind, language) for kind in bill["undone"]))),
    ]
    rows = []
    for place, line in enumerate(bill["lines"]):
        told = phrase("by_session", language, count=line["sessions"]) if line["sessions"] else ""
        rows.append(_line_row(place, line, " ".join(filter(None, (told, _left(line, bill, language))))))
    sums = [*_steps(bill["steps"], language), (phrase("paid", language), format_yuan(bill["payable_fen"]))]
    for means, fen, number, person in bill["tenders"]:
        who = phrase("person", language, person=person) if person else ""
        sums.append((" ".join(filter(None, (phrase(means, language), who, number))), format_yuan(fen)))
    changes = bill["changes"] or ([[0, bill["change_fen"]]] if bill["change_fen"] else [])
    for person, fen in changes:
        name = phrase("change_of", language, person=person) if person else phrase("change", language)
        sums.append((name, format_yuan(fen)))
    totals = table([*sums, *_after(bill, language)], 1)
    return [*_facts(facts), "\n", *table(rows, 2), "\n", *totals, *_taken_back(bill, language)]


def _left(line: Mapping[str, Any], bill: Mapping[str, Any], language: str) -> str:
    """Return what was refunded of a line, and what still may be; nothing where nothing was of its bill."""
    told = []
    if line.get("refunded"):
        amount = format_yuan(line["refunded_fen"])
        told.append(phrase("line_refunded", language, quantity=line["refunded"], amount=amount))
    if line.get("left") and not bill["refund_trouble"]:
        told.append(phrase("line_left", language, quantity=line["left"], amount=format_yuan(line["left_fen"])))
    return ", ".join(told)


def _taken_back(bill: Mapping[str, Any], language: str) -> list[str]:
    """Return each entry that took something back with how it was paid back, and what may still be refunded until when.

    Nothing of a bill that stands as it was settled.
    """
    lines: list[str] = []
    for each in bill["refunds"]:
        kind = phrase(each["kind"] if each["kind"] == "void" else "taken", language)
        lines += ["\n", f"{kind}  {each['number']}  {each['at']}  {each['staff']}\n"]
        names = [(_part(part, bill), format_yuan(part["fen"])) for part in each["lines"]]
        ways = [(f"  -> {_way(way, language)}", format_yuan(way["fen"])) for way in each["ways"]]
        lines += table([*names, *ways], 1) if names or ways else []
    if bill["left_fen"]:
        words = phrase("left_until" if bill["refund_until"] else "left", language, day=bill["refund_until"])
        lines += ["\n", f"{words}  {format_yuan(bill['left_fen'])}\n"]
    elif bill["refund_trouble"] not in ALL_GONE:
        values = {"last_day": bill["refund_until"]} if bill["refund_trouble"] == "refund_too_late" else {}
        lines += ["\n", _words({"code": bill["refund_trouble"], "values": values}, language) + "\n"]
    return lines


def _part(part: Mapping[str, Any], bill: Mapping[str, Any]) -> str:
    name = bill["lines"][part["line"] - 1]["name"]
    return f"  {part['line']}. {name} x{part['quantity']}"


def _way(way: Mapping[str, Any], language: str) -> str:
    name = phrase("debt_cancelled" if way["means"] == "on_credit" else way["means"], language)
    return f"{name} ({phrase('payout_' + way['state'], language)})" if way["state"] else name


def short(bill: str) -> str:
    """Return the letters of a bill's id by which people tell it from others."""
    return bill[:SHORT]


def _after(bill: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    counts = [("points_used", bill["points_used"]), ("points_earned", bill["points"])]
    rows = [(phrase(name, language), f"{count:,}") for name, count in counts if count]
    if bill["opened_fen"]:
        rows.append((phrase("opened_bonus", language), format_yuan(bill["opened_fen"])))
    if bill["account"]:
        rows.append((phrase("balance_after", language), format_yuan(bill["balance_after_fen"])))
        rows.append((phrase("points_after", language), f"{bill['points_after']:,}"))
    return rows


def _means_lines(quote: Mapping[str, Any], language: str) -> list[str]:
    """Return the coupons, stored value, points and passes a member could use, each that cannot be used with why."""
    lines: list[str] = []
    coupons = _coupons(quote["coupons"], language)
    if coupons:
        lines += ["\n", phrase("coupons", language) + "\n", *table(coupons, 0)]
    passes = [_pass(each, language) for each in (*quote["sessions"], *quote["passes_unused"])]
    if passes:
        lines += ["\n", phrase("passes", language) + "\n", *table(passes, 0)]
    facts = []
    if quote["best_fen"] < quote["payable_fen"]:
        facts.append((phrase("best", language), format_yuan(quote["best_fen"])))
    if quote["purse_fen"]:
        amounts = {"balance": format_yuan(quote["purse_fen"]), "most": format_yuan(quote["purse_most_fen"])}
        facts.append((phrase("purse", language), phrase("purse_most", language, **amounts)))
    if quote["points_held"]:
        counts = {"held": f"{quote['points_held']:,}", "usable": f"{quote['points_usable']:,}"}
        facts.append((phrase("points", language), phrase("points_usable", language, **counts)))
    return [*lines, *(["\n"] if facts else []), *_facts(facts)]


def _coupons(coupons: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, ...]]:
    """Return a row for each coupon, equal ones together: its number, name, end, and whether or why not."""
    rows: dict[tuple[str, ...], int] = {}
    for each in coupons:
        if each["is_chosen"]:
            told = phrase("chosen", language)
        else:
            told = _words(each, language) if each["code"] else phrase("would_help", language)
        end = phrase("until", language, day=each["last"]) if each["last"] else ""
        key = (f"  {short(each['id'].partition('/')[0])}", each["name"], end, told)
        rows[key] = rows.get(key, 0) + 1
    return [
        (letters, f"{name} x{count}" if count > 1 else name, *rest) for (letters, name, *rest), count in rows.items()
    ]


def _pass(each: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    if "left" in each:
        told = phrase("pass_fits", language, line=each["line"], left=each["left"])
    else:
        told = _words(each, language)
        told = phrase("pass_line", language, line=each["line"], words=told) if each["line"] else told
    return f"  {short(each['pass'])}", each["name"], told


def _line_row(place: int, line: Mapping[str, Any], told: str = "") -> tuple[str, ...]:
    name = f"{line['name']} x{line['quantity']}" if line["quantity"] > 1 else line["name"]
    people = " ".join(filter(None, (*line["people"], told)))
    return str(place + 1), name, people, format_yuan(line["list_fen"]), format_yuan(line["net_fen"])


def _counted(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"quantity": line["quantity"], "people": line["people"]}


def _steps(steps: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, str]]:
    rows = []
    for step in steps:
        name = f"{step['name']}_step" if f"{step['name']}_step" in PHRASES else step["name"]
        rows.append((phrase(name, language, source=step["source"]), f"-{format_yuan(step['off_fen'])}"))
    return rows


def _facts(rows: Sequence[tuple[str, str]]) -> list[str]:
    known = [row for row in rows if row[1]]
    return table(known, 0) if known else []


def _member(bill: Mapping[str, Any], language: str) -> str:
    if not bill["account"]:
        return phrase("walk_in", language)
    return bill["member"] or phrase("no_name", language)


def _words(told: Mapping[str, Any], language: str) -> str:
    return sentence(Refusal(told["code"], **told["values"]), language)
