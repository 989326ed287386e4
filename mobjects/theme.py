"""Looks by meaning: colours, lettering, strokes, light, time.

Read values when you draw (``theme.QUERY``), never as a default argument: :func:`use` changes the colours of all that is
drawn afterwards.
Sizes and strokes are for a frame 8 units high; :mod:`mobjects.layout` scales them for wider shots.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np
from manim import config
from numpy.typing import ArrayLike, NDArray

from mobjects.palettes import DARK, PALETTES

# Colours, by what they stand for. The same thing has the same colour in a box, a formula and a sentence. Their values
# are those of the film until :func:`use` takes another palette.
BACKGROUND = DARK["BACKGROUND"]  # the frame
TEXT = DARK["TEXT"]  # words
MUTED = DARK["MUTED"]  # words of lesser weight
RULE = DARK["RULE"]  # lines, braces, arrows without a role
QUERY = DARK["QUERY"]
KEY = DARK["KEY"]
VALUE = DARK["VALUE"]
OUTPUT = DARK["OUTPUT"]
EMBEDDING = DARK["EMBEDDING"]  # the vector of a token
UPDATE = DARK["UPDATE"]  # what is added to a vector
POSITION = DARK["POSITION"]
POSITIVE = DARK["POSITIVE"]
NEGATIVE = DARK["NEGATIVE"]
NEUTRAL = DARK["NEUTRAL"]  # zero
MASKED = DARK["MASKED"]  # what may not be
HIGHLIGHT = DARK["HIGHLIGHT"]  # what is meant now, and sums
PUBLISHED = DARK["PUBLISHED"]  # facts about other models
ADJECTIVE = DARK["ADJECTIVE"]
NOUN = DARK["NOUN"]
ATTENTION = DARK["ATTENTION"]  # blocks where words exchange
MLP = DARK["MLP"]  # blocks where each word is worked on alone
NORM = DARK["NORM"]  # normalisation
TABLE = DARK["TABLE"]  # embedding and unembedding
LOSS = DARK["LOSS"]  # loss and cost
CORRECT = DARK["CORRECT"]  # right answers
PLATE = DARK["PLATE"]  # behind tokens; zero among coloured squares
BLOCK = DARK["BLOCK"]  # bodies of blocks
DOT = DARK["DOT"]  # dots that stand for shares

# Lettering.
FONT = "Inter Scene"
FONT_TINY = 20
FONT_SMALL = 24
FONT_LABEL = 36
FONT_BODY = 48
FONT_SUBTITLE = 60
FONT_TITLE = 72

# Stroke widths.
STROKE_HAIR = 0.75
STROKE_RULE = 1
STROKE_BOX = 2
STROKE_STRONG = 3
STROKE_STRIKE = 8
STROKE_ARC_MAX = 5

# Share of the light that is left on what is not meant.
OPACITY_GHOST = 0.1
OPACITY_CONTEXT = 0.25
OPACITY_HALF = 0.5
OPACITY_SOFT = 0.75

# Seconds a motion takes, seconds of stillness after it, and the stagger within a group.
TIME_QUICK = 0.5
TIME_BASE = 1
TIME_SLOW = 2
TIME_CAMERA = 3
TIME_FLOW = 4
TIME_DRIFT = 8
HOLD_BREATH = 0.5
HOLD_READ = 1
HOLD_RESULT = 2.5
HOLD_END = 4
LAG_CLOUD = 0.001
LAG_MANY = 0.01
LAG_ITEMS = 0.1
LAG_WORDS = 0.25
LAG_STEPS = 0.5

# Strength grows faster than the number near zero, so that small numbers can still be told from none.
STRENGTH_GAMMA = 0.6
# Contrast to the background at which small text can still be read (WCAG 2, level AA).
READABLE = 4.5

Floats = NDArray[np.float64]


def use(palette: str) -> None:
    """Take the colours of a palette for everything drawn from now on, scenes begun later have its background.

    The environment variable STORY_THEME does the same before anything is drawn.

    Parameters
    ----------
    palette : {"dark", "light", "print", "colour-blind"}

    Raises
    ------
    ValueError
        If there is no such palette.
    """
    if palette not in PALETTES:
        raise ValueError(f"The theme {palette!r} was found; expected one of {', '.join(PALETTES)}.")
    globals().update(PALETTES[palette])
    config.background_color = PALETTES[palette]["BACKGROUND"]


def in_use() -> str:
    """Return the name of the palette in use."""
    return next(name for name, colors in PALETTES.items() if all(globals()[role] == colors[role] for role in colors))


def signed_color(value: float, scale: float) -> str:
    """Return the colour of a signed number: red below zero, grey at zero, blue above, purer when stronger.

    Parameters
    ----------
    value : float
        The number; beyond ``scale`` the colour no longer changes.
    scale : float
        The magnitude that gets the full colour, above 0; see :func:`value_scale`.

    Raises
    ------
    ValueError
        If the value is not a number or the scale is not above zero.
    """
    return _as_hex(signed_colors([value], scale)[0])


def signed_colors(values: ArrayLike, scale: float, neutral: str | None = None) -> Floats:
    """Return the colours of :func:`signed_color` for many numbers: RGBA rows of 0 to 1, shape (n, 4).

    ``neutral`` is the colour of zero: ``theme.NEUTRAL``, at which digits can still be read, if not given.
    """
    numbers = _checked_numbers(values)
    strength = _strength(numbers, scale)
    zero, positive, negative = (_oklab(_rgb(color)) for color in (neutral or NEUTRAL, POSITIVE, NEGATIVE))
    ends = np.where(numbers[:, None] >= 0, positive, negative)
    return _rgba(zero + strength[:, None] * (ends - zero))


def magnitude_color(value: float, scale: float) -> str:
    """Return the grey of a number that flows through the network: as bright as text at ``scale``, fainter at zero."""
    return _as_hex(magnitude_colors([value], scale)[0])


def magnitude_colors(values: ArrayLike, scale: float, color: str | None = None) -> Floats:
    """Return the colours of :func:`magnitude_color` for many numbers, shape (n, 4).

    Parameters
    ----------
    color : str
        What numbers of full strength get, in the role of a query, a key and so on; ``theme.TEXT`` if not given. Weak
        ones get the same hue, nearer to the background.
    """
    full = TEXT if color is None else color
    light, faint = _oklab(_rgb(full)), _faintest(full, BACKGROUND)
    strength = _strength(_checked_numbers(values), scale)
    return _rgba(faint + strength[:, None] * (light - faint))


def share_color(share: float) -> str:
    """Return the colour of a share of a whole: from teal at 0 to yellow at 1."""
    return _as_hex(share_colors([share])[0])


def share_colors(shares: ArrayLike) -> Floats:
    """Return the colours of :func:`share_color` for many shares, shape (n, 4); shares outside 0 to 1 are refused."""
    numbers = _checked_numbers(shares)
    if numbers.size and (numbers.min() < -1e-9 or numbers.max() > 1 + 1e-6):
        raise ValueError(f"Shares from {numbers.min():.3g} to {numbers.max():.3g} were found; expected 0 to 1.")
    low, high = _oklab(_rgb(KEY)), _oklab(_rgb(HIGHLIGHT))
    return _rgba(low + np.clip(numbers, 0, 1)[:, None] * (high - low))


def value_scale(values: ArrayLike) -> float:
    """Return the magnitude that should get the full colour: the 98th percentile of ``|values|``, 1 if all are zero."""
    magnitudes = np.abs(_checked_numbers(values))
    if not magnitudes.size:
        return 1.0
    scale = float(np.percentile(magnitudes, 98))
    return scale or float(magnitudes.max()) or 1.0


def _checked_numbers(values: ArrayLike) -> Floats:
    numbers = np.asarray(values, dtype=float).ravel()
    if np.isnan(numbers).any():
        raise ValueError("A value that is not a number (NaN) was found; expected numbers to colour.")
    return numbers


def _strength(numbers: Floats, scale: float) -> Floats:
    if not scale > 0:
        raise ValueError(f"A colour scale of {scale} was found; expected a magnitude above zero.")
    strength: Floats = np.clip(np.abs(numbers) / scale, 0, 1) ** STRENGTH_GAMMA
    return strength


def _rgb(color: str) -> Floats:
    return np.array([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])


@cache
def _faintest(color: str, background: str) -> Floats:
    """Return the faintest mix of a colour with the background that can be read as small text, in OKLab."""
    light, ground = _oklab(_rgb(color)), _oklab(_rgb(background))
    # Mixing with the background, not with grey, keeps the hue.
    mixes = [ground + part * (light - ground) for part in np.linspace(0, 1, 101)]
    behind = luminance(_rgb(background))
    contrasts = [contrast(luminance(_rgba(mix)[:3]), behind) for mix in mixes]
    return next((mix for mix, found in zip(mixes, contrasts, strict=True) if found >= READABLE), light)


def luminance(rgb: Floats) -> float:
    """Return the relative luminance (WCAG 2) of red, green, blue of 0 to 1: 0 for black, 1 for white."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: float, second: float) -> float:
    """Return the contrast of two luminances: 1 for equal ones, 21 for black and white."""
    low, high = sorted((first, second))
    return (high + 0.05) / (low + 0.05)


def rgba(color: str) -> Floats:
    """Return a hex colour as RGBA of 0 to 1, opaque."""
    return np.append(_rgb(color), 1.0)


def _as_hex(rgba: Floats) -> str:
    return "#" + "".join(f"{round(255 * channel):02X}" for channel in rgba[:3])


# Colours are mixed in OKLab, where equal steps look equal and a mix keeps its hue. Matrices: B. Ottosson, 2020,
# "A perceptual color space for image processing".
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_CONES, _FROM_LAB = np.linalg.inv(_TO_CONES), np.linalg.inv(_TO_LAB)


def _oklab(rgb: Floats) -> Floats:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def _rgba(lab: Floats) -> Floats:
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_CONES.T, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    opaque: Any = np.ones((*rgb.shape[:-1], 1))
    # The way there and back costs the last digits, and manim cuts where it should round: 251.999 would become 251.
    return np.concatenate([np.clip(np.round(255 * rgb, 3) / 255, 0, 1), opaque], axis=-1)


if os.environ.get("STORY_THEME"):
    use(os.environ["STORY_THEME"])
