"""An MLServer runtime that takes rows as a pandas request and returns probabilities."""

import os

import joblib
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, PandasCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Scorer(MLModel):
    """Scores rows with the pipeline that PEER_MODEL names."""

    async def load(self) -> bool:
        """Load the model."""
        self.pipeline = joblib.load(os.environ["PEER_MODEL"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Return the probability of each row."""
        data = PandasCodec.decode_request(payload)
        scores = np.asarray(self.pipeline.predict_proba(data)[:, 1])
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("probabilities", scores)])
