"""Good components, commands and modals, for the rows to spoil."""

from tests.playground.discord.refusals.row import Body

V2 = 1 << 15
TEXT: Body = {"type": 10, "content": "x"}
BUTTON: Body = {"type": 2, "style": 2, "label": "b", "custom_id": "a"}
OPTION: Body = {"label": "o", "value": "v"}
PICTURE: Body = {"media": {"url": "https://x.invalid/a.png"}}


def row(*components: Body) -> Body:
    return {"type": 1, "components": list(components)}


def v2(*components: Body, **more: Body) -> Body:
    return {"flags": V2, "components": list(components), **more}


def select(**more: Body) -> Body:
    return {"type": 3, "custom_id": "s", "options": [OPTION], **more}


def chooser(kind: int, **more: Body) -> Body:
    return {"type": kind, "custom_id": "s", **more}


def options(count: int, **more: Body) -> list[Body]:
    return [{"label": "o", "value": str(index), **more} for index in range(count)]


def command(**more: Body) -> Body:
    return {"name": "paint", "description": "Paint", **more}


def option(**more: Body) -> Body:
    return {"name": "seed", "description": "Seed", "type": 3, **more}


def modal(*components: Body, **more: Body) -> Body:
    return {"type": 9, "data": {"title": "t", "custom_id": "m", "components": list(components), **more}}


def label(component: Body, **more: Body) -> Body:
    return {"type": 18, "label": "l", "component": component, **more}


def line(**more: Body) -> Body:
    return {"type": 4, "style": 1, "custom_id": "t", **more}
