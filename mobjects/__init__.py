"""What can be drawn: arrays as numbers, dots and arcs; words, tokens and symbols.

Importing this package registers the shipped font, because a font registered after the first text is ignored.
"""

from mobjects import layout, theme
from mobjects.fonts import register
from mobjects.text import label, symbol, tag, title

register()

__all__ = ["label", "layout", "symbol", "tag", "theme", "title"]
