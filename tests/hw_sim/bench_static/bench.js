"use strict";
// The bench: asks for the whole state twice a second and draws what changed; every press is one request.

const POLL_MS = 500;
const PLACES = {
  kiosk: ["会员屏读卡器", "Kiosk reader", "会员屏"], "kiosk-pn532": ["会员屏 PN532", "Kiosk PN532", "PN532"],
  counter: ["前台读卡器", "Counter reader", "前台"],
};
const KINDS = {
  classic_1k: "MIFARE Classic 1K", classic_4k: "MIFARE Classic 4K", fudan_m1: "Fudan M1", ntag213: "NTAG213",
  ntag215: "NTAG215", ntag216: "NTAG216", ultralight: "Ultralight", ultralight_ev1: "Ultralight EV1",
  sle4442: "SLE4442, contact", bank: "Bank card", cpu: "CPU card", phone: "Phone", desfire: "DESFire", ntag424: "NTAG 424",
  ultralight_aes: "Ultralight AES", fmcos: "CPU card",
};
const TIERS = { "银卡": "silver", "金卡": "gold", "钻石": "diamond" };
const ICONS = {
  waves: "M7 9a4 4 0 0 1 0 6M11 6a8 8 0 0 1 0 12M15 3a12 12 0 0 1 0 18",
  chip: "M5 6h14v12H5zM5 10h5v4H5M19 10h-5v4h5M10 6v12M14 6v12",
  phone: "M8 2h8a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM11 19h2",
  reader: "M4 5h16v14H4zM8 15h4M14 9a3 3 0 0 1 0 5M16.500 7.500a6 6 0 0 1 0 8",
};
const find = (id) => document.getElementById(id);
let place = "kiosk";
let wiring = null;
let state = {};
let newestSlip = 0;
let timer = 0;

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

const english = (text) => element("span", { className: "en", lang: "en" }, text);

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round",
    "stroke-linejoin": "round", "aria-hidden": "true",
  })) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function notice(kind, chinese, inEnglish) {
  find("notice").className = kind;
  find("notice").replaceChildren(chinese, english(inEnglish));
}

function badge(node, kind, chinese, inEnglish) {
  node.className = `state ${kind}`;
  const text = `${chinese} ${inEnglish}`;
  if (node.textContent !== text) node.replaceChildren(`${chinese} `, english(inEnglish));
}

function label(button, chinese, inEnglish) {
  if (button.textContent !== `${chinese} ${inEnglish}`) button.replaceChildren(`${chinese} `, english(inEnglish));
}

async function send(path, body, done) {
  try {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (answer.said) notice(response.ok ? "warn" : "bad", answer.said.zh, answer.said.en);
    else notice("good", ...done);
  } catch {
    notice("bad", "模拟台没有应答，启动它的程序还在运行吗？", "The bench does not answer. Is its launcher still running?");
  }
  refresh();
}

// --- cards ----------------------------------------------------------------------------------------------------------

function choose(next) {
  place = next;
  for (const pad of document.querySelectorAll(".pad")) {
    pad.setAttribute("aria-checked", String(pad.dataset.place === place));
    pad.tabIndex = pad.dataset.place === place ? 0 : -1;
  }
}

function makeReaders() {
  for (const name of wiring.places) {
    const [chinese, inEnglish] = PLACES[name] ?? [name, name];
    const pad = element("button", { type: "button", className: "pad", role: "radio", "aria-checked": "false" },
      icon("reader"), element("strong", {}, `${chinese} `, english(inEnglish)), element("span", { className: "state" }));
    pad.dataset.place = name;
    pad.addEventListener("click", () => choose(name));
    pad.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const names = wiring.places;
      choose(names[(names.indexOf(name) + 1) % names.length]);
      document.querySelector(`.pad[data-place="${place}"]`).focus();
    });
    const plug = element("button", { type: "button", className: "ghost" });
    plug.dataset.plug = name;
    plug.addEventListener("click", () => {
      const out = state.readers[name].plugged;
      send("/api/reader", { place: name, action: out ? "unplug" : "plug" },
        out ? [`${chinese}已拔下。`, `${inEnglish} unplugged.`] : [`${chinese}已插上。`, `${inEnglish} plugged in.`]);
    });
    const away = element("button", { type: "button", className: "ghost" });
    away.dataset.away = name;
    label(away, "拿开", "Take away");
    away.addEventListener("click", () =>
      send("/api/take", { place: name }, ["卡片已拿开。", "The card is taken away."]));
    find("readers").append(element("div", { className: "reader" }, pad, element("div", { className: "row" }, plug, away)));
  }
  choose(wiring.places[0]);
}

