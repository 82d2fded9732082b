"""Calibration: faults planted at known rates beside benign edits, and how many of each the checks tell."""
