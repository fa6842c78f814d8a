// The one menu of the page: a popover at what opened it, closed by Escape or a click elsewhere.

import { control, h, span } from "./dom.js";

const GAP_PX = 6;
const menu = h("div", { id: "menu", class: "menu", popover: "auto" });
let opener = null;
let isSecondPress = false; // the press that closes a menu must not open it again
let onClose = null;

document.addEventListener("pointerdown", (event) => (isSecondPress = menu.matches(":popover-open") && opener?.contains(event.target)), true);
menu.addEventListener("toggle", (event) => {
  if (event.newState === "open") return;
  const close = onClose;
  onClose = null;
  close?.();
});
menu.addEventListener("keydown", (event) => {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step || !items.length) return;
  event.preventDefault();
  const next = items.indexOf(document.activeElement) + step;
  items[step === -Infinity ? 0 : step === Infinity ? items.length - 1 : (next + items.length) % items.length].focus();
});

function putAt(box) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = innerHeight - box.bottom - GAP_PX;
  const top = below >= height || below >= box.top ? box.bottom + GAP_PX : box.top - height - GAP_PX;
  menu.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(box.left, innerWidth - width - GAP_PX))}px`;
}

// Opens `content` at an element, or at a point of it; a modal dialog needs its menu inside.
export function openMenu(anchor, content, { point, width, closed } = {}) {
  if (isSecondPress) return (isSecondPress = false);
  closeMenu();
  opener = anchor;
  onClose = closed;
  (anchor.closest("dialog") ?? document.body).append(menu);
  menu.style.width = width ? `${width}px` : "";
  menu.replaceChildren(content);
  menu.showPopover();
  putAt(point ? new DOMRect(point.x, point.y, 0, 0) : anchor.getBoundingClientRect());
  (menu.querySelector("[autofocus]") ?? menu.querySelector("button, input"))?.focus();
  return true;
}

export function closeMenu() {
  if (menu.matches(":popover-open")) menu.hidePopover();
}

// Opens a list of `{label, run}`; a string is a heading over those that follow.
export function openItems(anchor, label, items, options) {
  const entry = (one) => control(
    { role: "menuitem", class: one.bad ? "menu-item bad" : "menu-item", onclick: () => (closeMenu(), one.run()) },
    one.label,
    one.note && span("small", one.note),
  );
  const line = (one) => (typeof one === "string" ? h("p", { class: "group-label", role: "presentation" }, one) : entry(one));
  return openMenu(anchor, h("div", { role: "menu", "aria-label": label }, items.filter(Boolean).map(line)), options);
}
