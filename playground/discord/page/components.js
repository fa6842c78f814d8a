// Components of messages: Components V2, rows of buttons and selects. What is pressed bears `data-do`.

import { control, fileAddress, glyph, h, safeLink, sizeText, span } from "./dom.js";
import { markdown } from "./markdown.js";
import { selectButton } from "./select.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const select = (one) => selectButton(one, { "data-do": "choose" });
const KINDS = {
  1: (one) => h("div", { class: "row" }, components(one.components)),
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: (one) => markdown(one.content),
  11: thumbnail,
  12: gallery,
  13: file,
  14: separator,
  17: container,
};

export const components = (list) => list.map((one) => KINDS[one.type]?.(one)).filter(Boolean);

// Every component of a message, those inside of others too.
export const everyOne = (list) => list.flatMap((one) => [one, ...everyOne(one.components ?? []), ...(one.accessory ? [one.accessory] : [])]);

export const colour = (number) => `#${number.toString(16).padStart(6, "0")}`;

function cover(one) {
  return one.spoiler && control({ class: "cover", "data-do": "reveal" }, h("span", {}, "Spoiler"));
}

function container(one) {
  const box = h("div", { class: "container", "data-veiled": Boolean(one.spoiler) }, components(one.components), cover(one));
  if (one.accent_color !== null && one.accent_color !== undefined) box.style.setProperty("--accent-line", colour(one.accent_color));
  return box;
}

function section(one) {
  return h("div", { class: "section" }, h("div", { class: "section-words" }, components(one.components)), components([one.accessory]));
}

function separator(one) {
  return h("div", { class: `separator ${one.divider === false ? "bare" : ""} ${one.spacing === 2 ? "wide" : ""}` });
}

export function picture(media, description, spoiler) {
  const address = fileAddress(media.url);
  if (!address) return h("p", { class: "small elsewhere" }, `Picture elsewhere: ${media.url}`);
  const about = { loading: "lazy", alt: description ?? "", draggable: "false", ...(media.width ? { width: media.width, height: media.height } : {}) };
  const label = `Open picture${description ? `: ${description}` : ""}`;
  const open = control(
    { class: "picture-open", "data-do": "picture", "data-address": address, "aria-label": label },
    h("img", { ...about, src: address }),
  );
  return h("div", { class: "picture", "data-key": address.split("?")[0], "data-veiled": Boolean(spoiler) }, open, cover({ spoiler }));
}

export function gallery(one) {
  const shown = one.items.map((item) =>
    item.media.content_type && !item.media.content_type.startsWith("image/")
      ? fileLink(item.description || "file", 0, item.media.url)
      : picture(item.media, item.description, item.spoiler),
  );
  return h("div", { class: "gallery", "data-count": String(shown.length) }, shown);
}

function thumbnail(one) {
  return h("div", { class: "thumbnail" }, picture(one.media, one.description, one.spoiler));
}

function file(one) {
  return h("div", { class: "file-box", "data-veiled": Boolean(one.spoiler) }, fileLink(one.name || "file", one.size, one.file.url), cover(one));
}

export function fileLink(name, size, url) {
  const words = span("file-words", h("strong", {}, name), size ? span("small", sizeText(size)) : null);
  return h("a", { class: "file", href: fileAddress(url) || undefined, download: name }, glyph("file-mark", "▤"), words, h("span", { "aria-hidden": "true" }, "↓"));
}

function button(one) {
  const emoji = one.emoji?.name && glyph("emoji", one.emoji.name);
  const label = one.label ? undefined : one.emoji?.name;
  if (one.style === 5) {
    const open = one.disabled ? undefined : (safeLink(one.url) ?? undefined);
    return h(
      "a",
      {
        class: "button link",
        href: open,
        role: open ? undefined : "link",
        "aria-disabled": one.disabled ? "true" : undefined,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": label,
        "data-key": one.url,
      },
      emoji,
      one.label,
      glyph("outside", "↗"),
    );
  }
  const about = { class: `button ${STYLES[one.style] ?? "secondary"}`, disabled: Boolean(one.disabled), "aria-label": label };
  return control({ ...about, "data-do": "press", "data-custom-id": one.custom_id, "data-key": one.custom_id }, emoji, one.label);
}
