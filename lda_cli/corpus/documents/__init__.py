"""From the bytes of the inputs to documents.

sources -> chunks -> blocks of whole lines -> readers -> Document (id, text) -> parts
tables, matrices: formats that are parsed where chunks are made
"""
