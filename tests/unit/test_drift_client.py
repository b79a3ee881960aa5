"""Drift as the client shows it: a record a column, a row a column and window, a line of bars."""

from datetime import UTC, datetime

from perennial.drift import Drift, bars, moment_text

REPORT = Drift(
    Endpoint="default",
    Lacks=["1 of 2 windows have fewer than 200 rows, too few to judge."],
    Windows=[{"Start": "2026-05-01T00:00:00.000Z", "Rows": 9}, {"Start": "2026-05-02T00:00:00.000Z", "Rows": 500}],
    Columns=[
        {
            "Name": "age",
            "Of": "input",
            "Drifts": True,
            "Lacks": None,
            "Measures": {"PSI": [0.01, 0.4], "OutOfRange": [None, 0.5]},
            "Thresholds": {"PSI": 0.2, "OutOfRange": 0.05},
            "Fired": [[], ["PSI", "OutOfRange"]],
        },
        {
            "Name": "city",
            "Of": "input",
            "Drifts": False,
            "Lacks": "The prediction log has hashes of this column.",
            "Measures": {"PSI": [None, None]},
            "Thresholds": {"PSI": 0.2},
            "Fired": [["PSI"], []],
        },
    ],
)


def test_each_column_is_a_record_with_its_latest_measures():
    age, city = REPORT.columns
    assert (age["Why"], age["PSI"], age["OutOfRange"], age["Course"]) == ("PSI, OutOfRange", 0.4, 0.5, "▁█")
    assert (city["Drifts"], city["Why"], city["Course"]) == (
        False,
        "The prediction log has hashes of this column.",
        "··",
    )
    assert REPORT.drifting == ["age"]


def test_a_frame_has_a_row_for_each_column_and_window():
    rows = REPORT.to_frame("records")
    assert [(row["Column"], row["Rows"], row["PSI"], row["Fired"]) for row in rows] == [
        ("age", 9, 0.01, ""),
        ("age", 500, 0.4, "PSI, OutOfRange"),
        ("city", 9, None, "PSI"),
        ("city", 500, None, ""),
    ]


def test_a_notebook_shows_a_table_and_what_is_missing():
    shown = REPORT._repr_html_()
    assert "Drift of default" in shown
    assert "fewer than 200 rows" in shown


def test_bars_and_times():
    assert bars([0, 0.05, 0.1, 0.2, 9, None], 0.1) == "▁▃▅██·"
    assert len(bars([0.0] * 99, 1)) == 30
    assert moment_text(datetime(2026, 5, 1, tzinfo=UTC)) == "2026-05-01T00:00:00+00:00"
    assert (moment_text("2026-05-01"), moment_text(None)) == ("2026-05-01", None)
