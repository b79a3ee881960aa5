"""Expressions of Data Factory, a case a line: what they give, and what they say when they cannot."""

from datetime import UTC, datetime

import pytest

from studio.errors import BadArgument
from studio.pipelines.adf.dates import read_timespan
from studio.pipelines.adf.expressions import Scope, evaluate, evaluate_v1
from studio.pipelines.adf.functions import v1_functions, v2_functions

NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
PIPELINE = {
    "parameters": {"blob": "training/latest.csv", "rows": 12, "flag": True, "list": [1, "b"], "none": None},
    "RunId": "r1",
    "Pipeline": "Weekly",
}
ACTIVITIES = {
    "train": {"output": {"Results": {"output1": {"RelativeLocation": "m/x.ilearner"}}}, "status": "Succeeded"}
}
TRIGGER = {"scheduledTime": "2026-11-16T02:00:00Z", "outputs": {"windowStartTime": "2026-11-15T00:00:00Z"}}
SCOPE = Scope(
    v2_functions(
        {
            "pipeline": lambda: PIPELINE,
            "activity": lambda name: ACTIVITIES[name.lower()],
            "trigger": lambda: TRIGGER,
            "item": lambda: {"city": "Oslo"},
        },
        now=NOW,
    )
)
SLICE = datetime(2016, 2, 29, 14, 5, 6, tzinfo=UTC)
VARIABLES = {"slicestart": SLICE, "sliceend": SLICE, "windowstart": SLICE, "windowend": SLICE}
SCOPE_V1 = Scope(v1_functions(), VARIABLES)

