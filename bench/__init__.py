"""How fast llmcost is and how much memory it takes: `python -m bench`, see docs/benchmarks.md."""
