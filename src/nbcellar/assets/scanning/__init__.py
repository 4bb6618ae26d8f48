"""What lies in a folder: names, stats, digests."""
