"""What /openapi.json says besides each operation's summary: its tag, a description, and examples of request bodies."""

from typing import Any

# The noun of each file of functions/, and what its operations are about.
TAGS = {
    "scoring": ("Scoring", "Score rows: request and response."),
    "batch_jobs": ("Batch jobs", "Score or train on files; each job is created, started and asked for its status."),
    "endpoints": ("Endpoints", "The addresses of a web service: keys, limits, models, history."),
    "drift": ("Endpoints", "The addresses of a web service: keys, limits, models, history."),
    "endpoint_forms": ("Endpoints", "The addresses of a web service: keys, limits, models, history."),
    "model_versions": ("Trained models", "Named models and their versions."),
    "activity": ("Workspaces", "The tenants and their tokens."),
    "traffic": ("Endpoints", "The addresses of a web service: keys, limits, models, history."),
    "monitoring": ("Monitoring", "What endpoints were asked and answered, and what turned out to be right."),
    "policies": ("Retraining policies", "When an endpoint's model is retrained, and what a new one must achieve."),
    "webservices": ("Web services", "Published experiments."),
    "experiments": ("Experiments", "Documents that say how data become a model: checked, saved, run, published."),
    "drafts": ("Experiments", "Documents that say how data become a model: checked, saved, run, published."),
    "outputs": ("Experiments", "Documents that say how data become a model: checked, saved, run, published."),
    "datasets": ("Datasets", "The files that experiments read."),
    "datastores": ("Datastores", "Named connections to data that stays where it is."),
    "trained_models": ("Trained models", "Named models and their versions."),
    "pipelines": ("Pipelines", "Data Factory documents, their runs and triggers."),
    "workspaces": ("Workspaces", "The tenants and their tokens."),
    "events": ("Events", "What happened in a workspace, and who is told of it."),
    "audit": ("Audit log", "Who did what in a workspace."),
    "arm": ("Azure Resource Manager", "Web services as clients of Azure Resource Manager see them."),
    "studio_api": ("Studio API", "What clients of Azure ML Studio (classic) call."),
    "datasources": ("Studio API", "What clients of Azure ML Studio (classic) call."),
    "help_pages": ("Help pages", "Pages for people, and the swagger document of one endpoint."),
    "health": ("Health", "Whether the app lives and can do its work."),
    "web": ("Studio in the browser", "The pages of the Studio, which speak this API."),
    "openapi": ("About the API", "This document."),
}

