// A picture in full size.

import { h } from "./dom.js";

const dialog = document.getElementById("viewer");
dialog.addEventListener("click", (event) => {
  if (event.target.tagName !== "A") dialog.close();
});

export function openPicture(address, description, original) {
  dialog.replaceChildren(
    h("img", { src: address, alt: description }),
    h("footer", {}, h("span", {}, description), h("a", { href: address, target: "_blank", rel: "noopener", title: original }, "Open original")),
  );
  dialog.showModal();
}
