"""The course: chapters as exercises, with checks that name each mistake."""
