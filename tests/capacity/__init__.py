"""How much of a stream's capacity the producer uses, in a simulation."""
