"""`llmcost host`: own GPUs and reserved throughput against the price per token.

What a GPU serves and from when it pays belongs to `workload/hosting`, and a month at the API to
`commands/budget`; here both are compared, machine by machine.
"""
