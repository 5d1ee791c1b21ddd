"""What a table's columns and its target are, inferred over all rows, with every doubt said."""
