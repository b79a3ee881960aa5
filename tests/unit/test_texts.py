"""Texts: cleaned, counted and given topics, in bounded time and as scikit-learn does it."""

import time
import zlib

import numpy as np
import orjson
import pytest

from studio.errors import BadUserArgument, ModuleExecutionError
from studio.model.cleaning import CleanText, lemma
from studio.model.encoder import Encoder
from studio.model.row_encoder import MAX_TEXT_CELLS, RowEncoder
from studio.model.texts import (
    FREQUENCY,
    HashedText,
    TopicText,
    VocabularyText,
    grams,
    text_from_json,
    text_to_json,
    words,
)
from studio.model.tokens import MAX_CHARACTERS
from tests.builders import call_module, dataset, load_packed, train_on
from tests.unit.test_travelling_modules import CASES, reviews, same, score_file, score_rows, through

EVERYTHING = CleanText(
    pattern=r"#(\w+)",
    replacement="$1",
    contractions=True,
    urls=True,
    emails=True,
    slashes=True,
    sentences=True,
    numbers=True,
    special=True,
    duplicates=True,
    lower=True,
    split=True,
    lemmas=True,
    stop_words=("the", "is"),
)


@pytest.mark.parametrize(
    "rules, text, cleaned",
    [
        ({"contractions": True}, "I won't, they're and it's", "I will not, they are and it's"),
        ({"urls": True}, "see https://a.b/c?d=e now www.x.org", "see now"),
        ({"emails": True}, "mail (me.too@example.org) now a@b", "mail now a@b"),
        ({"numbers": True}, "in 1999 1,000.50 3rd +5%", "in 3rd"),
        ({"sentences": True}, "One. Two! three", "One. ||| Two! ||| three"),
        ({"special": True}, "a-b_c & d!", "a b c d"),
        ({"split": True}, "a-b", "a - b"),
        ({"duplicates": True}, "soooo gooood", "soo good"),
        ({"slashes": True}, "a\\b", "a/b"),
        ({"stop_words": ("the",)}, "The cat THE", "cat"),
        ({"pattern": r"(\d)-(\d)", "replacement": r"\2$1"}, "1-2 x", "21 x"),
        ({"lower": True}, "   ", None),
    ],
)
def test_each_rule_cleans(rules, text, cleaned):
    assert CleanText(**rules).apply(text) == cleaned
    assert CleanText(**rules).apply(None) is None


def test_all_rules_together_and_words_lose_their_endings():
    text = "The #cities WON'T be stopped! Visit http://x.y/z or a.b@c.org. 12,5 boxes"
    assert EVERYTHING.apply(text) == "city will not be stop ||| visit or ||| box"
    found = {
        word: lemma(word)
        for word in ("hopping", "hoping", "visited", "falling", "classes", "tried", "used", "bus", "this", "agreed")
    }
    assert list(found.values()) == ["hop", "hope", "visit", "fall", "class", "try", "used", "bus", "this", "agreed"]


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "text",
    ["a" * 10**6, "1,1" * 10**6, "a@" * 10**6, "a'" * 10**6, "." * 10**6, "a. " * 10**6, "www." * 10**6, "n't" * 10**6],
    ids=["letters", "digits", "mail", "quotes", "dots", "sentences", "addresses", "negations"],
)
def test_no_text_keeps_a_process_busy(text):
    started = time.process_time()
    cleaned = EVERYTHING.apply(text)
    HashedText(10, 2).vectors([text, cleaned])
    assert time.process_time() - started < 2
    assert cleaned is None or len(cleaned) < 2 * MAX_CHARACTERS + 10


def test_grams_are_all_sequences_and_with_skips_some_words_are_left_out():
    assert list(grams(["a", "b", "c"], 2)) == ["a", "b", "c", "a_b", "b_c"]
    assert list(grams(["a", "b", "c"], 2, 1)) == ["a", "b", "c", "a_b", "a_c", "b_c"]
    assert words("It's 2nd-hand, isn't it? naïve") == ["It's", "2nd-hand", "isn't", "it", "naïve"]


def test_texts_are_counted_in_buckets_or_weighed():
    hashed = HashedText(6, 2)
    (row,) = hashed.vectors(["good good day"])
    assert row.sum() == 5
    assert row[zlib.crc32(b"good") & 63] >= 2
    assert not hashed.vectors([None, ""]).any()
    weighed = VocabularyText(("good", "day"), (0.5, 2.0), 1, 0, "TF-IDF Weight", 1, 25, False)
    assert weighed.vectors(["good good day", "bad", None]).tolist() == [[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]]
    (normal,) = VocabularyText(("good", "day"), (0.5, 2.0), 1, 0, FREQUENCY, 1, 25, True).vectors(["good good day"])
    np.testing.assert_allclose(normal, np.array([2, 1]) / np.sqrt(5))


def test_topics_are_those_of_scikit_learn():
    from sklearn.decomposition import LatentDirichletAllocation

    vocabulary = tuple("abcdefgh")
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcd" if row % 2 else "efgh"), 20)) for row in range(30)]
    counted = VocabularyText(vocabulary, (0.0,) * 8, 1, 0, FREQUENCY, 1, 25, False)
    model = LatentDirichletAllocation(2, doc_topic_prior=0.1, topic_word_prior=0.1, max_iter=5, random_state=0)
    expected = model.fit_transform(counted.vectors(texts))
    topics = TopicText(counted, tuple(map(tuple, model.components_.tolist())), 0.1, 40, True)
    np.testing.assert_allclose(topics.vectors(texts), expected, atol=1e-3)
    assert topics.vectors([None]).tolist() == [[0.5, 0.5]]


