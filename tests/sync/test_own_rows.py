"""Rows of the chain in a till's own files and cards: what is done at one till holds at the others after they synced."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cloud.core import Cloud
from cloud.errors import Refused
from cloud.sqlite_storage import SqliteStorage
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, ChainId, new_id
from terminal.ledger.deeds import Deeds
from terminal.ledger.lives import Mailbox
from terminal.rules import canonical
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.media.states import BLACKLIST
from terminal.rules.member.consents import CHAIN_SHARING, Consent
from terminal.rules.rulebook import Rulebook
from terminal.services.feed_desk import FeedDesk
from terminal.services.files.asked import Asked as FileAsked
from terminal.services.files.asked import Filled
from terminal.services.files.erasing import Erasing
from terminal.services.files.files import Files
from terminal.services.files.levels import GivenLevels, Said
from terminal.services.files.records import Records
from terminal.services.media_life.asked import Asked, By, CardRules
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.records import Blank
from terminal.services.members import Members
from terminal.services.proposals import Blobs
from terminal.services.shifts.asked import Wish
from terminal.services.standing import Standings
from terminal.services.views import SignedIn
from terminal.sync.chain_rows import RowCourier, StoredRows
from terminal.sync.courier import Courier
from terminal.sync.own_rows import OwnRows
from terminal.sync.wire import ChainRow, Joined
from tests.support import ManualClock
from tests.sync.till import Till

CHAIN = ChainId("c1" * 16)
MANAGER = By("manager", "0" * 31 + "7")
SHOWN = frozenset({"identity", "card"})
PHONE, OTHER_PHONE = "13800000001", "13800000002"
CARD, NEW_CARD = "80000001", "80000002"


class Side:
    """A till of a chain with files and cards, and all of its sync."""

    def __init__(self, folder: pathlib.Path, cloud: Cloud, clock: ManualClock | None = None) -> None:
        folder.mkdir()
        self.till, self.cloud = Till(folder, clock or ManualClock()), cloud
        self.database, self.book = self.till.database, self.till.book
        self.database.run("UPDATE device SET chain = ?", (CHAIN,))
        self.own = OwnRows(self.database, self.book, initial_of=lambda _: "x")
        self.stored = StoredRows(self.database, self.own.take)
        self.rows = RowCourier(self.database, self.stored)
        self.till.courier = Courier(self.database, self.book, delivered=self.own.settle)
        self.files = Files(self.database, self.book, self.till.clock)
        self.members = Members(self.database, self.book, self.till.clock)
        self.media = MediaLife(self.database, self.book, self.members)
        self.desk = FeedDesk(self.database, self.book, new_life=self.rows.begin_snapshot)
        self.device = self.book.life().device
        cloud.enrol(CHAIN, self.device, self.book.public_key())

    def push(self) -> None:
        """Tell the cloud what is new here."""
        sent = self.till.courier.message()
        answer = self.cloud.push(sent)  # type: ignore[arg-type]
        assert not isinstance(answer, Refused)
        self.till.courier.hear(sent, answer)
        while self.desk.take_next():
            pass

    def pull(self) -> None:
        """Hear what is new in the chain."""
        for _ in range(3):
            sent = self.rows.message(CHAIN, self.device)
            answer = self.cloud.pull(sent) if type(sent).__name__ == "Pull" else self.cloud.snapshot(sent)  # type: ignore[arg-type]
            assert not isinstance(answer, Refused)
            self.rows.hear(sent, answer)  # type: ignore[arg-type]

    def join_again(self) -> None:
        """Hand this life in to a cloud that was put back, and begin the next one."""
        self.push()
        sent = self.till.courier.message()
        answer = self.cloud.rejoin(sent)  # type: ignore[arg-type]
        assert isinstance(answer, Joined)
        self.till.courier.hear(sent, answer)
        while self.desk.take_next():
            pass
        self.sync()

    def sync(self) -> None:
        """Do both."""
        self.push()
        self.pull()

    def asked(self) -> FileAsked:
        self.till.clock.advance(1)
        return FileAsked(ActionId(new_id()), MANAGER)

    def card_asked(self) -> Asked:
        self.till.clock.advance(1)
        return Asked(ActionId(new_id()), MANAGER, SHOWN)

    def add(self, name: str = "王小芳", phone: str = PHONE) -> AccountId:
        """Make a file that is shared with the chain."""
        consent = Consent(CHAIN_SHARING, True, self.book.today(), "counter", "1")
        made = self.files.add(self.asked(), Filled({"name": name, "phone": phone}, consents=(consent,)))
        return AccountId(made.account)

    def change(self, account: str, **basics: str) -> None:
        """Change a file."""
        self.files.change(self.asked(), account, Filled(basics))

    def found(self, text: str) -> list[str]:
        """Return the members a search finds."""
        return [hit.account for hit in self.members.search(text)]

    def card(self, account: AccountId, number: str = CARD) -> int:
        """Give a member a card and return its row."""
        self.media.issue(self.card_asked(), account, Blank(number), CardRules())
        return self.media.by_number(number)[0].n


@pytest.fixture
def pair(tmp_path: pathlib.Path) -> Iterator[tuple[Side, Side, Cloud]]:
    """Give two tills of one chain and their cloud."""
    storage = SqliteStorage()
    now = 1_795_000_000_000
    cloud = Cloud(storage, lambda: now + 10**9, os.urandom)
    one, two = Side(tmp_path / "one", cloud), Side(tmp_path / "two", cloud)
    yield one, two, cloud
    one.database.close()
    two.database.close()
    storage.close()


Pair = tuple[Side, Side, Cloud]


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_a_member_changed_at_one_till_is_found_by_phone_at_another(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    one.sync()
    two.pull()
    assert two.found(PHONE) == [account]
    one.change(account, phone=OTHER_PHONE)
    one.sync()
    two.pull()
    assert (two.found(PHONE), two.found(OTHER_PHONE)) == ([], [account])
    two.change(account, remark="likes tea")
    two.sync()
    one.pull()
    assert one.files.get(account).basics["remark"] == "likes tea"
    assert two.files.get(account).initials == "XXX"
    assert two.files.get(account).consents == one.files.get(account).consents


LEVELS = LevelRules(1, (Level("Silver", 1000_00), Level("Gold", 5000_00)))


def test_a_level_given_and_locked_at_one_till_counts_at_another_whatever_grew_there(pair: Pair) -> None:
    one, two, _ = pair
    account, day = one.add(), one.book.today()
    one.sync()
    two.pull()
    here, there = (Standings(each.database, Deeds(each.database, each.book.day_at)) for each in (one, two))
    grown(two, account, 5000_00)
    assert there.grown(LEVELS, account, day) == "Gold"
    by = Wish(SignedIn("", MANAGER.staff_id, "", 1, "manager"), ActionId(new_id()))
    given = GivenLevels(one.database, one.book, one.till.clock, lambda: Rulebook(levels=LEVELS))
    given.set(by, account, Said("Silver", lock=True, reason="known"))
    one.sync()
    two.pull()
    assert [each.level(LEVELS, account, day) for each in (here, there)] == ["Silver", "Silver"]
    grown(two, account, 5000_00)
    assert there.grown(LEVELS, account, day) == "Silver"
    one.till.clock.advance(1)
    given.set(replace(by, action_id=ActionId(new_id())), account, Said(lock=False, reason="known"))
    one.sync()
    two.pull()
    assert (here.level(LEVELS, account, day), there.level(LEVELS, account, day)) == ("Silver", "Gold")


def grown(side: Side, account: AccountId, fen: int) -> None:
    """Have a member pay so much at a till."""
    side.till.clock.advance(1)
    with side.database.write():
        draft = side.book.begin(ActionId(new_id()), "bill", "")
        draft.payload |= {"account": account, "paid_fen": fen, "operator": "", "shift": 0, "amount_fen": fen}
        side.book.post(draft)


def test_a_card_blacklisted_at_one_till_is_refused_at_another(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    row = one.card(account)
    one.sync()
    two.pull()
    assert two.members.by_card(b"", CARD) == account
    one.media.blacklist(one.card_asked(), row)
    one.sync()
    two.pull()
    assert refused(lambda: two.members.by_card(b"", CARD)) == "medium_blacklisted"


def test_a_lost_card_never_comes_back_by_a_later_word_of_who_did_not_know(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    row = one.card(account)
    one.media.report_loss(one.card_asked(), row)
    one.sync()
    two.pull()
    one.media.blacklist(one.card_asked(), row)
    two.till.clock.advance(3_600)
    two.media.cancel_loss(two.card_asked(), two.media.by_number(CARD)[0].n)
    assert two.members.by_card(b"", CARD) == account
    one.sync()
    two.sync()
    one.pull()
    for side in (one, two):
        assert refused(lambda side=side: side.members.by_card(b"", CARD)) == "medium_blacklisted"  # type: ignore[misc]


@pytest.mark.parametrize("order", [1, -1], ids=["old row first", "new row first"])
def test_a_card_that_was_replaced_is_refused_in_whatever_order_the_rows_come(pair: Pair, order: int) -> None:
    one, two, _ = pair
    account = one.add()
    row = one.card(account)
    one.media.replace(one.card_asked(), row, Blank(NEW_CARD), CardRules())
    one.sync()
    one.pull()
    rows = [
        ChainRow(*each)
        for each in one.database.rows(
            "SELECT position, name, key, version, body, alias FROM chain_row ORDER BY position"
        )
    ]
    member, *cards = rows
    for each in (member, *cards[::order]):
        two.own.take(None, each)
    assert two.members.by_card(b"", NEW_CARD) == account
    assert refused(lambda: two.members.by_card(b"", CARD)) == "card_replaced"


def test_a_card_that_one_till_blocked_and_another_replaced_is_blocked_everywhere(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    row = one.card(account)
    one.sync()
    two.pull()
    one.media.blacklist(one.card_asked(), row)
    two.media.replace(two.card_asked(), two.media.by_number(CARD)[0].n, Blank(NEW_CARD), CardRules())
    for side in (two, one, two, one):
        side.sync()
    for side in (one, two):
        assert refused(lambda side=side: side.members.by_card(b"", CARD)) == "medium_blacklisted"  # type: ignore[misc]


def test_what_a_till_has_said_and_nobody_has_heard_stays_until_it_is_decided(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    one.sync()
    two.pull()
    one.till.clock.advance(100)
    one.change(account, phone="13800000003")
    one.change(account, remark="from one")
    two.change(account, phone=OTHER_PHONE)
    one.sync()
    two.pull()
    assert two.files.get(account).basics == {
        **two.files.get(account).basics,
        "phone": OTHER_PHONE,
        "remark": "from one",
    }
    two.sync()
    one.pull()
    both = [side.files.get(account).basics["phone"] for side in (one, two)]
    assert both == ["13800000003"] * 2, "what was said later holds, and who said the other is told"


def test_an_answer_that_comes_before_its_proposal_is_known_to_be_heard_counts_all_the_same(pair: Pair) -> None:
    one, two, cloud = pair
    account = one.add()
    one.sync()
    two.pull()
    two.change(account, remark="from two")
    one.till.clock.advance(100)
    one.change(account, remark="from one")
    one.sync()
    lost = two.till.courier.message()
    assert not isinstance(cloud.push(lost), Refused)  # type: ignore[arg-type]
    two.pull()
    assert two.files.get(account).basics["remark"] == "from two", "it is not known yet that anybody heard it"
    two.sync()
    assert [side.files.get(account).basics["remark"] for side in (one, two)] == ["from one"] * 2


def test_merged_files_are_one_member_everywhere_and_a_ring_of_links_is_none(pair: Pair) -> None:
    one, two, _ = pair
    first, second = sorted([one.add(), one.add("李丽", OTHER_PHONE)])
    one.sync()
    two.pull()
    one.files.merge(one.asked(), first, second)
    two.files.merge(two.asked(), second, first)
    one.sync()
    two.sync()
    one.sync()
    two.sync()
    assert one.members.main(second) == two.members.main(second) == first
    assert one.members.main(first) == two.members.main(first) == first
    one.files.unmerge(one.asked(), second)
    one.sync()
    two.pull()
    assert [side.members.main(second) for side in (one, two)] == [second] * 2
    assert [side.members.main(first) for side in (one, two)] == [second] * 2, "its own link counts again"


def test_two_members_with_one_phone_are_marked_at_every_till_until_one_changes(pair: Pair) -> None:
    one, two, _ = pair
    mine, theirs = one.add(), two.add("李丽")
    for side in (one, two, one):
        side.sync()
    assert all(side.files.get(each).is_duplicate for side in (one, two) for each in (mine, theirs))
    two.change(theirs, phone=OTHER_PHONE)
    two.sync()
    one.pull()
    assert not any(side.files.get(each).is_duplicate for side in (one, two) for each in (mine, theirs))


def test_who_was_erased_is_erased_at_every_till(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    one.card(account)
    one.sync()
    two.pull()
    Erasing(one.database, one.book).erase(one.asked(), account)
    one.sync()
    two.pull()
    assert two.found(PHONE) == []
    assert refused(lambda: two.files.get(account)) == "erase_done"
    assert refused(lambda: two.members.by_card(b"", CARD)) == "card_unknown"
    kept = b"".join(bytes(str(row), "utf-8") for row in two.database.rows("SELECT * FROM member"))
    assert PHONE.encode() not in kept


def test_a_level_that_growth_gave_here_gives_way_only_to_what_somebody_says(pair: Pair) -> None:
    one, two, cloud = pair
    account = one.add()
    one.sync()
    two.pull()
    two.database.run("UPDATE member SET level = 'gold' WHERE account = ?", (bytes.fromhex(account),))
    one.change(account, remark="x")
    one.sync()
    two.pull()
    assert two.files.get(account).level == "gold"
    cloud.change_row(CHAIN, ActionId(new_id()), ("member", account, 9), {"level": "silver"})
    two.pull()
    assert two.files.get(account).level == "silver"


@pytest.mark.parametrize(
    "body",
    [
        {"name": 7, "phone": []},
        {"name": "", "phone": PHONE},
        {"phone": PHONE},
        {"level": "gold", "merged_into": "x", "consent/x": ["?"], "tags": [1], "field/x": 3},
        {"name": "x" * 500},
    ],
)
def test_a_row_that_makes_no_member_makes_none(pair: Pair, body: dict[str, Canonical]) -> None:
    one, _, _ = pair
    for key in ("ab" * 16, "no account", ""):
        one.own.take(None, ChainRow(1, "member", key, 1, canonical.encode(body), ""))
    assert one.database.rows("SELECT * FROM member") == []


def test_what_is_of_no_right_form_is_left_out_and_the_rest_counts(pair: Pair) -> None:
    one, _, _ = pair
    body: dict[str, Canonical] = {
        "name": "王小芳",
        "phone": "letters",
        "birthday": 3,
        "consent/marketing": [1, "no day", "x", "1"],
    }
    one.own.take(None, ChainRow(1, "member", "ab" * 16, 1, canonical.encode(body), "ab" * 16))
    file = one.files.get("ab" * 16)
    assert (file.name, file.basics["phone"], file.consents, file.alias_of) == ("王小芳", "", (), "")
    one.own.take(None, ChainRow(2, "medium", "cd" * 16, 1, canonical.encode({"number": "", "state": "active"}), ""))
    one.own.take(None, ChainRow(2, "medium", "cd" * 16, 1, canonical.encode({"number": CARD, "state": "new"}), ""))
    one.own.take(None, ChainRow(3, "rule", "cd" * 16, 1, b"{}", ""))
    assert one.database.rows("SELECT * FROM medium") == []


def test_a_profile_that_is_held_back_is_never_overwritten_here(pair: Pair) -> None:
    one, two, _ = pair
    account = one.add()
    one.sync()
    two.pull()
    consent = Consent(CHAIN_SHARING, False, two.book.today(), "counter", "1")
    two.files.change(two.asked(), account, Filled({"remark": "only here"}, consents=(consent,)))
    one.change(account, remark="from one")
    one.sync()
    two.sync()
    assert two.files.get(account).basics["remark"] == "only here"
    assert Blobs(two.database).waiting(1, 99, 1 << 20) == ()


def test_what_the_chain_has_forgotten_of_a_member_is_forgotten_at_every_till(pair: Pair) -> None:
    one, two, cloud = pair
    storage = cloud._storage
    assert isinstance(storage, SqliteStorage)
    account = one.add()
    one.sync()
    backup = storage.image()
    cloud.change_row(
        CHAIN, ActionId(new_id()), ("member", account, 1), {"remark": "x", "tags": ["vip"], "field/k": "v"}
    )
    two.pull()
    said = two.files.get(account)
    assert (said.basics["remark"], said.tags, dict(said.fields)) == ("x", ("vip",), {"k": "v"})
    # Whoever said it has died meanwhile, so nobody tells the cloud again, which was put back to before that.
    storage.restore(backup)
    two.pull()
    left, first = two.files.get(account), one.files.get(account)
    assert (left.basics, left.tags, left.fields) == (first.basics, first.tags, first.fields)
    assert (left.name, left.basics["phone"], left.consents) == ("王小芳", PHONE, said.consents)


def test_who_brought_a_member_is_known_at_every_till_until_it_is_taken_out(pair: Pair) -> None:
    one, two, _ = pair
    friend, account = one.add(), one.add("李丽", OTHER_PHONE)
    one.files.change(one.asked(), account, Filled(brought_by=friend))
    one.sync()
    two.pull()
    assert two.files.referrers.of(account) == friend
    two.change(account, remark="likes tea")
    two.sync()
    one.pull()
    assert [side.files.get(account).brought_by for side in (one, two)] == [friend] * 2
    two.files.change(two.asked(), account, Filled(brought_by=""))
    two.sync()
    one.pull()
    assert [side.files.get(account).brought_by for side in (one, two)] == ["", ""]
    two.files.change(two.asked(), account, Filled(brought_by=friend))
    two.sync()
    one.pull()
    assert one.files.get(account).brought_by == friend
    Erasing(one.database, one.book).erase(one.asked(), account)
    one.sync()
    two.pull()
    for side in (one, two):
        assert Records(side.database).get(account).brought_by == ""


def test_a_row_that_says_nobody_rightly_leaves_who_brought_a_member(pair: Pair) -> None:
    one, _, _ = pair
    account, friend, version = "ab" * 16, "cd" * 16, 0

    def kept(body: dict[str, Canonical]) -> str:
        nonlocal version
        version += 1
        one.own.take(None, ChainRow(version, "member", account, version, canonical.encode(body), ""))
        return one.files.get(account).brought_by

    assert kept({"name": "王小芳", "brought_by": account}) == "", "nobody brings themselves"
    assert kept({"name": "王小芳", "brought_by": friend}) == friend
    odds: tuple[Canonical, ...] = ("x", 7, [], friend.upper(), account)
    for odd in odds:
        assert kept({"name": "王小芳", "brought_by": odd}) == friend, odd
    assert kept({"phone": PHONE}) == friend, "what is left of a row takes nothing away"
    assert kept({"name": "王小芳"}) == "", "a whole row that says nothing says nobody"


@pytest.mark.parametrize("is_all_lost", [False, True], ids=["its end is forgotten", "all but a word is forgotten"])
def test_a_cloud_that_was_put_back_is_told_again_of_a_card_that_is_blocked(pair: Pair, *, is_all_lost: bool) -> None:
    one, two, cloud = pair
    storage = cloud._storage
    assert isinstance(storage, SqliteStorage)
    account = one.add()
    one.sync()
    empty = storage.image()
    row = one.card(account)
    one.sync()
    backup = storage.image()
    one.media.blacklist(one.card_asked(), row)
    one.sync()
    two.sync()
    key = two.media.by_number(CARD)[0].id
    # Whoever blocked it has died meanwhile; another till heard of it.
    storage.restore(empty if is_all_lost else backup)
    if is_all_lost:
        cloud.change_row(CHAIN, ActionId(new_id()), ("medium", key, 0), {"state": "frozen"})
    two.pull()
    assert [letter.kind for letter in Mailbox(two.database).waiting()] == ["forgotten"]
    two.pull()
    assert len(Mailbox(two.database).waiting()) == 1, "asked once"
    two.join_again()
    two.sync()
    found = storage.newest_row(CHAIN, "medium", key)
    assert found is not None
    body = canonical.decode(found.body)
    assert isinstance(body, dict)
    assert (body["number"], body["state"], body["ended_by"]) == (CARD, "revoked", BLACKLIST)
    assert not two.desk.take_next(), "said once"


def test_what_is_left_of_a_row_without_a_name_takes_nothing_away_from_a_file(pair: Pair) -> None:
    one, _, _ = pair
    account = one.add()
    one.change(account, remark="likes tea")
    one.sync()
    for name in ({}, {"name": ""}, {"name": 7}):
        body: dict[str, Canonical] = {"sex": "f", **name}
        one.own.take(None, ChainRow(9, "member", account, 9, canonical.encode(body), ""))
    file = one.files.get(account)
    assert (file.name, file.basics["phone"], file.basics["remark"]) == ("王小芳", PHONE, "likes tea")


def test_what_head_office_has_merged_a_till_can_part_for_all(pair: Pair) -> None:
    one, two, cloud = pair
    first, second = one.add(), one.add("李丽", OTHER_PHONE)
    one.sync()
    cloud.merge(CHAIN, ActionId(new_id()), first, second)
    one.pull()
    two.pull()
    assert (one.files.get(first).account, two.files.get(first).account) == (second, second)
    one.files.unmerge(one.asked(), first)
    # Whatever else comes of the row before the cloud has heard of it, here they are parted.
    cloud.change_row(CHAIN, ActionId(new_id()), ("member", first, 9), {"remark": "x"})
    one.pull()
    assert one.files.get(first).account == first
    one.sync()
    two.pull()
    assert (one.files.get(first).account, two.files.get(first).account) == (first, first)


def test_what_a_till_has_merged_head_office_can_part_for_all(pair: Pair) -> None:
    one, two, cloud = pair
    first, second = one.add(), one.add("李丽", OTHER_PHONE)
    one.files.merge(one.asked(), first, second)
    one.sync()
    two.pull()
    assert two.files.get(first).account == second
    cloud.unmerge(CHAIN, ActionId(new_id()), first)
    one.pull()
    two.pull()
    assert (one.files.get(first).account, two.files.get(first).account) == (first, first)


def test_a_link_that_was_set_before_head_office_set_another_gives_way_and_is_told_so(pair: Pair) -> None:
    one, two, cloud = pair
    first, second, third = one.add(), one.add("李丽", OTHER_PHONE), one.add("陈明", "13800000003")
    one.sync()
    two.pull()
    two.files.merge(two.asked(), first, third)
    # The cloud's clock is ahead of the tills', and head office does this later.
    cloud.merge(CHAIN, ActionId(new_id()), first, second)
    two.sync()
    one.pull()
    assert (one.files.get(first).account, two.files.get(first).account) == (second, second)
