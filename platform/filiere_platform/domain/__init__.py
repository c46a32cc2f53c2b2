"""Decisions without I/O: what is admitted, who may see it, what a trace says."""
