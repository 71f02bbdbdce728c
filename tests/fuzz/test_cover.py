"""No parser without a property: every module of the product is run by one with anything at all, or is no parser."""

from __future__ import annotations

import contextlib
import pkgutil
import sys
import threading
import unittest
from collections.abc import Mapping
from types import FrameType, MappingProxyType

import pytest

import terminal
from tests.fuzz import catalogue

EXAMPLES_MAX = 60

# Each property, and the modules whose code it runs with what came from outside.
PARSERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "test_a_genuine_card_whose_answer_is_damaged_is_never_believed": (
            "hw.cards.native",
            "hw.cards.ultralight_aes",
        ),
        "test_a_note_beside_a_line_is_believed_only_where_it_was_written": ("cli.side_file", "rules.member_notes"),
        "test_any_bytes_are_a_backup_or_refused": ("services.backup.sealed_file",),
        "test_any_bytes_are_a_backups_label_or_refused": ("services.backup.label",),
        "test_any_bytes_are_a_value_in_its_one_form_or_refused": ("rules.canonical",),
        "test_any_bytes_are_an_entry_in_its_one_form_or_refused": (
            "base.ids",
            "rules.entry",
        ),
        "test_any_cell_is_a_value_or_a_bad_value[birthday]": ("rules.member.birthday_text",),
        "test_any_cell_is_a_value_or_a_bad_value[cards]": ("rules.member_values",),
        "test_any_payload_is_a_settled_bill_or_refused": ("rules.bill_note",),
        "test_any_entry_is_folded_by_the_rules_or_refused_with_the_rule": ("rules.fold",),
        "test_any_facts_are_a_bucket_of_one_form_or_refused": ("rules.bucket",),
        "test_any_file_is_read_or_refused": ("rules.member_text",),
        "test_any_file_of_keys_is_read_or_refused_without_a_word_of_what_it_holds": (
            "hw.cards.key_table",
            "hw.cards.keys",
        ),
        "test_any_name_has_a_mask_and_initials": ("rules.names",),
        "test_any_rows_are_members_or_bad_lines": (
            "rules.member_file",
            "rules.member_headers",
        ),
        "test_any_section_of_the_configuration_is_read_or_its_mistakes_are_told": (
            "base.config",
            "base.device_config",
            "base.toml_section",
        ),
        "test_any_set_up_file_is_a_shop_or_its_mistakes_are_told": (
            *("rules.setup.document", "rules.rulebook_mistakes"),
        ),
        "test_any_payload_is_told_on_a_slip": ("rules.prepaid_slip", "rules.slip_reading"),
        "test_whatever_a_row_of_the_chain_says_the_tills_own_tables_stay_right": (
            "sync.own_media",
            "sync.own_members",
            "sync.own_rows",
        ),
        "test_whatever_a_summary_says_it_is_lots_of_the_member_or_nothing": ("services.summaries",),
        "test_any_text_is_a_card_number_or_a_value_error": ("rules.card_numbers",),
        "test_any_text_is_a_recovery_key_or_refused": ("services.backup.recovery_key",),
        "test_any_text_is_an_amount_or_a_value_error": ("base.money",),
        "test_any_tables_are_rules_or_their_mistakes_are_told": (
            "rules.setup.changes",
            "rules.setup.fields",
            "rules.setup.reader",
            "rules.setup.stored",
        ),
        "test_any_text_is_a_rate_or_a_value_error": ("rules.rates",),
        "test_any_text_is_a_birthday_in_its_one_form_or_refused": ("rules.member.birthdays",),
        "test_any_text_is_a_field_of_a_member_in_its_one_form_or_refused": ("rules.member.profile",),
        "test_any_text_is_a_member_qr_in_its_one_form_or_refused": ("rules.media.member_qr",),
        "test_any_text_is_so_many_readings_of_a_name_or_none": (
            "rules.pinyin",
            "rules.surnames",
        ),
        "test_any_text_is_some_code": ("rules.codes",),
        "test_any_text_on_a_receipt_is_paper_and_never_a_command": (
            "rules.receipt",
            "rules.receipt_raster",
            "rules.receipt_text",
        ),
        "test_every_reader_gets_an_id_of_its_own": ("hw.pcsc_names",),
        "test_padding_taken_off_is_the_data_that_was_padded": ("hw.cards.crypto",),
        "test_whatever_a_browser_asks_for_it_gets_words_and_the_book_stays_right": (
            "kiosk_ui.cashier",
            "kiosk_ui.context",
            "kiosk_ui.counter_session",
            "kiosk_ui.device_setup",
            "kiosk_ui.drawer",
            "kiosk_ui.guard",
            "kiosk_ui.kiosk",
            "kiosk_ui.languages",
            "kiosk_ui.member_pages",
            "kiosk_ui.receipts",
            "kiosk_ui.system",
            "kiosk_ui.technician",
            "services.desk",
            "services.staff",
            "services.technician",
        ),
        "test_whatever_a_card_answers_issuing_refuses_it_or_says_that_it_failed": ("hw.cards.issuing",),
        "test_whatever_a_card_answers_it_is_identified_or_unfit": ("hw.card_reading",),
        "test_whatever_a_card_answers_proving_comes_to_one_of_its_four_ends": (
            "hw.cards.cpu",
            "hw.cards.proving",
        ),
        "test_whatever_a_card_is_asked_and_answers_there_is_a_status_word_or_it_is_lost": ("hw.pn532_card",),
        "test_whatever_a_printer_answers_the_parser_stays_bounded_and_the_next_process_id_counts": (
            "hw.escpos_answers",
        ),
        "test_whatever_a_scanner_sends_the_framer_stays_bounded_and_usable": ("hw.scan_framing",),
        "test_whatever_an_address_says_it_is_refused_with_a_code": ("hw.cards.sun",),
        "test_whatever_arrived_the_layout_check_has_a_verdict": ("hw.layout_check",),
        "test_whatever_arrives_is_frames_and_the_next_good_frame_counts": ("hw.pn532_frames",),
        "test_whatever_bytes_arrive_whole_events_come_of_them_and_nothing_else": ("hw.wedge_source",),
        "test_whatever_is_asked_of_the_configuration_file_it_stays_one_that_can_be_read": ("services.device_file",),
        "test_whatever_is_filled_into_a_form_the_file_stays_one_that_can_be_read": (
            "services.device_settings",
            "services.device_setup",
        ),
        "test_whatever_is_said_at_the_commands_door_is_answered_and_the_book_stays_right": (
            "runtime.admin",
            "services.card_commands",
            "services.commands",
            "services.device_desk",
            "services.imports",
            "services.members",
        ),
        "test_whatever_keys_are_typed_the_decoder_stays_bounded_and_usable": (
            "hw.wedge_decoder",
            "hw.wedge_keys",
        ),
        "test_whatever_stands_in_the_device_folders_is_told_once": ("hw.discovery",),
        "test_whatever_text_is_shown_a_display_gets_whole_lines_and_no_stray_command": ("hw.display_dialects",),
        "test_whatever_the_card_service_answers_a_card_is_read_or_unfit_and_the_conversation_ends": (
            "hw.cards.examining",
            "hw.pcsc_card",
        ),
        "test_whatever_the_card_service_tells_of_readers_cards_come_and_go_in_turn": ("hw.pcsc", "hw.pcsc_reader"),
        "test_whatever_a_classic_answers_a_number_is_read_or_none": ("hw.cards.classic",),
        "test_whatever_a_tag_answers_its_address_is_read_and_believed_only_with_the_shops_keys": (
            "hw.cards.ntag424",
            "hw.cards.tapping",
        ),
        "test_whatever_stands_in_a_tag_is_a_web_address_or_none": ("hw.cards.sdm_file",),
        "test_whatever_the_chip_lists_is_a_card_with_an_answer_to_reset_or_malformed": ("hw.pn532_target",),
        "test_whatever_the_line_says_a_command_ends_in_an_answer_or_trouble_and_in_time": ("hw.pn532_link",),
        "test_whatever_was_changed_in_the_store_the_proof_ends_in_a_verdict": (
            "ledger.past",
            "ledger.verify",
            "rules.chain",
        ),
    }
)

