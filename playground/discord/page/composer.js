// The line at the bottom: messages, and commands with their options.

import { call, fileBody } from "./api.js";
import { h } from "./dom.js";

const SUBCOMMAND = 1;
const GROUP = 2;
const BOOLEAN = 5;
const FILE = 11;
const NUMBERS = [4, 10];

// Every way to run a command: the command itself, or one entry a subcommand.
export function runnable(commands) {
  const found = [];
  for (const command of commands.filter((one) => one.type === 1)) {
    const open = (options, words) => {
      const inner = (options ?? []).filter((one) => one.type === SUBCOMMAND || one.type === GROUP);
      for (const one of inner) open(one.options, [...words, one]);
      if (!inner.length) found.push({ command, words, options: options ?? [], title: [command.name, ...words.map((word) => word.name)].join(" "), description: words.at(-1)?.description ?? command.description });
    };
    open(command.options, []);
  }
  return found.sort((a, b) => a.title.localeCompare(b.title));
}

export class Composer {
  // `host` gives: world(), place() -> {user, channel}, commands(), run(body), say(content, files)
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.showLine();
  }

  showLine(text = "") {
    this.list = h("div", { class: "suggestions", role: "listbox", id: "suggestions", hidden: true });
    this.input = h("input", { class: "line", type: "text", autocomplete: "off", role: "combobox", "aria-expanded": "false", "aria-controls": "suggestions", "aria-label": "Message, or / for commands", placeholder: `Message ${this.host.place().title}, or type /`, maxLength: 2000 });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.showFiles() });
    this.files = h("span", { class: "small files" });
    const attach = h("button", { type: "button", class: "attach", "aria-label": "Attach files", onclick: () => this.picker.click() }, "+");
    const form = h("form", { class: "bar" }, attach, this.picker, this.input, this.files, h("button", { class: "button primary send", type: "submit" }, "Send"));
    this.input.value = text;
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("submit", (event) => this.submitted(event));
    this.root.replaceChildren(this.list, form);
  }

  showFiles() {
    this.files.textContent = [...this.picker.files].map((file) => file.name).join(", ");
  }

  matches() {
    const typed = this.input.value.slice(1).toLowerCase();
    return runnable(this.host.commands()).filter((one) => one.title.startsWith(typed));
  }

  suggest() {
    const open = this.input.value.startsWith("/");
    this.found = open ? this.matches() : [];
    this.active = 0;
    this.input.setAttribute("aria-expanded", String(open));
    this.list.hidden = !open;
    const empty = h("p", { class: "small" }, "No such command here. Is the bot connected?");
    this.list.replaceChildren(...(this.found.length ? this.found.map((one, index) => this.entry(one, index)) : [empty]));
    this.mark();
  }

  entry(one, index) {
    const options = one.options.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" ");
    return h("button", { type: "button", role: "option", id: `suggestion-${index}`, class: "suggestion", onclick: () => this.choose(one) }, h("span", {}, h("strong", {}, `/${one.title}`), h("span", { class: "small" }, ` ${options}`)), h("span", { class: "small" }, one.description));
  }

  mark() {
    [...this.list.children].forEach((child, index) => {
      child.classList.toggle("active", index === this.active);
      child.setAttribute("aria-selected", String(index === this.active));
    });
    if (this.found.length) this.input.setAttribute("aria-activedescendant", `suggestion-${this.active}`);
    else this.input.removeAttribute("aria-activedescendant");
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    if (this.list.hidden || !this.found?.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.active = (this.active + step + this.found.length) % this.found.length;
    else if (event.key === "Tab" || event.key === "Enter") this.choose(this.found[this.active]);
    else if (event.key === "Escape") this.list.hidden = true;
    else return;
    event.preventDefault();
    this.mark();
  }

  async submitted(event) {
    event.preventDefault();
    const content = this.input.value.trim();
    if (content.startsWith("/") || (!content && !this.picker.files.length)) return;
    const files = {};
    for (const [index, file] of [...this.picker.files].entries()) files[index] = await fileBody(file);
    this.showLine();
    this.input.focus();
    this.host.say(content, files);
  }

  choose(one) {
    const fields = new CommandForm(this, one);
    this.root.replaceChildren(fields.root);
    fields.focus();
  }
}

