"""Text to counts: a folder a stage, and above them the passes. Knows text and counts, not models.

inputs/      paths -> the files that are read, each with its format
documents/   files -> chunks -> documents
terms/       a document's text -> terms
counts/      terms -> documents by terms, kept on disk between passes and between trainings
workers      chunks worked on in other processes, results in order
reading      the first pass; collocations: the pass for phrases
training_corpus   the second pass, over counts alone
sample       the first megabytes, for an estimate
"""
