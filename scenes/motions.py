"""Small motions and looks that many scenes share."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, LaggedStart, Mobject, VGroup, there_and_back

from mobjects import Token, theme
from model import words


def pairs(*groups: Mobject) -> zip:
    """Walk through groups of equally many things side by side."""
    return zip(*groups, strict=True)


def tinted(token: Token) -> Token:
    """The token, its plate coloured if its word describes or names."""
    colors = {"describing": theme.ADJECTIVE, "naming": theme.NOUN}
    kind = words.kind(token.piece)
    return token.tint(colors[kind]) if kind in colors else token


def enter(group: Mobject, shift: np.ndarray | None = None, lag_ratio: float = theme.LAG_ITEMS) -> LaggedStart:
    """The members of a group fade in one after the other, each from ``-shift``."""
    shift = np.zeros(3) if shift is None else shift
    return LaggedStart(*(FadeIn(member, shift=shift) for member in group), lag_ratio=lag_ratio)


def pulse(group: VGroup) -> LaggedStart:
    """The members of a group swell for a moment, one after the other."""
    swell = [member.animate(rate_func=there_and_back).scale(1.2) for member in group]
    return LaggedStart(*swell, lag_ratio=theme.LAG_ITEMS)
