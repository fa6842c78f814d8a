// The page: channels, members, messages, and what happens in between.

import { call, streamOf } from "./api.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { avatar, messageRow } from "./messages.js";
import { openModal } from "./modal.js";

const at = (id) => document.getElementById(id);
let isPinned = true; // the newest message is in sight, and stays there when pictures arrive
const here = { user: localStorage.getItem("user") ?? "ada", channel: null, messages: new Map(), commands: [], stream: null };

function world() {
  const users = here.state.users.filter((one) => !one.bot);
  const channels = here.state.channels.filter((one) => one.guild_id);
  const names = { users: new Map(here.state.users.map((one) => [one.id, one.global_name ?? one.username])), channels: new Map(channels.map((one) => [one.id, one.name])) };
  return { users, channels, names };
}

function notice(text, bad = true) {
  at("notice").replaceChildren(text ? h("p", { class: bad ? "bad" : "" }, text) : "");
  clearTimeout(notice.timer);
  if (text) notice.timer = setTimeout(() => notice(""), 8000);
}

// Runs something that makes the bot act, and shows what the messages do not: modals and silence.
async function act(doing) {
  try {
    const answer = await doing;
    if (answer?.modal) openModal(answer.modal, world(), (fields, files) => act(call("POST", "submit", { user: here.user, interaction_id: answer.interaction_id, fields, files })));
    else if (answer?.timed_out && answer.callback === null) notice("The application did not respond.");
    else notice("");
  } catch (error) {
    notice(error.message);
  }
}

const actions = {
  click: (message, customId, values) => act(call("POST", "click", { user: here.user, message_id: message.id, custom_id: customId, values })),
  react: (message, emoji, remove) => act(call("POST", "react", { user: here.user, message_id: message.id, emoji, remove })),
  dismiss: (message) => act(call("POST", "dismiss", { user: here.user, message_id: message.id })),
  context: (message, command) => act(call("POST", "context", { user: here.user, channel: here.channel.id, type: "message", name: command.name, bot: command.application_id, message_id: message.id })),
  menuCommands: () => here.commands.filter((one) => one.type === 3),
};

const composer = new Composer(at("composer"), {
  world,
  place: () => ({ user: here.user, channel: here.channel?.id, title: here.channel?.title ?? "" }),
  commands: () => here.commands,
  run: (body) => act(call("POST", "slash", body)),
  say: (content, files) => act(call("POST", "say", { user: here.user, channel: here.channel.id, content, files })),
});

function hint() {
  return h("div", { class: "hint" }, h("h2", {}, `This is ${here.channel.title}.`), h("p", {}, "A Discord of your own, on this machine: no account, no network."), h("p", {}, "Type ", h("kbd", {}, "/portrait"), " below and press Enter twice."));
}

function isAtEnd() {
  const list = at("messages");
  return list.scrollHeight - list.scrollTop - list.clientHeight < 120;
}

function toEnd() {
  at("messages").scrollTop = at("messages").scrollHeight;
  isPinned = true;
}

at("messages").addEventListener("scroll", () => (isPinned = isAtEnd()));
at("messages").addEventListener("load", () => isPinned && toEnd(), true);
new ResizeObserver(() => isPinned && toEnd()).observe(at("messages"));

function showAll() {
  const rows = [...here.messages.values()].map((one) => messageRow(one, world(), actions));
  at("messages").replaceChildren(...(rows.length ? rows : [hint()]));
  toEnd();
}

function showOne(message) {
  const wasAtEnd = isPinned;
  const row = messageRow(message, world(), actions);
  const before = at("messages").querySelector(`[data-id="${message.id}"]`);
  if (before) before.replaceWith(row);
  else {
    at("messages").querySelector(".hint")?.remove();
    at("messages").append(row);
  }
  if (wasAtEnd) toEnd();
}

function received(message) {
  if (message.channel_id !== here.channel?.id) return;
  here.messages.set(message.id, message);
  showOne(message);
}

