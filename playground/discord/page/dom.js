// Builds elements. Text only ever enters the page as text nodes.

export const at = (id) => document.getElementById(id);

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const span = (kind, ...children) => h("span", { class: kind }, ...children);

// A sign for the eye only.
export const glyph = (kind, sign) => h("span", { class: kind, "aria-hidden": "true" }, sign);

export const control = (props, ...children) => h("button", { type: "button", ...props }, ...children);

// An address that may stand in a link; anything but http and https becomes nothing.
export function safeLink(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

// This server's own files are fetched by path, whichever of its two names the page was opened under.
export function fileAddress(address) {
  try {
    const url = new URL(address);
    const own = url.port === location.port && ["127.0.0.1", "localhost"].includes(url.hostname);
    return own ? url.pathname + url.search : "";
  } catch {
    return "";
  }
}

export function sizeText(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
