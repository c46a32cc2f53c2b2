"""Sources: each file reads one kind of source and gives tables of rows, cell by cell, with their addresses."""
