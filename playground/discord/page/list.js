// The list of messages: kept up to date in place, at its end while that is in sight.

import { at, control, glyph, h } from "./dom.js";
import { messageRow } from "./messages.js";
import { morph, morphChildren } from "./morph.js";
import { here, markRead } from "./state.js";

const TOGETHER_MS = 7 * 60 * 1000;
const ROWS_MAX = 300;
const NEAR_PX = 60;
const TOP_PX = 400;
const scroller = at("messages");
const list = at("list");
const jump = at("jump");
let isPinned = true; // the newest message is in sight, and stays there when pictures arrive
let lastTop = 0;

const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
const rows = () => [...list.querySelectorAll(":scope > .message")];
const rowOf = (id) => list.querySelector(`:scope > [data-id="${id}"]`);

function toEnd() {
  isPinned = true;
  scroller.scrollTop = scroller.scrollHeight;
  lastTop = scroller.scrollTop; // its event may come together with the reader's first one
  seen();
}

function seen() {
  jump.hidden = true;
  if (document.visibilityState === "visible") markRead(here.channel?.id, [...here.messages.keys()].at(-1));
}

// Only a reader who scrolls up lets go of the end; what grows below must not.
scroller.addEventListener("scroll", () => {
  if (isAtEnd()) isPinned = true;
  else if (scroller.scrollTop < lastTop) isPinned = false;
  lastTop = scroller.scrollTop;
  if (isPinned) seen();
});
const keepEnd = new ResizeObserver(() => isPinned && toEnd());
keepEnd.observe(list);
keepEnd.observe(scroller);
jump.addEventListener("click", toEnd);
document.addEventListener("visibilitychange", () => isPinned && seen());

// Rows of one author within minutes stand together; a new day gets a line.
function arrange() {
  let before = null;
  for (const row of rows()) {
    const message = here.messages.get(row.dataset.id);
    const date = new Date(message.timestamp);
    const isNewDay = !before || new Date(before.timestamp).toDateString() !== date.toDateString();
    const isAlone = row.querySelector(":scope > .origin") || isNewDay || before.author.id !== message.author.id || before.flags & 64;
    row.classList.toggle("follows", !isAlone && date - new Date(before.timestamp) < TOGETHER_MS);
    if (isNewDay) row.dataset.day = date.toLocaleDateString([], { dateStyle: "long" });
    else delete row.dataset.day;
    before = message;
  }
  const focused = rows().find((row) => row === document.activeElement) ?? rows().at(-1);
  rows().forEach((row) => (row.tabIndex = row === focused ? 0 : -1));
}

function hint(tryCommand) {
  const { title, sign } = here.channel;
  const first = here.commands.find((one) => one.name === "portrait" && one.type === 1) ?? here.commands.find((one) => one.type === 1);
  const name = `/${first?.name ?? "portrait"}`;
  return h(
    "div",
    { class: "hint" },
    glyph("hint-mark", sign),
    h("h2", {}, `Welcome to ${sign === "#" ? "#" : ""}${title}`),
    h("p", {}, "A Discord of your own, on this machine: no account, no network."),
    h("p", {}, "Type ", h("kbd", {}, name), " below and press ", h("kbd", {}, "Enter"), " twice."),
    h("p", {}, control({ class: "button primary", disabled: !first, onclick: () => tryCommand(name) }, `Try ${name}`)),
  );
}

// Calls `load()` when a reader comes near the oldest message shown.
export function listenForTop(load) {
  scroller.addEventListener("scroll", () => !isPinned && scroller.scrollTop < TOP_PX && load());
}

// Shows the channel; one that is only fetched again keeps the place of who reads further up.
export function showAll(tryCommand, isAgain = false) {
  const shown = [...here.messages.values()].map(messageRow);
  const edge = scroller.getBoundingClientRect().top;
  const seenFirst = rows().find((row) => row.getBoundingClientRect().bottom > edge);
  const before = seenFirst?.getBoundingClientRect().top;
  if (shown.length && isAgain) morphChildren(list, shown);
  else list.replaceChildren(...(shown.length ? shown : [hint(tryCommand)]));
  arrange();
  if (isPinned || !isAgain) toEnd();
  else if (seenFirst?.isConnected) scroller.scrollTop += seenFirst.getBoundingClientRect().top - before;
}

export function showSentence(sentence) {
  list.replaceChildren(h("div", { class: "hint" }, h("p", {}, sentence)));
}

function dropOldest() {
  const [oldest] = rows();
  here.messages.delete(oldest.dataset.id);
  oldest.remove();
}

export function showOne(message) {
  const row = rowOf(message.id);
  if (row) morph(row, messageRow(message));
  else {
    list.querySelector(".hint")?.remove();
    list.append(messageRow(message));
    jump.hidden = isPinned;
    if (isPinned && rows().length > ROWS_MAX) dropOldest();
  }
  arrange();
  if (isPinned) toEnd();
}

export function dropOne(id) {
  const row = rowOf(id);
  const held = row?.contains(document.activeElement);
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  row?.remove();
  arrange();
  if (held) next?.focus();
}

export function showJump(id) {
  const row = rowOf(id);
  row?.scrollIntoView({ block: "center" });
  row?.focus();
}

// Whether a picture is there: `load` comes for each, `error` for one that is broken, gone or expired.
for (const kind of ["load", "error"]) {
  list.addEventListener(kind, (event) => {
    const box = event.target.closest(".picture");
    if (box) box.dataset.state = kind;
  }, true);
}

list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  const all = rows();
  const place = all.indexOf(event.target.closest(".message"));
  if (!step || place < 0 || event.altKey) return;
  event.preventDefault();
  const isInside = event.target !== all[place]; // on a button: up leads out to the message itself
  const row = all[isInside && step === -1 ? place : Math.max(0, Math.min(all.length - 1, place + step))];
  all[place].tabIndex = -1;
  row.tabIndex = 0;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
});
