"""What a backup refuses, so that nothing is lost by it."""

import pytest

from tools.backup import restore, save


def test_a_folder_that_exists_is_not_written_to(deployment, tmp_path):
    (tmp_path / "tables").mkdir()
    with pytest.raises(FileExistsError):
        save(deployment.storage, tmp_path, "fingerprint")
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_a_copy_is_not_restored_under_another_secret(deployment, tmp_path):
    (tmp_path / "secret.sha256").write_text("fingerprint")
    with pytest.raises(ValueError, match="not the secret"):
        restore(deployment.storage, tmp_path, "another")


def test_a_copy_is_not_restored_over_workspaces(deployment, tmp_path):
    (tmp_path / "secret.sha256").write_text("fingerprint")
    deployment.storage.table("workspaces").upsert_entity({"PartitionKey": "taken", "RowKey": "workspace"})
    with pytest.raises(ValueError, match="has workspaces already"):
        restore(deployment.storage, tmp_path, "fingerprint")
    deployment.storage.table("workspaces").delete_entity("taken", "workspace")
