"""The demo: two weeks of a dairy chain, told by its companies' own files, traced and verified."""
