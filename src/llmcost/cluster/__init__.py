"""`--cluster`: counting on a Dask cluster, with the same figures to the token.

The cut of a listing into parts, the worker's side and the collection of results belong here. How a
text is counted belongs to `tokenizers`, and prices have no part in it: the result is counts, as of
a run on one machine.
"""
