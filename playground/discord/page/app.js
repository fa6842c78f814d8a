// The page: opens channels, listens to what happens, and hands out what is new.

import { listenForPresses, notice, run, say } from "./act.js";
import { call, streamOf } from "./api.js";
import { Composer } from "./composer.js";
import { at } from "./dom.js";
import { listenForKeys, toggleSide } from "./keys.js";
import { dropOne, listenForTop, showAll, showOne, showSentence } from "./list.js";
import { clearNews, findNews, listenToSide, noteNews, showSide } from "./side.js";
import { allChannels, here, nameOf, own, place, query, refreshWorld } from "./state.js";

const REFRESH_MS = 2000;
const LAST_MESSAGES = 100;
let stream = null;
let isLost = false;
let turn = 0; // of loading a channel: an answer that comes late is dropped
let loading = 0;
let isWhole = false; // the channel's first message is among those shown
const meanwhile = []; // what happened while a channel was being loaded, and may not be in the answer

const composer = new Composer(at("composer"), { run, say, tell: notice });

function showBanner() {
  const away = here.world?.bots.filter((one) => !one.ready).map((one) => one.name) ?? [];
  const offline = away.length ? `${away.join(", ")} ${away.length > 1 ? "are" : "is"} offline. Commands and buttons get no answer until that changes.` : "";
  at("banner").textContent = isLost ? "The server is gone. This page comes back by itself when it does." : offline;
  at("banner").hidden = !at("banner").textContent;
  at("banner").classList.toggle("lost", isLost);
}

function received(message, isNew) {
  if (message.channel_id !== here.channel?.id) {
    if (!isNew || message.author.id === own().id) return;
    if (!noteNews(message.channel_id, message.id)) return refresh(true).then(() => noteNews(message.channel_id, message.id) && showSide());
    return showSide();
  }
  if (!isNew && !here.messages.has(message.id)) return; // an edit further up than what is shown
  here.messages.set(message.id, message);
  showOne(message);
}

function removed({ id }) {
  if (!here.messages.delete(id)) return;
  if (here.messages.size) dropOne(id);
  else showAll(tryCommand);
}

function listen() {
  stream?.close();
  stream = streamOf(here.user);
  const on = (event, handle) =>
    stream.addEventListener(event, (item) => {
      const happen = () => handle(JSON.parse(item.data));
      if (loading) meanwhile.push(happen);
      happen();
    });
  on("MESSAGE_CREATE", (message) => received(message, true));
  on("MESSAGE_UPDATE", (message) => received(message, false));
  on("MESSAGE_DELETE", removed);
  on("INTERACTION_FAILED", () => notice("The application did not respond."));
  stream.addEventListener("error", () => setLost(true));
  stream.addEventListener("open", () => {
    setLost(false);
    loadChannel(true).catch((error) => notice(error.message)); // what came before the stream was open is in no event
  });
}

function setLost(value) {
  isLost = value;
  showBanner();
}

async function loadCommands() {
  here.commands = (await call("GET", `commands?${query(place())}`)).commands;
}

async function fetchChannel(limit) {
  loading += 1;
  try {
    return await Promise.all([call("GET", `messages?${query({ ...place(), limit })}`), loadCommands()]);
  } finally {
    loading -= 1;
  }
}

async function loadChannel(isAgain = false, limit = Math.max(LAST_MESSAGES, here.messages.size)) {
  const mine = ++turn;
  const [answer] = await fetchChannel(limit);
  if (mine !== turn) return;
  here.channel = { ...here.channel, id: answer.channel.id };
  here.messages = new Map(answer.messages.map((one) => [one.id, one]));
  showAll(tryCommand, isAgain);
  for (const happen of meanwhile.splice(0)) happen();
}

// Scrolled to the top: as many again, until there are no more.
async function loadOlder() {
  const before = here.messages.size;
  if (loading || isWhole || before < LAST_MESSAGES) return;
  await loadChannel(true, before + LAST_MESSAGES);
  isWhole = here.messages.size === before;
}

async function open(channel) {
  here.channel = channel;
  here.messages = new Map();
  isWhole = false;
  localStorage.setItem("channel", channel.key);
  clearNews(channel);
  at("title").textContent = `${channel.sign}${channel.title}`;
  document.title = `${channel.sign}${channel.title} · ${here.world.guilds[0]?.name ?? "local Discord"}`;
  showSide();
  composer.moveOn();
  try {
    await loadChannel();
  } catch (error) {
    showSentence(error.message);
  }
}

async function openAndFocus(channel) {
  toggleSide(false);
  const opened = open(channel);
  if (matchMedia("(pointer: fine)").matches) composer.focus();
  await opened;
}

async function become(user) {
  here.user = user;
  localStorage.setItem("user", user);
  listen();
  const kept = allChannels().find((one) => one.key === (here.channel?.key ?? localStorage.getItem("channel")));
  await openAndFocus(kept ?? allChannels()[0]);
  await findNews();
  showSide();
}

// The bot may come and go, and register commands when it does; others may change the world.
async function refresh(isNeeded = false) {
  if (document.visibilityState !== "visible" && !isNeeded) return;
  const isNew = await refreshWorld();
  if (isLost && stream?.readyState === EventSource.OPEN) setLost(false);
  if (stream?.readyState === EventSource.CLOSED) listen();
  if (!isNew || !here.channel) return;
  showSide();
  showBanner();
  await loadCommands();
}

function tryCommand(name) {
  composer.put(name);
}

function mention(user) {
  composer.put(`${composer.input.value}<@${user.id}> `.trimStart());
  notice(`${nameOf(user)} is mentioned when you send this.`, false);
}

listenForPresses(at("list"), at("side"), mention);
listenToSide({ open: openAndFocus, become });
listenForTop(() => loadOlder().catch((error) => notice(error.message)));
listenForKeys({ open: openAndFocus, focusLine: () => composer.focus() });

async function start() {
  await refreshWorld();
  if (!here.world.users.some((one) => one.username === here.user && !one.bot)) here.user = "ada";
  await become(here.user);
  showBanner();
  setInterval(() => refresh().catch(() => setLost(true)), REFRESH_MS);
}

start().catch((error) => notice(error.message));
