"""Discord's refusals: status, JSON code, message, and the tree of field errors.

*Source:* Discord's "Opcodes and Status Codes" (JSON error codes) and "Error Messages" in the reference.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]

# code: (HTTP status, message)
KNOWN = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30003: (400, "Maximum number of pins reached for the channel (250)"),
    30010: (400, "Maximum number of reactions reached (20)"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40005: (413, "Request entity too large"),
    40058: (400, "Cannot send a message in a forum channel"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (403, "This interaction has reached the maximum number of follow up messages"),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50016: (
        400,
        "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100",
    ),
    50024: (403, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50041: (400, "Invalid API version provided"),
    50081: (400, "Invalid sticker sent"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160002: (403, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
}


class ApiError(Exception):
    """A refusal in Discord's own form; `errors` is the tree that comes with 50035."""

    def __init__(self, code: int, *, errors: Json | None = None, message: str | None = None) -> None:
        self.status, text = KNOWN[code]
        self.code = code
        self.message = message or text
        self.errors = errors
        super().__init__(f"{code} {self.message}")

    def below(self, name: str) -> "ApiError":
        """Return the refusal with its field errors moved below a field."""
        return ApiError(self.code, errors={name: self.errors}, message=self.message) if self.errors else self

    def body(self) -> Json:
        """Return the JSON body of the refusal."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class NotHereError(ApiError):
    """Something that Discord has and this server has not: 501, so that nobody takes it for Discord's refusal."""

    def __init__(self, what: str) -> None:
        super().__init__(0, message=f"the local Discord does not know {what}")
        self.status = 501


@dataclass(frozen=True, slots=True)
class Problem:
    """One field that is not as it must be."""

    path: Path
    code: str
    message: str


@dataclass(slots=True)
class Problems:
    """Collects field errors, so that a refusal names all of them at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, path: Path, code: str, message: str) -> None:
        """Note one field error."""
        self.found.append(Problem(path, code, message))

    def refuse(self) -> None:
        """Raise 50035 with the tree of paths when anything was noted."""
        if self.found:
            raise ApiError(50035, errors=error_tree(self.found))


def error_tree(problems: list[Problem]) -> Json:
    """Return `{"a": {"0": {"_errors": [{code, message}]}}}` for paths such as ("a", 0).

    A node has either errors of its own or fields within: a form's parts are judged before the whole.
    *Source:* `ErrorDetails` in Discord's OpenAPI description.
    """
    tree: Json = {}
    outer = {problem.path[:depth] for problem in problems for depth in range(len(problem.path))}
    for problem in problems:
        if problem.path in outer:
            continue
        node = tree
        for step in problem.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return tree


def bad_field(path: Path, code: str, message: str) -> ApiError:
    """Return a 50035 with a single field error."""
    return ApiError(50035, errors=error_tree([Problem(path, code, message)]))
