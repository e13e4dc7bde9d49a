"""From prices to decisions: what a workload costs on each model, and which is best. Pure."""
