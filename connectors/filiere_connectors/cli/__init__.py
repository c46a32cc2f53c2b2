"""The command line: `filiere-connect`, one file per noun."""
