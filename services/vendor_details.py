"""What a provider itself said when it gave no picture: for the owner of the key that was to pay, and nobody else."""

from db.engine import Connection
from db.jobs import attempts, jobs
from services.asks import Viewer
from services.context import Context
from services.errors import NotAllowedError, NotFoundError
from services.models import Payer
from services.recipes import recipe_from_json
from services.vendor_text import without_private, words_of


def _read(conn: Connection, job_id: int) -> tuple[jobs.JobRow, str] | None:
    job, error = jobs.read_job(conn, job_id), attempts.last_error(conn, job_id)
    return None if job is None else (job, str((error or {}).get("vendor_text") or ""))


def _owns_key(context: Context, viewer: Viewer, job: jobs.JobRow, *, is_manager: bool) -> bool:
    """Return whether the key that was to pay is this viewer's to look after."""
    match job.account.payer:
        case Payer.USER:
            return viewer.user_id == job.user_id
        case Payer.SERVER:
            return is_manager and viewer.guild_id is not None and viewer.guild_id == job.guild_id
    return viewer.user_id in context.limits.operators


async def vendor_details(context: Context, viewer: Viewer, job_id: int, *, is_manager: bool) -> str:
    """Return in one harmless line, without what somebody wrote for it, what the provider said of a failed job.

    `is_manager`: the viewer may manage the server of `viewer.guild_id`. A person's own key is that person's, a
    server's belongs to those who manage it, and ours to the operators. Raises NotFoundError("no_such_job",
    "no_details"), NotAllowedError("not_key_owner").
    """
    found = await context.database.read(_read, job_id)
    if found is None:
        raise NotFoundError("no_such_job", f"job {job_id}")
    job, text = found
    if not _owns_key(context, viewer, job, is_manager=is_manager):
        raise NotAllowedError("not_key_owner", f"job {job_id} of another account")
    if not text or not job.recipe_body:
        # Without the recipe nobody can tell what of it was repeated.
        raise NotFoundError("no_details", f"job {job_id}")
    recipe = recipe_from_json(job.recipe_body)
    return without_private(text, words_of(recipe.prompt, recipe.parameters))
