"""What is written, read by the Java KCL."""
