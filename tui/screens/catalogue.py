"""Which class draws which screen; each is imported when its screen is first shown, so that the first frame is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tuneproof.tui.screens.pane import Pane

_CLASSES: Mapping[str, str] = {
    "Sources": "sources:SourcesPane",
    "Pairs": "pairs:PairsPane",
    "Duplicates": "duplicates:DuplicatesPane",
    "Clusters": "clusters:ClustersPane",
    "Style": "style:StylePane",
    "Coverage": "coverage:CoveragePane",
    "Gate": "gate:GatePane",
    "Train": "train:TrainPane",
    "Evaluate": "evaluate:EvaluatePane",
}


def make_pane(name: str) -> Pane:
    """Return a new pane for the screen ``name``."""
    module, _, kind = _CLASSES[name].partition(":")
    return cast("Pane", getattr(import_module(f"tuneproof.tui.screens.{module}"), kind)(id=name))
