// What the page knows: the server's world, who is looking, at which channel, and what lies in it.

import { call } from "./api.js";

const CHANNELS_WITH_MESSAGES = [0, 11];
const DM = 1;
const GROUP = 3;

export const here = {
  user: localStorage.getItem("user") ?? "ada",
  channel: null, // {key, ref, bot, title, id}; `ref` is what /play/ takes
  messages: new Map(),
  commands: [],
  world: null, // the answer of GET /play/state
  names: { users: new Map(), channels: new Map(), roles: new Map() },
};

export const nameOf = (user) => user.global_name ?? user.username;
export const people = () => here.world.users.filter((one) => !one.bot).sort((a, b) => a.username.localeCompare(b.username));
export const own = () => here.world.users.find((one) => one.username === here.user);
export const guildChannels = () => here.world.channels.filter((one) => one.guild_id && CHANNELS_WITH_MESSAGES.includes(one.type));
export const roles = () => here.world.roles.map((one) => ({ ...one, name: one.name.replace(/^@/, "") }));

// Fetches the world; says whether it changed.
export async function refreshWorld() {
  const before = JSON.stringify(here.world);
  here.world = await call("GET", "state");
  here.names = {
    users: new Map(here.world.users.map((one) => [one.id, nameOf(one)])),
    channels: new Map(here.world.channels.map((one) => [one.id, one.name])),
    roles: new Map(roles().map((one) => [one.id, one.name])),
  };
  return before !== JSON.stringify(here.world);
}

function directMessages() {
  const mine = own()?.id;
  const has = (channel, id) => channel.recipients?.some((user) => user.id === id);
  const dms = here.world.bots.map((bot) => {
    const known = here.world.channels.find((one) => one.type === DM && has(one, mine) && has(one, bot.application_id));
    return { key: `dm:${bot.application_id}`, ref: "dm", bot: bot.application_id, title: bot.name, sign: "@", id: known?.id };
  });
  const groups = here.world.channels.filter((one) => one.type === GROUP && has(one, mine));
  return [...dms, ...groups.map((one) => ({ key: one.id, ref: one.id, id: one.id, title: one.name, sign: "@" }))];
}

// Everything that may be opened, in groups as the side shows them.
export function channelGroups() {
  const inGuild = (guild) =>
    guildChannels()
      .filter((one) => one.guild_id === guild.id)
      .map((one) => ({ key: one.id, ref: one.id, id: one.id, title: one.name, sign: one.type === 11 ? "↳" : "#", nsfw: one.nsfw }));
  return [
    ...here.world.guilds.map((guild) => ({ title: here.world.guilds.length > 1 ? guild.name : "Channels", channels: inGuild(guild) })),
    { title: "Direct messages", channels: directMessages() },
  ];
}

export const allChannels = () => channelGroups().flatMap((one) => one.channels);

// The fields by which /play/ calls say who acts where.
export function place(channel = here.channel) {
  return { user: here.user, channel: channel.ref, ...(channel.bot ? { bot: channel.bot } : {}) };
}

export const query = (fields) => new URLSearchParams(fields).toString();

// The newest message that a member has read, by channel.
const readKey = () => `read:${here.user}`;
const readMarks = () => JSON.parse(localStorage.getItem(readKey()) ?? "{}");

export function markRead(channelId, messageId) {
  if (!channelId || !messageId) return;
  localStorage.setItem(readKey(), JSON.stringify({ ...readMarks(), [channelId]: messageId }));
}

export const isNews = (channelId, messageId) => BigInt(messageId) > BigInt(readMarks()[channelId] ?? 0);
