"""Channels: who may do what there, threads, forums, direct messages, reactions, pins, deletions; and bad requests."""

from tests.playground.discord.refusals.row import Row, Upload, bad_bodies, refused

CODES = "JSON error codes"
SEND = ("POST", "{lounge}/messages")
REPLY = {"content": "x", "message_reference": {"message_id": "{her_id}"}}
OLD = [str(1), str(2)]

ROWS = (
    *bad_bodies("Channel resource", "POST", "{lounge}/threads", {
        "thread without a name": ({"type": 11}, "name BASE_TYPE_REQUIRED"),
        "thread name over 100": ({"type": 11, "name": "x" * 101}, "name BASE_TYPE_BAD_LENGTH"),
        "thread kept for a minute": (
            {"type": 11, "name": "x", "auto_archive_duration": 1}, "auto_archive_duration BASE_TYPE_CHOICES",
        ),
        "thread of unknown type": ({"type": 0, "name": "x"}, "type BASE_TYPE_CHOICES"),
    }),
    *bad_bodies("Channel resource", "POST", "{forum}/threads", {
        "post without a message": ({"name": "x"}, "message BASE_TYPE_REQUIRED"),
        "post over 2,000": ({"name": "x", "message": {"content": "x" * 2001}}, "content BASE_TYPE_MAX_LENGTH"),
    }),
    *bad_bodies("Message resource", "POST", "{ruled}/messages/bulk-delete", {
        "deletion of no list": ({}, "messages BASE_TYPE_REQUIRED"),
        "deletion of words": (
            {"messages": ["a", "b"]}, "messages.0 NUMBER_TYPE_COERCE", "messages.1 NUMBER_TYPE_COERCE",
        ),
        "same message twice": (
            {"messages": ["{her_id}", "{her_id}"]}, "messages.1 SET_TYPE_ALREADY_CONTAINS_VALUE",
        ),
    }),
    Row("101 messages to read", "Message resource", "GET", "{lounge}/messages?limit=101",
        errors=("limit NUMBER_TYPE_MAX",)),
    Row("no message to read", "Message resource", "GET", "{lounge}/messages?limit=0",
        errors=("limit NUMBER_TYPE_MIN",)),
    Row("51 pins to read", "Message resource", "GET", "{lounge}/messages/pins?limit=51",
        errors=("limit NUMBER_TYPE_MAX",)),
    Row("letter from nobody", "User resource", "POST", "/users/@me/channels", {"recipient_id": "1"},
        errors=("recipient_id USER_INVALID_RECIPIENT",)),
    *refused(CODES, 400, 50016, {
        "deletion of one": ("POST", "{ruled}/messages/bulk-delete", {"messages": ["{her_id}"]}),
        "deletion of 101": ("POST", "{ruled}/messages/bulk-delete", {"messages": [str(one) for one in range(101)]}),
    }),
    *refused("Message resource", 400, 50034, {
        "deletion of what is older than two weeks": ("POST", "{ruled}/messages/bulk-delete", {"messages": OLD}),
    }),
    *refused(CODES, 403, 50003, {
        "deletion of many in a DM": ("POST", "{dm}/messages/bulk-delete", {"messages": OLD}),
    }),
    *refused(CODES, 403, 50005, {"edit of somebody's message": ("PATCH", "{hers}", {"content": "x"})}),
    *refused(CODES, 404, 10008, {
        "message that is none": ("GET", "{lounge}/messages/1"),
        "ephemeral message by the channel": ("GET", "{lounge}{whispered_below}"),
        "edit of an ephemeral message by the channel": ("PATCH", "{lounge}{whispered_below}", {"content": "x"}),
        "message of another channel": ("GET", "{forum}{hers_below}"),
    }),
    *refused(CODES, 404, 10003, {"channel that is none": ("POST", "/channels/1/messages", {"content": "x"})}),
    *refused(CODES, 404, 10004, {"guild that is none": ("GET", "/guilds/1")}),
    *refused(CODES, 404, 10007, {"member that is none": ("GET", "{guild}/members/1")}),
    *refused(CODES, 404, 10013, {"user that is none": ("GET", "/users/1")}),
    *refused("Message resource", 400, 10014, {
        "reaction that is a word": ("PUT", "{hers}/reactions/party/@me"),
        "reaction that is a letter": ("PUT", "{hers}/reactions/%C3%A9/@me"),
        "two emoji in one reaction": ("PUT", "{hers}/reactions/%F0%9F%8E%B2%F0%9F%8E%B2/@me"),
        "custom emoji of no guild": ("PUT", "{hers}/reactions/party%3A1/@me"),
    }),
    *refused("Message resource", 400, 30010, {"21st kind of reaction": ("PUT", "{crowded}/reactions/%E2%9C%85/@me")}),
    *refused(CODES, 400, 30003, {"251st pin": ("PUT", "{full}/messages/pins/{next_pin_id}")}),
    *refused(CODES, 400, 40058, {"message in a forum": ("POST", "{forum}/messages", {"content": "x"})}),
    *refused(CODES, 400, 50008, {"message in a category": ("POST", "{category}/messages", {"content": "x"})}),
    *refused(CODES, 403, 50007, {"letter to closed DMs": ("POST", "{closed_dm}/messages", {"content": "x"})}),
    *refused(CODES, 403, 50278, {"letter to a stranger": ("POST", "{strange_dm}/messages", {"content": "x"})}),
    *refused(CODES, 403, 50024, {
        "thread in a DM": ("POST", "{dm}/threads", {"type": 11, "name": "x"}),
        "thread in a thread": ("POST", "{thread}/threads", {"type": 11, "name": "x"}),
    }),
    *refused(CODES, 400, 160004, {"second thread of a message": ("POST", "{threaded}/threads", {"name": "x"})}),
    *refused(CODES, 400, 50083, {
        "edit in an archived thread": ("PATCH", "{archived_own}", {"content": "x"}),
        "reaction in an archived thread": ("PUT", "{archived_own}/reactions/%F0%9F%8E%B2/@me"),
        "joining an archived thread": ("PUT", "{archived}/thread-members/@me"),
    }),
    Row("message without SEND_MESSAGES", "Permissions", *SEND, {"content": "x"}, 403, 50013, denied=("SEND_MESSAGES",)),
    Row("message without VIEW_CHANNEL", "Permissions", *SEND, {"content": "x"}, 403, 50001, denied=("VIEW_CHANNEL",)),
    Row("embed without EMBED_LINKS", "Permissions", *SEND, {"embeds": [{"title": "x"}]}, 403, 50013,
        denied=("EMBED_LINKS",)),
    Row("file without ATTACH_FILES", "Permissions", *SEND, {}, 403, 50013,
        uploads=(Upload("a.txt"),), denied=("ATTACH_FILES",)),
    Row("loud message without SEND_TTS_MESSAGES", "Message resource", *SEND, {"content": "x", "tts": True}, 403, 50013),
    Row("reply without READ_MESSAGE_HISTORY", CODES, *SEND, REPLY, 403, 160002, denied=("READ_MESSAGE_HISTORY",)),
    Row("new reaction without ADD_REACTIONS", "Message resource", "PUT", "{hers}/reactions/%F0%9F%8E%B2/@me", None, 403,
        50013, denied=("ADD_REACTIONS",)),
    Row("deletion of somebody's message", "Message resource", "DELETE", "{hers}", None, 403, 50013),
    Row("deletion of somebody's reaction", "Message resource", "DELETE", "{hers}/reactions/%F0%9F%8E%B2/1", None, 403,
        50013),
    Row("change of a channel", "Channel resource", "PATCH", "{lounge}", {"name": "x"}, 403, 50013),
    Row("deletion of a channel", "Channel resource", "DELETE", "{lounge}", None, 403, 50013),
    Row("wrong token", "HTTP response codes", "GET", "/users/@me", None, 401, 0, headers={"Authorization": "Bot x"}),
    Row("no token", "HTTP response codes", *SEND, {"content": "x"}, 401, 0, headers={"Authorization": ""}),
    Row("agent that is a browser", "Reference (User Agent)", *SEND, {"content": "x"}, 403, 40333,
        headers={"User-Agent": "Mozilla/5.0"}),
    Row("body that is no JSON", CODES, *SEND, b"{", 400, 50109, headers={"Content-Type": "application/json"}),
    Row("body that is a list", CODES, *SEND, [], 400, 50109),
    Row("body of another type", CODES, *SEND, b"{}", errors=(" CONTENT_TYPE_INVALID",),
        headers={"Content-Type": "text/plain"}),
)  # fmt: skip
