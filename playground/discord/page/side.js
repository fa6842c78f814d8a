// The side: channels with their unread marks, direct messages, and who is acting.

import { call } from "./api.js";
import { at, control, glyph, h, span } from "./dom.js";
import { avatar } from "./messages.js";
import { morphChildren } from "./morph.js";
import { allChannels, channelGroups, here, isNews, nameOf, people, place, query } from "./state.js";

const PEOPLE_MAX = 30;
const unread = new Set(); // channel keys

function channelButton(channel) {
  const isOpen = channel.key === here.channel?.key;
  const isUnread = unread.has(channel.key) && !isOpen;
  const about = {
    "data-key": channel.key,
    class: `channel ${isOpen ? "on" : ""} ${isUnread ? "unread" : ""}`,
    "aria-current": isOpen ? "page" : undefined,
    "aria-label": isUnread ? `${channel.title}, unread` : undefined,
  };
  return control(
    about,
    glyph("sign", channel.sign),
    span("channel-name", channel.title),
    channel.nsfw && span("tag", "18+"),
  );
}

export function showSide() {
  const group = ({ title, channels }) => channels.length > 0 && h(
    "section",
    { "aria-label": title, "data-key": title },
    h("h2", { class: "group-label" }, title),
    channels.map(channelButton),
  );
  morphChildren(at("channels"), channelGroups().map(group).filter(Boolean));
  const member = (one) => {
    const isOn = one.username === here.user;
    return control(
      {
        class: `member ${isOn ? "on" : ""}`,
        "aria-pressed": String(isOn),
        "data-user": one.id,
        "data-key": one.username,
      },
      avatar(one, "small"),
      span("channel-name", nameOf(one)),
    );
  };
  morphChildren(at("members"), people().slice(0, PEOPLE_MAX).map(member));
  at("guild").textContent = here.world.guilds[0]?.name ?? "Local Discord";
  const bots = here.world.bots;
  at("bot").className = bots.some((one) => one.ready) ? "bot-state on" : "bot-state";
  at("bot").textContent = bots.map((one) => `${one.name} is ${one.ready ? "online" : "offline"}`).join(", ");
}

// `actions` gives open(channel) and become(user name).
export function listenToSide(actions) {
  at("side").addEventListener("click", ({ target }) => {
    const button = target.closest(".channel, .member");
    if (button?.matches(".member")) actions.become(button.dataset.key);
    else if (button) actions.open(allChannels().find((one) => one.key === button.dataset.key));
  });
}

// Notes a message somewhere else; says whether the channel is known.
export function noteNews(channelId, messageId) {
  const channel = allChannels().find((one) => one.id === channelId);
  if (channel && isNews(channelId, messageId)) unread.add(channel.key);
  return Boolean(channel);
}

export const clearNews = (channel) => unread.delete(channel.key);

// What came while nobody looked: asks each other channel for its newest message.
export async function findNews() {
  unread.clear();
  const look = async (channel) => {
    if (!channel.id || channel.key === here.channel?.key) return;
    const { messages } = await call("GET", `messages?${query({ ...place(channel), limit: 1 })}`);
    if (messages.length && isNews(channel.id, messages[0].id)) unread.add(channel.key);
  };
  await Promise.allSettled(allChannels().slice(0, PEOPLE_MAX).map(look));
}
