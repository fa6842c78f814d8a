"""Delete a stored picture: its row, its recipe and what its provider said of it; its file follows the commit."""

from db.engine import Connection
from db.jobs import attempts, recipes
from db.pictures import images
from services.jobs import removing
from services.jobs.removing import Begun


def delete_rows(conn: Connection, job_id: int) -> list[Begun]:
    """Delete the picture of a job; return the removals of files to `finish` after the commit. The job stays."""
    unused_digest = images.delete_image_of_job(conn, job_id)
    attempts.forget_addresses(conn, job_id)
    recipes.delete_recipe_of_job(conn, job_id)
    return [] if unused_digest is None else removing.begin(conn, [unused_digest])
