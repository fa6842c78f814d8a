// What a member can do with messages and people. Presses are delegated: an element says with `data-do` what it does.

import { call } from "./api.js";
import { everyOne } from "./components.js";
import { at, h } from "./dom.js";
import { openPicker } from "./emoji.js";
import { showJump, showOne } from "./list.js";
import { closeMenu, openItems } from "./menu.js";
import { isEphemeral, isLoading, wordsOf } from "./messages.js";
import { openModal } from "./modal.js";
import { openSelect } from "./select.js";
import { here, nameOf, people, place, query } from "./state.js";
import { openPicture } from "./viewer.js";

const NOTICE_MS = 8000;
const WHO_MAX = 12;
const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;
const SILENCE = "The application did not respond.";

export function notice(text, isBad = true) {
  at("notice").replaceChildren(text ? h("p", { class: isBad ? "bad" : "" }, text) : "");
  clearTimeout(notice.timer);
  if (text) notice.timer = setTimeout(() => notice(""), NOTICE_MS);
}

// Makes a call to which the bot answers, and shows what the messages do not: modals and silence. Fails when refused.
async function ask(path, body) {
  notice("");
  const answer = await call("POST", path, body);
  if (answer?.modal) openModal(answer.modal, (fields, files) => submit(answer.interaction_id, fields, files));
  else if (answer?.timed_out && answer.callback === null) notice(SILENCE);
  return answer;
}

async function submit(interactionId, fields, files) {
  const answer = await call("POST", "submit", { user: here.user, interaction_id: interactionId, fields, files });
  if (answer.timed_out && answer.callback === null) throw new Error("Something went wrong. Try again.");
}

export const run = (body) => ask("slash", body);
export const say = (content, files) => ask("say", { ...place(), content, files });
const tell = (doing) => doing.catch((error) => notice(error.message));
const press = (message, customId, values) => tell(ask("click", { user: here.user, message_id: message.id, custom_id: customId, values }));
const react = (message, emoji, remove = false) => tell(ask("react", { user: here.user, message_id: message.id, emoji, remove }));
const dismiss = (message) => tell(ask("dismiss", { user: here.user, message_id: message.id }));
const appItems = (type, fields) =>
  here.commands
    .filter((one) => one.type === type)
    .map((one) => ({ label: one.name, note: one.bot_name, run: () => tell(ask("context", { ...place(), ...fields, name: one.name, bot: one.application_id })) }));

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice(`Copied ${text}`, false);
  } catch {
    notice(text, false); // a browser that forbids it still shows the text to copy
  }
}

function messageMenu(message, anchor, point) {
  if (isLoading(message)) return;
  const apps = appItems(MESSAGE_COMMAND, { type: "message", message_id: message.id });
  const words = wordsOf(message);
  openItems(anchor, "Message", [
    !isEphemeral(message) && { label: "Add reaction", run: () => openPicker(anchor, (emoji) => react(message, emoji)) },
    words && { label: "Copy text", run: () => copy(words) },
    { label: "Copy message id", run: () => copy(message.id) },
    isEphemeral(message) && { label: "Dismiss message", bad: true, run: () => dismiss(message) },
    apps.length > 0 && "Apps",
    ...apps,
  ], { point });
}

function userMenu(userId, anchor, point, mention) {
  const user = here.world.users.find((one) => one.id === userId);
  if (!user) return;
  const apps = appItems(USER_COMMAND, { type: "user", target: user.id });
  openItems(anchor, nameOf(user), [
    `${nameOf(user)} · ${user.username}`,
    { label: "Mention", run: () => mention(user) },
    { label: "Copy user id", run: () => copy(user.id) },
    apps.length > 0 && "Apps",
    ...apps,
  ], { point });
}

// A message as somebody sees it now.
async function messageFor(user, message) {
  const after = (BigInt(message.id) - 1n).toString();
  const asked = query({ ...place(), user, channel: message.channel_id, after, limit: 1 });
  return (await call("GET", `messages?${asked}`)).messages.find((one) => one.id === message.id);
}

