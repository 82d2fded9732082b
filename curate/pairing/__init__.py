"""Chunks to pairs: what the source states, asked and answered."""
