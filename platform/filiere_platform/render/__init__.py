"""What is shown to people: a terminal, a page, a document."""
