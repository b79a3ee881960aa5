"""The storage account: table rows, blobs, keys, and the hosts that the app may call."""
