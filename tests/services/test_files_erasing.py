"""Erasing: everything that leads to the person goes for good, and the book stays right under a pseudonym."""

from __future__ import annotations

import pathlib

import pytest

from terminal.base.clock import business_day
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.deeds import Deeds
from terminal.ledger.lives import Journal
from terminal.rules import canonical
from terminal.rules.card_numbers import spellings_of_uid
from terminal.rules.member.consents import MARKETING
from terminal.rules.member.privacy import Ties
from terminal.rules.member_values import PassLine
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT
from terminal.rules.rulebook import Rulebook
from terminal.services.files.asked import Filled
from terminal.services.files.erasing import REMEMBERED_FILE, remember, remembered
from terminal.services.files.journal import OF_KEY
from terminal.services.imports import SAME
from terminal.services.media_life.asked import Asked as CardAsked
from terminal.services.media_life.asked import CardRules
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.records import Blank
from terminal.services.refunds.asking import By as RefundBy
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.prepayments import PrepaidWish, Prepayments
from terminal.services.refunds.records import Records
from terminal.services.views import SignedIn
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.services.conftest import Bench
from tests.services.files_bench import CASHIER, MANAGER, FilesBench, files_bench
from tests.support import STORE_KEY

NAME, PHONE, CARD, NEW_CARD = "欧阳小芳", "13912345678", "0BE2FB0B", "A7E1FB0C"
SECRETS = (NAME, PHONE, CARD, NEW_CARD, "1990-01-02", "怕冷", "熟客", "OYXF", "A77")


@pytest.fixture
def shop(bench: Bench) -> FilesBench:
    """Give a shop's files."""
    return files_bench(bench)


def records(shop: FilesBench) -> Records:
    """Return what refunds read."""
    bench = shop.bench
    deeds = Deeds(bench.database, lambda at_ms: business_day(bench.clock, at_ms))
    return Records(bench.database, bench.book, deeds, bench.clock)


def whole(shop: FilesBench, **parts: object) -> AccountId:
    """Return a member of whom everything is kept that can be."""
    facts: dict[str, object] = {"phone": PHONE, "cards": (CARD,), "birthday": "1990-01-02", "remark": "怕冷"}
    account = shop.member(NAME, old_number="A77", **(facts | parts))
    shop.consent(account)
    shop.consent(account, MARKETING)
    shop.change(account, basics={"name": NAME}, fields={"hair": "细"}, tags=("熟客",), initials="OYXF")
    shop.files.note(shop.asked(), account, "allergies", "对苯二胺")
    life = MediaLife(shop.bench.database, shop.bench.book, shop.bench.members)
    life.issue(CardAsked(ActionId(new_id()), CASHIER), account, Blank(NEW_CARD), CardRules())
    assert all(shop.holds(secret) for secret in SECRETS)
    return account


def test_nothing_in_the_store_leads_to_the_person_any_more(shop: FilesBench) -> None:
    account = whole(shop)
    done = shop.erasing.erase(shop.asked(), account)
    assert (done.kind, done.account, done.others, done.given_up_fen) == ("member_erase", account, (), 0)
    assert [secret for secret in SECRETS if shop.holds(secret)] == []
    for table in ("member_tag", "member_note", "proposal"):
        assert shop.everything()[table] == []
    row = shop.bench.database.row("SELECT salt, profile_hash FROM member WHERE account = ?", (bytes.fromhex(account),))
    assert row is not None
    assert tuple(row) == (b"", b"")
    for text in (NAME, PHONE, "5678", "OYXF", CARD, "FB0B"):
        assert shop.bench.members.search(text) == [], text
    assert {row[3:5] for row in shop.everything()["medium"]} == {("card", "retired")}


def test_the_book_keeps_the_account_under_a_pseudonym(shop: FilesBench) -> None:
    account = whole(shop)
    entries = shop.bench.entries()
    shop.erasing.erase(shop.asked(), account)
    assert shop.bench.entries() == entries + 1
    payload = shop.last().payload
    assert (payload["account"], payload["operator"]) == (account, CASHIER.staff_id)
    shown = shop.bench.members.counter_member(account)
    assert shown.name == payload["pseudonym"]
    assert (shown.phone_masked, shown.cards, shown.birthday, shown.remark) == ("", (), "", "")
    assert shop.bench.verify() == ""


def test_an_erased_file_is_changed_by_nothing(shop: FilesBench) -> None:
    account, other = whole(shop), shop.member("李雷")
    action = ActionId(new_id())
    once = shop.erasing.erase(shop.asked(action=action), account)
    assert shop.erasing.erase(shop.asked(action=action), account) == once
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(), account)) == "erase_done"
    assert shop.refused(lambda: shop.change(account, tags=("x",))) == "erase_done"
    assert shop.refused(lambda: shop.files.note(shop.asked(), account, "formula", "x")) == "erase_done"
    assert shop.refused(lambda: shop.files.merge(shop.asked(), other, account)) == "erase_done"
    assert shop.refused(lambda: shop.bench.members.require(account)) == "member_unknown"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"principal_fen": 1}, "erase_value"),
        ({"bonus_fen": 1}, "erase_value"),
        ({"passes": (PassLine("护理", 1, 10),)}, "erase_sessions"),
    ],
)
def test_nobody_is_erased_while_the_shop_owes_them(shop: FilesBench, parts: dict[str, object], code: str) -> None:
    account = shop.member(NAME, **parts)
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(MANAGER), account)) == code