# The rest take nothing from outside but values that those have read; `x.*` is all of a package that is not above.
NO_PARSERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "waits, threads, wires and devices: bytes pass through to a parser above": (
            *(
                "hw.customer_display",
                "hw.escpos_link",
                "hw.escpos_printer",
                "hw.libusb_transport",
                "hw.pn532",
                "hw.pn532_line",
            ),
            *("hw.pcsc_feedback", "hw.pcsc_watch", "hw.printer_transport", "hw.reader_feedback", "hw.serial_scanner"),
            *("hw.serial_transport", "hw.tcp_transport", "hw.usblp_transport", "hw.wedge", "kiosk_ui.server"),
            *("runtime.device_states", "runtime.device_watch", "runtime.dispatcher", "runtime.supervisor"),
        ),
        "writes bytes or words out of values of ours": (
            *(
                "hw.cards.desfire",
                "hw.cards.ordering",
                "hw.escpos_drawer",
                "hw.escpos_pieces",
            ),
            *("hw.cards.ultralight_issuing", "hw.escpos_proof", "hw.wedge_layouts", "kiosk_ui.formats"),
            *("kiosk_ui.live", "kiosk_ui.notices", "kiosk_ui.screens", "kiosk_ui.streaming", "kiosk_ui.wording"),
            *("ledger.export", "rules.counter", "rules.device_slip", "rules.device_words", "rules.doctor_slip"),
            *(
                "rules.command_words",
                "rules.import_words",
                "kiosk_ui.outcome",
                "base.sentences_zh",
                "rules.doctor_words",
                "rules.fault_words",
                "rules.kiosk",
                "rules.setup_words",
                "rules.bill_slip",
                "rules.bill_slip_words",
                "rules.slip_words",
                "rules.slips",
                "rules.top_up_slip",
                "base.sentences",
                "base.words.*",
            ),
            *("services.customer_texts", "services.receipt_font", "services.views"),
        ),
        "works with values that were read": (
            *(
                "ledger.book",
                "ledger.deeds",
                "ledger.draft",
                "ledger.given",
                "ledger.lives",
                "ledger.rows",
                "services.outcomes",
                "services.shown",
                "services.import_journal",
                "services.import_relatives",
                "rules.split",
                "rules.stored_value",
                "runtime.board",
                "runtime.heap",
                "services.ask",
            ),
            *(
                "services.cooling_off",
                "services.counter",
                "services.doctor",
                "services.drawer",
                "services.issuing",
                "services.kiosk",
            ),
            *("services.media", "services.money", "services.receipts", "services.spool", "services.storage"),
            *(
                "store.database",
                "store.log_keeper",
                "store.migrations",
                "store.models",
                "store.bill_tables",
                "store.deed_tables",
                "store.factor_tables",
                "store.member_tables",
                "store.given_tables",
                "store.rule_tables",
                "store.shift_tables",
                "app",
                "reactions",
                "use_cases",
                "wiring",
                "kiosk_ui.app",
                "base.clock",
            ),
            *(
                "base.devices",
                "services.checks",
                "services.device_outcome",
                "services.device_proposals",
                "services.spool_jobs",
                "services.storage_health",
                "kiosk_ui.settings",
                "kiosk_ui.desk",
                "base.errors",
                "base.events",
                "base.printing",
            ),
            *(
                "services.chores",
                "services.compaction",
                "services.feed_desk",
                "services.joining",
                "services.letters",
                "services.undone",
            ),
            *("services.proposals", "services.releases", "rules.checkpoint"),
            *("rules.loyalty.*", "rules.media.*", "rules.member.*", "rules.passes.*", "rules.pay.*", "rules.prices.*"),
            *(
                "services.backup.*",
                "services.bills.*",
                "services.booked",
                "services.factors",
                "services.member_qrs",
                "services.member_pins",
                "services.files.*",
                "services.prepaid.*",
                "services.pay",
                "services.pay_payloads",
                "services.reports",
                "services.refunds.*",
                "services.rulebook",
                "services.shifts.*",
                "services.shop",
                "services.standing",
                "services.media_life.*",
                "rules.refunds.*",
                "rules.till.*",
                "rules.value.*",
                "rules.catalogue",
                "rules.coupon_templates",
                "rules.deed",
                "rules.mistake",
                "rules.rulebook",
                "rules.setup.special",
                "rules.scope",
                "rules.when",
            ),
        ),
        "the protocol's own properties are in tests/sync": (
            *("sync.chain_rows", "sync.courier", "sync.neighbours", "sync.wire"),
        ),
        "takes the words of a command line, which argparse has read": ("cli.*",),
    }
)
PACKAGES = frozenset({"base", "hw", "hw.cards", "kiosk_ui", "ledger", "rules", "runtime", "services", "store", "sync"})
PACKAGES |= {"rules.setup"}


