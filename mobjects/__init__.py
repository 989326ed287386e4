"""What can be drawn: arrays as numbers, dots and arcs; words, tokens and symbols.

Importing this package registers the shipped font, because a font registered after the first text is ignored.
"""

from mobjects import layout, theme
from mobjects.angle_histogram import AngleHistogram
from mobjects.angle_motion import TurnVectors
from mobjects.angles import AngleVectorPair
from mobjects.animations import ChangeValues, Collapse, CountUp, Expand, FlashAround, TimeWindow
from mobjects.arcs import ContextArcs, FlashArcs, GrowArcs
from mobjects.asking import CutStrip, KeyList, QueryRow, fit_apart
from mobjects.attention import AttentionTable
from mobjects.attention_animations import ApplyMask, ChangeCells, GatherPairs, GrowCells, MorphDots, SwapCells
from mobjects.attention_board import AttentionBoard
from mobjects.attention_grid import AttentionGrid, ChangePattern, SwapWeights
from mobjects.axes import Axes2D
from mobjects.badges import CheckBadge, CrossBadge, Flip, OriginBadge, WarnBadge
from mobjects.baking import DataRain, VectorBake
from mobjects.bar_chart import BarColumnChart
from mobjects.block_diagram import BlockDiagram, Bypass
from mobjects.block_motions import DiagramPulse
from mobjects.blocks import Block, FlowPath, PlusNode, kind_color
from mobjects.bubbles import GrowBubble, SpeechBubble, ThoughtBubble
from mobjects.cache_shelf import AddCards, CacheShelf
from mobjects.cards import SectionTag, ShowCard, StrikeAndReplace, TitleCard
from mobjects.chart_motion import ChangeBars, GrowBars
from mobjects.column_softmax import ColumnSoftmax, SoftmaxColumns
from mobjects.connection_fan import ConnectionFan
from mobjects.count_equation import CountEquation, MultiplyCounts
from mobjects.counting import BraceCount, GrowBraces
from mobjects.dial_motions import PopDials, TurnDials
from mobjects.dials import Dial, DialMachine
from mobjects.dimming import Dim, Undim
from mobjects.direction_field import DirectionField
from mobjects.distribution import ProbabilityBars
from mobjects.dot_product import DotProductStrip, MultiplyAndAdd
from mobjects.embedding import EmbeddingArray, NumericEmbedding, ValueStrip
from mobjects.figures import to_pdf, to_png, to_svg
from mobjects.following import settled
from mobjects.fonts import register
from mobjects.formula_walk import FormulaWalk, TransformFormula, WalkTo
from mobjects.function_plot import FunctionPlot, SlideDots
from mobjects.gauge import LandWords, NumberLineGauge
from mobjects.gradient_column import GradientColumn, ReduceColumn
from mobjects.header_chain import HeaderChain, arrow_down, flow_arrow
from mobjects.heads import HeadCard, HeadRow, HeadStack, MoveCards
from mobjects.heat_matrix import HeatMatrix
from mobjects.histogram import Histogram
from mobjects.light import CurlyBracket, GlowDot, Pulse, TaperedStroke
from mobjects.low_rank import LowRankMap, TableOutline
from mobjects.low_rank_motion import PassCorridor, SplitTable
from mobjects.machines import BlockSlab, PlatePulse, ProjectorBox
from mobjects.matrix import WeightMatrix
from mobjects.model_view import ModelView
from mobjects.neighbours import NeighbourList, nearest
from mobjects.network_motions import SweepBackward, SweepForward
from mobjects.neural_network import Connections, NeuralNetwork
from mobjects.neuron_activations import NeuronActivations
from mobjects.neuron_view import NeuronView
from mobjects.neurons import NeuronColumn
from mobjects.numerals import Numeral, format_number
from mobjects.numeric_grid import NumericGrid
from mobjects.panels import ShowTopic, SplitFrame, TopicList
from mobjects.plots import DrawCurve, LossCurve
from mobjects.product_motion import ColumnCombination, MatrixVectorProduct
from mobjects.products import ProductEquation
from mobjects.renderer import FastRendering
from mobjects.river import ResidualRiver
from mobjects.river_motions import FlowIn, TapPulse
from mobjects.singular_values import GrowSingularValues, SingularValues
from mobjects.slider import MoveSlider, Slider
from mobjects.slot import FillSlot, SlotMarker
from mobjects.space_motion import FlashDirection, GrowVectors, TurnSpace
from mobjects.space_plot import SpacePlot
from mobjects.spacing import spread_apart
from mobjects.spotlight import OpenZoom, SlideSpotlight, Spotlight, ZoomLines
from mobjects.stack_diagram import FoldStack, StackBar, StackDiagram, UnfoldStack
from mobjects.stacked_bar import StackedBar
from mobjects.stage import CameraRig, FixedLayer, MoveCamera
from mobjects.text import formula, label, plated, symbol, tag, title
from mobjects.token_label import token_label
from mobjects.token_views import ColoredTokens, TokenLogProbabilities
from mobjects.tokens import Token, TokenRow
from mobjects.top_tokens import TopTokens
from mobjects.unit_strip import DropMarker, UnitStrip
from mobjects.weighted_sum import CollapseSum, WeightedSumColumn
from mobjects.wrapping import wrapped
from mobjects.writing import ParagraphStream, WriteNext

