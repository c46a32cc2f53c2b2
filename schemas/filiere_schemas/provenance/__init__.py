"""Signed provenance: what signs a record, what logs it and what proves it, without any I/O."""
