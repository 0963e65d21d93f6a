"""People, rights and settings of a Confluence site; every answer agrees with Atlassian's documents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from atlassian_cloud import Confluence, NotFoundError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

BODY = {"representation": "storage", "value": "<p>Hello</p>"}


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def test_people(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    people = [box.accounts.active, box.accounts.with_tokens]
    users = confluence.v1.users
    assert users.get(account_id=people[0], expand=["operations", "personalSpace", "details"]).account_id == people[0]
    assert users.get_current().account_id == box.accounts.organization_admin
    assert users.get_anonymous().type == "anonymous"
    assert [one.account_id for one in users.get_many(account_ids=people).results or []] == people
    assert users.get_email(account_id=people[0]).email
    assert len(users.get_emails(account_ids=people)) == 2
    assert list(users.list_groups(account_id=people[0]))
    checked = confluence.users.check_access(emails=[box.email, "nobody@globex.example", "no address"])
    assert checked.emails_without_access == ["nobody@globex.example"]
    exchange.agrees(box, tally)


def test_groups(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    groups = confluence.v1.groups
    made = str(groups.create(name="writers").id)
    groups.members.add(group_id=made, account_id=box.accounts.active)
    assert [one.account_id for one in groups.members.list(made)] == [box.accounts.active]
    assert groups.get(id=made).name == "writers"
    assert list(groups.search(query="write", should_return_total_size=True))
    assert list(groups.list())
    groups.members.remove(group_id=made, account_id=box.accounts.active)
    groups.delete(id=made)
    with pytest.raises(NotFoundError):
        groups.get(id=made)
    exchange.agrees(box, tally)


def test_watches_and_relations(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    v1, page = confluence.v1, box.confluence.home
    for watchers, what in ((v1.content.watchers, page), (v1.spaces.watchers, "ENG"), (v1.labels.watchers, "security")):
        watchers.add(what)
        assert watchers.check(what).watching
    assert list(v1.content.watchers.list(page))
    assert list(v1.content.watchers.list_for_space(page))
    assert list(v1.spaces.watchers.list("ENG"))
    for watchers, what in ((v1.content.watchers, page), (v1.spaces.watchers, "ENG"), (v1.labels.watchers, "security")):
        watchers.remove(what)
        assert not watchers.check(what).watching
    relations, everything = v1.relations, ["relationData", "source", "target"]
    relations.create("favourite", "user", "current", "content", page)
    relations.get("favourite", "user", "current", "content", page, expand=everything)
    assert list(relations.list_targets("favourite", "user", "current", "content", expand=everything))
    assert list(relations.list_sources("favourite", "content", page, "user", expand=everything))
    relations.delete("favourite", "user", "current", "content", page)
    exchange.agrees(box, tally)


def test_restrictions(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    restrictions, page = confluence.v1.content.restrictions, box.confluence.home
    me, group = box.accounts.organization_admin, box.groups.engineering
    restrictions.users.add(page, "read", account_id=me)
    restrictions.users.check(page, "read", account_id=me)
    restrictions.groups.add(page, "read", group)
    restrictions.groups.check(page, "read", group)
    assert restrictions.get(page, "read").operation == "read"
    restrictions.list(page)
    restrictions.list_by_operation(page)
    restrictions.groups.remove(page, "read", group)
    restrictions.users.remove(page, "read", account_id=me)
    exchange.agrees(box, tally)


def test_rights_and_roles(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    rights = confluence.v1.spaces.permissions
    group = {"type": "group", "identifier": box.groups.engineering}
    added = rights.add("DOCS", subject=group, operation={"key": "read", "target": "space"})
    assert str(added.id) in [one.id for one in confluence.spaces.permissions.list(box.confluence.documentation)]
    rights.add_for_custom_content(
        "DOCS", subject=group, operations=[{"key": "read", "target": "ac:app:note", "access": True}]
    )
    rights.remove("DOCS", str(added.id))
    assert list(confluence.spaces.permissions.list_available())
    roles, me = confluence.spaces.roles, box.accounts.organization_admin
    made = str(roles.create(name="Reader", description="Reads", space_permissions=["read/space"]).id)
    roles.update(made, name="Readers", description="Read", space_permissions=["read/space"])
    assert roles.get(made).name == "Readers"
    given = [{"principal": {"principalType": "USER", "principalId": me}, "roleId": made}]
    confluence.spaces.role_assignments.set(box.confluence.documentation, body=given)
    assert list(confluence.spaces.role_assignments.list(box.confluence.documentation, role_id=made))
    assert list(roles.list())
    roles.get_mode()
    roles.delete(made)
    exchange.agrees(box, tally)


def test_spaces_and_their_looks(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    v1 = confluence.v1
    v1.spaces.create_private(key="MINE", name="Mine")
    theme = str(v1.themes.list().to_list()[0].theme_key)
    assert v1.themes.get(theme).theme_key == theme
    assert v1.themes.get_global().theme_key
    v1.spaces.theme.set("MINE", theme_key=theme)
    assert v1.spaces.theme.get("MINE").theme_key == theme
    v1.spaces.theme.reset("MINE")
    assert v1.spaces.settings.get("MINE").space_key == "MINE"
    templates = v1.templates
    made = str(
        templates.create(
            name="Minutes", template_type="page", space={"key": "MINE"}, body={"storage": BODY}
        ).template_id
    )
    templates.update(template_id=made, name="Notes", template_type="page", body={"storage": BODY})
    assert templates.get(made).name == "Notes"
    assert list(templates.list(space_key="MINE", expand=["body"]))
    templates.delete(made)
    exchange.agrees(box, tally)


def test_states_of_content(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    states, page = confluence.v1.content.states, box.confluence.home
    states.set(page, status="current", state_id=2)
    states.set(page, status="current", name="Odd", color="#2684ff")
    state = states.get(page).content_state
    assert state is not None
    assert state.name == "Odd"
    assert [one.id for one in confluence.v1.spaces.states.list_content("ENG", state_id=int(str(state.id)))] == [page]
    assert states.list_custom()
    states.list_available(page)
    confluence.v1.spaces.states.list("ENG")
    confluence.v1.spaces.states.get_settings("ENG")
    states.remove(page)
    exchange.agrees(box, tally)


def test_the_site(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    audit = confluence.v1.audit
    assert audit.retention.set(number=2, units="YEARS").number == 2
    assert audit.retention.get().units == "YEARS"
    audit.create(remote_address="127.0.0.1", summary="By hand")
    assert list(audit.list(search_string="hand"))
    assert list(audit.list_since(number=1, units="DAYS"))
    confluence.admin_key.enable(duration_in_minutes=5)
    assert confluence.admin_key.get().account_id == box.accounts.organization_admin
    confluence.admin_key.disable()
    assert confluence.v1.settings.get_system_info().cloud_id == box.cloud_id
    confluence.data_policies.get_metadata()
    confluence.data_policies.list_spaces().to_list()
    exchange.agrees(box, tally)
