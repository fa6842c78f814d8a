// Discord's markdown, as nodes.

import { h, safeLink, span } from "./dom.js";
import { here } from "./state.js";

const INLINE = [
  [/^\\([\\*_~`|<>#\-[\]():@.])/, (match) => match[1]],
  [/^`([^`\n]+)`/, (match) => h("code", {}, match[1])],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (match) => h("strong", {}, inline(match[1]))],
  [/^__([\s\S]+?)__(?!_)/, (match) => h("u", {}, inline(match[1]))],
  [/^~~([\s\S]+?)~~/, (match) => h("s", {}, inline(match[1]))],
  [/^\|\|([\s\S]+?)\|\|/, (match) => spoiler(inline(match[1]))],
  [/^\*(?!\s)([^*\n]+)\*/, (match) => h("em", {}, inline(match[1]))],
  [/^_([^_\n]+)_(?!\w)/, (match) => h("em", {}, inline(match[1]))],
  [/^\[([^\]\n]+)\]\(<?(https?:\/\/[^)\s>]+)>?(?: "[^"]*")?\)/, (match) => link(match[2], inline(match[1]))],
  [/^<(https?:\/\/[^\s>]+)>/, (match) => link(match[1], [match[1]])],
  [/^https?:\/\/[^\s<>)]+[^\s<>).,;:!?]/, (match) => link(match[0], [match[0]])],
  [/^<@!?(\d+)>/, (match) => mention(`@${here.names.users.get(match[1]) ?? "unknown-user"}`)],
  [/^<@&(\d+)>/, (match) => mention(`@${here.names.roles.get(match[1]) ?? "deleted-role"}`)],
  [/^<#(\d+)>/, (match) => mention(`#${here.names.channels.get(match[1]) ?? "unknown"}`)],
  [/^<\/([^:>]+):\d+>/, (match) => mention(`/${match[1]}`)],
  [/^@(everyone|here)\b/, (match) => mention(match[0])],
  [/^<a?:(\w+):\d+>/, (match) => span("small", `:${match[1]}:`)],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (match) => time(Number(match[1]), match[2] ?? "f")],
];

// Discord's letters for how a moment is written. R counts and is kept up to date.
const MOMENTS = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
const SPANS_S = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const TICK_MS = 5000;

function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, length] = SPANS_S.find(([, span]) => Math.abs(away) >= span) ?? SPANS_S.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(away / length), unit);
}

function time(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`;
  const words = style === "R" ? relative(seconds) : new Intl.DateTimeFormat(undefined, MOMENTS[style]).format(date);
  const title = new Intl.DateTimeFormat(undefined, MOMENTS.F).format(date);
  return h("time", { class: "moment", datetime: date.toISOString(), title, "data-relative": style === "R" && String(seconds) }, words);
}

setInterval(() => {
  for (const one of document.querySelectorAll("time[data-relative]")) one.textContent = relative(Number(one.dataset.relative));
}, TICK_MS);

const mention = (words) => span("mention", words);

function link(address, children) {
  const href = safeLink(address);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, children) : h("span", {}, children);
}

function spoiler(children) {
  return h("span", { class: "spoiler", role: "button", tabindex: "0", title: "Spoiler", "data-do": "reveal", "data-veiled": true }, children);
}

function inline(text) {
  const nodes = [];
  let plain = "";
  while (text) {
    let found = null;
    for (const [pattern, build] of INLINE) {
      const match = pattern.exec(text);
      if (match) {
        found = [match, build];
        break;
      }
    }
    if (!found) {
      plain += text[0];
      text = text.slice(1);
      continue;
    }
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(found[1](found[0]));
    text = text.slice(found[0][0].length);
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const listItem = (tag) => (match) => {
  const item = h(tag, { class: `in-${Math.min(Math.floor(match[1].length / 2), 3)}` }, h("li", {}, inline(match.at(-1))));
  if (tag === "ol") item.start = Number(match[2]);
  return item;
};
const BLOCKS = [
  [/^(#{1,3}) (.+)/, (match) => h(`h${match[1].length + 2}`, {}, inline(match[2]))],
  [/^-# (.+)/, (match) => h("p", { class: "small" }, inline(match[1]))],
  [/^> ?(.*)/, (match) => h("blockquote", {}, inline(match[1]))],
  [/^( *)[-*] (.+)/, listItem("ul")],
  [/^( *)(\d{1,9})\. (.+)/, listItem("ol")],
];

// Lines that belong together (of a list, of a quotation) go into one element.
function joined(last, fresh) {
  if (!last || last.tagName !== fresh.tagName || last.className !== fresh.className) return false;
  if (fresh.tagName === "BLOCKQUOTE") last.append("\n", ...fresh.childNodes);
  else if (["UL", "OL"].includes(fresh.tagName)) last.append(...fresh.childNodes);
  else return false;
  return true;
}

function prose(text) {
  const blocks = [];
  let paragraph = [];
  const close = () => {
    const words = paragraph.join("\n").replace(/^\n+|\n+$/g, "");
    if (words) blocks.push(h("p", {}, inline(words)));
    paragraph = [];
  };
  const lines = text.split("\n");
  const quotedFrom = lines.findIndex((line) => line.startsWith(">>> "));
  if (quotedFrom >= 0) lines.push(...lines.splice(quotedFrom).join("\n").slice(4).split("\n").map((line) => `> ${line}`));
  for (const line of lines) {
    const [match, build] = BLOCKS.map(([pattern, make]) => [pattern.exec(line), make]).find(([found]) => found) ?? [];
    if (!match) {
      paragraph.push(line);
      continue;
    }
    close();
    const block = build(match);
    if (!joined(blocks.at(-1), block)) blocks.push(block);
  }
  close();
  return blocks;
}

export function markdown(text) {
  const parts = text.split(/```(?:\w*\n)?([\s\S]+?)```/);
  const blocks = parts.map((part, index) => (index % 2 ? h("pre", {}, part.replace(/\n$/, "")) : prose(part)));
  return h("div", { class: /^(?:\p{RGI_Emoji}|\s){1,20}$/v.test(text) ? "text jumbo" : "text" }, blocks);
}
