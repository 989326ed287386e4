"""Networks of a few thousand weights, trained to show one thing each, and arrangements of directions."""
