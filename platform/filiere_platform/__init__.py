"""filiere_platform."""
