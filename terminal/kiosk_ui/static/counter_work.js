/* The counter's work area: its steps, where the focus goes, and the list of hits. htmx swaps the steps in and out. */
import { unanswered } from "./counter_kept.js";

export const work = document.getElementById("work");
export const alerts = document.getElementById("alerts");
export const banners = document.getElementById("banners");
export const text = document.getElementById("text");
const recent = document.getElementById("recent");
const finder = document.getElementById("finder");

let searchEnded = false;

// A request that gets no answer is told by htmx's events, which the page listens to; its promise is nobody's.
export const ask = (verb, path, how) => htmx.ajax(verb, path, how).catch(() => undefined);

export const step = () => work.querySelector("[data-step]");
export const stepName = () => (step() ? step().dataset.step : "");

// Says one of the page's own sentences; they are in the page, because the till may not be there to be asked.
export function say(sentence) {
  alerts.replaceChildren(document.getElementById(sentence).content.cloneNode(true));
}

export function settle() {
  const wanted = work.querySelector("[data-focus]");
  if (wanted) {
    wanted.focus();
    if (wanted.select && wanted.type !== "radio") wanted.select();
  } else if (["search", "results"].includes(stepName())) text.focus();
  keepInSight();
  markSelected();
}

// With several banners the step may reach below the window: the buttons that end it must be seen.
export function keepInSight() {
  const form = work.querySelector("[data-confirm]");
  if (form) form.scrollIntoView({ block: "nearest" });
}

export const clearFinder = () => {
  text.value = "";
};

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === recent) {
    keepRecentFocus();
    markUndone();
  }
  if (event.detail.target.matches("[data-step=member]")) keepFocus();
  if (event.detail.target === banners) keepFocus();
  if (event.detail.target === alerts) keepInSight();
  if (event.detail.target !== work) return;
  const asked = event.detail.requestConfig.parameters;
  listedFor = String((asked && asked.text) || "").trim();
  // Who tapped while a bill had no answer is offered once it has one.
  if (!(unanswered() && alerts.querySelector("[data-open-tapped]"))) alerts.replaceChildren();
  if (!["results", "search"].includes(stepName())) clearFinder();
  if (stepName() === "done") loadRecent();
  settle();
  openFound();
});

// What is renewed under the focus must not leave the arrows and Enter without an element to go to.
export function keepFocus() {
  if (document.activeElement === document.body) settleOrSearch();
}

// The list of receipts is renewed by itself: the focus stays with its receipt, wherever that is now.
let receiptInFocus = "";
document.addEventListener("focusin", (event) => {
  receiptInFocus = event.target.dataset.reprint || "";
});
document.addEventListener("pointerdown", () => {
  receiptInFocus = "";
});
function keepRecentFocus() {
  if (!receiptInFocus || document.activeElement !== document.body) return;
  const all = [...recent.querySelectorAll("[data-reprint]")];
  const same = all.find((each) => each.dataset.reprint === receiptInFocus) || all[0];
  if (same) same.focus();
  else settleOrSearch();
}

export function settleOrSearch() {
  settle();
  if (document.activeElement === document.body || document.activeElement.dataset.reprint !== undefined) text.focus();
}

export function focusRecent() {
  const first = document.querySelector("[data-reprint]");
  if (first) first.focus();
}

/* A pressed button rests until its answer; the finder stays usable while it searches. */
const pressed = new WeakMap();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const source = event.detail.elt;
  if (source === finder || source === text) return;
  const buttons = source.matches("form") ? [...source.querySelectorAll("button")] : source.matches("button") ? [source] : [];
  pressed.set(event.detail.xhr, { buttons, focused: document.activeElement });
  for (const button of buttons) button.disabled = true;
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const held = pressed.get(event.detail.xhr);
  if (!held) return;
  for (const button of held.buttons) button.disabled = false;
  if (document.activeElement === document.body && held.focused && held.focused.isConnected) held.focused.focus();
});
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, (event) => {
    // A bill that was confirmed is another matter: counter_outcome.js.
    if (!event.detail.elt.closest("[data-books], [data-settles]")) say("no-answer");
  });
}

