"""People by what others know of them: email addresses, account ids, the names of their groups."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from atlassian_cloud import Admin, AsyncAdmin, AsyncJira, Jira
from atlassian_cloud.admin import lookup
from atlassian_cloud.jira import bulk, custom_fields, editing
from atlassian_cloud.jira.custom_fields import FieldNameError, FieldValueError
from atlassian_cloud.jira.editing import Add, NoMatchError, Remove, Set
from atlassian_cloud.sandbox import Sandbox

ME = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50"
OLGA, VERA = "olga.admin@acme.example", "vera.mars@acme.example"
TASK = {"Project": "ENG", "Issue Type": "Task"}


@pytest.fixture
def key(jira: Jira) -> str:
    return editing.create(jira, TASK | {"Summary": "Edited", "Labels": ["first"]})


def held(jira: Jira, key: str, *names: str) -> list[Any]:
    issue, fields = jira.issues.get(key).to_dict(), custom_fields.load(jira)
    return [issue["fields"].get(fields.id(name)) for name in names]


def people(jira: Jira, key: str, name: str) -> list[str]:
    (value,) = held(jira, key, name)
    return [person["accountId"] for person in (value if isinstance(value, list) else [value])]


def test_assign_by_email(jira: Jira, key: str) -> None:
    editing.assign(jira, key, "Olga.Admin@acme.example")
    assert held(jira, key, "Assignee")[0]["accountId"] == ME
    with pytest.raises(NoMatchError, match=r"no account has the email address 'nobody@acme.example'"):
        editing.assign(jira, key, "nobody@acme.example")
    assert held(jira, key, "Assignee")[0]["accountId"] == ME
    editing.assign(jira, key, None)
    assert held(jira, key, "Assignee") == [None]


def test_assign_by_account_id(jira: Jira, key: str, box: Sandbox) -> None:
    sent = len(box.requests)
    editing.assign(jira, key, ME)
    assert [request.method for request in box.requests[sent:]] == ["PUT"]
    assert held(jira, key, "Assignee")[0]["accountId"] == ME


def test_a_hidden_address_is_found_if_the_account_is_the_only_one(jira: Jira, key: str, box: Sandbox) -> None:
    box.respond(body=[{"accountId": ME}], path="/user/search")
    editing.assign(jira, key, "olga.admin@acme.example")
    assert held(jira, key, "Assignee")[0]["accountId"] == ME
    # Of several it may be any: also where the others show theirs, which is another.
    for other in ({"accountId": "other"}, {"accountId": "other", "emailAddress": "olga@acme.example"}):
        box.respond(body=[{"accountId": ME}, other], path="/user/search")
        with pytest.raises(NoMatchError):
            editing.assign(jira, key, "olga.admin@acme.example")


def test_an_account_is_found_by_email_or_id(jira: Jira, box: Sandbox) -> None:
    assert editing.find_user(jira, "OLGA.admin@acme.example").account_id == ME
    assert editing.find_user(jira, ME).email_address == "olga.admin@acme.example"
    with pytest.raises(NoMatchError, match="no account has the email address 'olga@acme'"):
        editing.find_user(jira, "olga@acme")
    with pytest.raises(NoMatchError, match="no account has the id 'olga'"):
        editing.find_user(jira, "olga")
    box.respond(body=[{"accountId": ME, "displayName": "Olga"}], path="/user/search")
    hidden = editing.find_user(jira, "olga.admin@acme.example")
    assert (hidden.display_name, hidden.email_address) == ("Olga", None)
    same = [{"accountId": id, "emailAddress": "o@acme.example"} for id in ("1", "2")]
    box.respond(body=same, path="/user/search")
    with pytest.raises(NoMatchError, match="2 accounts have the email address"):
        editing.find_user(jira, "o@acme.example")


def test_fields_of_people_take_addresses(jira: Jira, key: str, box: Sandbox) -> None:
    vera = editing.find_user(jira, VERA).account_id
    sent = len(box.requests)
    editing.edit(jira, key, {"Reviewer": VERA.upper(), "Stakeholders": [OLGA.upper(), vera]}, [Set("Assignee", OLGA)])
    searches = [request.path.lower() for request in box.requests[sent:] if "/user/search" in request.path]
    assert len(set(searches)) == len(searches), "an address is looked up once, whatever its place"
    assert people(jira, key, "Reviewer") == [vera]
    assert people(jira, key, "Stakeholders") == [ME, vera]
    assert people(jira, key, "Assignee") == [ME]
    editing.edit(jira, key, update=[Remove("Stakeholders", OLGA), Add("Stakeholders", ME)])
    assert people(jira, key, "Stakeholders") == [vera, ME]
    # Only people: elsewhere an address is text.
    editing.edit(jira, key, {"Summary": OLGA, "Labels": [OLGA]})
    assert held(jira, key, "Summary", "Labels") == [OLGA, [OLGA]]


def test_issues_are_made_for_people_by_address(jira: Jira) -> None:
    vera = editing.find_user(jira, VERA).account_id
    key = editing.create(jira, TASK | {"Summary": "For Vera", "Assignee": VERA})
    assert people(jira, key, "Assignee") == [vera]
    found = editing.find_or_create(jira, 'summary ~ "nowhere"', TASK | {"Summary": "Found", "Assignee": VERA})
    assert people(jira, found.key, "Assignee") == [vera]
    first, second = bulk.create_many(jira, [TASK | {"Summary": who, "Assignee": who} for who in (VERA, OLGA)])
    assert [people(jira, str(one.key), "Assignee") for one in (first, second)] == [[vera], [ME]]
    assert all(outcome.ok for outcome in bulk.edit_many(jira, [str(second.key)], {"Reviewer": VERA}))
    assert people(jira, str(second.key), "Reviewer") == [vera]


def test_nothing_is_changed_for_people_whom_nobody_knows(jira: Jira, key: str, box: Sandbox) -> None:
    sent = len(box.requests)
    for job in (
        lambda: editing.edit(jira, key, {"Summary": "Other", "Reviewer": "nobody@acme.example"}),
        lambda: editing.create(jira, TASK | {"Summary": "Other", "Reviewer": "nobody@acme.example"}),
        lambda: bulk.create_many(jira, [TASK | {"Summary": "Other"}, TASK | {"Reviewer": "nobody@acme.example"}]),
        lambda: bulk.edit_many(jira, [key], {"Reviewer": "nobody@acme.example"}),
    ):
        with pytest.raises(NoMatchError, match=r"no account has the email address 'nobody@acme.example'"):
            job()
    assert {request.method for request in box.requests[sent:]} == {"GET"}
    # Faults of other values come first, before anybody is looked up.
    sent = len(box.requests)
    with pytest.raises(FieldValueError, match="Story Points"):
        editing.edit(jira, key, {"Reviewer": VERA, "Story Points": "many"})
    assert len(box.requests) == sent


def test_people_by_address_are_awaited(box: Sandbox) -> None:
    async def work() -> str:
        async with box.client(AsyncJira) as jira:
            return await editing.create(jira, TASK | {"Summary": "Awaited", "Assignee": OLGA})

    key = asyncio.run(work())
    with box.client(Jira) as jira:
        assert people(jira, key, "Assignee") == [ME]


def test_people_and_groups_of_the_organization_are_found(box: Sandbox) -> None:
    with box.client(Admin) as admin:
        assert lookup.organization_id(admin) == box.org_id
        assert lookup.organization_id(admin, "another") == "another"
        user = lookup.find_user(admin, box.org_id, "vera.mars@acme.example")
        assert user.account_id == box.accounts.active
        assert "jira-users-acme" in [group.name for group in user.groups or []]
        assert lookup.find_user(admin, box.org_id, box.accounts.active).email == "vera.mars@acme.example"
        with pytest.raises(NoMatchError, match=r"no user of the organization's directories: 'nobody@acme\.example'"):
            lookup.find_user(admin, box.org_id, "nobody@acme.example")
        group = lookup.find_scim_group(admin, "okta-engineering")
        assert group.id == box.scim.group
        with pytest.raises(NoMatchError, match="the SCIM directory has no group 'x\"y'"):
            lookup.find_scim_group(admin, 'x"y')
        assert lookup.find_scim_user(admin, 'x"y') is None
        sent = len(box.requests)
        for find in (lookup.find_scim_user, lookup.find_scim_group):
            with pytest.raises(ValueError, match="_name: "):
                find(admin, "\ud800")
        assert len(box.requests) == sent
        one = admin.scim.users.get(box.scim.user)
        # Its name is sent with the escapes of JSON.
        admin.scim.groups.create(display_name="Café 😀")
        assert lookup.find_scim_group(admin, "Café 😀").display_name == "Café 😀"
        found = lookup.find_scim_user(admin, str(one.user_name))
        assert found is not None
        assert found.id == box.scim.user
        organizations = [{"id": id, "attributes": {"name": id.upper()}} for id in ("a", "b")]
        box.respond(body={"data": organizations, "links": {}}, path="/admin/v1/orgs")
        with pytest.raises(NoMatchError, match=r"The key belongs to: a \(A\), b \(B\)"):
            lookup.organization_id(admin)


def test_people_are_found_by_awaiting(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncAdmin) as admin:
            org_id = await lookup.organization_id(admin)
            assert (await lookup.find_user(admin, org_id, "vera.mars@acme.example")).account_id == box.accounts.active

    asyncio.run(main())


def test_faults_of_many_issues_tell_which_has_them(jira: Jira, box: Sandbox) -> None:
    sent = len(box.requests)
    right = TASK | {"Summary": "Fine"}
    with pytest.raises(FieldValueError) as caught:
        bulk.create_many(jira, [right, right | {"Story Points": "many"}, right, right | {"Labels": 5, "Votes": 1}])
    assert [(fault.issue, fault.name) for fault in caught.value.faults] == [
        ("issues[1]", "Story Points"),
        ("issues[3]", "Labels"),
        ("issues[3]", "Votes"),
    ]
    with pytest.raises(FieldNameError, match=r"^issues\[2\]: no field is called 'Nofield'"):
        bulk.create_many(jira, [right, right, right | {"Nofield": 1}])
    who = [VERA, "no@acme.example", "no@acme.example", "nobody@acme.example"]
    with pytest.raises(NoMatchError) as unknown:
        bulk.create_many(jira, [right | {"Assignee": one} for one in who])
    assert str(unknown.value) == (
        "issues[1]: no account has the email address 'no@acme.example'; "
        "issues[3]: no account has the email address 'nobody@acme.example'"
    )
    assert {request.method for request in box.requests[sent:]} == {"GET"}
