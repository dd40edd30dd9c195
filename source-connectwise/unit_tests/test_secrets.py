"""What is taken out of a row, and what stays."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.depth import prune
from source_connectwise.secrets import take_out_secrets

SECRET = "hunter2"


def cleaned(row: dict[str, Any], path: str = "") -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(row))
    take_out_secrets(copied, path)
    return copied


@pytest.mark.parametrize(
    "name",
    [
        *(
            "password",
            "portalPassword",
            "globalLoginPassword",
            "nAblePassword",
            "continuumApiPassword",
            "levelApiPassword",
        ),
        *(
            "corelyticsPassword",
            "reportingPassword",
            "token",
            "clientSecret",
            "privateKey",
            "publicKey",
            "encryptionKey",
        ),
        *("licenseKey", "apiKey", "access_key", "refreshToken", "PASSWORD", "passphrase"),
    ],
)
@pytest.mark.parametrize("value", [SECRET, 5, [SECRET], {"value": SECRET}])
def test_fields_that_are_secrets_by_their_name_go_at_any_depth(name: str, value: Any) -> None:
    assert cleaned({"id": 1, name: value}) == {"id": 1}
    assert cleaned({"id": 1, "member": {"id": 2, name: value}}) == {"id": 1, "member": {"id": 2}}
    assert cleaned({"all": [[{"id": 3, name: value}]]}) == {"all": [[{"id": 3}]]}


@pytest.mark.parametrize("type_name", ["fieldType", "type", "fieldTypeIdentifier", "questionType"])
@pytest.mark.parametrize("kind", ["Password", "password", "PasswordText", "Secret"])
@pytest.mark.parametrize("at", ["value", "answer", "answers", "defaultValue"])
def test_an_object_that_says_that_it_is_a_password_loses_its_value(type_name: str, kind: str, at: str) -> None:
    one = {"id": 4, "caption": "Safe", type_name: kind, at: SECRET}
    kept = {"id": 4, "caption": "Safe", type_name: kind}
    assert cleaned(one) == kept
    assert cleaned({"customFields": [one, {"type": "Text", "value": "x"}]}) == {
        "customFields": [kept, {"type": "Text", "value": "x"}]
    }
    assert cleaned({"project": {"questions": [one]}}) == {"project": {"questions": [kept]}}


@pytest.mark.parametrize(
    "row",
    [
        {"hidePassword": True, "token": None, "timebasedOneTimePasswordActivated": False},
        {"type": {"id": 3, "name": "Password reset"}, "value": 5},
        {"type": "Text", "value": "password", "answer": "token"},
        {"summary": "Password reset", "lastPasswordChange": "2026-01-01T00:00:00Z", "keyword": "x", "monkey": "y"},
        {"portalPasswordEmailBody": "Dear", "tokens_used": 3, "signature": "Kind regards"},
        {"url": "https://a.example/x?token=1"},
    ],
)
def test_what_is_no_secret_stays(row: dict[str, Any]) -> None:
    assert cleaned(row) == row


def test_a_name_that_was_no_secret_in_one_row_is_one_in_the_next() -> None:
    assert cleaned({"sharedToken": True, "codeType": "Text", "value": "x"})["value"] == "x"
    assert cleaned({"sharedToken": SECRET, "codeType": "Password", "value": SECRET}) == {"codeType": "Password"}


def test_addresses_to_call_back_lose_what_others_put_behind_them() -> None:
    hook = {"url": f"https://u:{SECRET}@a.example:8443/hook/5?token={SECRET}#{SECRET}", "type": "ticket"}
    assert cleaned(hook, "/system/callbacks") == {"url": "https://a.example:8443/hook/5", "type": "ticket"}
    assert cleaned({"timeEntryCallbackUrl": f"https://a.example/?key={SECRET}"}) == {
        "timeEntryCallbackUrl": "https://a.example/"
    }
    assert cleaned({"callbackUrl": "https://[bad"}) == {"callbackUrl": ""}


NAMES = st.sampled_from(["id", "name", "type", "token", "hidePassword", "value", "callbackUrl"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "Password", SECRET]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=5),
)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_nulls_that_go_in_the_same_walk_are_those_that_go_in_a_walk_of_their_own(row: dict[str, Any]) -> None:
    once, twice = deepcopy(row), deepcopy(row)
    take_out_secrets(once, prunes=True)
    take_out_secrets(twice)
    prune(twice)
    assert once == twice
