"""Chapter 1: from a text to a guess of what comes next. All its scenes, for ``manim scenes/intro.py NAME``."""

from scenes.intro_dot_product import DotProductMeaning
from scenes.intro_embedding_directions import EmbeddingDirections
from scenes.intro_embedding_lookup import EmbeddingLookup
from scenes.intro_generation_loop import GenerationLoop
from scenes.intro_network_flow import NetworkFlow
from scenes.intro_next_token import NextTokenPrediction
from scenes.intro_parameter_ledger import ParameterLedger
from scenes.intro_text_to_tokens import TextToTokens
from scenes.intro_unembedding_step import UnembeddingStep
from scenes.intro_weights_data import WeightsVersusData

__all__ = [
    "DotProductMeaning",
    "EmbeddingDirections",
    "EmbeddingLookup",
    "GenerationLoop",
    "NetworkFlow",
    "NextTokenPrediction",
    "ParameterLedger",
    "TextToTokens",
    "UnembeddingStep",
    "WeightsVersusData",
]

for _name in __all__:
    globals()[_name].__module__ = __name__  # manim offers only scenes that call a file their home
