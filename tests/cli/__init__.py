"""Process tests: lda-cli as its users meet it, by exit status, standard output, standard error and files."""
