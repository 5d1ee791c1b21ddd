"""A learner's `fit`: the loops, the derivative passed backward, and the printed loss."""
