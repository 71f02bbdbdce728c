"""Messages in a few words, for stories."""

from __future__ import annotations

from terminal.sync import wire
from terminal.sync.wire import Push, Rejoin


def in_words(message: wire.Message) -> str:
    """Return a message in a few words, for a story."""
    name = type(message).__name__
    match message:
        case Push():
            wants = f", {len(message.wants)} wants" if message.wants else ""
            last = message.first + len(message.entries) - 1
            return f"{name} life {message.epoch} {message.first}..{last} of {message.head}{wants}"
        case Rejoin():
            last = message.first + len(message.entries) - 1
            return f"{name} life {message.epoch} {message.first}..{last} of {message.head} as {message.rejoin_id[:6]}"
        case wire.Accepted():
            feed = ", ".join(f"{item.position} {item.kind} {item.bucket[:6]}x{item.amount}" for item in message.feed)
            name += f" {message.acked}" + (f" with {feed}" if feed else "")
        case wire.MustRejoin():
            name += f" ({message.reason})"
        case wire.Behind():
            name += f" with {len(message.tail)} entries"
        case wire.Joined():
            name += f" life {message.old_epoch} to {message.new_epoch}"
    return name
