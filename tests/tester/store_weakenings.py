"""Every way in which the store's tables can lose a rule, with what has to be reported."""

from __future__ import annotations

from tests.tester.weakening import Weakening, other, reindexed, replaced, trigger, weaker

REFUSED_SUPPLIERS = {("accepted", "suppliers"), ("round-trip", "Supplier")}
REFUSED_PRODUCTS = {("accepted", "products"), ("round-trip", "Product")}
REGISTER = "suppliers.unique(country,register)"
EMAIL = "suppliers.unique(email) where active"
STOCK = "products.check(stock_range)"
LOWEST = "products.check(lowest_first)"
STATUS = "products.status.enum(status)"
LABEL = "products.label.length(12)"
PRICE = "products.price.range(numeric(6, 2))"

NOT_NULL = (
    weaker(
        "not null dropped",
        "suppliers",
        "not-null",
        "suppliers.country.not_null",
        "ALTER TABLE suppliers ALTER country DROP NOT NULL",
    ),
    other(
        "not null added",
        "products",
        REFUSED_PRODUCTS,
        "ALTER TABLE products ALTER price SET NOT NULL",
    ),
)

KEYS = (
    weaker(
        "unique constraint dropped",
        "suppliers",
        "unique",
        "suppliers.unique(code)",
        "ALTER TABLE suppliers DROP CONSTRAINT uq_suppliers_code",
    ),
    weaker(
        "unique index dropped", "suppliers", "unique", REGISTER, "DROP INDEX uq_suppliers_register"
    ),
    weaker(
        "key widened by a column",
        "suppliers",
        "unique",
        REGISTER,
        *reindexed("uq_suppliers_register", "suppliers (country, register, code)"),
    ),
    other(
        "key narrowed by a column",
        "suppliers",
        {("unique", REGISTER)},
        *reindexed("uq_suppliers_register", "suppliers (country)"),
        allows=REFUSED_SUPPLIERS,
    ),
    weaker(
        "key over another column",
        "suppliers",
        "unique",
        REGISTER,
        *reindexed("uq_suppliers_register", "suppliers (country, code)"),
    ),
    weaker(
        "partial predicate lost",
        "suppliers",
        "unique",
        EMAIL,
        *reindexed("uq_suppliers_email", "suppliers (email)"),
    ),
    weaker(
        "partial predicate turned round",
        "suppliers",
        "unique",
        EMAIL,
        *reindexed("uq_suppliers_email", "suppliers (email) WHERE NOT active"),
    ),
    weaker(
        "partial predicate narrowed",
        "suppliers",
        "unique",
        EMAIL,
        *reindexed("uq_suppliers_email", "suppliers (email) WHERE active AND register > 0"),
    ),
    other(
        "nulls not distinct",
        "suppliers",
        {("unique", "suppliers.unique(nickname)")},
        *replaced("suppliers", "uq_suppliers_nickname", "UNIQUE NULLS NOT DISTINCT (nickname)"),
        allows=REFUSED_SUPPLIERS,
    ),
    weaker(
        "primary key dropped",
        "counts",
        "primary-key",
        "counts.primary_key(day,place)",
        "ALTER TABLE counts DROP CONSTRAINT counts_pkey",
    ),
    weaker(
        "numbered primary key dropped",
        "labels",
        "primary-key",
        "labels.primary_key(id)",
        "ALTER TABLE labels DROP CONSTRAINT labels_pkey",
    ),
)

FOREIGN_KEYS = (
    weaker(
        "foreign key dropped",
        "products",
        "foreign-key",
        "products.supplier_id->suppliers",
        "ALTER TABLE products DROP CONSTRAINT fk_products_supplier",
    ),
    other(
        "foreign key to the same table dropped",
        "products",
        {
            ("foreign-key", "products.replaced_by_id->products"),
            ("update-key", "products.replaced_by_id->products"),
            ("delete-sql", "products"),
            ("delete-orm", "products"),
        },
        "ALTER TABLE products DROP CONSTRAINT fk_products_replaced_by",
    ),
    other(
        "foreign key to another table",
        "products",
        {*REFUSED_PRODUCTS, ("foreign-key", "products.supplier_id->suppliers")},
        *replaced(
            "products",
            "fk_products_supplier",
            "FOREIGN KEY (supplier_id) REFERENCES shelves ON DELETE CASCADE",
        ),
    ),
)


def _check(identifier: str, name: str, condition: str, *, refuses: bool) -> Weakening:
    return other(
        identifier,
        "products",
        {("check", f"products.check({name})")},
        *replaced("products", name, f"CHECK ({condition})"),
        allows=REFUSED_PRODUCTS if refuses else set(),
    )


