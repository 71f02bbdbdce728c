/* The technician's page: says what to do while a device is tried, and its keys. */

const alerts = document.getElementById("alerts");
const buttons = () => [...document.querySelectorAll("main button, main a.button")];
const done = (event) => event.detail.xhr.status >= 200 && event.detail.xhr.status < 300;
const resultOf = (form) => document.querySelector(form.getAttribute("hx-target"));

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form")) return;
  alerts.replaceChildren();
  if (form.dataset.waiting !== undefined) resultOf(form).textContent = form.dataset.waiting;
});

// The states are asked for by themselves: their answer shows that the till is back.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (done(event) && alerts.querySelector("[data-lost]")) alerts.replaceChildren();
});

// What was refused is said above; "hold a card to it" beside it would be untrue.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (form.matches("form") && form.dataset.waiting !== undefined && !done(event)) resultOf(form).replaceChildren();
});

// Another device's test was in the way: it is over now.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const busy = alerts.querySelector(".code")?.textContent === "device_test_busy";
  if (busy && event.detail.elt.dataset.waiting !== undefined && done(event)) alerts.replaceChildren();
});

// What a card told, and the button that writes it, are at the page's end.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "order") event.detail.target.scrollIntoView({ block: "nearest" });
});

// A path or address that is typed is the one that is meant.
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-types]")) document.querySelector("[data-typed]").checked = true;
});

// What is wrong is marked and reached; it is right again as soon as it is typed anew.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const wrong = event.detail.target.querySelector("[data-field]");
  const field = wrong && document.getElementById(wrong.dataset.field);
  if (!field) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
});

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, () => {
    alerts.replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  });
}

document.addEventListener("keydown", (event) => {
  // In a field the arrows are the field's own.
  const step = event.target.matches("input, select") ? 0 : { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    document.querySelector("[data-back]").click();
  } else if (step) {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    if (next) next.focus();
  } else {
    return;
  }
  event.preventDefault();
});
