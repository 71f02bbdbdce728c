"""The slips of what was given back: queued in the transaction of their entry, with the names people know."""

from __future__ import annotations

from dataclasses import replace

from terminal.base.clock import business_day
from terminal.base.ids import ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty.points import PointsRules
from terminal.rules.rulebook import Rulebook
from terminal.services.receipts import Paper
from terminal.services.refunds.asking import By, Wish
from terminal.services.refunds.bills import Refunds
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.posting import Posting
from terminal.services.refunds.printing import BackSlips
from terminal.services.refunds.records import Records
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from terminal.services.shop import Shop
from tests.services.conftest import RULES, Bench, _paper
from tests.services.refund_bench import RefundBench, line
from tests.support import TestBook


def test_the_slip_of_each_entry_is_queued_with_it(bench: Bench) -> None:
    deeds = Deeds(bench.database, lambda at_ms: business_day(bench.clock, at_ms))
    records = Records(bench.database, bench.book, deeds, bench.clock)
    shop = Shop(name="兰亭美业", branch="静安店", rules=RULES)
    paper = _paper()
    slips = BackSlips(records, bench.members, bench.spool, lambda: shop, paper)
    account, staff = bench.member("王小芳", phone="13812345678"), bench.cashier()
    bench.money.top_up(RULES, staff, ActionId(new_id()), account, 1000_00, 200_00)
    charge = bench.money.charge(RULES, staff, ActionId(new_id()), account, 300_00, "photo")
    by = By(Rulebook(), replace(staff, role="manager"), ActionId(new_id()), alone=True)
    done = Refunds(records, lambda _, __: PointsRules(), Posting(records, slips)).refund(by, Wish(charge.bill_no))
    assert done.print_job is not None
    row = bench.database.row("SELECT kind, bill_no, amount_fen FROM print_job WHERE id = ?", (done.print_job,))
    assert row is not None
    assert tuple(row) == ("refund", done.number, 300_00)
    slip = slips.slip(records.entry(records.source(done.number), ("refund",)))
    assert slip.at_once == (("principal", 250_00), ("bonus", 50_00))
    assert (slip.head.of, slip.head.member.masked_name, slip.points_taken) == (charge.bill_no, "王*", 25)
    again = bench.money.charge(RULES, staff, ActionId(new_id()), account, 60_00, "photo")
    voided = Voids(records, Releases(bench.book), Posting(records, slips)).void(
        replace(by, action_id=ActionId(new_id())), again.bill_no, "typed twice"
    )
    slip = slips.slip(records.entry(records.source(voided.number), ("void",)))
    assert (slip.at_once, slip.head.reason) == ((("principal", 50_00), ("bonus", 10_00)), "typed twice")
    nothing = BackSlips(records, bench.members, bench.spool, lambda: shop, Paper({}, paper.strip))
    other = bench.money.charge(RULES, staff, ActionId(new_id()), account, 60_00, "photo")
    quiet = Refunds(records, lambda _, __: PointsRules(), Posting(records, nothing))
    assert quiet.refund(replace(by, action_id=ActionId(new_id())), Wish(other.bill_no)).print_job is None


def test_a_payout_and_a_walk_ins_refund_have_slips_of_their_own(bench: Bench) -> None:
    deeds = Deeds(bench.database, lambda at_ms: business_day(bench.clock, at_ms))
    records = Records(bench.database, bench.book, deeds, bench.clock)
    shop = Shop(name="兰亭美业", language="en", rules=RULES)
    slips = BackSlips(records, bench.members, bench.spool, lambda: shop, _paper())
    staff = replace(bench.cashier(), role="manager")
    refunds = Refunds(records, lambda _, __: PointsRules(), Posting(records, slips))
    till = RefundBench(TestBook(bench.folder, bench.database, bench.book, bench.clock), records, {})
    bill = till.bill(None, [replace(line(80_00), name="剪发")], {"wechat": 50_00, "cash": 30_00})
    refunds.refund(By(Rulebook(), staff, ActionId(new_id()), alone=True), Wish(bill))
    payouts = Payouts(records, slips)
    (owed,) = payouts.owed()
    slip = slips.slip(records.entry(records.source(owed.of), ("refund",)))
    assert (slip.at_once, slip.pending) == ((("cash", 30_00),), (("wechat", 50_00),))
    assert ([item.name for item in slip.items], slip.head.member.masked_name) == (["剪发"], "")
    payouts.pay(By(Rulebook(), staff, ActionId(new_id())), owed.of, 0)
    row = bench.database.row("SELECT kind, amount_fen FROM print_job ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert tuple(row) == ("paid_out", 50_00)


def test_the_slips_of_a_walk_ins_refund_void_and_payout_outlive_the_till_and_can_be_copied(bench: Bench) -> None:
    deeds = Deeds(bench.database, lambda at_ms: business_day(bench.clock, at_ms))
    records = Records(bench.database, bench.book, deeds, bench.clock)
    shop = Shop(name="兰亭美业", rules=RULES)
    slips = BackSlips(records, bench.members, bench.spool, lambda: shop, _paper())
    posting, staff = Posting(records, slips), replace(bench.cashier(), role="manager")
    till = RefundBench(TestBook(bench.folder, bench.database, bench.book, bench.clock), records, {})

    def by() -> By:
        return By(Rulebook(), staff, ActionId(new_id()), alone=True)

    bills = [till.bill(None, [replace(line(80_00), name="剪发")], {"wechat": 80_00}) for _ in range(2)]
    refunded = Refunds(records, lambda _, __: PointsRules(), posting).refund(by(), Wish(bills[0]))
    same_shift = replace(by(), staff=replace(staff, shift_no=1))
    voided = Voids(records, Releases(bench.book), posting).void(same_shift, bills[1], "typed twice")
    payouts = Payouts(records, slips)
    payouts.pay(by(), payouts.owed()[0].of, 0)
    bench.spool.recover()
    jobs = [bench.spool.take("printer") for _ in range(3)]
    for job in jobs:
        assert job is not None
        bench.spool.printed(job.job)
        assert bench.spool.copy(job.job, ActionId(new_id())) != job.job
    numbers = [each.bill_no for each in bench.spool.recent()]
    assert {refunded.number, voided.number} < set(numbers)