// Who reacted is told by no list: each member is asked whether the reaction is theirs. What is left over is the bot's.
async function nameReactors(message, chip) {
  const { emoji } = chip.dataset;
  const asked = await Promise.all(people().slice(0, WHO_MAX).map(async (one) => {
    const theirs = await messageFor(one.username, message).catch(() => null);
    return theirs?.reactions?.some((other) => other.emoji.name === emoji && other.me) ? nameOf(one) : null;
  }));
  const names = asked.filter(Boolean);
  const left = Number(chip.textContent.replace(emoji, "")) - names.length;
  if (left > 0) names.push(left === 1 && message.author.bot ? nameOf(message.author) : `${left} more`);
  chip.title = `${new Intl.ListFormat("en").format(names)} reacted with ${emoji}`;
}

async function pressButton(button, message) {
  button.setAttribute("aria-busy", "true");
  await press(message, button.dataset.customId);
  button.removeAttribute("aria-busy");
}

// A picture that did not come is fetched again, by the address that the message has now.
async function loadPicture(button, message) {
  const fresh = await messageFor(here.user, message);
  if (fresh) showOne(fresh);
  button.querySelector("img").src = button.dataset.address;
}

function showPicture(button, message) {
  if (button.closest("[data-state=error]")) return tell(loadPicture(button, message));
  const all = [...button.closest(".message").querySelectorAll("[data-do=picture]")];
  const about = (one) => ({ address: one.dataset.address, description: one.querySelector("img").alt });
  return openPicture(all.map(about), all.indexOf(button));
}

function reveal(element) {
  element.closest("[data-veiled]").dataset.open = "";
}

const DOING = {
  press: (element, message) => element.ariaBusy !== "true" && pressButton(element, message),
  choose: (element, message) => openSelect(
    element,
    everyOne(message.components).find((one) => one.custom_id === element.dataset.customId),
    (values) => press(message, element.dataset.customId, values),
  ),
  picture: showPicture,
  reveal,
  toggle: (element, message) => react(message, element.dataset.emoji, element.getAttribute("aria-pressed") === "true"),
  pick: (element, message) => openPicker(element, (emoji) => react(message, emoji)),
  more: (element, message) => messageMenu(message, element),
  dismiss: (element, message) => dismiss(message),
  jump: (element) => showJump(element.dataset.to),
};

// `mention(user)` puts somebody's name into the line.
export function listenForPresses(list, side, mention) {
  const messageOf = (element) => here.messages.get(element.closest(".message")?.dataset.id);
  list.addEventListener("click", (event) => {
    const element = event.target.closest("[data-do]");
    if (!element) return;
    if (element.dataset.do === "user") userMenu(element.dataset.user, element, undefined, mention);
    else DOING[element.dataset.do](element, messageOf(element));
  });
  const menuFor = (event) => {
    const user = event.target.closest("[data-user]");
    const message = messageOf(event.target);
    if (!user && (!message || event.target.closest("a, img"))) return;
    event.preventDefault();
    closeMenu();
    const point = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : undefined;
    const anchor = event.target.closest("button, .message") ?? event.target;
    if (user) userMenu(user.dataset.user, anchor, point, mention);
    else messageMenu(message, anchor, point);
  };
  list.addEventListener("contextmenu", menuFor);
  side.addEventListener("contextmenu", menuFor);
  list.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (target.matches("[role=button]") && (key === "Enter" || key === " ")) target.click();
    else if (target.matches(".message") && key === "Enter") messageMenu(messageOf(target), target);
    else if (target.matches(".message") && key.toLowerCase() === "e" && !isEphemeral(messageOf(target))) openPicker(
      target,
      (emoji) => react(messageOf(target), emoji),
    );
    else return;
    event.preventDefault();
  });
  for (const kind of ["pointerover", "focusin"]) {
    list.addEventListener(kind, (event) => {
      const chip = event.target.closest(".reaction");
      if (chip && !chip.title) nameReactors(messageOf(chip), chip);
    });
  }
}
