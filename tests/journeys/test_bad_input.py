"""Bad input at the open shop: one clear sentence in three languages with its code, and nothing in the book changes."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from terminal.store.database import Database
from tests.cli.home import Home, Serving
from tests.cli.pages import Live, Pages
from tests.cli.simulators import only_simulators
from tests.hw_sim.control import ControlClient
from tests.journeys.conftest import OpenShop, connected, until

pytestmark = pytest.mark.browser

LANGUAGES = {"zh_CN": "zh-CN", "zh_TW": "zh-TW", "en": "en"}
# What is said where nobody found words of its own for a code.
GENERAL = ("暂时无法完成", "暫時無法完成", "This could not be done")
OTHER_SHOP = "CF1-V86Z820C20A1G7C"
# One chip that finds two: the second member's card was noted as a keyboard reader types it, from the other end.
TWINS = "会员编号,姓名,手机,卡号\nT1,秦一,13900000001,C0FFEE11\nT2,秦二,13900000002,0300875712\n"


def pull_away(shop: OpenShop) -> None:
    shop.readers("fail_apdu", reader=shop.facts["readers"]["kiosk"], n=1, code="remove")
    shop.hold_card("kiosk", "wang")


@pytest.fixture(scope="module")
def twins(shop: OpenShop, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a card that two members have."""
    path = tmp_path_factory.mktemp("twins") / "twins.csv"
    path.write_text(TWINS, encoding="utf-8")
    brought = shop.command("import", "members", str(path))
    assert brought.returncode == 0, brought.stderr
    shop.readers("add_card", card={"id": "twins", "label": "两人一卡", "kind": "fudan_m1", "uid": "C0FFEE11"})
    return "twins"


def book(shop: OpenShop) -> int:
    """Return how many entries the book has."""
    return int(Pages(shop.facts["kiosk"].removesuffix("/kiosk")).health()["book_entries"])


CARDS: dict[str, Callable[[OpenShop], None]] = {
    "card_unknown": lambda shop: shop.hold_card("kiosk", "unknown"),
    "card_foreign": lambda shop: shop.hold_card("kiosk", "bank"),
    "card_random_uid": lambda shop: shop.hold_card("kiosk", "phone"),
    "card_ambiguous": lambda shop: shop.hold_card("kiosk", "twins"),
    "card_unreadable": pull_away,
}


@pytest.mark.parametrize("code", CARDS)
def test_a_card_that_finds_nobody_is_explained_in_three_languages(
    shop: OpenShop, kiosk: Page, twins: str, code: str
) -> None:
    assert twins == "twins"
    before, said = book(shop), []
    for language, tag in LANGUAGES.items():
        expect(kiosk.locator("[data-state=idle]")).to_be_visible()
        kiosk.locator(f"[data-action=language][data-value={language}]").click()
        expect(kiosk.locator("html")).to_have_attribute("lang", tag)
        CARDS[code](shop)
        expect(kiosk.locator("[data-state=error] .code")).to_have_text(code)
        headline = kiosk.locator(".stage-error .headline").inner_text().replace("\n", "")
        assert headline not in GENERAL
        said.append((headline, kiosk.locator(".stage-error .advice").inner_text()))
        assert size(kiosk, "[data-state=error] .code") < size(kiosk, ".stage-error .advice")
        with contextlib.suppress(RuntimeError):  # the card that was pulled away is gone
            shop.lift_card("kiosk")
        kiosk.locator("[data-action=dismiss]").click()
    assert len(set(said)) == len(LANGUAGES), f"not translated: {said}"
    assert re.fullmatch(r"[\x20-\x7e’]+", said[2][0]), said[2]
    assert book(shop) == before


def size(page: Page, selector: str) -> float:
    """Return the size of the text in CSS pixels."""
    found: float = page.locator(selector).first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    return found


def codes(shop: OpenShop, number: int) -> dict[str, Callable[[], object]]:
    """Return what the counter's scanner does for each code; `number` makes each scan a new one."""

    def noise() -> None:
        shop.scanner("noise")
        shop.scanner("scan", text=f"HELLO{number}")

    return {
        "other_shop_code": lambda: shop.scanner("scan", text=OTHER_SHOP),
        "payment_code_unexpected": lambda: shop.scanner("scan", text=payment_code(number)),
        "collection_code": lambda: shop.scanner("scan", text=f"https://qr.alipay.com/fkx{number}"),
        "code_unknown": lambda: shop.scanner("scan", text=f"NOBODY-{number}"),
        "scan_undecodable": noise,
        "scan_too_long": lambda: shop.scanner("endless"),
    }


