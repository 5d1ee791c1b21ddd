"""From a file to a table: the type of the file, the layout of its text, its columns."""
