"""The courier: what leaves the till is durable and signed, and answers change only what they may."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.base.ids import ActionId, ChainId, DeviceId, new_id
from terminal.ledger.lives import Mark
from terminal.rules import bucket, entry
from terminal.rules.entry import GENESIS
from terminal.services.proposals import Proposals
from terminal.sync import wire
from terminal.sync.courier import Courier
from terminal.sync.wire import Accepted, Behind, FeedItem, Joined, MustRejoin, Push, Rejoin, RejoinMore
from tests.sync.till import Till, accepted, grant, of_another_till, other, recall


def kinds(till: Till) -> list[str]:
    return [letter.kind for letter in till.mailbox.waiting()]


def hear_twice(till: Till, sent: Push | Rejoin, answer: wire.PushAnswer | wire.RejoinAnswer) -> None:
    """Let an answer come twice, with a crash between: the second one changes nothing."""
    till.courier.hear(sent, answer)
    after = till.everything()
    till.crash()
    till.courier.hear(sent, answer)
    assert till.everything() == after


def summon(till: Till, reason: str = "fork") -> None:
    """Let the cloud end the life, and the till begin its rejoin."""
    till.courier.hear(till.push(), MustRejoin(till.book.life().epoch, reason))
    till.take_all()
    assert till.book.life().rejoin_id


# Messages


def test_a_push_brings_what_is_not_acknowledged_with_the_head_signed(till: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    rows = till.journal.entries(0, 10)
    message = till.push(2)
    life = till.book.life()
    assert (message.chain, message.device, message.epoch) == (life.chain, life.device, 1)
    assert (message.first, message.prev_hash) == (1, GENESIS)
    assert message.entries == tuple(data for _, _, data in rows[:2])
    assert (message.head, message.head_hash, message.cursor) == (3, rows[2][1], 0)
    key = Ed25519PublicKey.from_public_bytes(till.book.public_key())
    key.verify(message.signature, message.head_hash + rows[1][1])
    key.verify(till.push().signature, rows[2][1])
    assert wire.decode(wire.encode(message)) == message
    assert till.push(2) == message, "asked again, the same until it is answered"
    till.courier.hear(message, accepted(message))
    rest = till.push()
    assert (rest.first, rest.prev_hash, rest.entries) == (3, rows[1][1], (rows[2][2],))
    till.courier.hear(rest, accepted(rest))
    nothing = till.push()
    assert (nothing.first, nothing.prev_hash, nothing.entries) == (4, rows[2][1], ())


def test_nothing_leaves_the_till_before_its_commit(till: Till) -> None:
    till.sell(100)
    for ask in (till.courier.message, lambda: till.courier.copy(0)):

        def work(ask: Callable[[], object] = ask) -> None:
            with till.database.write():
                till.sell(5)
                ask()

        with pytest.raises(AssertionError, match="durable"):
            work()
    assert till.push().head == 1


def test_a_message_takes_no_more_entries_than_fit(till: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    size = len(till.journal.entries(0, 1)[0][2])
    two = Courier(till.database, till.book, 2 * size + size // 2).message()
    assert len(two.entries) == 2
    assert len(Courier(till.database, till.book, 1).message().entries) == 1, (
        "an entry that is too long for the limit still goes, alone"
    )


def test_wants_travel_under_their_first_id_until_they_are_granted(till: Till) -> None:
    facts = of_another_till(till)
    asked = till.wants.ask(facts, 70)
    sent = till.push()
    assert [(want.request_id, want.bucket, want.amount) for want in sent.wants] == [(asked, facts.id, 70)]
    till.crash()
    assert till.push().wants == sent.wants, "the same id when it is asked again"
    till.courier.hear(sent, accepted(sent, grant(1, facts, 70, gid=asked)))
    assert till.push().wants == sent.wants, "not granted before the journal has it"
    till.take_all()
    assert till.push().wants == ()
    assert till.held(facts) == 70


# Acknowledgement


def test_only_an_entry_with_that_hash_that_went_along_is_acknowledged(till: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    sent, digests = till.push(2), [digest for _, digest, _ in till.journal.entries(0, 3)]
    for acked, digest in ((2, digests[0]), (2, bytes(32)), (3, digests[2]), (7, digests[1])):
        till.courier.hear(sent, Accepted(1, acked, digest, (), 0))
        assert till.journal.marked() == Mark(0, GENESIS), (acked, digest)
    hear_twice(till, sent, accepted(sent))
    assert till.journal.marked() == Mark(2, digests[1])


def test_a_life_goes_with_the_first_cloud_it_hears_of_and_ignores_every_other(till: Till) -> None:
    first, second = "a0" * 16, "b0" * 16
    facts = of_another_till(till)
    till.sell(100)
    sent = till.push()
    assert sent.generation == ""
    hear_twice(till, sent, replace(accepted(sent, grant(1, facts, 5)), generation=first))
    assert (till.push().generation, till.journal.marked().acked, kinds(till)) == (first, 1, ["feed"])
    till.sell(100)
    sent = till.push()
    before = till.everything()
    till.courier.hear(sent, replace(accepted(sent, grant(2, facts, 7)), generation=second))
    till.courier.hear(sent, Behind(1, (b"{}",), second))
    assert till.everything() == before
    copied = till.courier.copy(0)
    assert copied is not None
    assert copied.generation == first


def test_lines_that_wait_are_not_taken_once_the_cloud_was_put_back(till: Till) -> None:
    facts = of_another_till(till)
    sent = till.push()
    till.courier.hear(sent, replace(accepted(sent, grant(1, facts, 5)), generation="a0" * 16))
    hear_twice(till, sent, MustRejoin(1, "restored"))
    assert kinds(till) == ["rejoin"]
    till.take_all()
    asked = till.rejoin()
    till.courier.hear(asked, Joined(asked.rejoin_id, 1, 2, asked.head_hash, "b0" * 16))
    till.take_all()
    assert (till.held(facts), till.push().epoch, till.push().generation) == (0, 2, "b0" * 16)
    till.courier.hear(till.push(), replace(accepted(till.push(), grant(1, facts, 5, epoch=2)), generation="a0" * 16))
    assert kinds(till) == [], "what the old cloud said comes late"


def test_an_acknowledgement_never_falls_back(till: Till) -> None:
    till.sell(100)
    early = till.push()
    till.sell(200)
    late = till.push()
    till.courier.hear(late, accepted(late))
    mark = till.journal.marked()
    till.courier.hear(early, accepted(early))
    assert till.journal.marked() == mark
    assert mark.acked == 2


def test_the_clouds_time_is_taken_and_never_runs_back(till: Till) -> None:
    sent, later = till.push(), till.clock.now_ms() + 60_000
    till.courier.hear(sent, accepted(sent, at_ms=later))
    till.courier.hear(sent, accepted(sent, at_ms=later - 30_000))
    till.sell(1)
    assert till.last().at == later


# The feed


def test_lines_are_taken_in_unbroken_order_whatever_comes_when(till: Till) -> None:
    facts = of_another_till(till)
    sent = till.push()
    lines = [grant(position, facts, position) for position in range(1, 6)]
    till.courier.hear(sent, accepted(sent, lines[1], lines[2]))
    assert kinds(till) == [], "the first one is missing"
    till.courier.hear(sent, accepted(sent, lines[0], lines[1], lines[3]))
    assert kinds(till) == ["feed", "feed"], "after a gap nothing is kept"
    hear_twice(till, sent, accepted(sent, *lines[:3]))
    assert kinds(till) == ["feed"] * 3, "what waits is not kept again"
    till.take_all()
    assert (till.book.life().cursor, till.held(facts)) == (3, 6)
    hear_twice(till, sent, accepted(sent, *lines))
    assert till.take_all() == 2
    assert (till.book.life().cursor, till.held(facts)) == (5, 15)


def test_answers_and_lines_of_another_life_change_nothing(till: Till) -> None:
    till.sell(100)
    sent = till.push()
    facts = of_another_till(till)
    till.journal.begin_life(2)
    till.sell(50)
    before = till.everything()
    digest = till.journal.entries(0, 1)[0][1]
    now = till.push()
    foreign = Push(ChainId("c2" * 16), *(getattr(now, name) for name in Push.__slots__[1:]))
    stranger = Push(now.chain, DeviceId("d3" * 16), *(getattr(now, name) for name in Push.__slots__[2:]))
    for message, answer in (
        (sent, accepted(sent, grant(1, facts, 5))),
        (sent, Accepted(2, 1, digest, (), 0)),
        (now, Accepted(1, 1, digest, (grant(1, facts, 5),), 0)),
        (foreign, accepted(now)),
        (stranger, accepted(now)),
        (sent, Behind(1, (b"{}",))),
        (sent, MustRejoin(1, "closed")),
        (now, MustRejoin(1, "closed")),
        (sent, Joined("ab" * 16, 1, 3, sent.head_hash)),
        (sent, RejoinMore(1, "ab" * 16, 2)),
    ):
        till.courier.hear(message, answer)
        assert till.everything() == before, answer
    till.courier.hear(now, accepted(now, grant(1, facts, 5, epoch=1), grant(1, facts, 6, epoch=2)))
    till.take_all()
    assert till.held(facts) == 6


def test_a_line_about_no_bucket_needs_no_facts(till: Till) -> None:
    sent = till.push()
    till.courier.hear(sent, accepted(sent, other(1, "news", critical=False)))
    till.take_all()
    assert till.book.life().cursor == 1


@pytest.mark.parametrize("what", ["bucket", "facts", "amount", "gid", "chain"])
def test_a_line_that_cannot_be_true_is_not_kept_nor_what_follows(till: Till, what: str) -> None:
    facts = of_another_till(till)
    strange = facts.data.replace(facts.chain.encode(), b"c2" * 16)
    wrong = {
        "bucket": FeedItem(2, 1, "grant", "f2" * 16, till.sell(1).id, facts.data, 5, critical=True),
        "facts": FeedItem(2, 1, "recall", "", facts.id, b"{}", 5, critical=True),
        "amount": grant(2, facts, 0),
        "gid": grant(2, facts, 5, gid="grant"),
        "chain": FeedItem(2, 1, "grant", "f2" * 16, bucket.bucket_id(strange), strange, 5, critical=True),
    }[what]
    sent = till.push()
    till.courier.hear(sent, accepted(sent, grant(1, facts, 5), wrong, grant(3, facts, 5)))
    assert till.take_all() == 1
    assert till.book.life().cursor == 1


# A till that forgot, and one that forked


def test_a_till_that_forgot_its_last_entries_takes_them_back(till: Till, tmp_path: pathlib.Path) -> None:
    facts = till.sell(500)
    old = till.image(tmp_path / "old")
    till.spend(facts, 120)
    tail = tuple(data for _, _, data in till.journal.entries(1, 10))
    sent = old.push()
    hear_twice(old, sent, Behind(1, tail))
    assert kinds(old) == ["tail"]
    old.crash()
    assert old.take_all() == 1
    assert old.journal.entries(0, 10) == till.journal.entries(0, 10)
    assert old.held(facts) == 380
    hear_twice(old, sent, Behind(1, tail))
    assert kinds(old) == [], "it no longer stands where it asked"
    old.prove()
    old.database.close()


def test_a_tail_is_not_taken_when_the_till_went_on_meanwhile(till: Till, tmp_path: pathlib.Path) -> None:
    facts = till.sell(500)
    old = till.image(tmp_path / "old")
    till.spend(facts, 120)
    tail = tuple(data for _, _, data in till.journal.entries(1, 10))
    sent = old.push()
    old.courier.hear(sent, Behind(1, tail))
    old.spend(facts, 7)
    before = old.everything()[:-2]
    assert old.take_all() == 1
    assert old.everything()[:-2] == before
    assert not old.book.life().rejoin_id, "the next push will be told that it forked"
    old.courier.hear(sent, Behind(1, tail))
    assert kinds(old) == []
    old.database.close()


def test_the_same_rejoin_goes_out_until_it_is_answered(till: Till) -> None:
    till.sell(100)
    sent = till.push()
    hear_twice(till, sent, MustRejoin(1, "fork"))
    assert kinds(till) == ["rejoin"]
    till.take_all()
    first = till.rejoin()
    till.courier.hear(sent, Behind(1, (b"{}",)))
    hear_twice(till, sent, MustRejoin(1, "fork"))
    assert till.take_all() == 0
    assert till.rejoin() == first
    assert (first.first, first.prev_hash, first.head, len(first.entries)) == (1, GENESIS, 1, 1)
    signed = b'["rejoin","%s",1,1,1,"%s",false]' % (first.rejoin_id.encode(), first.head_hash.hex().encode())
    Ed25519PublicKey.from_public_bytes(till.book.public_key()).verify(first.signature, signed)
    till.sell(5)
    again = till.rejoin()
    assert again.rejoin_id == first.rejoin_id, "top-ups go on, and go along under the same id"
    assert again.head == 2


def test_a_rejoin_that_is_refused_keeps_its_id(till: Till) -> None:
    summon(till)
    sent = till.rejoin()
    hear_twice(till, sent, MustRejoin(1, "revoked"))
    assert kinds(till) == []
    assert till.rejoin() == sent


def test_an_empty_life_can_be_handed_in(till: Till) -> None:
    summon(till)
    sent = till.rejoin()
    assert (sent.first, sent.prev_hash, sent.head, sent.head_hash, sent.entries) == (1, GENESIS, 0, GENESIS, ())
    till.courier.hear(sent, Joined(sent.rejoin_id, 1, 2, GENESIS))
    till.take_all()
    assert till.book.life().epoch == 2


def test_a_long_life_is_handed_in_part_by_part_and_anew_after_a_crash(till: Till) -> None:
    for amount in range(1, 6):
        till.sell(amount)
    summon(till)
    rows = till.journal.entries(0, 10)
    first = till.rejoin(2)
    assert (first.first, len(first.entries), first.head) == (1, 2, 5)
    till.courier.hear(first, RejoinMore(1, first.rejoin_id, 3))
    second = till.rejoin(2)
    assert (second.first, second.prev_hash) == (3, rows[1][1])
    assert second.entries == (rows[2][2], rows[3][2])
    till.courier.hear(second, RejoinMore(1, "ab" * 16, 5))
    assert till.rejoin(2) == second, "another rejoin's answer"
    for nowhere in (0, 7):
        till.courier.hear(second, RejoinMore(1, first.rejoin_id, nowhere))
        assert till.rejoin(2) == second
    till.courier.hear(second, RejoinMore(1, first.rejoin_id, 5))
    assert till.rejoin(2).entries == (rows[4][2],)
    till.courier.hear(first, RejoinMore(1, first.rejoin_id, 1))
    assert till.rejoin(2) == first, "the cloud has nothing of it"
    till.courier.hear(first, RejoinMore(1, first.rejoin_id, 3))
    till.crash()
    assert till.rejoin(2) == first


def test_the_next_rejoin_begins_at_the_start_of_its_own_life(till: Till) -> None:
    for amount in range(1, 4):
        till.sell(amount)
    summon(till)
    sent = till.rejoin(2)
    till.courier.hear(sent, RejoinMore(1, sent.rejoin_id, 3))
    rest = till.rejoin(2)
    till.courier.hear(rest, Joined(rest.rejoin_id, 1, 2, rest.head_hash))
    till.take_all()
    for amount in range(1, 4):
        till.sell(amount)
    summon(till)
    asked = till.rejoin(2)
    assert (asked.closed, asked.epoch, asked.first, asked.head, asked.entries) == (True, 1, 4, 3, ()), "is it known?"
    till.courier.hear(asked, RejoinMore(1, asked.rejoin_id, 4))
    assert (till.rejoin(2).closed, till.rejoin(2).epoch, till.rejoin(2).first) == (False, 2, 1)


def with_a_closed_life(till: Till) -> tuple[Rejoin, Rejoin]:
    """Let a till be in its second life and rejoin; return what it asks of the first, and what it first sends of it."""
    for amount in range(1, 4):
        till.sell(amount)
    summon(till)
    sent = till.rejoin()
    till.courier.hear(sent, Joined(sent.rejoin_id, 1, 2, sent.head_hash, "a0" * 16))
    till.take_all()
    till.sell(9)
    summon(till)
    asked = till.rejoin(2)
    till.courier.hear(asked, RejoinMore(1, asked.rejoin_id, 1, "b0" * 16))
    return asked, till.rejoin(2)


def test_a_closed_life_that_the_cloud_has_forgotten_is_handed_in_before_the_open_one(till: Till) -> None:
    asked, first = with_a_closed_life(till)
    assert (first.closed, first.epoch, first.first, len(first.entries), first.head) == (True, 1, 1, 2, 3)
    till.courier.hear(first, RejoinMore(1, asked.rejoin_id, 3, "b0" * 16))
    second = till.rejoin(2)
    assert (second.epoch, second.first, len(second.entries)) == (1, 3, 1)
    till.courier.hear(second, RejoinMore(1, asked.rejoin_id, 4, "b0" * 16))
    last = till.rejoin(2)
    assert (last.closed, last.epoch, last.first, len(last.entries)) == (False, 2, 1, 1)
    till.courier.hear(second, RejoinMore(1, asked.rejoin_id, 4, "b0" * 16))
    assert till.rejoin(2) == last, "a late answer"
    till.crash()
    till.courier.hear(last, Joined(last.rejoin_id, 2, 3, last.head_hash, "b0" * 16))
    assert kinds(till) == [], "after a power cut the till does not know which cloud has the closed life"
    assert till.rejoin(2) == asked


def test_a_cloud_that_was_put_back_during_a_rejoin_is_given_all_anew(till: Till) -> None:
    asked, first = with_a_closed_life(till)
    till.courier.hear(first, RejoinMore(1, asked.rejoin_id, 3, "c0" * 16))
    assert till.rejoin(2) == asked
    till.courier.hear(asked, RejoinMore(1, asked.rejoin_id, 4, "c0" * 16))
    last = till.rejoin(2)
    till.courier.hear(last, Joined(last.rejoin_id, 2, 3, last.head_hash, "d0" * 16))
    assert (kinds(till), till.rejoin(2)) == ([], asked)
    till.courier.hear(asked, RejoinMore(1, asked.rejoin_id, 4, "d0" * 16))
    till.courier.hear(last, Joined(last.rejoin_id, 2, 3, last.head_hash, "d0" * 16))
    till.take_all()
    assert till.book.life().epoch == 3
    assert till.journal.marked().generation == "d0" * 16


def test_a_cloud_put_back_between_two_parts_of_the_only_life_is_given_all_of_it_again(till: Till) -> None:
    """What it has forgotten it would take for dropped, if the second part begins with a checkpoint."""
    for amount in range(1, 4):
        till.sell(amount)
    summon(till)
    first = till.rejoin(2)
    till.courier.hear(first, RejoinMore(1, first.rejoin_id, 3, "a0" * 16))
    second = till.rejoin(2)
    assert (second.first, len(second.entries)) == (3, 1)
    before = till.everything()
    till.courier.hear(second, Joined(second.rejoin_id, 1, 2, second.head_hash, "b0" * 16))
    assert till.everything() == before
    assert till.rejoin(2) == first, "to the cloud that is there now"
    till.courier.hear(first, RejoinMore(1, first.rejoin_id, 3, "b0" * 16))
    till.courier.hear(second, Joined(second.rejoin_id, 1, 2, second.head_hash, "b0" * 16))
    till.take_all()
    assert (till.book.life().epoch, till.journal.marked().generation) == (2, "b0" * 16)


def test_a_new_life_begins_when_all_of_the_old_one_is_handed_in(till: Till) -> None:
    facts = till.sell(100)
    summon(till)
    sent = till.rejoin()
    answer = Joined(sent.rejoin_id, 1, 4, sent.head_hash)
    till.courier.hear(sent, Joined("ab" * 16, 1, 4, sent.head_hash))
    assert kinds(till) == [], "another rejoin's answer"
    hear_twice(till, sent, answer)
    assert kinds(till) == ["joined"]
    till.crash()
    assert till.take_all() == 1
    life = till.book.life()
    assert (life.epoch, life.seq, life.rejoin_id, till.held(facts)) == (4, 0, "", 0)
    assert till.lives_begun == 1
    hear_twice(till, sent, answer)
    assert kinds(till) == []


def test_a_life_that_went_on_is_handed_in_again_before_it_ends(till: Till) -> None:
    till.sell(100)
    summon(till)
    sent = till.rejoin()
    till.sell(30)
    till.courier.hear(sent, Joined(sent.rejoin_id, 1, 2, sent.head_hash))
    till.take_all()
    assert till.book.life().epoch == 1, "the last entry would be lost"
    again = till.rejoin()
    assert (again.rejoin_id, again.head) == (sent.rejoin_id, 2)
    till.courier.hear(again, Joined(again.rejoin_id, 1, 2, again.head_hash))
    till.take_all()
    assert till.book.life().epoch == 2


def test_a_till_that_rejoins_takes_nothing_from_the_feed(till: Till) -> None:
    facts = of_another_till(till)
    sent = till.push()
    till.courier.hear(sent, accepted(sent, grant(1, facts, 5)))
    till.courier.hear(sent, MustRejoin(1, "fork"))
    till.courier.hear(sent, accepted(sent, grant(1, facts, 5), recall(2, facts, 5)))
    assert kinds(till) == ["rejoin", "feed", "feed"]
    till.take_all()
    assert (till.book.life().cursor, till.held(facts)) == (0, 0), "neither what waited nor what came after"
    till.courier.hear(sent, accepted(sent, recall(2, facts, 5), other(3, "news", critical=False)))
    assert kinds(till) == []
    till.courier.hear(sent, Behind(1, (b"{}",)))
    assert kinds(till) == []


# Profiles beside entries


def test_a_profile_goes_with_its_entry_and_not_before(till: Till) -> None:
    proposals = Proposals(till.database, till.book)
    till.sell(1)
    posted = proposals.propose(ActionId(new_id()), "member", "b1" * 16, 0, {"name": "王小芳"})
    assert till.push(1).blobs == (), "the entry that names it is not sent yet"
    sent = till.push()
    assert len(sent.blobs) == 1
    assert "王小芳".encode() in sent.blobs[0]
    assert all("王小芳".encode() not in data for data in sent.entries)
    assert posted.entry.payload["blob"] == hashlib.sha256(sent.blobs[0]).hexdigest()
    till.courier.hear(sent, Accepted(1, 2, bytes(32), (), 0))
    till.courier.hear(sent, Accepted(1, 1, till.journal.entries(0, 1)[0][1], (), 0))
    assert till.push().blobs == sent.blobs, "that was no answer to this"
    hear_twice(till, sent, accepted(sent))
    assert till.push().blobs == ()


def test_profiles_of_a_life_that_was_handed_in_go_with_the_next_one(till: Till) -> None:
    Proposals(till.database, till.book).propose(ActionId(new_id()), "member", "b1" * 16, 0, {"name": "王小芳"})
    sent = till.push()
    till.courier.hear(sent, accepted(sent))
    summon(till)
    handed = till.rejoin()
    till.courier.hear(handed, Joined(handed.rejoin_id, 1, 2, handed.head_hash))
    till.take_all()
    assert till.push().blobs == sent.blobs, "the cloud may have been put back to before it had them"


# Copies


def test_a_copy_is_signed_at_its_own_end(till: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    till.wants.ask(of_another_till(till), 5)
    rows = till.journal.entries(0, 10)
    span = till.courier.copy(1, 1)
    assert span is not None
    assert (span.first, span.prev_hash, span.head, span.head_hash) == (2, rows[0][1], 2, rows[1][1])
    assert (span.entries, span.wants) == ((rows[1][2],), ())
    assert entry.seal(span.prev_hash, span.entries[0]) == span.head_hash
    Ed25519PublicKey.from_public_bytes(till.book.public_key()).verify(span.signature, span.head_hash)
    assert till.courier.copy(3) is None
