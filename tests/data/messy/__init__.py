"""Files as people have them, made by make.py, with what is expected of each."""
