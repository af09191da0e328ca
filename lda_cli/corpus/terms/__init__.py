"""From the text of a document to terms and their numbers.

text -> tokenizer -> tokens -> counting (compiled, and its twin) -> phrases -> vocabulary
"""
