"""Another program at the till's reader, with the card service's socket in the environment.

`python -m tests.hw.pcsc_rival NAME [keep]`, where NAME is part of a reader's name: it has the card there again and
again, each time for a few commands of its own, and says so each time; or it keeps the reader to itself, says so, and
never lets go. It ends when its standard input is closed.
"""

from __future__ import annotations

import sys
import threading

from smartcard import scard

ANY = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
# The first third of a DESFire's description of itself, and another application: either ends whatever went before.
COMMANDS = (bytes.fromhex("9060000000"), bytes.fromhex("905A00000300000000"))
ROUND_PAUSE_S = 0.02


def _had_the_card(context: int, reader: str) -> bool:
    result, handle, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, ANY)
    if result:
        return False
    try:
        if scard.SCardBeginTransaction(handle):
            return False
        results = [scard.SCardTransmit(handle, protocol, list(command))[0] for command in COMMANDS]
        return not scard.SCardEndTransaction(handle, scard.SCARD_LEAVE_CARD) and not any(results)
    finally:
        scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)


def _take_turns(context: int, reader: str) -> None:
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    while not ended.wait(ROUND_PAUSE_S):
        if _had_the_card(context, reader):
            print("turn", flush=True)


def _keep(context: int, reader: str) -> None:
    # Without a card: it waits for the next one, as a bank's program does.
    result, handle, _ = scard.SCardConnect(context, reader, scard.SCARD_SHARE_DIRECT, 0)
    assert not result, f"{result:08X}"
    result = scard.SCardBeginTransaction(handle)
    assert not result, f"{result:08X}"
    print("keeps", flush=True)
    sys.stdin.read()


def main(part: str, way: str = "") -> None:
    """Use the reader until standard input ends."""
    context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)[1]
    # Of a virtual reader's two slots the first one is listed first.
    reader = next(name for name in scard.SCardListReaders(context, [])[1] if part in name)
    (_keep if way else _take_turns)(context, reader)
    scard.SCardReleaseContext(context)


if __name__ == "__main__":
    main(*sys.argv[1:])
