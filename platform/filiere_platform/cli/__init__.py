"""The command line `filiere`: one file per noun, loaded only when it is asked for."""