DESCRIPTIONS = {
    "show_studio": "Any path that is no file is a page of the Studio. Files below `assets/` may be kept for good.",
    "execute": "Columns are matched by name; others are ignored. Numbers and Booleans may be texts; null, "
    "an empty text and NaN mean missing. In the response all cells are texts, missing "
    "ones null. With `format=swagger`, rows are objects. All rows get a result.",
    "create_job": "Inputs and outputs are blobs: `ConnectionString` and `RelativeLocation`, or `BaseLocation`, "
    "`RelativeLocation` and `SasBlobToken`. Outputs that name none are written to `experimentoutput`. Without "
    "`api-version=2.0` the job starts by itself after three seconds.",
    "begin_job": "An endpoint runs at most 40 jobs at a time; the others wait in the order in which they were started.",
    "show_job": "Poll it until StatusCode is Finished, Failed or Cancelled. The links in Results expire; each response "
    "has new ones.",
    "end_job": "May be called in every state, and again.",
    "show_workspace_jobs": "Endpoints that were deleted are left out. A job that waits for its turn is NotStarted with "
    "`Progress.queued`.",
    "show_endpoints": "The header `Link` names the next page.",
    "show_endpoint": "The response has the endpoint's keys and the models that it uses.",
    "create_named_endpoint": "The endpoint starts with the definition and models of the default endpoint. Its name has "
    "up to 24 lower-case letters and digits.",
    "update_endpoint": "UpdateResource: replaces trained models by files that training jobs wrote, within a second and "
    "without an interruption. With `Gate`, the new model and the one in use score the same rows, and a worse model is "
    "refused with 409. Properties that are left out stay as they are.",
    "compare_with_model_in_use": "The endpoint stays as it is. Values have 95 % bootstrap intervals. With `Details`, "
    "the response has the rows that get another label, pairs of scores and what charts are drawn from; the cells of "
    "rows only for a workspace token.",
    "add_comparison": "As for an endpoint, of any two versions. Without `HeldBackData`, the rows are those that the "
    "model InUse was evaluated on.",
    "show_log": "`columns` names columns such as `id` or `score/Scored Labels`. With `format=csv`, `parquet` or "
    "`arrow`, the response is such a file. The header `Link` names the next page, and "
    "`x-perennial-missing-rows` says how many rows of these hours could not be kept.",
    "set_prediction_log": "`{}` keeps all rows for 90 days. Processes follow within a second.",
    "take_feedback": "All truths are kept or none. A later truth of an id replaces an earlier one; null takes it back.",
    "show_live_metrics": "Computed by a timer within a minute or two after truths came. Without `since`, the last "
    "30 days.",
    "remove_named_endpoint": "The default endpoint goes with its web service only. The history is kept.",
    "refresh": "With `OverwriteResources`, the models of the default endpoint are copied too. 304 means "
    "that nothing had to change.",
    "rollback": "Without `Sequence`, the last change of models is undone.",
    "show_history": "When each change was made, with which credential and why, and the models before and after.",
    "renew_endpoint_key": "The old key stops working within a second; the endpoint's other key stays valid.",
    "show_form": "Ranges and typical values are those of the training rows; models of earlier versions have none "
    "(`Ranges` is false). With a workspace token, `Samples` has rows of the training data.",
    "download_scorer": "A header of JSON and the ONNX graph, as the page on the model file describes. Models that only "
    "the service can score are refused with the reason.",
    "show_workspace_policies": "By the names of web services and endpoints. The header `Link` names the next page.",
    "show_pipeline_runs": "The header `Link` names the next page.",
    "show_activity": "For a page that asks every second: with the `ETag` as If-None-Match, nothing new is a 304. What "
    "ended is told for 24 hours at most, the last 500; `since` asks for what came later. Counts and names are at most "
    "ten seconds old.",
    "show_events": "In the JSON format of CloudEvents 1.0, as subscriptions are told of them. The header `Link` names "
    "the next page.",
    "set_subscription": "The host must be one that the operator lists in `PERENNIAL_EVENT_HOSTS`. Events that happen "
    "from now on are sent within about a minute; without `Secret`, the one that is made is in this response only. "
    "`***` keeps the query of an address.",
    "show_dead_letters": "An event is a dead letter when its receiver has not taken it for 24 hours.",
    "try_subscription": "Its type is `perennial.subscription.tested`, signed like all others. Nothing is recorded or "
    "repeated, and a subscription that is switched off is tried, too.",
    "deliver_again": "They are tried for another 24 hours.",
    "set_datastore": "`Kind` decides what else is given: `Blob` an `Account` or `Url` and a `Container`; `Table` an "
    "`Account` or `Url`; `Sql` a `Server`, `Database` and `User` of PostgreSQL, or the `Database` that the operator "
    "configured; `Http` a `Url`. Hosts other than Azure Storage are those of `PERENNIAL_IMPORT_HOSTS`. The secret is "
    "sealed for its destination: whoever changes that gives it again.",
    "remove_datastore": "Refused while something uses it; the message names what does.",
    "test_datastore": "A failed test is a response with `Works` false, and `Details` that say why.",
    "show_audit": "Every creation, change and deletion, sign-ins, and readings of keys, with the kind of credential "
    "and the address. The administrator's token also opens the log of a workspace that was deleted. The header `Link` "
    "names the next page, also of CSV and JSON lines.",
    "show_metrics": "Counted by the app itself, until ten seconds ago in this instance and a minute ago in others. "
    "Durations are 12 % off at most. Calls with a wrong key are not counted.",
    "show_traffic": "`Calls` and the like are counted by model while several share the rows.",
    "set_traffic": "Takes effect within a second. Models of deployments that keep theirs may be left out, and so may "
    "`Key`. The same value of its header or column gets the same deployment. UpdateResource ends the sharing.",
    "show_promotion": "404 if there never was one, or null with `orNull`.",
    "start_promotion": "The app's timer moves it once a minute. A candidate that is worse than its gate allows goes "
    "back at once. Somebody else's change of the models stops the plan and stays.",
    "end_promotion": "May be repeated. A candidate that was promoted already stays; roll the endpoint back.",
    "show_shadow": "404 if there never was one, or null with `orNull`. Live metrics come once truths do.",
    "set_shadow": "Needs the prediction log. The app's timer has the rows scored about two minutes after they were "
    "answered, each once; `Since` takes those that the log has already. The same candidate again changes nothing.",
    "end_shadow": "May be repeated.",
    "set_policy": "Replaces an earlier policy and starts nothing. All that is wrong with it is in the error's details.",
    "show_policy": "Says when it runs next, and why nothing was started, if so. An endpoint without a policy is "
    "404, or null with `orNull`.",
    "try_policy_now": "Trains on `TrainingData`, or the policy's own, and lets the new model challenge the one in use.",
    "show_challenges": "Has the metric of both models on the same rows, whether the challenger passed, and why.",
    "remove_web_service": "Deletes its endpoints as well.",
    "publish_code": "Code that clients upload is never run; the error says how to publish an experiment instead.",
    "save_experiment": "Replaces the document of that name as a new version; the same document makes none. All that is "
    "wrong is in the error's details, each with its module, port or property. `***` keeps a secret that is stored.",
    "validate_experiment": "Finds what saving would refuse, and what it would warn of. The name need not exist.",
    "find_columns": "The document may be invalid, and the experiment need not exist. `known` tells what is sure "
    "from what is likely.",
    "show_experiment": "Secrets are shown as `***`.",
    "show_draft": "Its `ETag` is what the next change sends as `If-Match`. Secrets are shown as `***`. With `orStart`, "
    "an experiment without a draft gives its last version's document, or an empty one, with null as `updatedAt`.",
    "save_draft": "The document may be invalid, and the experiment need not exist. `If-Match` with the ETag that was "
    "read, or `If-None-Match: *` for the first, keeps two editors from overwriting each other: 412 says that the draft "
    "was changed. `***` keeps a secret that is stored.",
    "show_drafts": "The header `Link` names the next page.",
    "show_experiments": "All of them without `limit`, by name only. With `limit`, in pages, each with its latest run, "
    "its main metric (the first one of the last Evaluate Model) and the last 20 values of that.",
    "show_versions": "The header `Link` names the next page. Versions replaced before the app kept them are missing.",
    "show_version": "To restore it, save its document. Secrets are shown as `***`.",
    "rename": "What belongs to it stays: versions, runs, the draft, web services. Its former name leads to it until "
    "another experiment takes that. An experiment that is only a draft can be renamed, too.",
    "copy": "The copy begins as version 1, without runs. An experiment that is only a draft can be copied, too.",
    "remove_experiment": "The web services published from it stay.",
    "show_palette": "Ports have types, which the JSON Schema of experiments cannot say.",
    "start_run": "Modules whose code, properties and inputs did not change give the result they gave before.",
    "show_runs": "All of them without `limit`. The header `Link` names the next page.",
    "show_workspace_runs": "The header `Link` names the next page.",
    "show_run": "Has the state, time and rows of each module, and the metrics of each Evaluate Model.",
    "show_output": "There as soon as the module has ended, also in a run that fails later. Statistics of at most 500 "
    "columns.",
    "show_output_rows": "Of large datasets the first rows are kept; `rowsKept` says how many.",
    "show_run_evaluation": "`details.curve` counts rows at each distinct threshold, so that every figure of a "
    "two-class model can be computed for any of them.",
    "publish": "The experiment's current version must have been run. With `updateExistingWebService=true`, the default "
    "endpoint of the service published before is updated; refresh updates the others.",
    "preview_web_service": "Without a finished run it has the modules, but no columns; `Problem` says what to do. "
    "`Service` is the one that `updateExistingWebService=true` would update.",
    "show_experiment_schema": "JSON Schema, draft 2020-12, for editors and validators.",
    "show_datasets": "The header `Link` names the next page.",
    "upload_dataset": "Write the file to `Upload` with a PUT and the header `x-ms-blob-type: BlockBlob`; it replaces "
    "one of the same name. Job requests take `Location`.",
    "show_dataset_summary": "Computed once for each version of the file. Of large files the beginning is looked at.",
    "show_dataset_rows": "Rows are numbered from 0, as labels are. `etag` is that of the dataset.",
    "label_dataset": "`If-Match` must have the `etag` of the rows that were labelled; 412 says that the dataset was "
    "changed. All other bytes of the file stay as they are.",
    "show_models": "`UsedBy` has the endpoints that use a version of the model. The header `Link` names the next page.",
    "show_model_versions": "Each version has its metrics, what it was trained by, and a link to its file.",
    "show_model_version": "`latest` names the latest version. `UsedBy` has the first 200 endpoints that use it.",
    "show_model_evaluation": "As a run's evaluations have it; 404 if the model was not evaluated when it was trained.",
    "download_model": "The .ilearner file, from the API's own origin; a browser cannot read links to storage.",
    "import_model_from_elsewhere": "The sample's rows are scored and become the golden rows of the file. What the "
    "outputs are follows from the graph and these scores; where it does not, the error says what to add.",
    "show_environments": "Compare it with the versions that a model was trained with (`Lineage.trainedWith`).",
    "publish_named_model": "It has endpoints, keys and batch jobs like every other; its models are replaced by name. "
    "With `updateExistingWebService=true`, the default endpoint of the service of this model is updated.",
    "save_document": "Version 1 or 2 of Data Factory's documents. Nothing is started; a started trigger stays so.",
    "show_document": "Secrets are hidden. Triggers also say when they fire next.",
    "remove_document": "Runs in progress go on.",
    "run_pipeline": "The body has the values of the pipeline's parameters.",
    "query_pipeline_runs": "Latest first.",
    "query_activity_runs": "Each has its state, times, output and error.",
    "cancel_pipeline_run": "Cancels the jobs that it waits for, too. May be called in every state.",
    "start_named_trigger": "It fires from now on; times before are not caught up on.",
    "run_named_trigger": "As if it fired now; its schedule stays as it is.",
    "add_workspace": "The response has the tokens that open everything in the workspace.",
    "ensure_workspace": "Creates it if there is none; may be repeated.",
    "renew_workspace_token": "The old token stops working at once; the other one stays valid.",
    "update_arm_service": "Changes the default endpoint of the web service.",
    "show_readiness": "Has a check for each thing that the app needs, with the problem if there is one.",
    "show_api_document": "A swagger 2.0 document with the columns of this endpoint's inputs and outputs.",
    "copy_studio_experiment": "The experiment keeps its name if that is free.",
    "submit_studio_experiment": "Saves the experiment, and runs it unless `IsDraft` is true.",
    "show_deployment": "The id is the ActivityId of a publication, which is always completed.",
    "invite_user": "Workspaces have no users; the error says what to do instead.",
    "begin_upload": "The body is the whole file, or empty if its blocks follow.",
}

