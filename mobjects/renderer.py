"""The fast path under an ordinary scene: what is drawn, when, and how it gets into a film.

``class MyScene(FastRendering, Scene)`` is all a scene needs. Pictures are manim's to the bit; times are whole frames;
films are evenly timed and of the right colour.
"""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cairo
import numpy as np
from manim import Animation, Camera, Mobject, Scene, Wait, config, logger
from manim._config.video_encoder import video_encoder_fingerprint
from manim.constants import RendererType
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.iterables import list_update

from mobjects.camera import faster
from mobjects.encoder import CHUNK, FilmEncoder, Parts, is_whole, join, sweep, tuned
from mobjects.fingerprint import fingerprint
from mobjects.following import Followers, wanders
from mobjects.forking import Film, Forks, slots
from mobjects.portion import Portion

HAIR = 1e-9
# What changes pictures without being part of a scene: films rendered by other versions are not taken from the cache.
LIBRARIES = ("manim", version("manim"), "cairo", cairo.cairo_version_string(), "film", 3, CHUNK)
QUEUE_BYTES = 64_000_000
# Parts of a camera that change while it draws.
PASSING = ("display_funcs", "background", "pixel_array", "pixel_array_to_cairo_context", "rotation_matrix")


class FastRendering(Scene if TYPE_CHECKING else object):  # type: ignore[misc]
    """For a scene: whole frames, films of the right colour, and the fast path. Mix in before the scene's class.

    ``RENDER_FAST=0`` in the environment leaves manim's own camera to draw.

    Examples
    --------
    >>> class MyScene(FastRendering, Scene):
    ...     def construct(self):
    ...         circle = Circle(radius=2, color=theme.KEY)
    ...         self.play(Create(circle))
    ...         self.play(circle.animate.set_fill(theme.KEY, opacity=theme.OPACITY_CONTEXT))
    >>> MyScene.construct(self)
    """

    def __init__(
        self, *args: Any, camera_class: type[Camera] | None = None, renderer: Any = None, **kwargs: Any
    ) -> None:
        ordinary = inspect.signature(super().__init__).parameters.get("camera_class")
        chosen = camera_class or (ordinary.default if ordinary else Camera)
        if renderer is None and config.renderer == RendererType.CAIRO:
            renderer = FilmRenderer(camera_class=faster(chosen), skip_animations=kwargs.get("skip_animations", False))
        super().__init__(*args, camera_class=chosen, renderer=renderer, **kwargs)

    def get_run_time(self, animations: list[Animation]) -> float:
        """Return the run time in whole frames, a hair less: manim draws ``ceil(seconds * rate)`` frames of a motion."""
        return max(1, round(super().get_run_time(animations) * config.frame_rate)) / config.frame_rate * (1 - HAIR)

    def compile_animation_data(self, *animations: Any, **kwargs: Any) -> Any:
        """As manim's; a still gets a hair more than its whole frames, for it lasts ``int(seconds * rate)`` of them."""
        compiled = super().compile_animation_data(*animations, **kwargs)
        if self.is_current_animation_frozen_frame():
            self.duration *= 1 + 2 * HAIR
        return compiled


