"""gensim's LdaModel: the arrays of an .npz file, and how to write it. LdaModel.save writes a pickle."""

from .posterior import Tool

TOOL = Tool(
    name="gensim",
    recipe='numpy.savez("lda.npz", lambda_=lda.state.get_lambda(), '
    "terms=[lda.id2word[i] for i in range(lda.num_terms)], alpha=lda.alpha, eta=lda.eta)",
    posterior="lambda_",
    terms="terms",
    alpha="alpha",
    eta="eta",
    in_e_step="expElogbeta",
    folder={
        "lambda_": "lambda.npy",
        "alpha": "alpha.npy",
        "eta": "eta.npy",
        "expElogbeta": "expElogbeta.npy",
    },
)
