// A picture in full size, with those beside it under the arrow keys.

import { at, control, h, span } from "./dom.js";

const dialog = at("viewer");
let pictures = []; // {address, description}
let place = 0;

dialog.addEventListener("click", (event) => event.target.closest("a, button") || dialog.close());
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) turn(step);
});

function turn(step) {
  place = (place + step + pictures.length) % pictures.length;
  show();
}

function show() {
  const { address, description } = pictures[place];
  const size = h("span", { class: "small" });
  const image = h("img", { src: address, alt: description });
  const tellSize = () => (size.textContent = `${image.naturalWidth} × ${image.naturalHeight}`);
  if (image.complete && image.naturalWidth) tellSize();
  else image.addEventListener("load", tellSize);
  const turner = (step, label, sign) => pictures.length > 1 && control(
    { class: `turn ${step < 0 ? "left" : "right"}`, "aria-label": label, onclick: () => turn(step) },
    sign,
  );
  const count = pictures.length > 1 && span("small", `${place + 1} of ${pictures.length}`);
  const original = h("a", { href: address, target: "_blank", rel: "noopener" }, "Open original");
  const close = control({ class: "icon-button close", "aria-label": "Close", onclick: () => dialog.close() }, "✕");
  dialog.replaceChildren(
    h("div", { class: "stage" }, turner(-1, "Previous picture", "‹"), image, turner(1, "Next picture", "›")),
    h("footer", {}, h("p", { class: "caption" }, description || "No description"), count, size, original),
    close,
  );
  close.focus();
}

// `all` are the pictures of the message, `chosen` the place of the one that was pressed.
export function openPicture(all, chosen) {
  pictures = all;
  place = chosen;
  show();
  dialog.showModal();
}
