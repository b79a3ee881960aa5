"""Moves a workspace: writes all of it into a file, and brings such a file into a workspace of any deployment."""

import tempfile
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.moved_datastores import add_text, needs_secret, put_datastore, read_datastores
from perennial.moved_references import put_reference, read_reference, reference_names, reference_text
from perennial.moved_subscriptions import has_whole_address, lacks_text, put_subscription, read_subscriptions
from perennial.names import not_found
from perennial.resources import BlobLink, Endpoint, WebService
from perennial.transport import download, download_to
from perennial.workspace_file import WorkspaceFile, model_member, open_workspace_file, write_manifest

# What the app adds to a policy when it shows it.
SHOWN_ONLY = ("UpdatedAt", "NextRun", "LastRun", "LastRunId", "Skipped")
# As many endpoints as one request may create, besides the default one.
BATCH = 200
OnStep = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What an export or import did: how many of each kind, and what it left out with the reason."""

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, kind: str, number: int = 1) -> None:
        """Count things of a kind."""
        self.counts[kind] = self.counts.get(kind, 0) + number

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as the command line prints it for programs."""
        return {**self.counts, "Notes": self.notes}


def export_workspace(
    workspace: Workspace, path: Path, datasets: Collection[str] | None, on_step: OnStep = lambda step: None
) -> Outcome:
    """Write what a workspace has to a file: experiments, services, endpoints, models, policies, datasets and so on.

    Parameters
    ----------
    datasets
        The names of the datasets to write too; None for all of them.

    Raises
    ------
    PerennialError
        If a dataset does not exist, or something cannot be read. No file is left.
    """
    outcome = Outcome()
    chosen = _choose_datasets(workspace, datasets, outcome)
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as file:
            manifest = _write_all(workspace, file, chosen, outcome, on_step)
            write_manifest(file, manifest)
        unfinished.replace(path)
    except OSError as error:
        raise PerennialError(0, "FileNotWritten", f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return outcome


def import_workspace(workspace: Workspace, path: Path, on_step: OnStep = lambda step: None) -> Outcome:
    """Bring what a file holds into a workspace; what exists there is left as it is, so that this can be repeated.

    Raises
    ------
    PerennialError
        If the file is not a sound export, or the app refuses the token or a model. What needs a secret is left out,
        which the outcome's notes say.
    """
    outcome = Outcome()
    with open_workspace_file(path) as file:
        manifest = file.manifest
        try:
            for part in PARTS:
                part(workspace, file, manifest, outcome, on_step)
        except (KeyError, TypeError, AttributeError) as error:
            text = f"{path.name} is not a sound export of a workspace: an entry lacks {error}, or has another form."
            raise PerennialError(0, "FileUnreadable", text) from error
    return outcome


def _choose_datasets(workspace: Workspace, wanted: Collection[str] | None, outcome: Outcome) -> dict[str, BlobLink]:
    known = {item.file_name: item.location for item in workspace.list_datasets()}
    for name in wanted or ():
        if name not in known:
            raise not_found("The workspace has no dataset", name, list(known))
    left = [] if wanted is None else [name for name in known if name not in wanted]
    if left:
        outcome.notes.append(f"Datasets left out: {', '.join(left)}. --dataset NAME or --all-datasets includes them.")
    return {name: link for name, link in known.items() if name not in left}


def _write_all(
    workspace: Workspace, file: zipfile.ZipFile, datasets: dict[str, BlobLink], outcome: Outcome, on_step: OnStep
) -> dict[str, Any]:
    services = workspace.list_web_services()
    names = _unique_names(services, outcome)
    exported = [workspace.export_web_service(service) | {"Name": names[service.id]} for service in services]
    experiments = [workspace.get_experiment(item["Name"]) for item in workspace.list_experiments()]
    outcome.count("Experiments", len(experiments))
    outcome.count("Services", len(services))
    outcome.count("Endpoints", sum(len(item["Endpoints"]) for item in exported))
    manifest = {
        "FriendlyName": workspace.show()["FriendlyName"],
        "Experiments": [{"Name": item["Name"], "Document": item["Document"]} for item in experiments],
        "Services": exported,
        "Policies": _read_policies(workspace, services, names, outcome),
        "Datastores": read_datastores(workspace),
        "Subscriptions": read_subscriptions(workspace),
        "Models": _write_models(workspace, file, exported, outcome, on_step),
        "Datasets": [],
        "References": [],
    }
    for kind in ("Datastores", "Subscriptions"):
        if manifest[kind]:
            outcome.count(kind, len(manifest[kind]))
    if secret := [item["Name"] for item in manifest["Datastores"] if needs_secret(item)]:
        outcome.notes.append(f"The secrets of these datastores are not in the file: {', '.join(secret)}.")
    references = reference_names(workspace) if datasets else set()
    for number, (name, link) in enumerate(datasets.items()):
        on_step(name)
        if name in references:
            if (reference := read_reference(workspace, name, link)) is None:
                outcome.notes.append(f"The dataset '{name}' says that it is a reference, and is none. It is left out.")
            else:
                manifest["References"].append(reference)
                outcome.count("References")
            continue
        with file.open(f"datasets/{number}", "w", force_zip64=True) as target:
            size = download_to(link, target)
        options = _read_options(workspace, name, outcome)
        entry = {"FileName": name, "Member": f"datasets/{number}", "Size": size, "Options": options}
        manifest["Datasets"].append(entry)
        outcome.count("Datasets")
    return manifest


def _read_options(workspace: Workspace, name: str, outcome: Outcome) -> dict[str, Any] | None:
    """Return how a dataset is to be read; None, with a note, if it cannot be read as a table."""
    try:
        options: dict[str, Any] = workspace.get_profile(name)["Options"]
    except PerennialError as error:
        if error.status not in (400, 413):
            raise
        outcome.notes.append(f"The dataset '{name}' is included, but not the options for reading it. {error.message}")
        return None
    return options


def _unique_names(services: list[WebService], outcome: Outcome) -> dict[str, str]:
    """Return a name for each service's id; those that share one get numbers, since an import knows them by name."""
    names: dict[str, str] = {}
    for service in services:
        name, number = service.name, 1
        while name in names.values():
            number += 1
            name = f"{service.name} ({number})"
        if number > 1:
            outcome.notes.append(f"Several web services are named '{service.name}'; {service.id} became '{name}'.")
        names[service.id] = name
    return names


def _read_policies(
    workspace: Workspace, services: list[WebService], names: dict[str, str], outcome: Outcome
) -> list[dict[str, Any]]:
    found = []
    for service in services:
        for endpoint in workspace.list_endpoints(service) if service.kind == "predictive" else ():
            if endpoint.name == "default":
                continue
            shown = _find_policy(workspace, endpoint)
            if shown is None:
                continue
            policy = {name: value for name, value in shown.items() if name not in SHOWN_ONLY}
            policy["TrainingService"] = names.get(policy["TrainingService"], policy["TrainingService"])
            found.append({"Service": names[service.id], "Endpoint": endpoint.name, "Policy": policy})
    outcome.count("Policies", len(found))
    return found


def _write_models(
    workspace: Workspace, file: zipfile.ZipFile, services: list[dict[str, Any]], outcome: Outcome, on_step: OnStep
) -> list[dict[str, Any]]:
    """Write the models that endpoints use and the latest version of every other; return what there is of them."""
    used = {
        (resource["Name"], resource["Model"])
        for service in services
        for endpoint in service["Endpoints"]
        for resource in endpoint["Resources"]
    }
    found, written = [], set()
    for name in sorted(
        {*(item["Name"] for item in workspace.list_latest_models()), *(name for name, _ in used)}, key=str.lower
    ):
        versions = workspace.list_models(name)
        for item in versions:
            digest = item["Model"]
            if (name, digest) not in used and item is not versions[-1]:
                continue
            if digest not in written:
                on_step(f"{name} v{item['Version']}")
                file.writestr(model_member(digest), download(BlobLink.from_json(item["Location"])))
                written.add(digest)
            found.append({"Name": name, "Version": item["Version"], "Model": digest})
    outcome.count("Models", len(found))
    return found


def _import_datasets(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    known = {item.file_name for item in workspace.list_datasets()}
    for item in manifest["Datasets"]:
        name = str(item["FileName"])
        on_step(name)
        if name in known:
            outcome.notes.append(f"The dataset '{name}' exists, and was left as it is.")
            continue
        with tempfile.TemporaryDirectory() as folder:
            # The name in the export says only how the dataset is called in the workspace.
            path = Path(folder) / "dataset"
            with path.open("wb") as target:
                file.save_dataset(str(item["Member"]), target)
            workspace.upload(path, name, item.get("Options"))
        outcome.count("Datasets")


def _import_references(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    # An export of an earlier version has none.
    wanted = manifest.get("References") or []
    known = {item.file_name for item in workspace.list_datasets()} if wanted else set()
    for item in wanted:
        what = f"The dataset '{item['FileName']}'"
        on_step(str(item["FileName"]))
        if item["FileName"] in known:
            outcome.notes.append(f"{what} exists, and was left as it is.")
        elif _done(outcome, f"{what}, a reference", put_reference, workspace, item):
            outcome.count("References")
        else:
            outcome.notes.append(f"Once the datastore is there, '{reference_text(item)}' makes the reference.")


def _import_models(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    for item in manifest["Models"]:
        on_step(str(item["Name"]))
        workspace.import_model(str(item["Name"]), file.read_model(str(item["Model"])))
        outcome.count("Models")


def _import_experiments(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    known = {item["Name"] for item in workspace.list_experiments()}
    for item in manifest["Experiments"]:
        name = str(item["Name"])
        on_step(name)
        if name in known:
            outcome.notes.append(f"The experiment '{name}' exists, and was left as it is.")
        elif _done(outcome, f"The experiment '{name}'", workspace.put_experiment, name, item["Document"]):
            outcome.count("Experiments")


def _import_services(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    for service in manifest["Services"]:
        default, *others = sorted(service["Endpoints"], key=lambda item: item["Name"] != "default")
        for start in range(0, max(len(others), 1), BATCH):
            on_step(str(service["Name"]))
            part = [default, *others[start : start + BATCH]]
            used = {item["Definition"] for item in part}
            definitions = {name: item for name, item in service["Definitions"].items() if name in used}
            document = {**service, "Endpoints": part, "Definitions": definitions}
            if not _done(outcome, f"The web service '{service['Name']}'", _send, workspace, document, outcome):
                break
            outcome.count("Services", 1 if start == 0 else 0)


def _send(workspace: Workspace, document: dict[str, Any], outcome: Outcome) -> None:
    done = workspace.import_web_service(document)
    outcome.count("Endpoints", len(done["Added"]))
    for name in done["Kept"]:
        # The default one is sent with each part.
        note = f"The endpoint '{name}' of '{done['Name']}' exists, and was left as it is."
        if name != "default" and note not in outcome.notes:
            outcome.notes.append(note)


def _import_policies(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    for item in manifest["Policies"]:
        what = f"The policy of '{item['Endpoint']}' of '{item['Service']}'"
        on_step(str(item["Endpoint"]))
        _done(outcome, what, _put_policy, workspace, item, what, outcome)


def _put_policy(workspace: Workspace, item: dict[str, Any], what: str, outcome: Outcome) -> None:
    endpoint = workspace.get_endpoint(workspace.get_web_service(str(item["Service"])), str(item["Endpoint"]))
    if _find_policy(workspace, endpoint) is not None:
        outcome.notes.append(f"{what} exists, and was left as it is.")
        return
    workspace.put_policy(endpoint, item["Policy"])
    outcome.count("Policies")


def _import_datastores(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    # An export of an earlier version has none.
    wanted = manifest.get("Datastores") or []
    known = {item["Name"] for item in read_datastores(workspace)} if wanted else set()
    for item in wanted:
        what = f"The datastore '{item['Name']}'"
        on_step(str(item["Name"]))
        if item["Name"] in known:
            outcome.notes.append(f"{what} exists, and was left as it is.")
        elif needs_secret(item):
            outcome.notes.append(f"{what} needs its secret, which is not in the file. '{add_text(item)}' adds it.")
        elif _done(outcome, what, put_datastore, workspace, item):
            outcome.count("Datastores")


def _import_subscriptions(
    workspace: Workspace, file: WorkspaceFile, manifest: dict[str, Any], outcome: Outcome, on_step: OnStep
) -> None:
    # An export of an earlier version has none.
    wanted = manifest.get("Subscriptions") or []
    known = {item["Name"] for item in read_subscriptions(workspace)} if wanted else set()
    for item in wanted:
        what = f"The subscription '{item['Name']}'"
        on_step(str(item["Name"]))
        if item["Name"] in known:
            outcome.notes.append(f"{what} exists, and was left as it is.")
        elif not has_whole_address(item):
            outcome.notes.append(f"{what} was not imported. The query of its address {item['Url']} is not in the file.")
        elif _done(outcome, what, put_subscription, workspace, item):
            outcome.count("Subscriptions")
            outcome.notes += filter(None, [lacks_text(item)])


def _find_policy(workspace: Workspace, endpoint: Endpoint) -> dict[str, Any] | None:
    try:
        return workspace.get_policy(endpoint)
    except PerennialError as error:
        if error.status != 404:
            raise
        return None


def _done(outcome: Outcome, what: str, action: Callable[..., object], *arguments: Any) -> bool:
    """Do something that an export may lack secrets for; False, with a note, if the app refuses it for what it is."""
    try:
        action(*arguments)
    except PerennialError as error:
        if error.status not in (400, 404, 409):
            raise
        outcome.notes.append(f"{what} was not imported. {error.message}")
        return False
    return True


PARTS = (
    _import_datastores,
    _import_datasets,
    _import_references,
    _import_models,
    _import_experiments,
    _import_services,
    _import_policies,
    _import_subscriptions,
)
