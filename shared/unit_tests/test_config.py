"""What a user may write into a configuration, and what is said about mistakes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.config import Config, checked, normalised, problems_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "s3cr3t-key"
SPEC: Mapping[str, Any] = {
    "type": "object",
    "required": ["api_key", "base_url", "company"],
    "additionalProperties": True,
    "properties": {
        "api_key": {
            "type": "string",
            "airbyte_secret": True,
            "pattern": "^[a-z0-9-]+$",
            "x-instance-key": ["username", "apiKey"],
        },
        "base_url": {"type": "string", "x-instance-key": "base.url"},
        "company": {"type": "string", "x-instance-key": "company.id"},
        "start_date": {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "pattern_descriptor": "YYYY-MM-DD",
        },
        "pagination_max": {"type": "integer", "minimum": 2, "maximum": 1000, "x-instance-key": "pagination.max"},
        "filter_response_nulls": {"type": "boolean", "default": True, "x-instance-key": "filter.response.nulls"},
        "num_workers": {"type": "integer", "default": 10, "minimum": 1, "maximum": 40},
        "lookback_minutes": {"type": "integer", "default": 5, "minimum": 0},
        "vendor_type": {"type": "string", "enum": ["polling", "webhook"], "x-instance-key": "event.vendor.type"},
        "poller": {"type": "string", "x-instance-key": "event.poller.configuration"},
        "limits": {"type": "array", "items": {"type": "object"}},
        "extra": {"type": "object", "x-instance-key": "extra.settings"},
    },
}
SNAKE = {
    "api_key": SECRET,
    "base_url": "https://api.example.com",
    "company": "acme",
    "pagination_max": 200,
    "filter_response_nulls": False,
    "vendor_type": "polling",
}
DOTTED = {
    "username": SECRET,
    "base.url": "https://api.example.com",
    "company.id": "acme",
    "pagination.max": "200",
    "filter.response.nulls": "false",
    "event.vendor.type": "polling",
}
INSTANCE = {"id": 12, "name": "Production", "element": {"key": "crm"}, "enabled": True, "configuration": DOTTED}


def good(**more: Any) -> dict[str, Any]:
    return normalised({**SNAKE, **more}, SPEC)


def failure(config: Mapping[str, Any]) -> str:
    with pytest.raises(AirbyteTracedException) as caught:
        checked(normalised(config, SPEC), SPEC, NOW)
    assert caught.value.failure_type is FailureType.config_error
    assert caught.value.message
    return caught.value.message


@pytest.mark.parametrize("form", [SNAKE, DOTTED, {"configuration": DOTTED}, INSTANCE], ids=["snake", "flat", "b", "i"])
def test_every_form_of_a_configuration_means_the_same(form: Mapping[str, Any]) -> None:
    assert normalised(form, SPEC) == good()
    assert checked(normalised(form, SPEC), SPEC, NOW).page_size == 200


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "username", "USERNAME", "apiKey", "apikey"])
def test_aliases_are_found_in_any_case_and_spelling(name: str) -> None:
    config = normalised({name: SECRET}, SPEC)
    assert config["api_key"] == SECRET
    assert set(config) & {"username", "USERNAME", "apiKey", "apikey", "API_KEY"} == set()


def test_the_name_of_the_spec_goes_before_its_aliases() -> None:
    assert normalised({"username": "other", "api_key": SECRET}, SPEC)["api_key"] == SECRET


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_entry_is_as_good_as_none(empty: object) -> None:
    assert normalised({"num_workers": empty}, SPEC)["num_workers"] == 10
    assert normalised({"api_key": empty, "username": SECRET}, SPEC)["api_key"] == SECRET
    assert "company" not in normalised({"company": empty}, SPEC)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("pagination_max", "200", 200),
        ("pagination_max", " 200 ", 200),
        ("pagination_max", "-1", -1),
        ("pagination_max", 200, 200),
        ("pagination_max", "many", "many"),
        ("pagination_max", "--5", "--5"),
        ("pagination_max", "²", "²"),
        ("filter_response_nulls", "true", True),
        ("filter_response_nulls", "False", False),
        ("filter_response_nulls", " TRUE ", True),
        ("filter_response_nulls", False, False),
        ("filter_response_nulls", "yes", "yes"),
        ("company", "  acme\n", "acme"),
        ("company", "42", "42"),
        ("poller", {"a": [1, None]}, '{"a": [1, null]}'),
        ("poller", [{"a": 1}], '[{"a": 1}]'),
        ("limits", ' [{"stream": "a"}] ', [{"stream": "a"}]),
        ("limits", [{"stream": "a"}], [{"stream": "a"}]),
        ("limits", "[]", []),
        ("limits", "board/id = 1", "board/id = 1"),
        ("extra", '{"a": {"b": "[1]"}}', {"a": {"b": "[1]"}}),
        ("extra", {"a": "1"}, {"a": "1"}),
    ],
)
def test_values_get_the_type_of_the_spec_where_they_fit(name: str, given: object, expected: object) -> None:
    value = normalised({name: given}, SPEC)[name]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("given", "why"),
    [("[{]", "is not of type 'array'"), ('{"a": 1}', "is not of type 'array'"), ("[1]", "is not of type 'object'")],
)
def test_text_that_is_no_list_is_a_mistake_in_the_configuration(given: str, why: str) -> None:
    (found,) = problems_of(good(limits=given), SPEC)
    assert found.startswith("limits")
    assert why in found


def test_an_object_for_a_text_entry_is_kept_as_json_text() -> None:
    resources = {"contacts": {"url": "/contacts", "datesConfiguration": {"updatedDateField": "updated"}}}
    config = normalised({"configuration": {"event.poller.configuration": resources}}, SPEC)
    assert json.loads(config["poller"]) == resources


def test_defaults_are_filled_in_and_unknown_entries_kept() -> None:
    config = normalised({"surprise": 1}, SPEC)
    assert config == {"surprise": 1, "filter_response_nulls": True, "num_workers": 10, "lookback_minutes": 5}


def test_the_given_configuration_is_left_alone() -> None:
    given = json.loads(json.dumps(INSTANCE))
    normalised(given, SPEC)
    assert given == INSTANCE


def test_a_good_configuration_is_typed() -> None:
    config = checked(good(start_date="2024-01-31", lookback_minutes="30", num_workers="3"), SPEC, NOW)
    assert config == Config(
        raw=config.raw,
        start_date=datetime(2024, 1, 31, tzinfo=UTC),
        lookback=timedelta(minutes=30),
        page_size=200,
        filter_response_nulls=False,
        workers=3,
    )


def test_all_missing_entries_are_named_at_once() -> None:
    message = failure({})
    assert message.count("Missing") == 1
    assert all(name in message for name in ("api_key", "base_url", "company"))


def test_everything_wrong_is_named_at_once() -> None:
    message = failure({"api_key": SECRET, "num_workers": "100", "start_date": "yesterday", "vendor_type": "smoke"})
    assert "Missing from the configuration: base_url, company." in message
    assert "num_workers: 100 is not valid (100 is greater than the maximum of 40)." in message
    assert "start_date: 'yesterday' is not valid (must look like YYYY-MM-DD)." in message
    assert "vendor_type: 'smoke'" in message


@pytest.mark.parametrize("key", ["S3CR3T KEY!", 123456789, ["S3CR3T"], {"S3CR3T": 1}, True])
def test_a_secret_is_never_quoted(key: object) -> None:
    config = {**SNAKE, "api_key": key}
    found = " ".join(problems_of(config, SPEC))
    assert found.startswith("api_key: its value is not valid")
    assert str(key) not in found
    assert "S3CR3T" not in found


def test_a_rule_about_the_whole_configuration_quotes_no_secret() -> None:
    spec = {**SPEC, "dependencies": {"company": ["region"]}}
    found = problems_of(good(), spec)
    assert "'region' is a dependency of 'company'" in found[0]
    assert SECRET not in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T08:00:00Z", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024-01-31T08:00:00", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024-01-31 08:00:00+01:00", datetime(2024, 1, 31, 7, tzinfo=UTC)),
        ("2026-06-01", NOW),
    ],
)
def test_a_start_date_is_a_day_or_an_instant(text: str, expected: datetime) -> None:
    assert checked(good(start_date=text), SPEC, NOW).start_date == expected


def test_no_start_date_means_everything() -> None:
    assert checked(good(), SPEC, NOW).start_date is None
    assert checked(good(start_date=""), SPEC, NOW).start_date is None


@pytest.mark.parametrize("text", ["2024-02-30", "2024-01-31T25:00:00Z", "2024-01-31Tnoon"])
def test_a_start_date_that_is_in_no_calendar_is_refused(text: str) -> None:
    message = failure({**SNAKE, "start_date": text})
    assert message.startswith(f"start_date: {text!r} is neither a date nor a date-time")


@pytest.mark.parametrize("text", ["2026-06-02", "2026-06-01T00:00:01Z", "2026-05-31T23:00:00-02:00"])
def test_a_start_date_in_the_future_is_refused(text: str) -> None:
    assert failure({**SNAKE, "start_date": text}) == f"start_date: {text} lies in the future."


ODD = "\u200b"


@pytest.mark.parametrize("form", [{**SNAKE, "api_key": f"s3cr3t{ODD}-key"}, {**DOTTED, "username": f"s3cr3t{ODD}-key"}])
def test_a_character_that_nobody_sees_is_named_with_its_entry_and_place(form: Mapping[str, Any]) -> None:
    assert failure(form) == "api_key has a ZERO WIDTH SPACE (U+200B) at position 7; copy it again."


@pytest.mark.parametrize("name", ["company", "base_url", "vendor_type", "start_date"])
def test_an_entry_with_an_odd_character_is_told_once(name: str) -> None:
    message = failure({**SNAKE, name: f"20{ODD}24"})
    assert message == f"{name} has a ZERO WIDTH SPACE (U+200B) at position 3; copy it again."


def test_odd_characters_are_told_with_everything_else_that_is_wrong() -> None:
    message = failure({"api_key": "a\u201cb", "company": "a\tb", "num_workers": 99})
    for part in ("Missing from the configuration: base_url.", "api_key has a LEFT", "company has a tab", "num_workers"):
        assert part in message


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", "\xa0", "\u3000", "\x85"])
def test_what_surrounds_a_key_is_left_off_without_a_word(around: str) -> None:
    config = checked(good(api_key=f"{around}{SECRET}{around}"), SPEC, NOW)
    assert config.raw["api_key"] == SECRET


def test_a_password_that_a_person_made_up_may_have_any_letter_and_text_of_many_lines_any_character() -> None:
    properties = {
        "password": {"type": "string", "airbyte_secret": True, "x-any-text": True},
        "client": {"type": "string", "x-key": True},
        "poller": {"type": "string", "multiline": True},
    }
    spec = {"type": "object", "properties": properties}
    assert problems_of({"password": "\u5bc6\u201c", "poller": "{\n\t}"}, spec) == []
    assert len(problems_of({"password": "a\u200b", "client": "\u5bc6"}, spec)) == 2


def test_an_entry_whose_name_has_an_odd_character_is_found_all_the_same() -> None:
    given = {f"{ODD}api_key": SECRET, "company\n": "acme", "\ufeffbase.url": "https://api.example.com"}
    assert checked(normalised(given, SPEC), SPEC, NOW).raw["company"] == "acme"


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_workers": "9" * 4000},
        {"num_workers": "9" * 100_000},
        {"start_date": "x" * 100_000},
        {"start_date": "2024-01-31T" + "x" * 100_000},
        {"limits": "x" * 100_000},
        {"limits": ["x" * 100_000] * 2},
        {"vendor_type": "x" * 100_000},
        {"company": {"a": "x" * 100_000}, "extra": "x" * 100_000},
        {"api_key": "\u200b" * 100_000},
    ],
)
def test_a_value_of_100000_characters_is_not_repeated(wrong: Mapping[str, Any]) -> None:
    assert len(failure({**SNAKE, **wrong})) < 600


def test_of_a_thousand_problems_the_first_are_told() -> None:
    message = failure({**SNAKE, "limits": list(range(1000))})
    assert "limits.24: 24 is not valid" in message
    assert message.endswith("There are 975 more problems.")


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, "off"),
        ({"detect_deletions": True}, "table"),
        ({"detect_deletions": "true"}, "table"),
        ({"detect_deletions": False}, "off"),
        ({"deleted_rows": "mark", "detect_deletions": True}, "mark"),
        ({"deleted_rows": "off", "detect_deletions": True}, "off"),
        ({"deleted_rows": "both"}, "both"),
    ],
)
def test_what_becomes_of_deleted_rows_may_be_said_in_the_older_way(given: dict[str, Any], mode: str) -> None:
    older = {"detect_deletions": {"true": "table", "false": "off"}}
    spec = {
        "properties": {
            "deleted_rows": {"type": "string", "default": "off", "x-was": older},
            "detect_deletions": {"type": "boolean"},
        }
    }
    config = normalised(given, spec)
    assert config["deleted_rows"] == mode
    assert checked(given if given.get("detect_deletions") != "true" else config, spec, NOW).deleted_rows == mode
