"""scikit-learn's LatentDirichletAllocation: the arrays of an .npz file, and how to write it."""

from .posterior import Tool

TOOL = Tool(
    name="scikit-learn",
    recipe='numpy.savez("lda.npz", components_=lda.components_, '
    "feature_names=vectorizer.get_feature_names_out().astype(str), "
    "doc_topic_prior_=lda.doc_topic_prior_, topic_word_prior_=lda.topic_word_prior_)",
    posterior="components_",
    terms="feature_names",
    alpha="doc_topic_prior_",
    eta="topic_word_prior_",
    in_e_step="exp_dirichlet_component_",
)
