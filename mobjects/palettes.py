"""The four looks: one colour for each role of :mod:`mobjects.theme`.

``dark`` is the film's. ``light`` is for bright rooms and slides, ``print`` for white paper. ``colour-blind`` keeps to
hues that people with any of the common kinds of colour blindness tell apart (M. Okabe and K. Ito, 2008, "Color
Universal Design"): blue above zero, orange below.
"""

from __future__ import annotations

DARK = {
    "BACKGROUND": "#000000",
    "TEXT": "#FFFFFF",
    "MUTED": "#888888",
    "RULE": "#BBBBBB",
    "QUERY": "#F7D96F",
    "KEY": "#5CD0B3",
    "VALUE": "#FC6255",
    "OUTPUT": "#E07ACF",
    "EMBEDDING": "#DDDDDD",
    "UPDATE": "#58C4DD",
    "POSITION": "#5CD0B3",
    "POSITIVE": "#58C4DD",
    "NEGATIVE": "#FC6255",
    "NEUTRAL": "#777777",
    "MASKED": "#FC6255",
    "HIGHLIGHT": "#F7D96F",
    "PUBLISHED": "#A79BC0",
    "ADJECTIVE": "#6BAF6B",
    "NOUN": "#C08A5A",
    "ATTENTION": "#F7D96F",
    "MLP": "#58C4DD",
    "NORM": "#AAAAAA",
    "TABLE": "#83C167",
    "LOSS": "#FC6255",
    "CORRECT": "#83C167",
    "PLATE": "#2A2A2A",
    "BLOCK": "#333333",
    "DOT": "#DDDDDD",
}

LIGHT = {
    "BACKGROUND": "#FAFAF7",
    "TEXT": "#111111",
    "MUTED": "#666666",
    "RULE": "#808080",
    "QUERY": "#7D5C00",
    "KEY": "#006E63",
    "VALUE": "#BC2B1D",
    "OUTPUT": "#A02E88",
    "EMBEDDING": "#444444",
    "UPDATE": "#12609C",
    "POSITION": "#006E63",
    "POSITIVE": "#12609C",
    "NEGATIVE": "#BC2B1D",
    "NEUTRAL": "#6B6B6B",
    "MASKED": "#BC2B1D",
    "HIGHLIGHT": "#8A6400",
    "PUBLISHED": "#67568F",
    "ADJECTIVE": "#2B732E",
    "NOUN": "#84541E",
    "ATTENTION": "#8A6400",
    "MLP": "#12609C",
    "NORM": "#6B6B6B",
    "TABLE": "#2B732E",
    "LOSS": "#BC2B1D",
    "CORRECT": "#2B732E",
    "PLATE": "#EBEBE6",
    "BLOCK": "#E2E2DC",
    "DOT": "#444444",
}

PRINT = LIGHT | {
    "BACKGROUND": "#FFFFFF",
    "TEXT": "#000000",
    "MUTED": "#595959",
    "RULE": "#767676",
    "EMBEDDING": "#333333",
    "NEUTRAL": "#6B6B6B",
    "PLATE": "#F2F2F2",
    "BLOCK": "#ECECEC",
    "DOT": "#222222",
}

COLOUR_BLIND = DARK | {
    "QUERY": "#F0E442",
    "KEY": "#009E73",
    "VALUE": "#D55E00",
    "OUTPUT": "#CC79A7",
    "UPDATE": "#56B4E9",
    "POSITION": "#009E73",
    "POSITIVE": "#56B4E9",
    "NEGATIVE": "#E69F00",
    "MASKED": "#D55E00",
    "HIGHLIGHT": "#F0E442",
    "ADJECTIVE": "#009E73",
    "NOUN": "#E69F00",
    "ATTENTION": "#F0E442",
    "MLP": "#56B4E9",
    "TABLE": "#009E73",
    "LOSS": "#D55E00",
    "CORRECT": "#009E73",
}

PALETTES = {"dark": DARK, "light": LIGHT, "print": PRINT, "colour-blind": COLOUR_BLIND}
