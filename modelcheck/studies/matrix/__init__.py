"""The matrix: every (variant, scenario, property) cell, compared with what the spec expects."""
