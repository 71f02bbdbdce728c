"""The verbs behind `terminal prepaid`: in the name of who gives a PIN, and booked as it was shown."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, ChainId, new_id
from terminal.ledger.book import Posted
from terminal.ledger.deeds import Deeds
from terminal.ledger.verify import verify
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.redeeming import RedeemRules, Reward
from terminal.rules.member_file import MemberLine
from terminal.rules.member_values import PassLine
from terminal.rules.passes.sale import sell
from terminal.rules.passes.terms import FROM_FIRST_USE, SESSION_PASS, TIME_PASS, FreezeRules, PassPart, PassTerms
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.till.anomaly import Rule
from terminal.rules.till.roles import Limit, Role
from terminal.rules.value.releases import PERIODIC, Release
from terminal.rules.value.top_up import Gift, Offer, Tier, TopUpRules
from terminal.services.ask import at_once
from terminal.services.files.referrers import Referrers
from terminal.services.imports import NEW_PEOPLE, ImportLine, Imports
from terminal.services.joining import Joining
from terminal.services.member_pins import PinHasher
from terminal.services.members import Members
from terminal.services.prepaid import with_others
from terminal.services.prepaid.commands import PrepaidCommands, Wired
from terminal.services.prepaid.coupons import Coupons
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_units import make_pass, terms_from
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.prepaid.units import new_lot
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.rights import FourEyes
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn
from tests.services.shift_bench import PIN, ShiftBench, shift_bench

TEN = PassTerms(
    "ten", SESSION_PASS, 1000_00, (PassPart(frozenset({"121"}), 10, 0, 120_00),), valid_days=100,
    freeze=FreezeRules(1, 30), sharers=1, name="头皮护理",
)  # fmt: skip
MONTH = PassTerms("month", TIME_PASS, 300_00, (PassPart(frozenset({"121"})),), valid_days=30)
RELEASE = Release(PERIODIC, parts=2)
OFFER = Offer("spring", (Tier(500_00, bonus_fen=100_00, points=50, coupons=(Gift("fifty"),)),), release=RELEASE)
RULES = Rulebook(
    coupons=(CouponTemplate("fifty", "cash", name="五十元券", off_fen=50_00, valid_days=30),),
    passes=(TEN, MONTH),
    top_up=TopUpRules(offers=(OFFER,), least_fen=1_00, most_fen=5000_00),
    redeem=RedeemRules(
        rewards=(
            Reward("towel", "goods", 10, what="6901"),
            Reward("coins", "cash", 7, value_fen=700_00),
            Reward("ticket", "coupon", 10, what="fifty"),
        ),
        cash=True,
    ),
    purse=PurseRules(top_up_terms="赠送金不退。"),
)


HASHER = PinHasher(memory_kib=8, passes=1)
# The manager's approval of what a cashier may not do alone.
BOSS = {"approver": "李店长", "approver_pin": PIN}
HANDED = {"shown": "identity_card", **BOSS}


@dataclass
class Counter:
    """A till with people, members, and the commands of prepaid value."""

    bench: ShiftBench
    till: Till
    members: Members
    commands: PrepaidCommands
    rules: RuleStore
    printed: int = 0
    lines: int = 0

    def member(self, name: str = "王小芳", **parts: object) -> AccountId:
        """Import one member and return the account."""
        self.lines += 1
        line = MemberLine(self.lines, name=name, **{"old_number": f"M{self.lines}", **parts})  # type: ignore[arg-type]  # the line's own fields
        Imports(self.bench.database, self.bench.book, self.bench.clock).take([ImportLine(line, "WXF", step=NEW_PEOPLE)])
        row = self.bench.database.row("SELECT account FROM member ORDER BY n DESC LIMIT 1")
        assert row is not None
        return AccountId(row[0].hex())

    def sold(self, account: AccountId, terms: PassTerms) -> str:
        """Sell a pass and return its lot."""
        book, made = self.bench.book, sell(terms, self.bench.book.today())
        with self.bench.database.write():
            draft = self.bench.draft("bill", self.bench.person(new_id()[:8]), account=account)
            lot = new_lot(draft)
            make_pass(draft, account, terms, made, lot, version=self.rules.current().versions["passes"])
            draft.debit("tender/cash", made.price_fen)
            draft.credit("deferred", made.price_fen)
            book.post(draft)
        return lot

    def card(self, number: str = "GIFT0001") -> str:
        """Give out a card without a name and return its number."""
        self.bench.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'card', 'active', 'uid')",
            (bytes.fromhex(new_id()), number),
        )
        return number

    def look(self, verb: str, **asked: Any) -> Mapping[str, Any]:
        """Ask what there is to see; it must be JSON."""
        answer = self.commands.verbs()[f"prepaid_{verb}"](**asked)
        return dict(json.loads(json.dumps(answer)))

    def do(self, verb: str, staff: str = "陈晓", pin: str = PIN, **more: Any) -> Mapping[str, Any]:
        """Have a verb done in somebody's name."""
        return self.look(verb, **{"action": new_id(), "staff": staff, "pin": pin} | more)

    def refused(self, verb: str, **more: Any) -> str:
        """Return the code a verb is refused with."""
        entries = self.bench.book.life().seq
        with pytest.raises(Refusal) as caught:
            self.do(verb, **more)
        assert self.bench.book.life().seq == entries
        return caught.value.code


