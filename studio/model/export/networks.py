"""Neural networks: alternating matrix products and activations."""

from typing import Any

from studio.model.export.inputs import LearnerInputs

ACTIVATIONS = {"logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "softmax": "Softmax"}


def export_network(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a multi-layer perceptron: probabilities of a classifier, predictions of a regressor."""
    build, values = inputs.build, inputs.dense
    layers = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    for number, (weights, bias) in enumerate(layers):
        product = build.node("MatMul", values, build.constant(weights))
        values = build.node("Add", product, build.constant(bias.reshape(1, -1)))
        activation = estimator.activation if number < len(layers) - 1 else estimator.out_activation_
        if activation != "identity":
            values = build.node(ACTIVATIONS[activation], values)
    return values
