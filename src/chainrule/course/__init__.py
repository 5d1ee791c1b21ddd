"""The course: chapters as exercises, each with a check that says which mistake it is."""
