"""Text to counts: a folder for each stage, and above them the passes. Knows text and counts, not models.

inputs/      paths -> the files that are read, each with its format
documents/   files -> chunks -> documents
terms/       a document's text -> terms
counts/      terms -> counts of documents by terms, kept on disk between passes and between trainings
workers      work on chunks in other processes, with results in order
reading      the first pass; collocations: the pass for phrases
training_corpus   the second pass, over counts alone
sample       some megabytes, for a dry run
"""
