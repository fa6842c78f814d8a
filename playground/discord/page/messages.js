// One message as a row: who, when, what, reactions, and what can be done with it.

import { colour, components, everyOne, fileLink, gallery, picture } from "./components.js";
import { control, glyph, h, safeLink, span } from "./dom.js";
import { markdown } from "./markdown.js";
import { here, nameOf, own } from "./state.js";

const EPHEMERAL = 64;
const LOADING = 128;
const V2 = 32768;
const SLASH = 1;
const TEXT = 10;

export const isEphemeral = (message) => Boolean(message.flags & EPHEMERAL);
export const isLoading = (message) => Boolean(message.flags & LOADING);

function hueOf(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 53 + letter.codePointAt(0) * 97) % 360;
  return sum;
}

export function avatar(user, size = "") {
  const mark = h(
    "span",
    { class: `avatar ${size} ${user.bot ? "bot" : ""}`, "aria-hidden": "true", "data-do": "user", "data-user": user.id },
    nameOf(user)[0].toUpperCase(),
  );
  mark.style.setProperty("--hue", hueOf(user.username));
  return mark;
}

function whenText(date) {
  const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return date.toDateString() === new Date().toDateString() ? clock : `${date.toLocaleDateString([], { dateStyle: "short" })} ${clock}`;
}

function head(message) {
  const date = new Date(message.timestamp);
  return h(
    "header",
    { class: "message-head" },
    control({ class: "who", "data-do": "user", "data-user": message.author.id }, nameOf(message.author)),
    message.author.bot && span("tag", "app"),
    h("time", { datetime: message.timestamp, title: date.toLocaleString() }, whenText(date)),
  );
}

// All that a message says, in one line.
export function wordsOf(message) {
  const texts = [message.content, ...everyOne(message.components ?? []).filter((one) => one.type === TEXT).map((one) => one.content)];
  const lines = texts.flatMap((text) => [...markdown(text).querySelectorAll("p, li, blockquote, pre, h3, h4, h5")]);
  return lines.map((line) => line.textContent).join(" ").replace(/\s+/g, " ").trim();
}

// The line above a message: what it replies to, or which command made it.
function origin(message) {
  const used = message.interaction_metadata;
  if (!used?.name && message.message_reference) {
    const to = here.messages.get(message.message_reference.message_id) ?? message.referenced_message;
    if (!to) return h("p", { class: "origin" }, h("em", {}, "The original message is gone"));
    const words = wordsOf(to) || "a picture";
    return h(
      "p",
      { class: "origin" },
      avatar(to.author, "tiny"),
      h("strong", {}, nameOf(to.author)),
      control({ class: "origin-words", "data-do": "jump", "data-to": to.id }, words),
    );
  }
  if (!used?.name) return null;
  const command = `${used.command_type === SLASH || used.command_type === undefined ? "/" : ""}${used.name}`;
  return h("p", { class: "origin" }, avatar(used.user, "tiny"), h("strong", {}, nameOf(used.user)), " used ", span("mention", command));
}

function embed(one) {
  const fields = (one.fields ?? []).map((field) => h(
    "div",
    { class: field.inline ? "embed-field inline" : "embed-field" },
    h("strong", {}, field.name),
    markdown(field.value),
  ));
  const href = one.url && safeLink(one.url);
  const title = href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, one.title) : one.title;
  const foot = [one.footer?.text, one.timestamp && new Date(one.timestamp).toLocaleString()].filter(Boolean).join(" • ");
  const words = [
    one.author?.name && h("p", { class: "embed-author" }, one.author.name),
    one.title && h("p", { class: "embed-title" }, title),
    one.description && markdown(one.description),
    fields.length ? h("div", { class: "embed-fields" }, fields) : null,
  ];
  const box = h(
    "div",
    { class: "container embed" },
    h(
      "div",
      { class: "section" },
      h("div", { class: "section-words" }, words),
      one.thumbnail && h("div", { class: "thumbnail" }, picture(one.thumbnail, "")),
    ),
    one.image && gallery({ items: [{ media: one.image, description: one.title }] }),
    foot && h("p", { class: "small" }, foot),
  );
  if (one.color) box.style.setProperty("--accent-line", colour(one.color));
  return box;
}

// Attachments that no component shows: pictures in one gallery, the rest below.
function attachments(message) {
  if (message.flags & V2) return [];
  const isPicture = (one) => one.content_type?.startsWith("image/");
  const items = message.attachments.filter(isPicture).map((one) => ({
    media: one,
    description: one.description ?? one.filename,
    spoiler: one.filename.startsWith("SPOILER_"),
  }));
  return [items.length ? gallery({ items }) : null, message.attachments.filter((one) => !isPicture(one)).map((one) => fileLink(one.filename, one.size, one.url))];
}

function reactions(message) {
  const chip = (one) =>
    control(
      {
        class: one.me ? "reaction mine" : "reaction",
        "aria-pressed": String(one.me),
        "data-do": "toggle",
        "data-emoji": one.emoji.name,
        "data-key": one.emoji.name,
      },
      span("emoji", one.emoji.name),
      h("span", {}, String(one.count)),
    );
  return message.reactions?.length ? h("div", { class: "reactions", "data-key": "reactions" }, message.reactions.map(chip)) : null;
}

function tools(message) {
  if (isLoading(message)) return null;
  const tool = (doing, label, sign) => control({ class: "tool", "data-do": doing, "data-key": doing, "aria-label": label, title: label }, sign);
  return h("div", { class: "tools", "data-key": "tools" }, !isEphemeral(message) && tool("pick", "Add reaction", "☺"), tool("more", "More", "⋯"));
}

function content(message) {
  if (isLoading(message)) return h("p", { class: "thinking" }, glyph("dots", h("i", {}), h("i", {}), h("i", {})), `${nameOf(message.author)} is thinking…`);
  return [
    message.content && markdown(message.content),
    attachments(message),
    (message.embeds ?? []).map(embed),
    components(message.components ?? []),
    message.edited_timestamp && h("span", { class: "edited", title: new Date(message.edited_timestamp).toLocaleString() }, "(edited)"),
  ];
}

export function messageRow(message) {
  const isMine = message.mentions?.some((one) => one.id === own()?.id);
  const only = isEphemeral(message) && h(
    "p",
    { class: "only-you", "data-key": "only" },
    "◉ Only you can see this • ",
    control({ class: "plain", "data-do": "dismiss" }, "Dismiss message"),
  );
  return h(
    "article",
    {
      class: `message ${isEphemeral(message) ? "ephemeral" : ""} ${isMine ? "mentioned" : ""}`.trim(),
      "data-id": message.id,
      "data-key": message.id,
      tabindex: "-1",
      "aria-label": `${nameOf(message.author)}, ${whenText(new Date(message.timestamp))}`,
    },
    origin(message),
    avatar(message.author),
    h("div", { class: "message-body" }, head(message), content(message), reactions(message), only),
    tools(message),
  );
}
