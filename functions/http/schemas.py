"""JSON Schemas of requests and responses, by name, as in `components` of /openapi.json.

Those of experiment documents are made from the palette: studio/graph/json_schema.py.

A response's schema lists exactly the properties that the response has; a request's lists those that are read.
"""

from typing import Any

from studio.graph.contract import Kind

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}
FILE: Schema = {"type": "string", "format": "binary"}
ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
TIME: Schema = {"type": "string", "format": "date-time"}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
FLAG_OR_TEXT: Schema = {"type": ["boolean", "string"], "description": "true or false, also as a string."}
WHOLE_OR_TEXT: Schema = {"type": ["integer", "string"]}
JOB_STATES = ["NotStarted", "Running", "Failed", "Cancelled", "Finished"]
NAMES: Schema = {"type": "array", "items": TEXT}
WORK_STATES = ["NotStarted", "Queued", "Running", "Failed", "Cancelled", "Finished"]


def ref(name: str) -> Schema:
    """Return a reference to a named schema; `Name[]` means a list."""
    schema = {"$ref": f"#/components/schemas/{name.removesuffix('[]')}"}
    return {"type": "array", "items": schema} if name.endswith("[]") else schema


def response(**properties: Schema) -> Schema:
    """Return the schema of an object that has all of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def request(*required: str, **properties: Schema) -> Schema:
    """Return the schema of an object that may have these properties, and more."""
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


def by_name(schema: Schema) -> Schema:
    """Return the schema of an object whose values all have one schema."""
    return {"type": "object", "additionalProperties": schema}


def or_null(schema: Schema) -> Schema:
    """Return the schema of what is there, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


CELL: Schema = {"type": ["string", "number", "boolean", "null"]}
TABLE: Schema = request(
    "ColumnNames",
    "Values",
    ColumnNames={"type": "array", "items": TEXT},
    Values={"type": "array", "items": {"type": "array", "items": CELL}},
)
ROWS: Schema = {"type": "array", "items": by_name(CELL)}
CELLS: Schema = {"type": "array", "items": {"type": "array", "items": CELL}}
NUMBERS: Schema = {"type": "array", "items": WHOLE, "description": "The number of each row in the table, from 0."}
TABLE_SUMMARY: dict[str, Schema] = {
    "rows": WHOLE,
    "columnCount": WHOLE,
    "columns": ref("ColumnSummary[]"),
    "preview": CELLS | {"description": "The first rows, at most 100."},
    "rowsKept": WHOLE | {"description": "How many rows can be listed."},
    "columnsKept": WHOLE | {"description": "How many columns have statistics and are in the rows."},
}
PARAMETERS: Schema = {"type": ["object", "null"], "description": "Web service parameters by name."}
WORK_STATUS = response(
    StatusCode={"enum": WORK_STATES},
    StatusDetail=TEXT_OR_NULL,
    CreationTime=TIME,
    StartTime=TIME_OR_NULL,
    EndTime=TIME_OR_NULL,
)
PROGRESS = {"done": WHOLE, "total": WHOLE, "step": TEXT, "rows": WHOLE}
RUN: dict[str, Schema] = {
    "RunId": ID,
    "Experiment": TEXT,
    "Status": WORK_STATUS,
    "Progress": response(**PROGRESS),
}
VERSION_RUNS: dict[str, Schema] = {
    "Runs": WHOLE,
    "LatestRun": or_null(ref("LatestRun")),
    "Metric": or_null(ref("MainMetric")),
}
SETTINGS: dict[str, Schema] = {
    "Description": {"type": ["string", "null"], "maxLength": 2000},
    "ThrottleLevel": {"enum": ["Low", "High", None]},
    "MaxConcurrentCalls": {
        "type": ["integer", "string", "null"],
        "description": "1 to 200; always 4 with ThrottleLevel Low.",
    },
    "PreventUpdate": {"type": ["boolean", "string", "null"]},
    "DiagnosticsTraceLevel": {"enum": ["None", "Error", "All", None]},
}

