"""`--cluster`: inputs counted by the workers of a Dask cluster, with the same figures to the
token.
"""
