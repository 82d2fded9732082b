"""The data gate: figures of the set, the checks on them, and the verdict."""
