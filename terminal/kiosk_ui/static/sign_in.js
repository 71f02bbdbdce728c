/* The sign-in page: the PIN field keeps the focus; up and down choose the person, digits type the PIN. It asks by itself,
   so that a till that does not answer is said on this page, not by the browser's. */
import { unanswered } from "./counter_kept.js";

(() => {
  document.getElementById("unanswered").hidden = !unanswered();
  const form = document.getElementById("sign-in");
  if (!form) return;
  const ANSWER_MS = 10000;
  const pin = document.getElementById("pin");
  const said = document.getElementById("said");
  const noAnswer = document.getElementById("no-answer");
  const people = [...form.querySelectorAll("input[name=staff]")];
  pin.focus();

  // What was said of one person's PIN says nothing of another's.
  function changed() {
    if (said.dataset.ofPerson !== undefined) said.replaceChildren();
    pin.value = "";
    pin.focus();
  }

  function choose(by) {
    const at = people.findIndex((each) => each.checked);
    people[(at + by + people.length) % people.length].checked = true;
    changed();
  }

  pin.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(-1);
    else if (event.key === "Escape") changed();
    else return;
    event.preventDefault();
  });

  for (const person of people) person.addEventListener("change", changed);

  form.addEventListener("click", (event) => {
    const key = event.target.closest(".key");
    if (!key || key.classList.contains("confirm")) return;
    if (key.dataset.digit !== undefined) pin.value = (pin.value + key.dataset.digit).slice(0, pin.maxLength);
    else pin.value = key.dataset.erase !== undefined ? pin.value.slice(0, -1) : "";
    pin.focus();
  });

  function rest(on) {
    for (const button of form.querySelectorAll("button")) button.disabled = on;
  }

  function show(page) {
    const theirs = page.getElementById("said");
    said.replaceChildren(...(theirs ? theirs.childNodes : [noAnswer.content.cloneNode(true)]));
    delete said.dataset.ofPerson;
    if (theirs && theirs.dataset.ofPerson !== undefined) said.dataset.ofPerson = "";
  }

  let asking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    const body = new URLSearchParams(new FormData(form));
    rest(true);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.type === "opaqueredirect") {
        location.assign("/cashier");
        return;
      }
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      pin.value = "";
    } catch {
      said.replaceChildren(noAnswer.content.cloneNode(true));
      delete said.dataset.ofPerson;
    }
    asking = false;
    rest(false);
    pin.focus();
  });
  // A page that comes back from the browser's memory must not stay disabled or keep a PIN.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
