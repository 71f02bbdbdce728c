"""What is filled into a member's file, checked: each value in its one stored form, or all that is wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal
from terminal.rules import member_values
from terminal.rules.member import profile
from terminal.rules.member.consents import sensitive_keys
from terminal.rules.member.profile import SENSITIVE_NOTES, TEXT, Field, Wrong
from terminal.services.files.asked import FieldsWrong, Filled
from terminal.services.files.records import BASICS

NOTE_CHARS_MAX: Final = profile.TEXT_CHARS_MAX


@dataclass(frozen=True, slots=True)
class Right:
    """What is to be set, in stored forms; an empty text takes a value out. Notes are the sensitive ones of `fields`."""

    basics: Mapping[str, str]
    fields: Mapping[str, str]
    notes: Mapping[str, str]


def checked(shop_fields: Sequence[Field], filled: Filled, *, is_new: bool) -> Right:
    """Return what is filled in in its stored forms; raise `FieldsWrong` with all that is wrong.

    Every file has room for the notes of `SENSITIVE_NOTES`, defined or not. A new file needs a name and each field that
    the shop requires; from a kept one neither can be taken out.
    """
    known = {each.key: each for each in _with_notes(shop_fields)}
    basics, wrong = _basics(filled.basics, is_new=is_new)
    fields: dict[str, str] = {}
    for key, text in filled.fields.items():
        field = known.get(key)
        if field is None:
            wrong.append(Wrong(key, "field_unknown"))
        elif not profile.tidy(text):
            wrong += [Wrong(key, "field_required")] if field.is_required else []
            fields[key] = ""
        else:
            _take(key, lambda text=text, field=field: profile.stored(field, text), fields, wrong)  # type: ignore[misc]
    if is_new:
        absent = (each.key for each in shop_fields if each.is_required and each.key not in filled.fields)
        wrong += [Wrong(key, "field_required") for key in absent]
    if wrong:
        raise FieldsWrong(tuple(wrong))
    secret = sensitive_keys(shop_fields)
    return Right(
        basics=basics,
        fields={key: text for key, text in fields.items() if key not in secret},
        notes={key: text for key, text in fields.items() if key in secret},
    )


def _with_notes(shop_fields: Sequence[Field]) -> list[Field]:
    defined = {each.key for each in shop_fields}
    notes = [Field(key, key, TEXT, is_sensitive=True, chars_max=NOTE_CHARS_MAX) for key in SENSITIVE_NOTES]
    return [*shop_fields, *(note for note in notes if note.key not in defined)]


def _basics(filled: Mapping[str, str], *, is_new: bool) -> tuple[dict[str, str], list[Wrong]]:
    values: dict[str, str] = {}
    wrong = [Wrong(key, "field_unknown") for key in filled if key not in BASICS]
    for key in BASICS:
        if key in filled:
            _take(key, lambda key=key: _BASICS[key](profile.tidy(filled[key])), values, wrong)  # type: ignore[misc]
    if is_new and "name" not in filled:
        wrong.append(Wrong("name", "file_name", {"chars": member_values.TEXT_CHARS_MAX["name"]}))
    return values, wrong


def _take(key: str, read: Callable[[], str], values: dict[str, str], wrong: list[Wrong]) -> None:
    """Put what `read` gives under a key, or what is wrong with it."""
    try:
        values[key] = read()
    except Refusal as refusal:
        wrong.append(Wrong(key, refusal.code, refusal.values))


def _name(text: str) -> str:
    return _text(text, "name", "file_name", least=1)


def _remark(text: str) -> str:
    return _text(text, "remark", "file_remark")


def _old_number(text: str) -> str:
    return _text(text, "old_number", "file_old_number")


def _text(text: str, key: str, code: str, least: int = 0) -> str:
    most = member_values.TEXT_CHARS_MAX[key]
    if not least <= len(text) <= most or not text.isprintable():
        raise Refusal(code, chars=most)
    return text


def _phone(text: str) -> str:
    try:
        return member_values.phone(text) if text else ""
    except member_values.BadValue:
        raise Refusal("file_phone") from None


def _sex(text: str) -> str:
    try:
        return member_values.sex(text) if text else ""
    except member_values.BadValue:
        raise Refusal("file_sex") from None


def _birthday(text: str) -> str:
    try:
        return member_values.birthday(text) if text else ""
    except member_values.BadValue:
        raise Refusal("file_birthday") from None


_BASICS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": _name,
    "phone": _phone,
    "sex": _sex,
    "birthday": _birthday,
    "remark": _remark,
    "old_number": _old_number,
}
