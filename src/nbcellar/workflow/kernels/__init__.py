"""Kernels: started or forked, watched, interrupted, kept and ended."""
