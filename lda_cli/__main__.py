"""`python -m lda_cli` is `lda-cli`."""

from .cli import main

if __name__ == "__main__":
    main()
