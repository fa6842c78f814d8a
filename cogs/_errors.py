"""The only place that says an error in words: by code, else by class.

In a sentence `{field}` is filled in, escaped, and a `[part]` whose fields are not all known is left out. A sentence
says what happened, whether it was charged (`{charge}`, for pictures that did not come) and what to do next.
`cogs/_reports.py` shows them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cogs._charges import charge_text
from cogs._text import amount, dollars, duration, escape
from services.errors import (
    BugError,
    LimitError,
    LimnerError,
    NotAllowedError,
    NotFoundError,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
    StartError,
    StorageError,
    UserError,
)
from services.jobs.courier import FailedResult
from services.models import JsonValue

SENTENCES: Final[Mapping[str, str]] = {
    # What was typed
    "empty_prompt": "The prompt is empty. Say in a few words what the picture shows.",
    "prompt_too_long": "The prompt has {found} characters; at most {maximum} fit.",
    "text_too_long": "{field}: {found} characters are too many; at most {maximum} fit.",
    "options_too_long": "The options have {found} characters; at most {limit} fit.",
    "bad_options": "options: I cannot read “{found}” at character {place}; I expected {expected}. "
    "Write them as `steps=28 guidance=3.5`.",
    "bad_option": "{field}: “{found}” does not fit. Allowed: {allowed}.",
    "option_needs": "{field}={found} needs {needs}={allowed} beside it. Nothing was charged.",
    "duplicate_option": "The option {field} stands there twice. Keep one.",
    "bad_aspect": "aspect: “{found}” is none that this model takes. Allowed: {allowed}.",
    "unknown_aspect": "aspect: “{found}” is none that I know. Allowed: {allowed}.",
    "seed_out_of_range": "{field}: {found} is out of range. Seeds are whole numbers from {minimum} to {maximum}.",
    "bad_count": "count: {found} is out of range. I paint {minimum} to {maximum} pictures at a time.",
    "bad_code": "That is not a code. Codes are the eight characters under a picture, such as `7k2m9xq4`.",
    "bad_keep": "keep: I cannot read “{found}”. Write a code, or `CODE minus hair`.",
    "unknown_feature": "{field}: I know no feature “{found}”.[ Did you mean **{suggestion}**?]",
    "unknown_value": "{field}: “{found}” is no value of {feature}.[ Did you mean **{suggestion}**?]",
    "ambiguous_value": "{field}: “{found}” fits several features.[ Write one of: {suggestion}.]",
    "ambiguous_feature": "{field}: “{found}” could be several features.[ Write one of: {suggestion}.]",
    "repeated_feature": "{field}: {feature} is chosen twice: {found}. Keep one.",
    "empty_value": "{field}: {feature} has no value. Write it as `{feature}=value`.",
    "differ_is_chosen": "differ: you have chosen {found} under features, so both would have the same. Leave one out.",
    "only_one_value": "differ: {found} has only one value here, so it cannot differ.",
    "no_feature": "Name at least one feature that shall change, such as `hair` or `nose shape`. Nothing was charged.",
    "nothing_to_reroll": "[{found}: ]this face has no such feature that could have another value. Nothing was charged; "
    "name another one.",
    "reroll_needs_portrait": "Features are drawn anew in drawn faces; this picture was made of your own words. ✏️ Edit "
    "changes those. Nothing was charged.",
    "cannot_vary": "{model} has no way to vary this picture. 🎲 paints it with a new seed. Nothing was charged.",
    "not_an_upscaler": "{model} does not make pictures larger. Nothing was charged; `/models` says which can.",
    "too_large_to_upscale": "Made larger, this picture would have {found} pixels, and {model} goes up to {maximum} a "
    "side. Nothing was charged.",
    "pair_needs_portrait": "A pair is made of drawn faces; this picture was made of your own words.",
    "bad_recipe": "That recipe cannot be read[: {field}][ {problem}].",
    "recipe_too_new": "A newer version of me wrote that recipe (version {version}; I read up to {newest}).",
    # Models and who may use them
    "unknown_model": "I know no model “{found}”.[ Did you mean **{suggestion}**?] `/models` lists all.",
    "ambiguous_model": "“{found}” could be several models: {suggestion}. Write one in full.",
    "model_not_ready": "That model[ ({model})][ ({found})] cannot be used here yet. `/models` says why and which can.",
    "provider_not_ready": "The image service {found} cannot be used here yet. `/models` says which can.",
    "model_needs_reference": "{model} needs a picture to look at. Write the code of one of your pictures under "
    "`references` of `/imagine`. Nothing was charged.",
    "model_takes_no_reference": "{model} cannot look at other pictures. `/models` says which can. Nothing was charged.",
    "too_many_references": "references: {found} pictures are too many[; {model} looks at {maximum} at most]. Nothing "
    "was charged.",
    "reference_not_yours": "A picture that this one was made from is private, so only its owner can make this again. "
    "Nothing was charged.",
    "reference_gone": "A picture that this one looks at was deleted, so I cannot make it again. Nothing was charged.",
    "model_takes_no_seed": "{model} has no seed: the same words give a new picture every time. To keep a face, give it "
    "a picture under `references`; or take a model that can repeat a picture by its seed. Nothing was charged yet.",
    "model_paused": "{model} is paused by whoever runs this bot: “{sentence}” Nothing was charged.",
    "model_needs_key": "{model} needs a key for {provider}, and I have none. Add your own, and I paint this at once; "
    "or choose another model. Nothing was charged.",
    "key_removed": "The key that was to pay for this was removed a moment ago. Nothing was charged; ask again.",
    "key_gone": "The key that was to pay for this was removed before it was ordered. Nothing was charged; ask again.",
    "key_unreadable": "I cannot open the key that was to pay for this any more. Nothing was charged. Whoever brought "
    "it can add it again with `/keys add`.",
    "bad_key": "That does not look like a key of this service: I expected {expected}. I have kept nothing of it, and "
    "sent it nowhere. Copy it once more, whole, and try again.",
    "key_refused": "{provider} refuses this key, so I have not kept it. Copy it once more, whole, and try again. "
    "Nothing was charged.",
    "no_such_key": "There is no {provider} key to do that with. `/keys list` shows what there is.",
    "no_such_provider": "I know no image service “{found}”. There is: {allowed}.",
    "no_such_draft": "That request is gone: it was somebody else's, or it waited for more than a day. Ask again.",
    "model_has_no_seed": "{model} takes no seed, so I cannot make the same picture again. 🎲 makes a new one. "
    "Nothing was charged.",
    "no_price": "Nobody has set a price for {model} yet, so I cannot use it. Whoever runs the bot can; `/models` says "
    "what can paint. Nothing was charged.",
    "server_not_listed": "[{model} costs money, and ]this bot's own keys are not for this place. Add your own key[ for "
    "{provider}], and I paint this at once; or choose another model. Nothing was charged.",
    "model_gone": "{model} is not to be had at its image service any more. Nothing was charged; take another model.",
    "provider_down": "[{model}: ]The image service[ {provider}] does not answer right now. Nothing was charged. Try "
    "again in a few minutes, or take another model.",
    "restored_meanwhile": "I was set back to an earlier state of mine, and this stood in line then. It may have been "
    "painted since, so I do not send it again. {charge} Ask again if its picture never came.",
    "ended_by_operator": "Whoever runs this bot ended this: “{sentence}”[ {charge}] You can ask again.",
    "waited_too_long": "This picture stood in line for six hours, so I let it go. Nothing was charged; you can ask "
    "again.",
    "key_gone_meanwhile": "The key that pays for this was removed while the image service was painting, so I cannot "
    "ask for the picture. That account may have been charged; if the picture still comes, you get it.",
    "not_operator": "Only those who run this bot may do that. Whoever set it up names them in its settings.",
    "not_paused": "{found} is not paused. `/status` says what is.",
    "empty_sentence": "{field}: write one sentence for the people who ask for it.",
    "not_key_owner": "Only whoever owns the key that was to pay for this may read what the image service said.",
    "no_details": "The image service said nothing more about this.",
    "no_such_task": "I know no order {found} of yours there. The id may be mistyped, or the order somebody else's.",
    # What exists
    "no_such_picture": "I know no such picture. The code may be mistyped, the picture deleted, or not yours to see.",
    "no_parent": "There is nothing to compare this with: the picture that it was made from[ ({found})] was deleted, "
    "or it is not yours to see.",
    "compared_with_itself": "Both codes are of the same picture, {found}. Name two.",
    "no_such_job": "I know no such job. It may have ended long ago.",
    "not_yours": "That is not yours: only whoever asked for a picture can do this.",
    # Limits
    "too_many_waiting": "You have {waiting} pictures in line and in the works, and {allowed} is the most at once"
    "[; this would be {asked} more]. Nothing was charged. Try again when some have come; `/queue` shows them and can "
    "cancel them.",
    "server_line_full": "This server has {waiting} pictures in line and in the works, and {allowed} is the most at "
    "once for all its members together[; this would be {asked} more]. Nothing was charged; try again when some have "
    "come.",
    "line_full": "I have too many pictures in line right now, so I take on no more. Nothing was charged; try again "
    "in a few minutes.",
    "bad_weight": "{field}: a weight is a whole number from 1 to {maximum}, and {found} is none. Nothing was changed.",
    "user_daily_cap": "That would cost {price}, and you have used {spent} of your {cap} for today."
    "[ Try again in {wait}.] The sketch painter is free.",
    "daily_cap": "Everybody together has used up today's budget of this bot.[ Try again in {wait}.] "
    "The sketch painter is free.",
    "server_budget": "That would cost {price}, and this server has used {spent} of its {cap} for {period}."
    "[ Try again in {wait}.] Nothing was charged. A key of your own (`/keys add`) and the sketch painter have no such "
    "limit.",
    "user_budget": "That would cost {price}, and you have used {spent} of the {cap} that this server lets you spend "
    "{period}.[ Try again in {wait}.] Nothing was charged. A key of your own (`/keys add`) and the sketch painter have "
    "no such limit.",
    "bad_budget": "{field}: write an amount from 0 to 1000000 dollars, such as 2.50. Nothing was changed.",
    "no_such_budget": "There is no such limit. `/budget list` shows those of this server. Nothing was changed.",
    # Image services
    "provider_busy": "The image service is busy.[ Try again in {wait}.] Nothing was charged.",
    "provider_unreachable": "The image service cannot be reached right now. Nothing was charged; try again later.",
    "provider_refused_key": "The image service refused the key that was to pay.[ {charge}] Whoever it belongs to has "
    "to look at it: `/keys test` for your own or your server's.",
    "provider_rejected": "The image service refused this picture.[ {charge}] Try other words or other options.",
    "provider_broken": "The image service failed, and nothing will come of this try.[ {charge}] You can ask again.",
    "provider_failed_inside": "The image service failed while it painted, and no picture will come.[ {charge}] I "
    "did not try again by myself, because that could be charged twice. You can ask again.",
    "provider_unknown": "I lost sight of this picture at the image service.[ {charge}] If it still comes, you get it.",
    "result_expired": "The image service has thrown the picture away before I could fetch it.[ {charge}] You can ask "
    "again.",
    "gave_up": "The image service kept failing, so I stopped trying.[ {charge}] You can ask again.",
    "outcome_unknown": "I lost sight of this picture at the image service.[ {charge}] If it still comes, you get it.",
    "worker_died": "I was interrupted while ordering this picture.[ {charge}] If it still comes, you get it.",
    "result_lost": "The picture was made, but I could not fetch it.[ {charge}] You can ask again.",
    "result_empty": "The image service sent an empty picture.[ {charge}] You can ask again.",
    "result_too_large": "The image service sent a file too large to be a picture.[ {charge}] You can ask again.",
    "provider_lost_order": "The image service knows nothing of this picture any more.[ {charge}] You can ask again.",
    "provider_moderated": "The image service's moderation refused this picture and does not say whether it had painted "
    "it by then.[ {charge}] Use other words or another reference.",
    "provider_moderated_input": "The image service's moderation refused what you asked for[ ({reason})], before it "
    "painted anything.[ {charge}] Use other words or another reference.",
    "provider_moderated_output": "The picture was painted, and the image service's moderation withheld it"
    "[ ({reason})].[ {charge}] Use other words.",
    "provider_bad_option": "{field}: the image service does not take[ “{found}”] here.[ Allowed: {allowed}.] "
    "Nothing was charged.",
    "provider_bad_reference": "The image service cannot use the reference picture[: {reason}]. Nothing was charged; "
    "choose another one.",
    "provider_no_face": "The image service found no face in the reference picture.[ {charge}] Choose one that "
    "shows a face clearly, from the front.",
    "provider_no_balance": "The account that pays at the image service has no money left. Whoever owns its key has to "
    "top it up; nothing was charged.",
    "provider_model_gone": "The image service does not offer this model any more[ ({model})]. Nothing was charged; "
    "choose another model.",
    "provider_not_permitted": "The account that pays at the image service may not use this. Whoever owns its key has "
    "to look at it; nothing was charged.",
    "provider_timed_out": "The image service did not get to this picture in time. Nothing was charged; you can ask "
    "again.",
    "provider_canceled": "This picture was cancelled at the image service. Nothing was charged; you can ask again.",
    "result_elsewhere": "The image service named a place for the picture that is none of its own, so I did not fetch "
    "it.[ {charge}] You can ask again.",
    "upload_failed": "I could not hand your reference picture over to the image service. Nothing was charged; you can "
    "ask again.",
    # Storage
    "database_busy": "Too much is going on at once. Try again in a minute.",
    "commit_unknown": "I lost my storage in the middle of that and cannot say whether it was kept. Look before you do "
    "it again: `/queue` shows which pictures were taken on.",
    "database_broken": "My storage is damaged. Whoever runs the bot has to look at it.",
    "database_closed": "I am being restarted. Try again in a minute.",
    "disk_full": "My disk is full, so I cannot take on anything new. Nothing was charged for what did not start. "
    "Whoever runs the bot has to look at it.",
    "storage_full": "Your pictures take up {used_mb} MB, and {allowed_mb} MB is what I keep for one person. Delete "
    "some (🗑️ on a picture, or Delete under ⋯), then ask again. Nothing was charged.",
    "image_store_failed": "The place where I keep pictures does not answer right now. Try again in a minute.",
    "decoder_failed": "I cannot look into pictures right now, so I keep none yet. Nothing is lost: I try again by "
    "myself. Whoever runs the bot has to look at it.",
    "image_being_removed": "I am just removing a file of the same content. Try again in a minute.",
    "removal_delayed": "I could not remove that file at once; I go on trying every minute.",
    "sealed_unreadable": "Something I kept locked away cannot be opened any more. Whoever runs the bot has to look "
    "at it.",
    "bad_image": "The picture's file is damaged[: {reason}]. You can ask for it again.",
    "image_too_large": "The picture cannot be made small enough for this channel.",
    "image_missing": "The picture's file is gone from my storage. 🔁 paints it again.",
    "image_damaged": "The picture's file in my storage is damaged. 🔁 paints it again.",
}
"""One sentence for every code that `services/` and `db/` raise towards people."""

EDGE_SENTENCES: Final[Mapping[str, str]] = {
    "out_of_date": "This button is out of date. Use `/show` with the picture's code to get fresh ones.",
    "old_command": "This command has changed since your Discord loaded it. Reload Discord (Ctrl+R) and try again.",
    "bad_input": "I could not read “{found}”. Seeds are whole numbers from 0 to 4294967295, counts from 1 to 4.",
    "bad_job": "Choose one of the suggestions: they are what you have running.",
    "bad_seed": "{field}: “{found}” is no seed. Seeds are whole numbers from 0 to 4294967295.",
    "not_manager": "The server's keys are looked after by those who may manage the server. A key of your own needs "
    "nobody: leave `for` out.",
    "not_in_a_server": "A server's keys can be changed only in that server, and only where I am a member of it.",
    "budget_outside": "Limits belong to a server: use this in one, and only where I am a member of it.",
    "not_budget_manager": "This server's limits are looked after by those who may manage the server. `/budget show` "
    "tells you what counts for you. Nothing was changed.",
    "two_owners": "Choose a role or a member, not both; neither for the whole server. Nothing was changed.",
    "half_a_weight": "A weight needs both: the role and the number. Leave out both to see the weights. Nothing was "
    "changed.",
    "nothing_running": "You have nothing running that could be cancelled.",
    "no_channel": "I cannot tell which channel this is, so I could not post a picture here.",
    "missing_permission": "I am not allowed to post pictures here: I lack **{permission}**. "
    "Somebody who manages this channel can grant it, or use `private: True`.",
    "closed_messages": "Your direct messages are closed to me, so I could not send the recipe. "
    "The button **More** on the picture hands it over here.",
    "pressed_twice": "You pressed that twice within a second, so I took it once and it is charged once. Press again "
    "if you want one more.",
    "several_at_once": "Pick one picture at a time.",
    "bug": "Something went wrong on my side. It is logged; nothing was charged for what did not start.",
}
"""One sentence for every code that `cogs/` raises."""

FAMILIES: Final[Mapping[type[LimnerError], str]] = {
    NotFoundError: "I could not find that. The code may be mistyped, or it may not be yours to see.",
    NotAllowedError: "You may not do that here.",
    UserError: "I could not use what you typed[ for {field}][: “{found}”].[ Allowed: {allowed}.]"
    "[ Did you mean **{suggestion}**?]",
    LimitError: "That is enough for now.[ Try again in {wait}.]",
    ProviderBusy: "The image service is busy.[ Try again in {wait}.] Nothing was charged.",
    ProviderRejected: "The image service refused this picture.[ {charge}] Try other words.",
    ProviderRefusedKey: SENTENCES["provider_refused_key"],
    ProviderBroken: SENTENCES["provider_broken"],
    ProviderUnknown: SENTENCES["provider_unknown"],
    ProviderError: "The image service could not make this picture.[ {charge}]",
    StorageError: "I could not read or write my storage just now. Try again in a minute.",
    StartError: "I am not set up for that. Whoever runs the bot has to look at it.",
    BugError: EDGE_SENTENCES["bug"],
    LimnerError: EDGE_SENTENCES["bug"],
}

STATES: Final[Mapping[str, str]] = {
    "failed": "This picture failed.[ {charge}] You can ask again.",
    "canceled": "Cancelled.[ {charge}]",
    "unknown": FAMILIES[ProviderUnknown],
}
"""For pictures that did not come and whose code has no sentence of its own."""

_LONGEST_FIELD: Final = 100
_LONGER_FIELDS: Final = MappingProxyType({"sentence": 300})
"""What may be longer: an operator's sentence (`services/pausing.py`)."""

