"""What all tests share: hypothesis without a time limit an example, since CI's machines are slow and shared."""

from hypothesis import settings

settings.register_profile("lda-cli", deadline=None)
settings.load_profile("lda-cli")