class CommandForm {
  constructor(composer, one) {
    this.composer = composer;
    this.one = one;
    this.values = new Map();
    this.fields = h("div", { class: "options" });
    this.more = h("div", { class: "more" });
    this.send = h("button", { type: "submit", class: "button primary send" }, "Send");
    const back = h("button", { type: "button", class: "attach", "aria-label": "Back", onclick: () => this.back() }, "×");
    const about = h("p", { class: "small about" }, h("strong", {}, `/${one.title}`), ` ${one.description}`);
    this.root = h("form", { class: "command" }, about, h("div", { class: "bar" }, back, h("span", { class: "slash" }, `/${one.title}`), this.fields, this.send), this.more);
    this.root.addEventListener("submit", (event) => this.submitted(event));
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.back());
    one.options.filter((option) => option.required).forEach((option) => this.add(option));
    this.showMore();
  }

  focus() {
    (this.fields.querySelector("input, select") ?? this.send).focus();
  }

  back() {
    this.composer.showLine();
    this.composer.input.focus();
  }

  showMore() {
    const left = this.one.options.filter((option) => !this.values.has(option.name));
    const chips = left.map((option) => h("button", { type: "button", class: "chip", title: option.description, onclick: () => this.add(option, true) }, `+ ${option.name}`));
    this.more.replaceChildren(...chips);
  }

  add(option, focus = false) {
    const [element, read] = this.field(option);
    this.values.set(option.name, read);
    this.fields.append(h("label", { class: "option", title: option.description }, h("span", {}, option.name), element));
    this.showMore();
    if (focus) element.querySelector?.("input")?.focus() ?? element.focus();
  }

  field(option) {
    const shared = { required: Boolean(option.required), "aria-label": option.name, "data-option": option.name };
    const world = this.composer.host.world();
    const list = (choices) => {
      const select = h("select", shared, h("option", { value: "" }, "…"), choices.map(([value, label]) => h("option", { value: String(value) }, label)));
      return [select, () => choices.find(([value]) => String(value) === select.value)?.[0]];
    };
    if (option.choices?.length) return list(option.choices.map((choice) => [choice.value, choice.name]));
    if (option.type === BOOLEAN) return list([[true, "True"], [false, "False"]]);
    if (option.type === 6 || option.type === 9) return list(world.users.map((user) => [user.id, user.global_name ?? user.username]));
    if (option.type === 7) return list(world.channels.map((channel) => [channel.id, `#${channel.name}`]));
    if (option.type === FILE) {
      const input = h("input", { ...shared, type: "file" });
      return [input, () => (input.files[0] ? fileBody(input.files[0]) : undefined)];
    }
    return option.autocomplete ? this.completing(option, shared) : this.plain(option, shared);
  }

  plain(option, shared) {
    const number = NUMBERS.includes(option.type);
    const bounds = number ? { min: option.min_value?.toString(), max: option.max_value?.toString(), step: option.type === 10 ? "any" : "1" } : { minLength: option.min_length ?? 0, maxLength: option.max_length ?? 6000 };
    const input = h("input", { ...shared, ...bounds, type: number ? "number" : "text", autocomplete: "off", placeholder: option.description });
    return [input, () => (input.value === "" ? undefined : number ? Number(input.value) : input.value)];
  }

  completing(option, shared) {
    const [input, read] = this.plain({ ...option, type: 3 }, shared);
    const list = h("div", { class: "suggestions small-list", hidden: true });
    let chosen = null;
    let timer = 0;
    const pick = (choice) => {
      chosen = choice;
      input.value = choice.name;
      list.hidden = true;
    };
    const ask = async () => {
      const answer = await call("POST", "autocomplete", { ...(await this.body(true, option.name)), option: option.name, value: input.value }).catch(() => ({ choices: [] }));
      list.replaceChildren(...answer.choices.map((choice) => h("button", { type: "button", class: "suggestion", onmousedown: (event) => event.preventDefault(), onclick: () => pick(choice) }, choice.name)));
      list.hidden = !answer.choices.length || document.activeElement !== input;
    };
    const later = () => {
      chosen = null;
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    };
    input.addEventListener("input", later);
    input.addEventListener("focus", later);
    input.addEventListener("blur", () => (list.hidden = true));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && !list.hidden) {
        event.preventDefault();
        list.firstElementChild.click();
      }
    });
    const value = () => (chosen ? chosen.value : NUMBERS.includes(option.type) && input.value !== "" ? Number(input.value) : read());
    return [h("span", { class: "completing" }, input, list), value];
  }

  async body(partial = false, leaveOut = "") {
    const options = {};
    const files = {};
    for (const [name, read] of this.values) {
      const value = await read();
      if (value === undefined || name === leaveOut) continue;
      if (this.one.options.find((option) => option.name === name).type === FILE) files[name] = value;
      else options[name] = value;
    }
    const word = (kind) => this.one.words.find((one) => one.type === kind)?.name;
    const { user, channel } = this.composer.host.place();
    return { user, channel, name: this.one.command.name, bot: this.one.command.application_id, group: word(GROUP), subcommand: word(SUBCOMMAND), options, ...(partial ? {} : { files }) };
  }

  async submitted(event) {
    event.preventDefault();
    const body = await this.body();
    this.back();
    this.composer.host.run(body);
  }
}
