"""The recommender: ratings learned, served by the graph, and turned into recommendations."""

import numpy as np
import pytest

from studio.errors import ModuleExecutionError
from studio.model.export.graphs import export_graph
from studio.model.packaging import check_parity
from tests.builders import call_module, clean_people, dataset, load_packed, score_file, score_rows, train_on

TRIPLES = "Training dataset of user-item-rating triples"
MODEL, DATA = "Trained Matchbox recommender", "Dataset to score"
KIND, SELECTION = "Recommender prediction kind", "Recommended item selection"


def ratings_csv(seed=0, share=0.7):
    """Users of even number like items of even number, the others those of odd number; some pairs are not rated."""
    rng = np.random.default_rng(seed)
    lines = ["user,item,stars"]
    for user in range(30):
        for item in range(12):
            if rng.random() < share:
                lines.append(f"u{user},{item},{(4.6 if user % 2 == item % 2 else 1.6) + rng.normal(0, 0.3):.2f}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def model():
    return call_module("Train Matchbox Recommender", {TRIPLES: dataset(ratings_csv())}, **{"Number of traits": 3})[0]


def scored(model, csv, extra=None, **given):
    return call_module("Score Matchbox Recommender", {MODEL: model, DATA: dataset(csv), **(extra or {})}, **given)[0]


def test_ratings_are_in_the_graph_and_strangers_get_what_is_known_of_the_other_side(model):
    assert check_parity(model, export_graph(model), []).holds
    loaded = load_packed(model)
    assert loaded.file.manifest.runtime == "onnx"
    rows = [["u0", "0"], ["u0", "1"], ["stranger", "1"], ["", ""]]
    found = score_rows(loaded, rows)
    assert found[0][-1] > 4 > 2.5 > found[1][-1]
    assert 1 < found[3][-1] < 5
    np.testing.assert_allclose([row[-1] for row in found], [float(row[-1]) for row in score_file(loaded, rows)])
    pairs = scored(model, "user,item\nu0,0\nu0,1\n", **{KIND: "Rating Prediction"})
    assert pairs.names == ["User", "Item", "Rating"]
    np.testing.assert_allclose(pairs.cells("Rating"), [row[-1] for row in found[:2]])


def test_items_are_recommended_from_all_rated_or_unrated_ones(model):
    best = scored(model, "user\nu0\nu1\n", **{SELECTION: "From All Items"})
    assert best.names == ["User", *(f"Item {place}" for place in range(1, 6))]
    for user, *items in best.rows():
        assert {int(item) % 2 for item in items} == {int(user[1:]) % 2}
    few = scored(
        model,
        "user,item\nu0,3\nu0,4\nu1,5\n",
        **{"Whether to return the predicted ratings of the items along with the labels": True},
    )
    assert list(few.rows()) == [("u0", "4", pytest.approx(4.5, abs=1), "3", pytest.approx(1.5, abs=1))]
    training = dataset("user,item,stars\nu0,0,5\nu0,2,5\nu0,4,5\nu0,6,5\nu0,8,5\n")
    new = scored(
        model,
        "user\nu0\n",
        {"Training data": training},
        **{SELECTION: "From Unrated Items (to suggest new items to users)"},
    )
    assert new.cells("Item 1") == ["10"]
    with pytest.raises(ModuleExecutionError, match=r"0003.*port 'Training data'"):
        scored(model, "user\nu0\n", **{SELECTION: "From Unrated Items (to suggest new items to users)"})


def test_users_and_items_are_related_to_those_alike(model):
    users = scored(model, "user\nu3\nnobody\n", **{KIND: "Related Users"})
    first, second = users.rows()
    assert all(int(user[1:]) % 2 for user in first[1:])
    assert second[1:] == (None,) * 5
    items = scored(
        model, "item\n4\n", **{KIND: "Related Items", "Maximum number of related items to find for an item": 2}
    )
    assert all(int(item) % 2 == 0 for item in next(items.rows())[1:])


def test_recommendations_are_evaluated(model):
    test = dataset(ratings_csv(seed=9, share=0.5))
    errors = call_module(
        "Evaluate Recommender",
        {
            "Test dataset": test,
            "Scored dataset": scored(model, ratings_csv(seed=9, share=0.5), **{KIND: "Rating Prediction"}),
        },
    )[0]
    assert errors.names == ["MAE", "RMSE"]
    assert errors.cells("MAE")[0] < errors.cells("RMSE")[0] < 0.6
    ranked = scored(model, ratings_csv(seed=9, share=0.5))
    gains = call_module("Evaluate Recommender", {"Test dataset": test, "Scored dataset": ranked})[0]
    assert gains.cells("NDCG")[0] > 0.95


def test_what_cannot_be_rated_is_explained(model):
    for csv, number in (("a,b\n1,2\n", "0022"), ("u,i,r\na,b,good\n", "0018"), ("u,i,r\na,b,\n", "0021|0018")):
        with pytest.raises(ModuleExecutionError, match=number):
            call_module("Train Matchbox Recommender", {TRIPLES: dataset(csv)})
    with pytest.raises(ModuleExecutionError, match="0034"):
        call_module("Train Matchbox Recommender", {TRIPLES: dataset("u,i,r\na,b,1\na,b,2\n")})
    other = train_on("Two-Class Logistic Regression", clean_people(60))
    with pytest.raises(ModuleExecutionError, match="0013"):
        scored(other, "user\na\n")
