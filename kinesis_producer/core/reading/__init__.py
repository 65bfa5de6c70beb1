"""Reading: which shards there are, in what order, and how the records of each are got."""
