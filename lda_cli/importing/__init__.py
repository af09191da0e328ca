"""The use case of importing: a model of another tool -> the model directory.

    what the tool wrote -> a reader (mallet, gensim, sklearn) -> Found -> tokenizing, made -> model directory

No pickle is read: what a pickle says is run.
"""
