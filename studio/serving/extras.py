"""What a scoring request has beside its rows: several deployments, a prediction log, explanations."""

from collections.abc import Mapping
from typing import NamedTuple

from studio.monitoring.collector import Noting
from studio.serving.app import App
from studio.serving.explainers import Explainers
from studio.serving.routing import Routing
from studio.serving.snapshots import Snapshot


class Extras(NamedTuple):
    """The extras of one request; each is None for most requests.

    Parameters
    ----------
    routing
        Which deployments answer, if the endpoint has several; None for its current models.
    noting
        Notes the rows and their scores in the prediction log; None if the endpoint has none.
    explainers
        What explains the scores, in columns after them; None if they are not explained.
    """

    routing: Routing | None = None
    noting: Noting | None = None
    explainers: Explainers | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the response says of them."""
        headers = self.routing.headers if self.routing is not None else {}
        return headers | self.noting.headers if self.noting is not None else headers


NO_EXTRAS = Extras()


def read_extras(app: App, snapshot: Snapshot, headers: Mapping[str, str], params: Mapping[str, str]) -> Extras:
    """Return the extras of a request.

    Raises
    ------
    BadArgument, InvalidOperation
        If `explain` is no flag, or the scores of the web service cannot be explained.
    """
    endpoint, router = snapshot.endpoint, snapshot.router
    if router is None and endpoint.prediction_log is None and "explain" not in params:
        return NO_EXTRAS
    return Extras(
        None if router is None else router.routing(headers),
        None if endpoint.prediction_log is None else app.predictions.noting(endpoint, headers),
        app.explainers.wanted(snapshot.definition, params["explain"]) if "explain" in params else None,
    )