class FilmWriter(SceneFileWriter):
    """Manim's writer, with our encoder, evenly timed films, and frames handed over instead of copied."""

    def __init__(self, settings: Any) -> None:
        self.spare: list[Any] = []
        self.known: set[Path] = set()
        self.portion = Portion.wanted()
        encoder = settings.video_encoder
        self.forks = Forks(slots() if encoder else 0, encoder.frame_rate if encoder else Fraction(1))
        super().__init__(settings)

    def blank(self, shape: tuple[int, ...]) -> Any:
        """Return an array for a frame that nobody else holds; its content is arbitrary."""
        frame = self.spare.pop() if self.spare else None
        return frame if frame is not None and frame.shape == shape else np.empty(shape, dtype=np.uint8)

    def release(self, frame: Any) -> None:
        """Take back an array that is no longer needed."""
        self.spare.append(frame)

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """Take a frame over; a picture that stands for several frames becomes as many files of a sequence."""
        if self.forks.inside is not None:
            self.forks.inside.write_frame(pixels, repeat=repeat)
            return
        super().write_frame(pixels, repeat=repeat)
        if self.output_spec.is_image_sequence:
            first = self.output_plan.image_frame_path(self.frame_count - 1)
            for _ in range(repeat - 1):
                shutil.copyfile(first, self.output_plan.image_frame_path(self.frame_count))
                self.frame_count += 1
            self.release(pixels)

    def encoder(self, parts: Parts, first: int | None = None) -> FilmEncoder:
        """Return what encodes a play's film, or a part of it."""
        assert self.video_encoder is not None
        return FilmEncoder(parts=parts, spec=self.video_encoder, release=self.release, first=first)

    def _create_segment_encoder(self, target: Path) -> Any:
        return self.encoder(Parts(target))

    def is_already_cached(self, hash_invocation: str) -> bool:
        """Return whether a play's film exists, as it was written, or is on its way."""
        if not self.output_spec.is_video:
            return False
        target = self.output_plan.segment_path(hash_invocation)
        if self.forks.making(target) or target in self.known:
            return True
        if not super().is_already_cached(hash_invocation):
            return False
        if is_whole(target):
            self.known.add(target)
            return True
        logger.warning(f"{target.name} is not what was written; it is drawn again")
        return False

    def film(self, play: int) -> Film:
        """Return a play's film, for processes to make."""
        target = self.partial_movie_files[play]
        assert target is not None
        parts = Parts(Path(target))
        parts.target.parent.mkdir(parents=True, exist_ok=True)
        return self.forks.begin(parts, play, lambda number: self.encoder(parts, number))

    def join_all_encode_jobs(self) -> None:
        """Wait for all films, whoever encodes them."""
        super().join_all_encode_jobs()
        self.forks.finish()

    def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
        """Stop all encoding."""
        self.forks.abort()
        super().abort_encode_jobs(reraise_encoder_failures)

    def finish(self) -> None:
        """Put the film together, if all of it was wanted, and clear away what stopped renderings left."""
        if self.portion.plays is None:
            super().finish()
        else:
            self.join_all_encode_jobs()
        self.portion.close()
        if self.output_spec.is_video:
            sweep(self.partial_movie_directory)

    def combine_files(
        self, input_files: list[str], output_file: Path, create_gif: bool = False, includes_sound: bool = False
    ) -> None:
        """Join segments into a film, or a GIF as manim does."""
        if create_gif:
            super().combine_files(input_files, output_file, create_gif, includes_sound)
            return
        assert self.video_encoder is not None
        output_file.parent.mkdir(parents=True, exist_ok=True)
        options = {"movflags": "+faststart"} if output_file.suffix in (".mp4", ".mov") else {}
        join([Path(file) for file in input_files], output_file, self.video_encoder.frame_rate, options)


