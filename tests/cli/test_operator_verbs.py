"""`bot.py jobs`, `backup`, `restore` and `doctor` without a running bot, as an operator types them."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
from cli import backup, doctor, jobs, keys, restore, sync, takedown, verbs
from db.dialects.lock import take_lock
from db.dialects.place import find_place
from db.engine import open_database
from db.jobs.acceptance import Caps, NewPicture, NewRequest, accept
from services.images.metadata import stamp
from services.models import Origin, OriginKind, Recipe, RecipeKind, Visibility
from services.opened_store import open_store
from services.recipes import recipe_to_json
from services.redaction import redact
from services.settings import Settings
from tests.databases import run_apart
from tests.services.brought import photo
from tests.services.finished import finish_next

pytestmark = pytest.mark.filterwarnings("ignore:unclosed")
WORDS = "the words of somebody"


@pytest.fixture
def url(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the schema, named to the verbs as an operator does; nothing else is set."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIMNER_MASTER_KEY", "DISCORD_TOKEN", "DISCORD_API_URL", "FAL_KEY", "LIMNER_PLAYGROUND"):
        monkeypatch.delenv(name, raising=False)
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("LIMNER_FEATURES", str(root / "face_features.json"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LIMNER_DATA", str(tmp_path))
    monkeypatch.setenv("LIMNER_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    return database_url


def put_in_line(url: str, recipe: Recipe | None = None) -> int:
    """Accept a request of one free picture and return its job."""
    origin = Origin(OriginKind.INTERACTION, "1", user_id=7, channel_id=20, guild_id=10)
    body = {"prompt": WORDS} if recipe is None else recipe_to_json(recipe)
    picture = NewPicture("7k2m9xq4", body, None, "sketch", "sketch", 0)  # type: ignore[arg-type] # JSON
    new = NewRequest("portrait", origin, Visibility.PUBLIC, 1, None, [picture])

    async def put() -> int:
        database = await open_database(url, data_folder=None)
        rows = await database.write(accept, new, Caps(10, 10, 10))
        await database.close()
        return rows.job_ids[0]

    return run_apart(put())


def finish_in_line(url: str, data: bytes) -> None:
    """Let the next job in line have a picture, kept where the service looks for it."""

    async def finish() -> None:
        store = await open_store(Settings(_env_file=None))
        stored = await store.put(data)
        await store.close()
        database = await open_database(url, data_folder=None)
        assert await database.write(finish_next, stored.digest, stored.size_bytes)
        await database.close()

    run_apart(finish())


def test_jobs_are_listed_shown_and_ended_without_a_running_bot(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = put_in_line(url)
    assert jobs.main(["list", "--state", "queued"]) == 0
    assert jobs.main(["show", str(job_id)]) == 0
    said = capsys.readouterr().out
    assert "queued" in said
    assert "deliveries: none" in said
    assert WORDS not in said

    assert jobs.main(["show", str(job_id), "--prompt", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"] == {"prompt": WORDS}
    assert jobs.main(["fail", str(job_id), "--reason", "sold"]) == 0
    assert f"Job {job_id} is failed" in capsys.readouterr().out
    assert jobs.main(["fail", str(job_id), "--reason", "sold"]) == 2
    assert "has ended" in capsys.readouterr().err


def test_times_and_money_of_a_job_are_shown_as_people_read_them(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jobs.main(["show", str(put_in_line(url))]) == 0
    said = capsys.readouterr().out
    assert "price: $0.000000" in said
    assert re.search(r"^not_before: 20\d\d-", said, re.MULTILINE)
    assert "_ms" not in said


@pytest.mark.parametrize("limit", ["0", "-3", "1001", "9" * 30, "many"])
def test_a_limit_out_of_range_is_refused_with_the_range(
    limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        jobs.main(["list", f"--limit={limit}"])
    assert "from 1 to 1000" in capsys.readouterr().err


@pytest.mark.parametrize("ask", ["-h", "--help"])
def test_the_help_names_every_verb(ask: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bot.main([ask]) == 0
    said = capsys.readouterr().out
    assert [verb for verb in verbs.VERBS if f"\n  {verb} " not in said] == []
    missing = [verb for verb in verbs.VERBS if importlib.util.find_spec(f"cli.{verb}") is None]
    assert missing == []


def test_nothing_is_tried_again_before_it_was_asked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = put_in_line(url)
    assert jobs.main(["requeue", str(job_id)]) == 2
    said = capsys.readouterr()
    assert f"job {job_id} goes on at once" in said.out
    assert "add --yes" in said.err
    assert jobs.main(["requeue", str(job_id), "4711", "--yes"]) == 0
    assert "job 4711 does not exist" in capsys.readouterr().out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_verb_beside_an_owner_that_is_silent_says_so_and_does_nothing(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = take_lock(tmp_path / "limner.db")
    try:
        assert jobs.main(["list"]) == 2
    finally:
        lock.release()
    assert "does not answer" in capsys.readouterr().err
    assert url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        pytest.param(jobs.main, ["list"], id="jobs"),
        pytest.param(backup.main, [], id="backup"),
        pytest.param(restore.main, ["--mark"], id="restore"),
        pytest.param(keys.main, ["list"], id="keys"),
        pytest.param(sync.main, [], id="sync"),
    ],
)
def test_a_verb_makes_no_database_where_there_is_none(
    url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    main: Callable[[list[str]], int],
    arguments: list[str],
) -> None:
    for left in tmp_path.iterdir():
        left.unlink()
    assert main(arguments) == 2
    assert "start Limner once" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_verb_that_works_by_itself_masks_the_bots_keys_in_its_log(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "a key of no known shape 81"
    assert key in redact(key)
    monkeypatch.setenv("BFL_API_KEY", key)
    assert jobs.main(["list"]) == 0
    assert key not in redact(key)
    assert url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_is_made_and_comes_back_and_its_line_is_ended(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = put_in_line(url)
    assert backup.main([]) == 0
    assert backup.main([str(tmp_path / "copy.db"), "--images"]) == 0
    assert "1 jobs." in capsys.readouterr().out
    [made] = (tmp_path / "backups").glob("limner-*.db")
    assert restore.main([str(made)]) == 0
    assert "nothing of it is sent again" in capsys.readouterr().out
    assert jobs.main(["show", str(job_id), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["error"]["code"]) == ("failed", "restored_meanwhile")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_restore_is_refused_while_somebody_owns_the_database(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.main([str(tmp_path / "copy.db")]) == 0
    before = (tmp_path / "limner.db").read_bytes()
    lock = take_lock(tmp_path / "limner.db")
    try:
        for arguments in ([str(tmp_path / "copy.db")], ["--mark"]):
            assert restore.main(arguments) == 2
    finally:
        lock.release()
    assert "is in use by Limner" in capsys.readouterr().err
    assert (tmp_path / "limner.db").read_bytes() == before
    assert url


def test_a_database_that_was_restored_by_other_means_is_marked(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = put_in_line(url)
    assert restore.main(["--mark"]) == 0
    assert "counts as restored" in capsys.readouterr().out
    assert jobs.main(["list", "--state", "failed"]) == 0
    assert str(job_id) in capsys.readouterr().out


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_postgresql_is_copied_and_restored_with_its_own_tools(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find_place(url).file is None
    assert backup.main([]) == 2
    assert "pg_dump --format=custom" in capsys.readouterr().err
    assert restore.main(["copy.db"]) == 2
    assert "bot.py restore --mark" in capsys.readouterr().err


def test_the_doctor_looks_at_every_part_and_is_content(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    put_in_line(url)
    assert doctor.main(["--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    parts = {each["part"] for each in found}
    assert {
        "settings",
        "feature file",
        "master key",
        "Discord",
        "database",
        "disk",
        "jobs",
        "ledger",
    } <= parts
    assert [each for each in found if each["level"] == "fail"] == []


def test_the_doctor_says_what_keeps_the_service_from_starting(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "faces.json").write_text("{", "ascii")
    monkeypatch.setenv("LIMNER_FEATURES", str(tmp_path / "faces.json"))
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "fail  feature file:" in said
    assert "fail  service:" in said
    monkeypatch.setenv("LIMNER_PORT", "many")
    assert doctor.main([]) == 1
    assert "LIMNER_PORT" in capsys.readouterr().out
    assert url


def test_a_picture_is_taken_down_by_its_file_listed_and_let_in_again(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "complaint.jpg"
    file.write_bytes(photo())
    assert takedown.main(["add", str(file)]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert takedown.main(["list"]) == 0
    assert "Nothing is taken down." in capsys.readouterr().out

    assert takedown.main(["add", str(file), "--yes"]) == 0
    said = capsys.readouterr().out
    digests = re.findall(r"\b[0-9a-f]{64}\b", said)
    assert len(digests) == 2
    assert "Deleted: 0 pictures that were brought, 0 that were made" in said
    assert takedown.main(["list", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["digest"], row["digests"]) == (digests[0], 2)

    assert takedown.main(["list"]) == 0
    assert re.search(rf"{digests[0]}  since 20\d\d-", capsys.readouterr().out)
    assert takedown.main(["remove", digests[1].upper()]) == 0
    assert "may be brought again" in capsys.readouterr().out
    assert takedown.main(["remove", digests[1]]) == 2
    assert "no such picture was taken down" in capsys.readouterr().err


def test_a_result_is_taken_down_by_the_file_that_discord_has_of_it(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_in_line(url, Recipe(RecipeKind.IMAGINE, WORDS, "sketch", "sketch", "1", 1))
    finish_in_line(url, photo(1))
    forged, file = tmp_path / "forged.jpg", tmp_path / "limner.jpg"
    forged.write_bytes(stamp(photo(2), recipe=None, code="7k2m9xq4", made_by="ai"))
    file.write_bytes(stamp(photo(1), recipe=None, code="7k2m9xq4", made_by="ai"))
    assert takedown.main(["add", str(forged), "--yes"]) == 0
    said = capsys.readouterr().out
    assert "0 that were made" in said
    assert "Its stamp says 7k2m9xq4, whose pixels are others" in said

    assert takedown.main(["add", str(file), "--yes"]) == 0
    assert "1 that were made; 1 people" in capsys.readouterr().out


def test_what_is_no_picture_cannot_be_taken_down(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "complaint.txt"
    file.write_bytes(b"all of them")
    assert takedown.main(["add", str(file), "--yes"]) == 2
    assert "is no picture that anybody could bring" in capsys.readouterr().err
    assert takedown.main(["add", "7k2m9xq4", "--yes"]) == 2
    assert "there is no such picture" in capsys.readouterr().err
