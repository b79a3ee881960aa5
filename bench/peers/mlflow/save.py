"""Saves a pipeline as an MLflow model with its signature: `python save.py model.joblib people.csv folder`."""

import sys

import joblib
import mlflow
import pandas as pd

pipeline = joblib.load(sys.argv[1])
inputs = pd.read_csv(sys.argv[2], na_values="?").drop(columns="income").head(100)
# In a signature, numbers that may be missing have to be doubles.
inputs = inputs.astype(dict.fromkeys(inputs.select_dtypes("number").columns, "float64"))
signature = mlflow.models.infer_signature(inputs, pipeline.predict_proba(inputs))
mlflow.sklearn.save_model(
    pipeline,
    sys.argv[3],
    signature=signature,
    serialization_format="cloudpickle",
    pyfunc_predict_fn="predict_proba",
)
