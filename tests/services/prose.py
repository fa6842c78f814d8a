"""A strict reader of English prose: what is wrong with a text, by rules of its own and not the writer's."""

import re

# Of the words that begin with a vowel letter or sound otherwise than they are spelt.
SAID_WITH_AN = {"M-shaped", "S-shaped", "hour", "honest", "heirloom"}
SAID_WITH_A = {"U-shaped", "uniform", "unique", "European", "one-sided", "used", "ewe-like"}
FREE = re.compile(
    "with|from|their|that|beneath|above|under|within|and|the|are|has|look|set|shaped|toned|undertones"
    "|person|face|chin|hair|skin|nose|lips|eyes?|eyebrows|cheek(s|bones)?"
)
# Words of which one begins like the other and means something else.
STRANGERS = {("chest", "chestnut")}


def article_faults(text: str) -> list[str]:
    """Return each "a" or "an" that does not fit the word after it."""
    faults = []
    for article, word in re.findall(r"\b([Aa]n?) ([\w'-]+)", text):
        is_an = word in SAID_WITH_AN or (word[0] in "aeiouAEIOU8" and word not in SAID_WITH_A)
        if (article.lower() == "an") != is_an:
            faults.append(f"{article} {word}")
    return faults


def repeated_words(sentence: str) -> list[str]:
    """Return the words of a sentence that come again, also in another form ("round", "rounded")."""
    words = [w for w in re.findall(r"[a-z]+", sentence.lower()) if len(w) > 2 and not FREE.fullmatch(w)]
    return [
        f"{one}/{other}"
        for index, one in enumerate(words)
        for other in words[index + 1 :]
        if (one.startswith(other) or other.startswith(one)) and tuple(sorted((one, other))) not in STRANGERS
    ]


def punctuation_faults(text: str) -> list[str]:
    """Return what is set badly: spaces, doubled marks, a sentence without its capital, unequal brackets."""
    faults = re.findall(r"  | [,.;:]|[,.;:]{2}|\(\s|\s\)|,\.|^\s|\s$|[{}]", text)
    faults += [s for s in re.split(r"(?<=\.) ", text) if not s[:1].isupper() or not s.endswith(".")]
    return faults + (["brackets"] if text.count("(") != text.count(")") else [])


def faults(text: str) -> list[str]:
    """Return everything that is wrong with a text; [] for good prose."""
    doubled = re.findall(r"\b(\w+) \1\b", text, re.IGNORECASE)
    repeated = [fault for sentence in re.split(r"(?<=\.) ", text) for fault in repeated_words(sentence)]
    return [*article_faults(text), *punctuation_faults(text), *doubled, *repeated]
