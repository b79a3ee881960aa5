"""Where a module here differs from the original's: the names of its modules, properties, values and ports, as data.

What is not in these tables has the same name here as in the original (case and punctuation aside), so a module that the
palette gains needs a table only where it differs. `Row` says what becomes of one property of the original.

References
----------
Exported experiments and the last Python port of the original's modules, for the names on the left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Modules whose family differs from the palette's, or that the palette gives none.
FAMILIES = {
    "7a391181b6a74ad4b82de419c0d6522c": "Export Data",
    "90381e8067c34d9987541db785b7ea37": "Apply SQL Transformation",
    "e35a5905bd5741f4957682bfcb92f837": "Latent Dirichlet Allocation",
    "1aec5388415d4f7cb33fc9e9f4c0ce56": "Latent Dirichlet Allocation",
    "1cdbcda42ece49088b87e6b636258d3d": "Convert to TSV",
}
# Names of modules that are not in the palette, for reports on graphs, which have ids only.
KNOWN = {
    "30806023392b42e094d66b775a6e0fd5": "Execute R Script",
    "50b91b4f9c9840d698142d945c0bb3f1": "Named Entity Recognition",
    "c08afa3658ac4a2bbc59f2a16bb4c2f3": "Extract Key Phrases from Text",
    "bf9e794a9e2b4662902a0e73b255c135": "Preprocess Text",
    "6bd12c13d9c3452294d34aa44513af57": "Apply Math Operation",
    "c9a826602d9c411d81224d9e0b3ce92a": "Feature Hashing",
    "a8a662d089bb48c985629b9589124c4a": "Extract N-Gram Features from Text",
    "0d1e165e3cf74d76909b9f9193951aaf": "Convert Word to Vector",
    "a5b1e9d25c5411e98647d663bd873d93": "Create Python Model",
    "9c4d0cb5213e47859cc8d29ce467b9c8": "Evaluate Recommender",
    "d855279632bc41108e6d6738d93420d2": "Score SVD Recommender",
    "c1355f72719943d39ee9892232760bec": "Train SVD Recommender",
}
# Names that modules had in earlier years of the original.
FORMER_NAMES = {
    "Reader": "Import Data",
    "Writer": "Export Data",
    "Metadata Editor": "Edit Metadata",
    "Project Columns": "Select Columns in Dataset",
    "Join": "Join Data",
    "Split": "Split Data",
    "Missing Values Scrubber": "Clean Missing Data",
    "Quantize Data": "Group Data into Bins",
    "Assign to Clusters": "Assign Data to Clusters",
    "Sweep Parameters": "Tune Model Hyperparameters",
    "Enter Data": "Enter Data Manually",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a property of the original.

    Parameters
    ----------
    to
        The property here; empty if there is none.
    values
        Values that have another name here. One that maps to None makes the module a placeholder.
    how
        What is different although nothing is lost.
    lost
        Why nothing takes its place, and what to put where; for all values but those in `harmless`.
    harmless
        Values, in lower case, that mean what is done here anyway.
    names
        Whether the text lists names of columns, separated by commas.
    script
        Whether the text is code, which is written to a file for the operator.
    same_as
        The property that must have the same value; then nothing is lost.
    """

    to: str = ""
    values: Mapping[str, str | None] = field(default_factory=dict)
    how: str = ""
    lost: str = ""
    harmless: tuple[str, ...] = ()
    names: bool = False
    script: bool = False
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a module's properties, what the original did when one was absent, and what became of its ports."""

    rows: Mapping[str, Row]
    absent: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)


IN_DATABASES = "The server, user and password of a database are in the app setting PERENNIAL_DATABASES, under its name."
DATABASE = {
    "Database Server Name": Row(lost=f"{IN_DATABASES} Put it there."),
    "Database Name": Row("Database name", how=f"It is the name in PERENNIAL_DATABASES now. {IN_DATABASES}"),
    "Server User Account Name": Row(lost=f"{IN_DATABASES} Put it there."),
    "Server User Account Password": Row(lost=f"{IN_DATABASES} Put it there."),
    "Trust Server Certificate": Row(
        lost="Say it in the database's URL in PERENNIAL_DATABASES, if the driver can.", harmless=("false",)
    ),
}
BY_EXTENSION = "The extension of the path says the format: .csv, .tsv or .arff."
ALL_ROWS = "All rows are read, and every property becomes a column."
NET_SHARP = "Net# scripts are not read. Set Number of hidden nodes to the sizes of its hidden layers."
NETWORK = Table(
    {
        "Hidden layer specification": Row(
            "Hidden layer specification", {"Custom definition script": "Fully-connected case"}, how=NET_SHARP
        ),
        "Hidden layer specification1": Row(
            "Hidden layer specification1", {"Custom definition script": "Fully-connected case"}, how=NET_SHARP
        ),
        "Neural network definition": Row(lost=NET_SHARP),
        "Neural network definition1": Row(lost=NET_SHARP),
    }
)
TABLE_ACCESS = "Please Specify Authentication Type for Table"

