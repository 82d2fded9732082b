"""Sources to chunks: which files there are, how each format is read, and where it is cut."""
