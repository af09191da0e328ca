"""The use case of training: corpus -> engine -> model directory.

train           reads the corpus, fits, saves; up_to_date compares a model with its inputs
counted         the corpus, read and counted, or from the cache
fit             the engine's passes, with checkpoints, a time limit and signals; settings, outcome
run, lock       the hidden folder beside a model: lock, status, checkpoint
events          what a training reports
dry_run         estimates a training; depfile: a rule for Make with the inputs of a model
"""
