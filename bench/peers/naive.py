"""The script that batch scoring is compared with: `python naive.py model.joblib rows.csv scored.csv`."""

import json
import resource
import sys
import time

import joblib
import pandas as pd


def main() -> None:
    """Read, score, write; print the seconds, excluding imports, and the peak memory."""
    pipeline = joblib.load(sys.argv[1])
    started = time.perf_counter()
    data = pd.read_csv(sys.argv[2], na_values="?")
    scores = pipeline.predict_proba(data)[:, 1]
    data["Scored Labels"] = pd.Series(scores >= 0.5).map({False: "<=50K", True: ">50K"})
    data["Scored Probabilities"] = scores
    data.to_csv(sys.argv[3], index=False)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
