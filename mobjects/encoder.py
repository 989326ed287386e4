"""Film files an editor can trust: BT.709 converted and tagged, evenly timed, whole or not there at all.

A play is encoded in chunks of ``CHUNK`` frames, each by itself, and the chunks are then joined. So it makes no
difference to a single byte whether one process encodes them or several.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from manim._config.video_encoder import VideoEncoderSpec
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from numpy.typing import NDArray
from PIL import Image

CHUNK = 120

# Previews take what gives most for the work, films fewer bytes: benchmarks/RESULTS.md. One thread: other cores draw.
FILM = {"preset": "superfast", "crf": "18", "threads": "1"}
PREVIEW = {"preset": "ultrafast", "crf": "20", "threads": "1"}
PREVIEW_HEIGHT = 480

# Films read at once while they are joined; and how many frames ahead of the one that is shown an encoder may code, at
# most, where it changes their order.
AT_ONCE = 8
MOST_REORDERED = 2

BT709 = 1  # the number of primaries, transfer and matrix in every file format
LIMITED_RANGE = 1


def tuned(spec: VideoEncoderSpec, given: Mapping[str, str]) -> VideoEncoderSpec:
    """Return how to encode: H.264 by our settings, all else by manim's; options ``given`` by the user stand."""
    if spec.codec != "libx264":
        return spec
    profile = PREVIEW if spec.height <= PREVIEW_HEIGHT else FILM
    return replace(spec, options=tuple(sorted((profile | dict(given)).items())))


class Chunk(VideoSegmentEncoder):
    """A film file of some frames, tagged as BT.709 where it is not RGB; manim's segment, for frames ready to encode."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec) -> None:
        super().__init__(target=target, spec=spec)
        if not is_rgb(spec):
            context: Any = self._stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = BT709
            context.color_range = LIMITED_RANGE

    def add(self, frame: av.VideoFrame) -> None:
        """Encode one frame; it may be given again."""
        frame.pts = self._next_pts
        frame.time_base = 1 / self.spec.frame_rate
        self._next_pts += 1
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except BaseException as error:
            raise self._operation_error("encode", error) from error


class Parts:
    """The files of a film's chunks, beside where the film will be, until it is whole.

    Parameters
    ----------
    target : Path
        The film. Parts bear the number of the process that made this object, so that no two renderings meet.
    """

    def __init__(self, target: Path) -> None:
        self.target, self.owner = target, os.getpid()

    def path(self, number: int) -> Path:
        """Return the file of a chunk."""
        return self.target.with_name(f".{self.target.stem}.{self.owner}.{number:05}.part{self.target.suffix}")

    def join(self, count: int, frame_rate: Fraction) -> None:
        """Put the film together from its chunks."""
        chunks = [self.path(number) for number in range(count)]
        whole = chunks[0]
        if count > 1:
            whole = self.path(count)
            join(chunks, whole, frame_rate)
        seal(self.target).write_text(digest(whole), encoding="ascii")
        os.replace(whole, self.target)
        for path in chunks:
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all chunks there are."""
        for path in self.target.parent.glob(f".{self.target.stem}.{self.owner}.*.part{self.target.suffix}"):
            path.unlink(missing_ok=True)


def seal(film: Path) -> Path:
    """Return the file with a film's SHA-256, which tells later whether the film is still what was written."""
    return film.with_name(f"{film.name}.sha256")


def digest(film: Path) -> str:
    """Return a film's SHA-256 as 64 hexadecimal digits."""
    with film.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(film: Path) -> bool:
    """Return whether a film is there and is what was written."""
    try:
        return seal(film).read_text(encoding="ascii") == digest(film)
    except (OSError, UnicodeDecodeError):
        return False


def sweep(folder: Path) -> None:
    """Remove chunks and halves of films left in a folder by processes that were stopped."""
    for path in folder.glob(".*.*.*.part.*"):
        owner = path.name.split(".")[-4]
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except (PermissionError, ValueError):
            continue


