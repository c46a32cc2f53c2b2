"""Rows, queries, the capture transaction and the migrations: the only place that speaks SQL."""
