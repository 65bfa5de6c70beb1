"""How Sphinx builds these pages: offline, and with every warning an error (``make docs``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import kinesis_producer

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "kinesis_producer"
author = "The kinesis_producer maintainers"
copyright = "2026, the kinesis_producer maintainers"
version = release = kinesis_producer.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"kinesis_producer {release}"

# `Name` on a page or in a docstring is a Python name of this package.
rst_prolog = ".. currentmodule:: kinesis_producer\n"
default_role = "py:obj"
add_module_names = False
python_use_unqualified_type_names = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpick_ignore_regex = [
    # Of the standard library. Its inventory would have to be fetched, and the build is offline.
    ("py:.*", r"(collections\.)?Counter|MappingProxyType"),
    ("py:.*", r"(collections\.abc\.)?(Callable|Iterable|Mapping|Sequence)"),
    ("py:.*", r"(datetime\.)?datetime|Any|Self|TracebackType|threading\.Event|os\.PathLike"),
    # of SQLAlchemy
    ("py:.*", r"Connection|Engine"),
]

#: Where names are documented that signatures use without their module.
_HOMES: Final = {
    "DynamoDBStore": "kinesis_producer.stores.DynamoDBStore",
    "Fault": "kinesis_producer.testing.faults.Fault",
    "HashRange": "kinesis_producer.core.hash_keys.HashRange",
    "Lease": "kinesis_producer.core.leasing.lease.Lease",
    "LeaseLost": "kinesis_producer.errors.LeaseLost",
    "LeaseTable": "kinesis_producer.stores.LeaseTable",
    "MemoryStore": "kinesis_producer.stores.MemoryStore",
    "Mixture": "kinesis_producer.testing.faults.Mixture",
    "Parameters": "kinesis_producer.testing.faults.Parameters",
    "Position": "kinesis_producer.core.positions.Position",
    "PutRecordsClient": "kinesis_producer.client.connection.PutRecordsClient",
    "RedisStore": "kinesis_producer.stores.RedisStore",
    "Refusals": "kinesis_producer.testing.faults.Refusals",
    "Serializer": "kinesis_producer.producer.serializers.Serializer",
    "Session": "kinesis_producer.client.connection.Session",
    "SQLiteStore": "kinesis_producer.stores.SQLiteStore",
    "SqlStore": "kinesis_producer.stores.SqlStore",
    "Store": "kinesis_producer.stores.Store",
    "StoreUnavailable": "kinesis_producer.errors.StoreUnavailable",
    "StreamId": "kinesis_producer.stores.StreamId",
    "Which": "kinesis_producer.testing.faults.Which",
}


def _find(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: Any) -> Any:
    """What a name refers to, where Sphinx does not know it."""
    home = _HOMES.get(node["reftarget"])
    if home is None:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", home, node, shown)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", _find)
