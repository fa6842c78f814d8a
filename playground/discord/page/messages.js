// One message as a row: who, when, what, reactions, and what can be done with it.

import { components, fileLink, picture } from "./components.js";
import { h, hueOf } from "./dom.js";
import { markdown } from "./markdown.js";

const EPHEMERAL = 64;
const LOADING = 128;
const V2 = 32768;
const REACTIONS = ["🔁", "🎲", "✉️", "⭐", "🗑️", "👍", "❤️", "😄"];

export function avatar(user, size = "") {
  const mark = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, (user.global_name ?? user.username)[0].toUpperCase());
  mark.style.setProperty("--hue", hueOf(user.username));
  if (user.bot) mark.classList.add("bot");
  return mark;
}

function head(message) {
  const date = new Date(message.timestamp);
  return h(
    "header",
    { class: "message-head" },
    h("strong", {}, message.author.global_name ?? message.author.username),
    message.author.bot && h("span", { class: "tag" }, "app"),
    h("time", { datetime: message.timestamp, title: date.toLocaleString() }, date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    message.edited_timestamp && h("span", { class: "small" }, "(edited)"),
  );
}

function origin(message) {
  const used = message.interaction_metadata;
  if (!used) return null;
  const name = used.user.global_name ?? used.user.username;
  const what = used.name ? `used ${used.command_type === 1 || used.command_type === undefined ? "/" : ""}${used.name}` : "pressed a button";
  return h("p", { class: "origin" }, avatar(used.user, "tiny"), h("strong", {}, name), ` ${what}`);
}

function embed(one, names) {
  const fields = (one.fields ?? []).map((field) => h("div", { class: "embed-field" }, h("strong", {}, field.name), markdown(field.value, names)));
  return h(
    "div",
    { class: "container embed" },
    one.author?.name && h("p", { class: "small" }, one.author.name),
    one.title && h("h4", {}, one.title),
    one.description && markdown(one.description, names),
    fields,
    one.image && picture(one.image, one.title),
    one.footer?.text && h("p", { class: "small" }, one.footer.text),
  );
}

function attachments(message) {
  if (message.flags & V2) return [];
  return message.attachments.map((one) =>
    one.content_type?.startsWith("image/") ? h("div", { class: "gallery of-1" }, picture(one, one.description ?? one.filename)) : fileLink(one.filename, one.size, one.url),
  );
}

function reactions(message, actions) {
  const chips = (message.reactions ?? []).map((one) =>
    h("button", { class: one.me ? "reaction mine" : "reaction", type: "button", "aria-pressed": String(one.me), onclick: () => actions.react(message, one.emoji.name, one.me) }, one.emoji.name, h("span", {}, String(one.count))),
  );
  return chips.length ? h("div", { class: "reactions" }, chips) : null;
}

function tools(message, actions) {
  if (message.flags & (EPHEMERAL | LOADING)) return null;
  const picker = h(
    "div",
    { class: "picker" },
    REACTIONS.map((emoji) => h("button", { type: "button", "aria-label": `React with ${emoji}`, onclick: () => actions.react(message, emoji, false) }, emoji)),
  );
  const menu = actions.menuCommands().map((one) => h("button", { type: "button", class: "menu-item", onclick: () => actions.context(message, one) }, one.name));
  const close = (event) => event.target.tagName === "BUTTON" && event.currentTarget.removeAttribute("open");
  return h("details", { class: "tools", onclick: close }, h("summary", { "aria-label": "React, apps" }, "☺"), h("div", { class: "popover" }, picker, menu));
}

function footer(message, actions) {
  if (!(message.flags & EPHEMERAL)) return null;
  return h("p", { class: "only-you" }, "Only you can see this · ", h("button", { type: "button", class: "plain", onclick: () => actions.dismiss(message) }, "dismiss"));
}

export function messageRow(message, world, actions) {
  const context = { ...world, message, onclick: (customId, values) => actions.click(message, customId, values) };
  const loading = message.flags & LOADING;
  const body = loading
    ? [h("p", { class: "thinking" }, `${message.author.global_name ?? message.author.username} is thinking`, h("i", {}), h("i", {}), h("i", {}))]
    : [message.content && markdown(message.content, world.names), attachments(message), message.embeds.map((one) => embed(one, world.names)), components(message.components, context)];
  return h(
    "article",
    { class: message.flags & EPHEMERAL ? "message ephemeral" : "message", "data-id": message.id },
    origin(message),
    avatar(message.author),
    h("div", { class: "message-body" }, head(message), body, reactions(message, actions), footer(message, actions)),
    tools(message, actions),
  );
}
