"""Fleets of consumers on a virtual clock: the real core, and all around it made from a seed."""