def test_an_open_bill_is_settled_first(shop: FilesBench) -> None:
    account = shop.member(NAME)
    shop.bench.database.run(
        "INSERT INTO open_bill VALUES ('1', 'held', ?, '', '', 1, 0, 0, '')", (bytes.fromhex(account),)
    )
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(MANAGER), account, give_up=True)) == "erase_open"
    waiting = shop.member("李雷", points=5)
    (lot,) = shop.bench.book.holdings(waiting, ("points",))
    shop.bench.database.run("INSERT INTO unit_hold VALUES ('refund', ?, 5)", (lot.n,))
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(MANAGER), waiting, give_up=True)) == "erase_open"


def test_what_is_given_up_becomes_income_in_the_managers_name(shop: FilesBench) -> None:
    passes = (PassLine("护理", 3, 10),)
    account = shop.member(NAME, principal_fen=80_00, bonus_fen=20_00, points=9, passes=passes)
    shop.bench.cashier()
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(), account, give_up=True)) == "erase_manager_only"
    standing = shop.erasing.standing(account)
    assert (standing.masked_name, standing.ties.value_fen, standing.ties.sessions) == ("欧阳*", 100_00, 3)
    done = shop.erasing.erase(shop.asked(MANAGER), account, give_up=True)
    assert done.given_up_fen == 80_00
    assert dict(shop.last().postings) == {"deferred": 80_00, "sales/breakage": -80_00}
    assert shop.bench.book.balances(account) == {}, "the right to a refund ends with what was given up"
    assert shop.bench.book.accounts()["deferred"] == 0
    assert Prepayments(records(shop)).top_ups(account) == []


def test_as_many_rights_as_there_are_end(shop: FilesBench) -> None:
    account = shop.member(NAME)
    for some in (400, 200):
        with shop.bench.database.write():
            draft = shop.bench.book.begin(ActionId(new_id()), "bill", "")
            for _ in range(some):
                draft.create("refund_right", account, 1, attributes={"of": "bill", "tender": "cash"})
            shop.bench.book.post(draft)
    action, entries = ActionId(new_id()), shop.bench.entries()
    done = shop.erasing.erase(shop.asked(action=action), account)
    assert shop.bench.book.balances(account) == {}
    assert shop.bench.entries() == entries + 3
    assert shop.erasing.erase(shop.asked(action=action), account) == done


def test_nobody_is_erased_while_a_refund_is_not_paid_out(shop: FilesBench) -> None:
    account, other = shop.member(NAME, principal_fen=80_00), shop.member("李雷")
    cashier = shop.bench.cashier()
    boss = SignedIn(cashier.token, cashier.staff_id, cashier.name, cashier.shift_no, "manager")

    def by() -> RefundBy:
        return RefundBy(Rulebook(), boss, ActionId(new_id()), alone=True)

    (given,) = Prepayments(records(shop)).top_ups(account)
    Prepayments(records(shop)).refund(by(), PrepaidWish(account, given.top_up.id, NOT_MEMBERS_FAULT))
    payouts = Payouts(records(shop))
    (owed,) = payouts.owed(account)
    assert shop.erasing.standing(account).ties.open_bills == 1
    assert shop.refused(lambda: shop.erasing.erase(shop.asked(MANAGER), account, give_up=True)) == "erase_open"
    shop.erasing.erase(shop.asked(), other)
    payouts.pay(by(), owed.of, owed.place)
    assert shop.erasing.standing(account).ties == Ties()
    shop.erasing.erase(shop.asked(), account)


def test_a_members_pin_and_the_tries_at_it_go(shop: FilesBench) -> None:
    account, other = shop.member(NAME), shop.member("李雷")
    database = shop.bench.database
    for each in (account, other):
        database.run("INSERT INTO member_pin VALUES (?, 'a hash')", (bytes.fromhex(each),))
        columns = [row[1] for row in database.rows("PRAGMA table_info(pin_try)")]
        tries = [bytes.fromhex(each) if name == "account" else 1 for name in columns]
        database.run(f"INSERT INTO pin_try VALUES ({', '.join('?' * len(tries))})", tries)  # noqa: S608 - marks only
    shop.erasing.erase(shop.asked(), account)
    for table in ("member_pin", "pin_try"):
        left = database.rows(f"SELECT lower(hex(account)) FROM {table}")  # noqa: S608 - tables of ours
        assert left == [(other,)], table


