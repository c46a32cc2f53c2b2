"""Workbooks made from a sector's profile, which a company fills in and the connector reads without any flow."""
