"""The customer's screen: each state, how it is entered and how it is left."""

from __future__ import annotations

import dataclasses

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, CodeScanned, ScanRejected
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.member_values import PassLine
from tests.golden.listing import texts
from tests.services.conftest import Bench

UID = bytes.fromhex("0BE2FB0B")


def tap(bench: Bench, uid: bytes = UID, slot: str = "A") -> None:
    bench.kiosk.card_detected(CardDetected("reader", slot, 0.0))
    bench.kiosk.card_tapped(CardTapped("reader", slot, "m1", 0.0, uid))


def lift(bench: Bench, slot: str = "A") -> None:
    bench.kiosk.card_removed(CardRemoved("reader", slot))


@pytest.fixture
def wang(bench: Bench) -> AccountId:
    """A member with a card."""
    return bench.member("王小芳", sex="f", phone="13812345678", cards=("0BE2FB0B",), principal_fen=100_00)


def test_a_tap_shows_reading_then_the_member_and_after_thirty_seconds_the_idle_screen(
    bench: Bench, wang: AccountId
) -> None:
    tap(bench)
    lift(bench)
    assert [screen.name for screen in bench.shown] == ["idle", "reading", "member"]
    assert bench.screen.panel == bench.members.panel(wang)
    assert bench.screen.session != ""
    bench.wait(29.9)
    assert bench.screen.name == "member"
    bench.wait(0.2)
    ended = bench.shown[-1]
    assert (ended.name, ended.panel, ended.session) == ("idle", None, "")


@pytest.mark.usefixtures("wang")
def test_an_extended_session_lasts_but_not_beyond_five_minutes(bench: Bench) -> None:
    tap(bench)
    for _ in range(14):
        bench.wait(20)
        bench.kiosk.extend(bench.screen.session)
        assert bench.screen.name == "member"
    bench.wait(20.1)
    assert bench.screen.name == "idle"


@pytest.mark.usefixtures("wang")
def test_finishing_clears_everything_and_its_session_is_over(bench: Bench) -> None:
    tap(bench)
    session = bench.screen.session
    bench.kiosk.finish(session)
    assert bench.screen.name == "idle"
    with pytest.raises(Refusal, match="session_over"):
        bench.kiosk.finish(session)
    with pytest.raises(Refusal, match="session_over"):
        bench.kiosk.print_slip(session, ActionId(new_id()))
    with pytest.raises(Refusal, match="session_over"):
        bench.kiosk.finish("")


def test_a_card_that_never_answers_ends_in_an_error_and_then_idle(bench: Bench) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    bench.wait(5.1)
    assert (bench.screen.name, bench.screen.code) == ("error", "reading_timeout")
    bench.wait(8.1)
    assert bench.screen.name == "idle"


@pytest.mark.usefixtures("wang")
def test_an_unknown_card_is_an_error_that_a_tap_or_time_leaves(bench: Bench) -> None:
    tap(bench, b"\x01\x02\x03\x04")
    lift(bench)
    assert (bench.screen.name, bench.screen.code) == ("error", "card_unknown")
    tap(bench)
    assert bench.screen.name == "member"
    bench.wait(8.1)
    assert bench.screen.name == "member", "the error's deadline is not this screen's"


@pytest.mark.parametrize("code", ["card_foreign", "card_random_uid", "card_unreadable", "card_no_number"])
def test_a_card_that_cannot_identify_says_why(bench: Bench, code: str) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    bench.kiosk.card_refused(CardRefused("reader", "A", code))
    assert (bench.screen.name, bench.screen.code) == ("error", code)


@pytest.mark.usefixtures("wang")
def test_two_cards_at_once_are_refused_and_one_of_them_alone_is_fine(bench: Bench) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    tap(bench, slot="B")
    assert bench.screen.code == "two_cards"
    lift(bench, "A")
    lift(bench, "B")
    tap(bench)
    assert bench.screen.name == "member"


