"""What notebooks show: nothing that is markup comes from a name, no key is shown, and every object has a view."""

import html.parser
import re

import pytest

from perennial import Comparison, Endpoint, Evaluation, Experiment, JobStatus, PerennialError, Records, RunStatus
from perennial.html_view import MAX_ROWS, curve_svg, matrix_html, pairs_html, table_html
from perennial.resources import WebService
from tests.unit.test_transport import ENDPOINT, LINK, SECRET

EVIL = "</td><script>alert(1)</script><img src=x onerror='alert(2)'>\"&"
METRIC = {"Value": 0.9123, "Low": 0.9, "High": 0.95}
NOTHING = {"Value": None, "Low": None, "High": None}
RUN = {
    "RunId": "a" * 32,
    "Status": {"StatusCode": "Failed", "StatusDetail": EVIL},
    "Modules": [
        {"Title": EVIL, "StatusCode": "Finished", "Seconds": 1.25, "RowsOut": {"d": 280}},
        {"Title": "Train", "StatusCode": EVIL, "Seconds": None, "RowsOut": None},
    ],
    "Metrics": {EVIL: {"AUC": 0.987, EVIL: 1.0}},
    "Models": {},
    "Progress": {"done": 1, "total": 2, "step": "Train"},
    "Warnings": [{"Title": EVIL, "Message": EVIL}],
    "Curves": {"Train": {"unit": "epoch", "total": 3, "done": 2, "loss": [2.0, 1.0], "validation": []}},
}
JOB = {
    "StatusCode": "Finished",
    "Details": EVIL,
    "Results": {EVIL: LINK},
    "Progress": {"done": 1, "total": 1, "step": EVIL},
}
COMPARISON = {
    "Rows": 100,
    "RowsOf": EVIL,
    "Passed": False,
    "Why": EVIL,
    "Metrics": [
        {"Name": EVIL, "InUse": METRIC, "New": METRIC, "Difference": METRIC, "Verdict": "worse"},
        {"Name": "Recall", "InUse": NOTHING, "New": NOTHING, "Difference": NOTHING, "Verdict": None},
    ],
}
ROC = {"roc": {"falsePositiveRate": [0.0, 0.2, 1.0], "truePositiveRate": [0.0, 0.8, 1.0]}}
MATRIX = {"confusionMatrix": [[50, 5], [3, 42]], "labels": [EVIL, "yes"]}
SERVICE = {
    "Id": "1" * 32, "Name": EVIL, "Kind": EVIL, "EndpointCount": 2, "CreationTime": EVIL, "Description": EVIL,
}  # fmt: skip


def experiment() -> Experiment:
    made = Experiment(EVIL)
    made.import_data(title=EVIL, path_to_container_directory_or_blob=EVIL)
    return made


VIEWS = {
    "run": RunStatus.from_json(RUN),
    "job": JobStatus.from_json(JOB),
    "evaluation": Evaluation({"AUC": 0.95, EVIL: 1.0}, ROC | MATRIX, EVIL),
    "comparison": Comparison(COMPARISON),
    "history": Records([{EVIL: EVIL, "Resources": [{"Name": EVIL, "To": "f" * 64}], "Location": LINK}]),
    "challenges": Records([{"StatusCode": EVIL, "Passed": None, "Challenger": 0.5}]),
    "endpoint": Endpoint.from_json(ENDPOINT | {"Name": EVIL, "Description": EVIL}),
    "service": WebService.from_json(SERVICE),
    "experiment": experiment(),
}


class Reader(html.parser.HTMLParser):
    """Collects the elements and attributes of a page, and what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.elements, self.attributes, self.open = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.attack("markup in names")
@pytest.mark.parametrize("name", VIEWS)
def test_names_never_become_markup(name):
    shown = VIEWS[name]._repr_html_()
    reader = Reader()
    reader.feed(shown)
    assert reader.open == []
    assert not reader.elements & {"script", "img", "iframe", "link", "style", "object"}
    assert not [name for name in reader.attributes if name.startswith("on") or name in ("href", "src")]
    assert "&lt;script&gt;" in shown or name == "challenges"
    assert SECRET not in shown
    assert "sig=" not in shown


@pytest.mark.parametrize("name", VIEWS)
def test_colours_are_the_pages_own_or_in_the_middle(name):
    for colour in re.findall(r"#([0-9a-fA-F]{6})", VIEWS[name]._repr_html_()):
        red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
        light = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        # Contrast with white, and with the dark grey of notebooks.
        assert 1.05 / (luminance + 0.05) >= 3, colour
        assert (luminance + 0.05) / (0.0103 + 0.05) >= 3, colour


def test_what_is_shown():
    run = VIEWS["run"]._repr_html_()
    assert "1.25" in run
    assert "280" in run
    evaluation = VIEWS["evaluation"]._repr_html_()
    assert "<polyline" in evaluation
    assert "ROC curve" in evaluation
    comparison = VIEWS["comparison"]._repr_html_()
    assert "0.9123 [0.9, 0.95]" in comparison
    assert "Not passed" in comparison
    assert "ffffffff<" in VIEWS["history"]._repr_html_()
    assert "<i>none</i>" in Records()._repr_html_()


def test_long_lists_show_their_ends():
    shown = table_html([{"n": number} for number in range(1000)])
    assert shown.count("<tr>") == MAX_ROWS + 2
    assert "940 more" in shown
    assert ">999<" in shown


def test_the_evaluation_is_read_from_a_model_file_and_made_frames():
    evaluation = VIEWS["evaluation"]
    assert evaluation.curve("roc")["truePositiveRate"].tolist() == [0.0, 0.8, 1.0]
    assert evaluation.to_frame()["AUC"][0] == 0.95
    with pytest.raises(PerennialError, match=r"no curve 'lift'\. There are: roc"):
        evaluation.curve("lift")
    with pytest.raises(PerennialError, match="no evaluation that can be read"):
        Evaluation.from_model_file(b"PK nothing")
    assert Comparison(COMPARISON).to_frame()["NewValue"][0] == 0.9123
    assert VIEWS["run"].curve_frame("Train")["epoch"].tolist() == [1, 2]
    with pytest.raises(PerennialError, match="no curve of the module 'Network'"):
        VIEWS["run"].curve_frame("Network")


def test_pieces_stand_alone():
    assert "<svg" in curve_svg([0, 1], [0, 1], ("x", "y"), EVIL, chance=True)
    assert EVIL not in matrix_html([[1]], [EVIL], EVIL) + pairs_html({EVIL: EVIL}, EVIL, EVIL)
