"""The HTTP edge: one file per noun; `problems` renders every error."""
