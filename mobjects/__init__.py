"""What can be drawn: arrays as numbers, dots and arcs; words, tokens and symbols.

Importing this package registers the shipped font, because a font registered after the first text is ignored.
"""

from mobjects import layout, theme
from mobjects.animations import ChangeValues, Collapse, CountUp, Expand, FlashAround, TimeWindow
from mobjects.arcs import ContextArcs, FlashArcs, GrowArcs
from mobjects.asking import CutStrip, KeyList, QueryRow, fit_apart
from mobjects.attention import AttentionTable
from mobjects.attention_animations import ApplyMask, ChangeCells, GatherPairs, GrowCells, MorphDots, SwapCells
from mobjects.attention_board import AttentionBoard
from mobjects.column_softmax import ColumnSoftmax, SoftmaxColumns
from mobjects.dimming import Dim, Undim
from mobjects.embedding import EmbeddingArray, NumericEmbedding, ValueStrip
from mobjects.figures import to_pdf, to_png, to_svg
from mobjects.fonts import register
from mobjects.header_chain import HeaderChain, arrow_down, flow_arrow
from mobjects.matrix import WeightMatrix
from mobjects.numerals import Numeral, format_number
from mobjects.numeric_grid import NumericGrid
from mobjects.renderer import FastRendering, settled
from mobjects.text import formula, label, plated, symbol, tag, title
from mobjects.tokens import Token, TokenRow

register()

__all__ = [
    "ApplyMask",
    "AttentionBoard",
    "AttentionTable",
    "ChangeCells",
    "ChangeValues",
    "Collapse",
    "ColumnSoftmax",
    "ContextArcs",
    "CountUp",
    "CutStrip",
    "Dim",
    "EmbeddingArray",
    "Expand",
    "FastRendering",
    "FlashArcs",
    "FlashAround",
    "GatherPairs",
    "GrowArcs",
    "GrowCells",
    "HeaderChain",
    "KeyList",
    "MorphDots",
    "Numeral",
    "NumericEmbedding",
    "NumericGrid",
    "QueryRow",
    "SoftmaxColumns",
    "SwapCells",
    "TimeWindow",
    "Token",
    "TokenRow",
    "Undim",
    "ValueStrip",
    "WeightMatrix",
    "arrow_down",
    "fit_apart",
    "flow_arrow",
    "format_number",
    "formula",
    "label",
    "layout",
    "plated",
    "settled",
    "symbol",
    "tag",
    "theme",
    "title",
    "to_pdf",
    "to_png",
    "to_svg",
]
