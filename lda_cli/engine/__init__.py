"""The engine: variational EM for latent Dirichlet allocation on matrices of counts. It does not read files."""
