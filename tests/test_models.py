"""Models: typed attributes, wire keys, and everything Python expects of a value."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import time
import weakref
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from atlassian_cloud import Model, _native
from atlassian_cloud.admin import Account, ApiToken, ManagedAccount, Permissions, Profile, ScimUser
from hypothesis import given, settings
from hypothesis import strategies as st

PROFILE: dict[str, Any] = {
    "account": {
        "account_id": "5b10ac8d82e05b22cc7d4ef5",
        "account_type": "atlassian",
        "account_status": "active",
        "name": "Mia Krystof",
        "nickname": "mia",
        "email": "mia@acme.example",
        "picture": "https://avatar.example/1",
        "extended_profile": {"job_title": "Engineer", "team_type": "Software"},
        "brand_new": {"deep": [1, {"x": None}]},
        "zoneinfo": None,
        "get": "a key that hides behind a method",
    }
}


def made(name: str, value: Any) -> Any:
    return _native.rebuild_model(("admin", name), json.dumps(value).encode())


@pytest.fixture
def profile() -> Any:
    return made("Profile", PROFILE)


def test_attributes_and_keys(profile: Any) -> None:
    assert profile.account.name == profile["account"]["name"] == "Mia Krystof"
    assert profile.account.extended_profile.job_title == "Engineer"
    assert profile["account"]["extended_profile"]["job_title"] == "Engineer"
    assert profile.get("account").get("nickname") == "mia"
    assert profile.get("nothing") is None
    assert profile.get("nothing", 3) == 3
    with pytest.raises(KeyError, match="nothing"):
        profile["nothing"]
    with pytest.raises(KeyError):
        profile[3]


def test_absent_and_null(profile: Any) -> None:
    account = profile.account
    assert account.zoneinfo is None
    assert account.locale is None
    assert "zoneinfo" in account
    assert "locale" not in account
    assert 3 not in account


def test_unknown_fields_are_kept(profile: Any) -> None:
    assert profile.account.brand_new.deep[1].x is None
    assert profile["account"]["brand_new"]["deep"][0] == 1
    assert type(profile.account.brand_new) is Model
    assert "brand_new" in dir(profile.account)
    assert profile.account["get"] == "a key that hides behind a method"
    with pytest.raises(AttributeError, match=r"Account has no attribute \"nicknam\"; did you mean \"nickname\""):
        profile.account.nicknam  # noqa: B018


def test_iteration_and_length(profile: Any) -> None:
    assert list(profile.account) == list(PROFILE["account"])
    assert len(profile.account) == len(PROFILE["account"])
    assert profile
    assert not made("Profile", {})


def test_to_dict_and_to_json(profile: Any) -> None:
    assert profile.to_dict() == PROFILE
    assert json.loads(profile.to_json()) == PROFILE
    odd = b'{"a":1.10,"b":"\\u00e9\\/","c":100000000000000000000}'
    assert _native.rebuild_model(None, odd).to_json() == odd.decode()


def test_keys_that_are_no_unicode_are_keys_like_others() -> None:
    text = '{"\\ud800":1,"\\ufffd\\ufffd\\ufffd":2,"a\\udfffb":{"\\udc00":3}}'
    model = _native.rebuild_model(None, text.encode())
    assert list(model) == ["\ud800", "\ufffd\ufffd\ufffd", "a\udfffb"]
    for key, value in json.loads(text).items():
        assert key in model
        assert model.get(key, "none") == model[key] == value
        assert getattr(model, key) == value
    assert model["a\udfffb"]["\udc00"] == 3
    assert model.to_dict() == json.loads(text)
    assert "\udfff" not in model
    assert model.get("\udfff", "none") == "none"
    assert not hasattr(model, "\udfff")
    with pytest.raises(KeyError):
        model["\udfff"]


def test_many_keys_are_listed_in_no_time() -> None:
    model = _native.rebuild_model(None, json.dumps({f"k{number}": number for number in range(100_000)}).encode())
    started = time.monotonic()
    names = dir(model)
    # Looking each one up in the list of those before takes half a minute.
    assert time.monotonic() - started < 10
    assert {"k0", "k99999", "to_dict"} <= set(names)
    assert len(names) == len(set(names))


def test_a_very_long_attribute_is_not_compared() -> None:
    account = made("ManagedAccount", {})
    started = time.monotonic()
    with pytest.raises(AttributeError) as caught:
        getattr(account, "x" * 5_000_000)
    assert "did you mean" not in str(caught.value)
    assert time.monotonic() - started < 10


def test_equality_is_by_value(profile: Any) -> None:
    assert profile == made("Profile", PROFILE)
    assert profile == PROFILE
    assert profile != made("Profile", {"account": {}})
    assert profile != 3
    assert made("Profile", {"a": 1, "b": 2.0}) == made("Profile", {"b": 2, "a": 1.0})
    assert made("Profile", {"a": True}) != made("Profile", {"a": "true"})
    with pytest.raises(TypeError, match="unhashable"):
        hash(profile)


def test_immutable(profile: Any) -> None:
    with pytest.raises(AttributeError, match="immutable"):
        profile.account.name = "x"
    with pytest.raises(AttributeError, match="immutable"):
        del profile.account.name
    with pytest.raises(AttributeError):
        profile.account.something_new = 1
    with pytest.raises(TypeError):
        profile["account"] = {}
    with pytest.raises(TypeError, match="made by the client"):
        Profile()


def test_copy_pickle_and_weakref(profile: Any) -> None:
    assert copy.copy(profile) == copy.deepcopy(profile) == profile
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(profile.account, protocol))
        assert again == profile.account
        assert type(again) is Account
    bare = profile.account.brand_new
    assert pickle.loads(pickle.dumps(bare)) == bare
    account = profile.account
    assert weakref.ref(account)() is account


def test_match_and_isinstance(profile: Any) -> None:
    match profile:
        case Profile(account=Account(account_status="active", name=str() as name)):
            assert name == "Mia Krystof"
        case _:
            pytest.fail("no match")
    assert isinstance(profile, Profile)
    assert isinstance(profile, Model)
    assert not isinstance(profile, Account)
    assert Profile.__module__ == "atlassian_cloud.admin"


def test_repr(profile: Any) -> None:
    assert repr(profile.account).startswith("Account(")
    assert "Mia Krystof" in repr(profile.account)
    assert "job_title" not in repr(profile.account.brand_new)
    assert len(repr(made("Account", {"name": "x" * 10_000}))) < 200


def test_secrets_do_not_show() -> None:
    secret_fields = [
        (model["name"], field["key"])
        for model in json.loads(_native.catalog_json("admin"))["facts"]["models"]
        for field in model["fields"]
        if field["secret"]
    ]
    assert secret_fields
    for name, key in secret_fields:
        assert "hush-hush" not in repr(made(name, {key: "hush-hush"}))


def test_detach_lets_go_of_the_page(profile: Any) -> None:
    account = profile.account.detach()
    assert account == profile.account
    assert type(account) is Account
    assert account is not profile.account


def test_dotted_keys_have_plain_names() -> None:
    permissions = made(
        "Permissions",
        {
            "email.set": {"allowed": False, "reason": {"key": "managedAccount"}},
            "profile.write": {"name": {"allowed": True}},
        },
    )
    assert isinstance(permissions, Permissions)
    assert permissions.email_set.allowed is False
    assert permissions.email_set.reason.key == "managedAccount"
    assert permissions["email.set"]["allowed"] is False
    assert permissions.profile_write["name"].allowed is True
    assert permissions.lifecycle_enablement is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-01-17T12:34:00.000Z", datetime(2021, 1, 17, 12, 34, tzinfo=timezone.utc)),
        ("2021-01-17T12:34:00.123456+0000", datetime(2021, 1, 17, 12, 34, 0, 123456, tzinfo=timezone.utc)),
        ("2021-01-17T12:34:00+10:00", datetime(2021, 1, 17, 12, 34, tzinfo=timezone(timedelta(hours=10)))),
        ("2021-01-17T12:34Z", datetime(2021, 1, 17, 12, 34, tzinfo=timezone.utc)),
        ("2021-01-17T12:34:00", datetime(2021, 1, 17, 12, 34)),
        (1610886840000, datetime(2021, 1, 17, 12, 34, tzinfo=timezone.utc)),
        ("soon", "soon"),
        ("", ""),
        (True, True),
        (None, None),
    ],
)
def test_timestamps(text: Any, expected: Any) -> None:
    token = made("ApiToken", {"id": "1", "createdAt": text})
    assert isinstance(token, ApiToken)
    assert token.created_at == expected
    assert token["createdAt"] == text


def test_dates() -> None:
    account = made("ManagedAccount", {"last_active": "2024-02-29"})
    assert isinstance(account, ManagedAccount)
    assert account.last_active in (date(2024, 2, 29), datetime(2024, 2, 29))


def test_oddly_typed_fields_never_fail() -> None:
    model = json.loads(_native.catalog_json("admin"))["facts"]["models"]
    for facts in model:
        for value in (None, 1, "x", [], {}, True, [1, "x", {}], {"a": [None]}, 1.5, 2**70):
            instance = made(facts["name"], {field["key"]: value for field in facts["fields"]})
            for field in facts["fields"]:
                getattr(instance, field["name"])
                assert instance.to_dict()[field["key"]] == value
            repr(instance)


def test_a_kept_model_holds_its_page_until_detached() -> None:
    big = made("ScimUser", {"displayName": "x", "name": {"familyName": "y"}, "padding": "p" * 1000})
    assert isinstance(big, ScimUser)
    name = big.name.detach()
    del big
    gc.collect()
    assert name.family_name == "y"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(), JSON), st.booleans())
def test_to_dict_is_what_was_sent(value: dict[str, Any], ascii_only: bool) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    model = _native.rebuild_model(None, sent)
    assert model.to_dict() == value
    assert json.loads(model.to_json()) == value
    assert model == _native.rebuild_model(None, model.to_json().encode())
    for key, element in value.items():
        got = model[key]
        assert (got.to_dict() if isinstance(got, Model) else got) == element or isinstance(element, list)


# Few keys, so that shapes come again, differ in one key or in order alone, and stand below one another.
few = st.dictionaries(st.sampled_from(["a", "b", "c", "ä", ""]), st.none() | st.integers() | st.just("x"), max_size=4)
shaped = st.recursive(few, lambda inner: st.dictionaries(st.sampled_from("abcd"), inner | st.lists(inner), max_size=4))


@settings(max_examples=300, deadline=None)
@given(st.lists(shaped, max_size=12))
def test_to_dict_of_like_objects(rows: list[Any]) -> None:
    rows = rows + rows[:3]
    plain = _native.rebuild_model(None, json.dumps({"rows": rows}).encode()).to_dict()
    assert plain == {"rows": rows}
    assert [list(row) for row in plain["rows"]] == [list(row) for row in rows]
    for number, row in enumerate(plain["rows"]):
        row.clear()
        row[f"own {number}"] = number
    assert _native.rebuild_model(None, json.dumps({"rows": rows}).encode()).to_dict() == {"rows": rows}


def test_to_dict_of_more_shapes_than_are_remembered() -> None:
    rows = [{f"key {number} {part}": number for part in range(200)} for number in range(300)] * 2
    assert _native.rebuild_model(None, json.dumps({"rows": rows}).encode()).to_dict() == {"rows": rows}
    assert _native.rebuild_model(None, json.dumps({"rows": rows[:3]}).encode()).to_dict() == {"rows": rows[:3]}