function removed({ id }) {
  if (!here.messages.delete(id)) return;
  at("messages").querySelector(`[data-id="${id}"]`)?.remove();
  if (!here.messages.size) showAll();
}

function listen() {
  here.stream?.close();
  here.stream = streamOf(here.user);
  const on = (event, handle) => here.stream.addEventListener(event, (item) => handle(JSON.parse(item.data)));
  on("MESSAGE_CREATE", received);
  on("MESSAGE_UPDATE", received);
  on("MESSAGE_DELETE", removed);
  let wasOpen = false;
  here.stream.addEventListener("open", () => {
    if (wasOpen) loadChannel();
    wasOpen = true;
  });
}

function channelsOf() {
  const guildChannels = here.state.channels.filter((one) => one.guild_id && [0, 11].includes(one.type)).map((one) => ({ id: one.id, title: `#${one.name}`, nsfw: one.nsfw }));
  const own = here.state.users.find((one) => one.username === here.user);
  const groups = here.state.channels.filter((one) => one.type === 3 && one.recipients.some((user) => user.id === own?.id)).map((one) => ({ id: one.id, title: one.name }));
  const bot = here.state.bots[0];
  return [...guildChannels, ...groups, { id: "dm", title: `@${bot.name}` }];
}

function showSide() {
  const pick = (channel) => h("button", { type: "button", class: channel.title === here.channel?.title ? "channel on" : "channel", "aria-current": channel.title === here.channel?.title ? "page" : undefined, onclick: () => open(channel) }, channel.title, channel.nsfw && h("span", { class: "tag" }, "18+"));
  at("channels").replaceChildren(...channelsOf().map(pick));
  const people = here.state.users.filter((one) => !one.bot).sort((a, b) => a.username.localeCompare(b.username));
  at("members").replaceChildren(...people.map((one) => h("button", { type: "button", class: one.username === here.user ? "member on" : "member", "aria-pressed": String(one.username === here.user), onclick: () => become(one.username) }, avatar(one, "tiny"), one.global_name ?? one.username)));
  at("guild").textContent = here.state.guilds[0].name;
  const bot = here.state.bots[0];
  at("bot").className = bot.ready ? "bot-state on" : "bot-state";
  at("bot").textContent = bot.ready ? `${bot.name} is online` : `${bot.name} is offline`;
}

async function loadCommands() {
  here.commands = (await call("GET", `commands?user=${here.user}&channel=${here.channel.id}`)).commands;
}

async function loadChannel() {
  const answer = await call("GET", `messages?user=${here.user}&channel=${here.channel.id}&limit=100`);
  here.channel = { ...here.channel, id: answer.channel.id };
  here.messages = new Map(answer.messages.map((one) => [one.id, one]));
  await loadCommands();
  showAll();
}

async function open(channel) {
  here.channel = channel;
  at("title").textContent = channel.title;
  showSide();
  composer.showLine();
  try {
    await loadChannel();
  } catch (error) {
    here.messages = new Map();
    at("messages").replaceChildren(h("div", { class: "hint" }, h("p", {}, error.message)));
  }
  if (matchMedia("(pointer: fine)").matches) composer.input.focus();
}

async function become(user) {
  here.user = user;
  localStorage.setItem("user", user);
  listen();
  await open(channelsOf().find((one) => one.title === here.channel?.title) ?? channelsOf()[0]);
}

// The bot may come and go, and register commands when it does.
async function refresh() {
  const before = JSON.stringify(here.state?.bots);
  here.state = await call("GET", "state");
  if (before === JSON.stringify(here.state.bots) || !here.channel) return;
  showSide();
  await loadCommands();
}

async function start() {
  here.state = await call("GET", "state");
  if (!here.state.users.some((one) => one.username === here.user)) here.user = "ada";
  await become(here.user);
  setInterval(() => refresh().catch(() => (at("bot").textContent = "The server is gone")), 2000);
}

start().catch((error) => notice(error.message));
