"""The files that show pictures which a person has brought: small ones on a sheet, or one of them as it is kept."""

from collections.abc import Sequence

from cogs._attachments import MOST_REQUEST_BYTES
from cogs._present import Attachment
from services.context import Context
from services.errors import StorageError
from services.images.fit import fit_for_upload
from services.images.formats import sniff
from services.images.sheets import labelled_sheet
from services.jobs.mending import FAULTS, picture_bytes
from services.languages import say
from services.own_uploads import OwnUpload
from services.thumbnails import thumbnails_of


async def uploads_sheet(
    context: Context, language: str, uploads: Sequence[OwnUpload], limit_bytes: int
) -> tuple[Attachment, ...]:
    """Return one file with the pictures, small and each over its number; () where there are none.

    A picture whose file is lost is left out. Raises StorageError where the store is away.
    """
    small = await thumbnails_of(context, [each.brought.upload.digest for each in uploads])
    found = [(str(each.number), data) for each, data in zip(uploads, small, strict=True) if data is not None]
    if not found:
        return ()
    labels = [label for label, _ in found]
    sheet = await context.pixels.run(_sheet, [data for _, data in found], labels, limit_bytes)
    alt = "; ".join(say(language, "uploads.alt", number=label) for label in labels)
    return (Attachment("limner-uploads.jpg", alt, sheet),)


async def upload_file(
    context: Context, language: str, upload: OwnUpload, limit_bytes: int
) -> tuple[Attachment, ...]:
    """Return the file of one picture; () where it is lost. Raises StorageError where the store is away."""
    try:
        data = await picture_bytes(context, upload.brought.upload.digest)
    except StorageError as error:
        if error.code in FAULTS:
            return ()
        raise
    fitted = await context.pixels.run(fit_for_upload, data, min(limit_bytes, MOST_REQUEST_BYTES))
    alt = say(language, "uploads.alt", number=upload.number)
    return (Attachment(f"limner-upload-{upload.number}.{sniff(fitted)}", alt, fitted),)


def _sheet(pictures: Sequence[bytes], labels: Sequence[str], limit_bytes: int) -> bytes:
    """Return the sheet's file. Works on pixels: for a thread."""
    return fit_for_upload(labelled_sheet(pictures, labels), min(limit_bytes, MOST_REQUEST_BYTES))
