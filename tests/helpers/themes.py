"""A small corpus of three themes."""

THEMES = {
    "space": "moon orbit planet telescope comet galaxy rocket nebula",
    "kitchen": "butter oven flour pepper onion garlic skillet broth",
    "harbour": "sail anchor vessel captain lighthouse cargo rudder deck",
}


def theme_documents() -> dict[str, str]:
    """Name to text. Word n of a theme is in 8 - n documents, so no two of its words are equally frequent."""
    documents = {}
    for theme, words in THEMES.items():
        for number in range(8):
            used = words.split()[: 8 - number]
            documents[f"{theme}/{number}.txt"] = " ".join([*used, *used, *used]) + ".\n"
    return documents
