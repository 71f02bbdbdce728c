"""`terminal member`: members' files shown, found and changed; what is private or changed, in somebody's name."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.money import format_yuan
from terminal.base.sentences import sentence
from terminal.base.words.member_phrases import phrase
from terminal.cli.asking import ask, confirm, say
from terminal.cli.language import add_option
from terminal.cli.signed import Call, do, people
from terminal.rules.member.consents import CHANNELS, CONSENTS, SENSITIVE
from terminal.rules.names import initials

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
FINE, PROBLEM = 0, 1
BASICS = ("name", "phone", "sex", "birthday", "remark", "old_number")
WHO = "phone, card, name or id"


def add_commands(member: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `member`, each by `add(group, name, run, words)`."""
    from terminal.cli.member_export import export
    from terminal.cli.member_level import add_level

    show = add(member, "show", _show, "Show a member's file and balances, names and numbers masked.")
    by = show.add_mutually_exclusive_group(required=True)
    by.add_argument("who", nargs="?", metavar="WHO", help=WHO)
    for name in ("phone", "card", "id"):
        by.add_argument(f"--{name}")
    show.add_argument("--full", action="store_true", help="all of it, for --staff, whose PIN is asked for")
    show.add_argument("--staff", metavar="NAME")
    show.add_argument("--json", action="store_true")
    find = add(member, "find", _find, "Find members by tag, level or month of birthday.")
    find.add_argument("--tag", action="append", default=[], metavar="TAG", help="repeat for those who bear all")
    find.add_argument("--level", default="")
    find.add_argument("--birthday-month", type=int, default=0, metavar="MONTH", help="1 to 12, this year")
    find.add_argument("--json", action="store_true")
    alike = add(member, "duplicates", _duplicates, "List members who share a telephone.")
    alike.add_argument("--json", action="store_true")
    made = add(member, "add", _add, "Make a member's file.")
    made.add_argument("name")
    changed = add(member, "change", _change, "Change a member's file; what is not named stays.")
    changed.add_argument("who", metavar="WHO", help=WHO)
    changed.add_argument("--name")
    changed.add_argument("--untag", action="append", default=[], metavar="TAG")
    changed.add_argument("--withdraw", action="append", choices=CONSENTS, default=[], help="a consent that was given")
    for command in (made, changed):
        _add_filled(command)
    note = add(member, "note", _note, "Keep a sensitive note, with the member's consent; it is asked for, unseen.")
    note.add_argument("who", metavar="WHO")
    note.add_argument("kind", help="allergies, formula, or a sensitive field of the shop's own")
    note.add_argument("--remove", action="store_true")
    add_level(member, add)
    merge = add(member, "merge", _merge, "Let one member's file lead to another one's.")
    merge.add_argument("who", metavar="WHO", help="the file that will lead to the other one")
    merge.add_argument("into", metavar="INTO", help="the file that stays")
    unmerge = add(member, "unmerge", _unmerge, "Undo a merging.")
    unmerge.add_argument("who", metavar="WHO")
    unmerge.add_argument("--id", help="which file, where several were merged into this one")
    handed = add(member, "export", export, "Write all that is held of a member to a file.")
    handed.add_argument("who", metavar="WHO")
    handed.add_argument("file", metavar="FILE")
    erased = add(member, "erase", _erase, "Erase a member's file for good.")
    erased.add_argument("who", metavar="WHO")
    erased.add_argument("--give-up", action="store_true", help="the member gives up what is left; for managers")
    for command in (made, changed, note, merge, unmerge, handed, erased):
        command.add_argument("--staff", required=True, metavar="NAME", help="who does it; their PIN is asked for")
    for command in (show, find, alike, made, changed, note, merge, unmerge, handed, erased):
        add_option(command)


