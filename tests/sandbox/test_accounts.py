"""People that left, that may not work, and keys that end."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian_cloud import Admin, AuthenticationError, BadRequestError, Confluence, Jira, ServiceManagement
from atlassian_cloud.sandbox import Sandbox


def test_a_deleted_account_is_a_former_user(box: Sandbox, admin: Any) -> None:
    who = box.accounts.active
    with box.client(Jira) as jira, box.client(Confluence) as confluence, box.client(ServiceManagement) as desk:
        made = jira.issues.create(
            fields={
                "project": {"key": "ENG"},
                "issuetype": {"name": "Bug"},
                "summary": "a",
                "reporter": {"accountId": who},
            }
        )
        request = desk.requests.create(
            service_desk_id="1",
            request_type_id="1",
            request_field_values={"summary": "a"},
            raise_on_behalf_of=who,
        )
        reported = jira.issues.search(f'reporter = "{who}"', fields=["key"]).to_list()
        name, email = (jira.users.get(account_id=who).display_name, jira.users.get(account_id=who).email_address)
        admin.users.delete(who)
        box.advance(days=15)
        for person in (
            jira.issues.get(made.key).fields["reporter"],
            jira.users.get(account_id=who).to_dict(),
        ):
            assert person["displayName"] == "Former user"
            assert person["active"] is False
            assert not person.get("emailAddress")
        person = desk.requests.get(request.issue_key).reporter
        assert (person.display_name, person.active, person.email_address or "") == ("Former user", False, "")
        assert jira.issues.search(f'reporter = "{who}"', fields=["key"]).to_list() == reported
        for jql in (f'reporter = "{name}"', f'reporter = "{email}"'):
            with pytest.raises(BadRequestError):
                jira.issues.search(jql, fields=["key"]).to_list()
        person = confluence.v1.users.get(account_id=who)
        assert (person.display_name, person.email or "", person.public_name) == ("Former user", "", "Former user")
        assert not [one for one in jira.users.search(query="vera") if one.account_id == who]


def test_accounts_suspended_in_the_directory_are_not_assignable(box: Sandbox, admin: Any) -> None:
    suspended = box.accounts.suspended
    new: dict[str, Any] = {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "a"}
    with box.client(Jira) as jira:
        with pytest.raises(BadRequestError, match="assignee"):
            jira.issues.assign("ENG-20", account_id=suspended)
        with pytest.raises(BadRequestError, match="assignee"):
            jira.issues.create(fields=new | {"assignee": {"accountId": suspended}})
        admin.organizations.directories.users.suspend(box.org_id, box.directory_id, box.accounts.active)
        with pytest.raises(BadRequestError, match="assignee"):
            jira.issues.assign("ENG-20", account_id=box.accounts.active)
        admin.organizations.directories.users.restore(box.org_id, box.directory_id, box.accounts.active)
        jira.issues.assign("ENG-20", account_id=box.accounts.active)
        # Customers and service accounts are in no directory.
        jira.issues.create(fields=new | {"assignee": {"accountId": box.accounts.service_account}})


def test_keys_end_after_a_year(box: Sandbox) -> None:
    def refused() -> list[bool]:
        answers = []
        with box.client(Jira) as jira, box.client(Admin) as admin, box.client(Confluence) as confluence:
            calls = (jira.myself.get, lambda: admin.users.get(box.accounts.active), confluence.v1.users.get_current)
            for call in calls:
                try:
                    call()
                    answers.append(False)
                except AuthenticationError:
                    answers.append(True)
        return answers

    box.advance(days=364)
    assert refused() == [False, False, False]
    box.advance(days=2)
    assert refused() == [True, True, True]
    box.reset()
    assert refused() == [False, False, False]
