/* The counter's page: keys, the live notices, and where the focus goes. htmx swaps the steps in and out. */
(() => {
  "use strict";
  const RETRY_MS = 1000;
  const LOST_AFTER_MS = 2500;
  const SILENT_AFTER_MS = 25000;
  const FAST_KEY_MS = 30; // nobody types this fast: keys in such a row come from a keyboard-type scanner
  const FAST_KEYS = 4;
  const LONE_KEY_MS = 500; // 1 or 2 chooses only when no other character comes this close to it
  const STRAY_MS = 1500; // after characters that mean nothing in a step with money, nothing is chosen or confirmed

  const work = document.getElementById("work");
  const alerts = document.getElementById("alerts");
  const banners = document.getElementById("banners");
  const recent = document.getElementById("recent");
  const finder = document.getElementById("finder");
  const text = document.getElementById("text");
  const lost = document.getElementById("lost");

  let lastKeyAt = 0;
  let fastKeys = 0;
  let lastCharacterAt = -Infinity;
  let strayTimer = null;
  let searchEnded = false;
  let tapped = null;
  let sequence = null;
  let stream = null;
  let lostTimer = null;
  let heardAt = performance.now();

  const step = () => work.querySelector("[data-step]");
  const stepName = () => (step() ? step().dataset.step : "");

  /* ---- focus ---- */

  function settle() {
    fastKeys = 0;
    const wanted = work.querySelector("[data-focus]");
    if (wanted) {
      wanted.focus();
      if (wanted.select && wanted.type !== "radio") wanted.select();
    } else if (["search", "results"].includes(stepName())) text.focus();
    keepInSight();
    markSelected();
  }

  // With several banners the step may reach below the window: the buttons that end it must be seen.
  function keepInSight() {
    const form = work.querySelector("[data-confirm]");
    if (form) form.scrollIntoView({ block: "nearest" });
  }

  const clearFinder = () => {
    text.value = "";
  };

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === recent) keepRecentFocus();
    if (event.detail.target === banners) keepFocus();
    if (event.detail.target !== work) return;
    const asked = event.detail.requestConfig.parameters;
    listedFor = String((asked && asked.text) || "").trim();
    alerts.replaceChildren();
    if (!["results", "search"].includes(stepName())) clearFinder();
    if (stepName() === "done") loadRecent();
    settle();
  });

  // What is renewed under the focus must not leave the arrows and Enter without an element to go to.
  function keepFocus() {
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
    document.body.addEventListener(failure, () => {
      alerts.replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
    });
  }

  // A step's form goes through htmx or not at all: sent by the browser itself it would leave this page.
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("hx-post")) event.preventDefault();
  });

  /* ---- the list of hits ---- */

  const hits = () => [...work.querySelectorAll(".hit")];
  const selected = () => work.querySelector(".hit[aria-selected=true]");

  function markSelected() {
    const hit = selected();
    if (hit) text.setAttribute("aria-activedescendant", hit.id);
    else text.removeAttribute("aria-activedescendant");
  }

  function select(by) {
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
  });
  document.body.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt === text && searchEnded) event.preventDefault();
    if (event.detail.elt === finder) searchEnded = true;
  });

  function load(path) {
    endSearch();
    htmx.ajax("GET", path, { source: work, target: work, swap: "innerHTML" });
  }

  const loadRecent = () => htmx.ajax("GET", "/cashier/recent", { source: recent, target: recent, swap: "innerHTML" });

  const open = (account, action) => load("/cashier/members/" + encodeURIComponent(account) + (action ? "/" + action : ""));

  work.addEventListener("click", (event) => {
    const hit = event.target.closest(".hit");
    if (hit) open(hit.dataset.account, "");
  });

  // The list answers the text in the field only once the search for exactly this text is back.
  let listedFor = "";
  const listIsCurrent = () => stepName() === "results" && listedFor === text.value.trim();

  finder.addEventListener("submit", (event) => {
    const hit = selected();
    // A list of which nobody is chosen yet stays as it is: Enter opens nobody by chance.
    if (!listIsCurrent() || hits().length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (hit) open(hit.dataset.account, "");
  }, true);

  /* ---- keys ---- */

  const typing = (element) => element instanceof HTMLInputElement && element.type !== "radio";
  const combo = (event) => (event.altKey ? "Alt+" : "") + event.key;

  function bound(name) {
    for (const each of document.querySelectorAll("[data-keys]")) {
      if (!each.disabled && each.dataset.keys.split(" ").includes(name)) return each;
    }
    return null;
  }

  function fromScanner(event) {
    fastKeys = event.timeStamp - lastKeyAt < FAST_KEY_MS ? fastKeys + 1 : 0;
    lastKeyAt = event.timeStamp;
    return fastKeys >= FAST_KEYS;
  }

  const isCharacter = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

  /* Characters in a step that confirms money come from a scanner or a finger on the wrong step, and a scanned number may
     hold a 1 or a 2. Only a lone 1 or 2 chooses; anything else takes the choice back, and the Enter behind it is dropped.
     Returns whether the key was used up. */
  function onConfirmKey(event) {
    const stray = strayTimer !== null;
    if (event.key === "Enter" && stray) return ignoreKeys();
    if (!isCharacter(event)) return false;
    const close = stray || event.timeStamp - lastCharacterAt < LONE_KEY_MS;
    lastCharacterAt = event.timeStamp;
    const choice = work.querySelector("[data-alone]") && bound(event.key);
    if (event.repeat) return true;
    if (event.key === " " && !close) return false;
    if (!choice || close) return ignoreKeys();
    choice.click();
    choice.focus();
    return true;
  }

  function ignoreKeys() {
    clearTimeout(strayTimer);
    work.dataset.stray = "";
    strayTimer = setTimeout(() => {
      strayTimer = null;
      delete work.dataset.stray;
    }, STRAY_MS);
    for (const each of work.querySelectorAll("[data-alone] input:checked")) each.checked = false;
    const wanted = work.querySelector("[data-focus]");
    if (wanted) wanted.focus();
    alerts.replaceChildren(document.getElementById("keys-ignored").content.cloneNode(true));
    return true;
  }

  work.addEventListener("change", (event) => {
    if (event.target.name === "confirmed" && !alerts.querySelector("[data-open-tapped]")) alerts.replaceChildren();
  });

  function onResultsKey(event) {
    const hit = selected();
    if (event.key === "ArrowDown") select(1);
    else if (event.key === "ArrowUp") select(-1);
    else if (hit && (event.key === "F2" || combo(event) === "Alt+1")) open(hit.dataset.account, "top_up");
    else if (hit && (event.key === "F3" || combo(event) === "Alt+2")) open(hit.dataset.account, "charge");
    else return false;
    return true;
  }

  function onRecentKey(event) {
    const buttons = [...document.querySelectorAll("[data-reprint]")];
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return false;
    if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)].focus();
    else if (event.key === "ArrowUp") buttons[Math.max(at - 1, 0)].focus();
    else if (event.key === "Escape") settleOrSearch();
    else return false;
    return true;
  }

  function settleOrSearch() {
    settle();
    if (document.activeElement === document.body || document.activeElement.dataset.reprint !== undefined) text.focus();
  }

  function focusRecent() {
    const first = document.querySelector("[data-reprint]");
    if (first) first.focus();
  }

  // Returns whether the key was used up.
  function onKey(event) {
    const active = document.activeElement;
    const name = combo(event);
    if (stepName() === "preview" && !typing(active) && onConfirmKey(event)) return true;
    if (onRecentKey(event)) return true;
    if (stepName() === "results" && onResultsKey(event)) return true;
    if (event.key === "F6") {
      focusRecent();
      return true;
    }
    if (event.key === "Enter" && active.matches("a, button, input")) return false; // the browser's own
    const plain = isCharacter(event);
    if (plain && typing(active)) return false;
    const button = bound(name);
    if (button) {
      if (button.dataset.clear !== undefined) clearFinder();
      // A banner's key answers the banner and leaves the work where it is; an open question keeps the focus.
      if (work.contains(button) && !work.querySelector("[data-alone]:not(:has(:checked))")) button.focus();
      button.click();
      return true;
    }
    if (event.key === "Escape") {
      clearFinder();
      load("/cashier/search");
      return true;
    }
    // Anywhere but inside a step with money, typing starts the next search at once.
    if (plain && event.key !== " " && ["search", "results", "member", "done"].includes(stepName())) text.focus();
    return false;
  }

  document.addEventListener("keydown", (event) => {
    const scanner = fromScanner(event);
    if (event.isComposing) return;
    if (scanner && event.key === "Enter" && !typing(document.activeElement)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  /* ---- live notices ---- */

  function heard() {
    heardAt = performance.now();
    clearTimeout(lostTimer);
    lostTimer = null;
    lost.hidden = true;
  }

  function lose() {
    if (lostTimer === null) lostTimer = setTimeout(() => { lost.hidden = false; }, LOST_AFTER_MS);
  }

  const busyWith = () => {
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
    const first = sequence === null || message.sequence < sequence;
    const moved = !first && message.sequence > sequence;
    sequence = message.sequence;
    if (!moved) return;
    if (message.alert) alerts.innerHTML = message.alert;
    else if (message.several) interrupt(message.other, () => listSeveral());
    else if (message.found) tap(message);
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
    if (busyWith() === account || (step() && step().dataset.account === account && stepName() !== "done")) return;
    interrupt(message.other, () => open(account, ""));
  }

  alerts.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-tapped]") && tapped) tapped();
  });

  function connect() {
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
  settle();
  connect();
})();
