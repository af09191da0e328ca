"""The use case of choosing the number of topics: many trainings of one corpus, compared.

grid, plan      which numbers of topics, which seeds, in which order
split           which documents are held out, and their counts
runs, measures  a run is a model and what was measured of it, in result.json
agreement       how much of a model comes again with another seed
rule            which number of topics is suggested, and why
results, svg    tables, choice.json, the picture, the best model
sweep           all of it
"""
