/* The counter's keys, and what tells a scanner that types from a person. */

import { settleFirst } from "./counter_outcome.js";
import { goOn, pinField, wipePin } from "./counter_pin.js";
import { alerts, clearFinder, focusRecent, load, open, openWhenFound, select, selected, settleOrSearch, say, stepName, text, work } from "./counter_work.js";

const FAST_KEY_MS = 30; // nobody types this fast: keys in such a row come from a keyboard-type scanner
const FAST_KEYS = 4;
const LONE_KEY_MS = 500; // 1, 2 or 3 chooses only when no other character comes this close to it
const STRAY_MS = 1500; // after characters that mean nothing in a step with money, nothing is chosen or confirmed

const LEADING_AWAY = ["Escape", "F2", "F3", "F4", "F9", "F10", "Alt+1", "Alt+2"];

const ACTION_OF_KEY = { F2: "top_up", "Alt+1": "top_up", F3: "charge", "Alt+2": "charge" };

let lastKeyAt = 0;
let fastKeys = 0;
let lastCharacterAt = -Infinity;
let strayTimer = null;

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === work) fastKeys = 0;
});

const typing = (element) => element instanceof HTMLInputElement && element.type !== "radio";
const combo = (event) => (event.altKey ? "Alt+" : "") + event.key;

function bound(name) {
  for (const each of document.querySelectorAll("[data-keys]")) {
    if (!each.disabled && each.dataset.keys.split(" ").includes(name)) return each;
  }
  return null;
}

function fromScanner(event) {
  fastKeys = event.timeStamp - lastKeyAt < FAST_KEY_MS ? fastKeys + 1 : 0;
  lastKeyAt = event.timeStamp;
  return fastKeys >= FAST_KEYS;
}

export const isCharacter = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

/* Characters in a step that confirms money come from a scanner or a finger on the wrong step, and a scanned number may
   hold a 1 or a 2. Only a lone 1, 2 or 3 chooses; anything else takes the choice back, and the Enter behind it is dropped.
   Returns whether the key was used up. */
function onConfirmKey(event) {
  const stray = strayTimer !== null;
  if (event.key === "Enter" && stray) return ignoreKeys();
  if (!isCharacter(event)) return false;
  const close = stray || event.timeStamp - lastCharacterAt < LONE_KEY_MS;
  lastCharacterAt = event.timeStamp;
  const choice = work.querySelector("[data-alone]") && bound(event.key);
  if (event.repeat) return true;
  if (event.key === " " && !close) return false;
  if (!choice || close) return ignoreKeys();
  choice.click();
  goOn(choice);
  return true;
}

function ignoreKeys() {
  clearTimeout(strayTimer);
  work.dataset.stray = "";
  strayTimer = setTimeout(() => {
    strayTimer = null;
    delete work.dataset.stray;
  }, STRAY_MS);
  for (const each of work.querySelectorAll("[data-alone] input:checked")) each.checked = false;
  wipePin();
  const wanted = work.querySelector("[data-focus]");
  if (wanted) wanted.focus();
  say("keys-ignored");
  return true;
}

work.addEventListener("change", (event) => {
  if (event.target.name === "confirmed" && !alerts.querySelector("[data-open-tapped]")) alerts.replaceChildren();
});

function onResultsKey(event) {
  const hit = selected();
  if (event.key === "ArrowDown") select(1);
  else if (event.key === "ArrowUp") select(-1);
  else if (hit && ACTION_OF_KEY[combo(event)]) open(hit.dataset.account, ACTION_OF_KEY[combo(event)]);
  else return false;
  return true;
}

function onRecentKey(event) {
  const buttons = [...document.querySelectorAll("[data-reprint]")];
  const at = buttons.indexOf(document.activeElement);
  if (at < 0) return false;
  if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)].focus();
  else if (event.key === "ArrowUp") buttons[Math.max(at - 1, 0)].focus();
  else if (event.key === "Escape") settleOrSearch();
  else return false;
  return true;
}

// Returns whether the key was used up.
function onKey(event) {
  const active = document.activeElement;
  const name = combo(event);
  if (stepName() === "preview" && !typing(active) && onConfirmKey(event)) return true;
  if (onRecentKey(event)) return true;
  if (stepName() === "unanswered" && LEADING_AWAY.includes(name)) return settleFirst();
  if (ACTION_OF_KEY[name] && active === text && openWhenFound(ACTION_OF_KEY[name])) return true;
  if (stepName() === "results" && onResultsKey(event)) return true;
  if (event.key === "F6") {
    focusRecent();
    return true;
  }
  if (event.key === "Enter" && active.matches("a, button, input")) return false; // the browser's own
  const plain = isCharacter(event);
  if (plain && typing(active)) return false;
  const button = bound(name);
  if (button) {
    if (button.dataset.clear !== undefined) clearFinder();
    // A banner's key answers the banner and leaves the work where it is; an open question keeps the focus.
    if (work.contains(button) && !work.querySelector("[data-alone]:not(:has(:checked))")) button.focus();
    button.click();
    return true;
  }
  if (name === "F9" && document.getElementById("managers-only")) {
    say("managers-only");
    return true;
  }
  if (event.key === "Escape") {
    clearFinder();
    load("/cashier/search");
    return true;
  }
  // Anywhere but inside a step with money, typing starts the next search at once.
  if (plain && event.key !== " " && ["search", "results", "member", "done"].includes(stepName())) text.focus();
  return false;
}

document.addEventListener("keydown", (event) => {
  const scanner = fromScanner(event);
  if (event.isComposing) return;
  if (scanner && event.key === "Enter" && !typing(document.activeElement)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  // What a scanner types into the field for the PIN is no try of the member's.
  if (scanner && event.key === "Enter" && pinField() && document.activeElement === pinField()) {
    event.preventDefault();
    event.stopPropagation();
    ignoreKeys();
    return;
  }
  if (onKey(event)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);
