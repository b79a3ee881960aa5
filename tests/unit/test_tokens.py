"""Texts counted as scikit-learn's vectorizers count them."""

import itertools
from dataclasses import replace

import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.utils import murmurhash3_32

from studio.model.texts import text_from_json, text_to_json
from studio.model.tokens import MAX_CHARACTERS, TokenText, learn_vocabulary, murmur

TEXTS = [
    *("The quick brown  fox — jumps over the Lazy dog's ÉCOLE", "", "a I x", "dog dog DOG, école; straße\n\tnew line"),
    *("文字 列 of words the the the", "naïve café coöperate 123 4_5", "a unique token", "the dog and the café"),
]
SPANS = [(1, 1), (1, 3), (3, 7)]


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@pytest.mark.parametrize("span", SPANS)
def test_counts_are_those_of_scikit_learn(analyzer, span):
    for accents, binary in itertools.product((None, "ascii", "unicode"), (False, True)):
        given = {"analyzer": analyzer, "lowercase": not binary, "binary": binary}
        operation = TokenText(**given, accents=accents or "", smallest=span[0], largest=span[1])
        for least, most, limit in ((1, 1.0, None), (2, 0.9, 7), (0.2, 5, 3)):
            theirs = CountVectorizer(
                **given, strip_accents=accents, ngram_range=span, min_df=least, max_df=most, max_features=limit
            )
            try:
                expected = theirs.fit_transform(TEXTS).toarray()
            except ValueError:
                continue
            grams = learn_vocabulary(operation, TEXTS, least, most, limit)
            assert list(grams) == list(theirs.get_feature_names_out())
            assert (replace(operation, grams=grams).vectors(TEXTS) == expected).all()
        hashed = replace(operation, buckets=64, signed=True)
        theirs = HashingVectorizer(**given, strip_accents=accents, ngram_range=span, n_features=64, norm=None)
        assert (hashed.vectors(TEXTS) == theirs.transform(TEXTS).toarray()).all()


def test_stop_words_leave_before_words_are_joined():
    given = {"stop_words": ["the", "over"], "token_pattern": r"\b[a-zA-Z]{3,}\b"}
    theirs = CountVectorizer(**given, ngram_range=(2, 2))
    operation = TokenText(stop_words=("the", "over"), pattern=given["token_pattern"], smallest=2, largest=2)
    assert list(learn_vocabulary(operation, TEXTS, 1, 1.0, None)) == list(theirs.fit(TEXTS).get_feature_names_out())


def test_the_hash_is_murmur():
    for length in range(9):
        content = ("ab\xe9文" * 3)[:length].encode()
        assert murmur(content) == murmurhash3_32(content, 0)


def test_it_is_stored_as_data():
    operation = TokenText(grams=("a b", "c"), analyzer="char", accents="ascii", smallest=1, largest=3)
    assert text_from_json(text_to_json(operation)) == operation


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "given",
    [
        {"pattern": r"(a+)+$"},
        {"buckets": 1 << 20},
        {"largest": 1000},
        {"smallest": 0},
        {"analyzer": "eval"},
        {"grams": [str(number) for number in range(40_000)]},
    ],
)
def test_an_operation_from_a_file_is_held_to_its_bounds(given):
    with pytest.raises(ValueError):
        text_from_json({**text_to_json(TokenText()), **given})


def test_missing_and_long_texts_have_an_end():
    assert list(TokenText().tokens(None)) == []
    assert len(list(TokenText().tokens("ab " * MAX_CHARACTERS))) <= MAX_CHARACTERS // 3 + 1
