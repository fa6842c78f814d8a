// Modals: a form out of labels, text inputs, selects, choices and files.

import { fileBody } from "./api.js";
import { at, control, h, span } from "./dom.js";
import { markdown } from "./markdown.js";
import { fileTile } from "./options.js";
import { defaultsOf, openSelect, selectButton, valuesOf } from "./select.js";

const dialog = at("modal");
const TEXT = 10;
const LABEL = 18;
const COUNTED_MAX = 1000; // longer limits are not felt, and go unmentioned

// Each kind of input is {element, focus, value?, files?, problem}; `ids` name its label and its descriptions.
function textInput(one, ids) {
  const about = { ...ids, name: one.custom_id, placeholder: one.placeholder, maxLength: one.max_length ?? 4000, autocomplete: "off" };
  const input = one.style === 2 ? h("textarea", { ...about, rows: "4" }) : h("input", { ...about, type: "text" });
  input.value = one.value ?? "";
  const low = one.min_length ?? 0;
  const problem = () => (input.value === "" ? required(one) : input.value.length < low ? `At least ${low} characters` : "");
  const isShort = one.max_length && one.max_length <= COUNTED_MAX;
  const count = isShort && h("span", { class: "small count", "aria-hidden": "true" });
  const tellCount = () => isShort && (count.textContent = `${input.value.length} / ${one.max_length}`);
  input.addEventListener("input", tellCount);
  tellCount();
  return { element: h("div", { class: "text-input" }, input, count), focus: input, value: () => input.value, problem };
}

const required = (one) => ((one.required ?? true) ? "This field is required" : "");

function countProblem(one, count, things) {
  const low = one.min_values ?? ((one.required ?? true) ? 1 : 0);
  const high = one.max_values ?? Math.max(low, one.options?.length ?? 1);
  if (!count && !(one.required ?? true)) return "";
  if (count < low) return count || low > 1 ? `Choose at least ${low} ${things}` : required(one) || `Choose at least ${low}`;
  return count > high ? `Choose at most ${high} ${things}` : "";
}

function selectInput(one, ids) {
  const limits = { ...one, min_values: (one.required ?? true) ? (one.min_values ?? 1) : 0 };
  const id = `field-${one.custom_id}-value`;
  const button = selectButton(one, { ...ids, id, "aria-labelledby": `${ids["aria-labelledby"]} ${id}` });
  button.addEventListener("click", () => openSelect(button, limits, () => {}));
  return {
    element: button,
    focus: button,
    value: () => valuesOf(button),
    problem: () => countProblem({ ...one, options: [], max_values: one.max_values ?? 1 }, valuesOf(button).length, "values"),
  };
}

function choiceInput(one, ids, type) {
  const chosen = defaultsOf(one);
  const boxes = one.options.map((option) => h("input", { type, name: one.custom_id, value: option.value, checked: chosen.includes(option.value) }));
  const line = (option, index) => h(
    "label",
    { class: "choice" },
    boxes[index],
    h("span", {}, option.label, option.description && span("small", option.description)),
  );
  const values = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const problem = () => (type === "radio" ? (values().length ? "" : required(one)) : countProblem(one, values().length, "of these"));
  const element = h("div", { role: type === "radio" ? "radiogroup" : "group", ...ids }, one.options.map(line));
  return { element, focus: boxes[0], value: type === "radio" ? () => values()[0] : values, problem };
}

function checkbox(one, ids) {
  const box = h("input", { type: "checkbox", name: one.custom_id, checked: Boolean(one.default), ...ids });
  return { element: box, focus: box, value: () => box.checked, problem: () => "" };
}

function fileInput(one, ids) {
  const high = one.max_values ?? 1;
  const picker = h("input", { type: "file", name: one.custom_id, multiple: high > 1, class: "unseen", tabindex: "-1", "aria-hidden": "true" });
  const choose = control({ class: "choose-file", ...ids, onclick: () => picker.click() }, high > 1 ? `Choose or drop up to ${high} files` : "Choose or drop a file");
  const tiles = h("div", { class: "tiles" });
  let files = [];
  const show = () => tiles.replaceChildren(...files.map((file) => fileTile(file, () => { files = files.filter((other) => other !== file); show(); })));
  const take = (given) => {
    files = high > 1 ? [...files, ...given] : given.slice(0, 1);
    picker.value = "";
    show();
  };
  picker.addEventListener("change", () => take([...picker.files]));
  const element = h("div", { class: "upload" }, picker, choose, tiles);
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => (event.preventDefault(), take([...event.dataTransfer.files])));
  return { element, focus: choose, files: () => Promise.all(files.map(fileBody)), problem: () => countProblem({ max_values: 1, ...one }, files.length, "files") };
}

const INPUTS = {
  3: selectInput,
  4: textInput,
  5: selectInput,
  6: selectInput,
  7: selectInput,
  8: selectInput,
  19: fileInput,
  21: (one, ids) => choiceInput(one, ids, "radio"),
  22: (one, ids) => choiceInput(one, ids, "checkbox"),
  23: checkbox,
};

function field(one, label, description, inputs) {
  const id = `field-${one.custom_id}`;
  const error = h("p", { class: "bad", id: `${id}-error`, role: "alert" });
  const made = INPUTS[one.type](one, { "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-about ${id}-error` });
  inputs.push({ name: one.custom_id, error, ...made });
  const needed = one.type !== 23 && (one.required ?? true);
  const title = h(
    "span",
    { class: "field-label", id: `${id}-label`, onclick: () => made.focus.focus() },
    label,
    needed && h("span", { class: "bad", title: "required" }, " *"),
  );
  return h("div", { class: "field" }, title, h("p", { class: "small", id: `${id}-about` }, description ?? ""), made.element, error);
}

function check(inputs) {
  for (const one of inputs) {
    one.error.textContent = one.problem();
    one.focus.toggleAttribute("aria-invalid", Boolean(one.error.textContent));
  }
  const first = inputs.find((one) => one.error.textContent);
  first?.focus.focus();
  return !first;
}

async function answersOf(inputs) {
  const fields = Object.fromEntries(inputs.filter((one) => one.value).map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined));
  const files = {};
  for (const one of inputs.filter((input) => input.files)) {
    const found = await one.files();
    if (found.length) files[one.name] = found;
  }
  return [fields, files];
}

// Opens the modal; it closes when `send(fields, files)` has an answer, and says what was wrong otherwise.
export function openModal(modal, send) {
  const inputs = [];
  const lines = modal.components.map((one) => {
    if (one.type === TEXT) return markdown(one.content);
    if (one.type === LABEL) return field(one.component, one.label, one.description, inputs);
    return one.components.map((inner) => field(inner, inner.label ?? "", "", inputs));
  });
  const cancel = control({ class: "button secondary", onclick: () => dialog.close() }, "Cancel");
  const submit = h("button", { type: "submit", class: "button primary" }, "Submit");
  const failure = h("p", { class: "bad", role: "alert" });
  const form = h(
    "form",
    { novalidate: true },
    h("h2", { id: "modal-title" }, modal.title),
    h("div", { class: "fields" }, lines),
    h("div", { class: "modal-foot" }, failure, cancel, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failure.textContent = "";
    if (!check(inputs)) return;
    submit.disabled = true;
    try {
      await send(...(await answersOf(inputs)));
      if (form.isConnected) dialog.close();
    } catch (error) {
      failure.textContent = error.message;
    }
    submit.disabled = false;
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  inputs[0]?.focus.focus();
}