LINK = {
    "BaseLocation": "https://account.blob.core.windows.net/",
    "RelativeLocation": "data/rows.csv",
    "SasBlobToken": "?sv=…",
}
GATE = {"Metric": "AUC", "HeldBackData": "held-back.csv", "AtMostWorse": 0.01}
MODEL = {
    "Name": "Churn [trained model]",
    "Location": LINK | {"RelativeLocation": "experimentoutput/job/output1.ilearner"},
}

# By the name of the body's schema.
EXAMPLES: dict[str, Any] = {
    "ScoringRequest": {
        "Inputs": {"input1": {"ColumnNames": ["age", "city"], "Values": [[30, "Oslo"], [71, None]]}},
        "GlobalParameters": {},
    },
    "JobRequest": {"Inputs": {"input1": LINK}, "Outputs": {}, "GlobalParameters": {}},
    "EndpointSettings": {"Description": "For Seattle", "ThrottleLevel": "High", "MaxConcurrentCalls": 20},
    "EndpointUpdate": {"Resources": [MODEL], "Why": "Retrained on May's data", "Gate": GATE},
    "CompareRequest": {"Resources": [MODEL], "Gate": GATE},
    "ModelCompareRequest": {
        "New": {"Name": "Churn [trained model]", "Version": 13},
        "InUse": {"Name": "Churn [trained model]", "Version": 12},
        "HeldBackData": "held-back.csv",
        "Details": {"Rows": 100, "Pairs": 1000, "Threshold": 0.5},
    },
    "RefreshRequest": {"OverwriteResources": "True"},
    "RollbackRequest": {"Sequence": 3},
    "PolicyRequest": {"TrainingService": "Churn [training exp.]", "Trigger": {"Type": "Upload"}, "Gate": GATE},
    "SubscriptionRequest": {
        "Url": "https://hooks.example.org/perennial",
        "Types": ["perennial.model.swapped", "perennial.job.failed"],
    },
    "DatastoreRequest": {
        "Kind": "Blob",
        "Account": "salesdata",
        "Container": "exports",
        "Authentication": "Sas",
        "Secret": "sv=2025-07-05&sr=c&sp=rl&se=2027-01-01&sig=…",
    },
    "DatasetReferenceRequest": {"Datastore": "sales", "Path": "2026/orders.csv"},
    "DatastoreTestRequest": {"Path": "2026/orders.csv"},
    "PredictionLogRequest": {"Share": 0.5, "LeaveOut": ["name"], "Hash": ["customer"], "RetentionDays": 30},
    "Feedback": {"Truths": [{"Id": "order-7/0", "Value": "yes"}, {"Id": "order-7/1", "Value": "no"}]},
    "PolicyTry": {"TrainingData": "may.csv"},
    "PromotionRequest": {
        "Candidate": [{"Name": "Churn [trained model]", "Version": 13}],
        "Steps": [{"Shadow": 10000}, {"Share": 5, "Minutes": 30}, {"Share": 25, "Calls": 1000}, {"Share": 100}],
        "Gate": {"ErrorRate": 0.01, "P95": 50, "Metric": "AUC", "AtMostWorse": 0.01},
    },
    "ShadowRequest": {"Candidate": [{"Name": "Churn [trained model]", "Version": 13}], "Since": "7d"},
    "TrafficRequest": {
        "Shares": {"current": 90, "candidate": 10},
        "Models": {"candidate": [{"Name": "Churn [trained model]", "Version": 13}]},
        "Key": {"Header": "x-customer"},
    },
    "DatasetRequest": {"Name": "people.csv"},
    "DraftRequest": {"document": {"modules": {}, "layout": {}, "comments": []}, "basedOn": 3},
    "DatasetLabels": {"Column": "label", "Labels": {"0": "cat", "7": "dog", "12": None}},
    "WorkspaceRequest": {"FriendlyName": "Marketing"},
    "ModelImport": {
        "Location": LINK | {"RelativeLocation": "models/churn.onnx"},
        "Sample": {"ColumnNames": ["age", "visits"], "Values": [[30, 2], [71, 0]]},
        "Label": "churned",
        "Labels": ["no", "yes"],
    },
    "PipelineParameters": {"trainingBlob": "datasets/may.csv"},
    "RunFilter": {"filters": [{"operand": "Status", "operator": "Equals", "values": ["Failed"]}]},
    "ExperimentDocument": {
        "description": "Predicts who buys",
        "modules": {
            "Data": {
                "module": "Enter Data Manually",
                "properties": {"Data": "age,city,bought\n30,Oslo,no\n71,Lima,yes\n28,Oslo,no\n64,Lima,yes\n"},
            },
            "Learner": {"module": "Two-Class Logistic Regression"},
            "Train": {"module": "Train Model", "properties": {"Label column": "bought"}},
        },
        "connections": [
            {"from": ["Data", "dataset"], "to": ["Train", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Train", "Dataset"]}],
        "webServiceOutputs": [{"name": "output1", "from": ["Train", "Trained model"]}],
    },
}
