"""What the library costs, beside what it replaces, measured in one run."""