@pytest.mark.usefixtures("wang")
def test_a_card_that_was_there_when_the_reader_was_lost_is_no_second_card_later(bench: Bench) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    bench.kiosk.reader_lost()
    bench.kiosk.reader_back()
    tap(bench, slot="B")
    assert bench.screen.name == "member"


@pytest.mark.usefixtures("wang")
def test_another_card_ends_the_first_members_session(bench: Bench) -> None:
    bench.member("李雷", cards=("11223344",))
    tap(bench)
    lift(bench)
    first = bench.screen.session
    tap(bench, bytes.fromhex("11223344"))
    assert bench.screen.panel is not None
    assert bench.screen.panel.surname == "李"
    with pytest.raises(Refusal, match="session_over"):
        bench.kiosk.finish(first)


def test_a_member_code_at_the_kiosk_works_like_a_card_and_a_payment_code_does_not(
    bench: Bench, wang: AccountId
) -> None:
    bench.kiosk.code_scanned(CodeScanned("scanner", 0.0, bench.members.member_code(wang)))
    assert bench.screen.name == "member"
    bench.kiosk.code_scanned(CodeScanned("scanner", 0.0, "134567890123456789"))
    assert (bench.screen.name, bench.screen.code) == ("error", "payment_code_unexpected")
    bench.kiosk.scan_rejected(ScanRejected("scanner", "scan_too_long"))
    assert bench.screen.code == "scan_too_long"


@pytest.mark.usefixtures("wang")
def test_language_and_theme_live_in_the_session_and_fall_back(bench: Bench) -> None:
    bench.kiosk.set_language("en")
    bench.kiosk.set_contrast(on=True)
    tap(bench)
    assert (bench.screen.name, bench.screen.language, bench.screen.contrast) == ("member", "en", True)
    bench.kiosk.finish(bench.screen.session)
    assert (bench.screen.language, bench.screen.contrast) == ("zh_CN", False)
    with pytest.raises(Refusal, match="language_unknown"):
        bench.kiosk.set_language("fr")


@pytest.mark.usefixtures("wang")
def test_changing_the_language_on_the_member_screen_keeps_its_deadline(bench: Bench) -> None:
    tap(bench)
    bench.wait(20)
    bench.kiosk.set_language("zh_TW")
    bench.wait(10.1)
    assert bench.screen.name == "idle"


def test_printing_shows_busy_and_then_success_and_the_same_action_prints_once(
    bench: Bench, wang: AccountId, action: ActionId
) -> None:
    tap(bench)
    session = bench.screen.session
    bench.kiosk.print_slip(session, action)
    assert (bench.screen.name, bench.screen.printing) == ("busy", True)
    bench.kiosk.print_slip(session, action)
    job = bench.spool.take("printer")
    assert job is not None
    assert bench.members.member_code(wang).encode() in job.body
    (slip,) = bench.spool.recent()
    bench.kiosk.slip_settled(dataclasses.replace(slip, job=slip.job + 1), printed=True)
    assert bench.screen.printing, "another slip is not what this customer waits for"
    bench.kiosk.slip_settled(slip, printed=True)
    assert (bench.screen.name, bench.screen.code) == ("success", "slip_printed")
    bench.wait(5.1)
    assert bench.screen.name == "idle"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_CN", ("会员余额", "王女士", "剩 6 / 10 次")),
        ("zh_TW", ("會員餘額", "王女士", "剩 6 / 10 次")),
        ("en", ("Member balance", "Ms Wang", "6 of 10 left")),
    ],
)
def test_a_slip_speaks_the_customers_language_and_calls_passes_what_the_shop_calls_them(
    bench: Bench, action: ActionId, language: str, said: tuple[str, ...]
) -> None:
    account = bench.member("王小芳", sex="f", cards=("0BE2FB0B",), passes=(PassLine("头皮深层护理", 6, 10),))
    bench.receipts.balance(account, "session", action, language)
    job = bench.spool.take("printer")
    assert job is not None
    lines = "".join(texts(job.body))
    assert [each for each in (*said, "头皮深层护理") if each not in lines] == []
    assert ("女士" in lines) == (language != "en")


