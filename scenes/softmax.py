"""Chapter 4: from scores to words. All its scenes, for ``manim scenes/softmax.py NAME``."""

from scenes.softmax_breakdown import SoftmaxBreakdown
from scenes.softmax_temperature_contrast import TemperatureContrast
from scenes.softmax_temperature_dial import TemperatureDial

__all__ = ["SoftmaxBreakdown", "TemperatureContrast", "TemperatureDial"]

for _name in __all__:
    globals()[_name].__module__ = __name__  # manim offers only scenes that call a file their home
