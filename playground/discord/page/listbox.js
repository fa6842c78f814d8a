// A text field with a list of suggestions under the arrow keys: commands, options, autocomplete, selects.

import { glyph, h, span } from "./dom.js";

let count = 0;

// Items are {label, more?, note?, sign?, tag?, chosen?}; `pick(item)` gets the one that was taken.
export class Listbox {
  constructor(input, label, pick, kind = "") {
    this.input = input;
    this.pick = pick;
    this.items = [];
    this.id = `list-${++count}`;
    this.list = h("div", { class: `suggestions ${kind}`, role: "listbox", id: this.id, "aria-label": label, hidden: true });
    const about = { role: "combobox", "aria-autocomplete": "list", "aria-controls": this.id, "aria-expanded": "false", autocomplete: "off" };
    for (const [name, value] of Object.entries(about)) input.setAttribute(name, value);
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const entry = event.target.closest("[data-index]");
      if (entry) this.pick(this.items[Number(entry.dataset.index)]);
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  // Shows items, or the sentence where there are none; without either the list closes.
  show(items, sentence = "", active = 0) {
    this.items = items;
    const nothing = sentence ? [h("div", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "small nothing" }, sentence)] : [];
    this.list.replaceChildren(...(items.length ? items.map((one, index) => this.entry(one, index)) : nothing));
    this.list.hidden = !this.list.children.length;
    this.input.setAttribute("aria-expanded", String(this.isOpen));
    this.mark(active);
  }

  hide() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  entry(one, index) {
    const words = span("suggestion-words", h("strong", {}, one.label, one.more && span("small", ` ${one.more}`)), one.note && span("small", one.note));
    const about = { role: "option", id: `${this.id}-${index}`, class: "suggestion", "data-index": String(index), "aria-selected": "false" };
    return h("div", about, one.sign && glyph("sign", one.sign), words, one.tag && span("small", one.tag), one.chosen && glyph("check", "✓"));
  }

  mark(index) {
    this.active = index;
    [...this.list.children].forEach((child, place) => {
      child.classList.toggle("active", place === index);
      if (this.items.length) child.setAttribute("aria-selected", String(this.items[place].chosen ?? place === index));
    });
    if (this.items.length) this.input.setAttribute("aria-activedescendant", `${this.id}-${index}`);
    this.list.children[index]?.scrollIntoView({ block: "nearest" });
  }

  // Handles a key of the field; true when it was meant for the list.
  key(event) {
    if (!this.isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (event.key === "Escape") this.hide();
    else if (!this.items.length) return false;
    else if (step) this.mark((this.active + step + this.items.length * 8) % this.items.length);
    else if ((event.key === "Tab" && !event.shiftKey) || event.key === "Enter") this.pick(this.items[this.active]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
