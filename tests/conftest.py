"""Settings of all tests: hypothesis asserts no times, and tries the same examples every time."""

from hypothesis import settings

settings.register_profile("chainrule", deadline=None, derandomize=True)
settings.load_profile("chainrule")