@pytest.fixture
def counter(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give a till with a cashier who has a shift and a manager; after the test its book must still be right."""
    yield from counter_over(tmp_path)


def counter_over(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give the same in a folder, and prove its book when it is closed."""
    bench = shift_bench(tmp_path)
    bench.open(bench.person("陈晓"))
    bench.person("李店长", "manager")
    rules = RuleStore(bench.database)
    rules.apply(RULES, 0)
    members = Members(bench.database, bench.book, bench.clock)
    deeds = Deeds(bench.database, lambda at: business_day(bench.clock, at))
    till = Till(bench.database, bench.book, members, bench.clock, deeds)
    watch = Watch(bench.database, bench.book, bench.clock, bench.rights, alarm=lambda _: None, soon=lambda _: None)
    asks = Asks(lambda _: 7, watch=with_others.by_watch(watch))
    top_ups = TopUps(till, asks, Milestones(till), Referrals(till, Referrers(bench.database).of))
    signs = Signing(bench.database, bench.staff, FourEyes(bench.rights, bench.staff, at_once), rules.current, at_once)
    prints: list[int] = []
    commands = PrepaidCommands(
        till,
        members,
        signs,
        rules.current,
        at_once,
        lambda: prints.append(1),
        wired=Wired(top_ups, terms_from(rules.section), hasher=HASHER),
    )
    yield Counter(bench, till, members, commands, rules)
    assert verify(bench.database, tmp_path / "verify.scratch").code == ""
    bench.database.close()


def test_a_top_up_is_shown_with_all_it_gives_and_booked_as_it_was_shown(counter: Counter) -> None:
    account = counter.member()
    asked = {"account": account, "fen": 500_00, "tender": "cash"}
    shown = counter.look("top_up_look", **asked)
    today = counter.bench.book.today()
    months = [today, dt.date(2026, 12, 21)]
    assert shown["parts"] == [[day.isoformat(), 50_00] for day in months]
    assert (shown["coupons"], shown["points"], shown["offer"]) == ([["fifty", 1]], 50, "spring")
    assert shown["cooling_off_until"] == (today + dt.timedelta(days=7)).isoformat()
    assert (shown["terms"], shown["balance_after_fen"]) == ("赠送金不退。", 550_00)
    wish = {**asked, "bonus_fen": shown["bonus_fen"], "key": shown["key"]}
    assert counter.refused("top_up", **{**wish, "key": "0" * 32}) == "bonus_changed"
    done = counter.do("top_up", **wish)
    assert (done["amount_fen"], done["balance_after_fen"], done["printed"]) == (500_00, 550_00, True)
    assert counter.look("top_up_look", **asked)["terms"] == "", "only the first one is signed for"
    assert counter.bench.last().payload["shift"] == 1


def test_who_has_no_shift_open_or_no_right_pin_does_nothing(counter: Counter) -> None:
    account = counter.member()
    wish: dict[str, Any] = {"account": account, "fen": 100_00, "tender": "cash", "bonus_fen": 0, "key": ""}
    assert counter.refused("top_up", **wish, staff="李店长") == "shift_missing"
    assert (
        counter.refused("coupon_issue", account=account, template="fifty", count=1, staff="李店长") == "shift_missing"
    )
    assert counter.refused("coupon_issue", account="x", template="fifty", count=1) == "member_unknown"
    with pytest.raises(Refusal, match="pin_wrong"):
        counter.do("top_up", **wish, pin="000000")


def test_a_top_up_that_the_watch_stops_goes_on_when_a_second_person_gives_their_pin(counter: Counter) -> None:
    account = counter.member()
    odd = Rule("large", "single_amount", frozenset({"top_up"}), limit=100_00, block=True)
    counter.rules.apply(replace(RULES, anomalies=(odd,)), 1)
    wish: dict[str, Any] = {"account": account, "fen": 200_00, "tender": "cash", "bonus_fen": 0, "key": ""}
    wish["action"] = new_id()
    assert counter.refused("top_up", **wish) == "approval_needed"
    assert counter.do("top_up", **wish, approver="李店长", approver_pin=PIN)["amount_fen"] == 200_00
    assert counter.bench.last().payload["alerts"]


def test_a_gift_card_is_sold_shown_loaded_and_then_empty(counter: Counter) -> None:
    account, card = counter.member(), counter.card()
    sold = counter.do("gift_sell", card=card, fen=300_00, months=36, tender="wechat")
    assert (sold["kind"], sold["amount_fen"], sold["until"]) == ("gift_card_sale", 300_00, "2029-11-21")
    shown = counter.look("gift_show", card=card)
    assert shown["lots"] == [{"fen": 300_00, "until": "2029-11-21", "good": True}]
    assert counter.do("gift_load", card=card, account=account)["account"] == account
    assert counter.look("gift_show", card=card)["amount_fen"] == 0
    assert counter.refused("gift_load", card=card, account=account) == "gift_card_empty"
    assert counter.refused("gift_renew", card="none", months=12) == "card_unknown"


def test_what_could_pay_is_never_kept_and_a_payment_has_its_own_number(counter: Counter) -> None:
    account, card, code = counter.member(), counter.card(), "134567890123456789"
    money: dict[str, Any] = {"account": account, "fen": 100_00, "tender": "wechat", "bonus_fen": 0, "key": ""}
    gift: dict[str, Any] = {"card": card, "fen": 100_00, "months": 0, "tender": "wechat"}
    handed = {"account": account, "to": counter.member()}
    for verb, wish in (
        ("top_up", {**money, "reference": code}),
        ("gift_sell", {**gift, "reference": f"no {code[:9]} {code[9:]}"}),
        ("coupon_issue", {"account": account, "template": "fifty", "count": 1, "reason": code}),
    ):
        assert counter.refused(verb, **wish) == "text_is_payment_code"
    assert counter.refused("transfer", **handed, shown=f"paid with {code}") == "transfer_proof_missing"
    one = new_id()
    counter.do("top_up", **money, reference="A-17", action=one)
    assert counter.bench.last().payload["reference"] == "A-17"
    assert counter.refused("top_up", **money, reference="A-18", action=one) == "action_conflict"
    counter.do("gift_sell", **gift, reference="B-1")
    assert counter.bench.last().payload["reference"] == "B-1"


def test_coupons_are_given_listed_and_ended_by_their_first_letters(counter: Counter) -> None:
    account = counter.member()
    counter.do("coupon_issue", account=account, template="fifty", count=3, reason="late", **BOSS)
    (listed,) = counter.look("coupons", account=account)["coupons"]
    assert (listed["name"], listed["count"], listed["state"]) == ("五十元券", 3, "good")
    letters = listed["coupon"][:8]
    assert (
        counter.refused("coupon_revoke", account=account, coupon=letters[:5], count=1, reason="x") == "coupon_not_here"
    )
    ended = {"account": account, "coupon": letters, "count": 2, "reason": "typed twice"}
    counter.do("coupon_revoke", **ended)
    assert counter.look("coupons", account=account)["coupons"][0]["count"] == 1
    counter.bench.clock.advance(40 * 86_400)
    assert counter.look("coupons", account=account)["coupons"][0]["state"] == "ended"


def test_passes_are_listed_paused_extended_shared_and_handed_over(counter: Counter) -> None:
    account, friend = counter.member(), counter.member("李雷")
    lot = counter.sold(account, TEN)
    today = counter.bench.book.today()
    first, last = (today + dt.timedelta(days=days) for days in (0, 9))
    one = {"account": account, "sold": lot[:8]}
    paused = counter.do("pass_freeze", **one, first=first.isoformat(), last=last.isoformat())
    assert paused["ends_on"] == (today + dt.timedelta(days=109)).isoformat()
    counter.do("pass_share", **one, person=friend, shown="member_card")
    (listed,) = counter.look("passes", account=account)["passes"]
    assert (listed["frozen_until"], listed["sharers"], listed["left"]) == (last.isoformat(), ["李*"], 10)
    counter.do("pass_resume", **one)
    counter.do("pass_unshare", **one, person=friend)
    until = (today + dt.timedelta(days=200)).isoformat()
    assert counter.do("pass_extend", **one, until=until, **BOSS)["ends_on"] == until
    assert counter.refused("pass_extend", **one, until="soon") == "day_bad"
    assert counter.refused("pass_start", **one) == "pass_started"
    counter.do("pass_transfer", **one, to=friend, **HANDED)
    assert counter.look("passes", account=account)["passes"] == []
    counter.bench.clock.advance(203 * 86_400)
    (ended,) = counter.look("passes", account=friend)["passes"]
    assert (ended["state"], ended["kept_fen"]) == ("ended", 1000_00)


def test_a_pass_that_was_imported_is_listed_as_usable_only_where_the_shop_names_it(counter: Counter) -> None:
    account = counter.member(passes=(PassLine("头皮护理", 6, 10), PassLine("旧卡", 2, 5)))
    named, other = counter.look("passes", account=account)["passes"]
    assert (named["code"], named["left"], named["state"], named["ends_on"]) == ("ten", 6, "good", "")
    assert (other["code"], other["left"], other["state"]) == ("", 2, "imported")
    friend = counter.member()
    counter.do("pass_transfer", account=account, sold=other["pass"], to=friend, **HANDED)
    assert [each["name"] for each in counter.look("passes", account=friend)["passes"]] == ["旧卡"]


@pytest.mark.parametrize("called", ["头皮护理", "ten", "month"])
def test_a_pass_is_meant_by_its_name_or_code_too_and_again_when_what_was_done_is_repeated(
    counter: Counter, called: str
) -> None:
    account, friend = counter.member(passes=(PassLine("旧卡", 2, 5),)), counter.member("李雷")
    lot = counter.sold(account, MONTH if called == "month" else TEN)
    until = (counter.bench.book.today() + dt.timedelta(days=200)).isoformat()
    extend = {"account": account, "sold": called, "until": until, "action": new_id(), **BOSS}
    done = counter.do("pass_extend", **extend)
    counter.do("pass_transfer", account=account, sold=called, to=friend, **HANDED)
    assert [each["pass"] for each in counter.look("passes", account=friend)["passes"]] == [lot]
    assert counter.refused("pass_transfer", account=account, sold=called, to=friend, **HANDED) == "pass_not_here"
    assert counter.do("pass_extend", **extend)["number"] == done["number"]
    assert counter.refused("pass_extend", **{**extend, "sold": "旧卡"}) == "action_conflict"


def test_an_imported_pass_is_meant_by_its_name_or_the_code_it_is_taken_for_where_no_other_is_called_that(
    counter: Counter,
) -> None:
    account, friend = (
        counter.member(passes=(PassLine("头皮护理", 6, 10), PassLine("旧卡", 2, 5))),
        counter.member("李雷"),
    )
    counter.do("pass_transfer", account=account, sold="旧卡", to=friend, **HANDED)
    counter.do("pass_transfer", account=account, sold="ten", to=friend, **HANDED)
    assert [each["name"] for each in counter.look("passes", account=friend)["passes"]] == ["旧卡", "头皮护理"]
    lot = counter.sold(friend, TEN)
    for called in ("头皮护理", "ten"):
        assert (
            counter.refused("pass_transfer", account=friend, sold=called, to=account, **HANDED) == "bill_choice_several"
        )
    counter.do("pass_transfer", account=friend, sold=lot[:8], to=account, **HANDED)
    assert [each["pass"] for each in counter.look("passes", account=account)["passes"]] == [lot]
    assert counter.refused("pass_transfer", account=friend, sold="", to=account, **HANDED) == "pass_not_here"


def test_days_that_are_over_are_settled_by_hand(counter: Counter) -> None:
    counter.sold(counter.member(), MONTH)
    counter.bench.clock.advance(3 * 86_400)
    done = counter.look("pass_days")
    assert done == {"days": 3, "passes": 1, "value_fen": 30_00, "last": 0}
    assert counter.look("pass_days")["days"] == 0


@pytest.mark.parametrize("reward", ["towel", "ticket"])
def test_a_reward_is_taken_back_also_after_the_box_joined_a_chain(counter: Counter, reward: str) -> None:
    account = counter.member(points=25)
    done = counter.do("redeem", account=account, reward=reward, confirmed="photo")
    Joining(counter.till.database, counter.till.book).join(ChainId("c7" * 16))
    assert counter.look("points", account=account)["points"] == 15
    counter.do("redeem_back", number=done["number"], goods_back=True, **BOSS)
    assert counter.look("points", account=account)["points"] == 25
    assert counter.till.balance(account, "coupon") == 0


def test_points_are_shown_taken_and_given_back(counter: Counter) -> None:
    account = counter.member(points=25)
    shown = counter.look("points", account=account)
    assert (shown["points"], shown["owed"], shown["spendable"], shown["ends"]) == (25, 0, 25, [["", 25]])
    assert shown["offset"] == {"points": 100, "fen": 1_00}
    done = counter.do("redeem", account=account, reward="towel", quantity=2, confirmed="photo")
    assert done["points_spent"] == 20
    assert counter.refused("redeem", account=account, reward="towel") == "points_not_enough"
    assert counter.refused("redeem_back", number=done["number"], **BOSS) == "reward_goods_missing"
    assert counter.refused("redeem_back", number=done["number"], goods_back=True) == "approval_needed"
    counter.do("redeem_back", number=done["number"], goods_back=True, **BOSS)
    assert counter.look("points", account=account)["points"] == 25
    for number in ("7", "1-000001", "x-y", f"{'9' * 30}-1", f"1-{'9' * 30}", "1-²", f"x/{'9' * 30}/1", "x/²/1"):
        assert counter.refused("redeem_back", number=number) == "reward_not_returnable"


def test_a_membership_is_handed_over_where_the_till_has_always_been_alone(counter: Counter) -> None:
    account, heir = counter.member(principal_fen=100_00, points=5), counter.member()
    wish = {"account": account, "to": heir, "shown": "identity_card", **BOSS}
    assert counter.refused("transfer", **{**wish, "shown": ""}) == "transfer_proof_missing"
    counter.do("transfer", **wish)
    assert counter.bench.last().payload["approved_by"]
    assert counter.till.balance(heir, "principal") == 100_00


def test_value_out_of_the_shops_hand_needs_somebody_who_has_the_right(counter: Counter) -> None:
    account, heir = counter.member(points=20, principal_fen=100_00), counter.member()
    lot = counter.sold(account, TEN)
    until = (counter.bench.book.today() + dt.timedelta(days=9_000)).isoformat()
    coins = {"account": account, "reward": "coins", "confirmed": "photo"}
    for verb, wish, fen in (
        ("coupon_issue", {"account": account, "template": "fifty", "count": 3}, 150_00),
        ("pass_extend", {"account": account, "sold": lot[:8], "until": until}, 1000_00),
        ("redeem", coins, 700_00),
        ("transfer", {"account": account, "to": heir, "shown": "passport"}, 1100_00),
    ):
        assert counter.refused(verb, **wish) == "approval_needed", verb
        counter.do(verb, **wish, **BOSS)
        payload = counter.bench.last().payload
        row = counter.bench.database.row("SELECT action, amount FROM approval WHERE id = ?", (payload["approval"],))
        assert row == ("adjust_balance", fen)
    limited = Role("cashier", (Limit("adjust_balance", 100_00),))
    roles = replace(RULES.roles, roles=(limited, *RULES.roles.roles[1:]))
    counter.rules.apply(replace(RULES, roles=roles), 1)
    counter.do("coupon_issue", account=account, template="fifty", count=2)
    assert counter.refused("coupon_issue", account=account, template="fifty", count=3) == "approval_needed"


def test_a_pass_that_waits_for_its_first_use_begins_only_with_the_right(counter: Counter) -> None:
    account, later = counter.member(), replace(TEN, valid_from=FROM_FIRST_USE)
    counter.rules.apply(replace(RULES, passes=(later,)), 1)
    asked = {"account": account, "sold": counter.sold(account, later)}
    assert counter.refused("pass_start", **asked) == "approval_needed"
    assert counter.do("pass_start", **asked, **BOSS)["ends_on"]


def test_points_are_taken_from_whom_the_cashier_knows(counter: Counter) -> None:
    account = counter.member(points=25)
    assert counter.refused("redeem", account=account, reward="towel") == "factor_identifies_only"
    assert counter.refused("redeem", account=account, reward="towel", confirmed="phone_tail") == "confirmation_missing"
    counter.do("redeem", account=account, reward="towel", confirmed="photo")
    assert counter.bench.last().payload["confirmed"] == "photo"


def test_a_gift_card_is_watched_as_a_top_up_is_and_judged_before_it_is_given_out(counter: Counter) -> None:
    odd = Rule("large", "single_amount", frozenset({"top_up"}), limit=100_00, block=True)
    counter.rules.apply(replace(RULES, anomalies=(odd,)), 1)
    card = "GIFT0001"
    wish: dict[str, Any] = {"card": card, "fen": 500_00, "months": 36, "tender": "cash", "action": new_id()}
    assert counter.refused("gift_new", **wish) == "approval_needed"
    assert counter.look("gift_new", **wish, staff="陈晓", pin=PIN, **BOSS) == {"sold": False}
    counter.card(card)
    assert counter.refused("gift_sell", **wish) == "approval_needed"
    assert counter.do("gift_sell", **wish, **BOSS)["amount_fen"] == 500_00
    assert counter.bench.last().payload["alerts"]
    assert counter.do("gift_new", **wish) == {"sold": True}
    assert counter.refused("gift_new", card="GIFT0002", fen=1000_01, months=0, tender="cash") == "card_limit_anonymous"


@pytest.mark.parametrize("months", [-1, 1_201, 1_000_000_000])
def test_a_gift_card_is_good_for_a_number_of_months_that_a_calendar_has(counter: Counter, months: int) -> None:
    wish: dict[str, Any] = {"fen": 100_00, "months": months, "tender": "cash"}
    assert counter.refused("gift_sell", card=counter.card(), **wish) == "gift_months_bad"
    assert counter.refused("gift_new", card="GIFT0002", **wish) == "gift_months_bad"


def test_what_was_done_is_answered_again_whatever_happened_since(counter: Counter) -> None:
    account, friend = counter.member(), counter.member("李雷")
    lot = counter.sold(account, TEN)
    counter.do("coupon_issue", account=account, template="fifty", count=2, **BOSS)
    (coupon,) = counter.look("coupons", account=account)["coupons"]
    top_up = {"account": account, "fen": 100_00, "tender": "cash", "bonus_fen": 0, "key": ""}
    revoke = {"account": account, "coupon": coupon["coupon"][:8], "count": 2, "reason": "wrong member"}
    moved = {"account": account, "sold": lot[:8], "to": friend, **HANDED}
    extend = {"account": friend, "sold": lot[:8], "until": "2027-12-31", **BOSS}
    done = [
        (verb, wish, counter.do(verb, **wish))
        for verb, wish in (
            (verb, {**asked, "action": new_id()})
            for verb, asked in (
                ("top_up", top_up),
                ("coupon_revoke", revoke),
                ("pass_transfer", moved),
                ("pass_extend", extend),
            )
        )
    ]
    counter.do("pass_transfer", account=friend, sold=lot, to=account, **HANDED)
    cashier = counter.bench.database.row("SELECT id FROM staff WHERE name = ?", ("陈晓",))
    assert cashier is not None
    counter.bench.count(SignedIn("", cashier[0], "陈晓", 1, "cashier"), 600_00)
    assert counter.refused("top_up", **top_up) == "shift_counted"
    entries = counter.bench.book.life().seq
    for verb, wish, first in done:
        assert counter.do(verb, **wish)["number"] == first["number"], verb
    assert counter.refused("coupon_revoke", **{**done[1][1], "coupon": "0" * 8}) == "action_conflict"
    assert counter.refused("pass_transfer", **{**done[2][1], "to": account}) == "action_conflict"
    assert counter.bench.book.life().seq == entries


def test_what_is_done_has_its_slip(counter: Counter) -> None:
    slips: list[str] = []

    def slip(posted: Posted) -> int | None:
        slips.append(posted.entry.kind)
        return None

    old = counter.till
    till = Till(old.database, old.book, old.members, old.clock, old.deeds, slip=slip)
    account = counter.member()
    Coupons(till).issue(RULES, counter.bench.person("甲"), ActionId(new_id()), account, "fifty")
    assert slips == ["issue_coupon"]
