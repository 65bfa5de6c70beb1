"""One driver for each library: it connects, puts the records of a job, and prints what that took.

Each runs as a process of its own, in the environment that `benchmarks.environments` made for it.
"""
