"""Curation: sources -> chunks -> pairs -> findings -> selection -> data verdict."""
