"""What differs from one sector to another, as data; one folder each."""
