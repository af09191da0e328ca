"""The model, which a training makes: in memory (model.py) and on disk (store.py)."""
