"""Sheets: several pictures in one, for the sight of a pair or of a batch."""

import math
from collections.abc import Sequence
from typing import Final

from services.images.glyphs import CAPITAL_UNITS, LINE_UNITS, lettering
from services.images.vips import Picture, Vips, decoding, opaque, within

_PAIR_HEIGHT_PX: Final = 768
_CELL_SIDE_PX: Final = 512
_THUMB_SIDE_PX: Final = 320
_MOST_ACROSS: Final = 5
_GAP_PX: Final = 8
_QUALITY: Final = 88
_LABEL_HEIGHT_PX: Final = 56
_CAPITAL_PX: Final = 18.0
_LABEL_COLOUR: Final = "#22242a"
_PAPER: Final = [255, 255, 255]


def side_by_side(pictures: Sequence[bytes], labels: Sequence[str]) -> bytes:
    """Return a JPEG with the pictures in a row, each as high as the others and with its label below.

    Labels are drawn with built-in letters and cut where they are longer than their picture is wide. Decodes: run it in
    `PixelWork`. Raises StorageError("bad_image") when a picture cannot be decoded, ValueError when there are no
    pictures or not as many labels.
    """
    if not pictures or len(pictures) != len(labels):
        raise ValueError(f"{len(pictures)} pictures with {len(labels)} labels")
    with decoding(*pictures) as module:
        columns = [_labelled(module, *both) for both in zip(pictures, labels, strict=True)]
        return _jpeg(
            module.Image.arrayjoin(
                columns, across=len(columns), shim=_GAP_PX, halign="centre", background=_PAPER
            )
        )


def contact_sheet(pictures: Sequence[bytes], labels: Sequence[str] = ()) -> bytes:
    """Return a JPEG with the pictures on a grid as square as can be (four of them: 2 x 2), each whole in its cell.

    With `labels`, each has its own below it. Decodes: run it in `PixelWork`. Raises StorageError("bad_image") when a
    picture cannot be decoded, ValueError when there are none, or not as many labels.
    """
    if not pictures or (labels and len(pictures) != len(labels)):
        raise ValueError(f"a contact sheet of {len(pictures)} pictures with {len(labels)} labels")
    across = math.ceil(math.sqrt(len(pictures)))
    with decoding(*pictures) as module:
        cells = [
            _labelled_cell(module, data, labels[place], _CELL_SIDE_PX) if labels else _cell(module, data)
            for place, data in enumerate(pictures)
        ]
        return _jpeg(module.Image.arrayjoin(cells, across=across, shim=_GAP_PX, background=_PAPER))


def labelled_sheet(pictures: Sequence[bytes], labels: Sequence[str]) -> bytes:
    """Return a JPEG with small pictures in rows of up to five, each whole in its cell and with its label below.

    Decodes: run it in `PixelWork`. Raises as `side_by_side` does.
    """
    if not pictures or len(pictures) != len(labels):
        raise ValueError(f"{len(pictures)} pictures with {len(labels)} labels")
    with decoding(*pictures) as module:
        cells = [
            _labelled_cell(module, data, label, _THUMB_SIDE_PX)
            for data, label in zip(pictures, labels, strict=True)
        ]
        across = min(len(cells), _MOST_ACROSS)
        return _jpeg(module.Image.arrayjoin(cells, across=across, shim=_GAP_PX, background=_PAPER))


def _labelled(module: Vips, data: bytes, label: str) -> Picture:
    """Return the picture in the common height with its label below."""
    picture = within(module, data, 4 * _PAIR_HEIGHT_PX, _PAIR_HEIGHT_PX)
    centred = picture.gravity(
        "centre", picture.width, _PAIR_HEIGHT_PX, extend="background", background=_PAPER
    )
    return centred.join(_label(module, label, picture.width), "vertical")


def _label(module: Vips, text: str, width_px: int) -> Picture:
    """Return a strip of paper with `text` in its middle."""
    scale = _CAPITAL_PX / CAPITAL_UNITS
    line = lettering(text, longest_units=(width_px - 2 * _GAP_PX) / scale, colour=_LABEL_COLOUR)
    left = (width_px - line.width_units * scale) / 2
    top = (_LABEL_HEIGHT_PX - LINE_UNITS * scale) / 2
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{_LABEL_HEIGHT_PX}">'
        f'<g transform="translate({left:.2f} {top:.2f}) scale({scale})">{line.svg}</g></svg>'
    )
    return opaque(module.Image.svgload_buffer(svg.encode()))


def _labelled_cell(module: Vips, data: bytes, label: str, side_px: int) -> Picture:
    """Return the picture whole in the middle of a square, with its label below."""
    return _cell(module, data, side_px).join(_label(module, label, side_px), "vertical")


def _cell(module: Vips, data: bytes, side_px: int = _CELL_SIDE_PX) -> Picture:
    """Return the picture whole in the middle of a square."""
    picture = within(module, data, side_px, side_px)
    return picture.gravity("centre", side_px, side_px, extend="background", background=_PAPER)


def _jpeg(picture: Picture) -> bytes:
    """Return `picture` as JPEG with nothing beside the pixels."""
    written: bytes = picture.jpegsave_buffer(Q=_QUALITY, keep="none", optimize_coding=True)
    return written