MAPPINGS: dict[str, Table] = {
    "Import Data": Table(
        {
            "Please Specify Data Source": Row("Please Specify Data Source", {"SqlAzure": "SqlDatabase"}),
            **DATABASE,
            "Path to container or directory or blob": Row("Path to container, directory or blob"),
            "Blob File format": Row(how=BY_EXTENSION, harmless=("csv", "tsv", "arff")),
            "File format": Row(how=BY_EXTENSION, harmless=("csv", "tsv", "arff")),
            "URI file has Header Row": Row("File has header row"),
            "CSV or TSV has Header Row": Row("File has header row"),
            "Please Specify Table Authentication Type": Row(TABLE_ACCESS),
            "Rows to scan for Property names": Row(how=ALL_ROWS),
            "Rows count for TopN": Row(how=ALL_ROWS),
            "Rows to scan for Property names via SAS": Row(how=ALL_ROWS),
            "Rows count for TopN via SAS": Row(how=ALL_ROWS),
            "Use cached results": Row(how="A run reuses a result while the data's version is known to be the same."),
            "Column delimiter": Row(lost="Only .csv and .tsv are read.", harmless=("comma", "tab")),
            "Encoding Format": Row(lost="Files are read as UTF-8.", harmless=("utf-8", "utf8")),
        },
        absent={"File has header row": "False", "Please Specify Authentication Type": "Account"},
    ),
    "Export Data": Table(
        {
            "Please Specify Data Destination": Row("Please specify data destination", {"SqlAzure": "SqlDatabase"}),
            **DATABASE,
            "Comma separated list of columns to be saved": Row("Columns to be saved", names=True),
            "Comma separated list of datatable columns": Row(
                lost="The table's columns get the names of those saved. Rename them with Edit Metadata before.",
                same_as="Comma separated list of columns to be saved",
            ),
            "SQL Azure Number Of Rows To Write": Row(how="All rows are written in one transaction."),
            "Treat Errors as Warnings": Row(lost="A failing export fails the run.", harmless=("false",)),
            "Path to blob beginning with container": Row("Path to container, directory or blob"),
            "Path to container or directory or blob": Row("Path to container, directory or blob"),
            "Azure blob storage write mode": Row(lost="An existing blob is replaced.", harmless=("overwrite",)),
            "Write blob header row": Row(lost="A header row is always written.", harmless=("true",)),
            "Please Specify Table Authentication Type": Row(TABLE_ACCESS),
            "Partition key": Row("Partition key column"),
            "Row key": Row("Row key column"),
            "Azure table origin columns": Row(
                lost="All columns are written under their own names.", same_as="Azure table destination columns"
            ),
            "Azure table destination columns": Row(
                lost="All columns are written under their own names.", same_as="Azure table origin columns"
            ),
        },
        absent={"Please Specify Authentication Type": "Account"},
    ),
    "Execute Python Script": Table(
        {
            # Classic: exports have the Python code under this name.
            "R Script": Row("Script", script=True),
            "Python Script": Row("Script", script=True),
            "Python Version": Row(how="Scripts run on the app's Python. Port what was written for Python 2."),
        }
    ),
    "Edit Metadata": Table(
        {
            "Date and time Format": Row(
                lost="Dates are read as ISO 8601. Give others this form before, in Execute Python Script."
            ),
            "TimeSpan Format": Row(lost="There are no time spans. Turn them into numbers before."),
        }
    ),
    "K-Means Clustering": Table(
        {
            name: Row(
                name,
                {"Evenly": "K-Means++", "Use label column": "K-Means++"},
                how="The first centroids are chosen by K-Means++.",
            )
            for name in ("Initialization", "Initialization for sweep")
        }
        | {
            "Assign Label Mode": Row(
                "Assign Label Mode",
                {
                    "Fill missing values": "Ignore label column",
                    "Overwrite from closest to center": "Ignore label column",
                },
                how="The label column is not used.",
            )
        }
    ),
    "Two-Class Neural Network": NETWORK,
    "Multiclass Neural Network": NETWORK,
    "Neural Network Regression": NETWORK,
    "Preprocess Text": Table(
        {
            "Lemmatization": Row("Use lemmatization"),
            "Use lemmatization": Row("Lemmatization"),
            "Remove by part of speech": Row("Remove by part-of-speech"),
            "Culture-language column": Row(lost="All texts are taken to be in the language that Language names."),
            **{
                name: Row(lost="Parts of speech are not told apart here.", harmless=("false",))
                for name in ("Remove nouns", "Remove adjectives", "Remove verbs")
            },
        }
    ),
}
NONE = Table({})
