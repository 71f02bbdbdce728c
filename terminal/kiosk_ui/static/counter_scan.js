/* A scanner that types into the amount field, or while a charge waits to be confirmed: what it typed is a code, never an
   amount or an answer. It goes the way of a code from a scanner of the till's own, and the live notices say what came of
   it. */
import { isCharacter } from "./counter_keys.js";
import { ask, stepName, work } from "./counter_work.js";

const BURST_KEYS = 10; // the shortest code; no amount is so long
const BURST_GAP_MS = 35; // the median between two keys: scanners type a key in 1 to 20 ms, nobody in less than 60
const MEMBER_QR = /^CFQ1[A-Z2-7]{154}$/;
const PAUSE_MS = 100; // after a longer pause another run of keys begins

let run = null;

function follow(event) {
  const asked = event.target.id !== "amount" && stepName() === "preview";
  if (event.target.id !== "amount" && !asked) run = null;
  else if (asked && event.key === "Enter") sendQr();
  else if (isCharacter(event) && !event.repeat) {
    const field = event.target;
    const gap = run && run.field === field ? event.timeStamp - run.lastAt : Infinity;
    if (gap > PAUSE_MS) run = { field, before: field.value, text: "", gaps: [], lastAt: 0 };
    else run.gaps.push(gap);
    run.text += event.key;
    run.lastAt = event.timeStamp;
  } else if (!["Enter", "Shift", "CapsLock"].includes(event.key)) run = null; // the field was edited by hand
}

function isBurst() {
  if (!run || !run.field.isConnected || run.text.length < BURST_KEYS) return false;
  const gaps = [...run.gaps].sort((one, other) => one - other);
  return gaps[Math.floor(gaps.length / 2)] < BURST_GAP_MS;
}

// What else is typed there answers nothing, as anywhere: counter_keys.js.
function sendQr() {
  if (isBurst() && MEMBER_QR.test(run.text)) send(run.text);
  run = null;
}

const send = (code) => ask("POST", "/cashier/scan", { source: work, swap: "none", values: { text: code } });

document.addEventListener("keydown", follow, true);

// Whatever sends the amount, a key or a click: before htmx hears of it, a code is taken out of the field again.
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".amount-form") || !isBurst()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { field, before, text } = run;
  run = null;
  field.value = before;
  send(text);
}, true);
