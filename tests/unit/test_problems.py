import pytest

from studio.errors import BadArgument, NotFound
from studio.hints import listed, nearest, suggest
from studio.problems import MAX_PROBLEMS, Problems


def fail(number):
    raise BadArgument("BadParameterValue", f"{number} is wrong.", str(number))


def test_all_errors_are_raised_as_details_of_the_first_each_once():
    problems = Problems()
    assert not problems
    with problems.noted():
        fail(1)
    assert problems.attempt(fail, 2) is None
    assert problems.attempt(int, "3") == 3
    problems.note(NotFound("WebServiceNotFound", "2 is missing."))
    problems.attempt(fail, 1)
    with pytest.raises(BadArgument, match=r"^1 is wrong\.$") as caught:
        problems.raise_all()
    assert [detail.message for detail in caught.value.details] == ["1 is wrong.", "2 is wrong.", "2 is missing."]


def test_nothing_is_raised_if_nothing_is_wrong():
    Problems().raise_all()


@pytest.mark.attack("Size and time")
def test_checking_stops_at_the_limit_also_in_nested_checks():
    problems, tried = Problems(), []

    def check():
        for number in range(10_000):
            tried.append(number)
            with problems.noted(), problems.noted():
                fail(number)

    with pytest.raises(BadArgument) as caught, problems.noted():
        check()
    assert len(tried) == MAX_PROBLEMS + 1
    assert len(caught.value.details) == MAX_PROBLEMS + 1
    assert "there may be more" in caught.value.details[-1].message


@pytest.mark.parametrize(
    "name, found", [("split data", "Split Data"), ("Splt Data ", "Split Data"), ("SMOTE", "SMOTE"), ("weather", None)]
)
def test_the_nearest_name_is_found_whatever_its_case(name, found):
    assert nearest(name, ["SMOTE", "Split Data", "Clip Values"]) == found


def test_without_a_near_name_there_is_a_list_which_is_not_endless():
    assert suggest("weather", ["a", "b"]) == "It has: a, b."
    assert suggest("weather", []) == "It has: none."
    assert listed(str(number) for number in range(100)).endswith("39, …")
    assert len(listed("x" * 400 for _ in range(100))) < 1000
