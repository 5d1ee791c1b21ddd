"""A learner's layer: how it is made, its forward, and which mistakes explain its backward."""