def payment_code(number: int) -> str:
    """Return a payment code that occurs nowhere else."""
    return f"13477319{number:02d}77319024"


def test_a_scan_that_finds_nobody_is_explained_at_the_counter(shop: OpenShop, counter: Page) -> None:
    until(lambda: shop.scanner("state")["open"], "the till at the scanner's port")
    before = book(shop)
    said: dict[str, set[str]] = {}
    for number, (language, tag) in enumerate(LANGUAGES.items()):
        with counter.expect_navigation():
            counter.locator(f"button[name=language][value={language}]").click()
        expect(counter.locator("html")).to_have_attribute("lang", tag)
        connected(counter)
        for code, scan in codes(shop, number).items():
            shown = counter.locator(f"#alerts .code:text-is('{code}')")

            def seen(scan: Callable[[], object] = scan, code: str = code) -> bool:
                # Repeated, for the same thing counts again only when the scanner has rested.
                scan()
                with contextlib.suppress(AssertionError):
                    expect(counter.locator("#alerts .code")).to_have_text(code, timeout=1_000)
                    return True
                return False

            until(seen, f"{code} in {language}")
            headline = counter.locator("#alerts strong").inner_text()
            assert headline not in GENERAL
            assert shown.count() == 1
            said.setdefault(code, set()).add(headline)
    assert {code: len(words) for code, words in said.items()} == dict.fromkeys(said, len(LANGUAGES)), said
    assert book(shop) == before


def test_full_width_digits_typed_at_the_counter_find_the_member(shop: OpenShop, counter: Page) -> None:
    before = book(shop)
    for typed in ("１３８００１３８００１", "+86 138-0013-8001", "０２０１０５６７７９"):
        counter.locator("#text").fill(typed)
        expect(counter.get_by_role("option")).to_have_count(1)
        counter.locator("#text").press("Enter")
        expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
        counter.keyboard.press("Escape")
        expect(counter.locator("[data-step=search]")).to_be_visible()
    assert book(shop) == before


def test_a_payment_code_is_refused_and_kept_nowhere(shop: OpenShop, kiosk: Page, counter: Page) -> None:
    code = payment_code(99)
    until(lambda: shop.scanner("state")["open"], "the till at the scanner's port")
    shop.scanner("scan", text=code)
    expect(counter.locator("#alerts .code")).to_have_text("payment_code_unexpected")
    counter.locator("#text").fill(code)
    counter.locator("#text").press("Enter")
    expect(counter.locator("#alerts .code")).to_have_text("payment_code_unexpected")
    counter.locator("#text").fill("")
    address = shop.facts["kiosk"].removesuffix("/kiosk")
    system = Pages(address)
    kept = {
        "kiosk": kiosk.content(),
        "counter": counter.content(),
        "health": system.get("/healthz").text,
        "metrics": system.get("/metrics").text,
        "slips": json.dumps(shop.slips(), ensure_ascii=False),
        "store": store_text(shop),
        **logs(shop),
    }
    assert "13800138001" in kept["store"], "the store was read"
    assert [name for name, text in kept.items() if code in text] == []


