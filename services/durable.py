"""What makes a change on disk outlive a power cut."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make renames, new files and removals in `folder` outlive a power cut; a file's own fsync does not do that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
