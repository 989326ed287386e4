"""Slabs and plates have depth, and light passes through them without a trace."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Scene, tempconfig

from mobjects import BlockSlab, PlatePulse, ProjectorBox, layout, theme


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR", "dry_run": True}):
        yield


def colours(mobject):
    return [np.concatenate([leaf.fill_rgbas, leaf.stroke_rgbas]) for leaf in mobject.family_members_with_points()]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_faces_of_a_slab_meet_at_its_corners():
    slab = BlockSlab(width=2, height=3, depth=2).shift([1, 2, 0])
    front, side, top = (face.get_vertices() for face in (slab.front, slab.side, slab.top))
    assert np.allclose(front[1], side[0]) and np.allclose(front[2], side[1]) and np.allclose(front[2], top[1])
    assert np.allclose(side[2], top[2])
    assert np.allclose(side[3] - side[0], [1.0, 0.5, 0])
    assert np.allclose(slab.get_center(), [1, 2, 0])


def test_data_enters_at_the_front_and_leaves_at_the_back_also_after_a_move():
    slab = BlockSlab(depth=2)
    assert np.allclose(slab.exit - slab.entry, [1.0, 0.5, 0])
    slab.scale(2).shift([3, 0, 0])
    assert np.allclose(slab.exit - slab.entry, [2.0, 1.0, 0])
    assert np.allclose(slab.entry, slab.front.get_center())


def test_a_slab_is_lit_from_above_and_outlined_by_its_kind():
    slab = BlockSlab(kind="mlp")
    lights = [sum(face.get_fill_color().to_rgb()) for face in (slab.side, slab.front, slab.top)]
    assert lights == sorted(lights)
    assert slab.front.get_stroke_color().to_hex() == theme.MLP


def test_a_title_fits_the_front():
    slab = BlockSlab("A rather long title for a slab", width=2)
    assert slab.title.width < slab.front.width
    assert np.allclose(slab.title.get_center(), slab.front.get_center())
    assert BlockSlab().title is None
    assert slab.copy().title is not slab.title


def test_plates_recede_and_the_front_one_is_drawn_last():
    machine = ProjectorBox("model")
    assert len(machine.plates) == 10
    steps = np.diff([plate.get_center() for plate in machine.plates], axis=0)
    assert np.allclose(steps, steps[0]) and steps[0, 0] > 0 and steps[0, 1] > 0
    assert machine.submobjects[0][-1] is machine.plates[0]
    assert machine.caption.get_top()[1] < machine.plates[0].get_bottom()[1]
    assert np.allclose(machine.entry, machine.plates[0].get_center())
    assert np.allclose(machine.exit, machine.plates[-1].get_right())
    assert layout.safe_area().holds(machine)
    assert ProjectorBox().caption is None


@pytest.mark.parametrize("backward", [False, True])
def test_light_passes_plate_by_plate_and_leaves_them_as_they_were(backward):
    machine, scene = ProjectorBox("model"), Scene()
    scene.add(machine)
    before = colours(machine)
    motion = PlatePulse(machine.plates, backward=backward)
    motion._setup_scene(scene)
    motion.begin()
    peaks = np.zeros((41, 10))
    for row, moment in enumerate(np.linspace(0, 1, 41)):
        motion.interpolate(moment)
        peaks[row] = [np.ptp(plate.get_fill_color().to_rgb()) for plate in machine.plates]
    latest = peaks.argmax(axis=0)
    assert list(latest) == sorted(latest, reverse=backward) and latest[0] != latest[-1]
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [machine]
    assert same(colours(machine), before)


def test_a_share_of_zero_keeps_a_slab_dark_and_slabs_light_up_as_a_whole():
    slabs = [BlockSlab("A"), BlockSlab("B")]
    before = [colours(slab) for slab in slabs]
    motion = PlatePulse([slab.faces for slab in slabs], shares=[1, 0])
    motion.begin()
    motion.interpolate(0.5)
    assert same(colours(slabs[1]), before[1])
    assert not any(np.array_equal(a, b) for a, b in zip(colours(slabs[0].faces), before[0], strict=False))
    assert same(colours(slabs[0].title), before[0][3:])


def test_a_dimmed_machine_stays_dim_under_the_light():
    machine = ProjectorBox()
    machine.set_opacity(0.3)
    motion = PlatePulse(machine.plates)
    motion.begin()
    motion.interpolate(0.5)
    assert all(plate.get_fill_opacity() == pytest.approx(0.3) for plate in machine.plates)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BlockSlab(depth=0), "above zero"),
        (lambda: BlockSlab(kind="magic"), "expected one of"),
        (lambda: BlockSlab(" "), "at least one character"),
        (lambda: ProjectorBox(plates=0), "one or more"),
        (lambda: ProjectorBox("模型"), "The font has no"),
        (lambda: PlatePulse([]), "at least one"),
        (lambda: PlatePulse(ProjectorBox().plates, shares=[1]), "each of 10 plates"),
        (lambda: PlatePulse(ProjectorBox(plates=1).plates, shares=[float("nan")]), "from 0 to 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()
