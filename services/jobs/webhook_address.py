"""The address that a provider calls back: our attempt id and a MAC over it, so that nobody can guess another one."""

from services.context import Context

MAC_LABEL = "webhook"


def _message(provider: str, attempt_id: int) -> bytes:
    return f"{provider}/{attempt_id}".encode()


def webhook_address(context: Context, provider: str, attempt_id: int) -> str | None:
    """Return the address for one attempt, None without a public address (the job is polled then)."""
    if context.public_url is None:
        return None
    mac = context.master_key.mac(MAC_LABEL, _message(provider, attempt_id))
    return f"{context.public_url}/hooks/{provider}/{attempt_id}.{mac}"


def is_webhook_mac(context: Context, provider: str, attempt_id: int, mac: str) -> bool:
    """Return whether an address was made by us (constant time)."""
    return context.master_key.verify_mac(MAC_LABEL, _message(provider, attempt_id), mac)
