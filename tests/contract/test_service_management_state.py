"""A day at a help desk in the sandbox: every answer agrees with Atlassian's document."""

from __future__ import annotations

import pytest
from atlassian_cloud import AtlassianError, ServiceManagement
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    pytest.mark.filterwarnings("ignore:.*deprecated by Atlassian"),
]

OPT_IN = {"X-ExperimentalApi": "opt-in"}
PARTS = [
    "serviceDesk",
    "requestType",
    "participant",
    "sla",
    "status",
    "attachment",
    "action",
    "comment",
    "comment.attachment",
    "comment.renderedBody",
]


def the_desk(desk: ServiceManagement) -> None:
    desk.info.get()
    assert list(desk.assets_workspaces.list())
    assert list(desk.assets_workspaces.list_insight())
    list(desk.service_desks.list(page_size=1))
    desk.service_desks.get("1")
    desk.service_desks.get("projectKey:HELP")
    for queue in desk.service_desks.queues.list("1", include_count=True, page_size=2):
        desk.service_desks.queues.get("1", str(queue.id), include_count=True)
        list(desk.service_desks.queues.issues.list("1", str(queue.id), page_size=5))
    list(desk.knowledge_base.search(query="the", page_size=1))
    list(desk.service_desks.knowledge_base.search("1", query="laptop", highlight=True))
    types = desk.service_desks.request_types
    list(types.list("1", expand=["field"], page_size=2))
    list(desk.request_types.list(search_query="help", extra_headers=OPT_IN))
    list(types.groups.list("1"))
    for number in ("1", "2", "3", "4"):
        types.get("1", number, expand=["field"])
        types.get_fields("1", number)
    made = str(types.create("1", issue_type_id="10006", name="Borrow a bike", extra_headers=OPT_IN).id)
    types.check_permissions("1", permissions=["canCreateRequest"], request_type_ids=[1], extra_headers=OPT_IN)
    for value in (1, 2):
        types.properties.set("1", made, "a", body=value, extra_headers=OPT_IN)
    types.properties.get("1", made, "a", extra_headers=OPT_IN)
    types.properties.list("1", made, extra_headers=OPT_IN)
    types.properties.delete("1", made, "a", extra_headers=OPT_IN)
    types.delete("1", made, extra_headers=OPT_IN)


def customers(desk: ServiceManagement) -> None:
    new = str(desk.customers.create(email="nina@globex.example", display_name="Nina").account_id)
    desk.service_desks.customers.add("1", account_ids=[new])
    list(desk.service_desks.customers.list("1", extra_headers=OPT_IN))
    desk.service_desks.customers.remove("1", account_ids=[new], extra_headers=OPT_IN)
    other = str(desk.customers.create_unchecked(email="otto@globex.example", display_name="Otto").account_id)
    desk.service_desks.customers.add_unchecked("1", account_ids=[other])
    hooli = str(desk.organizations.create(name="Hooli").id)
    desk.organizations.get(hooli)
    list(desk.organizations.list(page_size=1))
    desk.organizations.users.add(hooli, account_ids=[new])
    list(desk.organizations.users.list(hooli))
    desk.organizations.users.remove(hooli, account_ids=[new])
    for value in (1, 2):
        desk.organizations.properties.set(hooli, "a", body=value)
    desk.organizations.properties.get(hooli, "a")
    desk.organizations.properties.list(hooli)
    desk.organizations.properties.delete(hooli, "a")
    desk.service_desks.organizations.add("1", organization_id=int(hooli))
    list(desk.service_desks.organizations.list("1"))
    desk.service_desks.organizations.remove("1", organization_id=int(hooli))
    desk.organizations.delete(hooli)


def requests(box: Sandbox, desk: ServiceManagement) -> None:
    values = {"summary": "New switch", "description": "On Sunday", "customfield_10040": {"value": "Small"}}
    key = str(
        desk.requests.create(
            service_desk_id="1",
            request_type_id="4",
            request_field_values=values,
            request_participants=[box.accounts.active],
        ).issue_key
    )
    with pytest.raises(AtlassianError):
        desk.requests.create(service_desk_id="1", request_type_id="4", request_field_values={})
    assert desk.requests.validate(service_desk_id="1", request_type_id="4", request_field_values=values).valid
    list(desk.requests.list(request_ownership=["ALL_REQUESTS"], expand=PARTS, page_size=25))
    for approval in desk.requests.approvals.list(key):
        desk.requests.approvals.get(key, str(approval.id))
        desk.requests.approvals.answer(key, str(approval.id), decision="approve")
        with pytest.raises(AtlassianError):
            desk.requests.approvals.answer(key, str(approval.id), decision="approve")
    comment = str(desk.requests.comments.add(key, body="Hello", public=False).id)
    desk.requests.comments.get(key, comment, expand=["attachment", "renderedBody"])
    ids = []
    for file in (("a.png", b"\x89PNG"), ("a.txt", b"a")):
        uploaded = desk.service_desks.attach_temporary_files("1", files=[file]).temporary_attachments or []
        ids += [str(one.temporary_attachment_id) for one in uploaded]
    added = desk.requests.attachments.add(key, temporary_attachment_ids=ids, public=True)
    assert added.comment is not None
    list(desk.requests.comments.attachments.list(key, str(added.comment.id), extra_headers=OPT_IN))
    list(desk.requests.comments.list(key, expand=["attachment", "renderedBody"], page_size=1))
    # Only its address tells the id of a file.
    files = [str(file.links.content).rsplit("/", 1)[1] for file in desk.requests.attachments.list(key)]
    assert [desk.requests.attachments.download(key, file) for file in files] == [b"\x89PNG", b"a"]
    assert desk.requests.attachments.download_thumbnail(key, files[0]) == b"\x89PNG"
    list(desk.requests.participants.list(key))
    desk.requests.participants.add(key, account_ids=[box.accounts.customer])
    desk.requests.participants.remove(key, account_ids=[box.accounts.customer])
    ways = {str(one.name): str(one.id) for one in desk.requests.transitions.list(key)}
    for sla in desk.requests.sla.list(key):
        desk.requests.sla.get(key, str(sla.id))
    desk.requests.transitions.perform(key, id=ways["Resolve"], additional_comment={"body": "Done"})
    list(desk.requests.sla.list(key))
    list(desk.requests.statuses.list(key))
    desk.requests.get_subscription(key)
    desk.requests.unsubscribe(key)
    desk.requests.subscribe(key)
    desk.requests.feedback.add(key, rating=4, comment={"body": "Good"}, extra_headers=OPT_IN)
    desk.requests.feedback.get(key, extra_headers=OPT_IN)
    desk.requests.feedback.delete(key, extra_headers=OPT_IN)
    for number in range(1, 62, 5):
        desk.requests.get(f"HELP-{number}", expand=PARTS)


def test_every_answer_agrees(box: Sandbox, tally: Tally) -> None:
    with box.client(ServiceManagement) as desk:
        the_desk(desk)
        customers(desk)
        requests(box, desk)
    answered = exchange.agrees(box, tally)
    assert len(answered) >= 60
