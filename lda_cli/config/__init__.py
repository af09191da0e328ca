"""The config: schema.py lists the keys, loading.py makes a `Config` of YAML and options."""

from .loading import (
    CONFIG_NAME,
    files_that_count,
    find_config,
    from_mapping,
    load_config,
    model_path,
    to_mapping,
    values_that_count,
)
from .schema import (
    ANNEALED_PASSES,
    PLAIN_PASSES,
    AnnealingConfig,
    Config,
    CorpusConfig,
    InferenceConfig,
    ModelConfig,
    PhrasesConfig,
    SplitConfig,
    TokenizerConfig,
    TrainingConfig,
    VocabularyConfig,
)

__all__ = [
    "ANNEALED_PASSES",
    "CONFIG_NAME",
    "PLAIN_PASSES",
    "AnnealingConfig",
    "Config",
    "CorpusConfig",
    "InferenceConfig",
    "ModelConfig",
    "PhrasesConfig",
    "SplitConfig",
    "TokenizerConfig",
    "TrainingConfig",
    "VocabularyConfig",
    "files_that_count",
    "find_config",
    "from_mapping",
    "load_config",
    "model_path",
    "to_mapping",
    "values_that_count",
]
