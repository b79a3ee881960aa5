"""Tables: column types, and reading and writing their file formats."""
