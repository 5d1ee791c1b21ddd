"""The version of chainrule, for all of its modules and for the files that they write."""

__version__ = "0.1.0"
