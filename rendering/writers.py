"""What writes films, sequences of pictures, and GIFs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image

from rendering.framing import frame_size, framed
from rendering.profiles import Profile
from rendering.take import Picture, Pixels, Take
from rendering.timecode import timecode

BT709, LIMITED = 1, 1
FIRST_PICTURE = 1001  # number of the first picture of a sequence, as editors expect it
PROXY_HEIGHT = 360
GIF_HEIGHT, GIF_STEP = 360, 5  # a GIF counts hundredths of a second: every frame lasts so many


class Writer(Protocol):
    """Takes pictures, each for some frames."""

    def write(self, picture: Picture, repeat: int) -> None:
        """Take one picture that stands for ``repeat`` frames."""

    def close(self) -> None:
        """Finish the file."""


def writer(path: Path, profile: Profile, take: Take, shape: tuple[int, ...]) -> Writer:
    """What writes a file of this kind."""
    if profile.name == "png":
        return Pictures(path)
    if profile.name == "gif":
        return Gif(path, take, shape)
    return Film(path, profile, take, shape)


def begun(path: Path, options: Mapping[str, str]) -> Any:
    """A file to be written; FFmpeg tells its kind by the name's ending."""
    return av.open(str(path), "w", options=dict(options))


def write_png(path: Path, pixels: Pixels) -> None:
    """Write a picture as it is."""
    Image.fromarray(pixels).save(path, compress_level=4)


class Film:
    """A film with evenly spaced frames, tagged as BT.709, with timecode and chapters.

    A picture that stands still is coded once, where the codec codes every picture by itself.
    """

    def __init__(self, path: Path, profile: Profile, take: Take, shape: tuple[int, ...]) -> None:
        self.profile, self.take, handle = profile, take, take.handle_of(profile)
        self.container = begun(path, profile.container)
        self.stream = self.container.add_stream(profile.codec, rate=take.frame_rate, options=self._options())
        height, width = shape[0], shape[1]
        if profile.name == "proxy":
            height, width = PROXY_HEIGHT, round(width * PROXY_HEIGHT / height / 2) * 2
        if profile.frame:
            width, height = frame_size(shape, profile.frame)
        context = self.stream.codec_context
        self.stream.width, self.stream.height, self.stream.pix_fmt = width, height, profile.pixel_format
        self.stream.time_base = context.time_base = 1 / take.frame_rate
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        if profile.tag:
            context.codec_tag = profile.tag
        if profile.ending in (".mov", ".mp4"):
            self.container.metadata["timecode"] = timecode(take.chapter, take.place - handle, take.frame_rate)
        self.container.set_chapters(list(self._chapters(handle)))
        self.reformatter, self.frames = VideoReformatter(), 0

    def _options(self) -> dict[str, str]:
        half_a_second = str(max(1, round(self.take.frame_rate / 2)))
        usual = {} if self.profile.intra else {"g": half_a_second}
        return usual | dict(self.profile.options)

    def _chapters(self, handle: int) -> Iterator[Any]:
        starts = [handle + start for _, start in self.take.chapters]
        ends = [*starts[1:], handle + self.take.frames]
        for number, (title, _) in enumerate(self.take.chapters):
            yield {
                "id": number, "start": starts[number], "end": ends[number], "time_base": 1 / self.take.frame_rate,
                "metadata": {"title": title},
            }  # fmt: skip

    def write(self, picture: Picture, repeat: int) -> None:
        """Code one picture, and let it stand."""
        shown = picture.straight if self.profile.alpha else picture.opaque
        if self.profile.frame:
            size = self.stream.width, self.stream.height
            shown = framed(shown, self.take.box, size, self.take.background)
        source = av.VideoFrame.from_ndarray(shown, format="rgba")
        frame = self.reformatter.reformat(
            source, width=self.stream.width, height=self.stream.height, format=self.profile.pixel_format,
            dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG,
        )  # fmt: skip
        frame.color_primaries = frame.color_trc = frame.colorspace = BT709
        frame.time_base = 1 / self.take.frame_rate
        times = 1 if self.profile.intra else repeat
        packets: list[Any] = []
        for _ in range(times):
            frame.pts = self.frames
            self.frames += 1
            packets = self.stream.encode(frame)
            self._mux(packets)
        if self.profile.intra:
            self._stand(packets, repeat - 1)

    def _stand(self, packets: list[Any], repeat: int) -> None:
        """Write the same coded picture again and again."""
        [packet] = packets
        data = bytes(packet)
        for _ in range(repeat):
            copy = av.Packet(data)
            copy.stream, copy.time_base, copy.is_keyframe = self.stream, 1 / self.take.frame_rate, True
            copy.pts = copy.dts = self.frames
            copy.duration = 1
            self.frames += 1
            self.container.mux(copy)

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = packet.duration or 1
            self.container.mux(packet)

    def close(self) -> None:
        """Write what the encoder still holds, and the end of the file."""
        if self.frames:
            self._mux(self.stream.encode(None))
        self.container.close()


