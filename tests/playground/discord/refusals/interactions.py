"""Answers to interactions: callbacks, modals, autocomplete, and tokens that are wrong, used or over."""

from tests.playground.discord.refusals.parts import (
    BUTTON,
    OPTION,
    TEXT,
    V2,
    chooser,
    label,
    line,
    modal,
    options,
    row,
    select,
)
from tests.playground.discord.refusals.row import bad_bodies, refused

ANSWERS = "Receiving and Responding"
MODALS = "Component Reference (modals)"
INNER = "data.components.0.component"
ZERO = "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES"

ROWS = (
    *bad_bodies(ANSWERS, "POST", "{callback}", {
        "no type": ({}, "type BASE_TYPE_CHOICES"),
        "deprecated type 10": ({"type": 10}, "type BASE_TYPE_CHOICES"),
        "pong to a command": ({"type": 1}, "type BASE_TYPE_CHOICES"),
        "choices to a command": ({"type": 8, "data": {"choices": []}}, "type BASE_TYPE_CHOICES"),
        "update without a message": ({"type": 7, "data": {"content": "x"}}, "type BASE_TYPE_CHOICES"),
        "deferred update without a message": ({"type": 6}, "type BASE_TYPE_CHOICES"),
        "v2 flag on a defer": ({"type": 5, "data": {"flags": V2}}, "data.flags BITFIELD_NOT_ALLOWED"),
        "data that is a list": ({"type": 4, "data": []}, "data DICT_TYPE_CONVERT"),
        "answer over 2,000": ({"type": 4, "data": {"content": "x" * 2001}}, "data.content BASE_TYPE_MAX_LENGTH"),
        "answer in v2 with content": (
            {"type": 4, "data": {"flags": V2, "content": "x", "components": [TEXT]}},
            "data.content MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
    }),
    *bad_bodies(MODALS, "POST", "{callback}", {
        "modal without a title": (modal(label(line()), title=None), "data.title BASE_TYPE_REQUIRED"),
        "modal title over 45": (modal(label(line()), title="x" * 46), "data.title BASE_TYPE_BAD_LENGTH"),
        "modal custom id over 100": (modal(label(line()), custom_id="x" * 101), "data.custom_id BASE_TYPE_BAD_LENGTH"),
        "modal without components": (modal(), "data.components BASE_TYPE_BAD_LENGTH"),
        "six components in a modal": (modal(*[TEXT] * 6), "data.components BASE_TYPE_BAD_LENGTH"),
        "gallery in a modal": (modal({"type": 12, "items": []}), "data.components.0.type BASE_TYPE_CHOICES"),
        "select at the top of a modal": (modal(select()), "data.components.0.type BASE_TYPE_CHOICES"),
        "button in a label": (modal(label(BUTTON)), f"{INNER}.type BASE_TYPE_CHOICES"),
        "label text over 45": (modal(label(line(), label="x" * 46)), "data.components.0.label BASE_TYPE_BAD_LENGTH"),
        "label description over 100": (
            modal(label(line(), description="x" * 101)), "data.components.0.description BASE_TYPE_BAD_LENGTH",
        ),
        "empty label": (modal({"type": 18, "label": "l"}), "data.components.0.component BASE_TYPE_REQUIRED"),
        "text input in a row without a label": (
            modal(row(line())), "data.components.0.components.0.label BASE_TYPE_REQUIRED",
        ),
        "text input over 4,000": (modal(label(line(max_length=4001))), f"{INNER}.max_length NUMBER_TYPE_MAX"),
        "text input of unknown style": (modal(label(line(style=3))), f"{INNER}.style NUMBER_TYPE_MAX"),
        "disabled select in a modal": (
            modal(label(select(disabled=True))), f"{INNER}.disabled COMPONENT_DISABLED_IN_MODAL",
        ),
        "required select that takes nothing": (modal(label(select(min_values=0))), f"{INNER}.min_values {ZERO}"),
        "required upload that takes nothing": (modal(label(chooser(19, min_values=0))), f"{INNER}.min_values {ZERO}"),
        "required checkboxes that take nothing": (
            modal(label(chooser(22, min_values=0, options=options(2)))), f"{INNER}.min_values {ZERO}",
        ),
        "upload of 11 files": (modal(label(chooser(19, max_values=11))), f"{INNER}.max_values NUMBER_TYPE_MAX"),
        "radio group of one": (modal(label(chooser(21, options=[OPTION]))), f"{INNER}.options BASE_TYPE_BAD_LENGTH"),
        "radio group with two presets": (
            modal(label(chooser(21, options=options(2, default=True)))), f"{INNER}.options BASE_TYPE_MAX_LENGTH",
        ),
        "11 checkboxes": (modal(label(chooser(22, options=options(11)))), f"{INNER}.options BASE_TYPE_BAD_LENGTH"),
        "more checks than boxes": (
            modal(label(chooser(22, options=options(2), max_values=3))), f"{INNER}.max_values NUMBER_TYPE_MAX",
        ),
        "checkbox without an id": (modal(label({"type": 23})), f"{INNER}.custom_id BASE_TYPE_REQUIRED"),
        "same custom id in two fields": (
            modal(label(line()), label(line())), "data.components.1.component.custom_id COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
    }),
    *bad_bodies(ANSWERS, "POST", "{submitted}", {
        "modal to a modal": (modal(label(line())), "type BASE_TYPE_CHOICES"),
        "update to a command's modal": ({"type": 7, "data": {"content": "x"}}, "type BASE_TYPE_CHOICES"),
    }),
    *bad_bodies(ANSWERS, "POST", "{typed}", {
        "message to an autocompletion": ({"type": 4, "data": {"content": "x"}}, "type BASE_TYPE_CHOICES"),
        "26 choices to type": (
            {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}] * 26}}, "data.choices BASE_TYPE_MAX_LENGTH",
        ),
        "choice to type over 100": (
            {"type": 8, "data": {"choices": [{"name": "x" * 101, "value": "a"}]}},
            "data.choices.0.name BASE_TYPE_BAD_LENGTH",
        ),
    }),
    *bad_bodies(ANSWERS, "POST", "{pressed}", {
        "update over 2,000": ({"type": 7, "data": {"content": "x" * 2001}}, "data.content BASE_TYPE_MAX_LENGTH"),
        "choices to a press": ({"type": 8, "data": {"choices": []}}, "type BASE_TYPE_CHOICES"),
    }),
    *refused(ANSWERS, 400, 40060, {
        "second answer": ("POST", "{answered}", {"type": 4, "data": {"content": "x"}}),
        "defer after an answer": ("POST", "{answered}", {"type": 5}),
    }),
    *refused(ANSWERS, 404, 10062, {
        "answer with another token": ("POST", "/interactions/1/x/callback", {"type": 5}),
        "answer after 15 minutes": ("POST", "{expired_callback}", {"type": 5}),
    }),
    *refused("JSON error codes", 404, 10015, {
        "follow-up with an unknown token": ("POST", "{unknown_webhook}", {"content": "x"}),
        "follow-up before the answer": ("POST", "{early_webhook}", {"content": "x"}),
        "edit of a modal": ("PATCH", "{modal_webhook}/messages/@original", {"content": "x"}),
    }),
    *refused(ANSWERS, 401, 50027, {
        "edit after 15 minutes": ("PATCH", "{expired_webhook}/messages/@original", {"content": "x"}),
    }),
    *refused("JSON error codes", 404, 10008, {
        "follow-up that is none": ("GET", "{webhook}/messages/1"),
        "edit of an answer that was deleted": ("PATCH", "{deleted_webhook}/messages/@original", {"content": "x"}),
        "edit of somebody's message by the webhook": ("PATCH", "{webhook}{hers_below}", {"content": "x"}),
    }),
    *refused(ANSWERS, 403, 40094, {
        "sixth follow-up of a user install": ("POST", "{worn_webhook}", {"content": "x"}),
    }),
)  # fmt: skip