CHECKS = (
    weaker(
        "check of a range dropped",
        "products",
        "check",
        STOCK,
        "ALTER TABLE products DROP CONSTRAINT stock_range",
    ),
    weaker(
        "check of a length dropped",
        "products",
        "check",
        "products.check(label_length)",
        "ALTER TABLE products DROP CONSTRAINT label_length",
    ),
    weaker(
        "check of two columns dropped",
        "products",
        "check",
        LOWEST,
        "ALTER TABLE products DROP CONSTRAINT lowest_first",
    ),
    weaker(
        "check of nulls dropped",
        "products",
        "check",
        "products.check(weight_has_unit)",
        "ALTER TABLE products DROP CONSTRAINT weight_has_unit",
    ),
    _check("lower bound one less", "stock_range", "stock BETWEEN -1 AND 10", refuses=False),
    _check("lower bound one more", "stock_range", "stock BETWEEN 1 AND 10", refuses=True),
    _check("upper bound one less", "stock_range", "stock BETWEEN 0 AND 9", refuses=True),
    _check("upper bound one more", "stock_range", "stock BETWEEN 0 AND 11", refuses=False),
    _check("operator less than", "lowest_first", "lowest < highest", refuses=True),
    _check("operator greater or equal", "lowest_first", "lowest >= highest", refuses=True),
    _check("operator unequal", "lowest_first", "lowest <> highest", refuses=True),
    _check("operator equal", "lowest_first", "lowest = highest", refuses=True),
)

TYPES = (
    weaker("label added", "products", "enum", STATUS, "ALTER TYPE status ADD VALUE 'LOST'"),
    other(
        "label removed",
        "products",
        {("enum", STATUS)},
        "ALTER TYPE status RENAME TO old_status",
        "CREATE TYPE status AS ENUM ('DRAFT', 'LIVE')",
        "ALTER TABLE products ALTER status TYPE status USING status::text::status",
        allows=REFUSED_PRODUCTS,
    ),
    other(
        "label renamed",
        "products",
        {("enum", STATUS)},
        "ALTER TYPE status RENAME VALUE 'GONE' TO 'gone'",
        allows=REFUSED_PRODUCTS,
    ),
    weaker(
        "enum to text", "products", "enum", STATUS, "ALTER TABLE products ALTER status TYPE text"
    ),
    weaker(
        "varchar one longer",
        "products",
        "length",
        LABEL,
        "ALTER TABLE products ALTER label TYPE varchar(13)",
    ),
    other(
        "varchar one shorter",
        "products",
        {("length", LABEL)},
        "ALTER TABLE products ALTER label TYPE varchar(11)",
        allows=REFUSED_PRODUCTS,
    ),
    weaker(
        "varchar to text", "products", "length", LABEL, "ALTER TABLE products ALTER label TYPE text"
    ),
    weaker(
        "smallint to integer",
        "products",
        "range",
        "products.rank.range(smallint)",
        "ALTER TABLE products ALTER rank TYPE integer",
    ),
    other(
        "integer to smallint",
        "suppliers",
        {("range", "suppliers.register.range(integer)")},
        "ALTER TABLE suppliers ALTER register TYPE smallint",
        allows=REFUSED_SUPPLIERS,
    ),
    weaker(
        "integer to bigint",
        "suppliers",
        "range",
        "suppliers.register.range(integer)",
        "ALTER TABLE suppliers ALTER register TYPE bigint",
    ),
    other(
        "numeric of a smaller scale",
        "products",
        {("range", PRICE)},
        "ALTER TABLE products ALTER price TYPE numeric(6, 1)",
        allows=REFUSED_PRODUCTS,
    ),
    weaker(
        "numeric of a larger scale",
        "products",
        "range",
        PRICE,
        "ALTER TABLE products ALTER price TYPE numeric(7, 3)",
    ),
    weaker(
        "numeric of a larger precision",
        "products",
        "range",
        PRICE,
        "ALTER TABLE products ALTER price TYPE numeric(7, 2)",
    ),
    other(
        "numeric of a smaller precision",
        "products",
        {("range", PRICE)},
        "ALTER TABLE products ALTER price TYPE numeric(5, 2)",
        allows=REFUSED_PRODUCTS,
    ),
    other(
        "time without a zone",
        "products",
        {("accepted", "products")},
        "ALTER TABLE products ALTER listed_at TYPE timestamp",
        allows=REFUSED_PRODUCTS,
    ),
)

DEFAULTS = (
    weaker(
        "default dropped",
        "products",
        "defaults",
        "products.remark",
        "ALTER TABLE products ALTER remark DROP DEFAULT",
    ),
    weaker(
        "default changed",
        "products",
        "defaults",
        "products.remark",
        "ALTER TABLE products ALTER remark SET DEFAULT 'some'",
    ),
    weaker(
        "boolean default changed",
        "suppliers",
        "defaults",
        "suppliers.active",
        "ALTER TABLE suppliers ALTER active SET DEFAULT false",
    ),
)

TRIGGERS = (
    other(
        "trigger that changes a value",
        "products",
        {*REFUSED_PRODUCTS, ("defaults", "products.remark")},
        trigger("products", "NEW.remark := NEW.remark || '.';"),
    ),
    other(
        "trigger that raises",
        "suppliers",
        {("accepted", "suppliers"), ("range", "suppliers.register.range(integer)")},
        trigger("suppliers", "IF NEW.register < 0 THEN RAISE 'no debts'; END IF;"),
        allows=REFUSED_SUPPLIERS,
    ),
)

WEAKENINGS = (*NOT_NULL, *KEYS, *FOREIGN_KEYS, *CHECKS, *TYPES, *DEFAULTS, *TRIGGERS)
