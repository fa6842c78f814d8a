"""The real bot over an S3-compatible store."""

import signal
from pathlib import Path

from tests.e2e.play import answer_of, gallery
from tests.e2e.service import Limner, running
from tests.services.images.fake_s3 import ACCESS_KEY, BUCKET, SECRET_KEY, fake_s3


async def test_pictures_live_in_the_bucket_and_a_stop_after_that_is_clean(folder: Path) -> None:
    async with fake_s3() as server:
        settings = {
            "IMAGE_STORE_URL": f"s3://{BUCKET}/limner", "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }  # fmt: skip
        async with running(folder, **settings) as (limner, hands):
            painted = answer_of(await hands.slash("ada", "portrait"))
            assert len(gallery(painted)) == 1
            assert len(server.objects) == 1
            assert not (folder / "images").exists()
            assert await limner.stop(signal.SIGTERM) == 0


async def test_a_bucket_that_cannot_be_used_ends_the_start_with_what_to_do(folder: Path) -> None:
    async with fake_s3() as server:
        settings = {
            "IMAGE_STORE_URL": f"s3://{BUCKET}/limner", "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "AKIAWRONGWRONGWRONG0", "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }  # fmt: skip
        limner = Limner(folder, settings=settings)
        process = await limner.spawn("run")
        assert await process.wait() == 2
        await limner.clean_up()
    assert "The image store s3://pictures/limner cannot be used" in limner.log
    assert "AWS_ENDPOINT_URL, AWS_REGION and the keys" in limner.log
    assert "Traceback" not in limner.log
    assert SECRET_KEY not in limner.log
