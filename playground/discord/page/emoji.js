// The emoji picker: a search, and a grid under the arrow keys.

import { control, h } from "./dom.js";
import { closeMenu, openMenu } from "./menu.js";

const COLUMNS = 8;
// Each emoji with the words by which it is found.
const TABLE = `
  🔁 again repeat same seed | 🎲 dice new seed random | ✏️ edit pencil | 👥 pair two people | ✉️ letter envelope mail |
  ⭐ star keep | 🗑️ delete bin trash | 👍 yes thumbs up good | 👎 no thumbs down bad | ❤️ heart love red |
  😄 smile happy grin | 😂 laugh tears joy | 🙂 slight smile | 😉 wink | 😍 heart eyes love | 😎 cool sunglasses | 🤔 think hmm |
  😮 wow surprised | 😢 sad cry | 😭 sob cry loud | 😡 angry red | 😱 scream fear | 🥳 party celebrate | 🤩 star struck wow |
  😴 sleep tired | 🤖 robot bot | 👀 eyes look | 👁️ eye | 👄 mouth lips | 👃 nose | 👂 ear | 🧔 beard | 👩 woman | 👨 man |
  🧑 person | 👶 baby | 👵 old woman | 👴 old man | 👏 clap bravo | 🙏 please thanks pray | 🙌 hands hooray | 💪 strong muscle |
  👋 wave hello | ✌️ peace victory | 🤝 handshake deal | 👌 ok fine | 🔥 fire hot | ✨ sparkles magic | 🎉 tada party |
  💯 hundred perfect | ✅ check done yes | ❌ cross no wrong | ❓ question | ❗ exclamation | ⚠️ warning | 💡 idea light |
  🎨 paint art palette | 🖼️ picture frame | 📷 camera photo | 🖌️ brush paint | 💜 purple heart | 💙 blue heart |
  💚 green heart | 💛 yellow heart | 🧡 orange heart | 🖤 black heart | 🤍 white heart | 💔 broken heart | 🌈 rainbow | ☀️ sun |
  🌙 moon night | ⚡ lightning fast | 🌸 blossom flower | 🌹 rose flower | 🌲 tree | 🐱 cat | 🐶 dog | 🦊 fox | 🐻 bear | 🦉 owl |
  🍕 pizza | 🍎 apple | ☕ coffee | 🍰 cake | 🏆 trophy win | 🚀 rocket fast | ⏳ wait hourglass | ⏰ clock alarm |
  🔒 lock private | 🔓 unlock open | 📌 pin | 🔗 link | 🆗 ok | 🆕 new | ➕ plus | ➖ minus`
  .split("|")
  .map((entry) => entry.trim())
  .map((entry) => [entry.slice(0, entry.indexOf(" ")), entry.slice(entry.indexOf(" ") + 1)]);

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

// Opens the picker; `pick(emoji)` gets the one that was chosen.
export function openPicker(anchor, pick) {
  const search = h("input", { class: "filter", autofocus: true, placeholder: "Find the perfect emoji", "aria-label": "Search emoji" });
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const choose = (emoji) => {
    closeMenu();
    pick(emoji);
  };
  const show = () => {
    const typed = search.value.trim().toLowerCase();
    const found = TABLE.filter(([emoji, words]) => words.includes(typed) || emoji === typed);
    const entry = ([emoji, words], index) => control(
      { tabindex: index ? "-1" : "0", title: words, "aria-label": `React with ${emoji} ${words}`, onclick: () => choose(emoji) },
      emoji,
    );
    grid.replaceChildren(...(found.length ? found.map(entry) : [h("p", { class: "small" }, "No emoji of that name")]));
  };
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    const first = grid.querySelector("button");
    if (event.key === "ArrowDown") first?.focus();
    else if (event.key === "Enter") first?.click();
    else return;
    event.preventDefault();
  });
  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...grid.querySelectorAll("button")];
    const next = all.indexOf(document.activeElement) + step;
    if (next < 0) search.focus();
    else all[Math.min(next, all.length - 1)].focus();
  });
  show();
  openMenu(anchor, h("div", { class: "picker", role: "dialog", "aria-label": "Emoji" }, search, grid));
}
