"""Pages for auditors, members and the sector body: rendered on the server, without a script."""
