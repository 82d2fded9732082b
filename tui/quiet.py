"""Keep the model libraries' own words off a person's terminal: bars, notices and deprecations of their making.

Knows their switches. Errors are raised as before; only what they print beside is silenced.
"""

from __future__ import annotations

import warnings


def hush_libraries() -> None:
    """Silence transformers and peft for the rest of the process."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore", FutureWarning)
