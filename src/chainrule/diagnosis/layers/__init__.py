"""A learner's layer: the constructor, `forward`, and the mistakes that explain `backward`."""
