"""Desks, requests and all around them in the sandbox, through the clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import (
    ApiError,
    AsyncServiceManagement,
    BadRequestError,
    ConflictError,
    Jira,
    NotFoundError,
    PermissionDeniedError,
    ServiceManagement,
)
from atlassian_cloud.sandbox import Sandbox

OPT_IN = {"X-ExperimentalApi": "opt-in"}


@pytest.fixture
def desk(box: Sandbox) -> Iterator[Any]:
    with box.client(ServiceManagement) as client:
        yield client


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Any]:
    with box.client(Jira) as client:
        yield client


def found(jira: Any, jql: str) -> list[str]:
    return [str(issue.key) for issue in jira.issues.search(jql=jql, fields=["key"])]


def incident(desk: Any, **more: object) -> str:
    values = {"summary": "Printer on fire", "description": "Smoke on the second floor."}
    request = desk.requests.create(
        service_desk_id="1",
        request_type_id="2",
        request_field_values=values,
        **more,
    )
    return str(request.issue_key)


def test_a_request_is_an_issue(desk: Any, jira: Any) -> None:
    request = desk.requests.create(
        service_desk_id="1",
        request_type_id="2",
        request_field_values={
            "summary": "Printer on fire",
            "description": "Smoke on the second floor.",
            "priority": {"name": "Highest"},
            "customfield_10036": {"value": "Major"},
        },
    )
    assert request.issue_key == "HELP-61"
    assert request.current_status.status == "Waiting for support"
    values = {value.field_id: value.value for value in request.request_field_values}
    assert values["description"] == "Smoke on the second floor."
    assert values["customfield_10036"]["value"] == "Major"
    assert found(jira, "project = HELP AND summary ~ fire") == ["HELP-61"]
    assert found(jira, '"Request Type" = "Report an incident" AND created > -1h') == ["HELP-61"]
    issue = jira.issues.get("HELP-61")
    assert issue.fields["priority"]["name"] == "Highest"
    assert issue.fields["issuetype"]["name"] == "Incident"
    made = jira.issues.create(
        fields={
            "project": {"key": "HELP"},
            "issuetype": {"name": "Incident"},
            "summary": "From Jira",
            "customfield_10010": "2",
        }
    )
    assert desk.requests.get(made.key).request_type_id == "2"
    with pytest.raises(NotFoundError):
        desk.requests.get("ENG-20")


def test_rich_text_comes_as_a_document_where_that_is_said(desk: Any, jira: Any) -> None:
    text = {"type": "text", "text": "Smoke", "marks": [{"type": "strong"}]}
    document = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}
    values = {"summary": "Fire", "description": document}
    with pytest.raises(BadRequestError, match="description"):
        desk.requests.create(service_desk_id="1", request_type_id="2", request_field_values=values)
    request = desk.requests.create(
        service_desk_id="1", request_type_id="2", request_field_values=values, is_adf_request=True
    )
    assert jira.issues.get(request.issue_key).fields["description"] == document


def test_faulty_requests_are_refused_and_leave_nothing(box: Sandbox, desk: Any, jira: Any) -> None:
    def create(**values: object) -> None:
        desk.requests.create(service_desk_id="1", request_type_id="2", request_field_values=values)

    def told() -> dict[str, Any]:
        body: dict[str, Any] = json.loads(box.exchanges[-1].response_body or b"")
        return body

    with pytest.raises(BadRequestError, match=r"description: What did you see\? is required"):
        create(summary="Only half")
    assert told()["i18nErrorMessage"] == {"i18nKey": "sd.request.create.error.fields", "parameters": []}
    with pytest.raises(BadRequestError, match="customfield_10035"):
        create(summary="a", description="b", customfield_10035="https://acme.example")
    with pytest.raises(BadRequestError, match="customfield_10036"):
        create(summary="a", description="b", customfield_10036={"value": "Hopeless"})
    with pytest.raises(BadRequestError, match="service desk 9"):
        desk.requests.create(service_desk_id="9", request_type_id="2", request_field_values={"summary": "a"})
    with pytest.raises(BadRequestError, match="request type 9"):
        desk.requests.create(service_desk_id="1", request_type_id="9", request_field_values={"summary": "a"})
    with pytest.raises(BadRequestError, match="raiseOnBehalfOf"):
        incident(desk, raise_on_behalf_of="nobody")
    assert found(jira, "project = HELP AND created > -1h") == []
    good = desk.requests.validate(
        service_desk_id="1", request_type_id="2", request_field_values={"summary": "a", "description": "b"}
    )
    assert good.valid
    with pytest.raises(BadRequestError):
        desk.requests.validate(service_desk_id="1", request_type_id="2", request_field_values={"summary": "a"})
    assert [one["field"] for one in told()["fieldErrors"]] == ["description"]
    assert found(jira, "project = HELP AND created > -1h") == []


def test_requests_are_listed_by_owner_status_and_words(box: Sandbox, desk: Any) -> None:
    def listed(**question: object) -> list[str]:
        return [request.issue_key for request in desk.requests.list(**question)]

    key = incident(desk)
    other = incident(desk, raise_on_behalf_of=box.accounts.customer)
    assert desk.requests.get(other).reporter.account_id == box.accounts.customer
    assert listed(request_ownership=["OWNED_REQUESTS"]) == [other, key]
    everything = listed(request_ownership=["ALL_REQUESTS"])
    assert len(everything) == 62
    opened = listed(request_ownership=["ALL_REQUESTS"], request_status="OPEN_REQUESTS")
    closed = listed(request_ownership=["ALL_REQUESTS"], request_status="CLOSED_REQUESTS")
    assert sorted(opened + closed) == sorted(everything)
    assert listed(request_ownership=["ALL_REQUESTS"], search_term="print* fire") == [other, key]
    assert listed(request_ownership=["ALL_REQUESTS"], page_size=7) == everything
    assert set(listed(request_ownership=["PARTICIPATED_REQUESTS"])) == {f"HELP-{number}" for number in range(6, 61, 6)}
    assert len(listed(request_ownership=["ALL_REQUESTS"], service_desk_id=1, request_type_id=2)) > 2
    with pytest.raises(NotFoundError):
        listed(service_desk_id=9)


def test_expansions_show_the_parts(desk: Any) -> None:
    key = incident(desk)
    plain = desk.requests.get(key)
    assert plain.sla is None
    assert plain.participants is None
    full = desk.requests.get(
        key,
        expand=[
            "serviceDesk",
            "requestType",
            "participant",
            "sla",
            "status",
            "attachment",
            "action",
            "comment",
            "comment.renderedBody",
        ],
    )
    assert full.service_desk.project_key == "HELP"
    assert full.request_type.name == "Report an incident"
    assert full.status.values[0].status == "Waiting for support"
    assert [one.name for one in full.sla.values] == ["Time to first response", "Time to resolution"]
    assert full.actions.add_comment.allowed


def test_comments_are_public_or_internal(desk: Any, jira: Any) -> None:
    key = incident(desk)
    public = desk.requests.comments.add(key, body="We are on *our* way.", public=True)
    internal = desk.requests.comments.add(key, body="Bring the extinguisher.", public=False)
    assert [one.id for one in desk.requests.comments.list(key)] == [public.id, internal.id]
    assert [one.id for one in desk.requests.comments.list(key, internal=False)] == [public.id]
    assert [one.id for one in desk.requests.comments.list(key, public=False)] == [internal.id]
    assert "<p>" in desk.requests.comments.get(key, public.id, expand=["renderedBody"]).rendered_body.html
    assert [one.id for one in jira.issues.comments.list(key)] == [public.id, internal.id]
    with pytest.raises(BadRequestError):
        desk.requests.comments.add(key, body=" ", public=True)
    with pytest.raises(NotFoundError):
        desk.requests.comments.get(key, "1")


def test_files_are_uploaded_first_and_attached_then(desk: Any, jira: Any) -> None:
    key = incident(desk)
    uploaded = desk.service_desks.attach_temporary_files("1", files=[("smoke.txt", b"grey")])
    ids = [one.temporary_attachment_id for one in uploaded.temporary_attachments]
    result = desk.requests.attachments.add(
        key, temporary_attachment_ids=ids, public=True, additional_comment={"body": "See here"}
    )
    assert result.comment.body.startswith("See here")
    attachment = next(iter(desk.requests.attachments.list(key)))
    assert (attachment.filename, attachment.size) == ("smoke.txt", 4)
    number = attachment.links.jira_rest.rsplit("/", 1)[1]
    assert desk.requests.attachments.download(key, number) == b"grey"
    assert jira.issues.attachments.get(number).filename == "smoke.txt"
    of_comment = desk.requests.comments.attachments.list(key, result.comment.id, extra_headers=OPT_IN)
    assert [one.filename for one in of_comment] == ["smoke.txt"]
    with pytest.raises(BadRequestError):
        desk.requests.attachments.add(key, temporary_attachment_ids=ids, public=True)


def test_statuses_follow_transitions(desk: Any, jira: Any) -> None:
    key = incident(desk)
    ways = {one.name: one.id for one in desk.requests.transitions.list(key)}
    assert set(ways) == {"Ask the customer", "Work on it", "Resolve"}
    desk.requests.transitions.perform(key, id=ways["Resolve"], additional_comment={"body": "It is out."})
    assert desk.requests.get(key).current_status.status_category == "DONE"
    assert [one.status for one in desk.requests.statuses.list(key)] == ["Resolved", "Waiting for support"]
    assert jira.issues.get(key).fields["resolution"]["name"] == "Done"
    assert [one.body for one in desk.requests.comments.list(key)] == ["It is out."]
    with pytest.raises(BadRequestError):
        desk.requests.transitions.perform(key, id=ways["Resolve"])


def test_approvals_are_answered_once(box: Sandbox, desk: Any) -> None:
    values = {"summary": "New switch", "description": "On Sunday"}
    keys = [
        desk.requests.create(service_desk_id="1", request_type_id="4", request_field_values=values).issue_key
        for _ in range(2)
    ]
    for key, decision, final, status in (
        (keys[0], "approve", "approved", "Waiting for support"),
        (keys[1], "decline", "declined", "Resolved"),
    ):
        assert desk.requests.get(key).current_status.status == "Waiting for approval"
        approval = next(iter(desk.requests.approvals.list(key)))
        assert (approval.final_decision, approval.can_answer_approval) == ("pending", True)
        answered = desk.requests.approvals.answer(key, approval.id, decision=decision)
        assert (answered.final_decision, answered.can_answer_approval) == (final, False)
        assert answered.approvers[0].approver.account_id == box.accounts.organization_admin
        assert desk.requests.get(key).current_status.status == status
        with pytest.raises(ConflictError):
            desk.requests.approvals.answer(key, approval.id, decision=decision)


def test_the_clock_runs_against_the_goals(box: Sandbox, desk: Any) -> None:
    key = incident(desk)
    response, resolution = desk.requests.sla.list(key)
    assert not response.ongoing_cycle.breached
    box.advance(hours=5)
    assert desk.requests.sla.get(key, response.id).ongoing_cycle.breached
    waits = {one.name: one.id for one in desk.requests.transitions.list(key)}["Ask the customer"]
    desk.requests.transitions.perform(key, id=waits)
    box.advance(days=10)
    cycle = desk.requests.sla.get(key, resolution.id).ongoing_cycle
    assert (cycle.paused, cycle.breached) == (True, False)
    assert cycle.elapsed_time.friendly == "5h 0m"
    for name in ("Answer", "Resolve"):
        way = {one.name: one.id for one in desk.requests.transitions.list(key)}[name]
        desk.requests.transitions.perform(key, id=way)
    done = desk.requests.sla.get(key, resolution.id)
    assert done.ongoing_cycle is None
    assert not done.completed_cycles[0].breached


def test_participants_subscription_and_feedback(box: Sandbox, desk: Any) -> None:
    key = incident(desk, request_participants=[box.accounts.active])
    assert [one.account_id for one in desk.requests.participants.list(key)] == [box.accounts.active]
    both = desk.requests.participants.add(key, account_ids=[box.accounts.customer])
    assert both.size == 2
    assert desk.requests.participants.remove(key, account_ids=[box.accounts.active]).size == 1
    assert desk.requests.get_subscription(key).subscribed
    desk.requests.unsubscribe(key)
    assert not desk.requests.get_subscription(key).subscribed
    desk.requests.subscribe(key)
    assert desk.requests.get_subscription(key).subscribed
    with pytest.raises(ApiError, match="opt-in") as caught:
        desk.requests.feedback.add(key, rating=5)
    assert caught.value.status == 412
    desk.requests.feedback.add(key, rating=5, comment={"body": "Quick!"}, extra_headers=OPT_IN)
    assert desk.requests.feedback.get(key, extra_headers=OPT_IN).comment.body == "Quick!"
    desk.requests.feedback.delete(key, extra_headers=OPT_IN)
    with pytest.raises(NotFoundError):
        desk.requests.feedback.get(key, extra_headers=OPT_IN)
    other = incident(desk, raise_on_behalf_of=box.accounts.customer)
    with pytest.raises(PermissionDeniedError):
        desk.requests.feedback.add(other, rating=1, extra_headers=OPT_IN)


def test_customers_and_organizations(box: Sandbox, desk: Any, jira: Any) -> None:
    new = desk.customers.create(email="Nina@globex.example", display_name="Nina")
    for strict, error in ((False, BadRequestError), (True, ConflictError)):
        with pytest.raises(error):
            desk.customers.create(email="nina@globex.example", strict_conflict_status_code=strict)
    desk.service_desks.customers.add("1", account_ids=[new.account_id])

    def customers() -> list[str]:
        return [one.account_id for one in desk.service_desks.customers.list("1", query="nina", extra_headers=OPT_IN)]

    assert customers() == [new.account_id]
    desk.service_desks.customers.remove("1", account_ids=[new.account_id], extra_headers=OPT_IN)
    assert customers() == []

    hooli = desk.organizations.create(name="Hooli")
    assert [one.name for one in desk.organizations.list()] == ["Globex", "Hooli", "Initech"]
    desk.organizations.users.add(hooli.id, account_ids=[new.account_id])
    assert [one.display_name for one in desk.organizations.users.list(hooli.id)] == ["Nina"]
    assert [one.name for one in desk.organizations.list(account_id=new.account_id)] == ["Hooli"]
    desk.service_desks.organizations.add("1", organization_id=int(hooli.id))
    assert len(list(desk.service_desks.organizations.list("1"))) == 3
    desk.organizations.properties.set(hooli.id, "tier", body="gold")
    assert desk.organizations.properties.get(hooli.id, "tier").value == "gold"
    desk.organizations.delete(hooli.id)
    with pytest.raises(NotFoundError):
        desk.organizations.get(hooli.id)
    assert len(list(desk.service_desks.organizations.list("1"))) == 2


def test_request_types_and_their_fields(desk: Any) -> None:
    kinds = {one.name: one for one in desk.service_desks.request_types.list("1")}
    assert list(kinds) == ["Get IT help", "Report an incident", "Request access", "Plan a change"]
    assert [one.name for one in desk.service_desks.request_types.list("1", search_query="approve")] == [
        "Request access",
        "Plan a change",
    ]
    assert [one.name for one in desk.service_desks.request_types.groups.list("1")] == ["General", "Changes"]
    fields = {one.field_id: one for one in desk.service_desks.request_types.get_fields("1", "2").request_type_fields}
    assert [name for name, field in fields.items() if field.required] == ["summary", "description"]
    assert [one.label for one in fields["customfield_10036"].valid_values] == ["Minor", "Major", "Critical"]
    made = desk.service_desks.request_types.create(
        "1", issue_type_id="10006", name="Borrow a bike", extra_headers=OPT_IN
    )
    assert list(desk.service_desks.request_types.list("1", search_query="bike")) == []
    request = desk.requests.create(
        service_desk_id="1", request_type_id=made.id, request_field_values={"summary": "For a day"}
    )
    assert request.request_type_id == made.id
    desk.service_desks.request_types.delete("1", made.id, extra_headers=OPT_IN)
    with pytest.raises(NotFoundError):
        desk.service_desks.request_types.get("1", made.id)


def test_queues_find_by_jql(desk: Any, jira: Any) -> None:
    queues = {one.name: one for one in desk.service_desks.queues.list("1", include_count=True)}
    for queue in queues.values():
        assert queue.issue_count == len(found(jira, queue.jql))
    before = queues["Incidents"].issue_count
    key = incident(desk)
    after = desk.service_desks.queues.get("1", queues["Incidents"].id, include_count=True)
    assert after.issue_count == before + 1
    listed = list(desk.service_desks.queues.issues.list("1", after.id))
    assert key in [one.key for one in listed]
    assert listed[0].fields["summary"]
    assert desk.service_desks.queues.get("1", after.id).issue_count is None


def test_articles_are_found_by_their_words(desk: Any) -> None:
    titles = [one.title for one in desk.knowledge_base.search(query="vpn sign")]
    assert titles == ["Connect to the VPN"]
    marked = next(iter(desk.service_desks.knowledge_base.search("1", query="laptop", highlight=True)))
    assert marked.title == "Order a @@@hl@@@laptop@@@endhl@@@"


async def ask(box: Sandbox) -> None:
    client: Any = box.client(AsyncServiceManagement)
    async with client as desk:
        values = {"summary": "Access to the wiki", "description": "For work"}
        request = await desk.requests.create(service_desk_id="1", request_type_id="3", request_field_values=values)
        (approval,) = [one async for one in desk.requests.approvals.list(request.issue_key)]
        await desk.requests.approvals.answer(request.issue_key, approval.id, decision="approve")
        await desk.requests.comments.add(request.issue_key, body="Welcome", public=True)
        assert [one.body async for one in desk.requests.comments.list(request.issue_key)] == ["Welcome"]


def test_the_same_without_blocking(box: Sandbox) -> None:
    asyncio.run(ask(box))
