"""What all tests share: no time limit for an example of hypothesis, since machines are slow and shared."""

from hypothesis import settings

settings.register_profile("lda-cli", deadline=None)
settings.load_profile("lda-cli")
