"""The Java KCL: it reads what is written, and shares leases with consumers of this library."""
