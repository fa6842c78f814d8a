// What the keyboard does anywhere on the page, and the list that says so; the theme; the drawer on phones.

import { at, control, h } from "./dom.js";
import { allChannels, here } from "./state.js";
import { toggleWire } from "./wire.js";

const KEYS = [
  ["/", "Commands"],
  ["Tab or Enter", "Take what is marked in a list"],
  ["Escape", "Back, or close"],
  ["↑ in an empty line", "What was sent before"],
  ["Alt + ↑ or ↓", "Previous or next channel"],
  ["Shift + Tab", "From the line to the newest message"],
  ["↑ and ↓ there", "The message before and after"],
  ["Enter on a message", "Its menu; E to react, Escape back to the line"],
  ["← and →", "The next picture, in full size"],
  ["Ctrl + .", "Frames and requests"],
  ["?", "This list"],
];
const THEMES = { "": "as the system", dark: "dark", light: "light" };
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

function showKeys() {
  const lines = KEYS.map(([keys, what]) => h("div", { class: "key-line" }, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)));
  const close = control({ class: "button primary", onclick: () => at("keys").close() }, "Close");
  at("keys").replaceChildren(h("h2", { id: "keys-title" }, "Keys"), h("dl", { class: "fields" }, lines), h("div", { class: "modal-foot" }, close));
  at("keys").showModal();
}

function setTheme(theme) {
  document.documentElement.style.colorScheme = theme || "light dark";
  localStorage.setItem("theme", theme);
  at("theme").title = `Colours: ${THEMES[theme]}`;
  at("theme").setAttribute("aria-label", at("theme").title);
}

function nextTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const order = isDark ? ["", "light", "dark"] : ["", "dark", "light"];
  setTheme(order[(order.indexOf(localStorage.getItem("theme") ?? "") + 1) % order.length]);
}

export function toggleSide(isOpen = !document.body.classList.contains("side-open")) {
  document.body.classList.toggle("side-open", isOpen);
  at("open-side").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) at("channels").querySelector("button")?.focus();
}

function stepChannel(step, open) {
  const all = allChannels();
  const place = all.findIndex((one) => one.key === here.channel.key);
  open(all[(place + step + all.length) % all.length]);
}

// `actions` gives open(channel) and focusLine().
export function listenForKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (document.querySelector("dialog[open], :popover-open")) return;
    if (event.altKey && step) stepChannel(step, actions.open);
    else if (event.ctrlKey && event.key === ".") toggleWire();
    else if (event.key === "Escape" && document.body.classList.contains("side-open")) toggleSide(false);
    else if (event.key === "Escape" && event.target.closest(".message")) actions.focusLine();
    else if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    else if (event.key === "?") showKeys();
    else if (event.key.length === 1 && event.key !== " " && !event.defaultPrevented) return actions.focusLine(); // the key itself arrives there
    else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    if (document.body.classList.contains("side-open") && !at("side").contains(event.target) && !at("open-side").contains(event.target)) toggleSide(false);
  });
  at("open-side").addEventListener("click", () => toggleSide());
  at("open-wire").addEventListener("click", () => toggleWire());
  at("open-keys").addEventListener("click", showKeys);
  at("theme").addEventListener("click", nextTheme);
}

setTheme(localStorage.getItem("theme") ?? "");
