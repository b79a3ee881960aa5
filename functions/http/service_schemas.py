"""JSON Schemas of what pages about web services, endpoints and models show, by name, beside those of schemas.py."""

from typing import Any

from functions.http.schemas import (
    ANY_OBJECT,
    CELL,
    FLAG,
    NAMES,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    WHOLE,
    Schema,
    ref,
)
from functions.http.schemas import _by_name as by_name
from functions.http.schemas import _response as response

COLUMN: Schema = response(Name=TEXT, Type=TEXT)
PLACE: dict[str, Schema] = {
    "WebServiceId": TEXT_OR_NULL,
    "WebService": TEXT_OR_NULL,
    "EndpointId": TEXT_OR_NULL,
    "Endpoint": TEXT_OR_NULL,
}
CELLS: Schema = by_name(CELL)

SERVICE_SCHEMAS: dict[str, Any] = {
    "RunningWork": response(
        Kind={"enum": ["job", "run", "pipeline", "challenge"]},
        Id=TEXT,
        Name=TEXT_OR_NULL,
        **PLACE,
        StartTime=TIME,
        Progress=response(done=WHOLE, total=WHOLE, step=TEXT, rows=WHOLE),
    ),
    "EndedWork": response(
        Kind={"enum": ["job", "run", "pipeline", "challenge", "swap"]},
        Id=TEXT,
        Name=TEXT_OR_NULL,
        **PLACE,
        State={"enum": ["Finished", "Failed", "Cancelled"]},
        StartTime=TIME,
        EndTime=TIME,
        Rows=WHOLE,
        Details=TEXT_OR_NULL,
        More=ANY_OBJECT | {"description": "Of a challenge its outcome, of a swap the versions, who made it, and how."},
    ),
    "DueWork": response(
        Kind={"enum": ["policy", "trigger", "pipeline"]}, Name=TEXT_OR_NULL, **PLACE, At=TIME, Skipped=TEXT_OR_NULL
    ),
    "Activity": response(
        Counts=by_name(WHOLE),
        Running=ref("RunningWork[]"),
        Waiting=response(job=WHOLE, run=WHOLE, challenge=WHOLE),
        Ended=ref("EndedWork[]"),
        MoreEnded=FLAG,
        Due=ref("DueWork[]"),
    ),
    "FormColumn": response(
        Name=TEXT,
        Type=TEXT,
        Kind={"enum": ["number", "integer", "boolean", "time", "category", "text"]},
        Used=FLAG | {"description": "Whether a model takes it; the others may be left empty."},
        Values=NAMES | {"description": "The categories known from training, at most 300."},
        ValueCount=WHOLE,
        Minimum=CELL,
        Maximum=CELL,
        Typical=CELL,
        Format=TEXT_OR_NULL,
    ),
    "FormInput": response(
        Name=TEXT,
        Columns=ref("FormColumn[]"),
        Typical=CELLS | {"description": "A row of typical values."},
        Samples={"type": "array", "items": CELLS},
    ),
    "FormParameter": response(
        Name=TEXT,
        Module=TEXT,
        Property=TEXT,
        Kind=TEXT,
        Required=FLAG,
        Default={},
        Minimum=NUMBER_OR_NULL,
        Maximum=NUMBER_OR_NULL,
        Choices=NAMES,
    ),
    "FormOutput": response(
        Name=TEXT,
        Kind={"enum": ["dataset", "model"]},
        Resource=TEXT_OR_NULL,
        Columns={"type": "array", "items": COLUMN},
        Append=FLAG,
        AppendParameter=TEXT_OR_NULL,
    ),
    "FormModel": response(
        Name=TEXT,
        Version=WHOLE,
        Model=TEXT,
        Task=TEXT,
        Label=TEXT_OR_NULL,
        Labels=NAMES,
        Runtime=TEXT,
        InBrowser=FLAG | {"description": "Whether `…/model` gives it to a scorer elsewhere."},
        WhyNot=TEXT_OR_NULL,
    ),
    "EndpointForm": response(
        WebService=TEXT,
        Endpoint=TEXT,
        Kind={"enum": ["predictive", "training"]},
        Ranges=FLAG | {"description": "Whether the models know the ranges of their training rows."},
        Inputs=ref("FormInput[]"),
        Parameters=ref("FormParameter[]"),
        Outputs=ref("FormOutput[]"),
        Models=ref("FormModel[]"),
    ),
}
