"""Every error that tuneproof raises on purpose.

    TuneproofError            what is wrong, and a hint that says what to do
    ├── UsageError            the caller asked for something that can't be
    ├── ConfigError           tuneproof.toml is broken
    ├── SourceError           a named source can't be read
    ├── WorkspaceError        the workspace is missing, damaged or too new
    │   └── WorkspaceLocked   another process holds the DuckDB file
    ├── DataError             rows that do not fit: no pairs, no documents, a broken snapshot
    ├── ModelError            a folder that is no model, an adapter for another base
    ├── GateRefused           a verdict stands in the way and no override was given
    └── RunError              a training or evaluation process failed

The module knows messages only; who prints them, and with which exit code, is the business of the commands.
"""

from __future__ import annotations


class TuneproofError(Exception):
    """An error with two sentences: ``message`` says what is wrong, ``hint`` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TuneproofError):
    """The caller asked for something that can't be."""


class ConfigError(TuneproofError):
    """The configuration file can't be read or holds a wrong key or value."""


class SourceError(TuneproofError):
    """A named source can't be read."""


class WorkspaceError(TuneproofError):
    """The workspace is missing, damaged, or written by a newer version."""


class WorkspaceLocked(WorkspaceError):
    """Another process holds the workspace's DuckDB file."""


class DataError(TuneproofError):
    """The rows do not fit the request: too few, none, or a broken snapshot."""


class ModelError(TuneproofError):
    """A folder that is no model, or an adapter that belongs to another base."""


class GateRefused(TuneproofError):
    """A verdict stands in the way and no override was given."""


class RunError(TuneproofError):
    """A training or evaluation process failed."""