V2 = [
    # Texts, at signs, interpolation.
    ("plain", "plain"),
    ("", ""),
    (7, 7),
    (None, None),
    (True, True),
    ("@@pipeline()", "@pipeline()"),
    ("a@b.org", "a@b.org"),
    ("@{pipeline().RunId}", "r1"),
    ("a-@{pipeline().RunId}-b", "a-r1-b"),
    ("@{pipeline().RunId}@{pipeline().Pipeline}", "r1Weekly"),
    ("x@@{pipeline().RunId}", "x@{pipeline().RunId}"),
    ("@{concat('}', 'b')}", "}b"),
    ("n=@{pipeline().parameters.rows}", "n=12"),
    ("f=@{pipeline().parameters.flag}", "f=True"),
    ("l=@{pipeline().parameters.list}", 'l=[1,"b"]'),
    ("e=@{pipeline().parameters.none}", "e="),
    ({"type": "Expression", "value": "@pipeline().RunId"}, "r1"),
    ({"type": "Expression", "value": "plain"}, "plain"),
    ({"a": ["@pipeline().RunId", {"b": "@{1}"}]}, {"a": ["r1", {"b": "1"}]}),
    # What is in scope keeps its type.
    ("@pipeline().parameters.blob", "training/latest.csv"),
    ("@pipeline().parameters.rows", 12),
    ("@pipeline().parameters.flag", True),
    ("@pipeline().parameters.list", [1, "b"]),
    ("@pipeline().parameters.list[1]", "b"),
    ("@pipeline().parameters['rows']", 12),
    ("@pipeline()['parameters']['list'][0]", 1),
    ("@Pipeline().Parameters.BLOB", "training/latest.csv"),
    ("@pipeline()?.missing", None),
    ("@pipeline()?['missing']?.deeper", None),
    ("@activity('Train').output.Results.output1.RelativeLocation", "m/x.ilearner"),
    ("@activity('TRAIN').status", "Succeeded"),
    ("@trigger().scheduledTime", "2026-11-16T02:00:00Z"),
    ("@trigger().outputs.windowStartTime", "2026-11-15T00:00:00Z"),
    ("@item().city", "Oslo"),
    # Texts.
    ("@concat('a', 'b', 'c')", "abc"),
    ("@concat('models/', pipeline().RunId, '/m.ilearner')", "models/r1/m.ilearner"),
    ("@concat('select ''x''')", "select 'x'"),
    (r"@concat('C:\', 'x')", "C:\\x"),
    ("@concat('n', 5)", "n5"),
    ("@concat(createArray(1), createArray(2))", [1, 2]),
    ("@string(12)", "12"),
    ("@string(true)", "True"),
    ("@string(createArray(1, 'a'))", '[1,"a"]'),
    ("@substring('latest.csv', 0, 6)", "latest"),
    ("@substring('latest.csv', 7)", "csv"),
    ("@replace('a-b-c', '-', '/')", "a/b/c"),
    ("@toLower('AbC')", "abc"),
    ("@toUpper('AbC')", "ABC"),
    ("@trim('  a ')", "a"),
    ("@split('a,b', ',')", ["a", "b"]),
    ("@split('a/b/c', '/')[2]", "c"),
    ("@startsWith('Training', 'train')", True),
    ("@endsWith('a.CSV', '.csv')", True),
    ("@indexOf('hello', 'L')", 2),
    ("@lastIndexOf('hello', 'l')", 3),
    # Logic.
    ("@if(true, 'y', 'n')", "y"),
    ("@if(equals(1, 2), 'y', 'n')", "n"),
    ("@equals('a', 'a')", True),
    ("@equals('a', 'A')", False),
    ("@equals(1, 1.0)", True),
    ("@equals(1, '1')", False),
    ("@equals(null, pipeline().parameters.none)", True),
    ("@not(false)", True),
    ("@and(true, true, false)", False),
    ("@or(false, true)", True),
    ("@greater(3, 2)", True),
    ("@greaterOrEquals(2, 2)", True),
    ("@less('a', 'b')", True),
    ("@lessOrEquals(3, 2)", False),
    ("@coalesce(null, pipeline().parameters.none, 'last')", "last"),
    # Numbers.
    ("@int('12')", 12),
    ("@int(3.9)", 3),
    ("@float('2.5')", 2.5),
    ("@add(1, 2)", 3),
    ("@sub(1, -2)", 3),
    ("@mul(2, 2.5)", 5.0),
    ("@div(7, 2)", 3),
    ("@div(7.0, 2)", 3.5),
    ("@mod(-7, 3)", -1),
    ("@min(3, 1, 2)", 1),
    ("@max(createArray(3, 1))", 3),
    ("@range(2, 3)", [2, 3, 4]),
    # Collections and conversions.
    ("@length('abc')", 3),
    ("@length(pipeline().parameters.list)", 2),
    ("@empty('')", True),
    ("@empty(createArray(0))", False),
    ("@first('abc')", "a"),
    ("@last(createArray(1, 2))", 2),
    ("@contains('abc', 'bc')", True),
    ("@contains(pipeline().parameters, 'rows')", True),
    ("@contains(createArray(1, 2), 3)", False),
    ("@join(createArray('a', 1), '-')", "a-1"),
    ("@skip(createArray(1, 2, 3), 1)", [2, 3]),
    ("@take(createArray(1, 2, 3), 2)", [1, 2]),
    ("@union(createArray(1, 2), createArray(2, 3))", [1, 2, 3]),
    ("@intersection(createArray(1, 2), createArray(2, 3))", [2]),
    ("@bool('true')", True),
    ("@bool(0)", False),
    ("""@json('{"a": [1]}').a[0]""", 1),
    ("@array('a')", ["a"]),
    ("@base64('hei')", "aGVp"),
    ("@base64ToString('aGVp')", "hei"),
    ("@uriComponent('a b/c')", "a%20b%2Fc"),
    ("@uriComponentToString('a%20b')", "a b"),
    # Dates.
    ("@utcnow()", "2026-11-21T12:30:15.1234560Z"),
    ("@utcNow('yyyyMMdd')", "20261121"),
    ("@formatDateTime('2026-01-02T03:04:05Z', 'yyyy/MM/dd HH:mm:ss')", "2026/01/02 03:04:05"),
    ("@formatDateTime('2026-01-02T15:04:05Z', 'h:mm tt')", "3:04 PM"),
    ("@formatDateTime('2026-01-02', 'dddd d MMMM yy')", "Friday 2 January 26"),
    ("@formatDateTime('2026-01-02', 'ddd MMM')", "Fri Jan"),
    ("@formatDateTime('2026-01-02T03:04:05.6789Z', 'ss.fff')", "05.678"),
    ("@formatDateTime('2026-01-02', 'yyyy''T''MM')", "2026T01"),
    (r"@formatDateTime('2026-01-02', '\yyy')", "y26"),
    ("@formatDateTime('2026-01-02T03:04:05+02:00', 's')", "2026-01-02T01:04:05"),
    ("@formatDateTime('2026-01-02T03:04:05Z', 'r')", "Fri, 02 Jan 2026 03:04:05 GMT"),
    ("@formatDateTime('2026-01-02T03:04:05Z', 'u')", "2026-01-02 03:04:05Z"),
    ("@formatDateTime('01/02/2026', 'yyyy-MM-dd')", "2026-01-02"),
    ("@addDays('2026-02-27T00:00:00Z', 2)", "2026-03-01T00:00:00.0000000Z"),
    ("@addDays('2026-03-01', -1, 'yyyy-MM-dd')", "2026-02-28"),
    ("@addHours('2026-01-01T00:00:00Z', 25, 'd')", "01/02/2026"),
    ("@addMinutes('2026-01-01T00:00:00Z', 90, 'HH:mm')", "01:30"),
    ("@addSeconds('2026-01-01T00:00:00Z', 61, 'T')", "00:01:01"),
    ("@addToTime('2026-01-31T00:00:00Z', 1, 'Month', 'yyyy-MM-dd')", "2026-02-28"),
    ("@subtractFromTime('2026-01-01T00:00:00Z', 1, 'Week', 'yyyy-MM-dd')", "2025-12-25"),
    ("@getPastTime(1, 'Day', 'yyyy-MM-dd')", "2026-11-20"),
    ("@getFutureTime(1, 'Year', 'yyyy-MM-dd')", "2027-11-21"),
    ("@startOfDay('2026-01-02T15:04:05Z', 's')", "2026-01-02T00:00:00"),
    ("@startOfHour('2026-01-02T15:04:05Z', 's')", "2026-01-02T15:00:00"),
    ("@startOfMonth('2026-01-22T15:04:05Z', 's')", "2026-01-01T00:00:00"),
    ("@dayOfWeek('2026-11-22')", 0),
    ("@dayOfMonth('2026-11-22')", 22),
    ("@dayOfYear('2026-02-01')", 32),
    ("@ticks('0001-01-02T00:00:00Z')", 864_000_000_000),
    ("@convertFromUtc('2026-07-01T00:00:00Z', 'W. Europe Standard Time', 's')", "2026-07-01T02:00:00"),
    ("@length(guid())", 36),
]
V2_ERRORS = [
    ("@", "ends too early"),
    ("@concat('a'", "ends too early"),
    ("@concat('a' 'b')", "',' or ')'"),
    ("@concat('a',)", "where a value is expected"),
    ("@concat('a') x", "after its end"),
    ("@concat('a", "cannot be parsed at"),
    ("@nothing('a')", "unknown function 'nothing'"),
    ("@something", "unknown variable 'something'"),
    ("@pipeline().parameters.blobb", "known names: blob, rows"),
    ("@pipeline().parameters.list[5]", "uses '5'"),
    ("@activity('Nobody').output", "fails in activity"),
    ("@substring('abc', 2, 5)", "positions 2 to 7"),
    ("@int('twelve')", "fails in int"),
    ("@if('true', 1, 2)", "neither true nor false"),
    ("@toLower(5)", "is not a string"),
    ("@add('a', 1)", "'a' is not a number"),
    ("@div(1, 0)", "fails in div"),
    ("@formatDateTime('yesterday', 'd')", "is not a date"),
    ("@formatDateTime('2026-01-01', 'Q')", "is not a date format"),
    ("@addToTime('2026-01-01', 1, 'Fortnight')", "not a unit of time"),
    ("@convertFromUtc('2026-01-01', 'Atlantis')", "timeZone must be"),
    ("@range(0, 100000000)", "0 to 10000"),
    ("@json('{')", "fails in json"),
    ("a@{pipeline().RunId", "is missing '}'"),
    ("@" + "not(" * 100 + "true" + ")" * 100, "nested more than"),
    ("@concat('" + "a" * 9000 + "')", "more than 8192 characters"),
]
V1 = [
    ("plain", "plain"),
    (12, 12),
    ("$$Text.Format('{0:yyyyMMdd}', SliceStart)", "20160229"),
    (
        r"$$Text.Format('select * from t where d >= \'{0:yyyy-MM-dd}\'', Date.AddDays(SliceStart, -7))",
        "select * from t where d >= '2016-02-22'",
    ),
    ("$$Text.Format('{0:yyyy}/{1:MM}/{2:dd}', SliceStart, SliceStart, SliceEnd)", "2016/02/29"),
    ("$$Text.Format('{0:hh}{{}}', WindowStart)", "02{}"),
    ("$$Text.Format('{0}', 'a')", "a"),
    ("$$Text.Format('{0}', 5)", "5"),
    ("$$Text.Format('{0:HH:mm}', Time.AddHours(WindowStart, 0))", "14:05"),
    ("$$Text.Format('{0:HH:mm}', Time.AddMinutes(WindowEnd, 56))", "15:01"),
    ("$$Text.Format('{0:HH:mm}', Time.StartOfHour(WindowEnd))", "14:00"),
    ("$$Text.Format('{0:s}', Date.AddWeeks(SliceStart, 1))", "2016-03-07T14:05:06"),
    ("$$Text.Format('{0:s}', Date.AddMonths(SliceStart, 12))", "2017-02-28T14:05:06"),
    ("$$Text.Format('{0:s}', Date.AddQuarters(SliceStart, -1))", "2015-11-29T14:05:06"),
    ("$$Text.Format('{0:s}', Date.AddYears(SliceStart, 4))", "2020-02-29T14:05:06"),
    ("$$Date.Day(SliceStart)", 29),
    ("$$Date.DayOfWeek(SliceStart)", "Monday"),
    ("$$Date.DayOfYear(SliceStart)", 60),
    ("$$Date.DaysInMonth(SliceStart)", 29),
    ("$$Text.Format('{0:s}', Date.StartOfDay(SliceStart))", "2016-02-29T00:00:00"),
    ("$$Text.Format('{0:s}', Date.EndOfDay(SliceStart))", "2016-02-29T23:59:59"),
    ("$$Text.Format('{0:s}', Date.EndOfMonth(SliceStart))", "2016-02-29T23:59:59"),
    ("$$Text.Format('{0:s}', DateTime.From('2016-01-01T00:00:00Z'))", "2016-01-01T00:00:00"),
    ("$$DateTime.Ticks(DateTime.From('0001-01-02T00:00:00Z'))", 864_000_000_000),
    ({"a": ["$$Date.Day(SliceStart)"], "b": False}, {"a": [29], "b": False}),
]
V1_ERRORS = [
    (
        "$$WindowsStart",
        "unknown variable 'WindowsStart'; known variables: sliceend, slicestart, windowend, windowstart",
    ),
    ("$$Text.Fromat('a')", "unknown function 'Text.Fromat'"),
    ("$$Text.Format('{1}', 'a')", "fails in Text.Format"),
    ("$$Date.AddDays('a', 1)", "does not accept"),
    ("$$Date.AddDays(SliceStart", "ends too early"),
    (r"$$Text.Format('a\')", "cannot be parsed at"),
]


@pytest.mark.parametrize("value, expected", V2)
def test_version_2(value, expected):
    found = evaluate(value, SCOPE)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value, word", V2_ERRORS)
def test_version_2_errors(value, word):
    with pytest.raises(BadArgument) as caught:
        evaluate(value, SCOPE)
    assert word in caught.value.message


@pytest.mark.parametrize("value, expected", V1)
def test_version_1(value, expected):
    assert evaluate_v1(value, SCOPE_V1) == expected


@pytest.mark.parametrize("value, word", V1_ERRORS)
def test_version_1_errors(value, word):
    with pytest.raises(BadArgument) as caught:
        evaluate_v1(value, SCOPE_V1)
    assert word in caught.value.message


@pytest.mark.parametrize(
    "text, seconds",
    [("0.02:00:00", 7200), ("1.00:00:00", 86400), ("00:30", 1800), ("24:00:00", 24 * 86400), ("7.00:00:00", 7 * 86400)],
)
def test_time_spans(text, seconds):
    assert read_timespan(text).total_seconds() == seconds


def test_a_time_span_that_is_none_says_how_one_looks():
    with pytest.raises(ValueError, match="02:30:00"):
        read_timespan("two hours")
