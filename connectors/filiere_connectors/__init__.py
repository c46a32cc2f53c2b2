"""filiere_connectors."""
