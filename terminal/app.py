"""The till's composition root: builds the parts, joins them, starts and stops their threads. No logic."""

from __future__ import annotations

import errno
import gc
import logging
import threading
from dataclasses import asdict
from pathlib import Path

from terminal import wiring
from terminal.base.clock import business_day
from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.devices import COUNTER, KIOSK, READER, SCANNER, configured_devices, labels
from terminal.base.errors import Refusal
from terminal.base.events import CardTapped, DeviceEvent
from terminal.hw.cards.keys import CardKeys, load_card_keys
from terminal.hw.cards.ordering import issuable
from terminal.hw.cards.sun import TapAddresses
from terminal.hw.layout_check import TEST_CODE, check_layout
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.server import WebServer, serve
from terminal.kiosk_ui.settings import WebSettings
from terminal.ledger.deeds import Deeds
from terminal.reactions import Places, Reactions
from terminal.runtime.admin import AdminServer
from terminal.runtime.board import Board
from terminal.runtime.device_watch import DeviceWatch
from terminal.runtime.dispatcher import Dispatcher
from terminal.runtime.supervisor import Supervisor
from terminal.services import commands
from terminal.services.ask import Verbs
from terminal.services.card_commands import CardCommands, CardProofs
from terminal.services.chores import Chores
from terminal.services.counter import Counter
from terminal.services.customer_texts import CustomerTexts
from terminal.services.desk import Desk, Rooms
from terminal.services.device_desk import DeskParts, DeviceDesk
from terminal.services.device_outcome import ScanCheck
from terminal.services.doctor import Check, examine, versions
from terminal.services.drawer import Drawer
from terminal.services.files.commands import file_commands
from terminal.services.imports import Imports
from terminal.services.issuing import Issuing
from terminal.services.kiosk import Kiosk
from terminal.services.media import Media
from terminal.services.media_life.commands import media_commands
from terminal.services.media_life.desk import CardDesk
from terminal.services.media_life.life import MediaLife
from terminal.services.member_qrs import MemberQrs
from terminal.services.members import Members
from terminal.services.receipt_font import receipt_fonts
from terminal.services.receipts import Paper, Receipts, local_minute, reprint_mark
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.commands import shift_commands
from terminal.services.shifts.eyes import eyes_over
from terminal.services.shifts.gaps import GapWatch
from terminal.services.shifts.slips import ShiftSlips
from terminal.services.shop import Shop, load_shop
from terminal.services.spool import Spool
from terminal.services.spool_jobs import SpoolJobs
from terminal.services.staff import SignIns, Staff
from terminal.services.storage import Glance, open_store
from terminal.services.technician import Technician
from terminal.services.views import ShopView
from terminal.store.log_keeper import LogKeeper
from terminal.use_cases import Print, join_money, money_commands

logger = logging.getLogger(__name__)

# No message takes this long unless the storage does not answer.
STUCK_S = 1.0
# A slice of an import holds up taps for at most 50 ms; aim below it.
IMPORT_BUSY_S = 0.035


