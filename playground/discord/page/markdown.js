// A small part of Discord's markdown, as nodes.

import { h, safeLink } from "./dom.js";

const INLINE = [
  [/^\\([\\*_~`|<>#\-[\]():@.])/, (match) => match[1]],
  [/^```(?:\w+\n)?([\s\S]+?)```/, (match) => h("pre", {}, match[1].replace(/^\n|\n$/g, ""))],
  [/^`([^`\n]+)`/, (match) => h("code", {}, match[1])],
  [/^\*\*([\s\S]+?)\*\*/, (match, names) => h("strong", {}, inline(match[1], names))],
  [/^__([\s\S]+?)__/, (match, names) => h("u", {}, inline(match[1], names))],
  [/^~~([\s\S]+?)~~/, (match, names) => h("s", {}, inline(match[1], names))],
  [/^\|\|([\s\S]+?)\|\|/, (match, names) => spoiler(inline(match[1], names))],
  [/^\*([^*\n]+)\*/, (match, names) => h("em", {}, inline(match[1], names))],
  [/^_([^_\n]+)_(?!\w)/, (match, names) => h("em", {}, inline(match[1], names))],
  [/^\[([^\]\n]+)\]\(<?([^)\s>]+)>?\)/, (match, names) => link(match[2], inline(match[1], names))],
  [/^<?(https?:\/\/[^\s<>)]+)>?/, (match) => link(match[1], [match[1]])],
  [/^<@!?(\d+)>/, (match, names) => h("span", { class: "mention" }, `@${names.users.get(match[1]) ?? "someone"}`)],
  [/^<#(\d+)>/, (match, names) => h("span", { class: "mention" }, `#${names.channels.get(match[1]) ?? "channel"}`)],
  [/^<\/([^:>]+):\d+>/, (match) => h("span", { class: "mention" }, `/${match[1]}`)],
  [/^<t:(-?\d+)(?::(\w))?>/, (match) => time(Number(match[1]), match[2])],
];

const BLOCKS = [
  [/^(#{1,3}) (.+)/, (match, names) => h(`h${match[1].length + 2}`, {}, inline(match[2], names))],
  [/^-# (.+)/, (match, names) => h("p", { class: "small" }, inline(match[1], names))],
  [/^> (.+)/, (match, names) => h("blockquote", {}, inline(match[1], names))],
  [/^[-*] (.+)/, (match, names) => h("p", { class: "point" }, inline(match[1], names))],
];

function link(address, children) {
  const href = safeLink(address);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, children) : h("span", {}, children);
}

function spoiler(children) {
  const toggle = (event) => event.currentTarget.classList.toggle("open");
  return h("span", { class: "spoiler", role: "button", tabindex: "0", onclick: toggle }, children);
}

function time(seconds, style) {
  const date = new Date(seconds * 1000);
  const away = Math.round((date - Date.now()) / 60000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const relative = Math.abs(away) < 90 ? format.format(away, "minute") : format.format(Math.round(away / 60), "hour");
  return h("time", { datetime: date.toISOString(), title: date.toLocaleString() }, style === "R" ? relative : date.toLocaleString());
}

function inline(text, names) {
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
    nodes.push(found[1](found[0], names));
    text = text.slice(found[0][0].length);
  }
  if (plain) nodes.push(plain);
  return nodes;
}

export function markdown(text, names) {
  const root = h("div", { class: "text" });
  let paragraph = [];
  const close = () => {
    if (paragraph.length) root.append(h("p", {}, inline(paragraph.join("\n"), names)));
    paragraph = [];
  };
  if (text.includes("```")) {
    root.append(...inline(text, names));
    return root;
  }
  for (const line of text.split("\n")) {
    const block = BLOCKS.map(([pattern, build]) => [pattern.exec(line), build]).find(([match]) => match);
    if (block) {
      close();
      root.append(block[1](block[0], names));
    } else if (line.trim() === "") close();
    else paragraph.push(line);
  }
  close();
  return root;
}
