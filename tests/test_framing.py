"""Upright and square films show all that a clip shows, as large as it fits, if it can still be read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import render
from rendering import delivery
from rendering.delivered import read_delivery
from rendering.encode import transcode
from rendering.framing import LARGEST, LEGIBLE, content_box, frame_size, framed, scale, too_small
from rendering.manifest import Beat
from rendering.probing import probe
from rendering.profiles import PROFILES
from rendering.take import Take
from tests.test_delivery import SIZE, SWATCHES, order, root, scenes_of, source  # noqa: F401 (fixtures)

WHITE = (255, 255, 255, 255)


def drawn(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[top:bottom, left:right] = WHITE
    return pixels


spans = st.tuples(st.integers(0, 100), st.integers(0, 60), st.integers(1, 28), st.integers(1, 12))


@given(st.lists(spans, min_size=1, max_size=4))
def test_the_box_holds_all_that_is_ever_drawn_and_no_more(places):
    boxes = [(left, top, left + width, top + height) for left, top, width, height in places]
    found = content_box(drawn(*box) for box in boxes)
    left, top, right, bottom = zip(*boxes, strict=True)
    assert found == (min(left), min(top), max(right), max(bottom))


def test_nothing_drawn_is_an_empty_frame():
    empty = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    assert content_box([empty]) == content_box([]) == (0, 0, 0, 0)
    assert (framed(empty, (0, 0, 0, 0), (72, 128), (9, 8, 7)) == (9, 8, 7, 255)).all()


@pytest.mark.parametrize(("frame", "size"), [((9, 16), (1080, 1920)), ((1, 1), (1080, 1080))])
def test_the_frame_is_as_wide_as_the_rendering_is_high(frame, size):
    assert frame_size((1080, 1920), frame) == size
    assert all(side % 2 == 0 for lines in (479, 480, 721, 2160) for side in frame_size((lines, 800), frame))


@given(spans, st.sampled_from([(72, 128), (72, 72)]))
def test_the_picture_keeps_its_shape_and_stays_in_the_frame(place, size):
    left, top, width, height = place
    box = (left, top, left + width, top + height)
    shown = framed(drawn(*box), box, size, (0, 0, 0))
    factor = scale(box, size)
    assert factor <= LARGEST
    light = shown[..., :3].max(axis=2) > 127
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    assert len(columns) == pytest.approx(width * factor, abs=1.5)
    assert len(rows) == pytest.approx(height * factor, abs=1.5)
    assert columns[0] + columns[-1] == pytest.approx(size[0] - 1, abs=1.5)  # in the middle
    assert rows[0] + rows[-1] == pytest.approx(size[1] - 1, abs=1.5)


@pytest.mark.parametrize("name", ["portrait", "square"])
def test_the_file_has_its_size_and_its_colours(name, source, tmp_path):  # noqa: F811
    kind, box = PROFILES[name], (0, 0, SIZE[0], 64)
    take = Take(Fraction(60000, 1001), 0, 24, 2, 100, 6, (20, 30, 40), box=box)
    path = tmp_path / f"clip{kind.mark}.mp4"
    transcode(source, {path: kind}, take, {})
    width, height = frame_size((SIZE[1], SIZE[0]), kind.frame)
    with av.open(str(path)) as reader:
        frame = next(reader.decode(video=0))
        pixels = frame.reformat(format="rgb24", src_colorspace=frame.colorspace).to_ndarray().astype(int)
    assert pixels.shape == (height, width, 3)
    factor = scale(box, (width, height))
    for place, color in enumerate(SWATCHES.values()):
        x = width / 2 + (32 * place + 16 - SIZE[0] / 2) * factor
        y = height / 2 + (16 - 32) * factor
        assert pixels[round(y), round(x)] == pytest.approx(color, abs=4)
    assert pixels[1, 1] == pytest.approx((20, 30, 40), abs=3)
    listed = probe(tmp_path, Path(path.name), kind, take)
    assert (listed.width, listed.height, listed.handle) == (width, height, 0)


def test_what_would_be_too_small_to_read_is_said():
    beats = [Beat(number=1, start_frame=0, frames=9, smallest_text=size) for size in (0.0, 36.0, 24.0)]
    wide, size = (0, 0, 1920, 1000), (1080, 1920)
    assert 24 * scale(wide, size) == pytest.approx(24 * 1080 * 0.96 / 1920)
    assert too_small(beats, wide, 1080, size) == ""
    assert "would be 8.6 pixels high, and 10.7 can be read" in too_small(beats, wide, 720, size)
    assert too_small(beats[:2], wide, 720, size) == ""
    assert too_small(beats[:1], wide, 240, size) == ""
    assert LEGIBLE == pytest.approx(24 / 1080 * 480)


def test_a_clip_that_cannot_be_read_is_left_out_with_its_reason(source, root):  # noqa: F811
    [scene] = scenes_of(source)
    scene.record.beats[0] = scene.record.beats[0].model_copy(update={"smallest_text": 24.0})
    wanted = order(profiles=("square", "web"), chapter=6)
    folder = delivery.deliver(wanted, ("ch06_next", "Next"), [scene], root, 1, lambda name: None)
    [clip] = read_delivery(folder / "manifest.json").clips
    assert [file.profile for file in clip.files] == ["web", "proxy"]
    assert "pixels high" in clip.left_out["square"]
    assert f"{clip.name}: no square, its smallest text" in (folder / "README.txt").read_text()
    assert not list((folder / "clips").glob("*_sq*"))


@pytest.mark.parametrize("size", ["l", "m"])
def test_too_few_lines_are_refused_before_anything_is_rendered(size):
    asked = ["AttentionPattern", "-q", size, "--deliver", "--profile", "portrait"]
    result = CliRunner().invoke(render.main, asked)
    assert result.exit_code == 2
    assert "error: --profile portrait needs 1080 lines" in result.output
