"""What collection left is out of the way of the collector of garbage, which is at work again while tests run."""

import gc

ONE_FOLDER = 10_000
"""Fewer objects than the modules and items of the smallest run leave."""


def test_what_collection_left_is_no_part_of_later_passes() -> None:
    assert gc.get_freeze_count() > ONE_FOLDER


def test_garbage_is_collected_while_tests_run() -> None:
    assert gc.isenabled()
