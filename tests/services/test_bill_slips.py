"""Slips of real bills: walk-ins' and members', read back from the entry alone, kept like any slip, never raising."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.base.clock import business_day
from terminal.base.ids import AccountId, ActionId, LotId, new_id
from terminal.base.money import format_yuan
from terminal.base.printing import PrinterProfile
from terminal.ledger.book import Posted
from terminal.ledger.deeds import Deeds
from terminal.rules.bill_note import BillNote, NoteTender
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.loyalty.redeeming import COUPON, RedeemRules, Reward
from terminal.rules.pay.commission import Person
from terminal.rules.prepaid_slip import TITLES
from terminal.rules.prices.basket import CASH, LevelPrice, PriceRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.releases import PERIODIC, Release
from terminal.rules.value.top_up import Gift, Offer, Tier, TopUpRules
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import Chosen, Order, OrderLine, Proof, Tender
from terminal.services.booked import bill_of
from terminal.services.files.referrers import Referrers
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import PassChanges
from terminal.services.prepaid.points import Redeeming
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Asks as TopUpAsks
from terminal.services.prepaid.top_ups import TopUps
from terminal.services.receipts import Paper, Receipts
from terminal.services.shop import Shop as ShopData
from terminal.services.spool import Spool
from tests.fuzz.test_bill_note import VALUES, payloads
from tests.golden import bills as golden
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts
from tests.services.bill_bench import STAFF, Shop, open_shop
from tests.services.factored import factored
from tests.services.test_bills import LATER, TEN, YEAR

SPRING = CouponTemplate("spring", CASH, name="春日券 20 元", off_fen=20_00)
GIFT = CouponTemplate("gift", CASH, name="回店券 30 元", off_fen=30_00, valid_days=30)
OFFER = Offer(
    "november",
    (Tier(1000_00, 300_00, points=50, coupons=(Gift("gift", 2),), passes=(Gift("ten", 1),)),),
    release=Release(PERIODIC, 3),
)
RULES = Rulebook(
    prices=PriceRules(levels=(LevelPrice("金卡", 8_800),), round_off_unit_fen=10),
    coupons=(SPRING, GIFT),
    passes=(TEN, YEAR, LATER),
    redeem=RedeemRules(1, (Reward("回店券", COUPON, points=300, what="gift"),)),
    top_up=TopUpRules(1, (OFFER,), 1, 50_000_00),
)


@dataclass
class Printing:
    """A shop with a printer at its counter."""

    shop: Shop
    spool: Spool
    receipts: Receipts

    def lines(self, bill_no: str) -> list[str]:
        """Return the lines of the slip of a bill, without the blanks that only align."""
        row = self.shop.database.row("SELECT body FROM print_job WHERE bill_no = ?", (bill_no,))
        assert row is not None, "no slip"
        return [" ".join(each.split()) for each in texts(row[0])]


def printing(folder: pathlib.Path, *, receipt_staff: bool = True) -> Printing:
    """Return a shop whose bills print."""
    shop = open_shop(folder, RULES)
    spool = Spool(shop.database, lambda _device, _attempt: b"", ["printer"])
    data = ShopData(name="兰亭美业", receipt_staff=receipt_staff, rulebook=RULES)
    paper = Paper({"counter": ("printer", PrinterProfile(576))}, pattern_strip)
    receipts = Receipts(shop.database, shop.files, spool, shop.clock, lambda: data, paper)
    asks = Asks(
        factored(shop),
        slip=lambda settled: receipts.slip(bill_of(settled.posted)),
    )
    shop.bills = Bills(shop.database, shop.book, shop.clock, asks)
    with shop.database.write():
        for staff, name in ((STAFF.staff_id, "陈晓"), ("ming", "阿明"), ("mei", "小美")):
            shop.database.run(
                "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, 'cashier', '')", (staff, name)
            )
    return Printing(shop, spool, receipts)


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Printing]:
    """Give a shop that prints."""
    made = printing(tmp_path)
    yield made
    made.shop.database.close()


def test_a_walk_in_who_pays_cash_gets_a_slip_with_the_change_and_nothing_of_a_member(till: Printing) -> None:
    cut = OrderLine("cut", people=(Person("ming", "stylist"), Person("mei", "assistant")))
    settled = till.shop.ring(Order("", (cut, OrderLine("shampoo", 2))), [Tender("cash", 600_00)])
    lines = till.lines(settled.bill_no)
    for line in (
        f"单号 {settled.bill_no}",
        "收银员 陈晓",
        "服务人员 阿明、小美",
        "剪发 1 388.00",
        "洗发水 2 196.00",
        "实付 ￥584.00",
        "现金 ￥584.00",
        "实收现金 ￥600.00",
        "找零 ￥16.00",
    ):
        assert line in lines, line
    assert not any(word in line for line in lines for word in ("会员", "余额", "积分", "核对"))
    (right,) = {facts.expires_on for facts in settled.posted.entry.buckets if facts.asset == "refund_right"}
    assert f"可凭本单退换至 {right}" in lines


def test_a_shop_may_keep_to_itself_who_served(tmp_path: pathlib.Path) -> None:
    till = printing(tmp_path, receipt_staff=False)
    settled = till.shop.ring(Order("", (OrderLine("cut", people=(Person("ming", "stylist"),)),)))
    lines = till.lines(settled.bill_no)
    assert "收银员 陈晓" in lines
    assert not any("阿明" in line for line in lines)
    till.shop.database.close()


def test_the_slip_of_a_walk_in_outlives_the_till_and_can_be_copied(till: Printing) -> None:
    settled = till.shop.ring(Order("", (OrderLine("cut"),)))
    assert settled.print_job is not None
    till.spool.recover()
    job = till.spool.take("printer")
    assert job is not None
    till.spool.printed(job.job)
    assert [each.bill_no for each in till.spool.recent()] == [settled.bill_no]
    assert till.spool.copy(job.job, ActionId(new_id())) != job.job


def test_every_step_and_every_means_of_payment_stands_on_the_slip_of_a_member(till: Printing) -> None:
    shop = till.shop
    account = shop.member("金卡")
    shop.purse(account, 100_00, 20_00)
    coupon = shop.coupon(account, SPRING)
    order = Order(account, (OrderLine("cut"), OrderLine("shampoo")), (Chosen(coupon),))
    settled = shop.ring(order, [Tender("purse", 120_00), Tender("wechat", 387_60 - 120_00 + 20_00)])
    lines = till.lines(settled.bill_no)
    for line in (
        f"剪发 1 388.00 {format_yuan(settled.note.lines[0].net_fen)}",
        "原价合计 ￥486.00",
        "会员价 金卡 -￥58.32",
        "优惠券 春日券 20 元 -￥20.00",
        "抹零 -￥0.08",
        "实付 ￥407.60",
        "微信支付 ￥287.60",
        "储值本金 ￥100.00",
        "储值赠金 ￥20.00",
        "收银员已核对照片",
        "余额 ￥0.00",
        "会员 王*",
    ):
        assert line in lines, (line, lines)


def test_a_pass_that_is_sold_says_how_long_and_that_it_is_prepaid(till: Printing) -> None:
    account = till.shop.member()
    order = Order(account, (OrderLine(pass_code="ten", name="面部 10+2"), OrderLine(pass_code="year", name="面部年卡")))
    settled = till.shop.ring(order)
    lines = till.lines(settled.bill_no)
    ends = {facts.expires_on for facts in settled.posted.entry.buckets if facts.asset == "pass"} - {""}
    assert "面部 10+2 剩 12 / 12 次" in lines
    assert [f"面部年卡 有效期至 {day}" for day in ends] == [line for line in lines if line.startswith("面部年卡 有效")]
    assert "预付款，使用时不再另计销售" in lines


def test_what_a_bill_left_of_a_used_pass_is_told_where_it_was_noted(till: Printing) -> None:
    account = till.shop.member()
    lot = till.shop.pass_units(account, "ten")
    settled = till.shop.ring(Order(account, (OrderLine("facial", pass_lot=lot),)), [])
    lines = till.lines(settled.bill_no)
    assert "次卡抵扣 -￥258.00" in lines
    assert "实付 ￥0.00" in lines
    made = settled.posted.entry
    noted = {"lot": lot, "pass": "ten", "name": "面部 10+2", "left": 11, "total": 12, "ends_on": "2027-11-27"}
    later = reposted(made, {**made.payload, "passes_after": [noted, 7]})
    till.receipts.slip(bill_of(later))
    row = till.shop.database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1")
    assert row is not None
    printed = [" ".join(each.split()) for each in texts(row[0])]
    assert printed[printed.index("面部 10+2 剩 11 / 12 次") + 1] == "有效期至 2027-11-27"


def test_a_bill_split_among_people_tells_what_each_paid(till: Printing) -> None:
    shop = till.shop
    account = shop.member()
    shop.purse(account, 100_00)
    paid = [
        Tender("purse", 94_00, person=1),
        Tender("alipay", 100_00, person=1),
        Tender("cash", 200_00, person=2),
    ]
    settled = shop.ring(Order(account, (OrderLine("cut"),)), paid)
    lines = till.lines(settled.bill_no)
    at = lines.index("第 1 位 ￥194.00")
    assert lines[at : at + 7] == [
        "第 1 位 ￥194.00",
        "支付宝 ￥100.00",
        "储值本金 ￥94.00",
        "第 2 位 ￥194.00",
        "现金 ￥194.00",
        "实收现金 ￥200.00",
        "找零 ￥6.00",
    ]


def test_a_top_up_tells_everything_it_gave_and_by_what_it_was_paid(till: Printing) -> None:
    shop = till.shop
    money_in = money_in_of(shop)
    asks = TopUpAsks(till.receipts.slip)
    top_ups = TopUps(money_in, asks, Milestones(money_in), Referrals(money_in, Referrers(shop.database).of))
    account = shop.member()
    done = top_ups.top_up(RULES, STAFF, ActionId(new_id()), account, 1000_00, 300_00)
    lines = till.lines(done.bill_no)
    for line in (
        "充值金额 ￥1,000.00",
        "赠送金额 ￥300.00",
        "支付方式 现金",
        "赠金 2026-11-21 起 ￥100.00",
        "赠金 2026-12-21 起 ￥100.00",
        "赠金 2027-01-21 起 ￥100.00",
        "回店券 30 元 2 张",
        "有效期至 2026-12-20",
        "ten 12 次",
        "本次积分 +50",
        "余额 ￥1,100.00",
        "未使用可退本金至 2026-11-28",
    ):
        assert line in lines, (line, lines)


def money_in_of(shop: Shop) -> Till:
    """Return what use cases of prepaid value work with."""
    deeds = Deeds(shop.database, lambda at: business_day(shop.clock, at))
    return Till(shop.database, shop.book, shop.files, shop.clock, deeds)


def test_the_counters_single_amount_has_no_table_and_says_how_the_member_was_known(till: Printing) -> None:
    account = till.shop.member()
    till.shop.purse(account, 100_00)
    order = Order(account, (OrderLine(list_fen=60_00),))
    lines = till.lines(till.shop.ring(order, [Tender("purse", 60_00)], Proof(confirmed="photo")).bill_no)
    assert "项目 数量 金额" not in lines
    assert "储值本金 ￥60.00" in lines
    assert "收银员已核对照片" in lines


def test_a_charge_of_an_older_release_still_prints(till: Printing) -> None:
    account = till.shop.member()
    made = till.shop.ring(Order("", (OrderLine("cut"),))).posted.entry
    old: dict[str, Any] = {
        "kind": "charge",
        "request": "",
        "account": account,
        "operator": STAFF.staff_id,
        "amount_fen": 300_00,
        "principal_fen": 250_00,
        "bonus_fen": 50_00,
        "points": 25,
        "balance_after_fen": 900_00,
        "points_after": 25,
        "confirmed": "photo",
    }
    assert till.receipts.slip(bill_of(reposted(made, old))) is not None
    lines = printed_last(till)
    assert {"其中本金 ￥250.00", "其中赠金 ￥50.00", "收银员已核对照片", "余额 ￥900.00"} <= set(lines)
    old["bonus_fen"] = 51_00
    till.receipts.slip(bill_of(reposted(made, old)))
    assert {"实付 ￥300.00", "余额 ￥900.00"} <= set(printed_last(till))


def printed_last(till: Printing) -> list[str]:
    """Return the lines of the newest slip."""
    row = till.shop.database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1")
    assert row is not None
    return [" ".join(each.split()) for each in texts(row[0])]


def reposted(made: Entry, payload: dict[str, Any]) -> Posted:
    """Return an entry as if it had been posted with another payload."""
    return Posted(replace(made, payload=payload), b"")


NAMES = (
    *("account", "amount_fen", "tender", "rewards", "factor", "confirmed", "passes_after", "change_fen", "lines"),
    *("operator", "cooling_off_until", "principal_fen", "bonus_fen", "balance_after_fen", "points"),
    *("reward", "quantity", "points_spent", "pass", "first", "last", "until", "ends_on"),
)
STRANGE = st.one_of(
    payloads(),
    st.dictionaries(
        st.sampled_from(NAMES),
        VALUES,
    ),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=STRANGE, kind=st.sampled_from(["bill", "charge", "top_up", "anything", *TITLES]))
def test_whatever_a_payload_says_its_slip_is_printed(till: Printing, payload: dict[str, Any], kind: str) -> None:
    made = Entry(
        chain=till.shop.book.life().chain,
        device=till.shop.book.life().device,
        epoch=1,
        seq=1,
        nonce="0" * 16,
        at=till.shop.clock.now_ms(),
        at_quality="trusted",
        action_id=ActionId(new_id()),
        effects=(),
        buckets=(),
        postings=(),
        payload={**payload, "kind": kind},
    )
    with till.shop.database.write():
        assert till.receipts.slip(bill_of(Posted(made, b""))) is not None


def test_gift_cards_redemptions_and_changed_passes_have_slips_of_their_own(till: Printing) -> None:
    shop = till.shop
    money_in = money_in_of(shop)
    card, account = AccountId(new_id()), shop.member()
    shop.database.run(
        "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, 'G0001', 'card', 'active', 'id-only')",
        (bytes.fromhex(card),),
    )
    cards = GiftCards(money_in)
    cards.sell(RULES, STAFF, ActionId(new_id()), card, 500_00, valid_months=36)
    sold = told(till)
    assert {"礼品卡售卡单（预付款）", "礼品卡 尾号 0001", "金额 ￥500.00", "支付方式 现金"} <= set(sold)
    assert {"有效期至 2029-11-21", "卡内余额 ￥500.00", "未使用可退本金至 2026-11-28"} <= set(sold)
    assert not any("会员卡" in line or "积分" in line for line in sold), "it is no member's"
    shop.purse(account, 20_00)
    shop.give(account, "points", 70)
    cards.load(RULES, STAFF, ActionId(new_id()), card, account)
    assert {"礼品卡转入账户", "金额 ￥500.00", "会员 王*", "余额 ￥520.00", "积分 70"} <= set(told(till))
    lot = shop.pass_units(account, "later")
    PassChanges(money_in, lambda code, _: next(each for each in RULES.passes if each.code == code)).start(
        STAFF, ActionId(new_id()), account, LotId(lot)
    )
    started = told(till)
    assert {"次卡启用", "later 剩 12 / 12 次", "有效期至 2027-02-18"} <= set(started)
    assert not any("余额" in line or "￥" in line for line in started), "nothing of it moved, and nothing is noted"
    shop.give(account, "points", 430)
    Redeeming(money_in).redeem(RULES, STAFF, ActionId(new_id()), account, "回店券")
    assert {"积分兑换单", "回店券", "使用积分 -300", "本次赠送", "回店券 30 元 1 张", "积分 200"} <= set(told(till))
    before = till.shop.database.row("SELECT count(*) FROM print_job")
    assert till.receipts.prepaid(reposted(newest(till), {"kind": "checkpoint"})) is None
    assert till.shop.database.row("SELECT count(*) FROM print_job") == before


def newest(till: Printing) -> Entry:
    """Return the newest entry."""
    row = till.shop.database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
    assert row is not None
    return from_bytes(row[0])


def told(till: Printing) -> list[str]:
    """Return the lines of the slip of the newest entry."""
    with till.shop.database.write():
        assert till.receipts.prepaid(Posted(newest(till), b"")) is not None
    return printed_last(till)


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_the_bills_of_the_pictures_are_bills(language: str) -> None:
    for note in (golden.everything_note(language), golden.walk_in_note(language), golden.split_note(language)):
        assert BillNote.from_note(note.note()) == note


def test_a_slip_of_nobodys_money_has_no_member_though_the_account_is_unknown(till: Printing) -> None:
    made = till.shop.ring(Order("", (OrderLine("cut"),))).posted.entry
    gone = AccountId(new_id())
    noted = BillNote.from_note(made.payload)
    tenders = (NoteTender("cash", noted.payable_fen),)
    payload = {**made.payload, **dataclasses.replace(noted, account=gone, tenders=tenders).note()}
    till.receipts.slip(bill_of(reposted(made, payload)))
    assert not any(line.startswith("会员") for line in printed_last(till))
