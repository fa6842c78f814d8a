// The line at the bottom: messages, and commands as soon as it starts with a slash.

import { fileBody } from "./api.js";
import { CommandForm, runnable } from "./command.js";
import { control, h } from "./dom.js";
import { Listbox } from "./listbox.js";
import { fileTile } from "./options.js";
import { here } from "./state.js";

const HISTORY_MAX = 50;
const FILES_MAX = 10;
const history = JSON.parse(localStorage.getItem("history") ?? "[]");

function remember(line) {
  if (history.at(-1) !== line) history.push(line);
  history.splice(0, history.length - HISTORY_MAX);
  localStorage.setItem("history", JSON.stringify(history));
}

export class Composer {
  // `host` gives run(body) and say(content, files), promises that fail when the server refuses, and tell(sentence).
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.form = null;
    root.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.takeFiles([...event.clipboardData.files]);
    });
    for (const kind of ["dragover", "dragleave", "drop"]) addEventListener(kind, (event) => this.dragged(event));
    this.showLine();
  }

  dragged(event) {
    if (!event.dataTransfer?.types.includes("Files") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.root.classList.toggle("drop", event.type === "dragover");
    if (event.type === "drop") this.takeFiles([...event.dataTransfer.files]);
  }

  showLine(text = "") {
    this.form = null;
    this.files = [];
    this.recalled = history.length;
    const where = here.channel ? `${here.channel.sign}${here.channel.title}` : "";
    this.input = h(
      "input",
      {
        class: "line",
        type: "text",
        "aria-label": "Message, or / for commands",
        placeholder: `Message ${where}, or type /`,
        maxLength: 2000,
      },
    );
    this.list = new Listbox(this.input, "Commands", (item) => this.choose(item.entry), "wide");
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files", onchange: () => this.takeFiles([...this.picker.files]) });
    this.tray = h("div", { class: "tray", hidden: true });
    const attach = control({ class: "icon-button attach", "aria-label": "Attach files", title: "Attach files", onclick: () => this.picker.click() }, "+");
    const slash = control({ class: "icon-button", "aria-label": "Commands", title: "Commands", onclick: () => this.put("/") }, "/");
    const form = h(
      "form",
      {},
      this.tray,
      h(
        "div",
        { class: "bar" },
        attach,
        this.picker,
        this.input,
        slash,
        h("button", { class: "button primary send", type: "submit" }, "Send"),
      ),
    );
    this.input.value = text;
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("focusout", () => this.list.hide());
    this.input.addEventListener("keydown", (event) => this.list.key(event) || this.pressed(event));
    form.addEventListener("submit", (event) => this.submitted(event));
    this.root.replaceChildren(this.list.list, form);
  }

  // Puts a text into the line, as if it had been typed.
  put(text) {
    this.showLine(text);
    this.input.focus();
    this.suggest();
  }

  focus() {
    if (this.form) this.form.focus();
    else this.input.focus();
  }

  // Another channel has other commands, members and values; a text that was begun stays.
  moveOn() {
    this.showLine(this.form ? "" : this.input.value);
  }

  takeFiles(files) {
    if (this.form) return this.form.takeFiles(files);
    this.files = [...this.files, ...files].slice(0, FILES_MAX);
    this.tray.replaceChildren(...this.files.map((file) => fileTile(file, () => this.dropFile(file))));
    this.tray.hidden = !this.files.length;
    this.picker.value = "";
    this.input.focus();
  }

  dropFile(file) {
    this.files = this.files.filter((one) => one !== file);
    this.takeFiles([]);
  }

  // Commands that begin with what was typed, those that contain it after them, and the one that is being written out.
  matches() {
    const typed = this.input.value.slice(1).toLowerCase();
    const all = runnable(here.commands);
    const written = all.filter((one) => typed.startsWith(`${one.title} `)).sort((a, b) => b.title.length - a.title.length);
    const begun = all.filter((one) => one.title.startsWith(typed));
    const others = all.filter((one) => typed.length > 1 && !begun.includes(one) && one.title.includes(typed));
    return [...begun, ...others, ...written.slice(0, 1)];
  }

  suggest() {
    if (!this.input.value.startsWith("/")) return this.list.hide();
    const bots = here.world.bots.length > 1;
    const item = (entry) => {
      const more = entry.options.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" ");
      return { entry, sign: "/", label: `/${entry.title}`, more, note: entry.description, tag: bots ? entry.command.bot_name : undefined };
    };
    const isAway = !here.world.bots.some((one) => one.ready);
    this.list.show(this.matches().map(item), isAway ? "The bot is offline, so there are no commands." : "No such command here.");
  }

  pressed(event) {
    const isFree = this.input.value === "" || this.input.value === history[this.recalled];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !isFree || event.altKey || !history.length) return;
    event.preventDefault();
    this.recalled = Math.max(0, Math.min(history.length, this.recalled + step));
    this.input.value = history[this.recalled] ?? "";
  }

  choose(entry) {
    const typed = this.input.value.slice(1);
    const rest = typed.toLowerCase().startsWith(`${entry.title} `) ? typed.slice(entry.title.length + 1) : "";
    this.showForm(new CommandForm(entry, rest, { back: () => this.put(""), send: (form) => this.run(form) }));
  }

  showForm(form) {
    this.form = form;
    this.root.replaceChildren(form.root);
    form.focus();
  }

  async run(form) {
    const body = await form.body();
    remember(form.line());
    this.showLine();
    this.input.focus();
    try {
      await this.host.run(body);
    } catch (error) {
      if (this.form || this.input.value) throw error;
      this.showForm(form);
      form.say(error.message, true);
    }
  }

  async submitted(event) {
    event.preventDefault();
    const content = this.input.value.trim();
    if (content.startsWith("/")) {
      const [entry] = this.matches();
      return entry ? this.choose(entry) : this.suggest();
    }
    if (!content && !this.files.length) return null;
    const files = this.files;
    const bodies = Object.fromEntries(await Promise.all(files.map(async (file, index) => [index, await fileBody(file)])));
    if (content) remember(content);
    this.showLine();
    this.input.focus();
    return this.host.say(content, bodies).catch((error) => {
      if (!this.form && !this.input.value) this.showLine(content);
      if (!this.form) this.takeFiles(files);
      this.host.tell(error.message);
    });
  }
}
