// Components of messages: Components V2 and rows of buttons and selects.

import { fileAddress, h, safeLink } from "./dom.js";
import { markdown } from "./markdown.js";
import { openPicture } from "./viewer.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

// `context` is {message, names, users, channels, onclick(custom_id, values)}.
const KINDS = { 1: row, 2: button, 3: select, 5: select, 6: select, 7: select, 8: select, 9: section, 10: text, 11: thumbnail, 12: gallery, 13: file, 14: separator, 17: container };

export function components(list, context) {
  return list.map((one) => KINDS[one.type]?.(one, context)).filter(Boolean);
}

function container(one, context) {
  const box = h("div", { class: one.spoiler ? "container veiled" : "container" }, components(one.components, context));
  if (one.accent_color !== null && one.accent_color !== undefined) {
    box.style.setProperty("--accent-line", `#${one.accent_color.toString(16).padStart(6, "0")}`);
  }
  return unveil(box);
}

function unveil(element) {
  if (element.classList.contains("veiled")) {
    element.addEventListener("click", () => element.classList.remove("veiled"), { once: true });
  }
  return element;
}

function text(one, context) {
  return markdown(one.content, context.names);
}

function section(one, context) {
  return h("div", { class: "section" }, h("div", {}, components(one.components, context)), components([one.accessory], context));
}

function separator(one) {
  return h("hr", { class: `separator ${one.divider ? "" : "bare"} ${one.spacing === 2 ? "wide" : ""}` });
}

export function picture(media, description, spoiler) {
  const address = fileAddress(media.url);
  if (!address) return h("p", { class: "small" }, `picture elsewhere: ${media.url}`);
  const image = h("img", { src: address, alt: description ?? "", loading: "lazy", draggable: "false" });
  if (media.width) {
    image.width = media.width;
    image.height = media.height;
  }
  const open = () => openPicture(address, description ?? "", media.url);
  const shown = h("button", { class: spoiler ? "picture veiled" : "picture", type: "button", "aria-label": `Open picture: ${description || "no description"}` }, image);
  shown.addEventListener("click", () => (shown.classList.contains("veiled") ? shown.classList.remove("veiled") : open()));
  return shown;
}

function gallery(one) {
  const pictures = one.items.map((item) => picture(item.media, item.description, item.spoiler));
  return h("div", { class: `gallery of-${Math.min(pictures.length, 4)}` }, pictures);
}

function thumbnail(one) {
  return h("div", { class: "thumbnail" }, picture(one.media, one.description, one.spoiler));
}

function file(one) {
  return fileLink(one.name || "file", one.size, one.file.url);
}

export function fileLink(name, size, url) {
  const address = fileAddress(url);
  return h("a", { class: "file", href: address || undefined, download: name }, h("strong", {}, name), h("span", { class: "small" }, `${Math.ceil(size / 1024)} KB`));
}

function row(one, context) {
  return h("div", { class: "row" }, components(one.components, context));
}

function emojiOf(one) {
  return one.emoji?.name ? h("span", { class: "emoji", "aria-hidden": "true" }, one.emoji.name) : null;
}

function button(one, context) {
  const children = [emojiOf(one), one.label ?? ""];
  if (one.style === 5) {
    const href = safeLink(one.url) ?? undefined;
    return h("a", { class: "button link", href, target: "_blank", rel: "noopener noreferrer" }, children);
  }
  const press = async (event) => {
    const pressed = event.currentTarget;
    pressed.disabled = true;
    pressed.classList.add("busy");
    await context.onclick(one.custom_id);
    pressed.disabled = false;
    pressed.classList.remove("busy");
  };
  const label = one.label ? undefined : one.emoji?.name;
  return h("button", { class: `button ${STYLES[one.style]}`, type: "button", disabled: Boolean(one.disabled), "aria-label": label, "data-custom-id": one.custom_id, onclick: press }, children);
}

function choicesOf(one, context) {
  if (one.options) return one.options.map((option) => [option.value, `${option.emoji?.name ? `${option.emoji.name} ` : ""}${option.label}${option.description ? ` – ${option.description}` : ""}`, option.default]);
  if (one.type === 8) return context.channels.map((channel) => [channel.id, `#${channel.name}`]);
  return context.users.map((user) => [user.id, user.global_name ?? user.username]);
}

function select(one, context) {
  const several = (one.max_values ?? 1) > 1;
  const options = choicesOf(one, context).map(([value, label, chosen]) => h("option", { value, selected: Boolean(chosen) }, label));
  const hint = one.placeholder ?? "Choose…";
  const list = h("select", { class: "select", disabled: Boolean(one.disabled), multiple: several, size: several ? String(Math.min(options.length, 5)) : undefined, "aria-label": hint, "data-custom-id": one.custom_id });
  const anyDefault = (one.options ?? []).some((option) => option.default);
  if (!several && !anyDefault) list.append(h("option", { value: "", disabled: true, selected: true, hidden: true }, hint));
  list.append(...options);
  const send = () => context.onclick(one.custom_id, [...list.selectedOptions].map((option) => option.value).filter(Boolean));
  if (!several) {
    list.addEventListener("change", send);
    return list;
  }
  return h("div", { class: "several" }, h("span", { class: "small" }, hint), list, h("button", { class: "button secondary", type: "button", onclick: send }, "Choose"));
}