function makeDeck() {
  find("deck").replaceChildren(...state.cards.map((card) => {
    const cut = card.label.lastIndexOf(" ");
    const tier = TIERS[card.label.slice(cut + 1)];
    const name = tier ? card.label.slice(0, cut) : card.label;
    const button = element("button", { type: "button", className: `card ${card.id.startsWith("copy") ? "copy" : tier ?? card.kind}` },
      element("span", {}, element("strong", {}, name), element("span", { className: "tier" }, tier ? card.label.slice(cut + 1) : "")),
      english(`${card.id.startsWith("blank") ? "Blank " : ""}${KINDS[card.kind] ?? card.kind}`), icon({ sle4442: "chip", phone: "phone" }[card.kind] ?? "waves"));
    button.dataset.card = card.id;
    button.addEventListener("click", () => {
      const [chinese, inEnglish] = PLACES[place] ?? [place, place];
      const manner = document.querySelector("input[name=manner]:checked").value;
      send("/api/tap", { place, card: card.id, manner }, [`${card.label}，${chinese}。`, `On the ${inEnglish[0].toLowerCase()}${inEnglish.slice(1)}.`]);
    });
    return element("li", {}, button);
  }));
}

const BOARD_FAULTS = [
  ["brown_out", "电压跌落", "Power dips"], ["noise", "噪声", "Noise"], ["bad_dcs", "校验错", "Bad checksum"],
  ["cut_frame", "只发半帧", "Half a frame"],
];

function makeBoard() {
  find("board").hidden = !wiring.places.includes("kiosk-pn532");
  find("board-mute").addEventListener("click", () => {
    const silent = state.pn532.mute;
    send("/api/board", { fault: silent ? "speak" : "mute" },
      silent ? ["PN532 又出声了。", "The PN532 answers again."] : ["PN532 不再出声。", "The PN532 has fallen silent."]);
  });
  find("board-faults").append(...BOARD_FAULTS.map(([fault, chinese, inEnglish]) => {
    const button = element("button", { type: "button", className: "fault" }, chinese, english(inEnglish));
    button.addEventListener("click", () =>
      send("/api/board", { fault }, [`PN532：${chinese}，下次通信时发生。`, `${inEnglish} at its next exchange.`]));
    return button;
  }));
}

function drawBoard() {
  const board = state.pn532;
  badge(find("board-state"), ...(!board ? ["bad", "PN532 没有应答", "PN532 not answering"] : !board.plugged ? ["bad", "PN532 已拔下", "PN532 unplugged"]
    : board.mute ? ["bad", "PN532 不出声", "PN532 silent"] : board.open ? ["good", "PN532 已连接", "PN532 in use"]
      : ["warn", "PN532 无人使用", "Nobody uses the PN532"]));
  label(find("board-mute"), ...(board?.mute ? ["让它出声", "Let it answer"] : ["让它不出声", "Silence it"]));
  for (const button of find("board").querySelectorAll("button")) button.disabled = !board?.plugged;
}

