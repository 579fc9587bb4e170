"""The parts of the printed script that are the same in each: text of the script, not run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

USAGE = """\
Run:  python reproduce_{id}.py postgresql://user@host/database     (or set DATABASE_URL)

The URL names a server and a database to connect to, which is not changed: the script makes a
database of its own beside it and drops that at the end. Start it where the models can be imported.
Ends with 1 when the failure is reproduced, 0 when it is not, 2 on an error.
"""

MAIN = '''\
def attempt(connection):
    """The error that refuses the operation, or None; and what is not stored as predicted."""
    try:
        return None, operate(connection)
    except {refusals} as error:
        if getattr(error, "connection_invalidated", False) or isinstance(error, NameError):
            raise
        return error, []


def say(error, differences):
    """What happened, in one line."""
    if error is None:
        return "; ".join(["accepted", *differences])
    cause = getattr(error, "orig", None) or error
    names = " ".join(name for name in identity(error) if name) or type(cause).__name__
    return f"refused: {{names}}: {{(str(cause).splitlines() or [''])[0]}}"


def identity(error):
    """The SQLSTATE of a refusal and the constraint or column that the server names."""
    diagnosis = getattr(getattr(error, "orig", None), "diag", None)
    if diagnosis is None:
        return None, None
    return diagnosis.sqlstate, diagnosis.constraint_name or diagnosis.column_name


@contextlib.contextmanager
def scratch_database(text):
    """An engine for a new database with all tables."""
    url = sa.make_url(text)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    name = f"reproduction_{{uuid.uuid4().hex[:12]}}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as admin:
        admin.execute(sa.text(f"CREATE DATABASE {{name}}"))
    engine = sa.create_engine(url.set(database=name))
    try:
{schemas}        metadata.create_all(engine)
        yield engine
    finally:
        engine.dispose()
        with server.connect() as admin:
            admin.execute(sa.text(f"DROP DATABASE {{name}} WITH (FORCE)"))
        server.dispose()


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DATABASE_URL")
    if not url:
        print(f"Usage: python {{sys.argv[0]}} postgresql://user@host/database", file=sys.stderr)
        return 2
    with scratch_database(url) as engine, engine.connect() as connection:
        connection.execute(sa.text("SET TIME ZONE 'UTC'"))
        prepare(connection)
{commit}        error, differences = attempt(connection)
    reproduced = {reproduced}
    print("predicted:", PREDICTED)
    print("observed: ", say(error, differences))
    print("REPRODUCED:" if reproduced else "NOT REPRODUCED:", TITLE)
    return 1 if reproduced else 0


if __name__ == "__main__":
    try:
        status = main()
    except Exception:
        traceback.print_exc()
        status = 2
    sys.exit(status)
'''

SCHEMAS = """\
        with engine.begin() as connection:
            for schema in {names}:
                connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
"""

EXTENSIONS = """\
        with engine.begin() as connection:
            for extension in {names}:
                connection.execute(sa.text(f'CREATE EXTENSION IF NOT EXISTS "{{extension}}"'))
        engine.dispose()  # a new connection knows the types of the extensions
"""

COMMIT = """\
        connection.commit()
"""

# Helpers in the order in which they call one another; a script holds those that it uses.
HELPERS: Mapping[str, str] = {
    "insert": """\
def insert(connection, table, values):
    connection.execute(sa.insert(tables[table]).values(values))
""",
    "insert_together": '''\
def insert_together(connection, *rows):
    """Rows that need one another, in one statement: keys are checked when it ends."""
    *others, last = (sa.insert(tables[table]).values(values) for table, values in rows)
    parts = (other.cte(f"w{number}") for number, other in enumerate(others))
    connection.execute(last.add_cte(*parts))
''',
    "where": '''\
def where(table, key):
    """The condition that tells one row from all others."""
    return sa.and_(*(tables[table].c[name] == value for name, value in key.items()))
''',
    "stored": '''\
def stored(connection, table, key, column):
    """One column of one row as the database holds it: [value], or [] when the row is gone."""
    query = sa.select(tables[table].c[column]).where(where(table, key))
    return list(connection.scalars(query))
''',
    "same": '''\
def same(one, other):
    """Equal, but 1 is not True; NaN equals NaN."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return one == other or (one != one and other != other)
''',
    "compare": '''\
def compare(found, what, values, predicted):
    """Note what is gone or not as predicted."""
    if not values:
        found.append(f"{what} is gone")
    elif not same(values[0], predicted):
        found.append(f"{what} is {values[0]!r}, predicted {predicted!r}")
''',
    "new": '''\
def new(mapped):
    """An instance without values, made without its constructor as in a load."""
    orm.configure_mappers()
    mapper = sa.inspect(mapped)
    instance = mapper.class_manager.new_instance()
    if isinstance(mapper.polymorphic_on, sa.Column):
        name = mapper.get_property_by_column(mapper.polymorphic_on).key
        orm.attributes.set_committed_value(instance, name, mapper.polymorphic_identity)
    return instance
''',
    "again": '''\
def again(session, instance):
    """[the same row in another session], or [] when it is gone."""
    fresh = session.get(type(instance), sa.inspect(instance).identity)
    return [fresh] if fresh is not None else []
''',
    "composed": '''\
def composed(instance, name, attribute):
    """A column's attribute as a composite shows it."""
    composite = sa.inspect(instance).mapper.composites[name]
    value = getattr(instance, name)
    if value is None:
        return getattr(instance, attribute)
    names = [column.key for column in composite.props]
    return dict(zip(names, composite._composite_values_from_instance(value))).get(attribute)
''',
    "related": '''\
def related(instances, name, others):
    """Whether a relationship leads from one object to the other."""
    if not instances or not others:
        return False
    value = getattr(instances[0], name)
    relationship = sa.inspect(type(instances[0])).relationships[name]
    if not relationship.uselist:
        return value is others[0]
    if relationship.lazy == "write_only":
        return others[0] in orm.object_session(instances[0]).scalars(value.select())
    adapted = value if relationship.lazy == "dynamic" else orm.collections.collection_adapter(value)
    return others[0] in list(adapted)
''',
    "broken": '''\
def broken(name, check, argument):
    """Why an invariant does not hold of what it is asked about; empty where it does."""
    try:
        return [f"{name} is false"] if check(argument) is False else []
    except Exception as error:
        return [f"{name} raises {type(error).__name__}: {error}"]
''',
    "missing": """\
def missing(what):
    raise NameError(what)
""",
    "returned": '''\
def returned(connection, query):
    """The rows of a query, as text."""
    if not isinstance(query, str):
        return [str(dict(row._mapping)) for row in connection.execute(query)]
    rows = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
    return [str(dict(row._mapping)) for row in rows]
''',
    "load": '''\
def load(instance, seen):
    """Touch every relationship of an object and of what it leads to."""
    if id(instance) in seen:
        return
    seen[id(instance)] = instance
    for relationship in sa.inspect(instance).mapper.relationships:
        value = getattr(instance, relationship.key)
        for other in value if relationship.uselist else [value]:
            if other is not None:
                load(other, seen)
''',
}

_NEEDS = {"stored": ("where",), "compare": ("same",)}


def helper_texts(used: set[str]) -> list[str]:
    """The helpers that a script calls, and those that these call."""
    needed = used | {name for helper in used for name in _NEEDS.get(helper, ())}
    return [text for name, text in HELPERS.items() if name in needed]