GATE: dict[str, Schema] = {
    "Metric": TEXT,
    "HeldBackData": TEXT,
    "Better": {"type": "number", "minimum": 0},
    "AtMostWorse": {"type": "number", "minimum": 0},
    "MinimumRows": {"type": "integer", "minimum": 0},
}
POLICY: dict[str, Schema] = {
    "TrainingService": TEXT | {"description": "Id or name of the training web service."},
    "Resource": TEXT_OR_NULL,
    "Trigger": request(
        "Type",
        Type={"enum": ["Upload", "Schedule", "Rows", "Drift"]},
        Recurrence=ANY_OBJECT,
        Rows={"type": "integer", "minimum": 1},
        Metric={"enum": ["PSI", "JensenShannon", "KolmogorovSmirnov", "Missing", "Unseen", "OutOfRange"]},
        Columns=NAMES,
        Threshold={"type": "number", "exclusiveMinimum": 0, "maximum": 100},
        For=request(
            Hours={"type": "integer", "minimum": 1, "maximum": 72},
            Days={"type": "integer", "minimum": 1, "maximum": 30},
        ),
    ),
    "TrainingData": TEXT_OR_NULL,
    "Parameters": PARAMETERS,
    "Gate": request("Metric", "HeldBackData", **GATE),
    "Promotion": {
        "anyOf": [ref("PolicyPromotion"), {"type": "null"}],
        "description": "The plan by which a model that passes the gate is promoted, instead of answering at once.",
    },
}
POLICY_RUNS: dict[str, Schema] = {
    "UpdatedAt": TIME,
    "NextRun": TIME_OR_NULL,
    "LastRun": TIME_OR_NULL,
    "LastRunId": TEXT_OR_NULL,
    "Skipped": TEXT_OR_NULL,
}
DETAIL: dict[str, Schema] = {
    "code": TEXT,
    "message": TEXT,
    "target": TEXT | {"description": "The input, parameter, column or module that is wrong."},
    "module": TEXT | {"description": "In an experiment: the title of the module."},
    "port": TEXT | {"description": "In an experiment: the name of the module's port."},
    "property": TEXT | {"description": "In an experiment: the name of the module's property."},
    "number": TEXT | {"description": "The number of the original's module error, such as 0105."},
}
STUDIO_TIME: Schema = {"type": ["string", "null"], "description": "`/Date(milliseconds since 1970)/`."}
LOCATION = response(
    BaseUri=TEXT,
    Size=WHOLE,
    Name=TEXT,
    EndpointType=TEXT,
    CredentialContainer=TEXT,
    AccessCredential=TEXT,
    Location=TEXT,
    FileType=TEXT,
    IsAuxiliary=FLAG,
)
TOKENS = response(PrimaryToken=TEXT, SecondaryToken=TEXT)
ASSET: dict[str, Schema] = {
    "Id": TEXT,
    "Name": TEXT,
    "DataTypeId": TEXT,
    "Description": TEXT,
    "FamilyId": TEXT,
    "IsLatest": FLAG,
    "Batch": WHOLE,
    "ExperimentId": TEXT_OR_NULL,
    "Owner": TEXT,
    "PromotedFrom": TEXT_OR_NULL,
    "ResourceUploadId": TEXT_OR_NULL,
    "SourceOrigin": TEXT,
    "Size": WHOLE,
    "CreatedDate": STUDIO_TIME,
    "ClientVersion": TEXT_OR_NULL,
    "ServiceVersion": WHOLE,
    "Category": TEXT,
    "IsDeprecated": FLAG,
}
STUDIO_EXPERIMENT: dict[str, Schema] = {
    "ExperimentId": TEXT,
    "RunId": TEXT_OR_NULL,
    "JobId": TEXT_OR_NULL,
    "VersionId": TEXT,
    "IsArchived": FLAG,
    "ParentExperimentId": TEXT,
    "OriginalExperimentDocumentationLink": TEXT_OR_NULL,
    "Summary": TEXT,
    "Description": TEXT,
    "Status": response(
        StatusCode=TEXT,
        StatusDetail=TEXT_OR_NULL,
        CreationTime=STUDIO_TIME,
        StartTime=STUDIO_TIME,
        EndTime=STUDIO_TIME,
        Metadata=TEXT_OR_NULL,
    ),
    "Etag": TEXT,
    "Creator": TEXT,
    "IsLeaf": FLAG,
    "DisableNodesUpdate": FLAG,
    "Category": TEXT,
    "Tags": {"type": "array", "items": TEXT},
}

