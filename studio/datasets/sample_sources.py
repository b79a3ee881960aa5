"""Sample datasets as clients of the Studio API see them, among the workspace's own.

Container `datasets`: `samples/{SHA-256 of the file}/{file name}`, written when a client first asks for datasets. No
workspace id is "samples", so no name of a dataset leads there.
"""

from studio.datasets.datasets import TYPES, DataSource, content_settings, find_data_source, list_data_sources
from studio.datasets.samples import FOLDER, GLOBAL_WORKSPACE, SAMPLES, Sample, find_sample_by_id
from studio.errors import NotFound
from studio.storage.account import Storage

# The same for everyone, whenever the blob was written.
CREATED_AT = "2026-01-01T00:00:00+00:00"
assert all(sample.data_type in TYPES for sample in SAMPLES)


def list_with_samples(storage: Storage, workspace_id: str) -> list[DataSource]:
    """Return the workspace's datasets, then the samples: clients take the first of a name."""
    return [*list_data_sources(storage, workspace_id), *_stored(storage, SAMPLES)]


def get_with_samples(storage: Storage, workspace_id: str, id_or_family: str) -> DataSource:
    """Return a dataset of the workspace, or a sample, by its id or family id; NotFound if there is none."""
    sample = find_sample_by_id(id_or_family)
    found = find_data_source(storage, workspace_id, id_or_family) if sample is None else _stored(storage, (sample,))[0]
    if found is None:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset with the id '{id_or_family}'.")
    return found


def _stored(storage: Storage, samples: tuple[Sample, ...]) -> list[DataSource]:
    """Return samples whose blobs exist: those that do not are written, with the same content by whoever writes."""
    container = storage.container("datasets")
    present = {blob.name for blob in container.list_blobs(name_starts_with=FOLDER)}
    for sample in samples:
        if _path(sample) not in present:
            settings = content_settings(sample.data_type)
            container.upload_blob(_path(sample), sample.content, overwrite=True, content_settings=settings)
    return [_source(sample) for sample in samples]


def _path(sample: Sample) -> str:
    return f"{FOLDER}{sample.digest}/{sample.file}"


def _source(sample: Sample) -> DataSource:
    return DataSource(
        workspace_id=GLOBAL_WORKSPACE,
        blob=sample.file,
        name=sample.name,
        data_type=sample.data_type,
        description=sample.description,
        owner="Perennial",
        file_name=sample.file,
        size=len(sample.content),
        created_at=CREATED_AT,
        family=sample.family,
        path=_path(sample),
    )
