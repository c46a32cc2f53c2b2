"""filiere_schemas."""
