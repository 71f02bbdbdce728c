/* The counter's live notices: who was tapped or scanned, the banners, and whether the till still answers. */

import { unanswered } from "./counter_kept.js";
import { askAgain } from "./counter_outcome.js";
import { alerts, askAnew, banners, clearFinder, keepFocus, keepInSight, load, loadRecent, open, renewMember, step, stepName } from "./counter_work.js";

const RETRY_MS = 1000;
const LOST_AFTER_MS = 2500;
const SILENT_AFTER_MS = 25000;

const lost = document.getElementById("lost");

let tapped = null;
let alerted = "";
let sequence = null;
let slips = null;
let stream = null;
let lostTimer = null;
let heardAt = performance.now();

function heard() {
  heardAt = performance.now();
  clearTimeout(lostTimer);
  lostTimer = null;
  lost.hidden = true;
  askAgain();
}

function lose() {
  if (lostTimer === null) lostTimer = setTimeout(() => { lost.hidden = false; }, LOST_AFTER_MS);
}

const busyWith = () => {
  if (unanswered()) return unanswered().account;
  if (stepName() === "preview") return step().dataset.account;
  const amount = document.getElementById("amount");
  return stepName() === "amount" && amount.value.trim() !== "" ? step().dataset.account : "";
};

function show(message) {
  if (banners.innerHTML.trim() !== message.banners.trim()) {
    banners.innerHTML = message.banners;
    htmx.process(banners);
    keepFocus();
    keepInSight();
  }
  document.body.dataset.version = String(message.version);
  loadRecent();
  // What was booked elsewhere, by a command or at another page, may be this member's.
  if (slips !== null && message.slips !== slips) renewMember();
  slips = message.slips;
  const first = sequence === null || message.sequence < sequence;
  const moved = !first && message.sequence > sequence;
  sequence = message.sequence;
  // What the till takes back is taken away, unless something else has been said in its place.
  if (!message.alert && alerted && alerts.innerHTML === alerted) alerts.replaceChildren();
  if (!message.alert) alerted = "";
  if (!moved) return;
  if (message.alert) {
    warn(message);
  } else if (message.several) interrupt(message.other, () => listSeveral());
  else if (message.found) tap(message);
}

// A tap or scan that failed is not about the member whose page is open: it says so, and whose page that is.
function warn(message) {
  const name = step() && step().dataset.name;
  alerts.innerHTML = name ? message.alert_open : message.alert;
  const whose = alerts.querySelector("[data-whose]");
  if (whose) whose.textContent = name;
  alerted = alerts.innerHTML;
  keepInSight();
}

// A step with money is never taken away by a tap or a scan: it only says so, and offers to go there.
function interrupt(words, go) {
  if (!busyWith()) {
    go();
    return;
  }
  tapped = go;
  alerts.innerHTML = words;
  keepInSight();
}

function listSeveral() {
  clearFinder();
  load("/cashier/several");
}

function tap(message) {
  const account = message.found;
  if (askAnew(account)) return;
  if (busyWith() === account || (step() && step().dataset.account === account && stepName() !== "done")) return;
  interrupt(message.other, () => open(account, ""));
}

alerts.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-tapped]") && tapped) tapped();
});

export function connect() {
  if (stream) stream.close();
  stream = new EventSource(document.body.dataset.live);
  const mine = stream;
  stream.onmessage = (event) => {
    heard();
    show(JSON.parse(event.data));
  };
  stream.addEventListener("beat", heard);
  stream.addEventListener("signed-out", () => location.assign("/cashier/sign-in"));
  stream.onerror = () => {
    if (mine !== stream) return;
    lose();
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === stream && connect(), RETRY_MS);
  };
}

setInterval(() => {
  if (performance.now() - heardAt <= SILENT_AFTER_MS) return;
  heardAt = performance.now();
  lose();
  connect();
}, 1000);
window.addEventListener("pagehide", () => stream && stream.close());
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
