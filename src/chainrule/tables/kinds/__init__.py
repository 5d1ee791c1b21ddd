"""The kinds of column: numbers, booleans, dates and categories, and the words for missing."""
