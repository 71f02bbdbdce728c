"""Second factors at a till: what was shown against what this till knows, and each member QR once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import request_digest
from terminal.rules.media import factors, member_qr
from terminal.rules.media.factors import Limits
from terminal.rules.media.states import CARD, IDENTITY
from terminal.services.factors import FACTOR, Approved, Factors, Spend
from terminal.services.media_life.asked import Asked
from terminal.services.member_pins import MemberPins
from terminal.services.member_qrs import MemberQrs
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, FREE, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow

LIMITS = Limits(uid_only_limit_fen=50_00, tap_only_limit_fen=200_00)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {7: KEY.public_key().public_bytes_raw()}


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    return media_bench(bench)


@pytest.fixture
def judge(bench: Bench) -> Factors:
    pins = MemberPins(bench.database, bench.book, bench.clock, is_online=lambda: False)
    return Factors(bench.database, bench.book, bench.clock, pins, has_cloud=False)


def today(shop: MediaBench) -> dt.date:
    return shop.bench.book.today()


def spend(shop: MediaBench, judge: Factors, wanted: Spend) -> Approved:
    """Settle a spend as a bill does: judged, and noted in the entry's payload, in one transaction."""
    book = shop.bench.book
    with shop.bench.database.write():
        draft = book.begin(ActionId(new_id()), "bill", request_digest({"do": "bill"}))
        approved = judge.check(LIMITS, wanted, book.day_of(draft))
        draft.payload |= {"account": wanted.account, "operator": "", "shift": 0, "amount_fen": wanted.amount_fen}
        draft.payload[FACTOR] = approved.facts()
        book.post(draft)
    return approved


def refused(shop: MediaBench, judge: Factors, wanted: Spend) -> Refusal:
    """Return what a spend is refused with; nothing is written."""
    before = shop.everything()
    with pytest.raises(Refusal) as caught:
        spend(shop, judge, wanted)
    assert shop.everything() == before
    return caught.value


def test_a_card_alone_spends_so_much_a_day_and_the_next_day_again(shop: MediaBench, judge: Factors) -> None:
    account, other = shop.member(), shop.bench.member("李明")
    tap = Spend(account, 120_00, factors.AUTHENTICATED)
    assert spend(shop, judge, tap).by == "tap"
    over = refused(shop, judge, tap)
    assert (over.code, over.values["left_fen"], over.values["limit_fen"]) == ("factor_tap_day", 80_00, 200_00)
    assert spend(shop, judge, Spend(account, 80_00, factors.AUTHENTICATED)).by == "tap"
    assert refused(shop, judge, Spend(account, 1, factors.AUTHENTICATED)).code == "factor_tap_day"
    # Another member's day is another one, and what was proved otherwise does not count.
    assert spend(shop, judge, Spend(other, 200_00, factors.AUTHENTICATED)).by == "tap"
    shop.bench.wait(24 * 3600)
    photo = Spend(account, 900_00, factors.AUTHENTICATED, frozenset((factors.PHOTO,)))
    assert spend(shop, judge, photo) == Approved("photo", is_audited=True, assurance="authenticated", fen=900_00)
    assert spend(shop, judge, tap).by == "tap"


def outcome(shop: MediaBench, judge: Factors, wanted: Spend) -> str:
    """Return by what a spend was proved, or the code it was refused with."""
    try:
        return spend(shop, judge, wanted).by
    except Refusal as refusal:
        return refusal.code


def test_whatever_is_spent_a_card_alone_never_goes_over_its_day(shop: MediaBench, judge: Factors) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    account = shop.member()
    for _ in range(3):
        alone = {"tap": 0, "uid": 0}
        for _ in range(12):
            assurance = draw.choice((factors.AUTHENTICATED, factors.UID_ONLY, factors.CODE))
            shown = frozenset((factors.PHOTO,)) if draw.random() < 0.3 else frozenset[str]()
            fen = draw.choice((1, draw.randrange(1, 50_01), draw.randrange(1, 250_01)))
            by = outcome(shop, judge, Spend(account, fen, assurance, shown))
            kind, limit_fen = (
                ("tap", LIMITS.tap_only_limit_fen)
                if assurance == factors.AUTHENTICATED
                else ("uid", LIMITS.uid_only_limit_fen)
            )
            if by.startswith(f"factor_{kind}"):
                assert fen + alone[kind] > limit_fen
            else:
                alone[by] = alone.get(by, 0) + fen
        assert alone["tap"] <= LIMITS.tap_only_limit_fen
        assert alone["uid"] <= LIMITS.uid_only_limit_fen
        shop.bench.wait(24 * 3600)


def test_numbers_that_can_be_copied_share_one_day(shop: MediaBench, judge: Factors) -> None:
    account = shop.member()
    assert spend(shop, judge, Spend(account, 30_00, factors.UID_ONLY)).by == "uid"
    assert refused(shop, judge, Spend(account, 30_00, factors.CODE)).code == "factor_uid_day"
    assert spend(shop, judge, Spend(account, 20_00, factors.CODE)).by == "uid"
    assert spend(shop, judge, Spend(account, 30_00, factors.AUTHENTICATED)).by == "tap"


