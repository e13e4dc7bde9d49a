"""`llmcost config`: the user's settings. What reads them is in `runtime/settings`."""
