"""The nine screens of the review, by the names of their tabs."""
