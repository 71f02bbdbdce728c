# ruff: noqa: E501 - the measuring script reads better in whole lines
"""What a screen is measured by in the browser: fit, distances, sizes of targets and type, and axe's verdict."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SIZES = ((1024, 600), (1280, 800), (800, 1280))

# Everything is measured in one call: the matrix has some hundred and fifty screens.
_MEASURE = """() => {
  const faults = [];
  const width = innerWidth, height = innerHeight, portrait = height > width;
  const name = (e) => e.tagName.toLowerCase() + "." + (e.className.baseVal ?? e.className) + " «" + e.textContent.trim().slice(0, 30) + "»";
  const seen = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
  const root = [...document.querySelectorAll(".holder")].find((e) => !e.hidden).firstElementChild;
  const all = (selector) => [...root.querySelectorAll(selector)].filter(seen);
  const screen = document.scrollingElement;
  if (screen.scrollWidth > width || screen.scrollHeight > height) faults.push("the page scrolls");
  for (const e of all("h1, h2, p, dt, dd, li, button, .card, .card-plum, .circle, .money, .phrase, .badge")) {
    const b = e.getBoundingClientRect();
    if (b.left < -0.5 || b.top < -0.5 || b.right > width + 0.5 || b.bottom > height + 0.5) faults.push("leaves the screen: " + name(e));
  }
  // The plum card clips its botanical line on purpose, and a serif glyph is taller than its line.
  for (const e of all("button, .card, .advice, .badge, .warning, .pass-list, .member, .middle, .headline, .card-head, .card-balance")) {
    const wide = e.scrollWidth > e.clientWidth + 1, high = e.scrollHeight > e.clientHeight + 4 && !e.matches(".headline, .card-balance");
    if (wide || high) faults.push("overflows: " + name(e) + " " + [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight]);
  }
  const apart = (list) => list.forEach((one, at) => list.slice(at + 1).forEach((other) => {
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) faults.push("overlap: " + name(one) + " / " + name(other));
  }));
  apart(all(".circle, .message > *, .bottom > *, .top > *"));
  apart(all(".card-plum, .member-side > *, .actions > *"));
  apart(all(".card-head, .card-balance, .card-foot"));
  apart(all(".brand > *, .clock, .warning, .badge.lost"));
  for (const e of all(".greeting .phrase")) {
    const lines = new Set([...e.getClientRects()].map((b) => Math.round(b.top))).size;
    if (lines > 1 || e.getBoundingClientRect().height > 1.6 * parseFloat(getComputedStyle(e).fontSize)) faults.push("broken over lines: " + name(e));
  }
  for (const e of all(".actions")) {
    const last = e.lastElementChild.getBoundingClientRect(), panel = e.parentElement.getBoundingClientRect();
    if (Math.abs(last.right - panel.right) > 1) faults.push("short of the panel above: " + name(e.lastElementChild));
  }
  const buttons = all("button");
  for (const e of buttons) {
    const b = e.getBoundingClientRect(), least = e.classList.contains("button") ? 72 : 60;
    if (b.width < least || b.height < least) faults.push("target too small: " + name(e) + " " + b.width + "x" + b.height);
    if (b.top < 80) faults.push("target in the top 80 px: " + name(e));
    if (portrait && b.top < height * 0.45) faults.push("target out of reach: " + name(e));
  }
  buttons.forEach((one, at) => buttons.slice(at + 1).forEach((other) => {
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    const gap = Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
    if (gap < 15.5) faults.push("targets too close: " + name(one) + " / " + name(other) + " " + gap);
  }));
  for (const e of all("*")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (own && parseFloat(getComputedStyle(e).fontSize) < 16) faults.push("type below 16 px: " + name(e));
  }
  return faults;
}"""

_AXE = "() => axe.run(document, {resultTypes: ['violations'], elementRef: false})"

STANDS_STILL = """() => Promise.all(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished.catch(() => null)))"""


def layout_faults(page: Page) -> list[str]:
    """Return what is wrong with the kiosk screen shown now, a sentence each."""
    faults: list[str] = page.evaluate(_MEASURE)
    return faults


def load_axe(page: Page) -> None:
    """Put axe into the page, once per load."""
    page.evaluate(Axe().axe_script)


def axe_faults(page: Page) -> list[str]:
    """Return axe's violations, a line each, once the page stands still: what fades in is paler until then."""
    page.evaluate(STANDS_STILL)
    result: dict[str, Any] = page.evaluate(_AXE)
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in result["violations"]]
