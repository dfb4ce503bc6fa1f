"""What green cells of a run say nothing about, put together over its designs and scenarios."""
