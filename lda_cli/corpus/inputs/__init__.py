"""Which files are read, in which order, and as what.

paths -> globs -> files (Source: a file with its format) -> chunks, in ../documents
"""
