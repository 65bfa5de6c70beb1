"""The pure core: everything that decides, without threads, clock, dice, network or files."""
