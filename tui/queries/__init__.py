"""What the screens and their scriptable twins read from the workspace. Knows SQL; must not know widgets."""
