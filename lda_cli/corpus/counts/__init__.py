"""Documents by terms: how often each term occurs in each document.

chunk -> counters -> Rows -> counts_file (between two passes) -> cache (between two trainings)
"""
