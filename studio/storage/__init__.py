"""The storage account, rows, keys, blobs, and which hosts may be called."""
