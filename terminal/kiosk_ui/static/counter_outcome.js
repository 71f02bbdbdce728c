/* A bill that was confirmed: from the press until its answer nothing else takes its place. When the answer is lost the
   page asks the till what became of it, by the same action id, until it knows: done, or not booked and offered again. */
import { forget, keep, unanswered } from "./counter_kept.js";
import { alerts, say, settle, stepName, work } from "./counter_work.js";

const ANSWERED = [200, 403, 422]; // anything else is no word of the till's on whether it booked

const settles = (element) => element.closest("[data-books], [data-settles]") !== null;

// Says what has to be done first, beside whoever tapped meanwhile; returns that the key was used up.
export function settleFirst() {
  const line = work.querySelector("[data-first]");
  if (line) line.hidden = false;
  else if (!alerts.querySelector("[data-open-tapped]")) say("answer-first");
  return true;
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (form.dataset.books === undefined) return;
  const fields = new FormData(form);
  keep({ action_id: fields.get("action_id"), account: form.dataset.account, action: form.dataset.books, amount_fen: fields.get("amount_fen") });
});

document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  // Whoever is led to the sign-in is asked for afterwards: the bill stays kept.
  if (!settles(elt) || xhr.getResponseHeader("HX-Redirect")) return;
  if (!ANSWERED.includes(xhr.status)) {
    event.preventDefault();
    showUnanswered();
  } else if (xhr.status !== 200 && elt.dataset.books !== undefined && !elt.closest("[data-unsettled]")) forget();
});

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, (event) => {
    if (settles(event.detail.elt)) showUnanswered();
  });
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === work && unanswered() && !work.querySelector("[data-unsettled]")) forget();
});

/* Nothing else comes into the work area meanwhile: neither what is asked for now, nor what was asked for before. */

document.body.addEventListener("htmx:confirm", (event) => {
  if (!unanswered() || event.detail.target !== work || settles(event.detail.elt)) return;
  event.preventDefault();
  settleFirst();
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, target } = event.detail;
  if (unanswered() && target === work && !settles(requestConfig.elt)) event.detail.shouldSwap = false;
});
document.addEventListener("click", (event) => {
  if (!unanswered() || !event.target.closest("a[href]")) return;
  event.preventDefault();
  settleFirst();
}, true);

/* The question. */

const yuan = (fen) => "¥" + (Number(fen) / 100).toLocaleString("en", { minimumFractionDigits: 2 });

function showUnanswered() {
  const bill = unanswered();
  if (!bill) return;
  if (stepName() === "unanswered") {
    work.querySelector("[data-still]").hidden = false;
    return;
  }
  const shown = document.getElementById("unanswered").content.cloneNode(true);
  for (const [name, value] of Object.entries(bill)) shown.querySelector(`input[name=${name}]`).value = value;
  for (const each of shown.querySelectorAll("[data-action]")) if (each.dataset.action !== bill.action) each.remove();
  shown.querySelector("[data-amount]").textContent = yuan(bill.amount_fen);
  if (!alerts.querySelector("[data-open-tapped]")) alerts.replaceChildren();
  work.replaceChildren(shown);
  htmx.process(work);
  settle();
  askAgain();
}

// Asks unless the question is on its way; whoever hears the till again calls this too.
export function askAgain() {
  const button = work.querySelector("[data-ask] button");
  if (button && !button.disabled) button.click();
}

export function restore() {
  if (!unanswered()) return;
  // htmx knows its settings only once the page is read.
  if (document.readyState === "complete") showUnanswered();
  else document.addEventListener("DOMContentLoaded", showUnanswered);
}
