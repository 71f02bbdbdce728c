"""Members: finding one by tap, code, phone, name or initials, and what each screen may show of them."""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, is_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Holding, Lot
from terminal.rules import card_numbers, codes, names
from terminal.rules.codes import (
    CollectionCode,
    GoodsCode,
    MemberCode,
    OtherShopCode,
    PaymentCode,
    PhoneCode,
    UnknownCode,
)
from terminal.rules.kiosk import MemberPanel, PassView
from terminal.rules.media.states import Medium, check_usable
from terminal.rules.passes.terms import DAY
from terminal.services.cooling_off import may_ask_back
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.searching import HITS_MAX, MemberSearch
from terminal.services.views import CounterMember, MemberHit
from terminal.store.database import Database, Row

# Whoever types or scans one of these into the search means something else, and a payment code is not searched for.
_FOREIGN_CODES = frozenset({"payment_code_unexpected", "other_shop_code", "collection_code"})
PANEL_ASSETS = ("principal", "bonus", "points", "pass")
_EXISTS = "SELECT 1 FROM member WHERE account = ? AND erased_at = 0"
_PROFILE = (
    "SELECT account, name, phone, sex, level, birthday, remark, duplicate, alias_of FROM member WHERE account = ?"
)


class SeveralMembers(Refusal):
    """A card, code or phone that leads to more than one member: `card_ambiguous`, with their accounts for the staff."""

    def __init__(self, accounts: Sequence[AccountId]) -> None:
        """Refuse, holding the accounts to choose from."""
        super().__init__("card_ambiguous")
        self.accounts = tuple(sorted(accounts))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a member may use today, from the lots this till holds."""

    principal: tuple[Holding, ...]
    bonus: tuple[Holding, ...]
    points: tuple[Holding, ...]
    passes: tuple[PassView, ...]
    principal_fen: int
    bonus_fen: int
    points_left: int

    @property
    def balance_fen(self) -> int:
        """Return the spendable stored value."""
        return self.principal_fen + self.bonus_fen


class Members:
    """Reads members and what they hold; every method is a look-up through an index.

    Of files that were merged, all look-ups lead to the one that stands for them, and holdings are theirs together.
    """

    def __init__(self, database: Database, book: Book, clock: Clock) -> None:
        """Read from an open store."""
        self._database = database
        self._book = book
        self._clock = clock
        self._merged = MergedFiles(database)
        self._search = MemberSearch(database)

    def main(self, account: AccountId) -> AccountId:
        """Return the account that stands for one, itself unless its file was merged into another."""
        return self._merged.main(account)

    def owners(self, account: AccountId) -> tuple[AccountId, ...]:
        """Return all accounts whose holdings and deeds are this member's, the one that stands for them first."""
        return self._merged.owners(account)

    def by_card(self, uid: bytes, number: str, order: str = card_numbers.BOTH) -> AccountId:
        """Return the account of a tapped card; raise `Refusal` with the sentence's code when it is not exactly one.

        Where it is more than one, the refusal is `SeveralMembers`. `order` is the reader's (`spellings_of_uid`). A
        number in the card's memory goes before its chip number, by which it may have been enrolled earlier.
        """
        if not number:
            return self._one_medium(card_numbers.spellings_of_uid(uid, order))
        try:
            return self._one_medium(_candidates(number))
        except Refusal as refusal:
            if not uid or refusal.code != "card_unknown":
                raise
            return self._one_medium(card_numbers.spellings_of_uid(uid, order))

    def media_of(self, account: AccountId, uid: bytes, number: str, order: str) -> list[tuple[int, str]]:
        """Return row and assurance of the account's active cards with either number of a tapped one."""
        by_number = _candidates(number) if number else ()
        return self._media_rows(account, (*by_number, *(card_numbers.spellings_of_uid(uid, order) if uid else ())))

    def media_of_code(self, account: AccountId, text: str) -> list[tuple[int, str]]:
        """Return row and assurance of the account's active cards whose number a shown code is."""
        try:
            return self._media_rows(account, card_numbers.candidates(text))
        except ValueError:
            return []

    def _media_rows(self, account: AccountId, spellings: Sequence[str]) -> list[tuple[int, str]]:
        marks = ", ".join("?" * len(spellings))
        rows = self._database.rows(
            f"SELECT n, assurance, account FROM medium WHERE number IN ({marks}) AND state = 'active'",  # noqa: S608 - marks only
            tuple(spellings),
        )
        key, owners = bytes.fromhex(account), self._merged.owners
        return [(n, assurance) for n, assurance, of in rows if of == key or AccountId(of.hex()) in owners(account)]

    def by_code(self, text: str) -> AccountId:
        """Return the account a scanned or typed code leads to.

        Raises `Refusal`: `payment_code_unexpected` (the code is not kept anywhere), `other_shop_code`,
        `collection_code`, `scan_undecodable` (a member code with a wrong check character), `code_unknown`,
        `card_unknown`, `card_frozen`, `card_replaced`, or `SeveralMembers`.
        """
        found = codes.parse(text, codes.member_code_prefix(self._book.life().chain))
        match found:
            case PaymentCode():
                raise Refusal("payment_code_unexpected", provider=found.provider)
            case OtherShopCode():
                raise Refusal("other_shop_code")
            case CollectionCode():
                raise Refusal("collection_code")
            case MemberCode(code):
                return self._one_medium((code,))
            case PhoneCode(number):
                return self._one(self._search.by_phone(number), "code_unknown")
            case UnknownCode(reason="member_check"):
                raise Refusal("scan_undecodable")
            case GoodsCode(digits) | UnknownCode(digits):
                return self._by_printed_number(digits)

    def search(self, text: str) -> list[MemberHit]:
        """Return at most `HITS_MAX` members for a name, pinyin, phone (or its tail), card (or its ending) or code.

        Raises `Refusal` for another thing: `payment_code_unexpected`, `other_shop_code`, `collection_code`.
        """
        text = text.strip()
        # Whole codes and card numbers first: they mean one member, and endings and names may mean very many.
        accounts = [*self._media(text), *self._search.by_words(text)] if text else []
        return self.hits(self._merged.mains(self._with_file(list(dict.fromkeys(accounts))))[:HITS_MAX])

    def with_phone(self, number: str) -> list[AccountId]:
        """Return everybody with a whole phone number in its stored form, however many share it."""
        rows = self._database.rows("SELECT account FROM member WHERE phone = ? AND erased_at = 0 ORDER BY n", (number,))
        return self._merged.mains([AccountId(row[0].hex()) for row in rows])

    def hits(self, accounts: Sequence[AccountId]) -> list[MemberHit]:
        """Return a line for each of these accounts, each once; raise `Refusal` `member_unknown`."""
        return [self._hit(account) for account in self._merged.mains(accounts)]

    def _with_file(self, accounts: Sequence[AccountId]) -> list[AccountId]:
        """Return those of these accounts that have a member's file: a card may be only its holder's."""
        keys = [bytes.fromhex(account) for account in accounts]
        marks = ", ".join("?" * len(keys))
        rows = self._database.rows(f"SELECT account FROM member WHERE account IN ({marks})", keys)  # noqa: S608 - marks only
        there = {row[0].hex() for row in rows}
        return [account for account in accounts if account in there]

    def holdings(self, account: AccountId, on: dt.date | None = None) -> Holdings:
        """Return what the member may use today, or on another business day."""
        day = (on or self._book.today()).isoformat()
        held: dict[str, list[Holding]] = {asset: [] for asset in PANEL_ASSETS}
        for lot in self._lots(account):
            if lot.spendable_on(day):
                held[lot.asset].append(lot)
        principal, bonus, points, passes = held.values()
        return Holdings(
            principal=tuple(principal),
            bonus=tuple(bonus),
            points=tuple(points),
            passes=_passes(self._book.lots(passes)),
            principal_fen=_units(principal),
            bonus_fen=_units(bonus),
            points_left=_units(points),
        )

    def _lots(self, account: AccountId) -> list[Holding]:
        """Return the holdings of all accounts of a member, oldest bucket first."""
        found = [self._book.holdings(owner, PANEL_ASSETS) for owner in self._merged.owners(account)]
        return found[0] if len(found) == 1 else sorted(itertools.chain(*found), key=lambda lot: lot.n)

    def has_phone(self, account: AccountId) -> bool:
        """Tell whether the member's phone is known, so that its last digits can be compared."""
        return (
            self._database.row("SELECT 1 FROM member WHERE account = ? AND phone <> ''", (bytes.fromhex(account),))
            is not None
        )

    def panel(self, account: AccountId) -> MemberPanel:
        """Return what the kiosk shows after a tap: masked."""
        key, name, phone, sex, level, _, _, _ = self._profile(account)
        account = AccountId(key.hex())
        held = self.holdings(account)
        masked = names.masked(name, sex)
        return MemberPanel(
            surname=names.surname(name),
            title=names.title_of(masked),
            masked_name=masked,
            level=level,
            points=held.points_left,
            balance_fen=held.balance_fen,
            card_tail=next(iter(self._card_tails(account)), ""),
            phone_tail=phone[-4:],
            passes=held.passes,
        )

    def counter_member(self, account: AccountId) -> CounterMember:
        """Return what the counter shows of a member; raise `Refusal` `member_unknown`."""
        key, name, phone, sex, level, birthday, remark, duplicate = self._profile(account)
        account = AccountId(key.hex())
        held = self.holdings(account)
        masked = names.masked(name, sex)
        return CounterMember(
            account=account,
            name=name,
            title=names.title_of(masked),
            masked_name=masked,
            level=level,
            points=held.points_left,
            balance_fen=held.balance_fen,
            principal_fen=held.principal_fen,
            bonus_fen=held.bonus_fen,
            phone_masked=names.mask_phone(phone),
            phone_tail=phone[-4:],
            cards=self._card_tails(account),
            passes=held.passes,
            ask_back=may_ask_back(self._database, self._merged.owners(account), self._book.today()),
            birthday=birthday,
            remark=remark,
            marked_duplicate=bool(duplicate),
        )

    def require(self, account: AccountId) -> None:
        """Raise `Refusal` `member_unknown` unless the account has a member's file that was not erased."""
        if not is_id(account) or self._database.row(_EXISTS, (bytes.fromhex(account),)) is None:
            raise Refusal("member_unknown")

    def name(self, account: AccountId) -> str:
        """Return the name in full, for the staff; raise `Refusal` `member_unknown`."""
        return str(self._profile(account)[1])

    def masked_name(self, account: AccountId) -> str:
        """Return the masked name, or nothing for an account without a file."""
        row = self._database.row("SELECT name, sex FROM member WHERE account = ?", (bytes.fromhex(account),))
        return names.masked(row[0], row[1]) if row else ""

    def named(self, account: AccountId) -> tuple[str, str]:
        """Return the masked name and the tail of the first card: all a slip says of who it is."""
        return self.masked_name(account), next(iter(self._card_tails(account)), "")

    def member_code(self, account: AccountId) -> str:
        """Return the member's static code, which identifies and proves nothing.

        It is made when it is first asked for, in the caller's transaction.
        """
        row = self._database.row(
            "SELECT number FROM medium WHERE account = ? AND kind = 'code' AND state = 'active' LIMIT 1",
            (bytes.fromhex(account),),
        )
        return row[0] if row else self._make_code(account)

    def _make_code(self, account: AccountId) -> str:
        random_body = secrets.token_bytes(codes.MEMBER_CODE_RANDOM_BYTES)
        code = codes.make_member_code(self._book.life().chain, random_body)
        self._database.run(
            "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, ?, 'code', 'active', 'id-only')",
            (bytes.fromhex(account), code),
        )
        return code

    def _profile(self, account: AccountId) -> Row:
        """Return the row of the file that an account leads to; raise `Refusal` `member_unknown`."""
        row = self._database.row(_PROFILE, (bytes.fromhex(account),)) if is_id(account) else None
        if row is None:
            raise Refusal("member_unknown")
        return self._profile(self.main(account)) if row[-1] else row[:-1]

    def _hit(self, account: AccountId) -> MemberHit:
        _, name, phone, _, level, _, _, duplicate = self._profile(account)
        return MemberHit(
            account=account,
            name=name,
            phone_masked=names.mask_phone(phone),
            card_tail=next(iter(self._card_tails(account)), ""),
            level=level,
            balance_fen=self.holdings(account).balance_fen,
            marked_duplicate=bool(duplicate),
        )

    def _card_tails(self, account: AccountId) -> tuple[str, ...]:
        owners = [bytes.fromhex(owner) for owner in self._merged.owners(account)]
        rows = self._database.rows(
            f"SELECT number FROM medium WHERE account IN ({', '.join('?' * len(owners))}) AND kind = 'card'"  # noqa: S608 - marks only
            " AND state = 'active' ORDER BY n",
            owners,
        )
        return tuple(card_numbers.tail(row[0]) for row in rows)

    def _one_medium(self, spellings: Sequence[str]) -> AccountId:
        marks = ", ".join("?" * len(spellings))
        rows = self._database.rows(
            f"SELECT account, state, ended_by FROM medium WHERE number IN ({marks}) ORDER BY state = 'frozen', n",  # noqa: S608 - marks only
            tuple(spellings),
        )
        active = [AccountId(row[0].hex()) for row in rows if row[1] == "active"]
        if rows and not active:
            # The newest says why, or one that was reported lost, which may come back.
            check_usable(Medium("", rows[-1][1], ended_by=rows[-1][2]))
        return self._one(active, "card_unknown")

    def _one(self, accounts: Sequence[AccountId], unknown: str) -> AccountId:
        different = self._merged.mains(accounts)
        if not different:
            raise Refusal(unknown)
        if len(different) > 1:
            raise SeveralMembers(different)
        return different[0]

    def _by_printed_number(self, text: str) -> AccountId:
        try:
            spellings = card_numbers.candidates(text)
        except ValueError:
            raise Refusal("code_unknown") from None
        try:
            return self._one_medium(spellings)
        except Refusal as refusal:
            if refusal.code == "card_unknown":
                raise Refusal("code_unknown") from None
            raise

    def _media(self, text: str) -> list[AccountId]:
        """Return the account a code or card number leads to, several where staff must choose."""
        try:
            return [self.by_code(text)]
        except SeveralMembers as several:
            return list(several.accounts)
        except Refusal as refusal:
            if refusal.code in _FOREIGN_CODES:
                raise
            return []


def _candidates(number: str) -> tuple[str, ...]:
    try:
        return card_numbers.candidates(number)
    except ValueError:
        # What a card's memory or a typing reader gave is no number: the card of nobody.
        raise Refusal("card_number_bad") from None


def _units(lots: Sequence[Holding]) -> int:
    return sum([lot.amount for lot in lots])


def _passes(lots: Sequence[Lot]) -> tuple[PassView, ...]:
    """Return passes by name; one pass may be several buckets, whose sessions add up."""
    left: dict[tuple[str, int, str], int] = {}
    for lot in lots:
        name, total = lot.facts.attributes.get("name", ""), lot.facts.attributes.get("total", 0)
        assert isinstance(name, str)
        assert isinstance(total, int)
        # Passes for a time do not add up: each has its own end.
        key = (name, 0, lot.facts.expires_on) if lot.facts.attributes.get("unit") == DAY else (name, max(1, total), "")
        left[key] = left.get(key, 0) + lot.amount
    return tuple(
        PassView(name, amount, max(total, amount) if total else 0, ends_on)
        for (name, total, ends_on), amount in left.items()
    )
