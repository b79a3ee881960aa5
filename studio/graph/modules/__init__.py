"""The palette's modules, one file each; palette.py lists them."""
