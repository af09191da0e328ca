"""Which files are read, in which order, and in which format.

paths -> globs -> files (Source: a file with its format) -> chunks, in ../documents
"""
