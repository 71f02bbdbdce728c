"""One English sentence for each refusal a command may meet; screens have their own words in three languages."""

from __future__ import annotations

from terminal.base.errors import Refusal

SENTENCES = {
    "action_conflict": "This action was already done with other content; nothing was changed.",
    "admin_socket_unusable": "The socket {file} cannot be made: {reason}; change till.admin_socket.",
    "busy": "The till is busy and did not answer in time; try again.",
    "card_ambiguous": "More than one member has this number; look them up with --phone or --id.",
    "card_frozen": "This card is frozen.",
    "card_number_bad": "A card number is 1 to 32 letters and digits.",
    "card_replaced": "This card was replaced by another one.",
    "card_unknown": "No member has this card.",
    "code_unknown": "This code belongs to no member.",
    "collection_code": "This is somebody's code for receiving money, and no member's.",
    "data_dir_unusable": "The folder {folder} cannot be used: {reason}; change till.data_dir or its rights.",
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
    "rejected_is_input": "Bad lines cannot go to {file}, which the import reads; choose another file with --rejected.",
    "request_bad": "The running till does not know this command; is it another version?",
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
    "till_gone": "The till ended or does not answer; what it had done is done, and the command can be repeated.",
}


def sentence(refusal: Refusal) -> str:
    """Return the sentence for a refusal with its stable code behind it."""
    words = SENTENCES.get(refusal.code, "This was refused.")
    return f"{words.format(**refusal.values)} [{refusal.code}]"
