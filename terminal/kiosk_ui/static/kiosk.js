/* The customer's screen: swaps in what the till sends, counts down, and asks for what is pressed.
   It decides nothing: every state is the till's; only the loss of the till is shown by the page itself. */
(() => {
  "use strict";
  const LOST_AFTER_MS = 2500; // the off-line stage appears after this long without a link
  const SILENT_AFTER_MS = 25000; // two heartbeats missed: the link died without saying so
  const RETRY_MS = 1000;
  const ANSWER_MS = 8000;
  const NOTICE_MS = 5000;
  const EXTEND_EVERY_MS = 1000;

  const root = document.documentElement;
  const holder = document.getElementById("holder");
  const offline = document.getElementById("offline");
  const notice = document.getElementById("notice");
  const spoken = document.getElementById("spoken");
  const loadedBy = performance.getEntriesByType("navigation")[0];

  let now = { state: "", session: "", language: document.body.dataset.language, version: -1 };
  let endsAt = null;
  let warningMs = 10000;
  let clockBase = null;
  let passPage = 1;
  let heldFocus = "";
  let printAction = { session: "", id: "" };
  let extendedAt = -EXTEND_EVERY_MS;
  let stream = null;
  let lostTimer = null;
  let noticeTimer = null;
  let heardAt = performance.now();
  let pressing = false;
  let heldMessage = null;
  // A reload, or a step back, ends the session of whoever stood here before.
  let endFirst = loadedBy !== undefined && loadedBy.type !== "navigate";

  const newActionId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /* ---- what the till sends ---- */

  function show(message) {
    if (endFirst && message.session) {
      endFirst = false;
      post("finish", { session: message.session });
      return;
    }
    endFirst = false;
    const still = message.state === now.state && message.session === now.session;
    // A button that is replaced between press and release is not clicked: the same screen waits for the finger.
    if (still && pressing) {
      heldMessage = message;
      return;
    }
    heldMessage = null;
    const focused = heldFocus || focusKey(document.activeElement);
    heldFocus = "";
    if (!still) {
      passPage = 1;
      hideNotice();
    }
    holder.innerHTML = message.html;
    holder.firstElementChild.classList.toggle("still", still);
    root.lang = message.tag;
    root.dataset.contrast = message.contrast ? "1" : "0";
    endsAt = message.ends_in_s === null ? null : performance.now() + message.ends_in_s * 1000;
    warningMs = message.warning_s * 1000;
    now = message;
    fitBalance();
    turnPage(0);
    if (focused) {
      const again = [...holder.querySelectorAll("[data-action]")].find((each) => focusKey(each) === focused);
      if (again) again.focus();
    }
    speak();
    setClock(message.local_time);
    tick();
    root.dataset.version = String(message.version);
  }

  // What is announced is what stands on the screen now: another language and a link that is back are news as well,
  // and the same words again are none.
  function speak() {
    const shown = offline.hidden ? holder : offline;
    const words = [...shown.querySelectorAll("[data-spoken]")].map((each) => each.textContent.trim()).join(" ");
    if (spoken.textContent !== words) spoken.textContent = words;
  }

  // What a button is, across two renders of the same screen: a switch keeps its place while its value turns.
  function focusKey(element) {
    const action = element && element.dataset ? element.dataset.action : "";
    return action === "language" || action === "page" ? action + "/" + element.dataset.value : action || "";
  }

  function fitBalance() {
    const balance = holder.querySelector(".balance");
    if (!balance) return;
    balance.classList.remove("long");
    balance.classList.toggle("long", balance.firstElementChild.offsetWidth > balance.clientWidth);
  }

  function setClock(text) {
    const [hours, minutes, seconds] = text.split(":").map(Number);
    clockBase = { atMs: performance.now(), seconds: hours * 3600 + minutes * 60 + seconds };
  }

  function tick() {
    const at = performance.now();
    if (clockBase) {
      const seconds = Math.floor(clockBase.seconds + (at - clockBase.atMs) / 1000) % 86400;
      const text = String(Math.floor(seconds / 3600)).padStart(2, "0") + ":" + String(Math.floor(seconds / 60) % 60).padStart(2, "0");
      for (const each of document.querySelectorAll("[data-clock]")) if (each.textContent !== text) each.textContent = text;
    }
    const leftMs = endsAt === null ? Infinity : endsAt - at;
    const figure = holder.querySelector("[data-countdown]");
    if (figure && endsAt !== null) figure.textContent = String(Math.max(0, Math.ceil(leftMs / 1000)));
    const warning = holder.querySelector("[data-warning]");
    if (warning) warning.hidden = leftMs > warningMs;
    // Without a till nobody would clear a member's data from this page: the page does, when their time is over.
    if (!offline.hidden && now.session && leftMs < 0) {
      holder.replaceChildren();
      now = { ...now, session: "", state: "" };
    }
    if (at - heardAt > SILENT_AFTER_MS) {
      heardAt = at;
      lose();
      connect();
    }
  }

  /* ---- the link ---- */

  function connect() {
    if (stream) stream.close();
    stream = new EventSource("/kiosk/live");
    stream.onmessage = (event) => {
      found();
      show(JSON.parse(event.data));
    };
    stream.addEventListener("beat", (event) => {
      found();
      speak();
      setClock(JSON.parse(event.data).local_time);
    });
    const mine = stream;
    stream.onerror = () => {
      if (mine !== stream) return;
      lose();
      // The browser retries a dropped link by itself, but gives up on an answer such as 503.
      if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === stream && connect(), RETRY_MS);
    };
  }

  function lose() {
    if (lostTimer === null) lostTimer = setTimeout(goOffline, LOST_AFTER_MS);
  }

  function found() {
    heardAt = performance.now();
    clearTimeout(lostTimer);
    lostTimer = null;
    if (!offline.hidden) {
      offline.hidden = true;
      offline.replaceChildren();
      holder.hidden = false;
      root.dataset.link = "up";
    }
  }

  function goOffline() {
    const words = [...document.querySelectorAll("template[data-offline]")];
    const template = words.find((each) => each.dataset.offline === now.language) || words[0];
    offline.replaceChildren(template.content.cloneNode(true));
    holder.hidden = true;
    offline.hidden = false;
    hideNotice();
    root.dataset.link = "lost";
    speak();
  }

  /* ---- what is pressed ---- */

  async function post(action, fields, button) {
    // A disabled button loses the focus: whoever works by keyboard gets it back with the answer.
    const focused = button && document.activeElement === button;
    if (focused) heldFocus = focusKey(button);
    if (button) button.disabled = true;
    try {
      const answer = await fetch("/kiosk/" + action, {
        method: "POST",
        body: new URLSearchParams(fields),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.status === 204) return true;
      const said = await answer.json();
      if (action !== "extend" && action !== "dismiss") tell(said.text);
      return true;
    } catch {
      return false; // no answer: the link's own words appear by themselves; the same id may be sent again
    } finally {
      if (button) button.disabled = false;
      if (focused && button.isConnected) button.focus();
    }
  }

  function tell(text) {
    notice.textContent = text;
    notice.hidden = false;
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(hideNotice, NOTICE_MS);
  }

  function hideNotice() {
    notice.hidden = true;
    notice.textContent = "";
  }

  async function printSlip(button) {
    // One id per wish, chosen before the attempt and kept until it is answered: pressing again prints once.
    if (printAction.session !== now.session) printAction = { session: now.session, id: newActionId() };
    const { session, id } = printAction;
    const answered = await post("print", { session, action_id: id }, button);
    if (answered && printAction.id === id) printAction = { session: "", id: "" };
  }

  function turnPage(by) {
    const pager = holder.querySelector("[data-pager]");
    if (!pager) return;
    const pages = Number(pager.dataset.pages);
    passPage = Math.min(pages, Math.max(1, passPage + by));
    for (const each of holder.querySelectorAll("[data-page-of]")) each.hidden = Number(each.dataset.pageOf) !== passPage;
    pager.querySelector("[data-page]").textContent = String(passPage);
    for (const each of pager.querySelectorAll("[data-action=page]")) {
      each.disabled = Number(each.dataset.value) < 0 ? passPage === 1 : passPage === pages;
    }
  }

  const actions = {
    print: (button) => printSlip(button),
    finish: (button) => post("finish", { session: now.session }, button),
    dismiss: (button) => post("dismiss", {}, button),
    language: (button) => post("language", { language: button.dataset.value }, button),
    contrast: (button) => post("contrast", { on: button.dataset.value }, button),
    page: (button) => turnPage(Number(button.dataset.value)),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button && !button.disabled) actions[button.dataset.action](button);
    else if (!button && offline.hidden && (now.state === "success" || now.state === "error")) post("dismiss", {});
  });

  function touched(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action=finish], [data-action=print]") : null;
    const at = performance.now();
    if (now.state !== "member" || !now.session || button || at - extendedAt < EXTEND_EVERY_MS) return;
    extendedAt = at;
    post("extend", { session: now.session });
  }
  document.addEventListener("pointerdown", touched);

  function released() {
    pressing = false;
    // Behind the click, which comes after the release.
    setTimeout(() => !pressing && heldMessage && show(heldMessage));
  }
  document.addEventListener("pointerdown", () => (pressing = true));
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, released);
  document.addEventListener("keydown", touched);
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  window.addEventListener("resize", fitBalance);
  window.addEventListener("pagehide", () => {
    if (stream) stream.close();
    if (now.session) navigator.sendBeacon("/kiosk/finish", new URLSearchParams({ session: now.session }));
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  setInterval(tick, 250);
  connect();
})();
