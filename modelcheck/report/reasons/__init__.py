"""The one place where reasons become sentences (``result.reasons`` has them as data)."""