def test_a_medium_that_was_stopped_since_it_was_shown_spends_nothing(shop: MediaBench, judge: Factors) -> None:
    account = shop.member()
    n = shop.n(CARD_A)
    wanted = Spend(account, 1, factors.UID_ONLY, frozenset((factors.PHOTO,)), n)
    assert spend(shop, judge, wanted).by == "photo"
    shop.life.report_loss(shop.asked(), n)
    assert refused(shop, judge, wanted).code == "card_frozen"
    shop.life.cancel_loss(shop.asked(), n)
    shop.life.replace(shop.asked(), n, blank(CARD_B), FREE)
    assert refused(shop, judge, wanted).code == "card_replaced"
    assert refused(shop, judge, Spend(account, 1, factors.UID_ONLY, medium=999)).code == "medium_unknown"
    stranger = shop.bench.member("李明")
    assert refused(shop, judge, Spend(stranger, 1, factors.UID_ONLY, medium=shop.n(CARD_B))).code == "medium_unknown"


def test_a_card_proves_no_more_than_the_till_knows_of_it(shop: MediaBench, judge: Factors) -> None:
    account = shop.member()
    wanted = Spend(account, 60_00, factors.AUTHENTICATED, medium=shop.n(CARD_A))
    assert refused(shop, judge, wanted).code == "factor_uid_bill"
    shop.bench.database.run("UPDATE medium SET assurance = 'authenticated'")
    assert spend(shop, judge, wanted).by == "tap"


def test_the_card_of_a_merged_member_spends_for_the_one_who_stays(shop: MediaBench, judge: Factors) -> None:
    stays, merged = shop.bench.member("李明"), shop.member()
    shop.bench.database.run(
        "UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(stays), bytes.fromhex(merged))
    )
    assert spend(shop, judge, Spend(stays, 1_00, factors.UID_ONLY, medium=shop.n(CARD_A))).by == "uid"


def test_the_end_of_a_telephone_number_that_nobody_knows_proves_nothing(shop: MediaBench, judge: Factors) -> None:
    shown = frozenset((factors.PHONE_TAIL,))
    nameless, known = shop.member(), shop.bench.member("李明", phone="13800138000")
    assert refused(shop, judge, Spend(nameless, 1, factors.UID_ONLY, shown)).code == "factor_no_phone"
    assert spend(shop, judge, Spend(known, 900_00, factors.UID_ONLY, shown)).by == "phone_tail"


def test_a_page_is_told_every_way_that_would_be_enough(shop: MediaBench, judge: Factors) -> None:
    account = shop.member()
    wanted = Spend(account, 300_00, factors.AUTHENTICATED)
    verdict = judge.look(LIMITS, wanted, today(shop))
    assert [each.code for each in verdict.reasons] == ["factor_tap_bill"]
    assert [each.code for each in verdict.ways] == ["factor_confirm"]
    pins = MemberPins(shop.bench.database, shop.bench.book, shop.bench.clock, is_online=lambda: False)
    asked = Asked(ActionId(new_id()), shop.cashier, frozenset((IDENTITY, CARD)))
    pins.set(asked, account, "a hash")
    verdict = judge.look(LIMITS, wanted, today(shop))
    assert [each.code for each in verdict.ways] == ["factor_pin", "factor_confirm"]


def qr(shop: MediaBench, account: AccountId, nonce: int = 1) -> str:
    """Return a member QR signed now."""
    chain, now_s = shop.bench.book.life().chain, shop.bench.clock.now_ms() // 1000
    return member_qr.issue(KEY, 7, chain, account, now_s, bytes([nonce] * 7)).text


def qrs(shop: MediaBench, keys: Mapping[int, bytes] = KEYS) -> MemberQrs:
    """Return what takes member QRs; what was taken is in the store."""
    return MemberQrs(shop.bench.database, shop.bench.book, shop.bench.clock, keys)


def test_a_member_qr_is_taken_once_and_another_one_goes_on(shop: MediaBench) -> None:
    account = shop.member()
    first, second = qr(shop, account), qr(shop, account, 2)
    assert qrs(shop).take(first) == account
    with pytest.raises(Refusal, match="member_qr_replayed"):
        qrs(shop).take(first)
    assert qrs(shop).take(second) == account
    # What ran out is refused for that, and is not kept for ever.
    shop.bench.wait(120)
    with pytest.raises(Refusal, match="member_qr_expired"):
        qrs(shop).take(first)
    assert qrs(shop).take(qr(shop, account, 3)) == account
    (kept,) = shop.bench.database.rows("SELECT count(*) FROM qr_taken")
    assert kept[0] == 1


def test_a_clock_that_is_turned_back_makes_no_member_qr_good_again(shop: MediaBench) -> None:
    account = shop.member()
    old = qr(shop, account)
    shop.bench.wait(120)
    assert qrs(shop).take(qr(shop, account, 2)) == account
    shop.bench.clock.advance(-120)
    with pytest.raises(Refusal, match="member_qr_expired"):
        qrs(shop).take(old)


@pytest.mark.parametrize("code", ["member_qr_malformed", "member_qr_forged", "member_qr_key_unknown"])
def test_a_member_qr_that_is_not_genuine_leaves_nothing(shop: MediaBench, code: str) -> None:
    account = shop.member()
    text, keys = qr(shop, account), dict(KEYS)
    if code == "member_qr_malformed":
        text = "CFQ1"
    elif code == "member_qr_forged":
        keys = {7: Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()}
    else:
        keys = {}
    with pytest.raises(Refusal, match=code):
        qrs(shop, keys).take(text)
    assert shop.bench.database.rows("SELECT 1 FROM qr_taken") == []


def test_the_days_sum_is_read_through_an_index(shop: MediaBench) -> None:
    from terminal.services.factors import _SPENT

    plan = shop.bench.database.rows(f"EXPLAIN QUERY PLAN {_SPENT}", (b"x" * 16, "2026-11-22"))
    told = " ".join(str(row[3]) for row in plan)
    assert "deed_account" in told
    assert "SCAN" not in told
