"""Pages, mail, PDF and DOCX given to the command: their words are terms, and nothing else is."""

from pathlib import Path

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.papers import docx, pdf, pdf_of_forms

FILES = {
    "a.html": b"<html><head><title>no</title></head><p class='no'>judge</p><p>j<b>ur</b>y<script>no",
    "b.xml": b"<TEI><teiHeader>no</teiHeader><text n='no'>court &#x76;erdict</text></TEI>",
    "c.mbox": b"From a@b Thu Jan  1 00:00:00 2009\nSubject: sail\nTo: no@no\n\nboat\n\n" * 2,
    "d.pdf": pdf("tide harbour", info="/Title(no)"),
    "e.docx": docx("<w:p><w:r><w:t>bread</w:t></w:r></w:p>", {"word/header1.xml": "<w:t>no</w:t>"}),
}
TERMS = {"judge", "jury", "court", "verdict", "sail", "boat", "tide", "harbour", "bread"}


def test_words_of_pages_mail_pdf_and_docx_are_the_terms(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "f.pdf").write_bytes(pdf_of_forms(depth=9, n=10))
    every = ("--set", "vocabulary.min_df=1", "--set", "tokenizer.min_length=2")
    skip = ("--set", "corpus.on_error=skip", "--set", "vocabulary.stop_words=none")
    refused = lda("train", *FILES, "f.pdf", *QUICK, *every, cwd=tmp_path)
    assert_refused(refused, 3, "f.pdf: takes more than")
    trained = lda("train", *FILES, "f.pdf", *QUICK, *every, *skip, cwd=tmp_path)
    assert done(trained) == ""
    assert trained.stderr.split("\n", 1)[1].startswith("lda-cli: 1 skipped, first: f.pdf: takes more than")
    assert set((tmp_path / "model" / "vocabulary.txt").read_text().split()) == TERMS
    ids = ["a.html", "b.xml", "c.mbox:1", "c.mbox:7", "d.pdf", "e.docx"]
    assert (tmp_path / "model" / "documents.txt").read_text().split() == ids
