/* Forms that lead to another page (language, signing out), or to the one `data-leaves` names: the till is asked from here first, so that one that does not
   answer is said on this page, not by the browser's. */
const ANSWER_MS = 10000;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.leaves === undefined) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter && event.submitter.name) body.set(event.submitter.name, event.submitter.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.type === "opaqueredirect") {
      location.assign(form.dataset.leaves || "/cashier");
      return;
    }
  } catch {
    // Said below, as is an answer that leads nowhere.
  }
  const said = document.getElementById("said") || document.getElementById("alerts");
  delete said.dataset.ofPerson;
  said.replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
});
