/* The member's PIN: typed by the member beside the choice it belongs to, sent once, and kept nowhere. */
import { work } from "./counter_work.js";

export const pinField = () => document.getElementById("member-pin");

const isChosen = () => work.querySelector("input[name=confirmed][value=pin]:checked") !== null;

export function wipePin() {
  if (pinField()) pinField().value = "";
}

// Whoever chooses by a key or a click goes on where the choice leads; with the arrows one is still choosing.
export function goOn(choice) {
  (choice.value === "pin" ? pinField() : choice).focus();
}
work.addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.matches("input[name=confirmed][value=pin]")) goOn(event.target);
});
work.addEventListener("change", (event) => {
  if (event.target.name === "confirmed") wipePin();
});

// Half a PIN is no try: the button says what is missing, and nothing is sent.
document.addEventListener("submit", (event) => {
  if (!pinField() || !event.target.contains(pinField()) || !isChosen() || (pinField().value && pinField().checkValidity())) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pinField().focus();
}, true);

// What is sent is taken by now.
document.body.addEventListener("htmx:beforeSend", (event) => {
  if (pinField() && event.detail.elt.contains(pinField())) wipePin();
});
window.addEventListener("pagehide", wipePin);
