// The side panel: the last gateway frames and REST requests, newest first, as the transcript has them.

import { call } from "./api.js";
import { at, control, h, span } from "./dom.js";

const EVERY_MS = 1000;
const ROWS_MAX = 200;
const OPERATIONS = {
  0: "DISPATCH",
  1: "HEARTBEAT",
  2: "IDENTIFY",
  3: "PRESENCE",
  4: "VOICE",
  6: "RESUME",
  7: "RECONNECT",
  8: "REQUEST MEMBERS",
  9: "INVALID SESSION",
  10: "HELLO",
  11: "HEARTBEAT ACK",
};
const BEATS = [1, 11]; // of a run of these, two are shown
const SORTS = { all: "All", frame: "Gateway", request: "Requests" };
const panel = at("wire");
const rows = h("div", { class: "wire-rows", tabindex: "0", role: "region", "aria-label": "Newest first" });
let sort = localStorage.getItem("wire-sort") ?? "all";
let next = null; // where the next reading begins
let timer = 0;

// Ids by their last digits; what is longer than any id is a token.
function shortPath(path) {
  const way = decodeURIComponent(path.split("?")[0]).replace(/^\/api\/v\d+/, "");
  return way.replace(/[^/]{24,}/g, (token) => `${token.slice(0, 2)}…`).replace(/\b\d{15,20}\b/g, (id) => `…${id.slice(-4)}`);
}

const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });

function requestLine(one) {
  const kind = one.status < 300 ? "fine" : one.status === 429 ? "slow" : "bad";
  return [
    h("span", { class: `method ${one.method.toLowerCase()}` }, one.method),
    span("wire-path", shortPath(one.path)),
    h("span", { class: `status ${kind}` }, String(one.status)),
    span("soft", `${Math.round(one.ms)} ms`),
  ];
}

function frameLine(one) {
  const name = one.frame?.t ?? OPERATIONS[one.frame?.op] ?? "frame";
  const isIn = one.direction === "in";
  return [
    h("span", { class: `method ${isIn ? "from-bot" : "to-bot"}`, title: isIn ? "from the bot" : "to the bot" }, isIn ? "↑ bot" : "↓ bot"),
    span("wire-path", name),
    one.frame?.s ? span("soft", `s ${one.frame.s}`) : "",
  ];
}

function row(one) {
  const line = one.kind === "request" ? requestLine(one) : frameLine(one);
  const box = h("details", { class: "wire-row", "data-sort": one.kind, "data-beat": BEATS.includes(one.frame?.op) }, h("summary", { title: clock(one.at) }, line));
  box.addEventListener("toggle", () => box.querySelector("pre") ?? box.append(...bodies(one)), { once: true });
  return box;
}

function bodies(one) {
  const parts = one.kind === "request" ? [["Query", one.path.split("?")[1]], ["Request", one.request], ["Response", one.response]] : [["", one.frame]];
  const shown = parts.filter(([, body]) => body !== null && body !== undefined && body !== "");
  const text = (body) => (typeof body === "string" ? body : JSON.stringify(body, null, 2));
  return shown.length ? shown.map(([title, body]) => [
    title && h("p", { class: "group-label" }, title),
    h("pre", { tabindex: "0" }, text(body)),
  ]).flat().filter(Boolean) : [h("p", { class: "small nothing" }, "Without a body")];
}

async function read() {
  if (panel.hidden || document.visibilityState !== "visible") return;
  if (next === null) next = Math.max(0, (await call("GET", `transcript?after=${Number.MAX_SAFE_INTEGER}`)).next - ROWS_MAX);
  const answer = await call("GET", `transcript?after=${next}&limit=${ROWS_MAX}`);
  next = answer.next;
  rows.prepend(...answer.entries.reverse().map(row));
  while (rows.children.length > ROWS_MAX) rows.lastElementChild.remove();
}

function build() {
  const choose = (name) => control({ class: "segment", "aria-pressed": String(name === sort), onclick: (event) => {
    sort = name;
    localStorage.setItem("wire-sort", name);
    rows.dataset.only = name;
    for (const one of event.target.parentElement.children) one.setAttribute("aria-pressed", String(one === event.target));
  } }, SORTS[name]);
  const close = control({ class: "icon-button", "aria-label": "Close", onclick: () => toggleWire(false) }, "✕");
  rows.dataset.only = sort;
  panel.replaceChildren(
    h("header", { class: "wire-head" }, h("h2", {}, "On the wire"), close),
    h("div", { class: "segments", role: "group", "aria-label": "Show" }, Object.keys(SORTS).map(choose)),
    rows,
  );
}

export function toggleWire(isOpen = panel.hidden) {
  panel.hidden = !isOpen;
  document.body.classList.toggle("with-wire", isOpen);
  at("open-wire").setAttribute("aria-pressed", String(isOpen));
  localStorage.setItem("wire", isOpen ? "open" : "shut");
  clearInterval(timer);
  if (!isOpen) return at("open-wire").focus();
  if (!panel.children.length) build();
  const quietly = () => read().catch(() => {}); // the banner says it when the server is gone
  timer = setInterval(quietly, EVERY_MS);
  return quietly();
}

if (localStorage.getItem("wire") === "open" && matchMedia("(min-width: 900px)").matches) toggleWire(true);
