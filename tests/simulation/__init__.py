"""The real producer under a scheduler that picks every interleaving from a seed."""
