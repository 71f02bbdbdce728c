"""One sentence for each refusal a command may meet; screens have words of their own.

Those of devices, files and the counter's first commands stand here in English, and in Chinese beside; those of the
shop's rules stand by topic in `words`, and those that name an option of the command in `words.commands`.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal.base.errors import Refusal, Value
from terminal.base.money import format_yuan
from terminal.base.sentences_zh import CHINESE, GENERAL
from terminal.base.words import WORDS
from terminal.base.words.commands import AT_COMMANDS

SENTENCES = {
    "action_conflict": "This action was already done with other content; nothing was changed.",
    "action_past": "This action was done long ago and its entry is no longer kept; nothing was done again.",
    "admin_socket_unusable": "The socket {file} cannot be made: {reason}; change till.admin_socket.",
    "busy": "The till is busy and did not answer in time; try again.",
    "card_ambiguous": "More than one member has this number; look them up with --phone or --id.",
    "card_frozen": "This card is frozen.",
    "card_clone": "This card has the number of an authenticated card and does not know its key; it may be a copy.",
    "card_delayed": "The card makes everybody wait after wrong keys; try again in half a minute.",
    "card_issuing_failed": "The card broke off while it was written; repeat the command with it, which finishes it.",
    "card_key_missing": "The file of card keys has no key for this kind of card; nothing was written.",
    "card_key_wrong": "This card does not know its key; it may be a copy, or another shop's.",
    "card_keys_exposed": "The file of card keys {file} can be read by others: {reason}.",
    "card_keys_malformed": "The file of card keys {file} has mistakes: {reason}.",
    "card_keys_missing": "The file of card keys {file} cannot be used: {reason}.",
    "card_not_blank": "This is no blank of this kind, nor one that was begun here; nothing was written to it.",
    "card_not_issuable": "Cards of this kind cannot be issued here.",
    "card_not_laid": "No card was laid on the reader in time; nothing was changed.",
    "card_number_bad": "A card number is 1 to 32 letters and digits.",
    "card_replaced": "This card was replaced by another one.",
    "card_taken": "This card's number is or was another member's; it was not given to this one.",
    "card_unknown": "No member has this card.",
    "card_unreadable": "The card could not be read or left too early; repeat the command and leave it there.",
    "code_unknown": "This code belongs to no member.",
    "collection_code": "This is somebody's code for receiving money, and no member's.",
    "config_busy": "{file} is being changed by somebody else; nothing was written, try again.",
    "config_changed": "{file} was changed meanwhile; nothing was written.",
    "config_read_only": "{file} may not be changed by this user: {reason}; nothing was written.",
    "confirmation_wrong": "That is not the word that was shown; nothing was changed.",
    "data_dir_unusable": "The folder {folder} cannot be used: {reason}; change till.data_dir or its rights.",
    "device_no_hint": "{device} does not read chip numbers, so there is no byte order to find.",
    "device_no_test": "{device} is the service of all card readers; test one of the readers.",
    "device_not_ready": "{device} is not ready ({trouble}); terminal doctor says what to do.",
    "device_test_busy": "Another device is being tested; try again in half a minute.",
    "device_unknown": "No device is called {device}; terminal devices list shows them.",
    "device_value_bad": "{word} is not a setting; write key=value, or key= to take a key out.",
    "disk_full": "The disk is full: {file} was not written and nothing was changed; free some space and try again.",
    "file_too_large": "The file {file} is larger than {most} bytes; is it the right one?",
    "file_unreadable": "The file {file} cannot be read: {reason}.",
    "file_unusable": "{file} cannot be used: {reason}.",
    "font_missing": "The font {file} is missing; install fonts-noto-cjk or name one with font in [[printers]].",
    "interrupted": "The command was interrupted; what it had done is done, and it can be repeated.",
    "key_exposed": "The key file {file} can be read by other users; run chmod 600 on it after finding out who read it.",
    "key_malformed": "The key file {file} is not a store key: it must hold exactly 32 bytes.",
    "key_missing": "The key file {file} is missing; without it the store cannot be opened.",
    "key_unusable": "The key file {file} cannot be used: {reason}; change till.key_file or its rights.",
    "listen_unusable": "The address {listen} cannot be used: {reason}; change till.listen.",
    "member_file_binary": "The file is no text; save it as CSV.",
    "member_file_column_twice": "The columns {first} and {second} both mean {field}; map one of them to ignore.",
    "member_file_empty": "The file is empty.",
    "member_file_mapping_unreadable": "The mapping file is not valid TOML: {detail}.",
    "member_file_mapping_unused": "The header {header} of the mapping is not in the file.",
    "member_file_mapping_wrong": "In the mapping file {key} must be {expected}.",
    "member_file_markup": "The file is a web page or XML under another name; open it and save it as CSV.",
    "member_file_no_header": "No header line was recognised in the first 20 lines; write a mapping.",
    "member_file_no_identity": "There is no column for member number, phone or card; write a mapping.",
    "member_file_spreadsheet": "The file is a spreadsheet workbook; save it as CSV.",
    "member_unknown": "No member was found.",
    "other_shop_code": "This is another shop's member code.",
    "payment_code_unexpected": "This looks like a payment code; it was not used and not kept.",
    "pin_bad": "A PIN is 4 to 6 digits.",
    "port_in_use": "The address {listen} is in use by another program; stop it or change till.listen.",
    "printer_unavailable": "No printer prints at the counter; add one with terminal devices add printer.",
    "reader_at_kiosk": "{device} is the kiosk's, where customers lay their own cards; issue at the counter's.",
    "reader_busy": "A card is being issued at this reader already; wait for it, at most a minute.",
    "rejected_is_input": "Bad lines cannot go to {file}, which the import reads; choose another file with --rejected.",
    "request_bad": "The running till does not know this command; is it another version?",
    "scan_undecodable": "This member code was misread; scan or type it again.",
    "shop_not_set_up": "The shop is not set up yet; run terminal setup apply first.",
    "sqlite_too_old": "The SQLite library {version} is too old; install the locked packages.",
    "staff_exists": "There is already somebody with this name.",
    "staff_name_bad": "A name is 1 to 20 characters on one line.",
    "staff_role_bad": "The role must be one of {roles}.",
    "store_damaged": "The store {file} is damaged; restore the newest backup.",
    "store_in_use": "Another till or command is using this store ({file}).",
    "store_key_wrong": "The key does not fit the store {file}; nothing was changed.",
    "store_missing": "There is no store in {file} yet; start the till once.",
    "store_newer": "The store {file} needs a newer version (schema {needs}, this one is {has}); nothing was changed.",
    "store_unusable": "The store {file} cannot be used: {reason}.",
    "tap_url_foreign": "This address is not one of the shop's own cards.",
    "tap_url_mac_wrong": "This address was not made by a card of this shop.",
    "tap_url_malformed": "This address is damaged; tap the card again.",
    "tap_url_no_key": "The file of card keys has no keys for tap addresses.",
    "tap_url_replayed": "This address was shown before; tap the card again for a new one.",
    "till_gone": "The till ended or does not answer; what it had done is done, and the command can be repeated.",
    "till_not_alone": "This till works with a cloud already; only a till that was always alone can join a chain.",
    "till_not_running": "The till is not running; devices can be tested only while it runs.",
    "till_rejoining": "The till is handing its journal in to the cloud; until then it takes nothing off a card.",
}


def sentence(refusal: Refusal, language: str = "en") -> str:
    """Return the sentence for a refusal in `zh_CN`, `zh_TW` or else English, with its stable code behind it."""
    english = SENTENCES.get(refusal.code, "This was refused.")
    simplified, traditional = CHINESE.get(refusal.code, GENERAL)
    three = AT_COMMANDS.get(refusal.code) or WORDS.get(refusal.code, (english, simplified, traditional))
    words = dict(zip(("en", "zh_CN", "zh_TW"), three, strict=True)).get(language, three[0])
    return f"{words.format(**_shown(refusal.values))} [{refusal.code}]"


def _shown(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values with amounts of fen as people read them."""
    return {
        name: format_yuan(value) if name.endswith("_fen") and isinstance(value, int) else value
        for name, value in values.items()
    }
