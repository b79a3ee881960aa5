"""The modules of the palette, one file each; palette.py lists them."""
