"""Who reads which shard: leases, and the rules by which workers take, keep and pass them on."""
