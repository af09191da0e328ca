"""The metadata of documents: values of their records, of a table that is joined by id, and of their ids.

fields of records (../formats/metadata.py) + table + pattern -> rows -> types -> metadata.jsonl of the model
"""
