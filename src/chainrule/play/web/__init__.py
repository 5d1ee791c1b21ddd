"""The server, its guards and the pages' files."""