function drawCards() {
  const running = state.daemon === true;
  badge(find("daemon-state"), running ? "good" : "bad", ...(state.daemon === null ? ["读卡模拟程序没有应答", "Not answering"]
    : running ? ["读卡服务运行中", "Card daemon runs"] : ["读卡服务已崩溃", "Card daemon is down"]));
  label(find("daemon"), ...(running ? ["让它崩溃", "Crash it"] : ["启动", "Start it"]));
  find("daemon").disabled = state.daemon === null;
  for (const [name, reader] of Object.entries(state.readers)) {
    const pad = document.querySelector(`.pad[data-place="${name}"]`);
    const card = state.cards.find((one) => one.id === reader.card);
    pad.classList.toggle("off", !reader.plugged);
    badge(pad.querySelector(".state"), ...(!reader.plugged ? ["bad", "已拔下", "Unplugged"]
      : card ? ["good", card.label, "Card on it"] : ["", "空", "Empty"]));
    label(document.querySelector(`[data-plug="${name}"]`), ...(reader.plugged ? ["拔下", "Unplug"] : ["插上", "Plug in"]));
    document.querySelector(`[data-away="${name}"]`).disabled = !card;
  }
  const ids = state.cards.map((card) => card.id).join("\n");
  if (find("deck").dataset.ids !== ids) {
    find("deck").dataset.ids = ids;
    makeDeck();
  }
  for (const button of document.querySelectorAll("[data-card]")) {
    const at = Object.entries(state.readers).find(([, reader]) => reader.card === button.dataset.card);
    button.classList.toggle("on", Boolean(at));
    button.querySelector(".where")?.remove();
    if (at) button.append(element("span", { className: "where" }, PLACES[at[0]]?.[2] ?? at[0]));
  }
}

// --- scanner --------------------------------------------------------------------------------------------------------

const typed = () => find("scan-text").value;
const SCAN_FAULTS = [
  ["半行", "Half a line", () => ({ action: "half", text: typed() || "13800138001" })],
  ["两行一起", "Two lines at once", () => ({ action: "two", text: typed() || "13800138001" })],
  ["逐字节", "Byte by byte", () => ({ action: "slow", text: typed() || "13800138001" })],
  ["没有结尾符", "No line end", () => ({ action: "bare", text: typed() || "13800138001" })],
  ["噪声", "Noise", () => ({ action: "noise" })],
  ["无尽的一行", "Endless line", () => ({ action: "endless" })],
];

function makeScanner() {
  find("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = typed();
    send("/api/scan", { action: "scan", text }, [`已扫：${text}`, "Scanned."]);
    find("scan-text").select();
  });
  find("codes").append(...wiring.codes.map((code) => {
    const button = element("button", { type: "button", title: code.text }, code.zh, english(code.en));
    button.addEventListener("click", () =>
      send("/api/scan", { action: "scan", text: code.text, encoding: code.encoding ?? "utf-8" }, [`已扫：${code.zh}`, "Scanned."]));
    return button;
  }));
  find("scan-faults").append(...SCAN_FAULTS.map(([chinese, inEnglish, body]) => {
    const button = element("button", { type: "button", className: "fault" }, chinese, english(inEnglish));
    button.addEventListener("click", () => send("/api/scan", body(), [`已发：${chinese}`, "Sent."]));
    return button;
  }));
  find("scanner-plug").addEventListener("click", () => {
    const out = state.scanner.plugged;
    send("/api/scan", { action: out ? "unplug" : "plug" },
      out ? ["扫码枪已拔下。", "Scanner unplugged."] : ["扫码枪已插上。", "Scanner plugged in."]);
  });
}

function drawScanner() {
  const scanner = state.scanner;
  badge(find("scanner-state"), ...(!scanner ? ["bad", "没有应答", "Not answering"] : !scanner.plugged ? ["bad", "已拔下", "Unplugged"]
    : scanner.open ? ["good", "已连接", "In use"] : ["warn", "无人使用", "Nobody listens"]));
  label(find("scanner-plug"), ...(scanner && !scanner.plugged ? ["插上", "Plug in"] : ["拔下", "Unplug"]));
  find("scanner-plug").disabled = !scanner;
}

// --- printer --------------------------------------------------------------------------------------------------------