def store_text(shop: OpenShop) -> str:
    """Return everything in the store, decrypted, receipts' bytes included."""
    data = pathlib.Path(shop.facts["data"])
    database = Database(data / "till" / "store.db", (data / "till.key").read_bytes())
    tables = [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [row for table in tables for row in database.rows(f"SELECT * FROM {table}")]  # noqa: S608 - a table of the store
    database.close()
    return "\n".join(cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for row in rows for cell in row)


def logs(shop: OpenShop) -> dict[str, str]:
    """Return the till's logs by name."""
    found = pathlib.Path(shop.facts["data"], "log").glob("till*")
    return {path.name: path.read_text("utf-8", "replace") for path in found}


class KioskOnly:
    """A till whose two readers and scanner all stand at the kiosk, watched over its live stream."""

    def __init__(self, till: Serving, facts: dict[str, object]) -> None:
        """Take the running till and the simulators' facts."""
        control, readers = facts["control"], facts["readers"]
        assert isinstance(control, dict)
        assert isinstance(readers, dict)
        self.pages = Pages(till.address)
        self.till = till
        self.names: list[str] = list(readers.values())
        self.readers = ControlClient(control["pcsc"])
        self.scanner = ControlClient(control["scanner"])

    def expect(self, live: Live, code: str, tag: str) -> str:
        """Return the fragment of the error screen `code` once it is shown."""
        message = live.until(lambda shown: shown["state"] == "error", code)
        assert message["tag"] == tag
        assert f'<p class="code">{code}</p>' in message["html"]
        headline = re.sub(r"<[^>]+>", "", re.findall(r"<h1[^>]*>(.*?)</h1>", message["html"], re.DOTALL)[0]).strip()
        assert headline not in GENERAL
        return headline


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskOnly]:
    """Give a till with two readers and a scanner at the kiosk."""
    home = Home(tmp_path_factory.mktemp("kiosk"))
    with only_simulators(home.folder / "sim") as facts:
        names = list(facts["readers"].values())
        readers = "".join(
            f'[[pcsc_readers]]\nid = "reader-{at}"\nmatch = "{name.rsplit(" ", 2)[0]}"\nplace = "kiosk"\n'
            for at, name in enumerate(names)
        )
        scanner = f'[[serial_scanners]]\nid = "scanner"\nport = "{facts["scanner"]}"\nplace = "kiosk"\n'
        home.config.write_text(f'[till]\ndata_dir = "data"\nlisten = "127.0.0.1:0"\n{readers}{scanner}')
        brought = home.run("import", "members", home.file("twins.csv", TWINS + "T3,王雨桐,13800138001,0BE2FB0B\n"))
        assert brought.exit_code == 0, brought
        till = home.serve({"PCSCLITE_CSOCK_NAME": facts["pcsc_socket"]})
        kiosk = KioskOnly(till, facts)
        until(lambda: kiosk.scanner("state")["open"], "the till at the scanner's port")
        until(lambda: kiosk.pages.health()["devices"].get("reader-1", {}).get("state") == "ready", "the readers")
        yield kiosk
        kiosk.readers.close()
        kiosk.scanner.close()
        assert till.end() == 0


def test_two_cards_at_once_are_explained_in_three_languages(alone: KioskOnly) -> None:
    before, said = alone.pages.health()["book_entries"], set()
    live = alone.pages.live("/kiosk/live")
    for language, tag in LANGUAGES.items():
        live.until(lambda shown: shown["state"] == "idle", "an idle kiosk")
        assert alone.pages.post("/kiosk/language", language=language).status == 204
        alone.readers("insert", reader=alone.names[0], card="wang")
        live.until(lambda shown: shown["state"] == "member", "the first card's member")
        alone.readers("insert", reader=alone.names[1], card="li")
        said.add(alone.expect(live, "two_cards", tag))
        for name in alone.names:
            alone.readers("remove", reader=name)
        assert alone.pages.post("/kiosk/dismiss").status == 204
    live.close()
    assert len(said) == len(LANGUAGES), said
    assert alone.pages.health()["book_entries"] == before


def test_a_code_at_the_kiosk_that_finds_nobody_is_explained_in_three_languages(alone: KioskOnly) -> None:
    before = alone.pages.health()["book_entries"]
    said: dict[str, set[str]] = {}
    live = alone.pages.live("/kiosk/live")
    for number, (language, tag) in enumerate(LANGUAGES.items()):
        texts = {
            "other_shop_code": OTHER_SHOP,
            "payment_code_unexpected": payment_code(number + 50),
            "code_unknown": f"NOBODY-{number}",
            "card_ambiguous": "0300875712",
        }
        for code, text in texts.items():
            live.until(lambda shown: shown["state"] == "idle", "an idle kiosk")
            assert alone.pages.post("/kiosk/language", language=language).status == 204
            alone.scanner("scan", text=text)
            said.setdefault(code, set()).add(alone.expect(live, code, tag))
            assert alone.pages.post("/kiosk/dismiss").status == 204
    live.close()
    assert all(len(words) == len(LANGUAGES) for words in said.values()), said
    assert "13477319" not in live.seen + alone.till.log.read_text()
    assert alone.pages.health()["book_entries"] == before
