// Brings an element up to date with a fresh rendering of itself. What is equal stays untouched: focus, loaded pictures,
// selections. Children pair by position and `data-key`; handlers must be delegated, for elements outlive their message.

const READERS_OWN = new Set(["data-open", "data-state", "aria-busy", "tabindex"]); // set by who reads, not by the message
const keyOf = (node) => node.dataset?.key;
const pathOf = (address) => address.split("?")[0];

function fits(old, fresh) {
  return old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);
}

function syncAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !READERS_OWN.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) === value || READERS_OWN.has(name)) continue;
    if (name === "style") old.style.cssText = fresh.style.cssText; // the attribute itself would be refused by the CSP
    else if (name !== "src" || pathOf(old.getAttribute("src") ?? "") !== pathOf(value)) old.setAttribute(name, value);
  }
}

function following(start, fresh) {
  for (let one = start; one; one = one.nextSibling) {
    if (fits(one, fresh)) return one;
    if (!keyOf(fresh)) return null;
  }
  return null;
}

export function morph(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  syncAttributes(old, fresh);
  morphChildren(old, [...fresh.childNodes]);
}

export function morphChildren(old, fresh) {
  let here = old.firstChild;
  for (const wanted of fresh) {
    const match = following(here, wanted);
    if (!match) {
      old.insertBefore(wanted, here);
      continue;
    }
    while (here !== match) {
      const next = here.nextSibling;
      here.remove();
      here = next;
    }
    morph(match, wanted);
    here = match.nextSibling;
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}
