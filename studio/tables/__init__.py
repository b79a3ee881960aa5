"""Tables: column types, and reading and writing the file formats they come in."""