def _add_filled(command: argparse.ArgumentParser) -> None:
    for name in BASICS[1:]:
        command.add_argument(
            f"--{name.replace('_', '-')}", help="農曆1990-08-15 for lunar" if name == "birthday" else None
        )
    words = f"who brought them ({WHO}), for the shop's rewards; nobody where it is empty"
    command.add_argument("--brought-by", metavar="WHO", help=words)
    words = "a field of the shop's own; KEY= takes the value out"
    command.add_argument("--set", action="append", type=_pair, default=[], metavar="KEY=VALUE", help=words)
    command.add_argument("--tag", action="append", default=[], metavar="TAG")
    words = f"a consent ({', '.join(CONSENTS)}) and the version of its text"
    command.add_argument("--agreed", action="append", type=_pair, default=[], metavar="KIND=VERSION", help=words)
    command.add_argument("--channel", choices=CHANNELS, default=CHANNELS[0], help="how they agreed or withdrew")
    command.add_argument("--on", default="", metavar="DATE", help="when, such as 2026-01-31; today unless said")


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text} is not KEY=VALUE")
    return key, value


def _show(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door
    from terminal.cli.member_lines import member_lines, padded

    by, value = next(
        (name, value) for name in ("who", "phone", "card", "id") if (value := getattr(options, name)) is not None
    )
    if options.full and not options.staff:
        raise Refusal("staff_needed")
    with open_door(config, may_make=False) as call:
        members = call("member_list", by=by, value=value)["members"]
        if options.full:
            account = _only(members)["account"]
            members = [call("member_file", account=account, **people(call, options))["file"]]
    if options.json:
        sys.stdout.write(json.dumps(members, ensure_ascii=False, indent=1) + "\n")
        return FINE
    for member in members:
        sys.stdout.writelines(f"{padded(name)}{text}\n" for name, text in member_lines(member, options.language))
        sys.stdout.write("\n")
    if len(members) > 1:
        say(phrase("match", options.language, count=len(members)))
    return FINE


def _find(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        found = call("member_search", tags=options.tag, level=options.level, month=options.birthday_month)
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return FINE
    _list(found["members"], options.language)
    if found["more"]:
        say(phrase("more", options.language))
    return FINE


def _duplicates(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        groups = call("member_duplicates")["groups"]
    if options.json:
        sys.stdout.write(json.dumps(groups, ensure_ascii=False, indent=1) + "\n")
        return FINE
    if not groups:
        say(phrase("no_duplicates", options.language))
    for group in groups:
        say(phrase("group", options.language, count=len(group)))
        _list(group, options.language)
    return FINE


def _list(members: Sequence[dict[str, Any]], language: str) -> None:
    from terminal.cli.member_lines import hit_cells, table

    if not members:
        say(phrase("nobody", language))
        return
    sys.stdout.writelines(table([hit_cells(hit) for hit in members]))


def _add(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        filled = _filled(options) | _brought_by(call, options)
        return _do(call, options, "add", filled=filled, initials=_initials(options.name))


def _change(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member = meant(call, options.who)
        if SENSITIVE in options.withdraw:
            confirm(phrase("ask_withdrawn", options.language, name=member["name"]), options.language)
        filled = _filled(options) | _brought_by(call, options)
        wish: dict[str, Any] = {"account": member["account"], "filled": filled}
        return _do(call, options, "change", **wish, initials=_initials(options.name or ""))


def _note(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member = meant(call, options.who)
        told = {"kind": options.kind, "name": member["name"]}
        if options.remove:
            confirm(phrase("ask_note_removed", options.language, **told), options.language)
            text = ""
        else:
            text = ask(phrase("ask_note", options.language, **told), unseen=True)
            if not text:
                raise Refusal("file_nothing")
        return _do(call, options, "note", account=member["account"], kind=options.kind, text=text)


def _merge(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        member, into = meant(call, options.who), meant(call, options.into)
        told = {side: f"{each['name']} ({each['phone_masked']})" for side, each in (("name", member), ("into", into))}
        confirm(phrase("ask_merge", options.language, **told), options.language)
        return _do(call, options, "merge", account=member["account"], into=into["account"])


def _unmerge(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        account = options.id
        if not account:
            merged = meant(call, options.who)["merged"]
            if len(merged) > 1:
                raise Refusal("merged_several")
            if not merged:
                raise Refusal("merge_none")
            account = merged[0]["account"]
        return _do(call, options, "merge", account=account, done="unmerge")


def _erase(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    language = options.language
    with open_door(config, may_make=False) as call:
        standing = call("member_standing", account=meant(call, options.who)["account"])
        words = phrase("ask_erase", language, name=standing["name"])
        if options.give_up:
            value = format_yuan(standing["value_fen"])
            words += " " + phrase("ask_give_up", language, value=value, sessions=standing["sessions"])
        confirm(words, language)
        return _do(call, options, "erase", account=standing["account"], give_up=options.give_up)


def meant(call: Call, who: str) -> dict[str, Any]:
    """Return the one member that is meant, masked; raise `Refusal` `member_unknown`, `member_several`, and more."""
    return _only(call("member_list", by="who", value=who)["members"])


def add_whose(command: argparse.ArgumentParser, card: str) -> None:
    """Let a command be told which member is meant; `card` says what a card's number may be there."""
    whose = command.add_mutually_exclusive_group(required=True)
    whose.add_argument("--member", metavar="WHO", help=WHO)
    whose.add_argument("--phone")
    whose.add_argument("--card", metavar="NUMBER", help=card)


def whose(call: Call, options: argparse.Namespace) -> dict[str, Any]:
    """Return the one member whom the options of `add_whose` mean; raise as `meant`."""
    asked = (("who", options.member), ("phone", options.phone), ("card", options.card))
    by, value = next((by, value) for by, value in asked if value is not None)
    return _only(call("member_list", by=by, value=value)["members"])


def _only(members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if len(members) > 1:
        raise Refusal("member_several")
    return members[0]


def _do(call: Call, options: argparse.Namespace, verb: str, done: str = "", **wish: object) -> int:
    """Have something done in the name of somebody, and say that it is, or key by key what is wrong."""
    answer = do(call, options, f"member_{verb}", **wish)
    for key, code, values in answer.get("wrong", ()):
        words = sentence(Refusal(code, **values), options.language)
        sys.stderr.write(phrase("at", options.language, key=key, words=words) + "\n")
    if "wrong" in answer:
        return PROBLEM
    told = {"entry": answer["entry_no"], "account": answer["account"]}
    say(phrase(f"done_{done or verb}", options.language, **told))
    return FINE


def _filled(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was typed, as the verbs take it."""
    basics = {name: value for name in BASICS if (value := getattr(options, name)) is not None}
    acts = [[kind, True, options.on, options.channel, version] for kind, version in options.agreed]
    acts += [[kind, False, options.on, options.channel, ""] for kind in getattr(options, "withdraw", ())]
    return {
        "basics": basics,
        "fields": dict(options.set),
        "tags": options.tag,
        "untags": getattr(options, "untag", []),
        "consents": acts,
    }


def _brought_by(call: Call, options: argparse.Namespace) -> dict[str, str]:
    """Return who brought the member as the verbs take it, nothing where that is not said; raise as `meant`."""
    if not options.brought_by:
        return {} if options.brought_by is None else {"brought_by": ""}
    try:
        return {"brought_by": meant(call, options.brought_by)["account"]}
    except Refusal as refusal:
        raise Refusal("brought_by_erased") if refusal.code == "erase_done" else refusal from None


def _initials(name: str) -> str:
    """Return the pinyin initials of a name; the dictionary is loaded here and not in the till."""
    if not name:
        return ""
    from pypinyin import Style, lazy_pinyin

    return initials(name, lambda sign: "".join(lazy_pinyin(sign, style=Style.FIRST_LETTER, errors="ignore")))