const SWITCHES = [
  ["lid_open", "开盖", "Lid open"], ["paper_end", "缺纸", "Paper out"], ["paper_near_end", "纸将用完", "Paper nearly out"],
  ["cutter_error", "切刀卡住", "Cutter jammed"], ["power_off", "关掉电源", "Power off"], ["black_hole", "拔掉网线", "Cable out"],
  ["silent", "一概不回答", "Answers nothing: the till holds its slips back"],
];
const PRINTER_ACTIONS = [
  ["new_roll", "换新纸卷", "New roll", ""], ["power_cut", "断电一瞬", "Power cut", "fault"],
  ["reset", "断开连接", "Drop the connection", "fault"], ["end_soon", "打到一半没纸", "Paper ends in 3 cm", "fault"],
];

function makePrinter() {
  find("switches").append(...SWITCHES.map(([name, chinese, inEnglish]) => {
    const button = element("button", { type: "button", className: "switch", role: "switch", "aria-checked": "false" },
      element("span", {}, `${chinese} `, english(inEnglish)), element("span", { className: "knob" }));
    button.dataset.switch = name;
    button.addEventListener("click", () => {
      const value = button.getAttribute("aria-checked") !== "true";
      send("/api/printer", { action: "set", switch: name, value },
        value ? [`打印机：${chinese}。`, `${inEnglish}.`] : [`打印机：${chinese}，已恢复。`, `${inEnglish}: over.`]);
    });
    return button;
  }));
  find("printer-actions").append(...PRINTER_ACTIONS.map(([action, chinese, inEnglish, kind]) => {
    const button = element("button", { type: "button", className: kind }, chinese, english(inEnglish));
    button.addEventListener("click", () => send("/api/printer", { action }, [`打印机：${chinese}。`, `${inEnglish}.`]));
    return button;
  }));
}

function drawPrinter() {
  const printer = state.printer;
  badge(find("printer-state"), ...(!printer ? ["bad", "没有应答", "Not answering"] : printer.switches.power_off ? ["bad", "已关机", "Off"]
    : !printer.online ? ["bad", "停机", "Stopped"] : printer.busy ? ["warn", "打印中", "Printing"]
      : printer.connected ? ["good", "已连接", "In use"] : ["warn", "无人使用", "Nobody connected"]));
  for (const button of document.querySelectorAll("[data-switch]")) {
    button.disabled = !printer;
    button.setAttribute("aria-checked", String(Boolean(printer?.switches[button.dataset.switch])));
  }
}

// --- customer display and cash drawer -------------------------------------------------------------------------------

function makeCustomer() {
  find("display-plug").addEventListener("click", () => {
    const out = state.display.plugged;
    send("/api/display", { action: out ? "unplug" : "plug" },
      out ? ["顾客显示屏已拔下。", "Display unplugged."] : ["顾客显示屏已插上。", "Display plugged in."]);
  });
  find("display-hang").addEventListener("click", () => {
    const hung = state.display.hung;
    send("/api/display", { action: hung ? "read" : "hang" },
      hung ? ["顾客显示屏又接收了。", "The display takes bytes again."] : ["顾客显示屏不再接收。", "The display takes nothing."]);
  });
  find("drawer-close").addEventListener("click", () =>
    send("/api/drawer", { action: "close" }, ["钱箱已关上。", "The drawer is shut."]));
  find("drawer-key").addEventListener("click", () =>
    send("/api/drawer", { action: "open" }, ["钱箱已用钥匙打开。", "The drawer was opened with its key."]));
}

