"""`--sample`: totals of a large input from a part of it, with a confidence interval.

The draw of units, the rounds, the estimator and its notes belong here. Reading and counting belong
to `inputs` and `runtime`. Only `statistics` is pure.
"""
