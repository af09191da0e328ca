"""The version of lda-cli, for the package, its models and its caches."""

__version__ = "0.1.0"