LEAST = "Minimum n-gram document absolute frequency"
OPERATIONS = [
    HashedText(3, 2),
    VocabularyText(("nan", "inf"), (0.5, 1.0), 2, 1, FREQUENCY, 1, 25, True),
    TopicText(HashedText(1, 1), ((0.5, 0.25), (1.0, 2.0)), 0.1, 5, False),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: type(item).__name__)
def test_operations_on_texts_are_kept_as_json(operation):
    assert text_from_json(orjson.loads(orjson.dumps(text_to_json(operation)))) == operation


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "value",
    [
        {"text": "HashedText", "bits": 31, "size": 1},
        {"text": "HashedText", "bits": 3, "size": 10**9},
        {"text": "TopicText", "counted": text_to_json(HashedText(1, 1)), "topics": [[1.0]], "prior": 1, "rounds": 1}
        | {"normalize": True},
        text_to_json(OPERATIONS[2]) | {"rounds": 10**9},
        text_to_json(OPERATIONS[1]) | {"inverse": []},
        text_to_json(OPERATIONS[1]) | {"skip": 1, "size": 10},
        {"text": "Path"},
    ],
)
def test_operations_that_would_take_memory_or_time_are_refused(value):
    with pytest.raises((KeyError, TypeError, ValueError)):
        text_from_json(value)


@pytest.fixture(scope="module")
def trained():
    return train_on("Two-Class Logistic Regression", through(CASES["Words"], reviews()))


def test_an_encoder_with_texts_is_kept_and_one_without_is_as_before(trained):
    kept = trained.encoder.to_json()
    assert Encoder.from_json(orjson.loads(orjson.dumps(kept))) == trained.encoder
    plain = train_on("Two-Class Logistic Regression", reviews().select(["price", "bought"])).encoder
    assert "texts" not in plain.to_json()


@pytest.mark.attack("Size and time")
def test_a_request_of_many_short_texts_does_not_fill_the_memory(trained):
    encoder = RowEncoder(trained.encoder)
    row = ["x"] * len(encoder.sources)
    rows = [row] * (MAX_TEXT_CELLS // encoder.width + 1)
    with pytest.raises(BadUserArgument, match=r"Send at most [\d,]+ rows at once"):
        encoder.encode(rows)
    long = ["x " * MAX_CHARACTERS if column.name == "review" else "1" for column in encoder.sources]
    with pytest.raises(BadUserArgument, match=r"Send at most 2,000,000 at once"):
        encoder.encode([long] * 21)
    whole, _ = encoder.encode([["x" if cell != "1" else "1" for cell in long]] * 21)
    assert len(whole) == 21


def test_a_large_file_is_counted_in_pieces(trained, monkeypatch):
    import studio.model.batches

    model = load_packed(trained)
    names = [column.name for column in model.encoder.sources]
    data = reviews(seed=3)
    rows = [["" if cell is None else str(cell) for cell in row] for row in zip(*map(data.cells, names), strict=True)]
    whole = score_file(model, rows)
    monkeypatch.setattr(studio.model.batches, "MAX_MATRIX_CELLS", model.file.encoder.width * 7)
    for one, other in zip(score_file(model, rows), whole, strict=True):
        assert all(same(*pair) for pair in zip(one, other, strict=True))
    assert len(score_rows(model, rows)) == len(whole)


def test_the_vocabulary_is_that_of_frequent_words_and_may_be_chosen_by_the_label():
    data = dataset("text,label\n" + "good day,yes\ngood night,yes\nbad day,no\nbad night,no\n" * 5)
    given = {"Text column": "text", LEAST: 2}
    chosen = {"Target column": "label", "Number of desired features": 2, "N-Grams size": 2}
    found, vocabulary = call_module("Extract N-Gram Features from Text", {"Dataset": data}, **given, **chosen)
    assert found.names == ["text", "label", "text.[bad]", "text.[good]"]
    assert list(vocabulary.rows()) == [(0, "bad", 10, np.log(2)), (1, "good", 10, np.log(2))]
    read = {"Dataset": dataset("text\nbad bad\n"), "Input vocabulary": vocabulary}
    again, _ = call_module("Extract N-Gram Features from Text", read, **given, **{"Vocabulary mode": "ReadOnly"})
    assert next(again.rows()) == ("bad bad", 1, 0)
    with pytest.raises(ModuleExecutionError, match=r"0003.*needs a vocabulary"):
        call_module("Extract N-Gram Features from Text", {"Dataset": data}, **given, **{"Vocabulary mode": "Merge"})
    with pytest.raises(ModuleExecutionError, match=r"0080.*frequent enough"):
        call_module("Extract N-Gram Features from Text", {"Dataset": data}, **given | {LEAST: 99})


def test_the_words_of_a_list_at_the_port_are_removed_and_a_bad_pattern_is_explained():
    data = dataset("t\nThe quick brown fox\n")
    words_ = dataset("w\nquick\nFOX\n")
    found = call_module("Preprocess Text", {"Dataset": data, "Stop words": words_})[0]
    assert found.cells("Preprocessed t") == ["the brown"]
    with pytest.raises(ModuleExecutionError, match=r"0002.*look-ahead"):
        call_module("Preprocess Text", {"Dataset": data}, **{"Custom regular expression": "(?=a)"})