@pytest.mark.usefixtures("wang")
def test_a_slip_that_cannot_be_printed_in_time_is_dropped_and_said(
    bench: Bench,
    action: ActionId,
) -> None:
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    bench.wait(20.1)
    assert (bench.screen.name, bench.screen.code) == ("error", "printer_unavailable")
    assert bench.spool.take("printer") is None, "nobody waits for it any more"


@pytest.mark.usefixtures("wang")
def test_a_printer_known_to_be_blocked_is_said_at_once_and_the_member_stays(
    bench: Bench,
    action: ActionId,
) -> None:
    bench.kiosk.printer_status("printer", ready=False)
    tap(bench)
    with pytest.raises(Refusal, match="printer_unavailable"):
        bench.kiosk.print_slip(bench.screen.session, action)
    assert bench.screen.name == "member"
    bench.kiosk.printer_status("printer", ready=True)
    bench.kiosk.print_slip(bench.screen.session, action)
    assert bench.screen.printing


def test_a_top_up_at_the_counter_is_shown_when_idle_or_to_its_member_and_never_to_another(
    bench: Bench, wang: AccountId
) -> None:
    bench.kiosk.topped_up(wang, 1000_00, 200_00, 1200_00)
    assert (bench.screen.name, bench.screen.code) == ("success", "topped_up")
    assert dict(bench.screen.values) == {"amount_fen": 1000_00, "bonus_fen": 200_00}, "nobody identified: no balance"
    bench.kiosk.dismiss()
    tap(bench)
    bench.kiosk.topped_up(AccountId(new_id()), 500_00, 0, 500_00)
    assert bench.screen.name == "member"
    bench.kiosk.topped_up(wang, 1000_00, 200_00, 1200_00)
    assert dict(bench.screen.values) == {"amount_fen": 1000_00, "bonus_fen": 200_00, "balance_fen": 1200_00}


def test_a_top_up_is_not_shown_while_a_card_is_read_or_nothing_works(bench: Bench, wang: AccountId) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    bench.kiosk.topped_up(wang, 1000_00, 200_00, 1200_00)
    assert bench.screen.name == "reading"
    bench.kiosk.reader_lost()
    bench.kiosk.topped_up(wang, 1000_00, 200_00, 1200_00)
    assert bench.screen.name == "out_of_service"


def test_a_charge_at_the_counter_is_shown_like_a_top_up_and_never_to_another(bench: Bench, wang: AccountId) -> None:
    bench.kiosk.charged(wang, 88_00, 912_00)
    assert (bench.screen.name, bench.screen.code) == ("success", "charged")
    assert dict(bench.screen.values) == {"amount_fen": 88_00}, "nobody identified: no balance"
    bench.wait(5.1)
    assert bench.screen.name == "idle"
    tap(bench)
    bench.kiosk.charged(AccountId(new_id()), 88_00, 0)
    assert bench.screen.name == "member"
    bench.kiosk.charged(wang, 88_00, 912_00)
    assert dict(bench.screen.values) == {"amount_fen": 88_00, "balance_fen": 912_00}


def test_a_charge_is_not_shown_while_a_card_is_read_or_nothing_works(bench: Bench, wang: AccountId) -> None:
    bench.kiosk.card_detected(CardDetected("reader", "A", 0.0))
    bench.kiosk.charged(wang, 88_00, 912_00)
    assert bench.screen.name == "reading"
    bench.kiosk.reader_lost()
    bench.kiosk.charged(wang, 88_00, 912_00)
    assert bench.screen.name == "out_of_service"


