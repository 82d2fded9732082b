"""What is alike: duplicates and what must never be merged, topics, and overlap between the sides of a split."""