function drawCustomer() {
  const { display, drawer } = state;
  badge(find("display-state"), ...(!display ? ["bad", "没有应答", "Not answering"] : !display.plugged ? ["bad", "已拔下", "Unplugged"]
    : display.hung ? ["bad", "不接收", "Takes nothing"] : display.open ? ["good", "已连接", "In use"] : ["warn", "无人使用", "Nobody connected"]));
  label(find("display-plug"), ...(display && !display.plugged ? ["插上", "Plug in"] : ["拔下", "Unplug"]));
  label(find("display-hang"), ...(display?.hung ? ["让它接收", "Let it read"] : ["让它不接收", "Let it hang"]));
  find("display-plug").disabled = !display;
  find("display-hang").disabled = !display?.plugged;
  const lines = display?.plugged ? display.lines : [];
  for (const [at, line] of [...find("display-lines").children].entries()) {
    const text = (lines[at] ?? "").trimEnd() || "\u00a0";
    if (line.textContent !== text) line.textContent = text;
  }
  badge(find("drawer-state"), ...(!drawer ? ["bad", "没有应答", "Not answering"] : drawer.open ? ["warn", "开着", "Open"] : ["good", "关着", "Shut"]));
  find("drawer-box").classList.toggle("open", Boolean(drawer?.open));
  const count = drawer ? `收银程序打开过 ${drawer.openings} 次` : "";
  if (find("drawer-count").firstChild?.textContent !== `${count} `)
    find("drawer-count").replaceChildren(`${count} `, english(drawer ? `Opened by the till: ${drawer.openings}` : ""));
  find("drawer-close").disabled = !drawer?.open;
  find("drawer-key").disabled = !drawer || drawer.open;
}

function drawSlips() {
  const slips = state.slips;
  if (slips.length && slips.at(-1).number < newestSlip) {
    newestSlip = 0;
    find("slips").replaceChildren();
  }
  const fresh = slips.filter((one) => one.number > newestSlip);
  for (const slip of fresh) {
    const image = element("img", { src: slip.url, alt: slip.text, loading: "lazy" });
    const caption = element("figcaption", {}, element("span", {}, `第 ${slip.number} 张 No. ${slip.number}`),
      element("span", {}, slip.ended === "cut" ? "已切 cut" : "撕下 torn off"));
    const codes = slip.codes.map((code) => {
      const button = element("button", { type: "button", className: "ghost", title: code }, "扫这个码 ", english("Scan its code"));
      button.addEventListener("click", () =>
        send("/api/scan", { action: "scan", text: code }, [`已扫：${code}`, "Scanned."]));
      return button;
    });
    const link = element("a", { href: slip.url, target: "_blank", rel: "noopener" }, image);
    find("slips").prepend(element("li", { className: "slip fresh" }, element("figure", {}, caption, link, ...codes)));
    newestSlip = slip.number;
  }
  find("no-slips").hidden = newestSlip > 0;
  // Whoever scrolled down to an old slip is shown what has just come out.
  if (fresh.length) find("slips").scrollTop = 0;
}

// --- the whole ------------------------------------------------------------------------------------------------------

async function refresh() {
  clearTimeout(timer);
  try {
    const response = await fetch(`/api/state?since=${newestSlip}`);
    state = await response.json();
    drawCards();
    drawBoard();
    drawScanner();
    drawPrinter();
    drawCustomer();
    drawSlips();
    if (find("notice").dataset.lost) {
      delete find("notice").dataset.lost;
      notice("good", "模拟台恢复了。", "The bench is back.");
    }
  } catch {
    find("notice").dataset.lost = "1";
    notice("bad", "模拟台没有应答，启动它的程序还在运行吗？", "The bench does not answer. Is its launcher still running?");
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, POLL_MS);
}

async function begin() {
  wiring = await (await fetch("/api/wiring")).json();
  for (const page of ["kiosk", "counter"]) {
    if (!wiring[page]) continue;
    find(`${page}-link`).href = wiring[page];
    find(`${page}-link`).hidden = false;
  }
  const pins = Object.entries(wiring.pins);
  find("pins").hidden = !pins.length;
  find("pins").textContent = "密码 PIN：" + pins.map(([name, pin]) => `${name} ${pin}`).join(" · ");
  find("daemon").addEventListener("click", () => {
    const crash = state.daemon === true;
    send("/api/daemon", { action: crash ? "crash" : "start" },
      crash ? ["读卡服务已崩溃。", "The card daemon crashed."] : ["读卡服务已启动。", "The card daemon runs."]);
  });
  makeReaders();
  makeBoard();
  makeScanner();
  makePrinter();
  makeCustomer();
  await refresh();
}

begin();
