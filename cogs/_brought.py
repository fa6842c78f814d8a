"""Pictures that people bring, as Discord names them."""

from discord import Attachment

from services.uploads import Brought


def brought_attachment(attachment: Attachment) -> Brought:
    """Return an attachment to bring. Its name and the type that it claims are never looked at."""
    return Brought(attachment.url, is_attachment=True, size_bytes=attachment.size)


def brought_address(text: str) -> Brought:
    """Return an address that somebody typed, to bring what lies there."""
    return Brought(text.strip(), is_attachment=False)
