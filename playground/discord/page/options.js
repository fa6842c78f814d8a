// The fields of a command's options, one kind of field a kind of option. Each is {element, input, list?, value(), text(),
// set(text), problem()}; `value()` is undefined where nothing was entered.

import { fileBody } from "./api.js";
import { control, glyph, h, sizeText, span } from "./dom.js";
import { Listbox } from "./listbox.js";
import { choicesOf } from "./select.js";

const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10;
export const ATTACHMENT = 11;
const FILE_MAX_BYTES = 10 * 1024 * 1024;
const ASK_AFTER_MS = 120;
const OPEN_END = /[=:;,]\s*$/; // `eye color=` was taken, and its value comes next
const NAMES = {
  [STRING]: "text",
  [INTEGER]: "whole number",
  [BOOLEAN]: "true or false",
  [USER]: "member",
  [CHANNEL]: "channel",
  [ROLE]: "role",
  [MENTIONABLE]: "member or role",
  [NUMBER]: "number",
  [ATTACHMENT]: "file",
};

export function aboutOption(option) {
  const range = [option.min_value, option.max_value].map((one) => one ?? "…");
  const length = option.max_length ? `, up to ${option.max_length} characters` : "";
  const limits = option.min_value !== undefined || option.max_value !== undefined ? `, ${range[0]} to ${range[1]}` : length;
  return `${option.description} (${option.required ? "required " : ""}${NAMES[option.type]}${limits})`;
}

const inputOf = (option, more = {}) => h(
  "input",
  {
    type: "text",
    "aria-label": option.name,
    "aria-required": option.required ? "true" : undefined,
    autocomplete: "off",
    spellcheck: "false",
    size: "10",
    ...more,
  },
);
const missing = (option, text) => (text === "" ? (option.required ? `${option.name} is required` : "") : null);

function numberProblem(option, text) {
  const number = Number(text);
  if (!Number.isFinite(number)) return `${option.name} must be a number`;
  if (option.type === INTEGER && !Number.isInteger(number)) return `${option.name} must be a whole number`;
  const low = option.min_value ?? -Number.MAX_SAFE_INTEGER;
  const high = option.max_value ?? Number.MAX_SAFE_INTEGER;
  return number < low || number > high ? `${option.name} must be ${low} to ${high}` : "";
}

function textProblem(option, text) {
  const low = option.min_length ?? 0;
  const high = option.max_length ?? 6000;
  return text.length < low || text.length > high ? `${option.name} must be ${low} to ${high} characters long` : "";
}

const isNumber = (option) => option.type === INTEGER || option.type === NUMBER;
const typedProblem = (option, text) => missing(option, text) ?? (isNumber(option) ? numberProblem : textProblem)(option, text);
const typedValue = (option, text) => (text === "" ? undefined : isNumber(option) ? Number(text) : text);

function plainField(option) {
  const input = inputOf(option, { inputmode: isNumber(option) ? "decimal" : undefined });
  const text = () => input.value.trim();
  return {
    element: input,
    input,
    text,
    value: () => typedValue(option, text()),
    set: (given) => (input.value = given),
    problem: () => typedProblem(option, text()),
  };
}

function fixedItems(option) {
  if (option.choices?.length) return option.choices.map((one) => ({ label: one.name, value: one.value }));
  if (option.type === BOOLEAN) return [{ label: "True", value: true }, { label: "False", value: false }];
  return choicesOf({ type: { [USER]: 5, [ROLE]: 6, [MENTIONABLE]: 7, [CHANNEL]: 8 }[option.type], channel_types: option.channel_types });
}

// Values of a list that does not change: one of them must be taken.
function listField(option, done) {
  const input = inputOf(option);
  const items = fixedItems(option);
  const wanted = () => input.value.trim().replace(/^[@#]/, "").toLowerCase();
  const taken = () => items.find((one) => one.label.toLowerCase() === wanted() || one.note?.toLowerCase() === `@${wanted()}`);
  const list = new Listbox(input, option.name, (item) => {
    input.value = item.label;
    list.hide();
    done();
  });
  const show = () => {
    const found = taken() ? items : items.filter((one) => `${one.label} ${one.note ?? ""}`.toLowerCase().includes(wanted()));
    list.show(found, "Nothing of that name", Math.max(0, found.indexOf(taken())));
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  const problem = () => missing(option, input.value.trim()) ?? (taken() ? "" : `${option.name} must be one of the list`);
  return {
    element: span("completing", input, list.list),
    input,
    list,
    text: () => input.value.trim(),
    value: () => taken()?.value,
    set: (given) => (input.value = given),
    problem,
  };
}

// Values that the bot suggests while one types; `ask(text)` fetches them.
function completingField(option, done, ask) {
  const input = inputOf(option);
  let chosen = null;
  let timer = 0;
  let asked = 0;
  const list = new Listbox(input, option.name, (item) => {
    chosen = item.value;
    input.value = item.label;
    list.hide();
    if (OPEN_END.test(item.label)) later();
    else done();
  });
  const fetchItems = async () => {
    const turn = ++asked;
    const choices = await ask(input.value);
    if (turn !== asked || document.activeElement !== input) return;
    list.show(choices.map((one) => ({ label: one.name, value: one.value })), input.value ? "" : "No suggestions");
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(fetchItems, ASK_AFTER_MS);
  };
  input.addEventListener("input", () => {
    chosen = null;
    later();
  });
  input.addEventListener("focus", later);
  const text = () => input.value.trim();
  const value = () => chosen ?? typedValue(option, text());
  const problem = () => (chosen === null ? typedProblem(option, text()) : "");
  return { element: span("completing", input, list.list), input, list, text: () => String(value() ?? ""), value, set: (given) => (input.value = given), problem };
}

export function fileTile(file, remove) {
  const isPicture = file.type.startsWith("image/");
  const image = isPicture && h("img", { src: URL.createObjectURL(file), alt: "", onload: (event) => URL.revokeObjectURL(event.target.src) });
  const words = span("file-words", h("strong", {}, file.name), span("small", sizeText(file.size)));
  return h(
    "div",
    { class: "tile" },
    image || glyph("file-mark", "▤"),
    words,
    control({ class: "remove", "aria-label": `Remove ${file.name}`, onclick: remove }, "✕"),
  );
}

function fileField(option) {
  const picker = h("input", { type: "file", hidden: true, "aria-label": option.name });
  const input = control({ class: "choose-file", "aria-label": `${option.name}: choose a file`, onclick: () => picker.click() }, "Choose, drop or paste");
  const element = span("file-field", picker, input);
  let file = null;
  const take = (given) => {
    file = given;
    picker.value = "";
    element.querySelector(".tile")?.remove();
    input.hidden = Boolean(file);
    if (file) element.append(fileTile(file, () => take(null)));
  };
  picker.addEventListener("change", () => take(picker.files[0]));
  const problem = () => (file ? (file.size > FILE_MAX_BYTES ? `${file.name} is larger than 10 MB` : "") : missing(option, ""));
  return { element, input, text: () => "", value: () => (file ? fileBody(file) : undefined), set: () => {}, take, isEmpty: () => !file, problem };
}

// `done()` is called when a value was taken from a list; `ask(text)` fetches the bot's suggestions.
export function optionField(option, done, ask) {
  if (option.type === ATTACHMENT) return fileField(option);
  if (option.autocomplete) return completingField(option, done, ask);
  const isList = option.choices?.length || ![STRING, INTEGER, NUMBER].includes(option.type);
  return isList ? listField(option, done) : plainField(option);
}
