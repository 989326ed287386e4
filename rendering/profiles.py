"""The kinds of file an editor can ask for, and what each is good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Profile:
    """One kind of file.

    Parameters
    ----------
    name : str
        As ``--profile`` takes it.
    purpose : str
        For the editor's README.
    ending : str
        Of the file name, with the dot.
    codec, pixel_format : str
        As FFmpeg calls them.
    alpha : bool
        Whether what is empty stays transparent; straight, never premultiplied.
    intra : bool
        Whether every picture is coded by itself, so that one that stands still is coded once.
    options, container : mapping
        For the encoder and for the file format.
    tag : str
        The four letters by which programs know the codec; empty where there are none.
    mark : str
        Part of the file name that tells files with one ending apart.
    frame : (int, int), optional
        Width to height of the film, if it is another than the scene's.
    """

    name: str
    purpose: str
    ending: str
    codec: str
    pixel_format: str
    alpha: bool = False
    intra: bool = True
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    container: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tag: str = ""
    mark: str = ""
    frame: tuple[int, int] | None = None

    @property
    def has_handles(self) -> bool:
        """Whether it is for cutting, not for showing: its first and last pictures stand longer."""
        return self.name in ("master", "overlay", "png", "proxy")

    @property
    def is_film(self) -> bool:
        """Whether it is one file that holds colour tags and chapters; a sequence of pictures and a GIF are not."""
        return self.name not in ("png", "gif")


QUICKTIME = MappingProxyType({"movflags": "+write_colr"})
STREAMED = MappingProxyType({"movflags": "+faststart+write_colr"})
SHOWN = MappingProxyType({"preset": "medium", "crf": "16", "profile": "high"})
# One group of pictures is half a second, which a player can jump to; PROXY's is shorter, for scrubbing.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "master", "cut this: ProRes 422 HQ, opaque", ".mov", "prores_ks", "yuv422p10le",
            options=MappingProxyType({"profile": "hq", "vendor": "apl0"}), container=QUICKTIME, tag="apch",
        ),
        Profile(
            "overlay", "lay this over your footage: ProRes 4444, straight alpha", ".mov", "prores_ks", "yuva444p10le",
            alpha=True, options=MappingProxyType({"profile": "4444", "vendor": "apl0", "alpha_bits": "8"}),
            container=QUICKTIME, tag="ap4h", mark="_ov",
        ),
        Profile(
            "web", "show this: H.264 High, for players and the web", ".mp4", "libx264", "yuv420p", intra=False,
            options=SHOWN, container=STREAMED, tag="avc1",
        ),
        Profile("png", "pictures one by one, straight alpha", "", "png", "rgba", alpha=True, mark="_png"),
        Profile(
            "webm-alpha", "lay this over a web page: VP9, straight alpha", ".webm", "libvpx-vp9", "yuva420p",
            alpha=True, intra=False,
            options=MappingProxyType({"crf": "24", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1"}),
        ),
        Profile("gif", "a small moving picture for a message", ".gif", "gif", "pal8"),
        Profile(
            "portrait", "for short videos: 9:16, H.264", ".mp4", "libx264", "yuv420p", intra=False, options=SHOWN,
            container=STREAMED, tag="avc1", mark="_pt", frame=(9, 16),
        ),
        Profile(
            "square", "for short videos: 1:1, H.264", ".mp4", "libx264", "yuv420p", intra=False, options=SHOWN,
            container=STREAMED, tag="avc1", mark="_sq", frame=(1, 1),
        ),
    )
}  # fmt: skip
PROXY = Profile(
    "proxy", "a light stand-in while cutting", ".mp4", "libx264", "yuv420p", intra=False,
    options=MappingProxyType({"preset": "veryfast", "crf": "26", "g": "12"}), container=STREAMED, tag="avc1",
    mark="_px",
)  # fmt: skip
