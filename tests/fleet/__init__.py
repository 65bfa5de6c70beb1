"""Fleets of consumers on a virtual clock: the real core, and everything around it made from a seed."""
