// Modals: a form out of labels, text inputs, selects, choices and files.

import { fileBody } from "./api.js";
import { h } from "./dom.js";
import { markdown } from "./markdown.js";

const dialog = document.getElementById("modal");

function textInput(one) {
  const props = { name: one.custom_id, placeholder: one.placeholder, required: one.required ?? true, minLength: one.min_length ?? 0, maxLength: one.max_length ?? 4000 };
  const input = one.style === 2 ? h("textarea", { ...props, rows: "4" }) : h("input", { ...props, type: "text" });
  input.value = one.value ?? "";
  return [input, () => input.value];
}

function listInput(one, world) {
  const options = one.options ?? (one.type === 8 ? world.channels : world.users).map((item) => ({ value: item.id, label: item.global_name ?? item.name ?? item.username }));
  const several = (one.max_values ?? 1) > 1;
  const list = h("select", { name: one.custom_id, multiple: several, required: one.required ?? true });
  if (!several) list.append(h("option", { value: "" }, one.placeholder ?? "–"));
  list.append(...options.map((option) => h("option", { value: option.value, selected: Boolean(option.default) }, option.label)));
  return [list, () => [...list.selectedOptions].map((option) => option.value).filter(Boolean)];
}

function choiceInput(one, type) {
  const boxes = one.options.map((option) => h("input", { type, name: one.custom_id, value: option.value, checked: Boolean(option.default) }));
  const lines = one.options.map((option, index) => h("label", { class: "choice" }, boxes[index], option.label));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  return [h("div", {}, lines), type === "radio" ? () => chosen()[0] : chosen];
}

function checkbox(one) {
  const box = h("input", { type: "checkbox", name: one.custom_id, checked: Boolean(one.default) });
  return [box, () => box.checked];
}

function fileInput(one) {
  const input = h("input", { type: "file", name: one.custom_id, multiple: (one.max_values ?? 1) > 1, required: one.required ?? true });
  return [input, null, async () => Promise.all([...input.files].map(fileBody))];
}

const INPUTS = { 3: listInput, 4: textInput, 5: listInput, 6: listInput, 7: listInput, 8: listInput, 19: fileInput, 21: (one) => choiceInput(one, "radio"), 22: (one) => choiceInput(one, "checkbox"), 23: checkbox };

// Opens the modal; `send(fields, files)` is called once when it is filled in.
export function openModal(modal, world, send) {
  const inputs = [];
  const field = (one, label, description) => {
    const [element, value, files] = INPUTS[one.type](one, world);
    inputs.push({ name: one.custom_id, value, files });
    return h("label", { class: "field" }, h("span", {}, label ?? one.label ?? ""), description && h("span", { class: "small" }, description), element);
  };
  const lines = modal.components.map((one) => {
    if (one.type === 10) return markdown(one.content, world.names);
    if (one.type === 18) return field(one.component, one.label, one.description);
    return one.components.map((inner) => field(inner));
  });
  const cancel = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel");
  const form = h("form", {}, h("h2", {}, modal.title), lines, h("div", { class: "row end" }, cancel, h("button", { type: "submit", class: "button primary" }, "Submit")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(inputs.filter((one) => one.value).map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined));
    const files = {};
    for (const one of inputs.filter((input) => input.files)) {
      const found = await one.files();
      if (found.length) files[one.name] = found;
    }
    dialog.close();
    send(fields, files);
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}
