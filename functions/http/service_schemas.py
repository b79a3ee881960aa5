"""JSON Schemas of what pages about web services, endpoints and models show, by name, beside those of schemas.py."""

from typing import Any

from functions.http.schemas import (
    ANY_OBJECT,
    CELL,
    FLAG,
    NAMES,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    WHOLE,
    WHOLE_OR_TEXT,
    Schema,
    by_name,
    ref,
    request,
    response,
)

COLUMN: Schema = response(Name=TEXT, Type=TEXT)
PLACE: dict[str, Schema] = {
    "WebServiceId": TEXT_OR_NULL,
    "WebService": TEXT_OR_NULL,
    "EndpointId": TEXT_OR_NULL,
    "Endpoint": TEXT_OR_NULL,
}
CELLS: Schema = by_name(CELL)

ASKED = {"Rows": {"type": "integer", "minimum": 0, "maximum": 500}, "Pairs": {"type": "integer", "minimum": 0}}
DETAILS: Schema = {
    "anyOf": [FLAG, request(**ASKED, Threshold={"type": "number", "minimum": 0, "maximum": 1}), {"type": "null"}],
    "description": "What to tell beside the metrics: true, or how many rows and pairs, and the threshold.",
}
VERSION: Schema = request("Name", Name=TEXT, Version=WHOLE_OR_TEXT | {"description": "The latest if omitted."})
SCORED: Schema = response(Label=TEXT_OR_NULL, Score=NUMBER)
COMPARED: dict[str, Schema] = {
    "RowsOf": TEXT,
    "Rows": WHOLE,
    "Confidence": NUMBER,
    "Note": TEXT_OR_NULL,
    "Metrics": ref("ComparedMetric[]"),
}
MATRIX: Schema = {"type": ["array", "null"], "items": {"type": "array", "items": WHOLE}}

COUNTS: dict[str, Schema] = {
    "Calls": WHOLE,
    "Failed": WHOLE,
    "P50": NUMBER_OR_NULL | {"description": "Half of the calls took so many milliseconds at most."},
    "P95": NUMBER_OR_NULL,
    "P99": NUMBER_OR_NULL,
}
HOURS: Schema = {"type": "array", "items": WHOLE, "description": "Calls in each of the last 24 hours."}

