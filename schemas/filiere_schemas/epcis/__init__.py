"""EPCIS 2.0 events: typed values, our JSON Schema, the standard's words, documents cut byte for byte."""
