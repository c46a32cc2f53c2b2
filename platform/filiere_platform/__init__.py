"""The shared traceability platform of an industrial sector: server, workers, command line."""
