"""The formats of a corpus: how to recognise each, and how to get the text from its bytes or its lines.

bytes of a file, or a line -> Record (id, text, metadata). Knows no files, no folders and no streams.
"""
