"""What a price is, and what usage costs under it. Pure: no clock, no file, no environment."""
