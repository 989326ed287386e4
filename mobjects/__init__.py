"""What can be drawn: arrays as numbers, dots and arcs; words, tokens and symbols.

Importing this package registers the shipped font, because a font registered after the first text is ignored.
"""

from mobjects import layout, theme
from mobjects.animations import ChangeValues, Collapse, CountUp, Expand, FlashAround, TimeWindow
from mobjects.embedding import EmbeddingArray, NumericEmbedding, ValueStrip
from mobjects.fonts import register
from mobjects.matrix import WeightMatrix
from mobjects.numerals import Numeral, format_number
from mobjects.numeric_grid import NumericGrid
from mobjects.text import label, symbol, tag, title

register()

__all__ = [
    "ChangeValues",
    "Collapse",
    "CountUp",
    "EmbeddingArray",
    "Expand",
    "FlashAround",
    "Numeral",
    "NumericEmbedding",
    "NumericGrid",
    "TimeWindow",
    "ValueStrip",
    "WeightMatrix",
    "format_number",
    "label",
    "layout",
    "symbol",
    "tag",
    "theme",
    "title",
]
