"""Files to word counts: readers, tokenizer, vocabulary, bag of words. Knows text and matrices, not models."""
