// A command being filled in: its options as fields, the rest as chips, and what is wrong with them.

import { call } from "./api.js";
import { control, h, span } from "./dom.js";
import { Listbox } from "./listbox.js";
import { aboutOption, ATTACHMENT, optionField } from "./options.js";
import { place } from "./state.js";

const SUBCOMMAND = 1;
const GROUP = 2;
const CHAT = 1;

// Every way to run a command: the command itself, or one entry a subcommand.
export function runnable(commands) {
  const found = [];
  for (const command of commands.filter((one) => one.type === CHAT)) {
    const open = (options, words) => {
      const inner = (options ?? []).filter((one) => one.type === SUBCOMMAND || one.type === GROUP);
      for (const one of inner) open(one.options, [...words, one]);
      if (!inner.length) found.push({
        command,
        words,
        options: options ?? [],
        title: [command.name, ...words.map((word) => word.name)].join(" "),
        description: words.at(-1)?.description ?? command.description,
      });
    };
    open(command.options, []);
  }
  return found.sort((a, b) => a.title.localeCompare(b.title));
}

// Splits `seed:7 model:x` into values by option; words before the first name go to the first option that takes text.
function parseOptions(rest, options) {
  const values = new Map();
  const names = options.map((one) => one.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const parts = names ? rest.split(new RegExp(`(?:^|\\s)(${names}):`)) : [rest];
  const free = parts[0].trim();
  const first = options.find((one) => one.type !== ATTACHMENT);
  if (free && first) values.set(first.name, free);
  for (let index = 1; index < parts.length; index += 2) values.set(parts[index], parts[index + 1].trim());
  return values;
}

export class CommandForm {
  // `host` gives back(), send(form); `rest` is what was typed after the command's name.
  constructor(entry, rest, host) {
    this.entry = entry;
    this.host = host;
    this.fields = new Map();
    this.bar = h("div", { class: "options" });
    this.more = h("div", { class: "more", role: "group", "aria-label": "Further options" });
    this.about = h("p", { class: "about", role: "status" });
    this.next = h("input", { class: "next", "aria-label": "Add an option", size: "8" });
    this.list = new Listbox(this.next, "Options", (item) => this.add(item.option).input.focus());
    const back = control({ class: "icon-button", "aria-label": "Back to messages", onclick: () => host.back() }, "✕");
    const send = h("button", { type: "submit", class: "button primary send" }, "Send");
    this.root = h(
      "form",
      { class: "command", novalidate: true },
      this.about,
      h("div", { class: "bar" }, back, span("slash", `/${entry.title}`), this.bar, send),
      this.list.list,
      this.more,
    );
    this.bar.append(this.next);
    this.listen();
    const given = parseOptions(rest, entry.options);
    for (const option of entry.options) {
      if (option.required || given.has(option.name)) this.add(option).set(given.get(option.name) ?? "");
    }
    this.showMore();
    this.explain();
  }

  listen() {
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("focusin", (event) => this.explain(event.target.closest("[data-option]")?.dataset.option));
    this.root.addEventListener("focusout", (event) => this.fieldOf(event.target)?.list?.hide());
    this.next.addEventListener("input", () => this.suggest());
    this.next.addEventListener("focusout", () => this.list.hide());
  }

  fieldOf(element) {
    return this.fields.get(element.closest("[data-option]")?.dataset.option);
  }

  left() {
    return this.entry.options.filter((option) => !this.fields.has(option.name));
  }

  focus() {
    const empty = [...this.fields.values()].find((field) => field.option.required && field.problem());
    (empty?.input ?? this.next).focus();
  }

  say(sentence, isBad = false) {
    this.about.replaceChildren(h("strong", {}, `/${this.entry.title} `), h("span", { class: isBad ? "bad" : "" }, sentence));
  }

  explain(name) {
    const option = this.entry.options.find((one) => one.name === name);
    if (option) this.about.replaceChildren(h("strong", {}, `${option.name} `), aboutOption(option));
    else this.say(this.entry.description);
  }

  showMore() {
    const left = this.left();
    const chip = (option) => control({ class: "chip", title: aboutOption(option), onclick: () => this.add(option).input.focus() }, `+ ${option.name}`);
    this.more.replaceChildren(...left.map(chip));
    this.more.hidden = !left.length;
    this.next.placeholder = left.length ? `+${left.length} optional` : "";
  }

  // Typing an option's name at the end of the line brings its field.
  suggest() {
    const typed = this.next.value.trim().toLowerCase();
    const named = this.left().find((option) => `${option.name}:` === typed);
    if (named) return this.add(named).input.focus();
    const found = this.left().filter((option) => option.name.startsWith(typed));
    this.list.show(found.map((option) => ({ option, label: option.name, note: option.description })), typed ? "No such option" : "");
  }

  pressed(event) {
    const field = this.fieldOf(event.target);
    if ((field?.list ?? this.list).key(event)) return;
    const isEmpty = event.target.value === "";
    if (event.key === "Escape") this.host.back();
    else if (event.key === "ArrowDown" && event.target === this.next && this.left().length) this.suggest();
    else if (event.key === "ArrowDown" && field?.list) event.target.dispatchEvent(new Event("focus"));
    else if (event.key === "Backspace" && isEmpty && !event.repeat) this.stepBack(field);
    else return;
    event.preventDefault();
  }

  // Backspace in an empty field takes the option away again, as it was added.
  stepBack(field) {
    if (field && !field.option.required) this.remove(field);
    else if (!field) [...this.fields.values()].at(-1)?.input.focus();
  }

  add(option) {
    if (this.fields.has(option.name)) return this.fields.get(option.name);
    const ask = async (text) => (await call(
      "POST",
      "autocomplete",
      { ...this.named(), options: await this.values(option.name), option: option.name, value: text },
    ).catch(() => ({ choices: [] }))).choices;
    const field = { option, ...optionField(option, () => this.focus(), ask) };
    const remove = !option.required && control({ class: "remove", tabindex: "-1", "aria-label": `Without ${option.name}`, onclick: () => this.remove(field) }, "✕");
    field.root = h(
      "div",
      { class: "option", "data-option": option.name },
      h("span", { class: "option-name", "aria-hidden": "true", onclick: () => field.input.focus() }, option.name),
      field.element,
      remove,
    );
    field.input.addEventListener("input", () => this.unmark(field));
    this.fields.set(option.name, field);
    this.next.before(field.root);
    this.next.value = "";
    this.list.hide();
    this.showMore();
    return field;
  }

  remove(field) {
    this.fields.delete(field.option.name);
    field.root.remove();
    this.showMore();
    this.next.focus();
  }

  unmark(field) {
    field.root.classList.remove("wrong");
    field.input.removeAttribute("aria-invalid");
  }

  // Puts files into attachment options: those that are empty first, then new ones.
  takeFiles(files) {
    for (const file of files) {
      const empty = [...this.fields.values()].find((field) => field.take && field.isEmpty());
      const option = this.left().find((one) => one.type === ATTACHMENT);
      const field = empty ?? (option && this.add(option));
      if (!field) return this.say("This command takes no further file.", true);
      field.take(file);
      this.unmark(field);
    }
  }

  named() {
    const word = (kind) => this.entry.words.find((one) => one.type === kind)?.name;
    return { ...place(), name: this.entry.command.name, bot: this.entry.command.application_id, group: word(GROUP), subcommand: word(SUBCOMMAND) };
  }

  async values(leaveOut, isFile = false) {
    const found = {};
    for (const [name, field] of this.fields) {
      if (name === leaveOut || (field.option.type === ATTACHMENT) !== isFile) continue;
      const value = await field.value();
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  async body() {
    return { ...this.named(), options: await this.values(), files: await this.values("", true) };
  }

  // The line that would bring this form back.
  line() {
    const given = [...this.fields.values()].filter((field) => field.text()).map((field) => `${field.option.name}:${field.text()}`);
    return [`/${this.entry.title}`, ...given].join(" ");
  }

  send() {
    const wrong = [...this.fields.values()].filter((field) => field.problem());
    for (const field of wrong) {
      field.root.classList.add("wrong");
      field.input.setAttribute("aria-invalid", "true");
    }
    const stray = this.next.value.trim();
    if (!wrong.length && !stray) return this.host.send(this);
    (wrong[0]?.input ?? this.next).focus();
    const sentences = wrong.map((field) => field.problem());
    this.say([...sentences, ...(stray ? [`there is no option “${stray}”`] : [])].join("; "), true);
  }
}
