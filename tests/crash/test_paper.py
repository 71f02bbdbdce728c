"""What tells a marked copy from an unmarked one is itself right."""

from __future__ import annotations

import pytest

from tests.crash.paper import CUT, copies, unmarked_copies

HALF = ["兰亭美业", "单号 1-000026"]
BILL = [*HALF, "谢谢惠顾", CUT]
OTHER = ["兰亭美业", "单号 1-000027", "谢谢惠顾", CUT]
MARK = " 重印 第2次 "


@pytest.mark.parametrize(
    ("on_paper", "whole", "unmarked"),
    [
        ([], 0, 0),
        (BILL, 1, 0),
        ([*BILL, MARK, *BILL], 2, 0),
        ([*BILL, *BILL], 2, 1),
        ([*BILL, MARK, CUT, *BILL], 2, 1),  # a mark on another slip says nothing about this one
        ([*HALF, MARK, *BILL], 1, 0),  # the first broke off and is still on the same piece of paper
        ([*HALF, *BILL], 1, 1),
        ([*HALF, *OTHER], 0, 0),
        (OTHER, 0, 0),
    ],
)
def test_copies_are_counted_and_unmarked_ones_found(on_paper: list[str], whole: int, unmarked: int) -> None:
    assert copies(on_paper, "1-000026") == whole
    assert unmarked_copies(on_paper, "1-000026") == unmarked
