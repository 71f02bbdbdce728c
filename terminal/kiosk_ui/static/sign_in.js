/* The sign-in page: the PIN field keeps the focus; up and down choose the person, digits type the PIN. */
(() => {
  "use strict";
  const form = document.getElementById("sign-in");
  if (!form) return;
  const pin = document.getElementById("pin");
  const people = [...form.querySelectorAll("input[name=staff]")];
  pin.focus();

  function choose(by) {
    const at = people.findIndex((each) => each.checked);
    people[(at + by + people.length) % people.length].checked = true;
    pin.focus();
  }

  pin.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(-1);
    else if (event.key === "Escape") pin.value = "";
    else return;
    event.preventDefault();
  });

  for (const person of people) person.addEventListener("click", () => pin.focus());

  form.addEventListener("click", (event) => {
    const key = event.target.closest(".key");
    if (!key || key.classList.contains("confirm")) return;
    if (key.dataset.digit !== undefined) pin.value = (pin.value + key.dataset.digit).slice(0, pin.maxLength);
    else pin.value = key.dataset.erase !== undefined ? pin.value.slice(0, -1) : "";
    pin.focus();
  });

  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
  // A page that comes back from the browser's memory must not stay disabled or keep a PIN.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
