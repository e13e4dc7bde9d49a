"""Counting on a Dask cluster: what a file is cut into, what a worker does, and what comes back."""