def test_every_module_is_run_by_a_property_or_is_no_parser() -> None:
    """A new module must be put into one of the two tables."""
    modules = {found.name.removeprefix("terminal.") for found in pkgutil.walk_packages(terminal.__path__, "terminal.")}
    parsers = [name for names in PARSERS.values() for name in names]
    others = [each for names in NO_PARSERS.values() for name in names for each in _modules(name, modules, parsers)]
    named = [*parsers, *others, *PACKAGES]
    assert len(set(named)) == len(named), "a module is named twice"
    assert modules - set(named) == set(), "these are new: name them above"
    assert set(named) - modules == set(), "these are gone"


def _modules(name: str, modules: set[str], parsers: list[str]) -> list[str]:
    """Return the module, or all of a package, itself too, that are no parsers."""
    package, star, _ = name.rpartition(".*")
    if not star:
        return [name]
    return [each for each in sorted(modules) if f"{each}.".startswith(f"{package}.") and each not in parsers] or [name]


def test_the_properties_named_are_there() -> None:
    """Each name is one property's."""
    assert set(PARSERS) <= {_short(found) for found in catalogue.properties()}


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_a_property_runs_the_code_of_the_parsers_it_stands_for(name: str) -> None:
    """Each of its modules has a function that its examples run."""
    found = next(each for each in catalogue.properties() if _short(each) == name)
    missing = {f"terminal.{module}" for module in PARSERS[name]}
    examples = 0

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            missing.discard(frame.f_globals.get("__name__", ""))

    def counted() -> None:
        nonlocal examples
        examples += 1
        if not missing or examples > EXAMPLES_MAX:
            raise unittest.SkipTest("seen")  # which Hypothesis lets through at once, and takes for no failure

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        # Where all are seen before the last example, the rest is left out.
        with contextlib.suppress(unittest.SkipTest):
            found.run(1, counted)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert missing == set(), examples


def _short(found: catalogue.Property) -> str:
    return found.name.rpartition("::")[2]
