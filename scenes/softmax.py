"""Chapter 4: from scores to words. All its scenes, for ``manim scenes/softmax.py NAME``."""

from scenes.softmax_breakdown import SoftmaxBreakdown
from scenes.softmax_logit_lens import LogitLens
from scenes.softmax_temperature_contrast import TemperatureContrast
from scenes.softmax_temperature_dial import TemperatureDial
from scenes.softmax_top_k_top_p import TopKTopP

__all__ = ["LogitLens", "SoftmaxBreakdown", "TemperatureContrast", "TemperatureDial", "TopKTopP"]

for _name in __all__:
    globals()[_name].__module__ = __name__  # manim offers only scenes that call a file their home
