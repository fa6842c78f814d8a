"""Where the local Discord and SimCord are not alike, and who is right.

Each exception is one reason, with every field that it is about by kind of object and by who has it; a field that is
alike after all fails the test. "Theirs" is SimCord's. Some kinds are no objects: "request", "event" and "posted
message" stand for one that only one side has, "refusal" for two outcomes of a request, "message flag" for a bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Side: TypeAlias = Literal["ours", "theirs", "both"]
Fields: TypeAlias = Mapping[Side, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Exemption:
    """One reason; "ours" and "theirs" alone have the fields (or something in them), "both" have other values."""

    name: str
    right: Literal["ours", "theirs", "open"]
    why: str
    fields: Fields


EXCEPTIONS: tuple[Exemption, ...] = (
    Exemption(
        "SimCord sends only what discord.py reads",
        "ours",
        "Discord's OpenAPI and discord-api-types require these fields, or its reference describes them where we send "
        "them; SimCord echoes no nonce either.",
        {
            "ours": {
                "ready": ("_trace", "guilds"),
                "ready application": ("flags_new",),
                "application": (
                    "approximate_guild_count", "approximate_user_authorization_count",
                    "approximate_user_install_count", "eligible_oauth2_scopes", "event_webhooks_status",
                    "explicit_content_filter", "flags_new", "integration_types_config", "interactions_endpoint_url",
                    "redirect_uris", "role_connections_verification_url", "type",
                ),
                "command": (
                    "description_localizations", "integration_types", "name_localizations", "nsfw", "version",
                ),
                "guild": (
                    "home_header", "hub_type", "incidents_data", "max_stage_video_channel_users",
                    "max_video_channel_users", "nsfw", "nsfw_level", "region", "safety_alerts_channel_id",
                    "widget_channel_id", "widget_enabled",
                ),
                "user": (
                    "accent_color", "avatar_decoration_data", "banner", "bio", "collectibles", "email",
                    "premium_type", "primary_guild",
                ),
                "member": ("banner", "permissions"),
                "channel": ("app_permissions", "flags", "nsfw"),
                "attachment": ("content_scan_version", "ephemeral", "height", "width"),
                "sent attachment": ("height", "width"),
                "media": ("flags", "height", "id", "loading_state", "width"),
                "interaction": ("guild",),
                "integration owners": ("0",),
                "interaction metadata": (
                    "interacted_message_id", "original_response_message_id", "triggering_interaction_metadata",
                ),
                "message": ("application_id", "interaction", "nonce", "webhook_id"),
                "reaction event": ("message_author_id",),
            },
        },
    ),
    Exemption(
        "SimCord writes out what Discord leaves out",
        "ours",
        "These fields are optional, and Discord sends them only where they say something.",
        {
            "theirs": {
                "attachment": ("description",),
                "command": ("options",),
                "callback interaction": (
                    "activity_instance_id", "response_message_ephemeral", "response_message_id",
                    "response_message_loading",
                ),
                "emoji": ("id",),
                "message": ("nonce", "reactions"),
                "ready": ("shard",),
                "thread": ("applied_tags",),
                "thread metadata": ("invitable",),
                "user": ("bot", "system"),
            },
        },
    ),
    Exemption(
        "SimCord has one form of each object",
        "ours",
        "By Discord's reference only an account itself reads its `verified`, `mfa_enabled` and `locale`; only the "
        "gateway adds `guild_id` and `member` to messages, the latter not to those of webhooks; resolved members lack "
        "`deaf` and `mute`; direct channels have no parent, topic or slow mode.",
        {
            "theirs": {
                "user": ("locale", "mfa_enabled", "verified"),
                "message": ("guild_id", "member"),
                "member": ("deaf", "mute"),
                "channel": ("parent_id", "rate_limit_per_user", "topic"),
            },
        },
    ),
    Exemption(
        "SimCord's account and its surroundings are constants",
        "ours",
        "It logs in without a request, owns and names itself, has no flags and no second factor, may do nothing in "
        "direct messages (where Discord's reference lists four permissions), and takes files of 25 MiB (Discord: 10). "
        "Permissions are no business of its commands: it repeats the number that it was given (Discord: text).",
        {
            "ours": {"request": ("GET /users/@me",)},
            "both": {
                "user": ("mfa_enabled",),
                "ready application": ("flags",),
                "application": ("flags", "name", "owner"),
                "command": ("default_member_permissions",),
                "interaction": ("app_permissions", "attachment_size_limit"),
            },
        },
    ),
    Exemption(
        "SimCord names the target of a context menu in its own way",
        "ours",
        "Discord's reference: `target_user` and `target_message_id` in the metadata, and `referenced_message` in a "
        "message of type 23.",
        {
            "ours": {
                "interaction metadata": ("target_message_id", "target_user"),
                "message": ("referenced_message",),
            },
            "theirs": {"interaction metadata": ("target_channel_id", "target_id", "target_type")},
        },
    ),
    Exemption(
        "SimCord's answers to components are ordinary messages",
        "open",
        "Discord's client shows them as replies to the message that was clicked; no official text says so.",
        {"both": {"message": ("type",)}, "ours": {"message": ("message_reference",)}},
    ),
    Exemption(
        "SimCord's messages of interactions count like others",
        "ours",
        "A deferred answer that is filled in was not edited, and an ephemeral one is not a channel's last message: it "
        "is not in the channel for anybody else.",
        {
            "theirs": {"message": ("edited_timestamp",), "channel": ("last_message_id",)},
            "both": {"channel": ("last_message_id",)},
        },
    ),
    Exemption(
        "SimCord tells of pins and threads in its own way",
        "ours",
        "The words of system messages are the client's, and their reference says the guild; type 6 bears no "
        "`referenced_message`; a pin changes the message, and the last unpin leaves no time of one. A thread from a "
        "message marks that message with HAS_THREAD and `thread`; type 18 belongs to threads without one.",
        {
            "ours": {
                "event": ("MESSAGE_UPDATE",),
                "message": ("thread",),
                "message flag": ("32",),
                "message reference": ("guild_id", "type"),
            },
            "theirs": {
                "message": ("content", "referenced_message"),
                "pins update": ("last_pin_timestamp",),
                "posted message": ("18",),
            },
        },
    ),
    Exemption(
        "SimCord lists files and numbers components in its own way",
        "ours",
        "Discord's message object: files that a layout shows are not among `attachments`. Its component reference: an "
        "`id` of 0 is none, and is filled in.",
        {"theirs": {"message": ("attachments",)}, "both": {"component 1": ("id",), "component 3": ("id",)}},
    ),
    Exemption(
        "SimCord refuses something else, or with another code",
        "open",
        "50006 is Discord's code for an empty message. Not tried on Discord itself: callback 6 (\"for components\" by "
        "its reference) for a form that no message opened, which SimCord takes, and a follow-up after a deferred "
        "answer was deleted, which SimCord takes for an edit of it.",
        {"both": {"refusal": ("400 50006 for 400 50035", "400 50035 for ok", "ok for 404 10008")}},
    ),
)  # fmt: skip