_OPTIONAL: Final = re.compile(r"\[([^\]]*)\]")
_FIELD: Final = re.compile(r"\{(\w+)\}")


def sentence_of(error: LimnerError) -> str:
    """Return what people read for `error`: escaped markdown, no internals."""
    wait_s = error.retry_after_s if isinstance(error, LimitError | ProviderBusy) else None
    fields: dict[str, JsonValue] = {**error.fields, "retry_after_s": wait_s}
    template = SENTENCES.get(error.code) or EDGE_SENTENCES.get(error.code) or _family_sentence(error)
    return _filled(template, fields)


def failure_sentence(failure: FailedResult) -> str:
    """Return what people read for a picture that did not come."""
    template = SENTENCES.get(failure.code) or STATES.get(failure.state) or STATES["failed"]
    return _filled(template, {**failure.fields, "charge": charge_text(failure)})


def _family_sentence(error: LimnerError) -> str:
    """Return the sentence of the nearest class that has one."""
    return next(FAMILIES[kind] for kind in type(error).__mro__ if kind in FAMILIES)


def _filled(template: str, fields: Mapping[str, JsonValue]) -> str:
    """Return `template` with its {fields}; a [part] whose fields are not all known is left out."""
    shown = dict(_shown(name, value) for name, value in fields.items() if value is not None and value != "")

    def fill(text: str) -> str:
        return _FIELD.sub(lambda match: shown.get(match[1], "…"), text)

    def keep(match: re.Match[str]) -> str:
        is_known = all(name in shown for name in _FIELD.findall(match[1]))
        return match[1] if is_known else ""

    return fill(_OPTIONAL.sub(keep, template))


def _shown(name: str, value: JsonValue) -> tuple[str, str]:
    """Return a field's name and harmless text; waiting times and money are said as people read them."""
    if name == "retry_after_s" and isinstance(value, int | float):
        return "wait", duration(value)
    if name.endswith("_micro_usd") and isinstance(value, int):
        said = dollars if name == "price_micro_usd" else amount
        return name.removesuffix("_micro_usd"), said(value)
    return name, escape(str(value), _LONGER_FIELDS.get(name, _LONGEST_FIELD))
