import pytest

from cogs._progress import bar, done_fraction, progress_view
from tests.cogs.samples import INJECTIONS, custom_ids, progress, text_of
from tests.cogs.test_text import LIVE


async def test_says_the_place_in_the_line() -> None:
    assert "3 pictures are before yours" in text_of(progress_view(progress(place=3)))
    assert "1 picture is before yours" in text_of(progress_view(progress(place=1)))
    assert "Next in line" in text_of(progress_view(progress(place=0)))


async def test_shows_no_bar_while_it_waits() -> None:
    assert "▱" not in text_of(progress_view(progress(place=3)))


async def test_shows_the_bar_towards_the_expected_time() -> None:
    assert text_of(progress_view(progress())) == "🎨 Painting with sketch\n`▰▰▰▰▰▰▱▱▱▱▱▱` 5 s of about 10 s"


async def test_counts_the_pictures_that_are_done() -> None:
    assert "2 of 4 done" in text_of(progress_view(progress(pictures_done=2, pictures_total=4)))


def test_the_clock_alone_never_claims_to_be_done() -> None:
    assert done_fraction(progress(elapsed_s=500.0)) == 0.95


@pytest.mark.parametrize(("said", "shown"), [(-1.0, 0.0), (0.5, 0.5), (7.0, 1.0)])
def test_takes_the_providers_word_within_reason(said: float, shown: float) -> None:
    assert done_fraction(progress(fraction=said)) == shown


def test_shows_no_bar_where_nothing_is_known() -> None:
    assert done_fraction(progress(expected_s=None)) is None


@pytest.mark.parametrize("fraction", [0.0, 0.33, 1.0])
def test_the_bar_has_one_length(fraction: float) -> None:
    assert len(bar(fraction)) == 12


async def test_cancel_names_the_first_job() -> None:
    assert custom_ids(progress_view(progress())) == ["v1:job:cancel:3"]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_providers_log_line_stays_inert(text: str) -> None:
    said = text_of(progress_view(progress(log_line=text))).split("\n-# ", maxsplit=1)[1]
    assert not LIVE.search(said)


async def test_says_when_it_is_expected_while_it_is_in_line() -> None:
    assert "I expect it in about 40 s" in text_of(progress_view(progress(place=3, wait_s=40.0)))
    assert "I expect it" not in text_of(progress_view(progress(place=3, wait_s=None)))
    assert "I expect it" not in text_of(progress_view(progress(wait_s=40.0)))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It may have been accepted and paid, so it is not sent again by itself."),
        (
            "de",
            "Vielleicht ist es angenommen und bezahlt; darum wird es nicht von selbst noch einmal geschickt.",
        ),
    ],
)
async def test_says_that_an_order_in_doubt_is_not_sent_again(language: str, sentence: str) -> None:
    for earlier in (None, "what an earlier version wrote into the row"):
        report = progress(doubtful_job_id=3, price_micro_usd=1_000, log_line=earlier)
        assert text_of(progress_view(report, language)).split("\n")[-1] == f"-# {sentence}"


@pytest.mark.parametrize(
    ("language", "pictures", "sentence"),
    [
        ("en", 1, "The picture costs about $0.08."),
        ("en", 4, "All 4 pictures together cost about $0.08."),
        ("de", 1, "Das Bild kostet etwa $0.08."),
        ("de", 4, "Alle 4 Bilder zusammen kosten etwa $0.08."),
    ],
)
async def test_says_what_the_whole_request_costs(language: str, pictures: int, sentence: str) -> None:
    for place in (None, 0, 3):
        report = progress(total_micro_usd=80_000, pictures_total=pictures, place=place, log_line="step 3")
        assert text_of(progress_view(report, language)).split("\n")[-2:] == [f"-# {sentence}", "-# step 3"]


async def test_says_no_price_where_nothing_is_paid() -> None:
    assert "cost" not in text_of(progress_view(progress(pictures_total=4)))