// A step's form goes through htmx or not at all: sent by the browser itself it would leave this page.
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("hx-post")) event.preventDefault();
});

/* The list of hits. */

const hits = () => [...work.querySelectorAll(".hit")];
export const selected = () => work.querySelector(".hit[aria-selected=true]");

function markSelected() {
  const hit = selected();
  if (hit) text.setAttribute("aria-activedescendant", hit.id);
  else text.removeAttribute("aria-activedescendant");
}

export function select(by) {
  const all = hits();
  const at = all.indexOf(selected());
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  for (const each of all) each.setAttribute("aria-selected", String(each === next));
  if (next) next.scrollIntoView({ block: "nearest" });
  markSelected();
}

// A search that was still waiting for a pause in the typing, or for its answer, must not replace what is opened now.
function endSearch() {
  searchEnded = true;
  for (const each of [text, finder]) htmx.trigger(each, "htmx:abort");
}
text.addEventListener("input", () => {
  searchEnded = false;
  afterSearch = null;
});
document.body.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt === text && searchEnded) event.preventDefault();
  if (event.detail.elt === finder) searchEnded = true;
});

export function load(path) {
  endSearch();
  ask("GET", path, { source: work, target: work, swap: "innerHTML" });
}

// The card of whoever is to be charged may be all that the charge still needs: it is asked again what that is. Returns
// whether it was asked; not where the cashier has answered already, nor of a bill whose answer was lost.
export function askAnew(account) {
  const asking = work.querySelector(`[data-asks][data-account="${account}"]:not([data-unsettled]):not(:has(:checked))`);
  if (!asking || unanswered()) return false;
  const values = { amount: (Number(asking.dataset.asks) / 100).toFixed(2) };
  ask("POST", `/cashier/members/${account}/charge/preview`, { source: work, target: work, swap: "innerHTML", values });
  return true;
}

export const loadRecent = () => ask("GET", "/cashier/recent", { source: recent, target: recent, swap: "innerHTML" });

// The member's figures as they are now; what is said above them, and the focus, stay.
export function renewMember() {
  const shown = work.querySelector("[data-step=member]");
  if (shown) ask("GET", "/cashier/members/" + encodeURIComponent(shown.dataset.account), { source: shown, target: shown, swap: "outerHTML" });
}

// A bill that was just done and is undone by now says so, like its line in the list.
function markUndone() {
  const bill = work.querySelector("[data-bill]");
  const undone = bill && recent.querySelector(`[data-undone="${bill.dataset.bill}"]`);
  if (bill) bill.textContent = undone ? undone.textContent : "";
}

export const open = (account, action) => load("/cashier/members/" + encodeURIComponent(account) + (action ? "/" + action : ""));

work.addEventListener("click", (event) => {
  const hit = event.target.closest(".hit");
  if (hit) open(hit.dataset.account, "");
});

// The list answers the text in the field only once the search for exactly this text is back.
let listedFor = "";
const listIsCurrent = () => stepName() === "results" && listedFor === text.value.trim();

/* F2 or F3 pressed behind a typed search is kept until the search for exactly this text is back: it opens the only member
   found. Among several the cashier chooses first. */
let afterSearch = null;

// Returns whether the key was kept: not where the list of what is typed is shown already.
export function openWhenFound(action) {
  const typed = text.value.trim();
  if (typed === "" || listIsCurrent()) return false;
  afterSearch = { typed, action };
  return true;
}

function openFound() {
  if (!afterSearch) return;
  const { typed, action } = afterSearch;
  afterSearch = null;
  if (listedFor !== typed) return;
  const found = stepName() === "member" ? [step()] : hits();
  if (found.length === 1) open(found[0].dataset.account, action);
  else if (found.length > 1) say("choose-first");
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.body.addEventListener(failure, (event) => {
    if ([text, finder].includes(event.detail.elt)) afterSearch = null;
  });
}

finder.addEventListener("submit", (event) => {
  const hit = selected();
  // A list of which nobody is chosen yet stays as it is: Enter opens nobody by chance.
  if (!listIsCurrent() || hits().length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (hit) open(hit.dataset.account, "");
}, true);
