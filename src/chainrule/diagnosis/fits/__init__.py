"""A learner's `fit`: its loops, the derivative that it hands back, the loss that it prints."""
