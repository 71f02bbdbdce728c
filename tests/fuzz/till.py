"""A whole till in this process, but for its threads of devices and its sockets: what comes in goes to it by calls."""

from __future__ import annotations

import contextlib
import functools
import json
import pathlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from terminal.app import Till
from terminal.base.config import parse_config
from terminal.base.ids import new_id
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.settings import WebSettings
from terminal.ledger.verify import verify
from terminal.runtime.admin import Verb, _answer

PIN = "246810"
STAFF = "陈晓"
PHONE = "13800138000"
CONFIG = """
[till]
data_dir = "data"
listen = "127.0.0.1:0"
[pcsc]
enabled = false
[[printers]]
id = "receipts"
address = "127.0.0.1:9"
drawer_pin = 2
"""
SHOP = """
[shop]
name = "兰亭美业"
[top_up]
min = "1.00"
max = "5000.00"
[points]
per_yuan = 10
"""
MEMBER = {
    "line_no": 2,
    "old_number": "M1",
    "name": "王小芳",
    "phone": PHONE,
    "cards": ["0BE2FB0B"],
    "level": "",
    "principal_fen": 9000,
    "bonus_fen": 500,
    "points": 7,
    "birthday": "",
    "sex": "f",
    "remark": "",
    "initials": "WXF",
    "unchanged": "0",
    "present": "0",
    "step": "",
    "passes": [],
}


@dataclass(slots=True)
class OpenTill:
    """A till with one member, one cashier and one manager."""

    till: Till
    app: Flask
    verbs: dict[str, Verb]
    account: str = ""
    staff_id: str = ""

    def door(self, line: bytes) -> dict[str, Any]:
        """Say one line at the commands' door and return the answer, as it would be sent."""
        answer = _answer(self.verbs, line)
        json.dumps(answer)
        return answer

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Call a verb that must be done."""
        answer = self.door(json.dumps({"do": verb, **arguments}).encode())
        assert answer["ok"], answer
        return answer

    def take_commands(self) -> None:
        """Have the door answer the commands of money, shifts and members' files too, as a serving till's does."""
        till = self.till
        for part in (*till._money_commands, till._shift_commands, till._file_commands):
            self.verbs.update(part.verbs())

    def say(self, verb: str, staff: str = STAFF, **asked: Any) -> dict[str, Any]:
        """Return the answer to what somebody asks for, in a new action unless one is said."""
        return self.door(json.dumps({"do": verb, "action": new_id(), "staff": staff, "pin": PIN, **asked}).encode())

    def do(self, verb: str, staff: str = STAFF, **asked: Any) -> dict[str, Any]:
        """Have something done that must be."""
        answer = self.say(verb, staff, **asked)
        assert answer["ok"], answer
        return answer

    def post(self, client: Any, path: str, **form: str) -> TestResponse:  # noqa: ANN401 - Flask's client has no types
        """Post a form as the till's own page does."""
        answer: TestResponse = client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        return answer

    def wrong_with_the_book(self) -> str:
        """Return the code of what is wrong with the book, empty when it is right."""
        store = self.till._store
        scratch = self.till._config.till.data_dir / "scratch.db"
        return self.till._dispatcher.ask(lambda: verify(store.database, scratch).code)


@contextlib.contextmanager
def open_till(more: str = "") -> Iterator[OpenTill]:
    """Give a till over a new store, served by its own dispatcher; `more` is set in its configuration's `[till]`."""
    with tempfile.TemporaryDirectory() as name:
        config_file = pathlib.Path(name) / "till.toml"
        config = CONFIG.replace("[till]", f"[till]\n{more}", 1)
        config_file.write_text(config, encoding="utf-8")
        till = Till(parse_config(config, config_file.parent), config_file)
        till._set_shop(till._shop)
        till._counter.start()
        till._store.database.close()
        thread = threading.Thread(target=till._dispatch, name="dispatcher")
        thread.start()
        try:
            app = create_app(till._desk, till._board, WebSettings(till._store.clock), till._technician)
            # What is no refusal goes up to the test instead of making a page of it.
            app.testing = True
            parts = (till._commands, till._device_desk, till._card_commands, till._card_proofs, till._media_commands)
            verbs = {name: verb for part in parts for name, verb in part.verbs().items()}
            # Whoever asks is still there.
            patient = till._device_desk.patient_verbs().items()
            verbs |= {name: functools.partial(verb, lambda: False) for name, verb in patient}
            yield _peopled(OpenTill(till, app, verbs))
        finally:
            till._watch.close()
            till._dispatcher.ask(till._dispatcher.stop)  # from there it ends at once
            thread.join()
            till._store.lock.release()


def _peopled(opened: OpenTill) -> OpenTill:
    opened.ask("setup_apply", text=SHOP)
    opened.ask("staff_add", name=STAFF, role="manager", pin=PIN)
    opened.ask("import_lines", lines=[MEMBER])
    opened.account = opened.ask("member_find", by="phone", value=PHONE)["members"][0]["account"]
    opened.staff_id = opened.till._desk.staff_names()[0].id
    return opened
