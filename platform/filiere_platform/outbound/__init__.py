"""The only place that opens connections to addresses that others gave us; each goes through the guard."""