ROWS_PAGE: dict[str, Schema] = {
    "rows": WHOLE,
    "rowsKept": WHOLE,
    "matching": WHOLE | {"description": "How many of the kept rows `where` leaves."},
    "offset": WHOLE,
    "columns": ref("NamedType[]"),
    "values": CELLS,
    "numbers": NUMBERS,
}
SCHEMAS: dict[str, Schema] = {
    "Error": response(
        error=response(
            code=TEXT,
            message=TEXT,
            details={
                "type": "array",
                "minItems": 1,
                "maxItems": 101,
                "items": ref("ErrorDetail"),
            },
        )
    ),
    "ErrorDetail": request("code", "message", **DETAIL) | {"additionalProperties": False},
    "BlobReference": request(
        ConnectionString=TEXT_OR_NULL,
        BaseLocation=TEXT_OR_NULL,
        RelativeLocation=TEXT_OR_NULL,
        SasBlobToken=TEXT_OR_NULL,
    )
    | {"description": "ConnectionString and RelativeLocation, or BaseLocation, RelativeLocation and SasBlobToken."},
    "ScoringRequest": request("Inputs", Inputs=by_name({"anyOf": [TABLE, ROWS]}), GlobalParameters=PARAMETERS),
    "ScoringResponse": response(
        Results=by_name(
            {
                "anyOf": [
                    response(
                        type={"const": "table"},
                        value=response(
                            ColumnNames={"type": "array", "items": TEXT},
                            ColumnTypes={"type": "array", "items": TEXT},
                            Values={"type": "array", "items": {"type": "array", "items": TEXT_OR_NULL}},
                        ),
                    ),
                    {"type": "array", "items": by_name(TEXT_OR_NULL)},
                ]
            }
        )
    ),
    "JobRequest": request(
        Inputs=or_null(by_name(ref("BlobReference"))),
        Outputs=or_null(by_name(ref("BlobReference"))),
        GlobalParameters=PARAMETERS,
        Explain={"type": ["boolean", "string", "null"], "description": "Whether outputs have what columns contribute."},
    ),
    "JobId": ID,
    "JobStatus": response(
        StatusCode={"enum": JOB_STATES},
        Results=or_null(by_name(ref("BlobReference"))),
        Details=TEXT_OR_NULL,
        CreatedAt=TIME,
        StartTime=TIME_OR_NULL,
        EndTime=TIME_OR_NULL,
        Progress=response(**PROGRESS, queued=FLAG),
    ),
    "JobSummary": response(
        JobId=ID,
        WebServiceId=ID,
        WebService=TEXT_OR_NULL,
        Kind={"enum": ["training", "predictive", None]},
        EndpointId=ID,
        Endpoint=TEXT,
        StatusCode={"enum": JOB_STATES},
        Details=TEXT_OR_NULL,
        CreatedAt=TIME,
        StartTime=TIME_OR_NULL,
        EndTime=TIME_OR_NULL,
        Progress=response(**PROGRESS, queued=FLAG),
    ),
    "Endpoint": response(
        Name=TEXT,
        Description=TEXT,
        CreationTime=TIME,
        WorkspaceId=ID,
        WebServiceId=ID,
        HelpLocation=TEXT,
        PrimaryKey=TEXT,
        SecondaryKey=TEXT,
        ApiLocation=TEXT,
        Version=TEXT,
        PreventUpdate=FLAG,
        SampleDataEnabled=FLAG,
        ExperimentLocation=TEXT_OR_NULL,
        MaxConcurrentCalls=WHOLE,
        DiagnosticsTraceLevel=TEXT,
        ThrottleLevel=TEXT,
        Resources={
            "type": "array",
            "items": response(Name=TEXT, Kind=TEXT, Location=ref("BlobReference"), Version=WHOLE, Model=TEXT),
        },
    ),
    "EndpointSettings": request(**SETTINGS),
    "EndpointUpdate": request(
        **SETTINGS,
        Resources={
            "type": ["array", "null"],
            "items": request("Name", "Location", Name=TEXT, Location=ref("BlobReference")),
        },
        Why={"type": ["string", "null"], "maxLength": 2000},
        Gate=request(**GATE),
    ),
    "CompareRequest": request(
        "Resources",
        Resources={
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": request("Name", "Location", Name=TEXT, Location=ref("BlobReference")),
        },
        Gate=request(**GATE),
        Details=ref("ComparisonWanted"),
    ),
    "Comparison": response(
        RowsOf=TEXT,
        Rows=WHOLE,
        Confidence={"type": "number"},
        Note=TEXT_OR_NULL,
        Metrics=ref("ComparedMetric[]"),
        Passed=FLAG,
        Why=TEXT,
        Details=ref("ComparisonDetails"),
    )
    | {"required": ["RowsOf", "Rows", "Confidence", "Note", "Metrics", "Passed", "Why"]},
    "ComparedMetric": response(
        Name=TEXT,
        LessIsBetter=FLAG,
        New=ref("MetricValue"),
        InUse=ref("MetricValue"),
        Difference=ref("MetricValue"),
        Verdict={"enum": ["better", "worse", "no clear difference", None]},
    ),
    "MetricValue": response(Value=NUMBER_OR_NULL, Low=NUMBER_OR_NULL, High=NUMBER_OR_NULL),
    "RefreshRequest": request(OverwriteResources=FLAG_OR_TEXT),
    "RollbackRequest": request(Sequence={"type": ["integer", "null"]}),
    "Change": response(
        Sequence=WHOLE,
        At=TEXT,
        By=TEXT,
        Action=TEXT,
        Why=TEXT,
        Resources={"type": "array", "items": response(Name=TEXT, From=TEXT_OR_NULL, To=TEXT_OR_NULL)},
    ),
    "FactoryDocumentRequest": ANY_OBJECT | {"description": "A Data Factory document, version 1 or 2."},
    "FactoryDocument": request("name", "updatedAt", name=TEXT, properties=ANY_OBJECT, updatedAt=TIME),
    "PipelineParameters": ANY_OBJECT | {"description": "Parameter values by name."},
    "PipelineRunStarted": response(runId=TEXT),
    "RunsStarted": response(runIds={"type": "array", "items": TEXT}),
    "RunFilter": request(
        lastUpdatedAfter=TIME,
        lastUpdatedBefore=TIME,
        filters={
            "type": "array",
            "items": request(
                "operand",
                "operator",
                "values",
                operand={"enum": ["PipelineName", "Status"]},
                operator={"enum": ["Equals", "NotEquals", "In", "NotIn"]},
                values={"type": "array", "items": TEXT},
            ),
        },
    ),
    "PipelineRun": response(
        runId=TEXT,
        runGroupId=TEXT,
        pipelineName=TEXT,
        parameters=by_name(TEXT),
        runDimension=by_name(TEXT),
        invokedBy=response(name=TEXT, invokedByType=TEXT),
        runStart=TIME,
        runEnd=TIME_OR_NULL,
        lastUpdated=TIME,
        durationInMs=WHOLE,
        status=TEXT,
        message=TEXT_OR_NULL,
    ),
    "PipelineRuns": response(value=ref("PipelineRun[]")),
    "ActivityRun": response(
        activityName=TEXT,
        activityType=TEXT,
        activityRunId=TEXT,
        pipelineName=TEXT,
        pipelineRunId=TEXT,
        activityRunStart=TIME_OR_NULL,
        activityRunEnd=TIME_OR_NULL,
        durationInMs={"type": ["integer", "null"]},
        status=TEXT,
        retryAttempt={"type": ["integer", "null"]},
        output=ANY_OBJECT,
        error=ANY_OBJECT,
    ),
    "ActivityRuns": response(value=ref("ActivityRun[]")),
    "PolicyRequest": request("TrainingService", "Gate", **POLICY),
    "Policy": request("TrainingService", "Gate", *POLICY_RUNS, **POLICY, **POLICY_RUNS),
    "FoundPolicy": or_null(ref("Policy")),
    "PolicyTry": request(TrainingData=TEXT_OR_NULL),
    "TrainingStarted": response(JobId=ID),
    "Challenge": response(
        Id=ID,
        StatusCode={"enum": WORK_STATES},
        Details=TEXT_OR_NULL,
        JobId=ID,
        Reason=TEXT,
        Model=TEXT,
        CreationTime=TIME,
        EndTime=TIME_OR_NULL,
        Passed={"type": ["boolean", "null"]},
        Why=TEXT_OR_NULL,
        Metric=TEXT_OR_NULL,
        Challenger=NUMBER_OR_NULL,
        Champion=NUMBER_OR_NULL,
        Rows={"type": ["integer", "null"]},
    ),
    "WebService": response(
        Id=ID,
        Name=TEXT,
        Description=TEXT,
        CreationTime=TIME,
        WorkspaceId=ID,
        DefaultEndpointName=TEXT,
        EndpointCount=WHOLE,
        Kind={"enum": ["training", "predictive"]},
        Experiment=TEXT_OR_NULL
        | {"description": "The name of the experiment when it was published; null if a model was published."},
    ),
    "ExportedWebService": request(
        "Name",
        "Kind",
        "Experiment",
        "Definitions",
        "Endpoints",
        Name=TEXT,
        Description=TEXT,
        Kind={"enum": ["training", "predictive"]},
        Experiment=TEXT,
        Definitions=by_name(ANY_OBJECT),
        Endpoints={
            "type": "array",
            "items": request(
                "Name",
                "Definition",
                "Resources",
                Name=TEXT,
                **SETTINGS,
                Definition=TEXT,
                Resources={
                    "type": "array",
                    "items": request("Name", "Model", Name=TEXT, Model=TEXT, Version=WHOLE),
                },
            ),
        },
    ),
    "ImportedWebService": response(Id=ID, Name=TEXT, Added=NAMES, Kept=NAMES),
    "CodeService": request(Name=TEXT, Type=TEXT, CodeBundle=ANY_OBJECT),
    "ExperimentSummary": request(
        "Name",
        "Version",
        "UpdatedAt",
        Name=TEXT,
        Version=WHOLE,
        UpdatedAt=TIME,
        LatestRun=or_null(ref("LatestRun")),
        Metric=or_null(ref("MainMetric")),
        MetricHistory={"type": "array", "maxItems": 20, "items": NUMBER_OR_NULL},
    )
    | {"additionalProperties": False},
    "LatestRun": response(
        RunId=ID, StatusCode={"enum": WORK_STATES}, CreationTime=TIME, StartTime=TIME_OR_NULL, EndTime=TIME_OR_NULL
    ),
    "MainMetric": response(Module=TEXT, Name=TEXT, Value=NUMBER_OR_NULL, LessIsBetter=FLAG),
    "ExperimentVersionSummary": response(Version=WHOLE, UpdatedAt=TIME, **VERSION_RUNS),
    "ExperimentVersion": response(
        Name=TEXT,
        Version=WHOLE,
        UpdatedAt=TIME,
        Document=ANY_OBJECT,
        Warnings=ref("ErrorDetail[]"),
        **VERSION_RUNS,
        FinishedRun=or_null(ref("LatestRun")),
        Metrics=ANY_OBJECT,
    ),
    "PaletteModule": response(
        name=TEXT,
        group=TEXT,
        summary=TEXT,
        effect={"enum": ["columns", "rows", "table"], "description": "What it does to rows; see the palette's pages."},
        inputs=ref("PalettePort[]"),
        outputs=ref("PalettePort[]"),
        properties=ref("PaletteProperty[]"),
        notes={"type": "array", "items": TEXT},
    ),
    "PalettePort": response(
        name=TEXT, type=TEXT | {"description": "Equal at both ends of a connection."}, optional=FLAG
    ),
    "PaletteProperty": response(
        name=TEXT,
        kind={"enum": [kind.value for kind in Kind]},
        default={"description": "Null: none; then it is required unless optional."},
        minimum=NUMBER_OR_NULL,
        maximum=NUMBER_OR_NULL,
        above=NUMBER_OR_NULL | {"description": "The value must be greater."},
        choices={"type": "array", "items": TEXT},
        optional=FLAG,
        secret=FLAG,
        when=or_null(response(property=TEXT, values={"type": "array", "items": {"type": ["string", "boolean"]}}))
        | {"description": "It applies only if another property has one of these values."},
    ),
    "NewName": request("Name", Name=TEXT),
    "Named": response(Name=TEXT),
    "SavedExperiment": response(Name=TEXT, Version=WHOLE, UpdatedAt=TIME, Warnings=ref("ErrorDetail[]")),
    "Finding": request("severity", "code", "message", severity={"enum": ["error", "warning"]}, **DETAIL)
    | {"additionalProperties": False},
    "Experiment": response(
        Name=TEXT,
        Version=WHOLE,
        UpdatedAt=TIME,
        Document=ref("ExperimentDocument"),
        Warnings=ref("ErrorDetail[]"),
    ),
    "Output": request(
        "kind",
        kind={"enum": ["dataset", "trained model", "untrained model", "transformation", "other"]},
        **TABLE_SUMMARY,
        task=TEXT,
        learner=TEXT,
        label=ref("NamedType"),
        labels=NAMES,
        inputs=ref("NamedType[]"),
        outputs=ref("NamedType[]"),
        module=TEXT,
        properties=ANY_OBJECT,
        grid=ANY_OBJECT,
        summary=ANY_OBJECT,
    )
    | {"additionalProperties": False},
    "RunEvaluation": response(
        module=TEXT,
        models={
            "type": "array",
            "items": response(
                scorer=TEXT,
                trainer=TEXT,
                task=TEXT,
                label=ref("NamedType"),
                labels=NAMES,
                metrics=by_name(NUMBER_OR_NULL),
                details=ANY_OBJECT | {"description": "As in a trained model's evaluation.json."},
                importances=by_name(NUMBER),
            ),
        },
    ),
    "KnownColumns": response(
        known={
            "enum": ["run", "profile", "document", "likely", "unknown"],
            "description": "Where it is known from: a run, a dataset's profile, data in the document; or only likely.",
        },
        note=TEXT,
        columns=ref("NamedType[]"),
        run=TEXT_OR_NULL,
    ),
    "NamedType": response(name=TEXT, type=TEXT),
    "ColumnSummary": request(
        "name",
        name=TEXT,
        type=TEXT,
        text=FLAG,
        missing=WHOLE,
        unique=WHOLE,
        **dict.fromkeys(("mean", "median", "min", "max", "std"), NUMBER_OR_NULL),
        histogram=or_null(response(edges={"type": "array", "items": NUMBER}, counts={"type": "array", "items": WHOLE})),
        top={"type": "array", "items": response(value=CELL, count=WHOLE)},
    )
    | {"additionalProperties": False},
    "OutputRows": response(**ROWS_PAGE),
    "OutputColumns": response(kind=TEXT, columnCount=WHOLE, columns=ref("NamedType[]")),
    "DraftRequest": request(
        "document",
        document=ANY_OBJECT | {"description": "An experiment document, which may be invalid."},
        basedOn={"type": ["integer", "null"], "description": "The version that it began from."},
    )
    | {"additionalProperties": False},
    "Draft": response(
        name=TEXT,
        document=ANY_OBJECT,
        basedOn={"type": ["integer", "null"]},
        updatedAt=TIME_OR_NULL,
        renamedTo=TEXT_OR_NULL,
    ),
    "DraftSummary": response(name=TEXT, updatedAt=TIME, size=WHOLE | {"description": "Bytes as stored."}),
    "ExportedExperiment": ANY_OBJECT
    | {
        "description": "An exported experiment graph or web service definition; or an object with it as Export, and "
        "with Name, Resource (the web service's name, if a template has several), Data (datasets, models and folders "
        "by the id or name of what the file refers to) and Values (texts by 'title / property' or template parameter)."
    },
    "ImportedExperiment": response(
        Name=TEXT,
        Version=WHOLE,
        UpdatedAt=TIME,
        Document=ref("ExperimentDocument"),
        Warnings=ref("ErrorDetail[]"),
        Report=ref("ImportReport"),
    ),
    "ImportReport": response(
        Complete=FLAG,
        Counts=by_name(by_name(WHOLE)),
        Items={
            "type": "array",
            "items": response(
                Part=TEXT,
                Outcome={"enum": ["carried over", "changed", "left out"]},
                Source=TEXT,
                Target=TEXT,
                Note=TEXT,
            ),
        },
        Questions={
            "type": "array",
            "items": response(Key=TEXT, Kind=TEXT, Name=TEXT, Places={"type": "array", "items": TEXT}),
        },
        Placeholders={"type": "array", "items": TEXT},
        Scripts=by_name(TEXT),
    ),
    "RunRequest": request(GlobalParameters=PARAMETERS),
    "RunStarted": response(RunId=ID),
    "RunSummary": response(**RUN),
    "Run": response(
        **RUN,
        Modules={
            "type": "array",
            "items": response(
                Title=TEXT,
                Module=TEXT,
                StatusCode={"enum": WORK_STATES},
                Seconds={"type": ["number", "null"]},
                RowsIn=by_name(WHOLE),
                RowsOut=by_name(WHOLE),
                Reused=FLAG,
                Reason=TEXT_OR_NULL,
                Error=TEXT_OR_NULL,
            ),
        },
        Metrics=ANY_OBJECT,
        Models=by_name(response(Runtime=TEXT, RuntimeReason=TEXT_OR_NULL, Summary=ANY_OBJECT)),
        Warnings={"type": "array", "items": response(Title=TEXT, Message=TEXT)},
        Curves=ANY_OBJECT,
    ),
    "PublicationPreview": response(
        Kind={"enum": ["training", "predictive"]},
        Name=TEXT,
        Ready=FLAG,
        Problem=TEXT_OR_NULL | {"description": "What has to be done before it can be published."},
        Document=ANY_OBJECT,
        Kept=ref("TitledModule[]"),
        Removed=ref("TitledModule[]"),
        Added=ref("TitledModule[]"),
        Inputs={"type": "array", "items": response(Name=TEXT, Columns=ref("NamedType[]"))},
        Outputs={
            "type": "array",
            "items": response(Name=TEXT, Kind=TEXT_OR_NULL, Model=TEXT_OR_NULL, Columns=ref("NamedType[]")),
        },
        Parameters={
            "type": "array",
            "items": response(Name=TEXT, Required={"type": ["boolean", "null"]}, Default={}),
        },
        Models={"type": "array", "items": response(Name=TEXT, Metrics=ANY_OBJECT)},
        Service=or_null(
            response(
                Id=ID,
                Name=TEXT,
                Changes=NAMES,
                Endpoints={"type": "array", "items": response(Name=TEXT, Effect=TEXT)},
            )
        ),
    ),
    "TitledModule": response(Title=TEXT, Module=TEXT),
    "Publication": response(ActivityId=ID, WebServiceGroupId=ID, EndpointId=ID, Status=TEXT),
    "DatasetRequest": request("Name", Name=TEXT, Options=ref("ReadingOptions")),
    "ReadingOptions": request(
        Encoding=TEXT,
        Separator={"enum": [",", ";", "\t", "|", "comma", "semicolon", "tab", "pipe"]},
        DecimalMark={"enum": [".", ",", "point", "comma"]},
        Header=FLAG,
        Types={"type": "object", "additionalProperties": TEXT},
        Missing={"type": "array", "items": TEXT},
        Guess=FLAG,
    ),
    "DatasetSummary": response(
        name=TEXT,
        etag=TEXT,
        size=WHOLE,
        complete=FLAG | {"description": "False if only the beginning of a large file was looked at."},
        kind={"const": "dataset"},
        **TABLE_SUMMARY,
        warnings=NAMES,
    ),
    "DatasetRows": response(**ROWS_PAGE, etag=TEXT, complete=FLAG),
    "DatasetLabels": request(
        "Column",
        "Labels",
        Column=TEXT | {"description": "Added if the dataset has none of that name."},
        Labels=by_name(TEXT_OR_NULL) | {"description": "By the number of the row, from 0; null takes a label away."},
    ),
    "DatasetLabelled": response(Name=TEXT, Column=TEXT, Labelled=WHOLE, Etag=TEXT),
    "DatasetProfile": response(
        Name=TEXT,
        Options=ref("ReadingOptions"),
        Encoding=TEXT,
        Separator=TEXT_OR_NULL,
        Header=FLAG,
        Rows=WHOLE,
        Columns={"type": "array", "items": ref("ColumnProfile")},
        Warnings={"type": "array", "items": TEXT},
    ),
    "ColumnProfile": response(
        Name=TEXT,
        Type=TEXT,
        Format=TEXT_OR_NULL,
        MissingTexts={"type": "array", "items": TEXT},
        Missing=WHOLE,
        Distinct=WHOLE,
        Disagree=WHOLE,
        LeftOut=FLAG,
        Warnings={"type": "array", "items": TEXT},
    ),
    "DatasetLinks": response(Name=TEXT, Upload=ref("BlobReference"), Location=ref("BlobReference")),
    "Dataset": response(
        Name=TEXT | {"description": "The file name, as Import Data names it."},
        Title=TEXT,
        DataTypeId=TEXT,
        Description=TEXT,
        Size=WHOLE | {"description": "Bytes."},
        CreationTime=TIME,
        FamilyId=ID,
        Reference=TEXT_OR_NULL | {"description": "The datastore that its data is in; null if that is here."},
    ),
    "Model": response(
        Name=TEXT,
        Version=WHOLE | {"description": "The latest."},
        Model=TEXT,
        JobId=TEXT_OR_NULL,
        CreationTime=TIME,
        Metrics=ANY_OBJECT,
        Lineage=ANY_OBJECT,
        Task=TEXT_OR_NULL,
        Learner=TEXT_OR_NULL,
        Runtime=TEXT_OR_NULL | {"description": "What scores with it, such as onnx; null if its file is gone."},
        UsedBy={"type": "array", "items": response(WebServiceId=ID, EndpointId=ID, Endpoint=TEXT, Version=WHOLE)},
    ),
    "ModelVersion": response(
        Name=TEXT,
        Version=WHOLE,
        Model=TEXT,
        JobId=TEXT_OR_NULL,
        CreationTime=TIME,
        Metrics=ANY_OBJECT,
        Lineage=ANY_OBJECT,
        Location=ref("BlobReference"),
    ),
    "ImportedModel": response(
        Name=TEXT,
        Version=WHOLE,
        Model=TEXT,
        JobId=TEXT_OR_NULL,
        CreationTime=TIME,
        Metrics=ANY_OBJECT,
        Lineage=ANY_OBJECT,
        Location=ref("BlobReference"),
        Task=TEXT,
        Labels=NAMES,
        Runtime=TEXT,
        RuntimeReason=TEXT,
        Precision={"enum": ["double", "single", "half"]},
        LargestDifference=NUMBER_OR_NULL | {"description": "From what the library predicted (`Expected`)."},
    ),
    "Environment": response(
        Name=TEXT,
        Python=TEXT,
        Libraries=by_name(TEXT),
        OperatorSets=by_name({"type": "array", "items": WHOLE}),
    ),
    "ModelImport": request(
        "Sample",
        Content={"type": "string", "description": "The .onnx or .skops file in base64; either this or Location."},
        Location=ref("BlobReference"),
        Sample=TABLE | {"description": "1 to 1,000 rows; ColumnTypes may be given as well."},
        Expected={
            "type": "array",
            "items": {"type": ["array", "number"], "items": NUMBER},
            "description": "What the library predicted for each row of the sample.",
        },
        Tolerance={"type": "number", "description": "How far scores may differ from Expected."},
        Label=TEXT,
        Labels={"type": "array", "items": {"type": ["string", "integer"]}},
        Task={"enum": ["two-class", "multiclass", "regression"]},
        Outputs={
            "type": ["string", "object"],
            "description": "The kind; or Kind, Name, Position.",
        },
        Inputs=by_name(NAMES),
        Shapes=by_name({"type": "array", "items": WHOLE}),
        Versions=by_name(TEXT),
        Categories=by_name(NAMES),
    ),
    "ArmWebService": response(
        id=TEXT,
        name=TEXT,
        type=TEXT,
        location=TEXT,
        tags=ANY_OBJECT,
        properties=response(
            title=TEXT,
            description=TEXT,
            createdOn=TIME,
            modifiedOn=TIME,
            provisioningState=TEXT,
            readOnly=FLAG,
            swaggerLocation=TEXT,
            exposeSampleData=FLAG,
            realtimeConfiguration=response(maxConcurrentCalls=WHOLE),
            diagnostics=response(level=TEXT),
            storageAccount=response(name=TEXT),
            machineLearningWorkspace=response(id=ID),
            packageType=TEXT,
            assets=by_name(response(name=TEXT, type=TEXT, locationInfo=response(uri=TEXT, credentials=TEXT))),
        ),
    ),
    "ArmUpdate": request(
        "properties",
        properties=request(
            description=TEXT_OR_NULL,
            realtimeConfiguration=request(maxConcurrentCalls=WHOLE_OR_TEXT),
            diagnostics=request(level=TEXT),
            assets=by_name(request("locationInfo", name=TEXT, locationInfo=request("uri", uri=TEXT))),
        ),
    ),
    "ArmKeys": response(primary=TEXT, secondary=TEXT),
    "WorkspaceRequest": request(FriendlyName=TEXT),
    "Workspace": response(
        WorkspaceId=ID,
        FriendlyName=TEXT,
        CreatedTime=TIME,
        AuthorizationToken=TOKENS,
    ),
    "StudioWorkspace": response(
        WorkspaceId=ID,
        FriendlyName=TEXT,
        CreatedTime=STUDIO_TIME,
        AuthorizationToken=TOKENS,
        Description=TEXT,
        OwnerEmail=TEXT_OR_NULL,
        Region=TEXT_OR_NULL,
        SubscriptionId=TEXT_OR_NULL,
        SubscriptionName=TEXT_OR_NULL,
        Type=TEXT,
        UserStorage=TEXT,
        WorkspaceStatus=TEXT,
    ),
    "NoUsers": {"type": "array", "maxItems": 0, "items": ANY_OBJECT},
    "StudioExperiment": response(**STUDIO_EXPERIMENT),
    "SavedStudioExperiment": response(**STUDIO_EXPERIMENT, ImportReport=or_null(ref("ImportReport"))),
    "StudioExperimentWithGraph": response(**STUDIO_EXPERIMENT, Graph=ANY_OBJECT, WebService=ANY_OBJECT),
    "StudioSubmission": request(
        "Description",
        "ExperimentGraph",
        Description=TEXT,
        IsDraft=FLAG,
        ExperimentGraph=request(Document=ref("ExperimentDocument"))
        | {"description": "With Document, or a graph of the original with ModuleNodes."},
    ),
    "DataSource": response(
        **ASSET,
        UploadedFromFilename=TEXT,
        CreatedDateTicks=WHOLE,
        Culture=TEXT,
        SchemaStatus=TEXT,
        DownloadLocation=LOCATION,
        VisualizeEndPoint=LOCATION,
        SchemaEndPoint=LOCATION,
    ),
    "DataSourceId": TEXT,
    "DataSourceRequest": request(
        "DataSource",
        DataSource=request(
            "Name",
            "DataTypeId",
            Name=TEXT,
            DataTypeId=TEXT,
            Description=TEXT_OR_NULL,
            FamilyId=TEXT_OR_NULL,
            Owner=TEXT_OR_NULL,
        ),
        UploadId=TEXT,
        UploadedFromFileName=TEXT_OR_NULL,
        ExperimentId=TEXT,
        ModuleNodeId=TEXT,
        OutputName=TEXT,
    ),
    "UploadStarted": response(Id=TEXT),
    "TrainedModel": response(
        **ASSET,
        Language=TEXT_OR_NULL,
        DownloadLocation=response(BaseUri=TEXT, Location=TEXT, AccessCredential=TEXT),
    ),
    "Promotion": request(
        "ExperimentId",
        "ModuleNodeId",
        "TrainedModel",
        ExperimentId=TEXT,
        ModuleNodeId=TEXT,
        OutputName=TEXT,
        TrainedModel=request("Name", Name=TEXT, Description=TEXT_OR_NULL, FamilyId=TEXT_OR_NULL),
    ),
    "Health": response(status={"const": "alive"}),
    "Readiness": response(
        ready=FLAG,
        checks=by_name(request("ok", ok=FLAG, problem=TEXT, oldestSeconds=WHOLE)),
        host=response(bundle=TEXT, threads=WHOLE, process=TEXT, time=TIME),
    ),
    "Document": ANY_OBJECT,
}