class FilmEncoder:
    """Encodes the frames of one play into a file that appears when it is whole.

    Parameters
    ----------
    parts : Parts
        Where its chunks go.
    spec : VideoEncoderSpec
        How to encode.
    release : callable
        Given each array of pixels when it is no longer needed.
    first : int, optional
        Number of the first chunk, for a process that encodes only a part: somebody else will join the chunks.
    """

    def __init__(
        self, *, parts: Parts, spec: VideoEncoderSpec, release: Callable[[Any], None], first: int | None = None
    ) -> None:
        self.parts, self.spec, self.release = parts, spec, release
        self.target = parts.target
        self.whole = first is None
        # Editors take alpha for straight. Only raw pictures, which other programs work on, stay as they were drawn.
        self.straight = spec.pixel_format != "rgba" and has_alpha(spec)
        self.number = first or 0
        self.frames = 0
        self.chunk: Chunk | None = Chunk(target=parts.path(self.number), spec=spec)
        self.reformatter = VideoReformatter()
        # Ending a chunk takes the encoder a while; the next one need not wait for it.
        self.closer = ThreadPoolExecutor(1, thread_name_prefix="chunk")
        self.closing: list[Future[None]] = []

    def write_frame(self, pixels: NDArray[Any], *, repeat: int = 1) -> None:
        """Encode ``pixels``, shape (height, width, 4), ``repeat`` times in a row; converted once.

        Raises
        ------
        ValueError
            If the picture is not as large as the film.
        """
        assert self.chunk is not None
        self.chunk._validate_frame(pixels, repeat)
        frame = self._converted(pixels)
        self.release(pixels)
        for _ in range(repeat):
            if self.frames and self.frames % CHUNK == 0:
                self._close_chunk()
                self.number += 1
                self.chunk = Chunk(target=self.parts.path(self.number), spec=self.spec)
            assert self.chunk is not None
            self.chunk.add(frame)
            self.frames += 1

    def _converted(self, pixels: NDArray[Any]) -> av.VideoFrame:
        if self.spec.pixel_format == "rgba":  # nothing to convert, and the encoder may look at it for some time yet
            return av.VideoFrame.from_ndarray(pixels, format="rgba")
        if self.straight:
            pixels = straightened(pixels)
        options: dict[str, Any] = {"format": self.spec.pixel_format, "threads": 1}
        if not is_rgb(self.spec):
            options |= {"dst_colorspace": Colorspace.ITU709, "dst_color_range": ColorRange.MPEG}
        return self.reformatter.reformat(av.VideoFrame.from_numpy_buffer(pixels, format="rgba"), **options)

    def _close_chunk(self) -> None:
        assert self.chunk is not None
        self.closing.append(self.closer.submit(self.chunk.finish))
        self.chunk = None

    def finish(self) -> None:
        """Close the last chunk and put the film together."""
        self._close_chunk()
        self.closer.shutdown()
        for closed in self.closing:
            closed.result()
        if self.whole:
            self.parts.join(self.number + 1, self.spec.frame_rate)

    def abort(self) -> None:
        """Leave nothing behind."""
        self.closer.shutdown()
        if self.chunk is not None:
            with suppress(Exception):
                self.chunk.abort()
        if self.whole:
            self.parts.remove()


def has_alpha(spec: VideoEncoderSpec) -> bool:
    """Return whether the film says how much of what is behind it can be seen."""
    return any(component.is_alpha for component in av.VideoFormat(spec.pixel_format).components)


def straightened(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return pixels whose colours are weighed by alpha, as they are drawn, with the colours themselves."""
    height, width, _ = pixels.shape
    return np.array(Image.frombuffer("RGBa", (width, height), np.ascontiguousarray(pixels)).convert("RGBA"))


def is_rgb(spec: VideoEncoderSpec) -> bool:
    """Return whether the film holds red, green and blue themselves, so that there is nothing to convert or tag."""
    return bool(av.VideoFormat(spec.pixel_format).is_rgb)


def join(films: Sequence[Path], target: Path, frame_rate: Fraction, options: Mapping[str, str] | None = None) -> None:
    """Put films of one kind behind one another, frame n at n / ``frame_rate`` exactly; nothing is encoded again.

    Manim joins with times rounded to milliseconds, so that some frames come out a fraction longer, which editors then
    call a variable frame rate.

    Parameters
    ----------
    films : sequence of Path
        At least one.
    target : Path
        Replaced in one step when whole. What stopped processes left in its folder is cleared away.
    frame_rate : Fraction
        Frames a second.
    options : mapping, optional
        For the file format, e.g. ``movflags``.
    """
    part = target.with_name(f".{target.stem}.{os.getpid()}.join.part{target.suffix}")
    sweep(target.parent)
    try:
        with (
            av.open(str(films[0])) as first,
            av.open(str(part), "w", options=dict(options or {})) as writer,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            copy = writer.add_stream_from_template(first.streams.video[0])
            copy.time_base = 1 / frame_rate
            # A frame is decoded at or before the time it is shown: by how much, is the same for all films.
            delay = MOST_REORDERED if first.streams.video[0].codec_context.has_b_frames else 0
            start = 0
            for number in range(0, len(films), AT_ONCE):
                for packets in pool.map(packets_of, films[number : number + AT_ONCE]):
                    places = {time: place for place, time in enumerate(sorted(packet.pts for packet in packets))}
                    for place, packet in enumerate(packets):
                        packet.stream, packet.time_base, packet.duration = copy, 1 / frame_rate, 1
                        packet.pts, packet.dts = start + places[packet.pts], start + place - delay
                        writer.mux(packet)
                    start += len(packets)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def packets_of(film: Path) -> list[Any]:
    """Return the packets of a film's pictures, in the order of decoding, without the empty one that ends them."""
    with av.open(str(film)) as reader:
        return [packet for packet in reader.demux(reader.streams.video[0]) if packet.pts is not None]