@pytest.mark.usefixtures("wang")
def test_without_a_reader_the_kiosk_is_out_of_service_until_one_is_back(bench: Bench) -> None:
    tap(bench)
    bench.kiosk.reader_lost()
    assert bench.screen.name == "out_of_service"
    bench.wait(60)
    assert bench.screen.name == "out_of_service"
    bench.kiosk.reader_back()
    assert bench.screen.name == "idle"
    tap(bench)
    assert bench.screen.name == "member"


@pytest.mark.usefixtures("wang")
def test_a_slip_that_waits_for_paper_never_comes_out_in_front_of_the_next_customer(
    bench: Bench, action: ActionId
) -> None:
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    lift(bench)
    tap(bench)
    assert bench.spool.take("printer") is None
    bench.kiosk.print_slip(bench.screen.session, ActionId(new_id()))
    bench.spool.recover()
    assert bench.spool.take("printer") is None, "after a restart nobody waits for it"
    lift(bench)
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    job = bench.spool.take("printer")
    assert job is not None, "asked for again, it is printed"
    assert not job.mark


@pytest.mark.usefixtures("wang")
def test_a_slip_cut_off_as_its_customer_leaves_is_not_tried_again_in_front_of_the_next(
    bench: Bench, action: ActionId
) -> None:
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    job = bench.spool.take("printer")
    assert job is not None
    bench.kiosk.finish(bench.screen.session)
    assert bench.spool.in_doubt(job.job) is None
    assert bench.spool.take("printer") is None
    assert bench.spool.doubts() == (), "nobody needs to settle it"
    lift(bench)
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    again = bench.spool.take("printer")
    assert again is not None, "asked for again, it is printed"
    assert again.mark, "and says that it may be the second"


@pytest.mark.usefixtures("wang")
def test_a_slip_cut_off_by_a_restart_is_not_tried_again(bench: Bench, action: ActionId) -> None:
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    assert bench.spool.take("printer") is not None
    assert bench.spool.recover() == 1
    assert bench.spool.take("printer") is None
    assert bench.spool.doubts() == ()


@pytest.mark.usefixtures("wang")
def test_out_of_service_outlasts_a_new_set_up_and_a_scanning_error(bench: Bench) -> None:
    bench.kiosk.reader_lost()
    bench.kiosk.start("zh_CN")
    assert bench.screen.name == "out_of_service"
    bench.kiosk.scan_rejected(ScanRejected("scanner", "scan_too_long"))
    bench.wait(8.1)
    assert bench.screen.name == "out_of_service"
    bench.kiosk.reader_back()
    assert bench.screen.name == "idle"


def test_a_top_up_leaves_the_members_own_waiting_slip_to_be_printed(
    bench: Bench, wang: AccountId, action: ActionId
) -> None:
    tap(bench)
    bench.kiosk.print_slip(bench.screen.session, action)
    bench.kiosk.topped_up(wang, 1000_00, 200_00, 1200_00)
    assert bench.spool.take("printer") is not None


@pytest.mark.parametrize("choice", ["language", "contrast"])
def test_what_a_passer_by_chose_on_the_idle_screen_does_not_stay_for_the_next_customer(
    bench: Bench, choice: str
) -> None:
    if choice == "language":
        bench.kiosk.set_language("en")
    else:
        bench.kiosk.set_contrast(on=True)
    bench.wait(29)
    assert (bench.screen.language, bench.screen.contrast) != ("zh_CN", False)
    bench.wait(2)
    assert (bench.screen.name, bench.screen.language, bench.screen.contrast) == ("idle", "zh_CN", False)


@pytest.mark.usefixtures("wang")
def test_who_chose_a_language_and_then_taps_keeps_it_for_the_session(bench: Bench) -> None:
    bench.kiosk.set_language("en")
    bench.wait(20)
    tap(bench)
    bench.wait(20)
    assert (bench.screen.name, bench.screen.language) == ("member", "en")
