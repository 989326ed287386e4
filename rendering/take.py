"""What all files of one clip have in common, and how its pictures are seen with and without what is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rendering.profiles import Profile

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Take:
    """What the files of one clip have in common.

    Parameters
    ----------
    frame_rate : Fraction
        Frames a second.
    first, frames : int
        Which frames of the scene's film the clip shows.
    chapter, place : int
        Where in the whole film the clip begins: its chapter, and frames from there.
    handle : int
        In files for cutting: frames for which the first picture stands before the clip begins, and the last after it
        has ended.
    background : (int, int, int)
        What an opaque file has where nothing was drawn.
    chapters : sequence of (str, int)
        Titles of beats, each with the frame of the clip where it begins, handle not included.
    box : Box
        What the clip ever shows, for films in another frame.
    """

    frame_rate: Fraction
    first: int
    frames: int
    chapter: int = 0
    place: int = 0
    handle: int = 0
    background: tuple[int, int, int] = (0, 0, 0)
    chapters: Sequence[tuple[str, int]] = ()
    box: Box = (0, 0, 0, 0)

    def handle_of(self, profile: Profile) -> int:
        """Frames that files of this kind have before and after the clip."""
        return self.handle if profile.has_handles else 0


@dataclass(frozen=True)
class Picture:
    """A picture as it was drawn, and as files want it; each way is worked out once, for however many files.

    Parameters
    ----------
    pixels : uint8 array, shape (height, width, 4)
        Red, green and blue weighed by alpha.
    background : (int, int, int)
        What is seen where nothing was drawn.
    """

    pixels: Pixels
    background: tuple[int, int, int]

    @cached_property
    def straight(self) -> Pixels:
        """Colours as they are before they are weighed by alpha: what editors expect beside an alpha channel."""
        alpha = self.pixels[..., 3]
        soft = (alpha > 0) & (alpha < 255)
        if not soft.any():
            return self.pixels
        result = self.pixels.copy()
        weight = alpha[soft].astype(np.uint16)[:, None]
        result[soft, :3] = np.minimum(255, (self.pixels[soft, :3].astype(np.uint16) * 255 + weight // 2) // weight)
        return result

    @cached_property
    def opaque(self) -> Pixels:
        """The picture over the background."""
        result = self.pixels.copy()
        if any(self.background):
            missing = 255 - self.pixels[..., 3:].astype(np.uint16)
            result[..., :3] += ((missing * np.array(self.background, dtype=np.uint16) + 127) // 255).astype(np.uint8)
        result[..., 3] = 255
        return result
