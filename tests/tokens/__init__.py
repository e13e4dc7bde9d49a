"""What the tests of the token room share: the published patterns, and texts that try them."""