def test_a_members_profiles_are_found_by_an_index(shop: FilesBench) -> None:
    account = whole(shop)
    (plan,) = shop.bench.database.rows(f"EXPLAIN QUERY PLAN {OF_KEY}", (account,))
    assert "SEARCH" in plan[3]
    assert len(shop.bench.database.rows(OF_KEY, (account,))) == 4
    named = {digest for (digest,) in shop.bench.database.rows("SELECT digest FROM profile_of")}
    assert named == {row[0] for row in shop.everything()["proposal"]}, "those of their media as well"
    shop.erasing.erase(shop.asked(), account)
    assert shop.bench.database.rows("SELECT * FROM profile_of") == []


def test_a_store_of_a_release_before_knows_whose_its_profiles_are(tmp_path: pathlib.Path) -> None:
    database = Database(tmp_path / "old.db", STORE_KEY)
    migrate(database, MIGRATIONS[:12])
    account, said = new_id(), {"kind": "propose", "note": 'no "key":"x"'}
    with database.write():
        database.run("INSERT INTO life VALUES (1, 'd', 1, 0, x'', 0, 0, 1)")
        for seq, (table, more) in enumerate(
            (("entry", {"key": account}), ("past_entry", {"key": account}), ("entry", {}))
        ):
            data = canonical.encode({"payload": {**said, **more}})
            database.run(f"INSERT INTO {table} VALUES (1, ?, x'', ?, ?)", (seq, bytes([seq]), data))  # noqa: S608 - ours
            database.run("INSERT INTO proposal VALUES (?, 1, ?, x'', 0)", (bytes([seq]), seq))
    migrate(database)
    assert database.rows("SELECT key, digest FROM profile_of") == [(account, b"\0"), (account, b"\1")]
    database.close()


def test_the_files_of_one_person_are_erased_together(shop: FilesBench) -> None:
    gone, stays, other = shop.member("王小芳", phone=PHONE), shop.member("王芳", phone=PHONE), shop.member("李雷")
    shop.files.merge(shop.asked(), gone, stays)
    done = shop.erasing.erase(shop.asked(), gone)
    assert (done.account, done.others) == (stays, (gone,))
    assert not shop.holds("王")
    assert shop.holds("李雷")
    assert shop.files.get(other).name == "李雷"


def test_the_profiles_of_others_stay(shop: FilesBench) -> None:
    account, other = whole(shop), shop.member("李雷")
    shop.change(other, tags=("稀客",))
    shop.files.merge(shop.asked(), other, account)
    shop.files.unmerge(shop.asked(), other)
    shop.erasing.erase(shop.asked(), account)
    assert len(shop.everything()["proposal"]) == 3


def test_the_old_systems_file_brings_nobody_back(shop: FilesBench) -> None:
    from terminal.rules.member_file import MemberLine
    from terminal.services.imports import FIRST, ImportLine

    line = ImportLine(MemberLine(1, name=NAME, phone=PHONE, old_number="A77"), "", step=FIRST)
    shop.bench.imports.take([line])
    row = shop.bench.database.row("SELECT lower(hex(account)) FROM member")
    assert row is not None
    shop.erasing.erase(shop.asked(), row[0])
    (outcome,) = shop.bench.imports.take([line])
    assert outcome.what == SAME
    assert not shop.holds(NAME)


def test_who_was_erased_is_remembered_beside_the_store_without_a_name(shop: FilesBench) -> None:
    account = whole(shop)
    folder = shop.bench.folder
    assert remembered(folder) == []
    for _ in range(2):
        remember(folder, [account])
    path = folder / REMEMBERED_FILE
    assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{account}\n", 0o600)
    path.write_text(f"{account}\n{account[:7]}")
    assert remembered(folder) == [account]


def test_a_store_put_back_to_an_older_state_erases_again_whom_it_remembers(shop: FilesBench) -> None:
    account, gone = whole(shop, principal_fen=5_00), shop.member("甲")
    shop.erasing.erase(shop.asked(), gone)
    unknown = AccountId(new_id())
    everybody = [account, gone]
    assert shop.erasing.again([unknown, *everybody]) == [account]
    assert not shop.holds(NAME)
    assert shop.bench.members.holdings(everybody[0]).principal_fen == 5_00, "what it holds stays in the book"
    assert shop.last().kind == "member_erase"
    assert shop.erasing.again(everybody) == []


def test_a_store_that_has_to_rejoin_erases_again_without_an_entry(shop: FilesBench) -> None:
    account = whole(shop)
    Journal(shop.bench.database).set_rejoining(new_id())
    entries = shop.bench.entries()
    assert shop.erasing.again([account]) == [account]
    assert not shop.holds(NAME)
    assert shop.bench.entries() == entries


def test_a_card_that_was_erased_is_nobodys(shop: FilesBench) -> None:
    account = whole(shop)
    shop.erasing.erase(shop.asked(), account)
    for text in spellings_of_uid(bytes.fromhex(CARD)):
        assert shop.bench.members.search(text) == []
    again = shop.files.add(shop.asked(), Filled({"name": NAME, "phone": PHONE}))
    assert shop.files.get(again.account).name == NAME
    assert not shop.files.get(again.account).is_duplicate
