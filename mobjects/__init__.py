"""What can be drawn: arrays as numbers, dots and arcs; words, tokens and symbols.

Importing this package registers the shipped font, because a font registered after the first text is ignored.
"""

from mobjects import layout, theme
from mobjects.animations import ChangeValues, Collapse, CountUp, Expand, FlashAround, TimeWindow
from mobjects.arcs import ContextArcs, FlashArcs, GrowArcs
from mobjects.attention import AttentionGrid
from mobjects.attention_animations import ApplyMask, ChangeCells, GatherPairs, GrowCells, MorphDots, SwapCells
from mobjects.attention_board import AttentionBoard
from mobjects.column_softmax import ColumnSoftmax, SoftmaxColumns
from mobjects.dimming import Dim, Undim
from mobjects.embedding import EmbeddingArray, NumericEmbedding, ValueStrip
from mobjects.fonts import register
from mobjects.header_chain import HeaderChain, flow_arrow
from mobjects.matrix import WeightMatrix
from mobjects.numerals import Numeral, format_number
from mobjects.numeric_grid import NumericGrid
from mobjects.text import label, symbol, tag, title
from mobjects.tokens import Token, TokenRow

register()

__all__ = [
    "ApplyMask",
    "AttentionBoard",
    "AttentionGrid",
    "ChangeCells",
    "ChangeValues",
    "Collapse",
    "ColumnSoftmax",
    "ContextArcs",
    "CountUp",
    "Dim",
    "EmbeddingArray",
    "Expand",
    "FlashArcs",
    "FlashAround",
    "GatherPairs",
    "GrowArcs",
    "GrowCells",
    "HeaderChain",
    "MorphDots",
    "Numeral",
    "NumericEmbedding",
    "NumericGrid",
    "SoftmaxColumns",
    "SwapCells",
    "TimeWindow",
    "Token",
    "TokenRow",
    "Undim",
    "ValueStrip",
    "WeightMatrix",
    "flow_arrow",
    "format_number",
    "label",
    "layout",
    "symbol",
    "tag",
    "theme",
    "title",
]
