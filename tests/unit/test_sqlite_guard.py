"""SQL of users stays in its own database, and within limits of memory, result and time."""

import resource
import sqlite3
import time

import pytest

from studio.datasets.databases import query_database, write_database
from studio.errors import BadArgument, ModuleExecutionError
from studio.tables import sqlite_guard
from studio.tables.schema import Column, ColumnType
from studio.tables.sqlite_guard import ResultTooLarge, fetch_all, guard
from tests.builders import call_module, dataset

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

ROWS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) "
HUGE = ROWS.format(3000) + "select "
REACHING_OUT = [
    "attach database '{}' as s",
    "attach database ':memory:' as s",
    "vacuum into '{}'",
    "vacuum",
    "detach database main",
    "pragma writable_schema = on",
    "pragma temp_store_directory = '{}'",
    "pragma journal_mode = wal",
    "pragma hard_heap_limit = 0",
    "select * from pragma_database_list",
    "select load_extension('{}')",
    "select fts3_tokenizer('simple')",
    "select readfile('/etc/passwd')",
    "select writefile('{}', 'x')",
    "create virtual table v using fts5(a)",
    "create virtual table temp.v using dbstat",
]


def sql(script, **tables):
    return call_module("Apply SQL Transformation", {"Table1": dataset("a\n1\n")}, **{"SQL Query Script": script})[0]


@pytest.mark.attack("SQL")
@pytest.mark.parametrize("script", REACHING_OUT)
def test_a_script_reaches_nothing_outside_its_tables(script, tmp_path):
    with pytest.raises(ModuleExecutionError, match="0069"):
        sql(f"{script.format(tmp_path / 'stolen')}; select 1 as a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.attack("SQL")
@pytest.mark.parametrize(
    "query",
    [
        *REACHING_OUT,
        "create table x (a)",
        "drop table people",
        "delete from people",
        "insert into people values (2)",
        "update people set a = 2",
        "create temp table x (a)",
    ],
)
def test_a_query_of_a_database_only_reads_it(query, tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    write_database(url, "people", [Column("a", ColumnType.INT64)], [(1,)])
    with pytest.raises(BadArgument, match=r"The database reported an error|not return rows"):
        query_database(url, query.format(tmp_path / "stolen"))
    assert [path.name for path in tmp_path.iterdir()] == ["shop.db"]
    assert query_database(url, "select * from people")[1] == [[1]]


@pytest.mark.attack("SQL")
@pytest.mark.parametrize(
    "script",
    [
        "select length(hex(zeroblob(400000000))) as n",
        "select length(replace(hex(zeroblob(4000000)), '0', '0123456789')) as n",
        HUGE + "sum(length(x)) as n from (select hex(zeroblob(1000000)) as x from n order by random())",
        pytest.param(HUGE + "length(group_concat(hex(zeroblob(10000)))) as n from n", marks=pytest.mark.long),
        HUGE + "hex(zeroblob(1000000)) as x from n",
        f"select {', '.join(f'hex(zeroblob(4000000)) as c{number}' for number in range(400))}",
        "create table big as " + HUGE + "hex(zeroblob(1000000)) as x from n; select count(*) as n from big",
        pytest.param(
            "create temp table big as " + HUGE + "hex(zeroblob(1000000)) as x from n; select count(*) as n from big",
            marks=pytest.mark.long,
        ),
        # It runs until its time is up, ten seconds.
        pytest.param(
            "with c0 as (select 1 x), "
            + ", ".join(f"c{i} as (select a.x from c{i - 1} a, c{i - 1} b)" for i in range(1, 26))
            + " select count(*) as n from c25",
            marks=pytest.mark.long,
        ),
        "select " + "(" * 5000 + "1" + ")" * 5000 + " as n",
        ";" * 50_000,
        "'" + ";" * 99_000,
    ],
)
def test_a_script_cannot_use_up_the_memory(script):
    started = time.process_time()
    with pytest.raises(ModuleExecutionError, match=r"0069|0138"):
        sql(script)
    assert time.process_time() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3000 * 1024


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


@pytest.mark.attack("SQL")
def test_a_statement_that_takes_too_long_is_stopped(connection, monkeypatch):
    monkeypatch.setattr(sqlite_guard, "MAX_SECONDS", 0.2)
    guard(connection, writes=True)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute(ROWS.format(10**9) + "select count(*) from n").fetchall()


@pytest.mark.attack("SQL")
def test_patterns_in_sql_take_linear_time(connection, tmp_path):
    guard(connection, writes=False)
    started = time.process_time()
    text = "(replace(hex(zeroblob(20000)), '0', 'aa') || '!')"
    for pattern in ("'^(a+)+$'", "'^(a|a)*$'"):
        assert connection.execute(f"select {text} regexp {pattern}").fetchone() == (0,)
    for wild, operator in (("%", "like"), ("*", "glob")):
        query = f"select {text} {operator} '{(wild + 'a') * 400 + '!'}'"
        connection.execute(query).fetchone()
    assert query_database(f"sqlite:///{tmp_path / 'a.db'}", f"select {text} regexp '^(a+)+$' as m")[1] == [[0]]
    with pytest.raises(sqlite3.DatabaseError, match="pattern too complex"):
        connection.execute(f"select {text} like '{'%a' * 1000}'").fetchone()
    assert time.process_time() - started < 2


def test_what_scripts_ordinarily_do_still_works(connection):
    guard(connection, writes=True)
    for statement in (
        "create table s (a integer primary key, b text)",
        "insert into s values (1, 'x'), (2, 'y')",
        "create index i on s (b)",
        "create view v as select * from s",
        "update s set b = upper(b)",
        "alter table s add column c",
        "create temp table t as select * from v",
        "create trigger g after insert on s begin delete from s where a = 1; end",
        "savepoint p",
        "insert into s values (3, 'z', null)",
        "release p",
        "drop trigger g",
        "analyze",
        "drop view v",
    ):
        connection.execute(statement)
    assert connection.execute("select count(*) from t").fetchone() == (2,)
    assert connection.execute("select group_concat(b), max(a) from s").fetchone() == ("Y,z", 3)
    assert connection.execute("select row_number() over (order by a) from s").fetchall() == [(1,), (2,)]
    assert connection.execute("select length(printf('%.*c', 90000000, 'x'))").fetchone() in ((None,), (0,))
    assert connection.execute("select value from json_each('[4]')").fetchone() == (4,)
    assert connection.execute("select 'Oslo' regexp '^Os'").fetchone() == (1,)


def test_a_result_is_counted_while_it_is_fetched(connection):
    cursor = connection.execute(ROWS.format(5000) + "select i, 'abcd' from n")
    assert len(fetch_all(cursor)) == 5000
    cursor = connection.execute(ROWS.format(5000) + "select i, 'abcd' from n")
    with pytest.raises(ResultTooLarge, match="exceeds 0 MiB"):
        fetch_all(cursor, 100_000)
