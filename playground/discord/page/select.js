// Selects of messages and modals: a button with what is chosen, and a list to choose from.

import { control, glyph, h, span } from "./dom.js";
import { Listbox } from "./listbox.js";
import { closeMenu, openMenu } from "./menu.js";
import { guildChannels, here, nameOf, roles } from "./state.js";

const FILTER_FROM = 9;
const users = () => here.world.users.map((one) => ({ value: one.id, label: nameOf(one), note: `@${one.username}`, sign: "@" }));
const roleItems = () => roles().map((one) => ({ value: one.id, label: one.name, sign: "@" }));
const channels = (one) =>
  guildChannels()
    .filter((channel) => !one.channel_types?.length || one.channel_types.includes(channel.type))
    .map((channel) => ({ value: channel.id, label: channel.name, sign: "#" }));
const strings = (one) => one.options.map((option) => ({ value: option.value, label: option.label, note: option.description, sign: option.emoji?.name }));
const ITEMS = { 3: strings, 5: users, 6: roleItems, 7: () => [...users(), ...roleItems()], 8: channels };

export const choicesOf = (one) => ITEMS[one.type](one);

export function defaultsOf(one) {
  return one.options ? one.options.filter((option) => option.default).map((option) => option.value) : (one.default_values ?? []).map((value) => value.id);
}

function showChosen(button, one, values) {
  const chosen = choicesOf(one).filter((item) => values.includes(item.value));
  const words = chosen.map((item) => h("span", { class: values.length > 1 ? "chosen" : "" }, item.sign ? `${item.sign} ` : "", item.label));
  button.replaceChildren(span("select-words", words.length ? words : span("soft", one.placeholder ?? "Make a selection")), glyph("chevron", "⌄"));
  button.dataset.values = JSON.stringify(values);
}

export function selectButton(one, props = {}) {
  const about = {
    class: "select",
    "aria-haspopup": "listbox",
    disabled: Boolean(one.disabled),
    "data-custom-id": one.custom_id,
    "data-key": one.custom_id,
  };
  const button = control({ ...about, ...props });
  showChosen(button, one, defaultsOf(one));
  if (!props["aria-labelledby"]) button.setAttribute("aria-label", `${one.placeholder ?? "Select"}: ${button.querySelector(".select-words").textContent}`);
  return button;
}

export const valuesOf = (button) => JSON.parse(button.dataset.values);

// Opens the list; `send(values)` is called once, when a choice is made and valid.
export function openSelect(button, one, send) {
  const all = choicesOf(one);
  const low = one.min_values ?? 1;
  const high = one.max_values ?? 1;
  const before = valuesOf(button);
  let values = before;
  const input = h(
    "input",
    {
      class: all.length < FILTER_FROM ? "filter unseen" : "filter",
      autofocus: true,
      placeholder: "Search",
      "aria-label": one.placeholder ?? "Search",
    },
  );
  const about = h("p", { class: "small select-about" });
  const limits = () => (about.textContent = high > 1 ? `${values.length} chosen, ${low === high ? low : `${low} to ${high}`} wanted` : "");
  const list = new Listbox(input, one.placeholder ?? "Choices", pick, "in-menu");
  function pick(item) {
    const without = values.filter((value) => value !== item.value);
    if (without.length < values.length) values = high === 1 && low > 0 ? values : without;
    else values = high === 1 ? [item.value] : values.length < high ? [...values, item.value] : values;
    limits();
    if (high === 1) closeMenu();
    else show(list.active);
  }
  function show(active = Math.max(0, all.findIndex((item) => values.includes(item.value)))) {
    const typed = input.value.trim().toLowerCase();
    const found = all.filter((item) => `${item.label} ${item.note ?? ""}`.toLowerCase().includes(typed));
    list.show(found.map((item) => ({ ...item, chosen: values.includes(item.value) })), "Nothing of that name", Math.min(active, Math.max(0, found.length - 1)));
  }
  function finish() {
    button.setAttribute("aria-expanded", "false");
    if (JSON.stringify(values) === JSON.stringify(before)) return;
    if (values.length < low) return;
    showChosen(button, one, values);
    send(values);
  }
  input.addEventListener("input", () => show(0));
  input.addEventListener("keydown", (event) => event.key !== "Escape" && event.key !== "Tab" && list.key(event));
  const done = high > 1 && control({ class: "button secondary", onclick: closeMenu }, "Done");
  const foot = high > 1 && h("div", { class: "select-foot" }, about, done);
  limits();
  show();
  if (!openMenu(button, h("div", { class: "select-menu" }, input, list.list, foot), { width: Math.max(button.offsetWidth, 220), closed: finish })) return;
  button.setAttribute("aria-expanded", "true");
}