SERVICE_SCHEMAS: dict[str, Any] = {
    "ComparisonWanted": DETAILS,
    "ModelCompareRequest": request(
        "New",
        "InUse",
        New=VERSION,
        InUse=VERSION,
        HeldBackData=TEXT_OR_NULL,
        Details=ref("ComparisonWanted"),
        Intervals=FLAG,
    ),
    "ModelComparison": response(
        New=response(Name=TEXT, Version=WHOLE),
        InUse=response(Name=TEXT, Version=WHOLE),
        **COMPARED,
        Details=ref("ComparisonDetails"),
    )
    | {"required": ["New", "InUse", *COMPARED]},
    "ComparisonDetails": response(
        Task=TEXT,
        Label=TEXT,
        Labels=NAMES,
        Threshold=NUMBER,
        Changed={
            "type": ["integer", "null"],
            "description": "The number of rows with another label; null for numbers.",
        },
        Sides={
            "type": "array",
            "items": response(From=TEXT, To=TEXT, Rows=WHOLE, NowRight=WHOLE, BeforeRight=WHOLE),
        },
        Rows={
            "type": "array",
            "items": response(
                Row=WHOLE | {"description": "Its number in the file, from 1."},
                Inputs={"type": ["object", "null"], "additionalProperties": TEXT_OR_NULL},
                Truth=CELL,
                New=SCORED,
                InUse=SCORED,
            ),
        },
        Pairs=response(
            New={"type": "array", "items": NUMBER},
            InUse={"type": "array", "items": NUMBER},
            Truth={"type": "array", "items": CELL},
        ),
        Confusion=response(New=MATRIX, InUse=MATRIX),
        Evaluations=response(New=ANY_OBJECT, InUse=ANY_OBJECT),
    ),
    "ModelVersionDetails": response(
        Name=TEXT,
        Version=WHOLE,
        Model=TEXT,
        JobId=TEXT_OR_NULL,
        CreationTime=TIME,
        Metrics=ANY_OBJECT,
        Lineage=ANY_OBJECT,
        Task=TEXT,
        Learner=TEXT,
        Properties=ANY_OBJECT,
        Label=TEXT_OR_NULL,
        Labels=NAMES,
        Runtime=TEXT,
        RuntimeReason=TEXT_OR_NULL,
        Inputs={"type": "array", "items": COLUMN},
        Outputs={"type": "array", "items": COLUMN},
        Summary=ANY_OBJECT,
        Size=WHOLE | {"description": "Bytes of the file."},
        UsedBy={"type": "array", "items": response(WebServiceId=TEXT, EndpointId=TEXT, Endpoint=TEXT)},
        UsedByCount=WHOLE,
    ),
    "ModelEvaluation": response(
        name=TEXT,
        version=WHOLE,
        task=TEXT,
        label=response(name=TEXT, type=TEXT),
        labels=NAMES,
        metrics=ANY_OBJECT,
        details=ANY_OBJECT | {"description": "As in a trained model's evaluation.json."},
        importances=ANY_OBJECT,
    ),
    "PolicySummary": response(
        **PLACE,
        TrainingServiceId=TEXT,
        TrainingService=TEXT_OR_NULL,
        Trigger=TEXT,
        TrainingData=TEXT_OR_NULL,
        Metric=TEXT_OR_NULL,
        HeldBackData=TEXT_OR_NULL,
        UpdatedAt=TIME,
        NextRun=TIME_OR_NULL,
        LastRun=TIME_OR_NULL,
        LastRunId=TEXT_OR_NULL,
        Skipped=TEXT_OR_NULL,
    ),
    "HourMetrics": response(
        Start=TIME,
        **COUNTS,
        Peak=WHOLE,
        FiveMinutes={"type": "array", "items": WHOLE},
        FailedFiveMinutes={"type": "array", "items": WHOLE},
    ),
    "EndpointMetrics": response(
        Hours=WHOLE,
        **COUNTS,
        Errors=by_name(WHOLE),
        Peak=WHOLE,
        PeakHour=TIME_OR_NULL,
        ByHour=ref("HourMetrics[]"),
    ),
    "TrafficRequest": request(
        Shares={
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 100},
            "description": "Percents by the deployment's name, `current` for the endpoint's own models; 100 in sum.",
        },
        Models=by_name({"type": "array", "items": ref("CandidateModel")}),
        Key={"type": ["object", "null"], "properties": {"Header": TEXT, "Column": TEXT}},
        Promote=TEXT_OR_NULL | {"description": "The deployment whose models become the current ones."},
        Why=TEXT_OR_NULL,
    ),
    "CandidateModel": request(
        "Name",
        Name=TEXT | {"description": "The name of the endpoint's model that it may replace."},
        Location=ref("BlobReference"),
        Version={"type": ["integer", "string", "null"], "description": "A registered version, or `latest`."},
        JobId=TEXT_OR_NULL | {"description": "The training job that made it."},
        Model=TEXT | {"description": "The name it is registered under, if not `Name`."},
    ),
    "DeploymentModel": response(Name=TEXT, Version=WHOLE, Model=TEXT),
    "EndpointDeployment": response(Name=TEXT, Share=WHOLE, Models=ref("DeploymentModel[]"), **COUNTS),
    "EndpointTraffic": response(
        Hours=WHOLE,
        Key={
            "anyOf": [
                {"type": "object", "properties": {"Header": TEXT, "Column": TEXT}, "additionalProperties": False},
                {"type": "null"},
            ]
        },
        Deployments=ref("EndpointDeployment[]"),
    ),
    "ServiceTraffic": response(WebServiceId=TEXT, WebService=TEXT_OR_NULL, **COUNTS, ByHour=HOURS),
    "Traffic": response(**COUNTS, ByHour=HOURS, WebServices=ref("ServiceTraffic[]")),
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
        Traffic=ref("Traffic"),
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
