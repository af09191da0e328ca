"""The model: what a training leaves, in memory (model.py) and on disk (store.py)."""
