"""Small scenes that would show any shortcut: whatever may make a frame depend on more than its time and its shapes.

Each is the ``construct`` of a scene. Run times are whole frames at 15 a second.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from manim import (
    BLUE,
    DOWN,
    LEFT,
    RED,
    RIGHT,
    UP,
    YELLOW,
    AnimationGroup,
    ChangeSpeed,
    Circle,
    Create,
    Cube,
    DashedVMobject,
    Dot,
    DrawBorderThenFill,
    FadeIn,
    FadeOut,
    FadeTransform,
    ImageMobject,
    Indicate,
    LaggedStart,
    Line,
    Mobject,
    MoveAlongPath,
    MovingCameraScene,
    PhaseFlow,
    PointCloudDot,
    Rotate,
    Scene,
    ScreenRectangle,
    Sphere,
    Square,
    Star,
    Succession,
    Text,
    ThreeDScene,
    TracedPath,
    Transform,
    TransformFromCopy,
    UpdateFromFunc,
    ValueTracker,
    VGroup,
    VMobject,
    Wait,
    Write,
    ZoomedScene,
    always_redraw,
    linear,
    there_and_back,
)

from mobjects import ChangeValues, NumericGrid

THIRD, WHOLE, LONG = 1 / 3, 1.0, 9.0


def strokes_fills_and_gradients(scene: Any) -> None:
    """All that a pen can do."""
    star = Star(fill_opacity=0.5, stroke_width=12).set_color_by_gradient(RED, BLUE, YELLOW)
    ring = Circle(color=[RED, BLUE], stroke_width=9).shift(3 * LEFT)
    behind = Square(fill_opacity=0.3).set_stroke(YELLOW, width=20, background=True).shift(3 * RIGHT)
    dashes = DashedVMobject(Line(4 * LEFT, 4 * RIGHT), num_dashes=17).shift(2 * DOWN)
    sheen = Square(fill_opacity=1).set_sheen(0.8, UP).shift(2 * UP)
    scene.add(star, ring, behind, dashes, sheen)
    scene.play(Rotate(star, 1), Rotate(ring, 2), behind.animate.scale(1.3), Indicate(dashes), run_time=WHOLE)


def words(scene: Any) -> None:
    """Letters, written, with gaps and counters."""
    text = Text("a & B8 %").scale(1.5)
    scene.play(Write(text), run_time=WHOLE)
    scene.play(FadeTransform(text, Text("other").set_color_by_gradient(RED, BLUE)), run_time=THIRD)


def numbers(scene: Any) -> None:
    """The numbers this library is for."""
    first = np.linspace(-3, 3, 12).reshape(3, 4)
    grid = NumericGrid(first)
    scene.play(FadeIn(grid), run_time=THIRD)
    scene.play(ChangeValues(grid, first[::-1] ** 2), run_time=WHOLE)
    scene.play(grid.animate.scale(0.6).shift(LEFT), run_time=THIRD)
    scene.wait(THIRD)


def layers(scene: Any) -> None:
    """Order of drawing by depth, in the foreground, and changed between plays."""
    colours = (RED, BLUE, YELLOW)
    low, middle, high = (Square(color=colour, fill_opacity=1).shift(x * RIGHT) for x, colour in enumerate(colours))
    low.set_z_index(2)
    front = Dot(radius=1)
    scene.add(low, middle, high)
    scene.add_foreground_mobject(front)
    scene.play(middle.animate.shift(UP), run_time=THIRD)
    scene.bring_to_front(middle)
    low.set_z_index(-1)
    scene.play(Rotate(high, 1), run_time=THIRD)


def shared_parts(scene: Any) -> None:
    """One mobject in two groups, and a group that is drawn twice."""
    dot = Dot(radius=0.5, color=RED)
    one, two = VGroup(Square(), dot), VGroup(dot, Circle())
    scene.add(one, two, dot)
    scene.play(one.animate.shift(LEFT), run_time=THIRD)
    scene.play(two.animate.shift(UP), run_time=THIRD)


def odd_outlines(scene: Any) -> None:
    """Outlines of no points, of one to five, with NaN, with infinity, and of nothing but one point."""
    crowd = VGroup()
    for count in range(6):
        odd = VMobject(stroke_width=8)
        odd.points = np.linspace([-count, -1, 0], [count, 1, 0], count) if count else np.zeros((0, 3))
        crowd.add(odd)
    for value in (np.nan, np.inf):
        broken = Square(color=RED, stroke_width=10)
        broken.points[5] = value
        crowd.add(broken)
    same = VMobject(stroke_width=20).set_points(np.zeros((4, 3)))
    crowd.add(same, Square(fill_opacity=0.5, color=BLUE))
    scene.add(crowd)
    scene.play(crowd.animate.shift(DOWN), run_time=THIRD)


def nearly_closed(scene: Any) -> None:
    """Curves whose ends miss each other by just less, and just more, than manim minds."""
    for place, gap in enumerate((0.0, 9e-7, 2e-6, 1e-5, 3e-5, 1e-3)):
        shape = VMobject(stroke_width=6, fill_opacity=0.4).set_points_as_corners(
            np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [gap, gap, 0]]) + np.array([place - 3, 1, 0])
        )
        shape.start_new_path(np.array([place - 3.0, -1, 0]))
        shape.add_line_to(np.array([place - 2.5 + gap, -1, 0]))
        shape.add_line_to(np.array([place - 2.5, -2 + gap, 0]))
        scene.add(shape)
    scene.play(FadeIn(Dot()), run_time=THIRD)


def updaters_of_time(scene: Any) -> None:
    """What happens depends on how long it has been."""
    dot = Dot(color=RED).shift(3 * LEFT)
    dot.add_updater(lambda mobject, dt: mobject.shift((0.1 + dt) * mobject.get_x() * dt * UP + dt * RIGHT))
    scene.add(dot)
    scene.play(Create(Circle()), run_time=WHOLE)
    scene.wait(THIRD)
    dot.clear_updaters()
    scene.wait(THIRD)


def updaters_of_chance(scene: Any) -> None:
    """What happens depends on how often somebody looked."""
    dot = Dot(color=BLUE)
    dot.add_updater(lambda mobject: mobject.move_to([random.random() * 3, np.random.random(), 0]))  # noqa: NPY002
    scene.add(dot)
    scene.play(Rotate(Square(), 1), run_time=WHOLE)
    scene.play(FadeOut(dot), run_time=THIRD)
    scene.add(Dot([random.random(), 0, 0]))
    scene.wait(THIRD)


def traces(scene: Any) -> None:
    """What is drawn is all that was."""
    dot = Dot().shift(2 * LEFT)
    trace = TracedPath(dot.get_center, dissipating_time=0.4, stroke_opacity=[0, 1])
    scene.add(dot, trace)
    scene.play(MoveAlongPath(dot, Circle(radius=2)), run_time=WHOLE)
    scene.play(dot.animate.shift(RIGHT), run_time=THIRD)


def redrawn(scene: Any) -> None:
    """Mobjects made anew in every frame."""
    angle = ValueTracker(0)
    scene.add(always_redraw(lambda: Line(LEFT, RIGHT).rotate(angle.get_value())))
    scene.play(angle.animate.set_value(2), run_time=WHOLE)
    scene.wait(THIRD)


def side_effects(scene: Any) -> None:
    """A motion that changes what stands still."""
    still, mover = Square().shift(2 * LEFT), Dot()
    scene.add(still, mover)

    def push(mobject: Mobject) -> None:
        mobject.shift(0.1 * UP)
        still.shift(0.05 * RIGHT)

    scene.play(UpdateFromFunc(mover, push), run_time=LONG)
    scene.play(Indicate(mover), run_time=THIRD)


def until(scene: Any) -> None:
    """A wait that ends when something has come about."""
    dot = Dot()
    dot.add_updater(lambda mobject, dt: mobject.shift(dt * RIGHT))
    scene.add(dot)
    scene.wait_until(lambda: dot.get_x() > 0.7, max_time=5)
    scene.play(FadeOut(dot), run_time=THIRD)


def groups_of_motions(scene: Any) -> None:
    """Motions inside motions, with lags, waits and changes of pace."""
    dots = VGroup(*(Dot(radius=0.3).shift(x * RIGHT) for x in range(-3, 4)))
    scene.play(LaggedStart(*(FadeIn(dot, shift=UP) for dot in dots), lag_ratio=0.3), run_time=WHOLE)
    scene.play(Succession(Rotate(dots, 1), Wait(0.2), FadeOut(dots[0])), run_time=WHOLE)
    scene.play(
        ChangeSpeed(
            AnimationGroup(dots[1].animate(run_time=1, rate_func=there_and_back).shift(DOWN)), {0.3: 2, 1: 0.5}
        ),
        rate_func=linear,
        run_time=WHOLE,
    )
    scene.play(DrawBorderThenFill(Square(fill_opacity=1)), TransformFromCopy(dots[2], dots[3]), run_time=WHOLE)


def same_play_twice(scene: Any) -> None:
    """Two plays that are one in the cache, and a pause between."""
    square = Square()
    for _ in range(3):
        scene.play(FadeIn(square), run_time=THIRD)
        scene.remove(square)
        scene.wait(THIRD)


def flows(scene: Any) -> None:
    """A motion that goes on from where the last moment left it."""
    square = Square()
    scene.play(PhaseFlow(lambda point: np.array([-point[1], point[0], 0]), square), run_time=WHOLE)
    scene.play(Transform(square, Circle()), run_time=THIRD)


def pictures_and_clouds(scene: Any) -> None:
    """Pixels and points between shapes."""
    image = ImageMobject(np.uint8(np.arange(4 * 4 * 3).reshape(4, 4, 3) * 5)).scale(8)
    cloud = PointCloudDot(radius=0.7, density=20).shift(2 * RIGHT)
    scene.add(Square(fill_opacity=1, color=RED).scale(1.4), image, cloud, Circle(radius=2))
    scene.play(image.animate.shift(LEFT), cloud.animate.shift(UP), run_time=THIRD)


def a_camera_that_moves(scene: Any) -> None:
    """The frame follows, zooms, and comes back."""
    dots = VGroup(*(Dot([x, y, 0]) for x in range(-6, 7, 2) for y in range(-3, 4)))
    grid = NumericGrid(np.eye(3))
    scene.add(dots, grid)
    scene.camera.frame.save_state()
    scene.play(scene.camera.frame.animate.scale(0.4).move_to(dots[5]), run_time=WHOLE)
    scene.wait(THIRD)
    scene.play(dots.animate.rotate(0.3), run_time=THIRD)
    scene.camera.frame.add_updater(lambda frame, dt: frame.shift(dt * RIGHT))
    scene.wait(THIRD)
    scene.camera.frame.clear_updaters()
    scene.play(scene.camera.frame.animate.restore(), run_time=WHOLE)


def a_long_one(scene: Any) -> None:
    """A motion, and a rest, of more frames than a chunk has."""
    square = Square(fill_opacity=0.5)
    scene.add(ScreenRectangle().scale(0.5))
    scene.play(Rotate(square, 6), run_time=2 * LONG)
    scene.wait(LONG)
    scene.play(square.animate.scale(2), run_time=LONG)


def background_changes(scene: Any) -> None:
    """Another colour behind everything, from one play to the next."""
    scene.play(FadeIn(Dot()), run_time=THIRD)
    scene.camera.background_color = BLUE
    scene.play(FadeIn(Square()), run_time=THIRD)
    scene.wait(THIRD)


def in_depth(scene: Any) -> None:
    """Three dimensions, a camera that turns, and words fixed to the frame."""
    sphere, words = Sphere(radius=1, resolution=(6, 6)), Text("fixed").to_corner(UP + LEFT)
    scene.add_fixed_in_frame_mobjects(words)
    scene.add(sphere, Cube().shift(2 * RIGHT))
    scene.move_camera(phi=1, theta=0.4, run_time=THIRD)
    scene.begin_ambient_camera_rotation(rate=0.5)
    scene.wait(THIRD)
    scene.stop_ambient_camera_rotation()
    scene.play(Rotate(sphere, 1), run_time=THIRD)


def magnified(scene: Any) -> None:
    """A part of the frame shown larger in another part."""
    dot = Dot(color=RED)
    scene.add(dot, NumericGrid(np.eye(3)).shift(2 * LEFT))
    scene.activate_zooming(animate=False)
    scene.play(scene.zoomed_camera.frame.animate.shift(LEFT), run_time=THIRD)
    scene.play(dot.animate.shift(UP), run_time=THIRD)
    scene.wait(THIRD)


BASES: dict[str, type[Scene]] = {
    "a_camera_that_moves": MovingCameraScene,
    "in_depth": ThreeDScene,
    "magnified": ZoomedScene,
}
ADVERSARIES: dict[str, Callable[[Any], None]] = {
    function.__name__: function
    for function in list(globals().values())
    if callable(function) and getattr(function, "__module__", None) == __name__
}