register()

__all__ = [
    "AddCards",
    "AngleHistogram",
    "AngleVectorPair",
    "ApplyMask",
    "AttentionBoard",
    "AttentionGrid",
    "AttentionTable",
    "Axes2D",
    "BarColumnChart",
    "Block",
    "BlockDiagram",
    "BlockSlab",
    "BraceCount",
    "Bypass",
    "CacheShelf",
    "CameraRig",
    "ChangeBars",
    "ChangeCells",
    "ChangePattern",
    "ChangeValues",
    "CheckBadge",
    "Collapse",
    "CollapseSum",
    "ColoredTokens",
    "ColumnCombination",
    "ColumnSoftmax",
    "ConnectionFan",
    "Connections",
    "ContextArcs",
    "CountEquation",
    "CountUp",
    "CrossBadge",
    "CurlyBracket",
    "CutStrip",
    "DataRain",
    "DiagramPulse",
    "Dial",
    "DialMachine",
    "Dim",
    "DirectionField",
    "DotProductStrip",
    "DrawCurve",
    "DropMarker",
    "EmbeddingArray",
    "Expand",
    "FastRendering",
    "FillSlot",
    "FixedLayer",
    "FlashArcs",
    "FlashAround",
    "FlashDirection",
    "Flip",
    "FlowIn",
    "FlowPath",
    "FoldStack",
    "FormulaWalk",
    "FunctionPlot",
    "GatherPairs",
    "GlowDot",
    "GradientColumn",
    "GrowArcs",
    "GrowBars",
    "GrowBraces",
    "GrowBubble",
    "GrowCells",
    "GrowSingularValues",
    "GrowVectors",
    "HeadCard",
    "HeadRow",
    "HeadStack",
    "HeaderChain",
    "HeatMatrix",
    "Histogram",
    "KeyList",
    "LandWords",
    "LossCurve",
    "LowRankMap",
    "MatrixVectorProduct",
    "ModelView",
    "MorphDots",
    "MoveCamera",
    "MoveCards",
    "MoveSlider",
    "MultiplyAndAdd",
    "MultiplyCounts",
    "NeighbourList",
    "NeuralNetwork",
    "NeuronActivations",
    "NeuronColumn",
    "NeuronView",
    "NumberLineGauge",
    "Numeral",
    "NumericEmbedding",
    "NumericGrid",
    "OpenZoom",
    "OriginBadge",
    "ParagraphStream",
    "PassCorridor",
    "PlatePulse",
    "PlusNode",
    "PopDials",
    "ProbabilityBars",
    "ProductEquation",
    "ProjectorBox",
    "Pulse",
    "QueryRow",
    "ReduceColumn",
    "ResidualRiver",
    "SectionTag",
    "ShowCard",
    "ShowTopic",
    "SingularValues",
    "SlideDots",
    "SlideSpotlight",
    "Slider",
    "SlotMarker",
    "SoftmaxColumns",
    "SpacePlot",
    "SpeechBubble",
    "SplitFrame",
    "SplitTable",
    "Spotlight",
    "StackBar",
    "StackDiagram",
    "StackedBar",
    "StrikeAndReplace",
    "SwapCells",
    "SwapWeights",
    "SweepBackward",
    "SweepForward",
    "TableOutline",
    "TapPulse",
    "TaperedStroke",
    "ThoughtBubble",
    "TimeWindow",
    "TitleCard",
    "Token",
    "TokenLogProbabilities",
    "TokenRow",
    "TopTokens",
    "TopicList",
    "TransformFormula",
    "TurnDials",
    "TurnSpace",
    "TurnVectors",
    "Undim",
    "UnfoldStack",
    "UnitStrip",
    "ValueStrip",
    "VectorBake",
    "WalkTo",
    "WarnBadge",
    "WeightMatrix",
    "WeightedSumColumn",
    "WriteNext",
    "ZoomLines",
    "arrow_down",
    "fit_apart",
    "flow_arrow",
    "format_number",
    "formula",
    "kind_color",
    "label",
    "layout",
    "nearest",
    "plated",
    "settled",
    "spread_apart",
    "symbol",
    "tag",
    "theme",
    "title",
    "to_pdf",
    "to_png",
    "to_svg",
    "token_label",
    "wrapped",
]
