"""Five tables as people have them, for `make demo DATA=…`: two classes, seven classes, numbers, dates, currency."""

import csv
import io
import random
from datetime import date, timedelta

MANY = 480


def written(names: list[str], rows: list[list[str]], separator: str = ",") -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=separator, lineterminator="\n").writerows([names, *rows])
    return target.getvalue()


def two_classes() -> tuple[str, str]:
    """Churn with yes and no, a customer number, and words for missing cells."""
    rng = random.Random(1)
    rows = []
    for number in range(MANY):
        months, calls = rng.randint(1, 60), rng.randint(0, 9)
        left = "yes" if calls * 6 - months + rng.gauss(0, 6) > 0 else "no"
        rows.append([f"C-{number:05}", str(months) if number % 9 else "n/a", str(calls), left])
    return written(["customer", "months", "calls", "left"], rows), "left"


def seven_classes() -> tuple[str, str]:
    """Types of forest, by number, from the height and the slope."""
    rng = random.Random(2)
    rows = []
    for _ in range(MANY):
        kind = rng.randint(1, 7)
        height, slope = kind * 300 + rng.gauss(1200, 80), rng.uniform(0, 30) + kind
        rows.append([f"{height:.1f}", f"{slope:.2f}", str(kind)])
    return written(["height", "slope", "cover"], rows), "cover"


def numbers() -> tuple[str, str]:
    """Rentals by weather, with decimal commas and semicolons."""
    rng = random.Random(3)
    rows = []
    for _ in range(MANY):
        warmth, wind = rng.uniform(-5, 35), rng.uniform(0, 50)
        rentals = 1000 + 90 * warmth - 12 * wind + rng.gauss(0, 60)
        rows.append([f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in (warmth, wind, rentals)])
    return written(["Wärme", "Wind", "Ausleihen"], rows, ";"), "Ausleihen"


def dates() -> tuple[str, str]:
    """Whether an order came late, by the day it was made."""
    rng = random.Random(4)
    rows = []
    for _ in range(MANY):
        day = date(2024, 1, 1) + timedelta(days=rng.randint(0, 700))
        late = "late" if (day - date(2024, 12, 1)).days + rng.gauss(0, 40) > 0 else "on time"
        rows.append([f"{day:%d.%m.%Y}", rng.choice(["Oslo", "Lima"]), late])
    return written(["ordered", "city", "arrival"], rows), "arrival"


def currency() -> tuple[str, str]:
    """Prices of houses in dollars."""
    rng = random.Random(5)
    rows = []
    for _ in range(MANY):
        area, tax = rng.uniform(60, 300), rng.uniform(500, 4000)
        price = 1500 * area + 20 * tax + rng.gauss(0, 9000)
        rows.append([f"{area:.0f}", f"${tax:,.2f}", f"${price:,.2f}"])
    return written(["area", "tax", "price"], rows), "price"


TABLES = {
    "two-classes.csv": two_classes,
    "seven-classes.csv": seven_classes,
    "numbers.csv": numbers,
    "dates.csv": dates,
    "currency.csv": currency,
}
