"""The error that says why a model cannot be exported: in a module that needs no other."""


class ExportError(ValueError):
    """A model cannot be exported; the message is one line."""