class Pictures:
    """A folder of PNG pictures, numbered from ``FIRST_PICTURE``; one that stands still is a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, FIRST_PICTURE
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, picture: Picture, repeat: int) -> None:
        """Write one picture as so many files."""
        first = self._next()
        write_png(first, picture.straight)
        for _ in range(repeat - 1):
            shutil.copyfile(first, self._next())

    def _next(self) -> Path:
        path = self.folder / f"{self.folder.name.removesuffix('_png')}.{self.number:06}.png"
        self.number += 1
        return path

    def close(self) -> None:
        """Nothing is left to be done."""


class Gif:
    """A GIF, small, with one palette for each picture; its frames are those nearest to an even clock."""

    def __init__(self, path: Path, take: Take, shape: tuple[int, ...]) -> None:
        self.take, self.seen, self.shown = take, 0, 0
        self.container = begun(path, {"loop": "0"})
        self.rate = Fraction(100, GIF_STEP)
        self.stream = self.container.add_stream("gif", rate=self.rate)
        self.height = GIF_HEIGHT
        self.width = round(shape[1] * GIF_HEIGHT / shape[0] / 2) * 2
        self.stream.width, self.stream.height, self.stream.pix_fmt = self.width, self.height, "pal8"

    def write(self, picture: Picture, repeat: int) -> None:
        """Show the picture in every frame of the clock that falls into it."""
        self.seen += repeat
        due = int(self.seen * self.rate / self.take.frame_rate)
        if due <= self.shown:
            return
        small = self._small(picture.opaque)
        for number in range(self.shown, due):
            small.pts, small.time_base = number, 1 / self.rate
            for packet in self.stream.encode(small):
                self.container.mux(packet)
        self.shown = due

    def _small(self, pixels: Pixels) -> Any:
        graph = av.filter.Graph()
        nodes = [
            graph.add("buffer", f"video_size={pixels.shape[1]}x{pixels.shape[0]}:pix_fmt=rgba:time_base=1/25:"
                                "pixel_aspect=1/1"),
            graph.add("scale", f"{self.width}:{self.height}:flags=lanczos"),
            graph.add("split"),
            graph.add("palettegen", "stats_mode=single:reserve_transparent=0"),
            graph.add("paletteuse", "dither=none"),
            graph.add("buffersink"),
        ]  # fmt: skip
        nodes[0].link_to(nodes[1])
        nodes[1].link_to(nodes[2])
        nodes[2].link_to(nodes[3], 1)
        nodes[2].link_to(nodes[4], 0)
        nodes[3].link_to(nodes[4], 0, 1)
        nodes[4].link_to(nodes[5])
        graph.configure()
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
        frame.pts = 0
        graph.push(frame)
        graph.push(None)
        return graph.pull()

    def close(self) -> None:
        """Write the end of the file."""
        if self.shown:
            for packet in self.stream.encode(None):
                self.container.mux(packet)
        self.container.close()
