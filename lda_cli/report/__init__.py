"""The use case of the report: a model -> one HTML file that opens anywhere, without network or server.

    model -> topics, terms, documents, groups, texts (a file each) -> packing -> page

The page is page.html with page.css and the files of scripts/, in the order of page.SCRIPTS. Numbers have
the digits that other commands print: shares in thousandths, probabilities in millionths, or all digits.
"""
