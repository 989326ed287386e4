"""Chapter 3: what happens to a word by itself. All its scenes, for ``manim scenes/mlp.py NAME``."""

from scenes.mlp_almost_orthogonal import AlmostOrthogonal
from scenes.mlp_down_projection_columns import DownProjectionColumns
from scenes.mlp_fact_as_vector_sum import FactAsVectorSum
from scenes.mlp_neurons_as_questions import NeuronsAsQuestions
from scenes.mlp_parameter_count import MlpParameterCount
from scenes.mlp_relu_and_gelu import ReluAndGelu
from scenes.mlp_superposition_toy import SuperpositionToy
from scenes.mlp_three_steps import MlpThreeSteps

__all__ = [
    "AlmostOrthogonal",
    "DownProjectionColumns",
    "FactAsVectorSum",
    "MlpParameterCount",
    "MlpThreeSteps",
    "NeuronsAsQuestions",
    "ReluAndGelu",
    "SuperpositionToy",
]

for _name in __all__:
    globals()[_name].__module__ = __name__  # manim offers only scenes that call a file their home