class Till:
    """One running till."""

    def __init__(self, config: Config, config_file: Path | None = None) -> None:
        """Open the store and build every part; nothing runs yet. Raises `Refusal`.

        Devices can be configured from the technician's page where `config_file`, which `config` was read from, is told.
        """
        self._config = config
        self._config_file = config_file
        self._store = open_store(config)
        database, book, clock = self._store.database, self._store.book, self._store.clock
        self._glance = Glance(database)
        self._dispatcher = Dispatcher(config.limits.inbox_depth)
        self._board = Board()
        self._rules = RuleStore(database)
        self._shop = load_shop(database, config.till.language, self._rules)
        self._known = configured_devices(config)
        self._places = Places(self._known)
        paper = wiring.paper(config, self._known)
        mark = reprint_mark(paper, lambda: local_minute(clock, clock.now_ms()), lambda: self._shop.language)
        self._spool = Spool(database, mark, [printer.id for printer in config.printers])
        members = Members(database, book, clock)
        receipts = Receipts(database, members, self._spool, clock, lambda: self._shop, paper)
        keys = load_card_keys(config.till.card_keys) if config.till.card_keys else None
        media = Media(
            database,
            members,
            {one.id: one.byte_order for one in self._known.values() if one.byte_order},
            self._alarm,
            has_keys=keys is not None,
            taps=TapAddresses(keys),
            take_qr=MemberQrs(database, book, clock, config.till.member_qr_keys).take,
        )
        self._kiosk = Kiosk(
            members,
            media,
            receipts,
            self._spool,
            clock,
            show=lambda screen: self._board.show(KIOSK, screen),
            later=self._dispatcher.later,
        )
        self._make_counter(members, media)
        rooms = self._rooms(members, media, receipts, paper)
        self._desk = Desk(self._dispatcher.ask, rooms, lambda: self._shop, clock, self._report)
        imports = Imports(database, book, clock)
        self._commands = commands.Commands(
            database,
            imports,
            members,
            self._set_shop,
            IMPORT_BUSY_S,
            self._dispatcher.ask,
            rules=self._rules,
            now_ms=clock.now_ms,
        )
        self._card_proofs = CardProofs(database, book, self._dispatcher.ask)
        self._make_devices(members, paper, rooms.sign_ins, keys)
        reactions = Reactions(self._places, self._kiosk, self._counter, self._drawer, self._spool, self._devices)
        reactions.join(self._dispatcher, self._issuing)

    def _rooms(self, members: Members, media: Media, receipts: Receipts, paper: Paper) -> Rooms:
        """Make the use cases behind the pages."""
        database, book, clock = self._store.database, self._store.book, self._store.clock
        to = Print(receipts, self._spool, lambda: self._shop, paper, self._drawer)
        has_qrs = bool(self._config.till.member_qr_keys)
        till = join_money(self._store, self._rules, members, to, self._eyes, has_qrs=has_qrs)
        deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))
        gaps = GapWatch(database, self._eyes.watch, self._eyes.rulebook)
        self._chores = Chores(deeds, till.pass_days, till.reviews, gaps, self._dispatcher.later)
        self._money_commands = money_commands(till, self._store, members, to, self._dispatcher.ask, self._eyes)
        return Rooms(
            book=book,
            members=members,
            media=media,
            money=till.money,
            staff=Staff(database, book, clock, self._eyes.pin_failed),
            sign_ins=SignIns(clock.monotonic_s),
            spool=self._spool,
            kiosk=self._kiosk,
            counter=self._counter,
            drawer=self._drawer,
            customer=self._customer,
        )

    def _make_counter(self, members: Members, media: Media) -> None:
        """Make what tells staff and customers at the counter what happens, the watch, and the drawer."""
        config, store = self._config, self._store
        self._counter = Counter(
            members, media, self._spool, lambda screen: self._board.show(COUNTER, screen), labels(self._known)
        )
        self._eyes = eyes_over(
            store,
            lambda: self._shop.rulebook,
            alarm=self._counter.alarm,
            soon=lambda work: self._dispatcher.later(0.0, work),
        )
        printer, pin = wiring.drawer_printer(config)
        self._drawer = Drawer(
            store.database,
            store.clock,
            printer,
            pin,
            notify=self._spool.notify,
            alarm=self._counter.alarm,
            calm=self._counter.calm,
            may=self._eyes.may_open,
        )
        self._customer = CustomerTexts(self._show_customer, wiring.display_charset(self._known), self._dispatcher.later)

    def _make_devices(self, members: Members, paper: Paper, sign_ins: SignIns, keys: CardKeys | None) -> None:
        """Make the drivers, and what looks at them for a technician."""
        config, clock = self._config, self._store.clock
        self._issuing, self._card_commands = self._make_issuing(members, keys)
        self._media_commands = media_commands(
            self._store,
            members,
            self._dispatcher.ask,
            self._card_desk(members, paper),
            rules=lambda: self._shop.rulebook,
            failed=self._eyes.pin_failed,
        )
        self._file_commands = file_commands(
            self._store,
            members,
            lambda: self._shop.rulebook.member_fields,
            self._dispatcher.ask,
            self._eyes.pin_failed,
        )
        self._shift_commands = shift_commands(
            self._store,
            lambda: self._shop.rulebook,
            slips=ShiftSlips(self._store.database, self._spool, lambda: self._shop, paper),
            closed=sign_ins.end_shift,
            cash=self._drawer.for_cash,
            failed=self._eyes.pin_failed,
            ask=self._dispatcher.ask,
        )
        self._devices = devices = wiring.make_devices(
            config, SpoolJobs(self._dispatcher, self._spool, self._drawer), keys, self._issuing
        )
        self._watch = DeviceWatch(clock.now_ms)
        self._device_desk = DeviceDesk(self._desk_parts(paper))
        self._technician = Technician(
            sign_ins,
            self._device_desk,
            self._watch,
            clock,
            self._examine,
            lambda: versions(commands.VERSION),
            setup=wiring.device_setup(config, self._config_file, self._device_desk.states),
        )
        self._supervisor = Supervisor(devices.drivers, self._emit)

    def start(self) -> None:
        """Start every part in order; raises `Refusal`, before the first thread, when an address cannot be had."""
        self._spool.recover()
        self._drawer.recover()
        self._set_shop(self._shop)
        self._counter.start()
        if self._kiosk_lacks_reader():
            self._kiosk.reader_lost()
        self._web = self._bind()
        self._admin = self._door()
        # The dispatcher's thread opens its own connection; from here on nobody else touches the store.
        self._store.database.close()
        self._chores.start()
        self._thread = threading.Thread(target=self._dispatch, name="dispatcher")
        self._thread.start()
        self._log_keeper = LogKeeper(self._store.database)
        self._log_keeper.start()
        self._admin.start()
        self._web.start()
        self._supervisor.start()
        # What was made until now stays to the end: no collection between two taps need look through it again.
        gc.freeze()

    def stop(self) -> None:
        """Stop every part in the reverse order."""
        self._watch.close()
        self._supervisor.stop()
        self._web.stop()
        self._admin.close()
        self._dispatcher.stop()
        self._thread.join()
        self._log_keeper.stop()
        self._glance.close()
        self._store.lock.release()

    @property
    def address(self) -> str:
        """Return where the pages are."""
        return f"http://{self._config.till.listen_host}:{self._web.port}"

    def _desk_parts(self, paper: Paper) -> DeskParts:
        return DeskParts(
            config=self._config,
            ask=self._dispatcher.ask,
            database=self._store.database,
            spool=self._spool,
            clock=self._store.clock,
            paper=paper,
            watch=self._watch,
            report=self._report,
            displays={display.name: display.show for display in self._devices.displays},
            customer=self._customer,
            scan_check=ScanCheck(TEST_CODE, check_layout),
        )

    def _emit(self, event: DeviceEvent) -> None:
        if self._watch.note(event):
            self._dispatcher.emit(event)
        elif isinstance(event, CardTapped):
            # It was meant for whoever tries the reader, and it reads.
            self._devices.tell(event, accepted=True)

    def _examine(self) -> list[Check]:
        config = self._config
        return examine(config, self._report(), self._store.clock, load_card_keys, receipt_fonts(config.printers))

    def _dispatch(self) -> None:
        with self._store.database.connection_context():
            self._dispatcher.run()

    def _bind(self) -> WebServer:
        till, limits = self._config.till, self._config.limits
        settings = WebSettings(
            self._store.clock,
            till.listen_host,
            till.listen_port,
            streams_max=limits.live_streams,
            threads=limits.web_threads,
        )
        try:
            return serve(create_app(self._desk, self._board, settings, self._technician))
        except OSError as error:
            listen = f"{till.listen_host}:{till.listen_port}"
            if error.errno == errno.EADDRINUSE:
                raise Refusal("port_in_use", listen=listen) from error
            raise Refusal("listen_unusable", listen=listen, reason=error.strerror or str(error)) from error

    def _door(self) -> AdminServer:
        path = self._config.till.admin_socket
        try:
            parts: tuple[Verbs, ...] = (
                self._commands,
                self._device_desk,
                self._card_commands,
                self._card_proofs,
                self._media_commands,
                self._file_commands,
                self._shift_commands,
                *self._money_commands,
            )
            verbs = {name: verb for part in parts for name, verb in part.verbs().items()}
            return AdminServer(path, verbs, self._device_desk.patient_verbs())
        except OSError as error:
            raise Refusal("admin_socket_unusable", file=str(path), reason=error.strerror or str(error)) from error

    def _card_desk(self, members: Members, paper: Paper) -> CardDesk:
        """Make what prints and opens the drawer where cash moves for a card."""
        return CardDesk(
            database=self._store.database,
            members=members,
            clock=self._store.clock,
            shop=lambda: self._shop,
            paper=paper,
            spool=self._spool,
            drawer=self._drawer,
        )

    def _make_issuing(self, members: Members, keys: CardKeys | None) -> tuple[Issuing, CardCommands]:
        ask = self._dispatcher.ask
        life = MediaLife(self._store.database, self._store.book, members)
        issuing = Issuing(self._store.database, self._store.clock.monotonic_s, life, ask)

        def readers() -> dict[str, str]:
            states = {name: state for name, state in self._supervisor.states().items() if name != PCSC_DEVICE}
            return {name: state.code for name, state in states.items() if self._places.described(name).byte_order}

        return issuing, CardCommands(issuing, members, issuable(keys), readers, self._places.is_kiosk_reader, ask)

    def _kiosk_lacks_reader(self) -> bool:
        """Tell whether customers can do nothing at the kiosk yet; one that has only a scanner waits for no reader."""
        here = [one.kind for one in self._known.values() if one.place == KIOSK]
        return READER in here or (self._config.pcsc_enabled and SCANNER not in here)

    def _show_customer(self, upper: str, lower: str) -> None:
        for display in self._devices.displays:
            display.show(upper, lower)

    def _alarm(self, device: str, code: str) -> None:
        """Tell staff what happened at a reader that is not theirs; at their own the screen says it."""
        if self._places.described(device).place == KIOSK:
            self._counter.alarm(code)

    def _set_shop(self, shop: Shop) -> None:
        self._shop = shop
        self._board.show("shop", ShopView(shop.name, shop.branch, shop.language))
        self._kiosk.start(shop.language)

    def _report(self) -> dict[str, object]:
        states = self._supervisor.states()
        report: dict[str, object] = {
            "version": commands.VERSION,
            "devices": {name: asdict(state) for name, state in sorted(states.items())},
            "printers": self._watch.blocked(),
            "inbox_depth": self._dispatcher.depth(),
            "events_dropped": self._supervisor.dropped_events(),
        }
        try:
            entries, waiting = self._glance.look()
        except Refusal:
            return {"ok": False, **report}
        served = self._dispatcher.busy_s() < STUCK_S and not self._dispatcher.full()
        # A box that has never met a cloud owes it nothing.
        return {"ok": served, **report, "book_entries": entries, "receipts_waiting": waiting, "sync_lag": 0}
