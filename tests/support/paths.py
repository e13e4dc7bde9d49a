"""Where the tests find what is committed: the checkout, and files that they read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
CLI = TESTS / "cli"
SAMPLES = TESTS / "samples"
TRACKERS = SAMPLES / "trackers"
CALIBRATION = TESTS / "calibration" / "texts.jsonl"
