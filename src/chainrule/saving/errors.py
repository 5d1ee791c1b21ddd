"""The error for files that are no models, or not the models that were asked for."""


class ModelFileError(ValueError):
    """A file cannot be read as a model; the message is one line."""
