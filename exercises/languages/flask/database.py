"""PostgreSQL: a pool of connections to DATABASE_URL, which is opened when it is first used.

    with pool().connection() as connection:
        rows = connection.execute("SELECT 1 AS one").fetchall()

Leaving the block commits; an exception rolls back.
"""

import os
from functools import cache

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool


@cache
def pool():
    return ConnectionPool(
        os.environ["DATABASE_URL"],
        min_size=1,
        max_size=10,
        kwargs={"row_factory": dict_row},
        open=True,
    )
