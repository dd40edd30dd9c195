"""packing.py: the engine's imports in a package that has the engine inside."""

import pytest

from packing import engines_dependencies, moved

ENGINE = "source_acme._engine"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from crm_source.api import Api\n", "from source_acme._engine.api import Api\n"),
        ("from crm_source import api\n", "from source_acme._engine import api\n"),
        ("def late():\n    from crm_source.api import Api", "def late():\n    from source_acme._engine.api import Api"),
        ("x = 1; from crm_source.api import Api", "x = 1; from source_acme._engine.api import Api"),
        (
            "from crm_source.api import (\n    crm_source,\n)\n",
            "from source_acme._engine.api import (\n    crm_source,\n)\n",
        ),
        ('"""\nfrom crm_source.api import Api\n"""\n', '"""\nfrom crm_source.api import Api\n"""\n'),
        ('NAME = "_crm_source_original"\n', 'NAME = "_crm_source_original"\n'),
        ("from crm_sources import x\n", "from crm_sources import x\n"),
        ("from .crm_source import x\n", "from .crm_source import x\n"),
    ],
)
def test_an_import_of_the_engine_becomes_one_of_the_copy_inside(code: str, expected: str) -> None:
    assert moved(code, ENGINE) == expected


def test_an_import_that_cannot_be_moved_is_an_error_that_names_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        moved("import json\nimport crm_source.api\n", ENGINE)


def test_what_the_engine_needs_is_named_without_comments() -> None:
    needed = engines_dependencies()
    assert "orjson>=3.10" in needed
    assert not [line for line in needed if not line[0].isalpha()]