class FilmRenderer(CairoRenderer):
    """Manim's renderer, which draws only what will be seen, and whose clock counts frames.

    Attributes
    ----------
    frames : int
        Frames of the film so far.
    played : int
        Frames of the last play.
    """

    def __init__(
        self,
        camera_class: type[Camera],
        skip_animations: bool = False,
        file_writer_class: type[SceneFileWriter] = FilmWriter,
    ) -> None:
        super().__init__(file_writer_class, camera_class, skip_animations)
        self.frames = self.played = 0
        self.drawing = False
        self.film: Any = None
        self.behind: Any = None
        self.canvas = self.camera.pixel_array

    def init_scene(self, scene: Any, session_spec: Any, file_writer_settings: Any) -> None:
        """Set up the writer, with our way of encoding."""
        if session_spec.video_encoder is not None:
            encoder = tuned(session_spec.video_encoder, config.video_encoder_options)
            session_spec = scene.session_spec = replace(session_spec, video_encoder=encoder)
            waiting = QUEUE_BYTES // (4 * encoder.width * encoder.height)
            file_writer_settings = replace(
                file_writer_settings,
                video_encoder=encoder,
                # The end of one play is encoded while the next is drawn.
                max_inflight_encoders=max(2, file_writer_settings.max_inflight_encoders),
                encoder_queue_size=max(2, min(waiting, file_writer_settings.encoder_queue_size)),
                # A limit makes a scene of more plays throw away its own cache.
                max_files_cached=-1,
            )
        super().init_scene(scene, session_spec, file_writer_settings)

    def play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """Play: draw it, or where its film is known or nobody looks, only go through it."""
        try:
            self._play(scene, *args, **kwargs)
        except BaseException as error:
            if self.file_writer.forks.inside is not None:
                self.file_writer.forks.leave(error)
            raise

    def _play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        writer, output, skipped = self.file_writer, self.file_writer.output_spec, self.skip_animations
        key, known = self._look_up(scene)
        writer.add_partial_movie_file(key)
        self.animations_hashes.append(key)
        self.drawing = not known and not skipped and (output.is_video or output.is_image_sequence)
        self.played = 0
        self.film = writer.film(self.num_plays) if self.drawing and writer.forks.slots else None
        writer.begin_animation(self.drawing and self.film is None, animation_index=self.num_plays)
        followers = Followers(scene)
        scene.begin_animations()
        if self.film:
            self.drawing = writer.forks.branch(self.film)
        if self.drawing or (self.film and scene.duration * self.camera.frame_rate > CHUNK):
            self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self._hold(scene)
        elif skipped or (known and not wanders(scene)):
            self._leap(scene)
        else:
            scene.play_internal()
        if self.film:
            self._settle()
        else:
            writer.end_animation(self.drawing)
        writer.portion.note(key, self.played, scene.is_current_animation_frozen_frame())
        followers.settle()
        self._tidy(scene)
        self.skip_animations = skipped
        self.num_plays += 1
        if not skipped:
            self.frames += self.played
            self.time = self.frames / self.camera.frame_rate

    def _look_up(self, scene: Any) -> tuple[str | None, bool]:
        """Return the name of a play's film, if it has one, and whether it need not be drawn."""
        portion, output = self.file_writer.portion, self.file_writer.output_spec
        left_out = portion.leaves_out(self.num_plays)
        named = output.is_video and not self.skip_animations and (portion.plan is not None or not left_out)
        key = self._cache_key(scene) if named else None
        if left_out or key is None or config.disable_caching or not self.file_writer.is_already_cached(key):
            return key, left_out
        logger.info(f"Animation {self.num_plays} : Using cached data (hash : %(key)s)", {"key": key})
        return key, True

    def _settle(self) -> None:
        """Leave the process that drew, or say that there will be no more chunks."""
        if self.drawing:
            self.file_writer.forks.leave()
        self.film.chunks = -(-self.played // CHUNK)
        self.film.complete = True
        self.file_writer.forks.settle(self.film)

    def _cache_key(self, scene: Any) -> str:
        if config.disable_caching:
            return f"uncached_{self.num_plays:05}"
        camera = {name: part for name, part in vars(self.camera).items() if name not in PASSING}
        encoder = video_encoder_fingerprint(scene.session_spec.video_encoder)
        happening = (LIBRARIES, encoder, camera, scene.animations, scene.updaters)
        return fingerprint(happening, [*scene.mobjects, *scene.foreground_mobjects])

    def _hold(self, scene: Any) -> None:
        """One picture for the whole play."""
        self.played = int(scene.duration * self.camera.frame_rate)
        if self.drawing:
            self.update_frame(scene, scene.moving_mobjects)
            self.file_writer.write_frame(self.get_frame(), repeat=self.played)

    def _leap(self, scene: Any) -> None:
        """Go from the first moment of a play to its last."""
        self.skip_animations = True
        scene.play_internal()
        scene.update_mobjects(0)
        self.played = len(np.arange(0, scene.duration, 1 / self.camera.frame_rate))

    def _tidy(self, scene: Any) -> None:
        """Forget what belonged to this play alone."""
        waits = {id(animation.mobject) for animation in scene.animations if isinstance(animation, Wait)}
        scene.mobjects = [mobject for mobject in scene.mobjects if id(mobject) not in waits]
        if self.drawing:
            # The last frame belongs to the encoder now; whoever draws before the next play shall not draw on it.
            np.copyto(self.canvas, self.camera.pixel_array)
            self.camera.pixel_array = self.canvas
        if self.behind is not None:
            self.file_writer.release(self.behind)
        self.static_image = self.behind = None

    def save_static_frame_data(self, scene: Any, static_mobjects: Any) -> Any:
        """Draw what stands still, once for the whole play."""
        self.behind = super().save_static_frame_data(scene, static_mobjects)
        return self.behind

    def render(self, scene: Any, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """One moment of a play."""
        if self.film and self.played and self.played % CHUNK == 0:
            if self.drawing:
                self.file_writer.forks.leave()
            self.drawing = self.file_writer.forks.branch(self.film)
        self.played += 1
        if self.drawing:
            self.update_frame(scene, moving_mobjects)
            self.file_writer.write_frame(self.get_frame())

    def update_frame(
        self,
        scene: Any,
        mobjects: Iterable[Mobject] | None = None,
        include_submobjects: bool = True,
        ignore_skipping: bool = True,
        **kwargs: Any,
    ) -> None:
        """Draw mobjects (all, if none are given) on what stands still, in an array of their own."""
        if self.skip_animations and not ignore_skipping:
            return
        behind = self.camera.background if self.static_image is None else self.static_image
        assert behind is not None
        self.camera.pixel_array = self.file_writer.blank(behind.shape)
        np.copyto(self.camera.pixel_array, behind)
        drawn = mobjects or list_update(scene.mobjects, scene.foreground_mobjects)
        self.camera.capture_mobjects(drawn, include_submobjects=include_submobjects, **kwargs)

    def get_frame(self) -> Any:
        """Return the frame just drawn; it is not copied."""
        return self.camera.pixel_array
