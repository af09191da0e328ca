"""The engine: variational EM for latent Dirichlet allocation on matrices of counts; no files."""
