"""How good a model is: measures over documents, each with its definition and its interval."""
