"""A Jira site of the sandbox is set up and looked at through the client: what was made is found, changed, used and gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Admin, BadRequestError, ConflictError, Jira, NotFoundError
from atlassian_cloud.sandbox import Sandbox

KINDS = "com.atlassian.jira.plugin.system.customfieldtypes:"
SCRUM = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
TEAM = "com.pyxis.greenhopper.jira:gh-simplified-agility-kanban"
ADMINISTRATORS = 10002


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


def keys(found: Any) -> list[str]:
    return [project.key for project in found]


def workflow(name: str, to: str = "closed") -> dict[str, Any]:
    return {
        "statuses": [
            {"name": f"{name} open", "statusCategory": "TODO", "statusReference": "open"},
            {"name": f"{name} closed", "statusCategory": "DONE", "statusReference": "closed"},
        ],
        "workflows": [
            {
                "name": name,
                "statuses": [
                    {"statusReference": "open", "properties": {}},
                    {"statusReference": "closed", "properties": {}},
                ],
                "transitions": [
                    {"id": "1", "name": "Create", "type": "INITIAL", "toStatusReference": "open"},
                    {
                        "id": "11",
                        "name": "Close",
                        "type": "DIRECTED",
                        "toStatusReference": to,
                        "links": [{"fromStatusReference": "open"}],
                    },
                ],
            }
        ],
    }


def test_a_project_lives_and_goes_through_the_recycle_bin(box: Sandbox, jira: Jira) -> None:
    lead = box.accounts.active
    made = jira.projects.create(key="PAY", name="Payments", project_template_key=SCRUM, lead_account_id=lead)
    project = jira.projects.get("PAY")
    assert (project.id, project.project_type_key, project.style) == (str(made.id), "software", "classic")
    assert project.lead is not None
    assert project.lead.account_id == lead
    assert [kind.name for kind in project.issue_types or []] == ["Epic", "Story", "Task", "Bug", "Sub-task"]
    assert [status.name for status in jira.projects.list_statuses("PAY")[0].statuses] == [
        "To Do",
        "In Progress",
        "Done",
    ]

    jira.projects.update("PAY", key="CASH", name="Cash")
    assert jira.projects.get("PAY").key == "CASH"
    assert keys(jira.projects.search(query="cash")) == ["CASH"]

    jira.projects.delete("CASH")
    with pytest.raises(NotFoundError):
        jira.projects.get("CASH")
    assert keys(jira.projects.search(status=["deleted"])) == ["CASH"]
    jira.projects.restore("CASH")
    jira.projects.archive("CASH")
    assert keys(jira.projects.search(status=["archived"])) == ["CASH"]
    jira.projects.delete("CASH", enable_undo=False)
    assert "CASH" not in keys(jira.projects.search(status=["live", "archived", "deleted"]))


def test_a_team_managed_project_has_issue_types_of_its_own(box: Sandbox, jira: Jira) -> None:
    jira.projects.create(key="TEAM", name="Team", project_template_key=TEAM, lead_account_id=box.accounts.active)
    project = jira.projects.get("TEAM")
    assert (project.style, project.simplified) == ("next-gen", True)
    scopes = {kind.scope.project.id for kind in project.issue_types or [] if kind.scope and kind.scope.project}
    assert scopes == {project.id}
    assert [status.name for status in jira.statuses.search(project_id=project.id)] == ["To Do", "In Progress", "Done"]
    jira.projects.delete("TEAM", enable_undo=False)
    assert not [kind for kind in jira.issue_types.list() if kind.scope]
    assert not [one for one in jira.workflows.search() if one.scope and one.scope.type == "PROJECT"]


def test_the_schemes_of_projects_are_told_of_company_managed_ones_alone(jira: Jira) -> None:
    eng, web = (int(jira.projects.get(key).id or 0) for key in ("ENG", "WEB"))
    for listing in (jira.issue_types.screen_schemes.list_for_projects, jira.issue_types.schemes.list_for_projects):
        assert [one.project_ids for one in listing(project_id=[eng, web, 4711])] == [[str(eng)]]
        assert list(listing(project_id=[web])) == []
    told = jira.workflows.schemes.projects.list(project_id=[eng, web, 4711])
    assert [one.project_ids for one in told.values] == [[str(eng)]]
    # An administrator may read the scheme of a team-managed project by the newer operation.
    assert len(jira.workflows.schemes.get_many(project_ids=[str(web)])) == 1
    (scheme,) = jira.issue_types.schemes.list_for_projects(project_id=[eng])
    with pytest.raises(BadRequestError, match="team-managed"):
        jira.issue_types.schemes.assign_to_project(
            issue_type_scheme_id=scheme.issue_type_scheme.id, project_id=str(web)
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "eng"}, "projectKey"),
        ({"key": "ENG"}, "projectKey"),
        ({"key": "ELEVENCHARS"}, "projectKey"),
        ({"name": "Engineering"}, "projectName"),
        ({"lead_account_id": "nobody"}, "projectLead"),
        ({"project_type_key": "business"}, "projectTemplateKey"),
        ({"permission_scheme": 4711}, "permissionScheme"),
    ],
)
def test_a_wrong_project_is_refused_by_field(box: Sandbox, jira: Jira, wrong: dict[str, Any], field: str) -> None:
    right = {"key": "NEW", "name": "New", "project_template_key": SCRUM, "lead_account_id": box.accounts.active}
    with pytest.raises(BadRequestError, match=field):
        jira.projects.create(**{**right, **wrong})
    assert "NEW" not in keys(jira.projects.search())


def test_a_page_of_projects_is_sorted_and_filtered(jira: Jira) -> None:
    assert keys(jira.projects.search(order_by="-key")) == ["WEB", "OPS", "HELP", "ENG"]
    assert keys(jira.projects.search(type_key=["software"], limit=1)) == ["ENG"]
    first = next(iter(jira.projects.search(keys=["ENG"], expand="insight,lead")))
    assert first.insight is not None
    assert first.insight.total_issue_count == 260
    with pytest.raises(BadRequestError):
        list(jira.projects.search(order_by="colour"))


def test_a_project_is_deleted_by_a_task(jira: Jira) -> None:
    task = jira.projects.delete_async("OPS")
    assert task.id
    assert keys(jira.projects.search(status=["deleted"])) == ["OPS"]


def test_components_and_versions_take_their_issues_along(jira: Jira) -> None:
    components = {one.name: one for one in jira.projects.components.list_all("ENG")}
    before = {name: jira.projects.components.count_issues(one.id).issue_count or 0 for name, one in components.items()}
    jira.projects.components.delete(components["Search"].id, move_issues_to=components["Backend"].id)
    after = jira.projects.components.count_issues(components["Backend"].id).issue_count or 0
    assert before["Search"] > 0
    assert after > before["Backend"]
    with pytest.raises(NotFoundError):
        jira.projects.components.get(components["Search"].id)

    versions = jira.projects.versions.list_all("ENG")
    counts = {v.id: jira.projects.versions.count_related_issues(v.id).issues_fixed_count or 0 for v in versions}
    gone = max(counts, key=lambda one: counts[one])
    kept = next(one for one in counts if one != gone)
    assert counts[gone] > 0
    jira.projects.versions.merge(gone, kept)
    assert jira.projects.versions.count_related_issues(kept).issues_fixed_count == counts[gone] + counts[kept]
    new = jira.projects.versions.create(name="9.0", project_id=10000)
    jira.projects.versions.move(new.id, position="First")
    assert next(one.name for one in jira.projects.versions.list("ENG")) == "9.0"
    with pytest.raises(BadRequestError, match="startDate"):
        jira.projects.versions.update(new.id, start_date="2026-02-01", release_date="2026-01-01")


def test_administrators_of_every_project_are_found(box: Sandbox, jira: Jira) -> None:
    found = {
        project.key: {
            actor.actor_user.account_id
            for actor in jira.projects.roles.get(project.key, ADMINISTRATORS).actors or []
            if actor.actor_user
        }
        for project in jira.projects.search()
    }
    assert set(found) == {"ENG", "WEB", "OPS", "HELP"}
    assert all(box.accounts.organization_admin in people for people in found.values())
    jira.projects.roles.actors.add("OPS", ADMINISTRATORS, group_id=[box.groups.engineering])
    role = jira.projects.roles.get("OPS", ADMINISTRATORS)
    groups = [actor.actor_group.group_id for actor in role.actors or [] if actor.actor_group]
    assert groups == [box.groups.engineering]
    jira.projects.roles.actors.remove("OPS", ADMINISTRATORS, group_id=box.groups.engineering)
    with pytest.raises(NotFoundError):
        jira.projects.roles.actors.remove("OPS", ADMINISTRATORS, group_id=box.groups.engineering)


def test_a_role_in_use_is_swapped(jira: Jira) -> None:
    with pytest.raises(ConflictError):
        jira.roles.delete(ADMINISTRATORS)
    jira.roles.delete(ADMINISTRATORS, swap=10003)
    grants = jira.permissions.schemes.grants.list(0).permissions or []
    assert {grant.holder.parameter for grant in grants if grant.holder and grant.holder.type == "projectRole"} == {
        "10003"
    }


def test_a_project_follows_a_workflow_that_was_made(box: Sandbox, jira: Jira) -> None:
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **workflow("Short"))
    (flow,) = made.workflows or []
    assert [step.name for step in flow.transitions or []] == ["Create", "Close"]
    scheme = jira.workflows.schemes.create(name="Short ways", default_workflow="Short")
    jira.projects.create(
        key="SHORT",
        name="Short",
        project_type_key="software",
        lead_account_id=box.accounts.active,
        workflow_scheme=scheme.id,
    )
    statuses = jira.projects.list_statuses("SHORT")[0].statuses
    assert [status.name for status in statuses] == ["Short open", "Short closed"]
    assert [one.name for one in jira.workflows.search(query_string="short", is_active=True)] == ["Short"]
    with pytest.raises(BadRequestError, match="in use"):
        jira.workflows.delete(flow.id)
    with pytest.raises(BadRequestError, match="has issues"):
        jira.workflows.schemes.projects.assign(project_id="10000", workflow_scheme_id=str(scheme.id))


def test_an_unknown_status_reference_is_refused(jira: Jira) -> None:
    wrong = workflow("Astray", to="nowhere")
    told = jira.workflows.validate_create(payload={"scope": {"type": "GLOBAL"}, **wrong}).errors or []
    assert [(one.type, one.code) for one in told] == [("TRANSITION", "UNKNOWN_STATUS_REFERENCE")]
    with pytest.raises(BadRequestError, match="nowhere"):
        jira.workflows.create_many(scope={"type": "GLOBAL"}, **wrong)
    assert not list(jira.workflows.search(query_string="Astray"))
    assert "Astray open" not in [status.name for status in jira.statuses.list_visible()]


def test_a_status_comes_with_its_id_when_it_exists(jira: Jira) -> None:
    plan = workflow("Twice")
    plan["statuses"][1]["name"] = "Done"
    with pytest.raises(BadRequestError, match="Done exists"):
        jira.workflows.create_many(scope={"type": "GLOBAL"}, **plan)
    plan["statuses"][1]["id"] = "10003"
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **plan)
    assert "10003" in [status.id for status in made.statuses or []]


def test_a_changed_workflow_wants_its_newest_version(jira: Jira) -> None:
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **workflow("Old"))
    (flow,) = made.workflows or []
    assert flow.version is not None
    version = {"id": flow.version.id, "versionNumber": flow.version.version_number}
    plan = workflow("Old")
    ids = {status.name: status.id for status in made.statuses or []}
    statuses = [{**status, "id": ids[status["name"]]} for status in plan["statuses"]]
    body = {key: value for key, value in plan["workflows"][0].items() if key != "name"}
    update = [{**body, "id": flow.id, "version": version, "description": "Newer."}]
    changed = jira.workflows.update_many(statuses=statuses, workflows=update)
    assert [(one.description, one.version and one.version.version_number) for one in changed.workflows or []] == [
        ("Newer.", 2)
    ]
    with pytest.raises(ConflictError):
        jira.workflows.update_many(statuses=statuses, workflows=update)


def test_a_custom_field_is_put_on_a_screen(jira: Jira) -> None:
    field = jira.fields.create(name="Mood", type=f"{KINDS}select")
    (context,) = jira.fields.contexts.list(field.id)
    made = jira.fields.contexts.options.create_many(field.id, context.id, options=[{"value": "Good"}, {"value": "Bad"}])
    good, bad = made.options or []
    jira.fields.contexts.options.move(field.id, context.id, custom_field_option_ids=[bad.id], position="First")
    assert [one.value for one in jira.fields.contexts.options.list(field.id, context.id)] == ["Bad", "Good"]
    with pytest.raises(BadRequestError, match="Good exists"):
        jira.fields.contexts.options.create_many(field.id, context.id, options=[{"value": good.value}])

    screen = jira.screens.create(name="Moods")
    (tab,) = jira.screens.tabs.list(screen.id)
    assert field.id in [one.id for one in jira.screens.list_available_fields(screen.id)]
    jira.screens.tabs.fields.add(screen.id, tab.id, field_id=field.id)
    assert [one.name for one in jira.screens.tabs.fields.list(screen.id, tab.id)] == ["Mood"]
    assert field.id not in [one.id for one in jira.screens.list_available_fields(screen.id)]
    with pytest.raises(BadRequestError, match="already"):
        jira.screens.tabs.fields.add(screen.id, tab.id, field_id=field.id)
    jira.screens.add_field_to_default(field.id)
    assert [one.name for one in jira.screens.list_for_field(field.id)] == ["Default Screen", "Moods"]

    jira.fields.trash(field.id)
    assert [one.id for one in jira.fields.search_trashed()] == [field.id]
    assert field.id not in [one.id for one in jira.fields.list()]
    jira.fields.restore(field.id)
    jira.fields.delete(field.id)
    assert not list(jira.screens.tabs.fields.list(screen.id, tab.id))


def test_a_context_holds_in_one_project_only_once(jira: Jira) -> None:
    field = jira.fields.create(name="Mood", type=f"{KINDS}textfield")
    special = jira.fields.contexts.create(field.id, name="Of ENG", project_ids=["10000"], issue_type_ids=["10004"])
    with pytest.raises(ConflictError):
        jira.fields.contexts.create(field.id, name="Again", project_ids=["10000"])
    pair = [{"projectId": "10000", "issueTypeId": "10004"}, {"projectId": "10001", "issueTypeId": "10004"}]
    found = {
        one.project_id: one.context_id
        for one in jira.fields.contexts.list_for_projects_and_issue_types(field.id, mappings=pair)
    }
    assert found["10000"] == special.id
    assert found["10001"] != special.id


def test_people_are_found_by_address_and_name(box: Sandbox, jira: Jira) -> None:
    found = list(jira.users.search(query="olga.admin@acme.example"))
    assert [one.account_id for one in found] == [box.accounts.organization_admin]
    assert list(jira.users.search(query="nobody@nowhere.example")) == []
    with pytest.raises(BadRequestError):
        list(jira.users.search())
    assert box.accounts.active in [one.account_id for one in jira.users.search_assignable(project="ENG")]
    assert len(list(jira.users.list(limit=120))) == 120


def test_who_is_disabled_by_the_admin_is_inactive_in_jira(box: Sandbox, jira: Jira, admin: Admin) -> None:
    email = jira.users.get(account_id=box.accounts.active).email_address or ""
    assert [one.account_id for one in jira.users.search(query=email)] == [box.accounts.active]
    admin.users.disable(box.accounts.active)
    assert jira.users.get(account_id=box.accounts.active).active is False
    assert list(jira.users.search(query=email)) == []
    assert box.accounts.active not in [one.account_id for one in jira.users.search_assignable(project="ENG")]
    admin.users.enable(box.accounts.active)
    assert jira.users.get(account_id=box.accounts.active).active is True


def test_a_group_is_the_directorys_group(box: Sandbox, jira: Jira, admin: Admin) -> None:
    group = jira.groups.create(name="night-shift")
    jira.groups.members.add(group_id=group.group_id, account_id=box.accounts.active)
    assert [one.account_id for one in jira.groups.members.list(group_id=group.group_id)] == [box.accounts.active]
    assert "night-shift" in [one.name for one in jira.users.list_groups(account_id=box.accounts.active)]
    with pytest.raises(BadRequestError):
        jira.groups.members.add(group_id=group.group_id, account_id=box.accounts.active)
    jira.groups.members.remove(group_id=group.group_id, account_id=box.accounts.active)
    jira.groups.delete(group_id=group.group_id)
    assert "night-shift" not in [one.name for one in jira.groups.list()]


def test_permissions_follow_scheme_role_and_group(box: Sandbox, jira: Jira) -> None:
    mine = jira.permissions.get_mine(permissions=["ADMINISTER", "EDIT_ISSUES"], project_key="ENG").permissions or {}
    assert {key: one.have_permission for key, one in mine.items()} == {"ADMINISTER": True, "EDIT_ISSUES": True}
    somebody = next(
        one.account_id
        for one in jira.users.list(limit=50)
        if one.active
        and one.account_type == "atlassian"
        and one.account_id not in {box.accounts.organization_admin, box.accounts.active}
    )

    def allowed(permission: str) -> list[int]:
        asked = [{"permissions": [permission], "projects": [10000, 10002]}]
        (told,) = jira.permissions.check(account_id=somebody, project_permissions=asked).project_permissions or []
        return list(told.projects or [])

    assert allowed("EDIT_ISSUES") == [10000, 10002]
    assert allowed("ADMINISTER_PROJECTS") == []
    jira.projects.roles.actors.add("OPS", ADMINISTRATORS, user=[somebody])
    assert allowed("ADMINISTER_PROJECTS") == [10002]
    closed = jira.permissions.schemes.create(name="Closed")
    jira.projects.set_permission_scheme("ENG", id=closed.id)
    assert allowed("EDIT_ISSUES") == [10002]
    group = jira.groups.create(name="editors")
    jira.groups.members.add(group_id=group.group_id, account_id=somebody)
    holder = {"type": "group", "value": group.group_id}
    jira.permissions.schemes.grants.create(closed.id, permission="EDIT_ISSUES", holder=holder)
    assert allowed("EDIT_ISSUES") == [10000, 10002]
    with pytest.raises(BadRequestError, match="JUGGLE"):
        jira.permissions.get_mine(permissions=["JUGGLE"])


def test_gadgets_make_room_for_one_another(jira: Jira) -> None:
    board = jira.dashboards.create(name="Team", share_permissions=[], edit_permissions=[])
    key = "com.atlassian.jira.gadgets:pie-chart-gadget"
    first = jira.dashboards.gadgets.add(board.id, module_key=key, title="first")
    jira.dashboards.gadgets.add(board.id, module_key=key, title="second", position={"column": 0, "row": 0})

    def rows() -> list[tuple[int, str]]:
        return sorted((one.position.row, one.title) for one in jira.dashboards.gadgets.list(board.id).gadgets)

    assert rows() == [(0, "second"), (1, "first")]
    jira.dashboards.gadgets.update(board.id, first.id, position={"column": 0, "row": 0})
    assert rows() == [(0, "first"), (1, "second")]
    jira.dashboards.gadgets.remove(board.id, first.id)
    assert rows() == [(0, "second")]


def test_webhooks_end_unless_they_are_refreshed(box: Sandbox, jira: Jira) -> None:
    hook = {"events": ["jira:issue_created"], "jqlFilter": "project = ENG"}
    made = jira.webhooks.register(url="https://acme.example/hook", webhooks=[hook, {**hook, "events": ["moon_rose"]}])
    good, bad = made.webhook_registration_result or []
    assert bad.errors == ["moon_rose is no event."]
    assert [one.id for one in jira.webhooks.list()] == [good.created_webhook_id]
    box.advance(days=20)
    jira.webhooks.refresh(webhook_ids=[good.created_webhook_id or 0])
    box.advance(days=20)
    assert [one.id for one in jira.webhooks.list()] == [good.created_webhook_id]
    box.advance(days=11)
    assert list(jira.webhooks.list()) == []


def test_a_replaced_resolution_and_priority_leave_no_issue_without(jira: Jira) -> None:
    made = jira.priorities.create(name="Urgent", status_color="#f00")
    jira.priorities.move(ids=[made.id], position="First")
    assert next(one.name for one in jira.priorities.search()) == "Urgent"
    jira.resolutions.delete("10001", replace_with="10000")
    assert "10001" not in [one.id for one in jira.resolutions.search()]
    with pytest.raises(BadRequestError):
        jira.resolutions.delete("10000", replace_with="10000")


def test_new_software_projects_estimate_in_points(box: Sandbox, jira: Jira) -> None:
    jira.projects.create(key="PAY", name="Payments", project_template_key=SCRUM, lead_account_id=box.accounts.active)
    made = box.seed(projects=[{"key": "PAY", "issues": [{"Summary": "a", "Issue Type": "Story", "Story Points": 3}]}])
    assert jira.issues.get(made.issues[0]).fields["customfield_10016"] == 3
    jira.issues.update(made.issues[0], fields={"customfield_10016": 5})
    assert [one.key for one in jira.issues.search('project = PAY AND "Story Points" = 5', fields=["key"])] == ["PAY-1"]
    new: dict[str, Any] = {"project": {"key": "PAY"}, "issuetype": {"name": "Epic"}, "summary": "b"}
    epic = jira.issues.create(fields=new | {"customfield_10011": "Short"})
    assert jira.issues.get(epic.key).fields["customfield_10011"] == "Short"


def test_transitions_keep_where_they_leave_and_reach(jira: Jira) -> None:
    sent = workflow("Drawn")
    sent["workflows"][0]["transitions"][1]["links"] = [{"fromStatusReference": "open", "fromPort": 3, "toPort": 1}]
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **sent)
    (link,) = next(step for step in made.workflows[0].transitions if step.name == "Close").links
    assert (link.from_port, link.to_port) == (3, 1)
