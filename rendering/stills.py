"""All clips at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS, WIDTH, MARGIN, LINE = 4, 480, 24, 40  # in pixels
PAPER, INK = (32, 32, 36), (232, 232, 232)


def contact_sheet(stills: Sequence[tuple[str, Path]], target: Path, root: Path) -> None:
    """Write one picture with a still of each clip and its name.

    Parameters
    ----------
    stills : sequence of (str, Path)
        Names and pictures, all of one shape.
    target : Path
    root : Path
        The repository, where the font is.
    """
    font = ImageFont.truetype(str(root / "assets" / "fonts" / "InterScene-Regular.ttf"), 20)
    with Image.open(stills[0][1]) as first:
        height = round(WIDTH * first.height / first.width)
    columns = min(COLUMNS, len(stills))
    rows = math.ceil(len(stills) / columns)
    wide, high = WIDTH + MARGIN, height + LINE + MARGIN
    sheet = Image.new("RGB", (columns * wide + MARGIN, rows * high + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    for place, (name, path) in enumerate(stills):
        x, y = MARGIN + place % columns * wide, MARGIN + place // columns * high
        with Image.open(path) as picture:
            sheet.paste(picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS), (x, y))
        pen.text((x, y + height + 8), name, fill=INK, font=font)
    sheet.save(target)
